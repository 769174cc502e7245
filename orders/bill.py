"""An order as it stands, farm by farm: what was ordered, what each farm brings of it, and what is due to each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.db.models import OuterRef, Subquery

from cagette.money import ZERO, Basis, Item, Money, seen
from orders.due import Due, Taken, in_all, to_farm
from orders.models import Order, OrderLine, OrderNote, Round, Stall

NOTHING = Item(Basis.GROSS, ZERO, ZERO)


@dataclass(frozen=True)
class BillLine:
    """A line with what counts of it now: what was delivered, else allocated at the close, else confirmed."""

    line: OrderLine

    @property
    def counts(self) -> Decimal:
        return self.line.counted_now

    @property
    def ordered(self) -> Decimal:
        """What was confirmed, and what was agreed to after the close."""
        return self.line.quantity + self.line.granted

    @property
    def differs(self) -> bool:
        return self.counts != self.ordered

    @property
    def pending(self) -> bool:
        """Whether more stands on the sheet than was confirmed, where it still could be."""
        line = self.line
        more = line.wanted > line.quantity or line.wanted_tolerance > line.tolerance
        return more and line.offer.stall.is_open()

    @property
    def taken(self) -> Taken | None:
        """What is due of it, at its price; None where nothing was ever ordered."""
        price = self.line.agreed
        if price is None or not self.line.counted_now:
            return None
        return Taken(price, self.counts, self.line.open_tolerance)


def _item(line: BillLine, *, greatest: bool) -> Item:
    price = line.line.agreed
    if price is None:
        return NOTHING
    return price.greatest_item(line.counts) if greatest else price.item(line.counts)


class Row(NamedTuple):
    """A line as a page shows it: without VAT for professionals. The prices are None where nothing was ordered."""

    line: BillLine
    each: Money | None
    per_kg: Money | None
    amount: Money
    at_most: Money


@dataclass
class Farm:
    """What one farm has for the household, and what the household wrote to it. `net` is for professionals."""

    stall: Stall
    net: bool = False
    note: str = ""
    lines: list[BillLine] = field(default_factory=list)

    @property
    def ordered(self) -> bool:
        return any(line.line.quantity or line.line.granted for line in self.lines)

    @cached_property
    def due(self) -> Due:
        """What changes hands at the pick-up: goods and deposits."""
        taken = (line.taken for line in self.lines)
        return to_farm((each for each in taken if each is not None), self.stall.round.currency, net=self.net)

    @property
    def rows(self) -> list[Row]:
        """Each line with its price, what it comes to and the most that it can, as its reader sees them."""
        items = [_item(line, greatest=False) for line in self.lines]
        greatest = [_item(line, greatest=True) for line in self.lines]
        amounts, most = seen(items, net=self.net), seen(greatest, net=self.net)
        return [self._row(*each) for each in zip(self.lines, amounts, most, strict=True)]

    def _row(self, line: BillLine, amount: Decimal, most: Decimal) -> Row:
        agreed, currency = line.line.agreed, self.stall.round.currency
        per_kg = agreed.per_kg_seen(net=self.net) if agreed else None
        return Row(
            line,
            None if agreed is None else Money(agreed.seen(net=self.net), currency),
            None if per_kg is None else Money(per_kg, currency),
            Money(amount, currency),
            Money(most, currency),
        )

    @property
    def settled(self) -> bool:
        """Whether neither an order nor the scales can change what is due any more."""
        return self.stall.state == Stall.State.CLOSED and self.due.exact


@dataclass
class Bill:
    """All farms of one order."""

    order: Order
    farms: list[Farm] = field(default_factory=list)

    @cached_property
    def due(self) -> Due:
        return in_all((farm.due for farm in self.farms), self.order.round.currency)

    @property
    def paid_farms(self) -> list[Farm]:
        """Those to which something is due."""
        return [farm for farm in self.farms if farm.due]

    @property
    def chilled(self) -> list[str]:
        """What travels in a cool bag, by name."""
        return list(
            dict.fromkeys(line.line.offer.name for line in self.lines if line.counts and line.line.offer.chilled)
        )

    @property
    def lines(self) -> list[BillLine]:
        return [line for farm in self.farms for line in farm.lines]

    @property
    def ordered(self) -> bool:
        return self.farms_ordered_from > 0

    @property
    def farms_ordered_from(self) -> int:
        return sum(farm.ordered for farm in self.farms)

    @property
    def pending(self) -> int:
        """How many lines wait for the button."""
        return sum(line.pending for line in self.lines)

    @property
    def weighed(self) -> bool:
        """Whether the scales still have a say."""
        return any(line.counts and line.line.offer.weighed for line in self.lines)

    @property
    def state(self) -> str:
        """The word for a badge: wanted while something waits for the button, ordered while it can still be changed,
        then closed; empty when nothing was ordered, and cancelled with its round.
        """
        if self.order.round.state == Round.State.CANCELLED:
            return "cancelled"
        if self.pending:
            return "wanted"
        if not self.ordered:
            return "empty"
        return "ordered" if self.order.round.is_open() else "closed"


def of_orders(orders: Iterable[Order]) -> list[Bill]:
    """The bills of `orders`, in their order, without the lines at zero (but for those that were corrected to it).

    One query, however many orders; each needs its round and its household.
    """
    bills = {order.pk: Bill(order) for order in orders}
    notes = OrderNote.objects.filter(order=OuterRef("order"), stall=OuterRef("offer__stall"))
    lines = (
        OrderLine.objects.filter(order__in=bills)
        .exclude(quantity=0, wanted=0, granted=0, allocated=None)
        .annotate(note=Subquery(notes.values("text")))
        .select_related("offer__stall__producer")
        .order_by("offer__stall__producer__name", "offer__stall_id", "offer__position", "offer_id")
    )
    for line in lines:
        bill, stall = bills[line.order_id], line.offer.stall
        stall.round = bill.order.round
        if not bill.farms or bill.farms[-1].stall.pk != stall.pk:
            bill.farms.append(Farm(stall, bill.order.household.professional, line.note or ""))  # type: ignore[attr-defined]
        bill.farms[-1].lines.append(BillLine(line))
    return list(bills.values())
