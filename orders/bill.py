"""An order as it stands, farm by farm: what was ordered, what each farm brings of it, and what is due to each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from cagette.money import ZERO, line_amount
from orders.models import Order, OrderLine, Stall


@dataclass(frozen=True)
class BillLine:
    """A line with what counts of it now: what was delivered, else allocated at the close, else confirmed."""

    line: OrderLine

    @property
    def due(self) -> Decimal:
        for quantity in (self.line.delivered, self.line.allocated):
            if quantity is not None:
                return quantity
        return self.line.quantity

    @property
    def differs(self) -> bool:
        return self.due != self.line.quantity

    @property
    def pending(self) -> bool:
        """Whether more stands on the sheet than was confirmed, where it still could be."""
        return self.line.wanted > self.line.quantity and self.line.offer.stall.state == Stall.State.OPEN

    @property
    def amount(self) -> Decimal:
        return line_amount(self.due, self.line.unit_price or ZERO)

    @property
    def deposit(self) -> Decimal:
        return line_amount(self.due, self.line.deposit or ZERO)


@dataclass
class Farm:
    """What one farm has for the household."""

    stall: Stall
    lines: list[BillLine] = field(default_factory=list)

    @property
    def ordered(self) -> bool:
        return any(line.line.quantity for line in self.lines)

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO)

    @property
    def deposit(self) -> Decimal:
        return sum((line.deposit for line in self.lines), ZERO)


@dataclass
class Bill:
    """All farms of one order. Amounts include VAT; deposits stand beside."""

    order: Order
    farms: list[Farm] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        return sum((farm.amount for farm in self.farms), ZERO)

    @property
    def deposit(self) -> Decimal:
        return sum((farm.deposit for farm in self.farms), ZERO)

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
    def pending(self) -> bool:
        return any(line.pending for line in self.lines)

    @property
    def weighed(self) -> bool:
        """Whether the scales still have a say."""
        return any(line.due and line.line.offer.weighed for line in self.lines)

    @property
    def state(self) -> str:
        """The word for a badge: wanted while something waits for the button, else ordered, else empty."""
        return "wanted" if self.pending else "ordered" if self.ordered else "empty"


def of_orders(orders: Iterable[Order]) -> list[Bill]:
    """The bills of `orders`, in their order, without the lines at zero. One query, however many orders."""
    bills = {order.pk: Bill(order) for order in orders}
    lines = (
        OrderLine.objects.filter(order__in=bills)
        .exclude(quantity=0, wanted=0)
        .select_related("offer__stall__producer")
        .order_by("offer__stall__producer__name", "offer__stall_id", "offer__position", "offer_id")
    )
    for line in lines:
        bill, stall = bills[line.order_id], line.offer.stall
        if not bill.farms or bill.farms[-1].stall.pk != stall.pk:
            bill.farms.append(Farm(stall))
        bill.farms[-1].lines.append(BillLine(line))
    return list(bills.values())
