"""What a sheet sends, and the answer it gets: read strictly, answered once per key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from cagette.errors import DomainError
from cagette.money import Basis, Price
from orders import refusals


@dataclass(frozen=True)
class Refusal:
    """Why one line was not accepted: a code of `orders.refusals` and its figures, decimals as strings."""

    code: str
    figures: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return refusals.sentence(self.code, self.figures)

    @property
    def possible(self) -> Decimal | None:
        return refusals.possible(self.code, self.figures)


@dataclass(frozen=True)
class Answer:
    """What a request got; the same key gets an equal one again.

    `status` is the HTTP status (200 done, 409 not possible as asked, 422 not understood); `refused` maps offer ids to
    the reason; `data` is what the page needs to show the truth, as plain JSON.
    """

    status: int
    data: Mapping[str, Any]
    replayed: bool = False

    @property
    def accepted(self) -> bool:
        return self.status == 200

    @property
    def refused(self) -> dict[int, Refusal]:
        return {int(offer): Refusal(each["code"], each) for offer, each in self.data.get("refused", {}).items()}


class NoSuchOrder(DomainError):
    """The household, the round, or the right to order there doesn't exist, as far as this person may know."""

    status = 404

    def __init__(self) -> None:
        super().__init__(_("This order doesn't exist, or it isn't yours to fill in."))


def read_quantity(text: str) -> Decimal | None:
    """The decimal somebody typed, with comma or point; blank is zero; None when it isn't a quantity.

    Exponents, signs, infinities and more than three decimals are nobody's way of writing two cheeses.
    """
    text = text.strip().replace("\N{NO-BREAK SPACE}", "").replace("\N{NARROW NO-BREAK SPACE}", "").replace(",", ".")
    if not text:
        return Decimal(0)
    if len(text) > 9 or not all(mark in "0123456789." for mark in text):
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    exponent = value.as_tuple().exponent
    return value if isinstance(exponent, int) and exponent >= -3 else None


def another_price(price: Price, currency: str) -> Refusal:
    """What was shown isn't the price now: the answer names that one as it is seen, and all a script reckons with."""
    seen = price.seen(net=price.basis == Basis.NET)
    figures = {"price": str(seen), "basis": price.basis, "currency": currency, "stake": stake(price)}
    return Refusal(refusals.PRICE, figures)


def stake(price: Price) -> str:
    """`n5.5:1.37,1.37,0`: basis and VAT rate, exact unit price, the most it can be, deposit. For the script."""
    basis = "n" if price.basis == Basis.NET else "g"
    numbers = (price.unit, price.ceiling, price.deposit)
    return f"{basis}{plain(price.vat_rate)}:{','.join(plain(number) for number in numbers)}"


def plain(number: Decimal) -> str:
    """`2`, `0.5`: without the zeros of its column."""
    return f"{number.normalize():f}"


def misshapen(quantity: Decimal, tolerance: Decimal, *, step: Decimal, minimum: Decimal) -> Refusal | None:
    """Why nobody could order so much of an offer, whatever else holds; None when they could."""
    if quantity < 0 or tolerance < 0:
        return Refusal(refusals.NOT_A_NUMBER)
    if quantity % step or tolerance % step:
        return Refusal(refusals.STEP, {"step": str(step)})
    if 0 < quantity < minimum:
        return Refusal(refusals.MINIMUM, {"minimum": str(minimum)})
    if quantity > refusals.GREATEST or tolerance > refusals.GREATEST:
        return Refusal(refusals.TOO_MUCH)
    return None
