"""What every kind of file becomes: sheets of rows of plain cells."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from cagette.errors import DomainError

# A cell is a text (trimmed, never empty), a number, a day, or nothing.
Cell = str | Decimal | date | None

_MARKUP = re.compile(r"<(script|style)\b.*?</\1>|<[a-z/!][^<>]*>", re.IGNORECASE | re.DOTALL)

MAX_ROWS = 5000
MAX_COLUMNS = 200
MAX_SHEETS = 40
MAX_TEXT = 2000
# Sheets are padded to their last possible row by some programs: after so many blank rows nothing more is expected.
MAX_BLANK_RUN = 500


class Unreadable(DomainError):
    """The file can't be read as a spreadsheet at all."""

    status = 422


@dataclass(frozen=True)
class Row:
    """`number` is the row's number as the person's own program shows it, from 1."""

    number: int
    cells: tuple[Cell, ...]

    def __getitem__(self, column: int) -> Cell:
        return self.cells[column] if 0 <= column < len(self.cells) else None

    @property
    def blank(self) -> bool:
        return not any(cell is not None for cell in self.cells)

    def filled(self) -> list[int]:
        return [index for index, cell in enumerate(self.cells) if cell is not None]


@dataclass(frozen=True)
class Sheet:
    name: str
    rows: tuple[Row, ...]
    hidden: bool = False
    # A part of a text file between two [HEADINGS]: it has no header of its own.
    part: bool = False

    @property
    def width(self) -> int:
        return max((len(row.cells) for row in self.rows), default=0)


def cell_from(value: object) -> Cell:
    """A value as a spreadsheet library gives it, as a cell. Float noise goes: 19.200000000000003 is 19.2."""
    if value is None:
        return None
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return number_from(repr(value))
    if isinstance(value, Decimal):
        return number_from(str(value))
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, time | timedelta):
        return str(value)
    return text_from(str(value))


def number_from(text: str) -> Cell:
    """A number a program wrote, to twelve significant digits; what isn't a finite number stays text."""
    try:
        number = float(text)
    except ValueError:
        return text_from(text)
    if not math.isfinite(number):
        return None
    return Decimal(format(number, ".12g"))


def text_from(text: str) -> str | None:
    """The text trimmed, its unprintable characters gone, cut at a length no cell of a price list has."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00ad", "")
    kept = "".join(
        character for character in text if character in "\n\t" or character.isprintable() or character.isspace()
    )
    return kept.strip().lstrip("\ufeff")[:MAX_TEXT] or None


def one_line(cell: Cell) -> str:
    """A cell as one line of text; empty for nothing."""
    if cell is None:
        return ""
    return f"{cell:f}" if isinstance(cell, Decimal) else " ".join(str(cell).split())


def text_lines(cell: Cell) -> str:
    """A cell as text that keeps its lines."""
    return "\n".join(" ".join(line.split()) for line in str(cell).splitlines()) if cell is not None else ""


def without_markup(text: str) -> str:
    """Descriptions out of web shops hold markup, which is shown nowhere."""
    return _MARKUP.sub(" ", text)


class SheetBuilder:
    """Collects the rows of a sheet within the limits, whatever the file pads it with."""

    def __init__(self, name: str, *, hidden: bool = False) -> None:
        self.name = name
        self.hidden = hidden
        self.full = False
        self._rows: list[Row] = []
        self._number = 0
        self._blank_run = 0
        self._kept = 0

    def add(self, cells: Iterable[Cell], *, times: int = 1) -> None:
        """Append a row, or `times` equal ones. Sets `full` when nothing more will be taken."""
        if self.full:
            return
        trimmed = list(cells)[:MAX_COLUMNS]
        while trimmed and trimmed[-1] is None:
            trimmed.pop()
        if not trimmed:
            self._number += times
            self._blank_run += times
            self.full = self._blank_run > MAX_BLANK_RUN
            return
        for blank in range(self._blank_run):
            self._rows.append(Row(self._number - self._blank_run + blank + 1, ()))
        self._blank_run = 0
        for _ in range(min(times, MAX_ROWS - self._kept)):
            self._number += 1
            self._kept += 1
            self._rows.append(Row(self._number, tuple(trimmed)))
        self.full = self._kept >= MAX_ROWS

    def sheet(self) -> Sheet:
        return Sheet(self.name, tuple(self._rows), self.hidden)
