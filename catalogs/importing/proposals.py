"""What a row of a list proposes, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from catalogs.importing.tables import OrderColumn


@dataclass(frozen=True)
class Proposal:
    """A product as a row describes it, in the catalogue's own terms.

    `given` names the fields the file speaks of: an import changes no other field of a product that is already there.
    Without a price (`priced` False) it can only tell that a known product is not on sale.
    """

    number: int
    name: str
    reference: str = ""
    description: str = ""
    category: str = ""
    labels: tuple[str, ...] = ()
    origin: str = ""
    ingredients: str = ""
    storage: str = ""
    unit: str = "piece"
    content: Decimal | None = None
    content_unit: str = ""
    price: Decimal | None = None
    professional_price: Decimal | None = None
    vat_rate: Decimal | None = None
    weighed: bool = False
    price_per_kg: Decimal | None = None
    typical_weight_g: int | None = None
    greatest_weight_g: int | None = None
    step: Decimal = Decimal(1)
    minimum: Decimal = Decimal(0)
    case_size: Decimal | None = None
    deposit: Decimal = Decimal(0)
    # What the deposit is for, where the file names it.
    returnable: str = ""
    available: bool = True
    stock: Decimal | None = None
    # As the file has it, when it gives prices without VAT.
    price_excl: Decimal | None = None
    # The price was worked out from one without VAT whose row names no rate.
    vat_assumed: bool = False
    farm: str = ""
    given: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    why_no_price: str = ""

    @property
    def priced(self) -> bool:
        return self.price is not None or self.price_per_kg is not None

    @property
    def measure(self) -> str:
        """The content as people say it: "500 g", "per kg", "1.2 kg"; empty when unknown."""
        if self.unit in ("kg", "litre"):
            return self.unit
        return f"{self.content:f} {self.content_unit}" if self.content is not None else ""


@dataclass(frozen=True)
class Refusal:
    number: int
    text: str
    reason: str


@dataclass(frozen=True)
class Skipped:
    """A row that is no product: a heading, a total, a note."""

    number: int
    text: str
    reason: str


@dataclass(frozen=True)
class Warning:
    """Something about the whole list that somebody must have seen before it is taken over."""

    code: str
    sentence: str


@dataclass
class Reading:
    """A list, read. Every row that isn't blank is in exactly one of the three."""

    proposals: list[Proposal] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)
    farms: list[str] = field(default_factory=list)
    buyers: list[OrderColumn] = field(default_factory=list)

    @property
    def read(self) -> int:
        return len(self.proposals) + len(self.refusals) + len(self.skipped)
