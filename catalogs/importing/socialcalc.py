"""Reading the save format of SocialCalc, the engine of EtherCalc and Framacalc.

It alone keeps what was typed: somebody who typed "11,45" got the number 1145 (a comma is a thousands separator
there), and the line reads `cell:C2:vtc:n:1145:11,45`. So it is the one export from which a French price list comes
out whole.
"""

from __future__ import annotations

import re
from decimal import Decimal

from catalogs.importing.grids import MAX_COLUMNS, Cell, Sheet, SheetBuilder, number_from, text_from

_CELL = re.compile(r"cell:([A-Z]{1,3})(\d{1,5}):(.*)")
_COORDINATE_BASE = 26


def is_socialcalc(text: str) -> bool:
    return text.lstrip().startswith("socialcalc:version:")


def read_socialcalc(text: str) -> Sheet:
    """The one sheet of a SocialCalc save."""
    cells: dict[int, dict[int, Cell]] = {}
    for line in text.splitlines():
        match = _CELL.match(line)
        if not match:
            continue
        column, row = _column(match[1]), int(match[2])
        value = _value(match[3].split(":"))
        if value is not None and column < MAX_COLUMNS:
            cells.setdefault(row, {})[column] = value
    builder = SheetBuilder("")
    for number in range(1, max(cells, default=0) + 1):
        row_cells = cells.get(number, {})
        builder.add(row_cells.get(column) for column in range(max(row_cells, default=-1) + 1))
        if builder.full:
            break
    return builder.sheet()


def _value(parts: list[str]) -> Cell:
    """The value of a cell's attributes.

    `t:text`, `v:number`, `vt:type:value`, `vtf:type:value:formula`, `vtc:type:value:typed`.
    """
    kind = parts[0] if parts else ""
    if kind == "t" and len(parts) > 1:
        return text_from(_decoded(parts[1]))
    if kind == "v" and len(parts) > 1:
        return number_from(_decoded(parts[1]))
    if kind in ("vt", "vtf", "vtc") and len(parts) > 2:
        typed = text_from(_decoded(parts[3])) if kind == "vtc" and len(parts) > 3 else None
        if typed and re.fullmatch(r"\d{1,6},\d{1,2}", typed):
            return Decimal(typed.replace(",", "."))
        if typed and parts[1].startswith("n"):
            return typed
        value = _decoded(parts[2])
        if not parts[1].startswith("n"):
            return text_from(value)
        number = number_from(value)
        return f"{(number * 100).normalize():f} %" if parts[1] == "n%" and isinstance(number, Decimal) else number
    return None


def _decoded(text: str) -> str:
    return text.replace("\\c", ":").replace("\\n", "\n").replace("\\b", "\\")


def _column(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * _COORDINATE_BASE + ord(letter) - ord("A") + 1
    return index - 1
