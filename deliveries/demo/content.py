"""The words in which the demo's farms and neighbours are written down."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Values = dict[str, Any]

AMOUNTS = {
    *("price", "professional_price", "price_per_kg", "vat_rate"),
    *("content", "step", "minimum", "case_size", "stock"),
}


def good(name: str, price: str, unit: str = "piece", content: str = "", **more: Any) -> Values:
    """A product's fields: `price` in euros incl. VAT for one `unit`, `content` like "500 g", all amounts as strings.

    `returnable` is the name of what its farm takes back.
    """
    values = {"name": name, "price": price, "unit": unit} | more
    if content:
        amount, measure = content.split()
        values |= {"content": amount, "content_unit": measure}
    return values


def weighed(name: str, price_per_kg: str, typical_g: int, greatest_g: int, **more: Any) -> Values:
    """Ordered by the piece, paid by weight: euros incl. VAT per kg."""
    values = {
        "name": name,
        "weighed": True,
        "price_per_kg": price_per_kg,
        "typical_weight_g": typical_g,
        "greatest_weight_g": greatest_g,
    }
    return values | more


@dataclass(frozen=True)
class Certified:
    """A certificate, its dates counted in days from the day the demo is loaded."""

    code: str
    begun: int
    expires: int
    scope: Sequence[str] = ()


@dataclass(frozen=True)
class Farm:
    """A farm, its people and its catalog. `usual` holds what its products have in common."""

    name: str
    code: str
    catalog: str
    commune: str
    address: str
    position: tuple[str, str]
    phone: str
    story: str
    goods: Sequence[Values]
    particulars: Mapping[str, str]
    usual: Values = field(default_factory=dict)
    owner: str = ""
    owner_name: str = ""
    languages: Sequence[str] = ("fr",)
    certificates: Sequence[Certified] = ()
    also_mailed: Sequence[str] = ()
    means: Sequence[str] = ("cash", "cheque")
    shared: Mapping[str, str] = field(default_factory=dict)
    """Products that one supply serves in all open rounds: name and quantity."""
    returnables: Mapping[str, str] = field(default_factory=dict)
    """What it takes back: name and deposit in euros."""
    unchecked: Sequence[str] = ()
    """Those of them that an import has named and nobody has looked at yet."""

    def products(self) -> list[Values]:
        """The fields of its products, with references of its own: CH01, CH02 and so on."""
        written = (
            self.usual | values | {"reference": f"{self.code}{number:02}"}
            for number, values in enumerate(self.goods, 1)
        )
        return [
            {key: Decimal(value) if key in AMOUNTS else value for key, value in values.items()} for values in written
        ]


@dataclass(frozen=True)
class Home:
    """A household. Without `emails` it has no login, and a coordinator orders for it."""

    name: str
    people: Sequence[str] = ()
    phone: str = ""
    legal: Mapping[str, str] = field(default_factory=dict)
    language: str = "fr"

    @property
    def emails(self) -> list[str]:
        return [f"{re.sub('[^a-z]', '', plain(person))}@example.org" for person in self.people]


@dataclass(frozen=True)
class Quarter:
    """A neighbourhood with its pick-up point and its homes, the first of which coordinates it."""

    name: str
    slug: str
    commune: str
    postcode: str
    position: tuple[str, str]
    welcome: str
    place: Mapping[str, str]
    homes: Sequence[Home]
    joining: str = "open"
    listed: bool = True
    waiting: Sequence[Home] = ()


def plain(name: str) -> str:
    """Lower case without the accents of French."""
    return name.lower().translate(str.maketrans("àâäéèêëîïôöùûüç", "aaaeeeeiioouuuc"))
