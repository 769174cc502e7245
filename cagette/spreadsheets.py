"""Writing rows to XLSX and CSV for people who open them in Excel or LibreOffice.

Whatever a buyer or a farm typed is text there and stays text: a name such as `=HYPERLINK(...)` must not become a
formula on somebody's computer (CWE-1236). `inert` is the one function that neutralises a cell; every export goes
through this module.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Value = str | Decimal | int | float | bool | date | datetime | None
Row = Sequence[Value]

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
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

    The first row of each sheet is bold and stays in view. Streams: a long list doesn't sit in memory as cells.
    """
    book = Workbook(write_only=True)
    for sheet in sheets:
        _write_sheet(book.create_sheet(_SHEET_NAME_FORBIDDEN.sub(" ", sheet.name)[:31] or "1"), sheet)
    out = io.BytesIO()
    book.save(out)
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


def _write_sheet(target: WriteOnlyWorksheet, sheet: Sheet) -> None:
    rows = [list(row) for row in sheet.rows]
    for index, width in enumerate(sheet.widths or _fitting_widths(rows), start=1):
        # Its stubs leave out what it takes over from an ordinary sheet.
        target.column_dimensions[get_column_letter(index)].width = width  # type: ignore[attr-defined]
    target.freeze_panes = "A2"
    for number, row in enumerate(rows):
        target.append([_xlsx_cell(target, value, header=number == 0) for value in row])


def _xlsx_cell(target: WriteOnlyWorksheet, value: Value, *, header: bool) -> Cell | str | int | None:
    """A cell of its own only for what openpyxl would take otherwise than meant: it is half as fast."""
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)  # a workbook has no time zones: callers pass local times
    if isinstance(value, str):
        value = _NOT_IN_XML.sub("", value)[:32767] or None
    elif isinstance(value, Decimal) and value.is_finite() and value.as_tuple().exponent == 0:
        value = int(value)
    if not header and (value is None or isinstance(value, int) or _is_plain_text(value)):
        return value  # type: ignore[return-value]
    cell: Cell = WriteOnlyCell(target, value=value)  # type: ignore[arg-type]  # its stubs know no Decimal and no date
    if isinstance(value, str):
        cell.data_type = "s"
        # The quote prefix keeps the cell text when somebody edits it.
        cell.quotePrefix = value.startswith(_DANGEROUS)
    elif isinstance(value, Decimal):
        places = max(0, -int(value.as_tuple().exponent)) if value.is_finite() else 0
        cell.number_format = "0." + "0" * places if places else "0"
    if header:
        cell.font = Font(bold=True)
    return cell


def _is_plain_text(value: Value) -> bool:
    """Text that openpyxl takes for text: neither a formula nor the name of an error."""
    return isinstance(value, str) and not value.startswith((*_DANGEROUS, "#"))


def _fitting_widths(rows: Sequence[Row]) -> list[int]:
    """A column is as wide as its longest value, within what fits a page."""
    widths: list[int] = []
    for row in rows[:200]:
        for index, value in enumerate(row):
            if index == len(widths):
                widths.append(8)
            widths[index] = min(50, max(widths[index], len(str(value if value is not None else "")) + 2))
    return widths
