"""What goes back to the farms: the jars, bottles and crates that a household took with a deposit.

Nobody notes yet what has been returned. So this is what was taken lately, said as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models.functions import Coalesce

from orders.models import Order, OrderLine, Round, Stall
from orders.models.ordering import counted

LATELY = timedelta(days=180)


@dataclass
class ToGiveBack:
    """So many of one thing, for which a household has paid its deposit to a farm lately.

    Bottles that were sold for two deposits, one after the other, are the same bottles to bring.
    """

    producer_id: int
    producer: str
    name: str
    quantity: Decimal


def to_give_back(orders: Sequence[Order]) -> dict[int, list[ToGiveBack]]:
    """Return per order what its household took before, with a deposit, from the farms that come this time too.

    By farm, then by what is given back, whatever product came in it. Two queries, however many orders; each needs its
    round.
    """
    by_household: dict[int, list[Order]] = {}
    for order in orders:
        by_household.setdefault(order.household_id, []).append(order)
    coming: dict[int, set[int]] = {order.round_id: set() for order in orders}
    states = [Stall.State.OPEN, Stall.State.WAITING, Stall.State.CLOSED]
    stalls = Stall.objects.filter(round__in=coming, state__in=states)
    for round_id, producer_id in stalls.order_by().values_list("round_id", "producer_id"):
        coming[round_id].add(producer_id)
    # A line confirmed by the version before, while this one was being started, has only what its offer names.
    name = Coalesce("returnable__name", "offer__returnable__name")
    taken = (
        OrderLine.objects.confirmed()
        .annotate(counted=counted(), name=name)
        .filter(
            order__household__in=by_household,
            order__round__state__in=[Round.State.CLOSED, Round.State.SETTLED],
            offer__stall__state=Stall.State.CLOSED,
            deposit__gt=0,
            counted__gt=0,
            name__isnull=False,
        )
        .order_by("offer__stall__producer__name", "offer__stall__producer_id", "name")
        .values_list(
            "order__household_id", "order__round__delivery_starts_at", "offer__stall__producer_id",
            "offer__stall__producer__name", "name", "counted",
        )
    )  # fmt: skip
    if orders:
        first = min(order.round.delivery_starts_at for order in orders)
        taken = taken.filter(order__round__delivery_starts_at__gte=first - LATELY)
    found: dict[int, dict[tuple[int, str], ToGiveBack]] = {order.pk: {} for order in orders}
    for household_id, at, producer_id, producer, name_of, quantity in taken:
        for order in by_household[household_id]:
            now = order.round.delivery_starts_at
            if producer_id in coming[order.round_id] and now - LATELY <= at < now:
                item = ToGiveBack(producer_id, producer, name_of, Decimal(0))
                found[order.pk].setdefault((producer_id, name_of), item).quantity += quantity
    return {pk: list(items.values()) for pk, items in found.items()}
