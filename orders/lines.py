"""One product of the order sheet: what its line shows, and whether two look the same."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Any

from cagette import wording
from cagette.money import ZERO, line_amount
from catalogs.models import Allergen, ContentUnit, Label
from orders import progress
from orders.models import Offer
from orders.progress import NONE, Case
from orders.requests import Refusal


@dataclass(frozen=True)
class Line:
    """One product of the sheet, with what the household has of it: quantities in the offer's unit, amounts incl. VAT.

    `photo` is its name in storage; `returnable` what its deposit is for; `price` is today's price of a piece, `ceiling`
    the most it can cost (weighed goods), `agreed` the price at which it was confirmed. `typed` is what the field shows
    when that isn't what was saved. `hidden` lines are those that the sheet isn't cut down to.
    """

    offer: Offer
    is_open: bool
    price: Decimal
    measure: tuple[Decimal, str] | None
    ceiling: Decimal
    labels: list[Label]
    left: Decimal | None
    case: Case | None
    photo: str
    returnable: str = ""
    favourite: bool = False
    hidden: bool = False
    wanted: Decimal = NONE
    extra: Decimal = NONE
    quantity: Decimal = NONE
    confirmed_extra: Decimal = NONE
    agreed: Decimal | None = None
    typed: str | None = None
    typed_extra: str | None = None
    refusal: Refusal | None = None

    @property
    def seen(self) -> tuple[Any, ...] | None:
        """All that the line is drawn from: two lines that have this in common look the same. None for refused lines."""
        if self.refusal is not None:
            return None
        offer = (tuple(each) if isinstance(each, list) else each for each in _FIELDS_OF_OFFER(self.offer))
        return (*offer, *_FIELDS_OF_LINE(self), tuple(self.labels), self.little, self.sold_out)

    @property
    def explained(self) -> bool:
        """Whether there is more to say of it than a line holds."""
        offer = self.offer
        return bool(offer.allergens or offer.description or offer.origin or offer.ingredients or offer.storage)

    @property
    def starred(self) -> str:
        return "true" if self.favourite else "false"

    @property
    def content(self) -> str:
        """`500 g`, `75 cl`."""
        if not self.offer.content:
            return ""
        return f"{wording.quantity(self.offer.content)}{wording.NBSP}{ContentUnit(self.offer.content_unit).label}"

    @property
    def typical_weight(self) -> str:
        return weight(self.offer.typical_weight_g or 0)

    @property
    def greatest_weight(self) -> str:
        return weight(self.offer.greatest_weight_g or 0)

    @property
    def sold_out(self) -> bool:
        return self.left is not None and self.left < self.offer.step and not self.quantity and not self.wanted

    @property
    def little(self) -> str:
        return progress.little(self.left, self.offer)

    @cached_property
    def fillable(self) -> bool:
        return self.is_open and not self.sold_out

    @property
    def asked(self) -> Decimal:
        """What is wanted, or of a refused line what is possible instead."""
        possible = None if self.refusal is None else self.refusal.possible
        return self.wanted if possible is None else possible

    @cached_property
    def pending(self) -> bool:
        """Whether the sheet asks for more than was confirmed."""
        return self.is_open and (self.asked > self.quantity or self.extra > self.confirmed_extra)

    @property
    def state(self) -> str:
        if self.refusal is not None:
            return "refused"
        if self.pending:
            return "wanted"
        if self.quantity:
            return "ordered"
        return "soldout" if self.sold_out else "" if self.is_open else "closed"

    @property
    def counted(self) -> Decimal:
        """What the order will hold once the button is pressed: at a closed stall, what was confirmed in time."""
        return self.asked if self.is_open else self.quantity

    @property
    def counted_price(self) -> Decimal:
        """More is bought at today's price, less keeps the price that was agreed on (`confirming.Standing.terms_of`)."""
        return self.price if self.agreed is None or self.pending else self.agreed

    @property
    def price_has_changed(self) -> bool:
        return self.agreed is not None and self.agreed != self.price

    @property
    def amount(self) -> Decimal:
        return line_amount(self.counted, self.counted_price)

    @property
    def ceiling_amount(self) -> Decimal:
        return line_amount(self.counted, max(self.ceiling, self.counted_price))

    @property
    def ordered_amount(self) -> Decimal:
        return ZERO if self.agreed is None else line_amount(self.quantity, self.agreed)

    @property
    def deposit(self) -> Decimal:
        return line_amount(self.counted, self.offer.deposit)

    @property
    def field(self) -> str:
        return wording.quantity(self.wanted) if self.typed is None else self.typed

    @property
    def extra_field(self) -> str:
        return wording.quantity(self.extra) if self.typed_extra is None else self.typed_extra

    @property
    def counted_extra(self) -> Decimal:
        return self.extra if self.counted else NONE

    @property
    def allergens(self) -> list[str]:
        return [str(Allergen(code).label) for code in self.offer.allergens]

    @property
    def shown(self) -> str:
        """What the page was made from, for the hidden field beside the quantity: `orders.posted` reads it back."""
        numbers = (self.wanted, self.extra, self.quantity, self.confirmed_extra)
        figures = [plain(number) for number in numbers]
        return "/".join([str(self.offer.stall_id), *figures, str(self.counted_price)])

    @property
    def stake(self) -> str:
        """Today's price and the agreed one in cents, for the script: it counts in integers."""
        return f"{cents(self.price)}/{'' if self.agreed is None else cents(self.agreed)}"


_FIELDS_OF_OFFER = attrgetter(*(field.attname for field in Offer._meta.concrete_fields))
# How much is left is seen in `little` and `sold_out` alone, and changes with each order of anybody's.
_FIELDS_OF_LINE = attrgetter(*(each.name for each in fields(Line) if each.name not in {"offer", "labels", "left"}))


def plain(number: Decimal) -> str:
    """`2`, `0.5`: without the zeros of its column."""
    return f"{number.normalize():f}"


def weight(grams: int) -> str:
    """`300 g`, `2,2 kg`."""
    if grams < 1000:
        return f"{grams}{wording.NBSP}g"
    return f"{wording.quantity(Decimal(grams) / 1000)}{wording.NBSP}kg"


def cents(amount: Decimal) -> int:
    return int(amount * 100)
