"""The same cent on screen, in mails, papers and workbooks, at each step of an order's life, for generated orders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from random import Random
from typing import Any

import pytest
from django.db.models import OuterRef
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from cagette import composing, wording
from cagette.models import OutgoingMail
from cagette.money import Money
from deliveries import closing, coordination, correcting, granting
from deliveries.models import PickList, SignOffSheet
from deliveries.papers import pick_list_html
from deliveries.pdf import to_pdf
from deliveries.workbooks import pick_list_xlsx
from orders import bill, confirming, sums
from orders.models import Offer, Order, OrderLine, Round, Stall
from orders.sums import Summed
from tests import cast
from tests.cagette.test_money import half_up
from tests.orders.sheets import signed_in

pytestmark = pytest.mark.django_db

RATES = ["0", "5.5", "10", "20"]


class Market:
    """A round of three farms with everything that makes amounts difficult, and four households, two professional."""

    def __init__(self, seed: int) -> None:
        self.by = Random(seed)
        neighbourhood = cast.a_neighbourhood()
        catalogs = [cast.a_catalog(cast.a_producer(f"Ferme {n}", vat_regime="liable")) for n in range(3)]
        for catalog in catalogs:
            for n in range(4):
                self._product(catalog, n)
        self.round: Round = cast.an_open_round(neighbourhood, *catalogs)
        self.users = [
            cast.a_membership(cast.a_household(neighbourhood, f"Foyer {n}", kind=kind)).user
            for n, kind in enumerate(("family", "family", "professional", "professional"))
        ]
        for user in self.users:
            self._order(user)

    def _product(self, catalog: Any, n: int) -> None:
        by = self.by
        values: dict[str, Any] = {
            "vat_rate": Decimal(by.choice(RATES)),
            "professional_price": Decimal(by.randint(50, 3000)) / 100 if by.random() < 0.6 else None,
            "position": n,
        }
        if n == 0:
            typical = by.randint(50, 2000)
            cast.a_weighed_product(
                catalog, f"Pièce {n}", price_per_kg=Decimal(by.randint(100, 4000)) / 100, typical_weight_g=typical,
                greatest_weight_g=typical + by.randint(0, 500), **values,
            )  # fmt: skip
            return
        values["case_size"] = Decimal(6) if n == 1 else None
        values["deposit"] = Decimal("0.30") if n == 2 else Decimal(0)
        if n == 3:
            values |= {"step": Decimal("0.125"), "unit": "kg"}
        cast.a_product(catalog, f"Produit {n}", str(Decimal(by.randint(50, 3000)) / 100), **values)

    def _order(self, user: Any) -> None:
        household, by = cast.the_household(user), self.by
        lines = []
        for offer in by.sample(cast.offers_of(self.round), 8):
            pieces = Decimal(by.randint(1, 99)) * (offer.step if offer.step < 1 else 1)
            extra = Decimal(by.randint(0, 3)) if offer.case_size else Decimal(0)
            lines.append(confirming.Shown.of(offer, pieces, extra, professional=household.professional))
        answer = confirming.confirm(
            user_id=user.pk, round_id=self.round.pk, household_id=household.pk, key="k", lines=lines
        )
        assert answer.accepted, answer

    def close(self) -> None:
        cast.let_the_deadline_pass(self.round)
        for stall in self.round.stalls.all():
            closing.close(stall.pk)
        closing.close_round(self.round.pk)

    def something_happens(self) -> None:
        """After the close: a line is corrected, for want of goods or at the household's wish, or more is agreed to."""
        by, coordinator = self.by, cast.the_coordinator(self.round)
        going_on = self.round.stalls.exclude(state=Stall.State.DROPPED)
        line = by.choice(list(OrderLine.objects.filter(offer__stall__in=going_on).confirmed().order_by("pk")))
        order, steps = line.order, int(counts(line) / line.offer.step)
        if by.random() < 0.6:
            fewer = by.randint(0, steps) * line.offer.step
            cause = by.choice(["missing", "not_wanted"])
            correcting.correct_line(order, line.offer, fewer, by=coordinator, reason="Casse", cause=cause)
            return
        offer = by.choice(list(Offer.objects.filter(stall__in=going_on).order_by("pk")))
        more = by.randint(1, 20) * offer.step
        grant = granting.offer_more(order, offer, more, by=coordinator, reason="En trop")
        granting.agree(grant, by=order.household.memberships.get().user)

    def the_pick_up_begins(self) -> None:
        now = timezone.now()
        Round.objects.filter(pk=self.round.pk).update(
            delivery_starts_at=now - timedelta(minutes=1), delivery_ends_at=now + timedelta(hours=2)
        )

    def a_farm_is_called_off(self) -> None:
        stall = self.round.stalls.order_by("pk")[0]
        correcting.call_off_stall(stall, by=cast.the_coordinator(self.round), reason="Grippe")


def counts(line: OrderLine) -> Decimal:
    return next(each for each in (line.delivered, line.allocated, line.quantity) if each is not None)


def owed(lines: Iterable[OrderLine]) -> Decimal:
    """What lines of one order at one farm come to with deposits, by fractions straight from the columns."""
    groups: dict[tuple[str, Decimal], Fraction] = {}
    deposits = Fraction(0)
    for line in lines:
        assert line.unit_price is not None and line.vat_rate is not None and line.deposit is not None
        amount = Fraction(half_up(Fraction(counts(line)) * Fraction(line.unit_price)))
        key = (line.basis, line.vat_rate)
        groups[key] = groups.get(key, Fraction(0)) + amount
        deposits += Fraction(half_up(Fraction(counts(line)) * Fraction(line.deposit)))
    gross = Fraction(0)
    for (basis, rate), amount in groups.items():
        gross += amount + (Fraction(half_up(amount * Fraction(rate) / 100)) if basis == "net" else 0)
    return half_up(gross + deposits)


def owed_by_order_and_farm(round: Round) -> dict[tuple[int, int], Decimal]:
    found: dict[tuple[int, int], list[OrderLine]] = {}
    lines = OrderLine.objects.filter(order__round=round).confirmed().select_related("offer__stall")
    for line in lines.exclude(offer__stall__state=Stall.State.DROPPED):
        found.setdefault((line.order_id, line.offer.stall_id), []).append(line)
    return {key: owed(of_farm) for key, of_farm in found.items()}


def everything_agrees(market: Market) -> dict[tuple[int, int], Decimal]:
    """Bills, lists summed by the database, and the newest frozen rows say what fractions say; returns that."""
    round = Round.objects.get(pk=market.round.pk)
    expected = owed_by_order_and_farm(round)
    orders = list(Order.objects.filter(round=round).select_related("round", "household"))
    for each in bill.of_orders(orders):
        for farm in each.farms:
            assert farm.due.amount.amount == expected.get((each.order.pk, farm.stall.pk), Decimal(0))
    by_order = {pk: sum((v for (o, _s), v in expected.items() if o == pk), Decimal(0)) for pk, _s in expected}
    assert {sheet.order.pk: sheet.due.due.amount.amount for sheet in coordination.sheets_of(round)} == by_order
    by_farm = {pk: sum((v for (_o, s), v in expected.items() if s == pk), Decimal(0)) for _o, pk in expected}
    farms = {farm.stall.pk: farm.due.due.amount.amount for farm in coordination.farms_of(round)}
    assert {pk: amount for pk, amount in farms.items() if amount} == {pk: v for pk, v in by_farm.items() if v}
    lines = OrderLine.objects.filter(order__round=OuterRef("pk")).confirmed()
    [found] = Round.objects.filter(pk=round.pk).annotate(**sums.summed(lines))
    assert Summed.of(found, "EUR").due.amount.amount == sum(expected.values(), Decimal(0))
    for pick_list in PickList.objects.newest().filter(stall__round=round):
        totals = pick_list.rows["totals"]
        assert Decimal(totals["amount"]) + Decimal(totals["deposit"]) == by_farm.get(pick_list.stall_id, 0)
    newest = SignOffSheet.objects.filter(round=round).order_by("-revision").first()
    if newest is not None:
        totals = newest.rows["totals"]
        assert Decimal(totals["amount"]) + Decimal(totals["deposit"]) == sum(expected.values(), Decimal(0))
    return expected


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " "))


def money(amount: Decimal) -> str:
    return plain(wording.money(Money(amount, "EUR")))


@pytest.mark.parametrize("seed", range(20))
def test_screen_mail_paper_and_workbook_show_what_fractions_say(seed: int) -> None:
    market = Market(seed)
    everything_agrees(market)
    market.close()
    everything_agrees(market)
    for step in range(8):
        if step == 3 and seed % 2:
            market.a_farm_is_called_off()
        if step == 5:
            market.the_pick_up_begins()
        market.something_happens()
        expected = everything_agrees(market)
    for order in Order.objects.filter(round=market.round).select_related("household"):
        user = order.household.memberships.get().user
        due = sum((amount for (pk, _stall), amount in expected.items() if pk == order.pk), Decimal(0))
        page = signed_in(user).get(reverse("orders:detail", args=[order.pk])).content.decode()
        assert money(due) in plain(page)
        mail = OutgoingMail.objects.filter(template="deliveries/mail/recap", recipient=user.email).latest("pk")
        mail.language = "fr"
        assert money(due) in plain(composing.text_of(mail).text)
    # Printing takes a second: one farm of each market.
    pick_list = PickList.objects.newest().filter(stall__round=market.round).order_by("pk")[seed % 3]
    reader = PdfReader(BytesIO(to_pdf(pick_list_html(pick_list.rows, "fr"))))
    paper = plain(" ".join(page.extract_text() for page in reader.pages))
    book = load_workbook(BytesIO(pick_list_xlsx(pick_list.rows, "fr")))
    paid = {row[0]: row[-2] for row in book["À payer"].iter_rows(min_row=2, values_only=True)}
    for order in Order.objects.filter(round=market.round).select_related("household"):
        amount = expected.get((order.pk, pick_list.stall_id))
        if amount:
            assert money(amount) in paper
            assert half_up(Fraction(str(paid[order.household.pick_up_number]))) == amount


def test_a_household_reads_no_net_price_anywhere() -> None:
    market = Market(3)
    market.close()
    for user in market.users[:2]:
        client = signed_in(user)
        order = Order.objects.get(household=cast.the_household(user))
        mail = OutgoingMail.objects.filter(template="deliveries/mail/recap", recipient=user.email).latest("pk")
        mail.language = "fr"
        said = [composing.text_of(mail).html]
        for path in (reverse("orders:round", args=[market.round.pk]), reverse("orders:detail", args=[order.pk])):
            said.append(client.get(path).content.decode())
        assert not any(re.search(r"\bHT\b|\bTVA\b", text) for text in said)
