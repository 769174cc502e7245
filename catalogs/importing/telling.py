"""An import as its pages show it: columns with their first rows, and the lines of a preview in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from cagette import wording
from cagette.money import Money
from catalogs import history
from catalogs.importing.grids import Cell, Sheet
from catalogs.importing.preview import Line, Outcome, values_of
from catalogs.importing.tables import Table
from catalogs.models import CatalogEdit, ContentUnit, Product, Unit
from catalogs.values import as_json, held

# What the mapping screen shows of a list.
_SHOWN_ROWS = 8
_SHOWN_COLUMNS = 60
_HEADERS_OFFERED = 30
_LONGEST_CELL = 60
_LETTERS = 26


@dataclass(frozen=True)
class Column:
    """A column of the sheet: its title (its letter where it has none) and its first cells."""

    index: int
    title: str
    cells: list[str]

    @property
    def key(self) -> str:
        return f"column-{self.index}"


@dataclass(frozen=True)
class ShownLine:
    """A line of the preview. `changes` are the single fields of a product that changes."""

    number: int
    text: str
    outcome: Outcome
    reference: str
    content: str
    price: str
    measure: str
    changes: list[history.Told]
    why: str
    notes: tuple[str, ...]


def columns_of(table: Table) -> list[Column]:
    """The columns that have anything in them, as far as a page can show them."""
    rows = [row for row in table.body if not row.blank]
    shown = rows[:_SHOWN_ROWS]
    columns = []
    for index in range(min(table.sheet.width, _SHOWN_COLUMNS)):
        title = cell_text(table.header[index]) if index < len(table.header) else ""
        if title or any(row[index] is not None for row in rows):
            columns.append(Column(index, title or _letter(index), [cell_text(row[index]) for row in shown]))
    return columns


def header_rows(sheet: Sheet) -> list[tuple[str, str]]:
    """The rows among which the header is chosen: number, and how the row begins."""
    filled = [row for row in sheet.rows if not row.blank][:_HEADERS_OFFERED]
    return [
        (str(row.number), f"{row.number}: " + " | ".join(cell_text(row[column])[:24] for column in row.filled()[:6]))
        for row in filled
    ]


def cell_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    text = f"{cell:f}" if isinstance(cell, Decimal) else " ".join(cell.split())
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


def shown(lines: list[Line], currency: str) -> list[ShownLine]:
    return [_shown(line, currency) for line in lines]


def _shown(line: Line, currency: str) -> ShownLine:
    product = Product(**values_of(line.proposal)) if line.proposal and line.proposal.priced else None
    measure = product.measure_price() if product else None
    return ShownLine(
        number=line.number,
        text=line.text,
        outcome=line.outcome,
        reference=line.proposal.reference if line.proposal else "",
        content=_content(product) if product else "",
        price=_price(product, currency) if product else "",
        measure=f"{wording.money(Money(measure[0], currency))}/{measure[1].replace('l', 'L')}" if measure else "",
        changes=_changes(line, currency),
        why=line.why,
        notes=line.notes,
    )


def _changes(line: Line, currency: str) -> list[history.Told]:
    if line.product is None or line.outcome is not Outcome.CHANGED:
        return []
    edits = [
        CatalogEdit(product=line.product, field=name, before=held(line.product, name), after=as_json(value))
        for name, value in line.values.items()
    ]
    named = (line.product.returnable, line.values.get("returnable"))
    known = {each.pk: each for each in named if each is not None and each.pk is not None}
    return list(history.told(edits, currency, known))


def _content(product: Product) -> str:
    """ "jar, 500 g", "kg", "about 1 350 g"."""
    unit = str(Unit(product.unit).label)
    if product.weighed:
        return _("about %(grams)s g, at most %(most)s g") % {
            "grams": wording.quantity(product.typical_weight_g or 0),
            "most": wording.quantity(product.greatest_weight_g or 0),
        }
    if product.content is None:
        return unit
    content = f"{wording.quantity(product.content)}{wording.NBSP}{ContentUnit(product.content_unit).label}"
    return f"{unit}, {content}"


def _price(product: Product, currency: str) -> str:
    price = wording.money(Money(product.piece_price(), currency))
    return _("about %(price)s") % {"price": price} if product.weighed else price


def _letter(index: int) -> str:
    """ "A", "B" ... "AA": how a spreadsheet names its columns."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters
