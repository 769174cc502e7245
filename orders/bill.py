"""An order as it stands, farm by farm: what was ordered, what each farm brings of it, and what is due to each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import OuterRef, Subquery

from cagette.money import ZERO, estimated_price, line_amount
from orders.models import Order, OrderLine, OrderNote, Round, Stall


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
        line = self.line
        more = line.wanted > line.quantity or line.wanted_tolerance > line.tolerance
        return more and line.offer.stall.is_open()

    @property
    def amount(self) -> Decimal:
        return line_amount(self.due, self.line.unit_price or ZERO)

    @property
    def at_most(self) -> Decimal:
        """`amount`, or the most that the scales can make of it."""
        return greatest_amount(self.due, self.amount, self.line.price_per_kg, self.line.greatest_weight_g)

    @property
    def deposit(self) -> Decimal:
        return line_amount(self.due, self.line.deposit or ZERO)


def greatest_amount(quantity: Decimal, amount: Decimal, price_per_kg: Decimal | None, weight_g: int | None) -> Decimal:
    """The most that `quantity` pieces of at most `weight_g` grams can come to; `amount` for what isn't weighed."""
    if price_per_kg is None or weight_g is None:
        return amount
    return max(amount, line_amount(quantity, estimated_price(price_per_kg, weight_g)))


@dataclass
class Farm:
    """What one farm has for the household, and what the household wrote to it."""

    stall: Stall
    note: str = ""
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

    @property
    def to_pay(self) -> Decimal:
        """What changes hands at the pick-up: goods and deposits."""
        return self.amount + self.deposit

    @property
    def at_most(self) -> Decimal:
        """`to_pay` if every weighed piece is as heavy as it can be."""
        return sum((line.at_most for line in self.lines), self.deposit)

    @property
    def settled(self) -> bool:
        """Whether neither an order nor the scales can change `to_pay` any more."""
        return self.stall.state == Stall.State.CLOSED and self.at_most == self.to_pay


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
    def to_pay(self) -> Decimal:
        return self.amount + self.deposit

    @property
    def at_most(self) -> Decimal:
        return sum((farm.at_most for farm in self.farms), ZERO)

    @property
    def paid_farms(self) -> list[Farm]:
        """Those to which something is due."""
        return [farm for farm in self.farms if farm.to_pay]

    @property
    def chilled(self) -> list[str]:
        """What travels in a cool bag, by name."""
        return list(dict.fromkeys(line.line.offer.name for line in self.lines if line.due and line.line.offer.chilled))

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
        return any(line.due and line.line.offer.weighed for line in self.lines)

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

    One query, however many orders; each needs its round.
    """
    bills = {order.pk: Bill(order) for order in orders}
    notes = OrderNote.objects.filter(order=OuterRef("order"), stall=OuterRef("offer__stall"))
    lines = (
        OrderLine.objects.filter(order__in=bills)
        .exclude(quantity=0, wanted=0, allocated=None)
        .annotate(note=Subquery(notes.values("text")))
        .select_related("offer__stall__producer")
        .order_by("offer__stall__producer__name", "offer__stall_id", "offer__position", "offer_id")
    )
    for line in lines:
        bill, stall = bills[line.order_id], line.offer.stall
        stall.round = bill.order.round
        if not bill.farms or bill.farms[-1].stall.pk != stall.pk:
            bill.farms.append(Farm(stall, line.note or ""))  # type: ignore[attr-defined]
        bill.farms[-1].lines.append(BillLine(line))
    return list(bills.values())
