"""Withdrawing from what doesn't spoil: what may be, until when, who is told, and what the papers say then."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cagette.composing import text_of
from cagette.models import OutgoingMail, User
from deliveries import closing, withdrawing
from deliveries.models import Correction, Withdrawal, WithdrawalLine
from deliveries.withdrawal_links import token
from orders.models import Household, Membership, Offer, Order, OrderChange, OrderLine, Round
from tests import cast
from tests.orders.sheets import signed_in

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")


class Bought:
    """Ferrand has ordered 3 jars of honey (8,50 €, 0,30 € of deposit each) and 2 fresh cheeses, of two farms."""

    def __init__(self) -> None:
        self.hive, dairy = cast.a_catalog(cast.a_producer("Le Rucher")), cast.a_catalog(cast.a_producer("Chèvrerie"))
        cast.a_product(self.hive, "Miel", "8.50", unit="jar", deposit=Decimal("0.30"), perishable=False, stock=6)
        cast.a_product(dairy, "Tomme", "4.50")
        self.round = cast.an_open_round(None, self.hive, dairy)
        self.user = cast.a_member(self.round.neighbourhood)
        self.household = cast.the_household(self.user)
        self.honey, self.cheese = (Offer.objects.get(name=name) for name in ("Miel", "Tomme"))
        self.order = cast.an_order(self.round, self.household, {self.honey: 3, self.cheese: 2})
        self.line = self.order.lines.get(offer=self.honey)

    def close(self) -> None:
        cast.let_the_deadline_pass(self.round)
        for stall in self.round.stalls.all():
            closing.close(stall.pk)
        closing.close_round(self.round.pk)
        self.reread()

    def hand_out(self, ago: timedelta = timedelta(hours=3)) -> None:
        """The pick-up ended so long ago."""
        self.close()
        cast.shift(self.round, timezone.now() - ago - self.round.delivery_ends_at)
        self.reread()

    def reread(self) -> None:
        orders = Order.objects.select_related("round__neighbourhood", "round__place", "household")
        self.order = orders.get(pk=self.order.pk)
        self.round = self.order.round

    def withdraw(self, key: str = "a") -> Withdrawal | None:
        return withdrawing.withdraw(
            self.order, [self.line.pk], key=key, name="Ana Ferrand", email="ana@example.org", by=self.user
        )

    @property
    def page(self) -> str:
        return reverse("deliveries:withdrawal", args=[self.order.pk])

    def declaration(self, **more: object) -> dict[str, object]:
        return {"lines": [self.line.pk], "name": "Ana", "email": "ana@example.org", "key": "a", **more}


@pytest.fixture
def bought() -> Bought:
    return Bought()


def held(line: OrderLine) -> tuple[Decimal, Decimal | None]:
    line = OrderLine.objects.get(pk=line.pk)
    return line.quantity, line.allocated


def mails(template: str) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(template=f"deliveries/mail/{template}").order_by("pk"))


def revisions(bought: Bought) -> list[int]:
    return sorted(bought.honey.stall.pick_lists.values_list("revision", flat=True))


# What, and until when


def test_only_what_does_not_spoil_may_be_withdrawn_from(bought: Bought) -> None:
    bought.hand_out()
    assert [(each.line, each.quantity) for each in withdrawing.withdrawable(bought.order)] == [
        (bought.line, Decimal(3))
    ]


def test_professionals_may_not_withdraw(bought: Bought) -> None:
    Household.objects.filter(pk=bought.household.pk).update(kind=Household.Kind.PROFESSIONAL)
    bought.hand_out()
    assert withdrawing.withdrawable(bought.order) == []


@pytest.mark.parametrize(
    ("picked_up", "last"),
    [
        (date(2026, 11, 26), date(2026, 12, 10)),  # a Thursday
        (date(2026, 11, 28), date(2026, 12, 14)),  # would end on a Saturday
        (date(2026, 12, 11), date(2026, 12, 28)),  # Christmas, a Friday, then the week-end
        (date(2026, 3, 23), date(2026, 4, 7)),  # Easter Monday
        (date(2026, 4, 30), date(2026, 5, 15)),  # Ascension
    ],
)
def test_the_period_ends_on_the_fourteenth_day_or_the_next_working_day(
    bought: Bought, picked_up: date, last: date
) -> None:
    round = Round.objects.select_related("neighbourhood").get()
    round.delivery_ends_at = datetime(picked_up.year, picked_up.month, picked_up.day, 19, tzinfo=PARIS)
    assert withdrawing.last_day(round) == last


@pytest.mark.parametrize(
    ("country", "picked_up", "last"),
    [
        ("FR", date(2026, 5, 28), date(2026, 6, 11)),  # a Thursday
        ("IT", date(2026, 5, 19), date(2026, 6, 3)),  # 2 June, the Republic's day
        ("CH", date(2026, 7, 18), date(2026, 8, 3)),  # 1 August, a Saturday
        ("CH", date(2026, 4, 30), date(2026, 5, 15)),  # Ascension
    ],
)
def test_holidays_are_those_of_the_groups_country(bought: Bought, country: str, picked_up: date, last: date) -> None:
    round = Round.objects.select_related("neighbourhood").get()
    round.neighbourhood.country = country
    round.delivery_ends_at = datetime(picked_up.year, picked_up.month, picked_up.day, 19, tzinfo=PARIS)
    assert withdrawing.last_day(round) == last


def test_in_switzerland_no_withdrawal_is_offered(bought: Bought) -> None:
    bought.hand_out()
    order = bought.order
    assert len(withdrawing.withdrawable(order)) == 1
    order.round.neighbourhood.country = "CH"
    assert withdrawing.withdrawable(order) == []


def test_after_the_last_day_nothing_is_left_to_withdraw_from(bought: Bought) -> None:
    bought.hand_out(timedelta(days=25))
    assert withdrawing.withdrawable(bought.order) == []
    with pytest.raises(withdrawing.NotWithdrawn):
        bought.withdraw()


# What becomes of it


def test_while_the_farm_is_open_the_line_is_simply_emptied(bought: Bought) -> None:
    bought.reread()
    assert bought.withdraw() is None
    assert held(bought.line) == (Decimal(0), None)
    assert OrderChange.objects.latest("pk").on_behalf is False
    assert (Withdrawal.objects.count(), mails("withdrawal_receipt")) == (0, [])


def test_before_the_pick_up_the_farm_is_told_by_a_revised_list(bought: Bought) -> None:
    bought.close()
    withdrawal = bought.withdraw()
    assert withdrawal is not None and not withdrawal.handed_out
    ordered, allocated = held(bought.line)
    assert ordered > 0
    assert allocated == 0
    assert revisions(bought) == [1, 2]
    bought.honey.supply.refresh_from_db()
    assert bought.honey.supply.ordered == 0
    correction = Correction.objects.get()
    assert (correction.cause, correction.reason) == ("not_wanted", "Le foyer s’est rétracté.")


def test_after_the_pick_up_the_papers_stay_as_they_are(bought: Bought) -> None:
    bought.hand_out()
    withdrawal = bought.withdraw()
    assert withdrawal is not None and withdrawal.handed_out
    assert held(bought.line) == (Decimal(3), Decimal(3))
    assert revisions(bought) == [1]
    line = withdrawal.lines.get()
    assert (line.quantity, line.amount, line.deposit) == (Decimal(3), Decimal("25.50"), Decimal("0.90"))


@pytest.mark.parametrize("handed_out", [False, True])
def test_household_farm_and_coordinator_are_told(bought: Bought, handed_out: bool) -> None:
    if handed_out:
        bought.hand_out()
    else:
        bought.close()
    bought.withdraw()
    told = {
        name: [mail.recipient for mail in mails(f"withdrawal_{name}")] for name in ("receipt", "farm", "coordinator")
    }
    assert told == {
        "receipt": ["ana@example.org"],
        "farm": [bought.hive.producer.pick_list_recipients.get().email],
        "coordinator": [cast.the_coordinator(bought.round).email],
    }
    for mail in (*mails("withdrawal_receipt"), *mails("withdrawal_farm"), *mails("withdrawal_coordinator")):
        said = text_of(mail)
        assert "Miel" in said.text and "Tomme" not in said.text
        assert "Miel" in said.html and bought.round.place.name in said.subject


def test_the_receipt_says_what_was_declared_and_when(bought: Bought) -> None:
    bought.hand_out()
    withdrawal = bought.withdraw()
    assert withdrawal is not None
    text = text_of(mails("withdrawal_receipt")[0]).text.replace("\N{NO-BREAK SPACE}", " ")
    at = withdrawal.at.astimezone(PARIS)
    assert "Ana Ferrand" in text and "3 pots Miel" in text and "26,40 €" in text
    assert re.search(rf"\b{at.hour} h\b", text)


def test_declared_twice_is_declared_once(bought: Bought) -> None:
    bought.hand_out()
    assert bought.withdraw() == bought.withdraw()
    assert (Withdrawal.objects.count(), len(mails("withdrawal_receipt"))) == (1, 1)
    with pytest.raises(withdrawing.NotWithdrawn):
        bought.withdraw(key="b")


def test_what_was_declared_stays(bought: Bought) -> None:
    bought.hand_out()
    bought.withdraw()
    for change in (Withdrawal.objects.update, WithdrawalLine.objects.update):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(**{"handed_out": False} if change == Withdrawal.objects.update else {"quantity": 1})


# The pages


def test_the_order_leads_to_the_declaration_while_there_is_something_to_withdraw_from(bought: Bought) -> None:
    detail = reverse("orders:detail", args=[bought.order.pk])
    bought.hand_out()
    page = signed_in(bought.user).get(detail).content.decode()
    assert "Renoncer au contrat ici" in page and bought.page in page
    bought.withdraw()
    page = signed_in(bought.user).get(detail).content.decode()
    assert "Renoncer au contrat ici" not in page and "Ana Ferrand" in page


def test_it_is_declared_only_by_the_confirmation(bought: Bought) -> None:
    bought.hand_out()
    client = signed_in(bought.user)
    shown = client.post(bought.page, bought.declaration())
    assert (shown.status_code, Withdrawal.objects.count()) == (200, 0)
    assert "Confirmer la rétractation" in shown.content.decode()
    for _tap in range(2):
        response = client.post(bought.page, bought.declaration(confirmed="on"))
        assert (response.status_code, Withdrawal.objects.count()) == (302, 1)


def test_without_signing_in_the_recaps_link_does_the_same(bought: Bought, client: Client) -> None:
    bought.hand_out()
    path = re.search(r"https?://[^/]+(/withdrawals/\S+)", text_of(mails("recap")[0]).text)
    assert path is not None
    assert bought.user.email in client.get(path[1]).content.decode()
    client.post(path[1], bought.declaration(confirmed="on"))
    assert Withdrawal.objects.get().by == bought.user


def test_the_link_outlives_the_account(bought: Bought, client: Client) -> None:
    bought.hand_out()
    path = f"/withdrawals/{token(bought.order.pk, Membership.objects.get(user=bought.user).pk)}/"
    User.objects.filter(pk=bought.user.pk).update(scrubbed_at=timezone.now())
    client.post(path, bought.declaration(confirmed="on"))
    assert Withdrawal.objects.get().by is None


def test_a_recap_of_fresh_goods_has_no_such_link(bought: Bought) -> None:
    cast.an_order(bought.round, cast.a_household(bought.round.neighbourhood, "Rey"), {bought.cheese: 1})
    reader = cast.a_membership(Household.objects.get(name="Rey")).user
    bought.close()
    assert ["withdrawal_link" in mail.data for mail in mails("recap") if mail.recipient == reader.email] == [False]


@pytest.mark.parametrize("wrong", [{"lines": []}, {"lines": ["1e9"]}, {"email": "ana"}, {"name": ""}, {"key": ""}])
def test_a_wrong_declaration_is_told_so_and_keeps_what_was_typed(bought: Bought, wrong: dict[str, object]) -> None:
    bought.hand_out()
    response = signed_in(bought.user).post(bought.page, bought.declaration(**wrong, confirmed="on"))
    assert (response.status_code, Withdrawal.objects.count()) == (422, 0)


def test_a_perishable_line_is_refused(bought: Bought) -> None:
    bought.hand_out()
    cheese = bought.order.lines.get(offer=bought.cheese)
    response = signed_in(bought.user).post(bought.page, bought.declaration(lines=[cheese.pk], confirmed="on"))
    assert (response.status_code, Withdrawal.objects.count()) == (422, 0)


def test_the_coordinators_page_shows_it_in_the_same_number_of_statements(bought: Bought) -> None:
    bought.hand_out()
    bought.withdraw()
    client, counts = signed_in(cast.the_coordinator(bought.round)), []
    path = reverse("deliveries:round", args=[bought.round.pk])
    for more in range(2):
        for n in range(2 * more):
            Withdrawal.objects.create(order=bought.order, key=f"more-{n}", name="", email="", handed_out=True)
            WithdrawalLine.objects.create(
                withdrawal=Withdrawal.objects.latest("pk"), line=bought.line, quantity=1, amount=1, deposit=0
            )
        with CaptureQueriesContext(connection) as asked:
            page = client.get(path).content.decode()
        counts.append(len(asked))
    assert "Miel" in page
    assert counts[0] == counts[1]
