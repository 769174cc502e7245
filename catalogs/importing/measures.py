"""What one buys of a product and what the price is for: by the piece, by the kilogram, by the piece but weighed.

Several columns may tell: a quantity with its unit, the packing, the price itself ("€/kg"), the header ("Prix (au
Kg)"), the name. The more a column is about packing, the more it is believed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from django.utils.translation import gettext as _

from cagette.money import to_cents
from catalogs.importing.amounts import parse_number
from catalogs.importing.contents import NOTHING, Content, Pack, content_of, read_name, read_pack, unit_of
from catalogs.importing.grids import Cell

# When a list says only "about", the ceiling shown to buyers is so much above it.
_ASSUMED_EXCESS = Decimal("1.2")

_MEASURE_UNITS = {"kg": "kg", "l": "litre"}


@dataclass(frozen=True)
class Told:
    """What the cells of one row tell about its measure. `hint` is the unit in the header of the content column."""

    name: str
    variant: str = ""
    content: Cell = None
    hint: str = ""
    # "Poids moyen": what the column says is never exact.
    about: bool = False
    quantity: Cell = None
    unit: Cell = None
    # What the price's own cell and header say it is for.
    priced_for: Pack = NOTHING
    loose: bool = False
    decimals: bool = False
    varies: bool = False


@dataclass(frozen=True)
class Measure:
    """The measure of a product.

    `price_is` says how to read the amount beside it: "piece", "kg" (per kg or litre), "weighed".
    """

    unit: str = "piece"
    content: Content | None = None
    price_is: str = "piece"
    typical_weight_g: int | None = None
    greatest_weight_g: int | None = None
    step: Decimal = Decimal(1)
    case_size: Decimal | None = None
    # Whether anything told the unit or the content: else both are only supposed.
    told: bool = True
    # Packing words that the fields above don't keep, for the description.
    words: str = ""
    notes: tuple[str, ...] = ()

    def weighed_price(self, amount: Decimal) -> Decimal:
        """Euros per kg: `amount` itself, or `amount` for a piece of the typical weight."""
        if self.price_is == "weighed-piece":
            assert self.typical_weight_g
            return to_cents(amount * 1000 / self.typical_weight_g)
        return to_cents(amount)

    @property
    def weighed(self) -> bool:
        return self.price_is.startswith("weighed")


def measure_of(told: Told) -> Measure:
    """Never raises; what stays unclear is in the notes."""
    packed, notes = _packing(told)
    named = read_name(told.name)
    variant = read_pack(told.variant) if told.variant else NOTHING
    counted = _counted(told)
    sources = [pack for pack in (packed, told.priced_for, variant, named) if pack.says_something]
    best = next((pack for pack in sources if pack.content or pack.several), Pack())
    content = counted or best.content
    unit = next((pack.unit for pack in (packed, told.priced_for, variant, named) if pack.unit), "")
    if best.several and not counted:
        notes.append(_("Several sizes stand in one row: the content was left blank."))
        content = None
    per = _per(told, packed, named, content, counted)
    words = told.content if isinstance(told.content, str) else ""
    if (
        not per
        and best.count
        and best.loose
        and best.each
        and best.each.value == 1
        and best.each.unit in _MEASURE_UNITS
    ):
        per = best.each.unit
        notes.append(
            _("“%(count)s x 1 %(unit)s, loose” was read as a price per %(unit)s, sold by the case.")
            % {"count": best.count, "unit": per}
        )
        return Measure(
            _MEASURE_UNITS[per], price_is="kg", case_size=Decimal(best.count), words=words, notes=tuple(notes)
        )
    best = replace(best, content=counted, up_to=None) if counted else best
    best = replace(best, approximate=True) if told.about and packed.content else best
    weight = _weight(best, told)
    if weight and (per == "kg" or told.varies):
        return _weighed(weight, best, told, per, notes)
    if per:
        # "vrac 5KG" at a price per kg: the sack is the wholesaler's.
        return Measure(
            _MEASURE_UNITS[per],
            price_is="kg",
            step=Decimal("0.1") if told.decimals else Decimal(1),
            words=words,
            notes=tuple(notes),
        )
    if best.up_to and content:
        notes.append(_("The content varies; the smaller was kept, so that the price per kg is not understated."))
    elif best.approximate and content:
        notes.append(_("The content is approximate."))
    keeps = content is None or best.approximate or best.several
    return Measure(
        unit or "piece", content, told=bool(sources or counted), words=words if keeps else "", notes=tuple(notes)
    )


def _packing(told: Told) -> tuple[Pack, list[str]]:
    """What the content and unit columns say together."""
    notes: list[str] = []
    if told.quantity is not None and told.unit is not None and _counted(told):
        # "5" and "kg": the quantity has been told; a vessel may be in the content column.
        unit = unit_of(str(told.unit))
        packed = read_pack(told.content) if isinstance(told.content, str) else NOTHING
        return (
            packed if packed.unit or unit not in ("bunch", "jar", "bottle", "bag", "box", "dozen") else Pack(unit)
        ), notes
    number = parse_number(told.content)
    if number is not None:
        if told.hint:
            return Pack(content=content_of(number, told.hint)), notes
        if number == 1:
            return Pack(content=Content(Decimal(1), "piece")), notes
        if isinstance(told.unit, str):
            return Pack(content=content_of(number, told.unit)), notes
        notes.append(_("“%(number)s” has no unit: the content was left blank.") % {"number": f"{number:f}"})
        return Pack(), notes
    packed = read_pack(told.content) if isinstance(told.content, str) else NOTHING
    pieces = parse_number(told.unit)
    if pieces is not None and pieces > 1 and told.quantity is None and not packed.says_something:
        # "6" in the column of the unit: so many pieces.
        return Pack(content=content_of(pieces, "piece")), notes
    if isinstance(told.unit, str):
        by_unit = read_pack(told.unit)
        if not packed.says_something:
            return by_unit, notes
        # "sac de 5 kg" sold by the "kg".
        packed = replace(packed, unit=packed.unit or by_unit.unit, measure=packed.measure or by_unit.measure)
    return packed, notes


def _counted(told: Told) -> Content | None:
    """The content that a quantity column with its unit gives."""
    number = parse_number(told.quantity)
    if number is None or not isinstance(told.unit, str):
        return None
    return content_of(number, told.unit)


def _per(told: Told, packed: Pack, named: Pack, content: Content | None, counted: Content | None) -> str:
    """The measure, kg or l, that the price is for; empty when it's for the piece."""
    if told.priced_for.measure:
        return told.priced_for.measure
    one = counted is not None and counted.value == 1 and counted.unit in _MEASURE_UNITS
    if counted:
        return counted.unit if one and (told.loose or told.decimals) else ""
    if packed.measure in _MEASURE_UNITS:
        return packed.measure
    if told.loose and not (content and content.unit == "piece"):
        return "l" if content and content.unit in ("l", "cl", "ml") else "kg"
    if not packed.says_something and not told.priced_for.says_something:
        return named.measure
    return ""


def _weight(best: Pack, told: Told) -> tuple[int, int] | None:
    """Typical and greatest grams of one piece, where it varies; None where the weight is fixed or unknown."""
    light = best.content.grams if best.content and not best.count else None
    if light is None or not (best.approximate or told.varies):
        return None
    heavy = best.up_to.grams if best.up_to else None
    if heavy is not None:
        return int((light + heavy) / 2), int(heavy)
    return int(light), int((light * _ASSUMED_EXCESS / 10).to_integral_value(rounding=ROUND_CEILING) * 10)


def _weighed(weight: tuple[int, int], best: Pack, told: Told, per: str, notes: list[str]) -> Measure:
    typical, greatest = weight
    if best.up_to is None:
        notes.append(
            _("Weighs about %(typical)s g; at most %(greatest)s g was assumed.")
            % {"typical": typical, "greatest": greatest}
        )
    if not per:
        notes.append(
            _("The price is for a piece of %(typical)s g: a price per kg was worked out.") % {"typical": typical}
        )
    content = None if best.up_to else best.content
    return Measure(
        "piece",
        content,
        "weighed" if per else "weighed-piece",
        typical,
        greatest,
        notes=tuple(notes),
        words=told.content if isinstance(told.content, str) and best.up_to else "",
    )
