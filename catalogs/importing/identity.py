"""When two are the same product: by reference, and without one by name, content and unit."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from catalogs.importing.contents import fold
from catalogs.importing.proposals import Proposal
from catalogs.models import Product
from catalogs.models.products import MEASURES


class Key(NamedTuple):
    """A name without accents, capitals and signs; the content in kilograms, litres or pieces; what one buys."""

    name: str
    content: str
    unit: str


def reference_key(reference: str) -> str:
    """ "AL - GO027" and "AL-GO027" are one reference."""
    return re.sub(r"\s", "", reference).casefold()


def name_key(name: str) -> str:
    """Signs don't make another product, unless there is nothing but signs."""
    folded = fold(name)
    return " ".join(re.findall(r"[\w%+]+", folded)) or folded


def key_of(proposal: Proposal) -> Key:
    return Key(
        name_key(proposal.name),
        _content(proposal.content, proposal.content_unit),
        _unit(proposal.unit, proposal.weighed),
    )


def key_of_product(product: Product) -> Key:
    return Key(
        name_key(product.name), _content(product.content, product.content_unit), _unit(product.unit, product.weighed)
    )


def _content(value: Decimal | None, unit: str) -> str:
    if value is None:
        return ""
    factor, measure = MEASURES.get(unit, (Decimal(1), unit))
    return f"{(value * factor).normalize():f} {measure}"


def _unit(unit: str, weighed: bool) -> str:
    # By the kilogram and by the piece are two things to buy; a bag and a box of the same content are one.
    return "weighed" if weighed else unit if unit in ("kg", "litre") else "piece"
