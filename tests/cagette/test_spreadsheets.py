"""What we write opens as what it was, and nothing in it runs."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from cagette.spreadsheets import Sheet, inert, write_csv, write_xlsx

FORMULAS = ['=HYPERLINK("http://exemple.invalid")', "+1+1", "-2+3", "@SUM(1)", "\tx", "\rx"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_looks_like_a_formula_gets_an_apostrophe_in_csv(text: str) -> None:
    assert inert(text) == "'" + text


def test_an_ordinary_text_and_a_negative_number_are_left_alone_in_csv() -> None:
    written = write_csv([["Miel", Decimal("-2.50"), None, True, date(2026, 11, 26)]])
    assert written == "\ufeffMiel;-2,50;;1;2026-11-26\r\n".encode()


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_looks_like_a_formula_is_typed_as_text_in_xlsx(text: str) -> None:
    book = load_workbook(io.BytesIO(write_xlsx([Sheet("Liste", [["Produit"], [text]])])))
    cell = book["Liste"]["A2"]
    assert cell.data_type in ("s", "inlineStr")
    assert str(cell.value).strip() == text.strip()


def test_numbers_and_dates_keep_their_type_in_xlsx() -> None:
    book = load_workbook(io.BytesIO(write_xlsx([Sheet("L", [["a", "b"], [Decimal("12.50"), date(2026, 11, 26)]])])))
    assert book["L"]["A2"].value == 12.5
    assert book["L"]["A2"].number_format == "0.00"
    assert book["L"]["B2"].value.date() == date(2026, 11, 26)


def test_a_sheet_name_that_excel_refuses_is_mended() -> None:
    book = load_workbook(io.BytesIO(write_xlsx([Sheet("Ferme: A/B [2026] et un nom bien trop long", [["x"]])])))
    assert book.sheetnames == ["Ferme  A B  2026  et un nom bie"]


@given(st.text(max_size=40))
def test_any_text_is_written_without_an_error_and_never_as_a_formula(text: str) -> None:
    book = load_workbook(io.BytesIO(write_xlsx([Sheet("L", [["h"], [text]])])))
    assert book["L"]["A2"].data_type in ("s", "inlineStr", "n")  # "n" is an empty cell
    assert not inert(text).startswith(("=", "+", "-", "@", "\t", "\r"))
