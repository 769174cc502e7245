"""Reading XLSX and XLS: the values as last computed, never the formulas."""

from __future__ import annotations

import io
import re
from decimal import Decimal

from openpyxl import load_workbook
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from catalogs.importing.grids import MAX_SHEETS, Cell, Sheet, SheetBuilder, cell_from

_FOREIGN = re.compile(r"\[\$(?!€|EUR)([^\]-]+)")


def read_xlsx(data: bytes) -> list[Sheet]:
    """The sheets of an XLSX file, row by row: one cell in the last corner costs nothing (other readers die of it)."""
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sheets = []
    for source in book.worksheets[:MAX_SHEETS]:
        builder = SheetBuilder(source.title, hidden=source.sheet_state != "visible")
        # The dimensions a file claims are often wrong, and rows would be padded to them.
        source.reset_dimensions()
        for row in source.iter_rows():
            builder.add(_formatted(cell_from(cell.value), cell.number_format) for cell in row)
            if builder.full:
                break
        sheets.append(builder.sheet())
    return sheets


def read_xls(data: bytes) -> list[Sheet]:
    """The sheets of an old binary workbook, which has at most 65,536 rows of 256 cells."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets = []
    for about in book.sheets_metadata[:MAX_SHEETS]:
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        builder = SheetBuilder(about.name, hidden=about.visible != SheetVisibleEnum.Visible)
        for row in book.get_sheet_by_name(about.name).to_python(skip_empty_area=False):
            builder.add(cell_from(value) for value in row)
            if builder.full:
                break
        sheets.append(builder.sheet())
    return sheets


def _formatted(cell: Cell, number_format: str | None) -> Cell:
    """A number shown as money keeps its currency and a percentage its sign, as one reads them on the sheet."""
    if not isinstance(cell, Decimal) or not number_format:
        return cell
    foreign = _FOREIGN.search(number_format)
    if foreign:
        return f"{cell:f} {foreign[1]}"
    if "€" in number_format or "EUR" in number_format:
        return f"{cell:f} €"
    if "CHF" in number_format or "Fr." in number_format:
        return f"{cell:f} CHF"
    return f"{(cell * 100).normalize():f} %" if "%" in number_format else cell
