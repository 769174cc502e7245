"""The way one has to go: what one's households fetch at one place on one day, whatever rounds it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from orders import returnables
from orders.bill import Bill
from orders.due import Due, in_all
from orders.models import Place
from orders.returnables import ToGiveBack
from producers.paying import Means


@dataclass
class Errand:
    """One place and day. What is due is what has been ordered; called off rounds stand there too, and owe nothing."""

    bills: list[Bill]
    returnables: list[ToGiveBack]

    @property
    def place(self) -> Place:
        return self.bills[0].order.round.place

    @property
    def zone(self) -> str:
        return self.bills[0].order.round.neighbourhood.time_zone

    @property
    def starts(self) -> datetime:
        return min(bill.order.round.delivery_starts_at for bill in self.bills)

    @property
    def ends(self) -> datetime:
        return max(bill.order.round.delivery_ends_at for bill in self.bills)

    @property
    def one_window(self) -> bool:
        """Whether all of it is handed out at the same hours."""
        hours = {(bill.order.round.delivery_starts_at, bill.order.round.delivery_ends_at) for bill in self.bills}
        return len(hours) == 1

    @cached_property
    def due(self) -> Due:
        """A place lies in one neighbourhood, so its orders have one currency."""
        return in_all((bill.due for bill in self.bills), self.bills[0].order.round.currency)

    @property
    def farms(self) -> int:
        """How many farms are paid."""
        return len({farm.stall.producer_id for bill in self.bills for farm in bill.paid_farms})

    @property
    def means(self) -> list[str]:
        """The means of payment that every one of these farms takes, as far as they have said."""
        said = [farm.stall.producer.payment_means or [Means.CASH] for bill in self.bills for farm in bill.paid_farms]
        return [str(each.label) for each in Means if said and all(each in means for means in said)]

    @property
    def chilled(self) -> bool:
        return any(bill.chilled for bill in self.bills)


def errands(bills: Iterable[Bill]) -> list[Errand]:
    """`bills` by place and day, each errand where its first bill stood. Two queries, however many bills."""
    grouped: dict[tuple[int, str], list[Bill]] = {}
    for bill in bills:
        round = bill.order.round
        day = round.delivery_starts_at.astimezone(round.neighbourhood.zone).date()
        grouped.setdefault((round.place_id, day.isoformat()), []).append(bill)
    found = returnables.to_give_back([bill.order for group in grouped.values() for bill in group])
    return [Errand(group, _once(group, found)) for group in grouped.values()]


def _once(bills: Sequence[Bill], found: dict[int, list[ToGiveBack]]) -> list[ToGiveBack]:
    """What goes back on this way: two rounds of one household with the same farm ask for the same jars."""
    seen: dict[tuple[int, int, str], ToGiveBack] = {}
    for bill in bills:
        for item in found[bill.order.pk]:
            key = (bill.order.household_id, item.producer_id, item.name)
            if key not in seen or item.quantity > seen[key].quantity:
                seen[key] = item
    return list(seen.values())
