"""More after the close: only what the household has agreed to, at the price it was shown."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from cagette.errors import WrongState
from cagette.models import OutgoingMail, User
from catalogs.models import Supply
from deliveries import closing, correcting, granting
from deliveries.granting import NotTheirs
from deliveries.models import Correction, PickList
from deliveries.stock import NotEnough
from orders import bill
from orders.models import Grant, Household, Offer, Order, OrderChange, OrderLine, Round
from tests import cast
from tests.orders.sheets import signed_in

pytestmark = pytest.mark.django_db

Committing = Callable[..., AbstractContextManager[Any]]


class Played:
    """A closed farm with two products of six pieces each; Ferrand has ordered 3 of the first."""

    def __init__(self) -> None:
        catalog = cast.a_catalog()
        for _ in range(2):
            cast.a_product(catalog, stock=6)
        self.round = cast.an_open_round(None, catalog)
        self.by = cast.the_coordinator(self.round)
        self.first, self.other = cast.offers_of(self.round)
        self.ferrand = cast.a_member(self.round.neighbourhood, "Ferrand")
        self.order = cast.an_order(self.round, cast.the_household(self.ferrand), {self.first: 3})

    def close(self) -> None:
        cast.let_the_deadline_pass(self.round)
        closing.close(self.first.stall_id)
        closing.close_round(self.round.pk)
        self.round.refresh_from_db()

    def offered(self, more: int = 1, offer: Offer | None = None, reason: str = "Un de trop") -> Grant:
        return granting.offer_more(self.order, offer or self.first, Decimal(more), by=self.by, reason=reason)

    def line(self, offer: Offer | None = None) -> OrderLine:
        return OrderLine.objects.get(order=self.order, offer=offer or self.first)

    def ordered_of(self, offer: Offer | None = None) -> int:
        return int(Supply.objects.get(pk=(offer or self.first).supply_id).ordered)

    def stands(self, offer: Offer | None = None) -> tuple[int, int, int]:
        """What the line has ordered, what it was granted, and what counts of it."""
        line = self.line(offer)
        return int(line.quantity), int(line.granted), int(line.counted_now)

    def due(self) -> Decimal:
        [stands] = bill.of_orders([Order.objects.select_related("round", "household").get(pk=self.order.pk)])
        return stands.due.amount.amount


@pytest.fixture
def closed() -> Played:
    played = Played()
    played.close()
    return played


def test_an_offer_changes_nothing_and_is_told_by_mail(closed: Played) -> None:
    due = closed.due()
    grant = closed.offered()
    assert (grant.unit_price, grant.offered_by, closed.due()) == (Decimal("4.50"), closed.by, due)
    assert (closed.stands(), closed.ordered_of()) == ((3, 0, 3), 3)
    mail = OutgoingMail.objects.get(template="deliveries/mail/grant")
    assert (mail.recipient, mail.data["quantity"], mail.data["account"]["amount"]) == (
        closed.ferrand.email,
        "1",
        "4.50",
    )


def test_agreeing_raises_what_is_allotted_and_leaves_what_was_ordered(closed: Played) -> None:
    changes = OrderChange.objects.count()
    grant = closed.offered(2)
    granting.agree(grant, by=closed.ferrand)
    assert (closed.stands(), closed.ordered_of()) == ((3, 2, 5), 5)
    assert closed.due() == Decimal("22.50")
    assert OrderChange.objects.count() == changes
    correction = Correction.objects.get()
    assert (correction.kind, correction.grant, correction.by) == ("late", grant, closed.ferrand)
    assert (correction.before, correction.after) == (
        {"ordered": "3", "quantity": "3"},
        {"ordered": "5", "quantity": "5"},
    )
    grant.refresh_from_db()
    assert (grant.agreed_by, grant.on_behalf) == (closed.ferrand, False)
    newest = PickList.objects.newest().get()
    assert [(row["quantity"], row["before"]) for row in newest.rows["products"]] == [("5", "3")]
    assert closed.round.sign_off_sheets.count() == 2


def test_a_product_that_was_not_ordered_is_taken_at_the_price_that_was_offered(closed: Played) -> None:
    grant = closed.offered(2, closed.other)
    Offer.objects.filter(pk=closed.other.pk).update(price=Decimal("9.90"))
    granting.agree(grant, by=closed.ferrand)
    line = closed.line(closed.other)
    assert (closed.stands(closed.other), line.unit_price) == ((0, 2, 2), Decimal("4.50"))
    assert closed.due() == Decimal("22.50")


def test_an_ordered_line_is_raised_at_the_price_it_was_ordered_at(closed: Played) -> None:
    Offer.objects.update(price=Decimal("9.90"))
    granting.agree(closed.offered(), by=closed.ferrand)
    assert (closed.line().unit_price, closed.due()) == (Decimal("4.50"), Decimal("18.00"))


def test_agreeing_twice_is_agreeing_once(closed: Played) -> None:
    grant = closed.offered()
    granting.agree(grant, by=closed.ferrand)
    granting.agree(grant, by=closed.ferrand)
    assert (closed.stands(), closed.ordered_of(), Correction.objects.count()) == ((3, 1, 4), 4, 1)


def test_what_is_gone_meanwhile_is_not_taken(closed: Played) -> None:
    grant = closed.offered(2)
    Supply.objects.filter(pk=closed.first.supply_id).update(quantity=4)
    with pytest.raises(NotEnough):
        granting.agree(grant, by=closed.ferrand)
    grant.refresh_from_db()
    assert (grant.agreed_at, closed.stands(), closed.ordered_of()) == (None, (3, 0, 3), 3)


def test_a_household_takes_nothing_of_the_professionals_share(closed: Played) -> None:
    Supply.objects.filter(pk=closed.first.supply_id).update(professional_share=3)
    with pytest.raises(NotEnough):
        granting.agree(closed.offered(), by=closed.ferrand)


def test_a_household_with_a_login_agrees_itself(closed: Played) -> None:
    grant = closed.offered()
    with pytest.raises(NotTheirs):
        granting.agree(grant, by=closed.by)
    assert closed.stands() == (3, 0, 3)


def test_for_a_household_without_a_login_a_coordinator_agrees_on_record(closed: Played) -> None:
    User.objects.filter(pk=closed.ferrand.pk).update(is_active=False)
    grant = closed.offered()
    granting.agree(grant, by=closed.by)
    grant.refresh_from_db()
    assert (grant.agreed_by, grant.on_behalf, closed.stands()) == (closed.by, True, (3, 1, 4))


def test_an_offer_taken_back_cannot_be_agreed_to(closed: Played) -> None:
    grant = closed.offered()
    granting.take_back(grant, by=closed.by)
    granting.take_back(grant, by=closed.by)
    with pytest.raises(WrongState):
        granting.agree(grant, by=closed.ferrand)
    assert closed.stands() == (3, 0, 3)


def test_what_was_agreed_to_is_not_taken_back(closed: Played) -> None:
    grant = closed.offered()
    granting.agree(grant, by=closed.ferrand)
    with pytest.raises(WrongState):
        granting.take_back(grant, by=closed.by)


def test_an_offer_ends_with_the_pick_up(closed: Played) -> None:
    grant = closed.offered()
    Round.objects.update(delivery_starts_at=F("closes_at"), delivery_ends_at=timezone.now())
    with pytest.raises(WrongState):
        granting.agree(grant, by=closed.ferrand)
    assert not Grant.objects.open(at=timezone.now()).exists()


def test_what_is_taken_in_the_yard_is_delivered(closed: Played) -> None:
    Round.objects.update(delivery_starts_at=F("closes_at"))
    granting.agree(closed.offered(1, closed.other), by=closed.ferrand)
    line = closed.line(closed.other)
    assert (line.allocated, line.delivered) == (None, Decimal(1))
    assert (closed.stands(closed.other), closed.ordered_of(closed.other)) == ((0, 1, 1), 1)


def test_one_offer_of_a_product_at_a_time(closed: Played) -> None:
    closed.offered()
    with pytest.raises(WrongState):
        closed.offered()


def test_nothing_is_offered_while_the_farm_is_open() -> None:
    with pytest.raises(WrongState):
        Played().offered()


def test_what_was_not_wanted_comes_back_by_an_offer(closed: Played) -> None:
    correcting.correct_line(
        closed.order, closed.first, Decimal(1), by=closed.by, reason="trop", cause=Correction.Cause.NOT_WANTED
    )
    granting.agree(closed.offered(2), by=closed.ferrand)
    # It is within what was ordered: nothing more has been granted.
    assert closed.stands() == (3, 0, 3)


# The pages


def test_the_order_page_has_the_button_and_pressing_it_takes(closed: Played) -> None:
    grant = closed.offered()
    client, page = signed_in(closed.ferrand), reverse("orders:detail", args=[closed.order.pk])
    text = client.get(page).content.decode()
    assert "Prendre 1 de plus avec obligation de paiement · 4,50\xa0€" in text
    assert client.post(reverse("deliveries:grant_agreement", args=[grant.pk]))["Location"] == page
    assert closed.stands() == (3, 1, 4)
    assert "avec obligation de paiement" not in client.get(page).content.decode()


def test_a_coordinator_offers_on_a_page_of_the_order(closed: Played) -> None:
    client, page = signed_in(closed.by), reverse("deliveries:grants", args=[closed.order.pk])
    data = {"offer": closed.other.pk, "quantity": "2", "reason": "Un de trop"}
    assert client.get(page, {"offer": closed.other.pk}).status_code == 200
    assert client.post(page, data).status_code == 302
    grant = Grant.objects.get()
    assert (grant.offer, int(grant.quantity)) == (closed.other, 2)
    crate = reverse("deliveries:order", args=[closed.order.pk])
    assert reverse("deliveries:grant_taking_back", args=[grant.pk]) in client.get(crate).content.decode()
    assert client.post(reverse("deliveries:grant_taking_back", args=[grant.pk])).status_code == 302
    grant.refresh_from_db()
    assert grant.taken_back_by == closed.by


def test_a_coordinator_does_not_agree_for_a_household_with_a_login(closed: Played) -> None:
    grant = closed.offered()
    assert signed_in(closed.by).post(reverse("deliveries:grant_agreement", args=[grant.pk])).status_code == 403


@pytest.mark.parametrize("quantity", ["0", "-1", "x", "", "0,5", "1e9"])
def test_a_bad_quantity_is_said_on_the_page(quantity: str, closed: Played) -> None:
    page = reverse("deliveries:grants", args=[closed.order.pk])
    data = {"offer": closed.first.pk, "quantity": quantity, "reason": ""}
    assert signed_in(closed.by).post(page, data).status_code == 422
    assert not Grant.objects.exists()


def test_a_restaurant_agrees_at_its_own_price() -> None:
    played = Played()
    Household.objects.filter(pk=played.order.household_id).update(kind="professional")
    Offer.objects.update(professional_price=Decimal("3.71"))
    played.close()
    granting.agree(played.offered(2, played.other), by=played.ferrand)
    line = played.line(played.other)
    assert (line.basis, line.unit_price) == ("net", Decimal("3.71"))


def test_the_button_says_by_how_much_the_sum_grows() -> None:
    """VAT on 0.10 is 0.01, and on 0.20 too: one more costs 0.10, and not 0.11."""
    catalog = cast.a_catalog()
    cast.a_product(catalog, professional_price=Decimal("0.10"))
    round = cast.an_open_round(None, catalog)
    [offer] = cast.offers_of(round)
    cook = cast.a_membership(cast.a_household(round.neighbourhood, "La Table", kind="professional")).user
    order = cast.an_order(round, cast.the_household(cook), {offer: 1})
    cast.let_the_deadline_pass(round)
    closing.close(offer.stall_id)
    grant = granting.offer_more(order, offer, Decimal(1), by=cast.the_coordinator(round), reason="Un de trop")

    def owed() -> Decimal:
        orders = Order.objects.filter(pk=order.pk).select_related("round", "household")
        return bill.of_orders(orders)[0].due.amount.amount

    before, said = owed(), granting.due_of(grant).amount.amount
    granting.agree(grant, by=cook)
    assert (before, said, owed()) == (Decimal("0.11"), Decimal("0.10"), Decimal("0.21"))
