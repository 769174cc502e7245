"""What goes back to the farms: bottles, jars and crates that a household took with a deposit.

Nobody notes yet what has been returned. So this is what was taken lately, said as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from orders.models import Order, OrderLine, Round, Stall
from orders.models.ordering import counted

LATELY = timedelta(days=180)


@dataclass
class Returnable:
    """So many of a product, whose deposit a household has paid to a farm lately."""

    producer_id: int
    producer: str
    name: str
    unit: str
    quantity: Decimal


def returnables(orders: Sequence[Order]) -> dict[int, list[Returnable]]:
    """Per order what its household took before, with a deposit, from the farms that come this time too.

    By farm, then by product. Two queries, however many orders; each needs its round.
    """
    by_household: dict[int, list[Order]] = {}
    for order in orders:
        by_household.setdefault(order.household_id, []).append(order)
    coming: dict[int, set[int]] = {order.round_id: set() for order in orders}
    states = [Stall.State.OPEN, Stall.State.WAITING, Stall.State.CLOSED]
    stalls = Stall.objects.filter(round__in=coming, state__in=states)
    for round_id, producer_id in stalls.order_by().values_list("round_id", "producer_id"):
        coming[round_id].add(producer_id)
    taken = (
        OrderLine.objects.confirmed()
        .filter(
            order__household__in=by_household,
            order__round__state__in=[Round.State.CLOSED, Round.State.SETTLED],
            offer__stall__state=Stall.State.CLOSED,
            deposit__gt=0,
        )
        .annotate(given=counted())
        .filter(given__gt=0)
        .order_by("offer__stall__producer__name", "offer__stall__producer_id", "offer__name")
        .values_list(
            "order__household_id", "order__round__delivery_starts_at", "offer__stall__producer_id",
            "offer__stall__producer__name", "offer__name", "offer__unit", "given",
        )
    )  # fmt: skip
    if orders:
        first = min(order.round.delivery_starts_at for order in orders)
        taken = taken.filter(order__round__delivery_starts_at__gte=first - LATELY)
    found: dict[int, dict[tuple[int, str, str], Returnable]] = {order.pk: {} for order in orders}
    for household_id, at, producer_id, producer, name, unit, given in taken:
        for order in by_household[household_id]:
            now = order.round.delivery_starts_at
            if producer_id in coming[order.round_id] and now - LATELY <= at < now:
                item = Returnable(producer_id, producer, name, unit, Decimal(0))
                found[order.pk].setdefault((producer_id, name, unit), item).quantity += given
    return {pk: list(items.values()) for pk, items in found.items()}
