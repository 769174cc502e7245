"""What many orders come to, summed by the database: the one expression behind every list with amounts.

Each takes the lines to sum, usually tied to the row of the list by `OuterRef`, and is put into `annotate`. They agree
to the cent with `orders.due`, which reckons one order from its lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, ExpressionWrapper, F, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest

from cagette.money import EUR, ZERO, InclVat, LineAmounts, Total
from orders.due import Due
from orders.models import OrderLine
from orders.models.ordering import counted

Lines = QuerySet[OrderLine]
AMOUNT = DecimalField(max_digits=14, decimal_places=2)
ONE = Value(1)

# What a line may still come to: until the close with the extra that fills a case.
MOST = Case(When(Q(allocated=None, delivered=None), then=F("quantity") + F("tolerance")), default=counted())
# The exact price of the heaviest piece.
CEILING = Greatest(
    F("unit_price"),
    Coalesce(
        ExpressionWrapper(
            F("price_per_kg") * F("greatest_weight_g") / 1000, DecimalField(max_digits=14, decimal_places=5)
        ),
        F("unit_price"),
    ),
)


def goods(lines: Lines, *, quantity: Any = None, price: Any = None) -> InclVat:
    """Sum the lines incl. VAT, without deposits; `quantity` is what counts of each unless another is named."""
    amounts = LineAmounts(counted() if quantity is None else quantity, F("unit_price") if price is None else price)
    groups = lines.order_by().values("order", "offer__stall", "basis", "vat_rate")
    return InclVat(groups.annotate(amount=Sum(amounts)).values("amount", "basis", "vat_rate"))


def deposits(lines: Lines, *, quantity: Any = None) -> Coalesce:
    """Sum the deposits of the lines."""
    amounts = LineAmounts(counted() if quantity is None else quantity, F("deposit"))
    summed = lines.order_by().annotate(of_all=ONE).values("of_all").annotate(amount=Sum(amounts)).values("amount")
    return Coalesce(Subquery(summed), ZERO, output_field=AMOUNT)


def summed(lines: Lines) -> dict[str, Any]:
    """Return the annotations that `Summed.of` reads: three subqueries."""
    return {
        "sum_goods": goods(lines),
        "sum_deposits": deposits(lines),
        "sum_most": goods(lines, quantity=MOST, price=CEILING) + deposits(lines, quantity=MOST),
    }


@dataclass(frozen=True)
class Summed:
    """What the lines of many orders come to: `orders.due.Due` of one order, without its VAT."""

    currency: str = EUR
    goods: Decimal = ZERO
    deposits: Decimal = ZERO
    greatest: Decimal = ZERO

    @classmethod
    def of(cls, row: Any, currency: str) -> Summed:
        """Read a row annotated with `summed`."""
        return cls(currency, row.sum_goods, row.sum_deposits, row.sum_most)

    def __add__(self, other: Summed) -> Summed:
        return Summed(
            self.currency,
            self.goods + other.goods,
            self.deposits + other.deposits,
            self.greatest + other.greatest,
        )

    @property
    def due(self) -> Due:
        return Due(self.currency, Total(self.goods, self.goods), self.deposits, self.greatest)

    @property
    def said(self) -> str:
        return self.due.said

    @property
    def beneath(self) -> str:
        return self.due.beneath

    @property
    def about(self) -> str:
        """`1 240,00 €`, with `≈` before it where it isn't exact: for a table."""
        return self.due.about
