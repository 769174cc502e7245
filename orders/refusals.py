"""Why a change or a confirmation was not accepted: stored as a code with its figures, read as a sentence.

The answer kept under a request's key holds codes and numbers, so that the same key gives the same answer in whatever
language it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from cagette.money import EUR, Basis, Money
from cagette.wording import money, quantity

# What each code says; the figures come from the answer. `left`, `step`, `minimum` are in the offer's unit.
CLOSED = "closed"
NOT_OPEN_YET = "not_open_yet"
WITHDRAWN = "withdrawn"
UNKNOWN = "unknown"
NOT_A_NUMBER = "not_a_number"
STEP = "step"
MINIMUM = "minimum"
TOO_MUCH = "too_much"
SHORT = "short"
SOLD_OUT = "sold_out"
PRICE = "price"
STALE = "stale"
KEY_REUSED = "key_reused"
NOTHING = "nothing"

# The greatest quantity a line takes: far above any household's, well inside the column.
GREATEST = 9999

# Where the answer names a quantity that would do, it is put on the sheet.
HAS_WAY_OUT = frozenset({CLOSED, WITHDRAWN, SHORT, SOLD_OUT})

QUANTITIES = ("left", "step", "minimum", "theirs", "yours")


def possible(code: str, figures: Mapping[str, Any]) -> Decimal | None:
    """What can be had instead, in the offer's unit; None where only the person can tell."""
    if code not in HAS_WAY_OUT:
        return None
    return Decimal(figures["left"] if "left" in figures else figures["confirmed"])


def sentence(code: str, figures: Mapping[str, Any]) -> str:
    """The sentence for `code`, with the numbers written the reader's way."""
    said = {name: quantity(Decimal(figures[name])) for name in QUANTITIES if figures.get(name) not in (None, "")}
    if code == PRICE:
        # Answers kept from before there were currencies and bases have neither.
        price = money(Money(Decimal(figures["price"]), figures.get("currency", EUR)))
        net = figures.get("basis") == Basis.NET
        said["price"] = _("%(price)s excl. VAT") % {"price": price} if net else price
    texts = {
        CLOSED: _("Orders for this farm are closed: this line could not be changed."),
        NOT_OPEN_YET: _("Orders have not opened yet."),
        WITHDRAWN: _("The farm has withdrawn this product."),
        UNKNOWN: _("This product is not part of this group order."),
        NOT_A_NUMBER: _("Please write a number, such as 2 or 1.5."),
        STEP: _("This product is ordered by steps of %(step)s."),
        MINIMUM: _("At least %(minimum)s of this product, or none."),
        TOO_MUCH: _("That is more than can be ordered at once."),
        SHORT: _("Only %(left)s left: %(left)s?"),
        SOLD_OUT: _("Sold out."),
        PRICE: _("The price is now %(price)s: is that all right?"),
        STALE: _("Changed on another device: %(theirs)s there, %(yours)s here. Which one holds?"),
        KEY_REUSED: _("This page has already sent something else: please reload it."),
        NOTHING: _("Nothing to order yet: choose at least one product."),
    }
    return texts[code] % {name: said.get(name, "") for name in (*QUANTITIES, "price")}
