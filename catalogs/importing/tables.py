"""Where the list is on a sheet: its header, its rows, and what else stands around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalogs.importing.amounts import parse_any_price, parse_number
from catalogs.importing.columns import Guess, guess_columns, match_columns, match_header
from catalogs.importing.contents import fold
from catalogs.importing.grids import Cell, Row, Sheet
from catalogs.importing.headers import PRICES, Field

# A header stands within the first so many filled rows.
_HEADER_WITHIN = 40
# Nobody wants so many of one thing: a column of such numbers holds days, as a program counts them, or codes.
_GREATEST_ORDER = 10_000
_NO_BUYER = re.compile(
    r"tota|montant|payer|somme|livraison|date|demand|delivery|stock|prix|tarif|price|prezzo|poids|peso|€|tva"
)
_EXCLUDING_VAT = re.compile(r"\bh\.?t\b|hors taxe|iva esclusa|excl\.? vat", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """A list on a sheet. `header_row` is the header's row number, 0 when there is none."""

    sheet: Sheet
    header_row: int
    header: tuple[Cell, ...]
    body: tuple[Row, ...]
    guess: Guess
    # Above the header: "Tarifs 2026 HT".
    title: str = ""

    @property
    def confident(self) -> bool:
        """Whether the list can be read without asking: it has a header, and its name and price columns are plain."""
        return self.header_row > 0 and self.guess.complete


@dataclass(frozen=True)
class OrderColumn:
    """A column that buyers fill in: how much each wants of every row."""

    header: str
    quantity: Decimal
    amount: Decimal


def find_table(sheet: Sheet, header_row: int | None = None) -> Table | None:
    """The list on a sheet.

    None where there is nothing like one. `header_row`, when given, is the reader's own choice (0: none).
    """
    if header_row is not None:
        return _table(sheet, header_row)
    found = _best_header(sheet)
    if found:
        return _table(sheet, found)
    table = _headerless(sheet)
    return table if table.guess.column(Field.NAME) is not None and _has_prices(table) else None


def choose_table(sheets: list[Sheet]) -> Table | None:
    """The list of a workbook.

    The first sheet on which one is certain, else the first on which there seems to be one.
    """
    tables = [table for sheet in sorted(sheets, key=lambda sheet: sheet.hidden) if (table := find_table(sheet))]
    certain = [table for table in tables if table.confident and not table.sheet.hidden]
    if certain:
        return certain[0]
    # Among parts of a text file, the longest list of prices is the list.
    return max(tables, key=lambda table: (not table.sheet.hidden, table.guess.complete, len(table.body)), default=None)


def order_columns(table: Table, fields: dict[int, Field], products: frozenset[int]) -> list[OrderColumn]:
    """The columns of an order grid, one per buyer or delivery day, with what was ordered in them.

    `products` are the numbers of the rows that were read as products: totals don't count twice.
    """
    price_column = next((column for column, name in fields.items() if name is Field.PRICE), None)
    rows = [row for row in table.body if row.number in products]
    columns = []
    for column in range(max(fields, default=0) + 1, len(table.header)):
        header = table.header[column]
        if header is None or _NO_BUYER.search(fold(str(header))):
            continue
        cells = [row[column] for row in rows if row[column] is not None]
        numbers = [number for cell in cells if (number := parse_number(cell)) is not None]
        if not cells or len(numbers) < len(cells) or max(numbers) >= _GREATEST_ORDER:
            continue
        amount = Decimal(0)
        for row in rows:
            wanted = parse_number(row[column])
            price = parse_any_price(row[price_column]).amount if price_column is not None else None
            if wanted is not None and price is not None:
                amount += wanted * price
        title = f"{header:%d/%m/%Y}" if isinstance(header, date) else str(header)
        columns.append(OrderColumn(title, sum(numbers, Decimal(0)), amount.quantize(Decimal("0.01"))))
    return columns


def _best_header(sheet: Sheet) -> int:
    """The number of the row that reads most like a header; 0 for none."""
    best, best_score = 0, 0
    filled = [row for row in sheet.rows if not row.blank][:_HEADER_WITHIN]
    for row in filled:
        score = _header_score(row)
        if score > best_score:
            best, best_score = row.number, score
    return best or next((row.number for row in filled if _heads_prices(sheet, row)), 0)


def _heads_prices(sheet: Sheet, row: Row) -> bool:
    """Whether a row that names nothing but a price stands above prices: its other titles are left out, or families."""
    for column, cell in enumerate(row.cells):
        match = match_header(cell)
        if match and match[0] in PRICES:
            below = [other[column] for other in sheet.rows if other.number > row.number and other[column] is not None]
            return len(below) >= 2 and sum(parse_any_price(cell).amount is not None for cell in below) > len(below) / 2
    return False


def _header_score(row: Row) -> int:
    """The weights of the fields a row's cells mean.

    0 where it names no product or no price, or holds amounts itself.
    """
    matches = [match for cell in row.cells if (match := match_header(cell))]
    fields = {name for name, _weight in matches}
    if len(fields) < 2 or any(isinstance(cell, Decimal) for cell in row.cells[: _last_match(row) + 1]):
        return 0
    if any(isinstance(cell, str) and parse_any_price(cell).amount is not None for cell in row.cells):
        return 0
    named = fields & {Field.NAME, Field.VARIANT_NAME, Field.DESCRIPTION}
    if not named and not (fields & set(PRICES) and _titles(row) > len(matches)):
        return 0
    if not fields & {*PRICES, Field.PROFESSIONAL_PRICE} and len(fields) < 3:
        return 0
    best = {name: max(weight for other, weight in matches if other == name) for name in fields}
    # Without a word for the product ("Colis", "Nos fromages") another row may be the better header.
    return sum(best.values()) - (0 if named else 5)


def _titles(row: Row) -> int:
    """How many cells could be the titles of columns."""
    return sum(isinstance(cell, str) and len(cell) < 40 for cell in row.cells)


def _last_match(row: Row) -> int:
    return max(column for column, cell in enumerate(row.cells) if match_header(cell))


def _table(sheet: Sheet, header_row: int) -> Table:
    if header_row == 0:
        return _headerless(sheet)
    header = next((row for row in sheet.rows if row.number == header_row), Row(header_row, ()))
    body = tuple(row for row in sheet.rows if row.number > header_row)
    title = " ".join(
        str(cell) for row in sheet.rows if row.number < header_row for cell in row.cells if cell is not None
    )
    cells = header.cells
    below = body[0] if body else None
    if below and _continues(header, below):
        # A header on two lines: "Prix" above "HT" and "TTC".
        cells, body = _joined(header, below), body[1:]
    told = [row for row in body if len(row.filled()) > 1]
    guess = match_columns(cells, told, excluding_vat=bool(_EXCLUDING_VAT.search(title)) and "TTC" not in title.upper())
    if not guess.complete and Field.PRICE not in guess.doubts:
        by_content = guess_columns(told, width=sheet.width, fields=guess.fields)
        guess = Guess(by_content.fields, sorted({*by_content.doubts, *_guessed(guess, by_content)}))
    return Table(sheet, header_row, cells, body, guess, title)


def _guessed(before: Guess, after: Guess) -> list[Field]:
    """What only the contents told: somebody should look at it."""
    return [
        name for column, name in after.fields.items() if column not in before.fields and name in (*PRICES, Field.NAME)
    ]


def _continues(header: Row, below: Row) -> bool:
    """Whether the row below carries the header on: short words only, of which some complete a word above."""
    cells = [cell for cell in below.cells if cell is not None]
    if not cells or not all(isinstance(cell, str) and len(cell) < 30 for cell in cells):
        return False
    if any(parse_any_price(cell).amount is not None for cell in cells) or (
        below[0] is not None and header[0] is not None
    ):
        return False
    return any(match_header(cell) for cell in cells) and _header_score(Row(0, _joined(header, below))) > _header_score(
        header
    )


def _joined(header: Row, below: Row) -> tuple[Cell, ...]:
    """Two header lines as one; a cell merged over several columns stands above each of them."""
    joined: list[Cell] = []
    above: Cell = None
    for column in range(max(len(header.cells), len(below.cells))):
        above = header[column] if header[column] is not None else above if below[column] is not None else None
        parts = [str(cell) for cell in (above, below[column]) if cell is not None]
        joined.append(" ".join(parts) or None)
    return tuple(joined)


def _headerless(sheet: Sheet) -> Table:
    rows = tuple(sheet.rows)
    told = [row for row in rows if len(row.filled()) > 1]
    guess = guess_columns(told, width=sheet.width)
    return Table(sheet, 0, (), rows, guess)


def _has_prices(table: Table) -> bool:
    """Whether a sheet without a header is a list at all: some column of prices on at least two rows."""
    if table.guess.priced:
        column = next(column for column, name in table.guess.fields.items() if name in PRICES)
        return sum(parse_any_price(row[column]).amount is not None for row in table.body) >= 2
    told = [row for row in table.body if len(row.filled()) > 1]
    return len(told) >= 2 and len(candidate_prices(table)) > 1


def candidate_prices(table: Table) -> list[int]:
    """The columns that could be the price, when it isn't plain which."""
    told = [row for row in table.body if len(row.filled()) > 1]
    free = {column: name for column, name in table.guess.fields.items() if name not in PRICES}
    found = []
    for column in range(table.sheet.width):
        if column not in free:
            only = guess_columns(
                [
                    Row(row.number, tuple(cell if index == column else None for index, cell in enumerate(row.cells)))
                    for row in told
                ],
                width=table.sheet.width,
            )
            if only.column(Field.PRICE) == column:
                found.append(column)
    return found
