"""The migration that puts back what was ordered, on rows as the old corrections left them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from cagette.models import User
from deliveries.models import Correction
from orders import bill
from orders.models import Household, Offer, Order, OrderChange, OrderLine, Round, Stall
from tests import cast

pytestmark = pytest.mark.django_db

RESTORE = import_module("deliveries.migrations.0008_what_was_ordered").RESTORE


@pytest.fixture
def round() -> Round:
    catalog = cast.a_catalog()
    for _ in range(2):
        cast.a_product(catalog)
    return cast.an_open_round(None, catalog)


@pytest.fixture
def by(round: Round) -> User:
    return cast.the_coordinator(round)


@pytest.fixture
def order(round: Round) -> Order:
    household = cast.the_household(cast.a_member(round.neighbourhood))
    return cast.an_order(round, household, {cast.offers_of(round)[0]: 3})


def closed(line: OrderLine, allocated: int | None = None) -> OrderLine:
    Stall.objects.filter(pk=line.offer.stall_id).update(state="closed", closed_at=timezone.now())
    line.allocated = line.quantity if allocated is None else Decimal(allocated)
    line.save()
    return line


def corrected_of_old(line: OrderLine, quantity: int, *, by: User | None, at: datetime) -> None:
    """Write what a correction of the version before wrote."""
    given = Decimal(line.quantity if line.allocated is None else line.allocated)
    OrderChange.objects.create(
        line=line, quantity_before=line.quantity, quantity_after=quantity, tolerance_before=line.tolerance,
        tolerance_after=0, by=by, on_behalf=True, reason="pot cassé", at=at,
    )  # fmt: skip
    Correction.objects.create(
        round=line.order.round, stall=line.offer.stall, line=line, kind="line", by=by, reason="pot cassé",
        before={"quantity": f"{given.normalize():f}"}, after={"quantity": str(quantity)},
        at=at + timedelta(milliseconds=3),
    )  # fmt: skip
    line.wanted = line.quantity = line.allocated = Decimal(quantity)
    line.wanted_tolerance = line.tolerance = Decimal(0)
    line.save()


def restored(line: OrderLine) -> tuple[int, int, int, int | None]:
    """Quantity, tolerance, granted and allocated after the migration; what is due has not moved."""
    due = bill.of_orders([line.order])[0].due.amount
    with connection.cursor() as cursor:
        cursor.execute(RESTORE)
    line = OrderLine.objects.select_related("order__round", "order__household").get(pk=line.pk)
    assert bill.of_orders([line.order])[0].due.amount == due
    allocated = None if line.allocated is None else int(line.allocated)
    return int(line.quantity), int(line.tolerance), int(line.granted), allocated


def test_the_first_of_several_corrections_says_what_was_ordered(order: Order, by: User) -> None:
    line, now = closed(order.lines.get()), timezone.now()
    corrected_of_old(line, 2, by=by, at=now)
    corrected_of_old(line, 1, by=by, at=now + timedelta(seconds=2))
    assert restored(line) == (3, 0, 0, 1)
    line.refresh_from_db()
    assert line.wanted == 3


def test_a_case_that_was_cut_short_had_ordered_more_than_it_was_given(order: Order, by: User) -> None:
    OrderLine.objects.update(tolerance=2)
    line = closed(order.lines.get(), allocated=2)
    corrected_of_old(line, 1, by=by, at=timezone.now())
    assert restored(line) == (3, 2, 0, 1)


def test_more_than_was_ordered_was_granted(order: Order, by: User) -> None:
    line = closed(order.lines.get())
    corrected_of_old(line, 5, by=by, at=timezone.now())
    assert restored(line) == (3, 0, 2, 5)


def test_a_line_that_a_correction_added_keeps_its_price_and_was_granted(order: Order, by: User) -> None:
    offer: Offer = cast.offers_of(order.round)[1]
    closed(order.lines.get())
    added = OrderLine.objects.create(
        order=order, offer=offer, unit_price=Decimal("4.50"), vat_rate=Decimal("5.5"), deposit=0
    )
    corrected_of_old(added, 2, by=by, at=timezone.now())
    assert restored(added) == (0, 0, 2, 2)
    added.refresh_from_db()
    assert added.unit_price == Decimal("4.50")


def test_a_farm_called_off_after_a_correction_gives_nothing_and_keeps_what_was_ordered(order: Order, by: User) -> None:
    line = closed(order.lines.get())
    corrected_of_old(line, 5, by=by, at=timezone.now())
    OrderLine.objects.filter(pk=line.pk).update(allocated=0)
    line.refresh_from_db()
    assert restored(line) == (3, 0, 2, 0)


def test_what_no_correction_wrote_is_left_alone(order: Order, round: Round, by: User) -> None:
    """A measured world's lines have a change without a request too; a demand of later is none of a correction's."""
    household: Household = cast.the_household(cast.a_member(round.neighbourhood))
    other = cast.an_order(round, household, {cast.offers_of(round)[0]: 4}).lines.get()
    closed(other)
    OrderChange.objects.create(
        line=other, quantity_before=0, quantity_after=4, tolerance_before=0, tolerance_after=0,
    )  # fmt: skip
    line = closed(order.lines.get())
    OrderChange.objects.create(
        line=line, quantity_before=0, quantity_after=2, tolerance_before=0, tolerance_after=0,
        at=timezone.now() - timedelta(days=3),
    )  # fmt: skip
    corrected_of_old(line, 2, by=by, at=timezone.now())
    assert restored(other) == (4, 0, 0, 4)
    assert restored(line) == (3, 0, 0, 2)
