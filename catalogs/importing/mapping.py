"""What was chosen for a file.

Sheet, header row, the columns' meanings. Guessed first, corrected on a page, kept as JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from catalogs.importing.grids import Sheet
from catalogs.importing.headers import PRICES, Field
from catalogs.importing.markets import Market
from catalogs.importing.proposals import Reading
from catalogs.importing.rows import Options, read_rows
from catalogs.importing.tables import Table, choose_table, find_table


@dataclass(frozen=True)
class Mapping:
    """`sheet` counts from 0 among the sheets that have anything on them; `header` is a row number, 0 for none."""

    sheet: int = 0
    header: int = 0
    columns: dict[int, Field] = field(default_factory=dict)
    options: Options = Options()  # noqa: RUF009 (frozen)
    # Whether a person has settled it, or the guess left nothing to ask.
    settled: bool = False

    @property
    def complete(self) -> bool:
        named = Field.NAME in self.columns.values()
        return named and any(name in PRICES for name in self.columns.values())

    def as_json(self) -> dict[str, Any]:
        return {
            "sheet": self.sheet,
            "header": self.header,
            "columns": {str(column): name.value for column, name in self.columns.items()},
            "vat_rate": f"{self.options.vat_rate.normalize():f}",
            "cents": self.options.cents,
            "farm": self.options.farm,
            "settled": self.settled,
        }


def mapping_from(stored: dict[str, Any]) -> Mapping:
    """The mapping that `as_json` wrote."""
    return Mapping(
        sheet=int(stored.get("sheet", 0)),
        header=int(stored.get("header", 0)),
        columns={int(column): Field(name) for column, name in stored.get("columns", {}).items()},
        options=Options(
            vat_rate=Decimal(str(stored.get("vat_rate", Options.vat_rate))),
            cents=bool(stored.get("cents")),
            farm=str(stored.get("farm", "")),
        ),
        settled=bool(stored.get("settled")),
    )


def guess(sheets: list[Sheet]) -> Mapping:
    """The best guess for a file. `settled` when its header leaves nothing to ask."""
    table = choose_table(sheets)
    if table is None:
        return Mapping()
    return of_table(sheets.index(table.sheet), table)


def of_table(index: int, table: Table) -> Mapping:
    return Mapping(index, table.header_row, dict(table.guess.fields), settled=table.confident)


def table_of(sheets: list[Sheet], mapping: Mapping) -> Table:
    """The table a mapping speaks of; the first rows of the sheet when it names a row that isn't there."""
    sheet = sheets[mapping.sheet] if 0 <= mapping.sheet < len(sheets) else sheets[0]
    table = find_table(sheet, header_row=mapping.header)
    assert table is not None
    return table


def read_mapped(sheets: list[Sheet], mapping: Mapping, market: Market | None = None) -> Reading:
    """The list as mapped, for the market where it is sold."""
    return read_rows(table_of(sheets, mapping), mapping.columns, mapping.options, market)
