"""Telling the rows of products from the headings, totals and notes between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from statistics import median

from django.utils.translation import gettext_lazy as _

from catalogs.importing.amounts import parse_any_price
from catalogs.importing.columns import match_header
from catalogs.importing.contents import fold
from catalogs.importing.grids import Cell, Row
from catalogs.importing.headers import Field
from catalogs.importing.tables import Table


class Kind(Enum):
    """What a row is when it is no product; the value is what the preview says of it."""

    HEADING = _("heading")
    TOTAL = _("total")
    NOTE = _("note")
    HEADER = _("column titles, repeated")


@dataclass(frozen=True)
class Sorted:
    """A row of the list, the heading it stands under, and what it inherits from merged cells above.

    `kind` is None on a product.
    """

    row: Row
    kind: Kind | None
    section: str = ""
    farm: str = ""
    category: str = ""


_TOTAL = re.compile(
    r"(sous[ -]?|grand )?tota(l|ux|le|li)\b.*|sub ?total.*|somme( .*)?|montant total.*|(net )?a payer.*|paye( |\(|$).*|"
    r"reste a .*|solde.*|importo totale.*|nombre de .*|nb de .*|moyenne.*"
)


def sort_rows(table: Table, fields: dict[int, Field]) -> Iterator[Sorted]:
    """The rows of a table that aren't blank, each with its kind.

    The order grid's totals and the closing notes are no products.
    """
    name = _column(fields, Field.NAME)
    usual = _usual_width(table.body)
    section = ""
    carried = _Carried(table.body, fields)
    rows = table.body
    for index, row in enumerate(rows):
        if row.blank:
            carried.stop()
            continue
        if _lone_text(row) is None and _repeats_header(table, row):
            yield Sorted(row, Kind.HEADER)
        elif _is_total(row, fields, name):
            yield Sorted(row, Kind.TOTAL)
        elif _lone_text(row) is not None:
            kind = _kind_of_lone_text(rows, index, name, usual)
            if kind is Kind.HEADING:
                section = (_lone_text(row) or "").strip(" :-–—*#=►▶")
                carried.stop()
            yield Sorted(row, kind, section)
        elif not _could_be_product(row, fields, name):
            yield Sorted(row, Kind.NOTE)
        else:
            farm, category = carried.at(row)
            yield Sorted(row, None, section, farm, category)


class _Carried:
    """The farm and the category of a merged cell hold for the rows below it, up to a blank row."""

    def __init__(self, body: Sequence[Row], fields: dict[int, Field]) -> None:
        self._farm = _column(fields, Field.FARM)
        self._category = _column(fields, Field.CATEGORY)
        if self._category is not None:
            filled = sum(row[self._category] is not None for row in body if not row.blank)
            # A sparse category is a merged cell only when it begins on the first row; else it's an empty one.
            first = next((row for row in body if not row.blank), None)
            if first is None or first[self._category] is None or filled > len(body) / 2:
                self._category = None
        self._values: dict[int, str] = {}

    def stop(self) -> None:
        self._values.clear()

    def at(self, row: Row) -> tuple[str, str]:
        return self._value(row, self._farm), self._value(row, self._category)

    def _value(self, row: Row, column: int | None) -> str:
        if column is None:
            return ""
        if row[column] is not None:
            self._values[column] = str(row[column])
        return self._values.get(column, "")


def _column(fields: dict[int, Field], wanted: Field) -> int | None:
    return next((column for column, name in fields.items() if name == wanted), None)


def _usual_width(body: Sequence[Row]) -> float:
    """How many cells a row of the list usually has."""
    widths = [len(row.filled()) for row in body if len(row.filled()) > 1]
    return median(widths) if widths else 0


def _lone_text(row: Row) -> str | None:
    """The only text of a row, when nothing but text equal to it (cells merged across) stands beside it."""
    filled = [row[column] for column in row.filled()]
    texts = {cell for cell in filled if isinstance(cell, str)}
    return next(iter(texts)) if len(texts) == 1 and len(texts) == len({str(cell) for cell in filled}) else None


def _repeats_header(table: Table, row: Row) -> bool:
    filled = row.filled()
    same = sum(row[column] == title for column, title in enumerate(table.header) if title is not None)
    if same >= 2 and same >= 0.6 * len(filled):
        return True
    return len(filled) >= 3 and all(match_header(row[column]) for column in filled)


def _is_total(row: Row, fields: dict[int, Field], name: int | None) -> bool:
    """Whether the row sums up: its first text, or its name, says so."""
    first = next((row[column] for column in row.filled() if isinstance(row[column], str)), None)
    told: list[Cell] = [first]
    if name is not None:
        told.append(row[name])
    return any(isinstance(cell, str) and _TOTAL.fullmatch(fold(cell).strip(" :")) for cell in told)


def _could_be_product(row: Row, fields: dict[int, Field], name: int | None) -> bool:
    """Whether anything stands in a column that describes a product: a date line above the buyers doesn't."""
    telling = {column for column, meant in fields.items() if meant not in (Field.FARM, Field.CATEGORY)}
    return any(row[column] is not None for column in telling)


def _kind_of_lone_text(rows: Sequence[Row], index: int, name: int | None, usual: float) -> Kind | None:
    """Whether a row with one text is a heading, a note, or (None) a product of which nothing else is told."""
    row, text = rows[index], _lone_text(rows[index]) or ""
    following = next((other for other in rows[index + 1 :] if not other.blank), None)
    if following is None or not _products_follow(rows[index + 1 :]):
        return Kind.NOTE
    if len(text) > 80:
        return Kind.NOTE
    column = row.filled()[0]
    preceded_by_blank = index == 0 or rows[index - 1].blank
    looks = text.isupper() or text.rstrip().endswith(":") or bool(re.match(r"[-–—*#=►▶•]{1,}\s", text))
    if looks or preceded_by_blank or column != name or len(row.filled()) > 1 or usual >= 3:
        return Kind.HEADING
    return None


def _products_follow(rows: Sequence[Row]) -> bool:
    """Whether a row with an amount comes before the end, other than a total."""
    for row in rows:
        texts = [row[column] for column in row.filled() if isinstance(row[column], str)]
        if texts and _TOTAL.fullmatch(fold(str(texts[0])).strip(" :")):
            continue
        cells = [row[column] for column in row.filled()]
        if len(cells) > 1 and any(
            isinstance(cell, Decimal) or parse_any_price(cell).amount is not None for cell in cells
        ):
            return True
    return False
