"""One product of the order sheet: what its line shows, and whether two look the same."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Any

from cagette import wording
from cagette.money import Basis, Money, Price
from catalogs.models import Allergen, ContentUnit, Label
from orders import progress
from orders.due import Taken
from orders.models import Offer
from orders.progress import NONE, Case
from orders.requests import Refusal, plain, stake

__all__ = ["Line", "plain", "weight"]


@dataclass(frozen=True)
class Line:
    """One product of the sheet, with what the household has of it: quantities in the offer's unit.

    `photo` is its name in storage; `returnable` what its deposit is for; `price` is today's price, `agreed` the one at
    which it was confirmed; `net` says that a professional reads it, and sees prices without VAT. `brought` is what
    counts of it since its farm has closed. `typed` is what the field shows when that isn't what was saved. `hidden`
    lines are those that the sheet isn't cut down to.
    """

    offer: Offer
    is_open: bool
    currency: str
    net: bool
    price: Price
    measure: tuple[Decimal, str] | None
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
    agreed: Price | None = None
    brought: Decimal = NONE
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
        """What the order will hold once the button is pressed: at a closed stall, what counts of it now."""
        return self.asked if self.is_open else self.brought

    @property
    def counted_price(self) -> Price:
        """More is bought at today's price, less keeps the price that was agreed on (`confirming.Standing.terms_of`)."""
        return self.price if self.agreed is None or self.pending else self.agreed

    @property
    def taken(self) -> Taken:
        """What the order will hold of it, at its price."""
        return Taken(self.counted_price, self.counted, self.counted_extra if self.is_open else NONE)

    @property
    def ordered(self) -> Taken | None:
        """What is ordered already."""
        if self.agreed is None:
            return None
        return Taken(self.agreed, self.quantity, self.confirmed_extra) if self.is_open else self.taken

    @property
    def price_has_changed(self) -> bool:
        return self.agreed is not None and self.seen_price(self.agreed) != self.seen_price(self.price)

    def seen_price(self, price: Price) -> Money:
        """A unit price as this reader sees it."""
        return Money(price.seen(net=self.net), self.currency)

    @property
    def today(self) -> Money:
        return self.seen_price(self.price)

    @property
    def agreed_on(self) -> Money | None:
        return None if self.agreed is None else self.seen_price(self.agreed)

    @property
    def each(self) -> Money:
        """What one unit costs in the order."""
        return self.seen_price(self.counted_price)

    @property
    def ceiling(self) -> Money:
        """The most that one weighed piece can cost."""
        return Money(self.price.ceiling_seen(net=self.net), self.currency)

    @property
    def measured(self) -> Money | None:
        """The price per kg or litre."""
        return None if self.measure is None else Money(self.measure[0], self.currency)

    @property
    def deposit_each(self) -> Money:
        return Money(self.offer.deposit, self.currency)

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
        price = self.counted_price
        figures = [plain(number) for number in (*numbers, price.unit)]
        basis = [price.basis, plain(price.vat_rate)] if price.basis == Basis.NET else [price.basis]
        return "/".join([str(self.offer.stall_id), *figures, *basis])

    @property
    def stake(self) -> str:
        """Today's price and the agreed one, for the script."""
        return f"{stake(self.price)}/{'' if self.agreed is None else stake(self.agreed)}"


_FIELDS_OF_OFFER = attrgetter(*(field.attname for field in Offer._meta.concrete_fields))
# How much is left is seen in `little` and `sold_out` alone, and changes with each order of anybody's.
_FIELDS_OF_LINE = attrgetter(*(each.name for each in fields(Line) if each.name not in {"offer", "labels", "left"}))


def weight(grams: int) -> str:
    """`300 g`, `2,2 kg`."""
    if grams < 1000:
        return f"{grams}{wording.NBSP}g"
    return f"{wording.quantity(Decimal(grams) / 1000)}{wording.NBSP}kg"
