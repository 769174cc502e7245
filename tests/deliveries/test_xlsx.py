"""The same rows as a workbook."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from deliveries.workbooks import pick_list_xlsx
from tests.deliveries import frozen

Rows = list[list[Any]]


def sheets(rows: dict[str, Any], language: str = "en") -> dict[str, Rows]:
    book = load_workbook(BytesIO(pick_list_xlsx(rows, language)))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def test_totals_are_numbers_in_units() -> None:
    header, tomme, juice, carrots = sheets(frozen.an_ordinary_pick_list())["Totals by product"]
    assert header == [
        "Reference", "Product", "Content", "Unit", "Quantity", "Cases", "Case size", "Price (EUR)",
        "Price per kg (EUR)", "VAT", "VAT rate (%)", "Amount (EUR)", "Deposits (EUR)",
    ]  # fmt: skip
    assert tomme == [
        "T500", "Tomme de chèvre", "500\N{NO-BREAK SPACE}g", "piece", 8, None, None, 4.5, None, "incl. VAT", None, 9, 0,
    ]  # fmt: skip
    assert juice[4:7] == [12, 2, 6]
    assert carrots[3:5] == ["kg", 1.5]


def test_each_line_of_each_household_is_a_row() -> None:
    _header, *rows = sheets(frozen.an_ordinary_pick_list())["List by household"]
    assert [[row[0], row[1], row[2], row[4], row[7]] for row in rows] == [
        [3, "Ferrand", None, "Tomme de chèvre", 2],
        [3, "Ferrand", None, "Carottes", 1.5],
        [12, "Le Refuge", "yes", "Tomme de chèvre", 6],
        [12, "Le Refuge", "yes", "Jus de pomme", 12],
    ]


def test_the_delivery_is_there_in_words() -> None:
    rows = dict(row for row in sheets(frozen.an_ordinary_pick_list())["Delivery"])
    assert rows["Farm"] == "Chèvrerie des Trois Ponts"
    assert rows["Delivery"].replace("\N{NO-BREAK SPACE}", " ") == "Thursday 26 November, 17:00 – 19:00"
    assert rows["Pick-up point"] == "Salle de la Vachette"


def test_a_revision_has_what_was_beside_what_is() -> None:
    rows = frozen.a_pick_list(
        [frozen.a_product(1, "Tomme", "9", before="11")], [frozen.a_household(3, "Ferrand", (1, "9"))], replaces=1
    )
    header, tomme = sheets(rows)["Totals by product"]
    assert dict(zip(header, tomme, strict=True))["Before"] == 11


def test_a_list_nobody_ordered_from_has_its_headers() -> None:
    found = sheets(frozen.a_pick_list([], []))
    assert {name: len(rows) for name, rows in found.items() if name != "Delivery"} == {
        "Totals by product": 1,
        "List by household": 1,
        "To pay": 1,
    }


def test_a_name_that_looks_like_a_formula_stays_text() -> None:
    rows = frozen.a_pick_list([frozen.a_product(1, "=1+1", "1")], [frozen.a_household(3, "@SUM(A1)", (1, "1"))])
    book = load_workbook(BytesIO(pick_list_xlsx(rows, "en")))
    cells = [cell for row in book["List by household"].iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert {cell.value: cell.data_type for cell in cells if not isinstance(cell.value, int)}["=1+1"] == "s"
