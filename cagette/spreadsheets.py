"""Writing rows to XLSX and CSV for people who open them in Excel or LibreOffice.

Whatever a buyer or a farm typed is text there and stays text: a name such as `=HYPERLINK(...)` must not become a
formula on somebody's computer (CWE-1236). `inert` is the one function that neutralises a cell; every export goes
through this module.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xlsxwriter import Workbook

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Value = str | Decimal | int | float | bool | date | datetime | None
Row = Sequence[Value]

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NEW_LINE = re.compile("\r\n?")
_SHEET_NAME_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook: its name, and rows of which the first is the header."""

    name: str
    rows: Iterable[Row]
    widths: Sequence[int] = field(default=())


def inert(text: str) -> str:
    """`text` for a CSV cell: with a leading apostrophe where a spreadsheet program would run it as a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def write_csv(rows: Iterable[Row], *, delimiter: str = ";", decimal: str = ",") -> bytes:
    """Rows as CSV the way a French Excel opens it: UTF-8 with a BOM, `;`, CRLF, decimal commas."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_csv_cell(value, decimal) for value in row])
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(sheets: Iterable[Sheet]) -> bytes:
    """Sheets as one workbook; text cells are typed as text, numbers as numbers, dates as dates.

    The first row of each sheet is bold and stays in view.
    """
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        formats = _Formats(book)
        for sheet in sheets:
            name = _SHEET_NAME_FORBIDDEN.sub(" ", sheet.name)[:31].strip("'") or "1"
            _write_sheet(book.add_worksheet(name), sheet, formats)
    return out.getvalue()


def _csv_cell(value: Value, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal | int | float):
        # A negative number starts with "-" but is a number, which no program runs.
        return f"{value:f}".replace(".", decimal) if isinstance(value, Decimal) else str(value).replace(".", decimal)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return inert(value.replace("\x00", ""))


class _Formats:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def __call__(self, **properties: Any) -> Format | None:
        if not properties:
            return None
        key = tuple(properties.items())
        if key not in self.made:
            self.made[key] = self.book.add_format(properties)
        return self.made[key]


def _write_sheet(target: Worksheet, sheet: Sheet, formats: _Formats) -> None:
    rows = [list(row) for row in sheet.rows]
    for index, width in enumerate(sheet.widths or _fitting_widths(rows)):
        target.set_column(index, index, width)
    target.freeze_panes(1, 0)
    for number, row in enumerate(rows):
        bold = {"bold": True} if number == 0 else {}
        for index, value in enumerate(row):
            _write_cell(target, number, index, value, formats, bold)


def _write_cell(
    target: Worksheet, row: int, column: int, value: Value, formats: _Formats, bold: Mapping[str, bool]
) -> None:
    """By its type, never by what it looks like: no text becomes a formula, a number or a link."""
    if isinstance(value, str):
        text = _NOT_IN_XML.sub("", _NEW_LINE.sub("\n", value))[:32767]
        # The quote prefix keeps the cell text when somebody edits it.
        quoted = {"quote_prefix": True} if text.startswith(_DANGEROUS) else {}
        target.write_string(row, column, text, formats(**bold, **quoted))
    elif isinstance(value, bool):
        target.write_boolean(row, column, value, formats(**bold))
    elif isinstance(value, datetime):
        # A workbook has no time zones: callers pass local times.
        target.write_datetime(row, column, value.replace(tzinfo=None), formats(**bold, num_format="yyyy-mm-dd hh:mm"))
    elif isinstance(value, date):
        target.write_datetime(row, column, value, formats(**bold, num_format="yyyy-mm-dd"))
    elif isinstance(value, Decimal) and (places := max(0, -int(value.as_tuple().exponent))):
        target.write_number(row, column, value, formats(**bold, num_format="0." + "0" * places))
    elif value is not None:
        target.write_number(row, column, value, formats(**bold))


def _fitting_widths(rows: Sequence[Row]) -> list[int]:
    """A column is as wide as its longest value, within what fits a page."""
    widths: list[int] = []
    for row in rows[:200]:
        for index, value in enumerate(row):
            if index == len(widths):
                widths.append(8)
            widths[index] = min(50, max(widths[index], len(str(value if value is not None else "")) + 2))
    return widths
