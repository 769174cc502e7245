"""From a row of cells to a proposed product, or to the reason why not."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from cagette import wording
from cagette.money import Money, to_cents, with_vat
from catalogs.importing.amounts import (
    Price,
    Problem,
    parse_number,
    parse_price,
    parse_vat,
    says_out_of_stock,
    why_no_price,
    without_out_of_stock,
)
from catalogs.importing.columns import hint
from catalogs.importing.contents import Pack, fold, read_pack
from catalogs.importing.grids import Cell, Row, one_line, text_lines, without_markup
from catalogs.importing.headers import Field
from catalogs.importing.markets import Market
from catalogs.importing.measures import Measure, Told, measure_of
from catalogs.importing.proposals import Proposal, Reading, Refusal, Skipped
from catalogs.importing.sorting import Sorted, sort_rows
from catalogs.importing.suspicions import suspicions
from catalogs.importing.tables import Table, order_columns
from catalogs.importing.words import category_of, labels_in, yes_or_no

_CENT = Decimal("0.01")
_ABOUT = re.compile(r"moyen|environ|approx|indicati|circa|medio|about")
_TICKS: frozenset[Cell] = frozenset("xXvV✓✔☑")
_GREATEST_CONTENT = Decimal(999_999)


@dataclass(frozen=True)
class Options:
    """What somebody decided on the mapping screen beyond the columns."""

    # For prices without VAT whose row names no rate, in percent. (The import begins with the farm's usual one.)
    vat_rate: Decimal = Decimal("5.5")
    # Take the whole numbers without a currency sign as cents: "1145" is 11.45 (EtherCalc).
    cents: bool = False
    # Only the rows of this farm, of a list of several.
    farm: str = ""


class _Refused(Exception):
    """A row can't be taken over, for the reason given."""


@dataclass(frozen=True)
class _Above:
    """The product that the rows without a name below it are variants of."""

    name: str
    unit: Cell = None
    description: str = ""
    vat: Decimal | None = None
    organic: Cell = None
    labels: tuple[str, ...] = ()


def read_rows(
    table: Table, fields: dict[int, Field], options: Options | None = None, market: Market | None = None
) -> Reading:
    """Read a table with its columns as mapped, for the market where it is sold.

    The result accounts for every row that isn't blank.
    """
    return _Reader(table, fields, options or Options(), market or Market()).read()


class _Reader:
    def __init__(self, table: Table, fields: dict[int, Field], options: Options, market: Market) -> None:
        self._table = table
        self._fields = fields
        self._columns = {name: column for column, name in reversed(list(fields.items()))}
        self._options = options
        self._market = market
        self._above: _Above | None = None
        # Whether what is on sale is ticked: then what isn't ticked is not.
        column = self._columns.get(Field.AVAILABLE)
        marks = {row[column] for row in table.body if row[column] is not None} if column is not None else set()
        self._ticked = bool(marks) and marks <= _TICKS

    def read(self) -> Reading:
        reading = Reading()
        farms: dict[str, None] = {}
        for found in sort_rows(self._table, self._fields):
            text = self._text_of(found.row)
            if found.kind is not None:
                reading.skipped.append(Skipped(found.row.number, text, str(found.kind.value)))
                continue
            farm = " ".join(found.farm.split())
            if farm:
                farms[farm] = None
            try:
                proposal = self._propose(found)
            except _Refused as refusal:
                reading.refusals.append(Refusal(found.row.number, text, str(refusal)))
                continue
            if self._options.farm and farm != self._options.farm:
                reading.skipped.append(Skipped(found.row.number, text, _("of another farm")))
                continue
            reading.proposals.append(proposal)
        reading.farms = list(farms)
        reading.proposals = _with_availability(reading.proposals, known=Field.AVAILABLE in self._columns)
        products = frozenset(proposal.number for proposal in reading.proposals)
        reading.buyers = order_columns(self._table, self._fields, products)
        reading.warnings = suspicions(self._table, self._fields, reading, cents=self._options.cents)
        return reading

    def _cell(self, row: Row, name: Field) -> Cell:
        column = self._columns.get(name)
        return row[column] if column is not None else None

    def _text(self, row: Row, name: Field) -> str:
        return one_line(self._cell(row, name))

    def _text_of(self, row: Row) -> str:
        """The row as the preview names it: its name, else its first texts."""
        return self._text(row, Field.NAME) or " · ".join(one_line(row[column]) for column in row.filled()[:3])

    def _header(self, name: Field) -> Cell:
        column = self._columns.get(name)
        return self._table.header[column] if column is not None and column < len(self._table.header) else None

    def _propose(self, found: Sorted) -> Proposal:
        row = found.row
        name, variant, above = self._name(row)
        told_unit = self._cell(row, Field.UNIT)
        if told_unit is None and above:
            told_unit = above.unit
        notes: list[str] = []
        vat = self._vat(row, notes)
        if vat is None and above:
            vat = above.vat
        vat = self._vat_between(row) if vat is None else vat
        amount, price, priced_for, excluding = self._amount(row, vat, notes)
        measure = measure_of(
            Told(
                name=name,
                variant=variant,
                content=self._cell(row, Field.CONTENT),
                hint=hint(self._header(Field.CONTENT)),
                about=bool(_ABOUT.search(fold(str(self._header(Field.CONTENT) or "")))),
                quantity=self._cell(row, Field.QUANTITY),
                unit=told_unit,
                priced_for=priced_for,
                loose=yes_or_no(self._cell(row, Field.LOOSE)) is True,
                decimals=yes_or_no(self._cell(row, Field.DECIMALS)) is True,
                varies=yes_or_no(self._cell(row, Field.WEIGHED)) is True,
            )
        )
        available, why = self._availability(row, price)
        if amount == 0:
            amount, available = None, False
            why = _("The price is 0: not on sale, or free? It is never taken as free.")
        if amount is None and available:
            raise _Refused(why_no_price(price, self._price_text(row), self._market.currency))
        described = self._described(found, above, measure, name)
        labels = self._labels(row, above, name, described)
        if not variant and self._text(row, Field.NAME):
            organic = self._cell(row, Field.ORGANIC)
            self._above = _Above(name, told_unit, described, vat, organic, labels)
        proposal = Proposal(
            number=row.number,
            name=" ".join(part for part in (name, variant) if part)[:200],
            reference=(self._text(row, Field.VARIANT_REFERENCE) or self._text(row, Field.REFERENCE))[:60],
            description=described,
            category=category_of(found.category, self._text(row, Field.CATEGORY), found.section, name),
            labels=labels,
            origin=re.sub(r"^\(([^()]*)\)$", r"\1", self._text(row, Field.ORIGIN))[:120],
            ingredients=self._text(row, Field.INGREDIENTS),
            storage=self._text(row, Field.STORAGE)[:200],
            unit=measure.unit,
            vat_rate=vat,
            available=available,
            farm=" ".join(found.farm.split()),
            price_excl=excluding,
            vat_assumed=vat is None and excluding is not None and self._price(row, Field.PRICE).amount is None,
            deposit=price.deposit or Decimal(0),
            why_no_price=why if amount is None else "",
            notes=(*notes, *measure.notes, *([why] if why and amount is not None else [])),
        )
        proposal = _measured(proposal, measure, amount)
        proposal = self._quantities(proposal, row)
        return replace(proposal, given=self._given(proposal, measure))

    def _name(self, row: Row) -> tuple[str, str, _Above | None]:
        """The product's name and the variant's; a row without a name is a further variant of the product above."""
        name = re.sub(r"^[-•*–·►▶]\s+(?=\w)", "", self._text(row, Field.NAME))
        variant = self._text(row, Field.VARIANT_NAME)
        if name:
            return name, "" if fold(variant) == fold(name) else variant, None
        tells = [Field.VARIANT_NAME, Field.VARIANT_REFERENCE, Field.CONTENT, Field.QUANTITY, Field.REFERENCE]
        if self._above and any(self._cell(row, told) is not None for told in tells):
            return self._above.name, variant, self._above
        if variant:
            return variant, "", None
        raise _Refused(_("This row has no name."))

    def _vat(self, row: Row, notes: list[str]) -> Decimal | None:
        cell = self._cell(row, Field.VAT_RATE)
        if cell is None:
            return None
        rate = parse_vat(cell)
        if rate is None:
            notes.append(_("“%(rate)s” is no VAT rate that exists: it was left out.") % {"rate": one_line(cell)})
        return rate

    def _vat_between(self, row: Row) -> Decimal | None:
        """The rate that lies between a price without and one with VAT, when it's one in use."""
        excluding, including = self._price(row, Field.PRICE_EXCL).amount, self._price(row, Field.PRICE).amount
        if not excluding or not including:
            return None
        near = [rate for rate in self._market.rates if abs(with_vat(excluding, rate) - to_cents(including)) <= _CENT]
        return near[0] if len(near) == 1 else None

    def _amount(
        self, row: Row, vat: Decimal | None, notes: list[str]
    ) -> tuple[Decimal | None, Price, Pack, Decimal | None]:
        """The amount with VAT, how it was written, what it is for, and the amount without VAT if that's given."""
        including = self._price(row, Field.PRICE)
        excluding = self._price(row, Field.PRICE_EXCL)
        per_measure = self._price(row, Field.PRICE_PER_MEASURE)
        rate = vat if vat is not None else self._options.vat_rate
        if excluding.amount is not None and (including.amount is None or including.amount == 0):
            if vat is None:
                notes.append(_("No VAT rate is given: %(rate)s was used.") % {"rate": wording.percent(rate)})
            return with_vat(excluding.amount, rate), excluding, self._for(Field.PRICE_EXCL, excluding), excluding.amount
        if per_measure.amount is not None and self._weight_varies(row):
            # The price for a piece is then only an example.
            including = Price()
        if including.amount is not None:
            amount = to_cents(including.amount)
            if including.ambiguous:
                notes.append(
                    _("“%(text)s” was read as %(amount)s.")
                    % {"text": one_line(self._cell(row, Field.PRICE)), "amount": self._in_words(amount)}
                )
            if excluding.amount and vat is not None and abs(with_vat(excluding.amount, vat) - amount) > Decimal("0.02"):
                notes.append(
                    _("The prices disagree: %(excl)s excl. VAT at %(rate)s would be %(should)s, not %(incl)s.")
                    % {
                        "excl": self._in_words(to_cents(excluding.amount)),
                        "rate": wording.percent(vat),
                        "should": self._in_words(with_vat(excluding.amount, vat)),
                        "incl": self._in_words(amount),
                    }
                )
            return amount, including, self._for(Field.PRICE, including), excluding.amount
        if per_measure.amount is not None:
            return to_cents(per_measure.amount), per_measure, self._for(Field.PRICE_PER_MEASURE, per_measure), None
        told = next(
            (price for price in (including, excluding, per_measure) if price.problem not in (None, Problem.MISSING)),
            including,
        )
        return None, told, Pack(), None

    def _weight_varies(self, row: Row) -> bool:
        """Whether the packing says "about", in the row or in its title."""
        title = fold(str(self._header(Field.CONTENT) or ""))
        content = self._cell(row, Field.CONTENT)
        return bool(_ABOUT.search(title)) or (isinstance(content, str) and read_pack(content).approximate)

    def _price(self, row: Row, name: Field) -> Price:
        price = parse_price(self._cell(row, name), self._market.currency)
        if self._options.cents and price.amount is not None and price.whole and not price.marked:
            return replace(price, amount=price.amount / 100)
        return price

    def _for(self, name: Field, price: Price) -> Pack:
        """What a price is for: by its own cell, else by its header."""
        if price.pack.says_something:
            return price.pack
        headed = read_pack(hint(self._header(name))) if hint(self._header(name)) else Pack()
        if name is Field.PRICE_PER_MEASURE and not headed.measure:
            words = fold(str(self._header(name) or ""))
            return Pack(measure="l" if re.search(r"\b(l|litre|litro|liter)\b", words) else "kg")
        return headed if headed.measure else Pack()

    def _in_words(self, amount: Decimal) -> str:
        return wording.money(Money(amount, self._market.currency))

    def _price_text(self, row: Row) -> str:
        cells = (self._cell(row, name) for name in (Field.PRICE, Field.PRICE_EXCL, Field.PRICE_PER_MEASURE))
        return next((one_line(cell) for cell in cells if cell is not None), "")

    def _availability(self, row: Row, price: Price) -> tuple[bool, str]:
        told = (Field.AVAILABLE, Field.REMARKS, Field.NAME, Field.CONTENT, Field.DESCRIPTION, Field.STOCK)
        for name in told:
            if says_out_of_stock(self._text(row, name)):
                return False, _("Out of stock.")
        if price.problem is Problem.OUT_OF_STOCK:
            return False, _("Out of stock.")
        # Words that are neither yes nor no ("à partir de juin") stop nobody from ordering.
        on_sale = yes_or_no(self._cell(row, Field.AVAILABLE))
        if self._ticked and self._cell(row, Field.AVAILABLE) is None:
            on_sale = False
        gone = yes_or_no(self._cell(row, Field.UNAVAILABLE))
        if on_sale is False or gone is True:
            return False, _("Not on sale now.")
        return True, ""

    def _described(self, found: Sorted, above: _Above | None, measure: Measure, name: str) -> str:
        """The description, with the remarks and the words of packing that no field keeps."""
        row = found.row
        parts = [
            text_lines(self._cell(row, Field.DESCRIPTION)) or (above.description if above else ""),
            without_out_of_stock(self._text(row, Field.REMARKS)),
            measure.words,
        ]
        kept: dict[str, str] = {}
        for part in parts:
            part = without_markup(part).strip()
            if part and fold(part) != fold(name):
                kept.setdefault(fold(part), part)
        return " · ".join(kept.values())[:2000]

    def _labels(self, row: Row, above: _Above | None, name: str, described: str) -> tuple[str, ...]:
        if above:
            return above.labels
        told = " ".join(
            [name, self._text(row, Field.LABELS), self._text(row, Field.ORIGIN), self._text(row, Field.DESCRIPTION)]
        )
        labels = labels_in(told)
        organic = yes_or_no(self._cell(row, Field.ORGANIC))
        if organic is True and not {"organic", "in_conversion"} & set(labels):
            labels.append("organic")
        if organic is False and "organic" in labels:
            labels.remove("organic")
        return tuple(sorted(labels))

    def _quantities(self, proposal: Proposal, row: Row) -> Proposal:
        """Stock, deposit, step, minimum and case, where they make sense together."""
        stock = parse_number(self._cell(row, Field.STOCK))
        deposit = parse_price(self._cell(row, Field.DEPOSIT), self._market.currency).amount or proposal.deposit
        professional = parse_price(self._cell(row, Field.PROFESSIONAL_PRICE), self._market.currency).amount
        notes = list(proposal.notes)
        step = proposal.step
        case = proposal.case_size
        minimum = Decimal(0)
        if not proposal.weighed:
            step = _positive(parse_number(self._cell(row, Field.STEP))) or step
            case = _positive(parse_number(self._cell(row, Field.CASE_SIZE))) or case
        if case is not None and (case == 1 or case % step):
            case = None
        told_minimum = _positive(parse_number(self._cell(row, Field.MINIMUM)))
        if told_minimum is not None and told_minimum > step:
            if told_minimum % step:
                notes.append(
                    _("The minimum of %(minimum)s is no multiple of the step: it was left out.")
                    % {"minimum": f"{told_minimum:f}"}
                )
            else:
                minimum = told_minimum
        return replace(
            proposal,
            stock=stock if stock is not None and 0 <= stock < 1_000_000 else None,
            deposit=to_cents(deposit) if 0 <= deposit < 1000 else Decimal(0),
            returnable=self._text(row, Field.RETURNABLE)[:80],
            professional_price=to_cents(professional) if professional else None,
            step=step,
            minimum=minimum,
            case_size=case,
            notes=tuple(notes),
        )

    def _given(self, proposal: Proposal, measure: Measure) -> frozenset[str]:
        """The fields of a product that this file speaks of."""
        given = {"name"}
        if proposal.priced:
            given |= {"price", "weighed", "price_per_kg", "typical_weight_g", "greatest_weight_g"}
        if measure.told:
            given.add("unit")
        if proposal.content is not None or proposal.unit in ("kg", "litre") or proposal.weighed:
            given |= {"content", "content_unit"}
        if proposal.case_size is not None:
            given.add("case_size")
        if proposal.step != 1:
            given.add("step")
        if proposal.deposit:
            given.add("returnable")
        given |= {name for told, name in _BY_COLUMN if told in self._columns}
        if proposal.vat_rate is not None:
            given.add("vat_rate")
        if not proposal.category:
            given.discard("category")
        if proposal.reference:
            given.add("reference")
        return frozenset(given)


# Fields that a file speaks of when it has a column for them.
_BY_COLUMN: tuple[tuple[Field, str], ...] = (
    (Field.DESCRIPTION, "description"),
    (Field.CATEGORY, "category"),
    (Field.ORIGIN, "origin"),
    (Field.ORGANIC, "labels"),
    (Field.LABELS, "labels"),
    (Field.STOCK, "stock"),
    (Field.DEPOSIT, "returnable"),
    (Field.PROFESSIONAL_PRICE, "professional_price"),
    (Field.MINIMUM, "minimum"),
    (Field.STEP, "step"),
    (Field.CASE_SIZE, "case_size"),
    (Field.INGREDIENTS, "ingredients"),
    (Field.STORAGE, "storage"),
)


def _measured(proposal: Proposal, measure: Measure, amount: Decimal | None) -> Proposal:
    """The proposal with its measure and, by it, its price."""
    content = measure.content if measure.content and measure.content.value <= _GREATEST_CONTENT else None
    proposal = replace(
        proposal,
        content=content.value if content else None,
        content_unit=content.unit if content else "",
        step=measure.step,
        case_size=measure.case_size,
    )
    if amount is None or not measure.weighed:
        return replace(proposal, price=amount)
    return replace(
        proposal,
        weighed=True,
        price_per_kg=measure.weighed_price(amount),
        typical_weight_g=measure.typical_weight_g,
        greatest_weight_g=measure.greatest_weight_g,
    )


def _with_availability(proposals: list[Proposal], *, known: bool) -> list[Proposal]:
    """A list that marks what is out of stock speaks of every row's availability; one that never does, of none."""
    if not known and all(proposal.available for proposal in proposals):
        return proposals
    return [replace(proposal, given=proposal.given | {"available"}) for proposal in proposals]


def _positive(number: Decimal | None) -> Decimal | None:
    if number is None or not 0 < number < 10_000:
        return None
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.quantize(Decimal("0.001"))
