"""Files as they come: encodings, separators, stray quotes, padding, and what must not cost memory or time."""

from __future__ import annotations

import csv
import io
import time
import tracemalloc
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from catalogs.importing.grids import MAX_ROWS, Unreadable
from catalogs.importing.reading import read
from catalogs.importing.texts import find_separator, split

LIST = "Désignation;Prix\nÉpinards à la crème;3,50 €\nBœuf;18,90 €\nPêche « naine »;4,00 €\n"


def cells(data: bytes, name: str = "liste.csv") -> list[tuple[object, ...]]:
    (sheet,) = read(data, name)
    return [row.cells for row in sheet.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "mac_roman"])
def test_a_list_reads_the_same_in_every_encoding(encoding: str) -> None:
    assert cells(LIST.encode(encoding)) == cells(LIST.encode())


def test_text_that_was_encoded_twice_is_set_right() -> None:
    assert cells(LIST.encode().decode("cp1252", errors="ignore").encode())[0] == ("Désignation", "Prix")


@pytest.mark.parametrize("separator", [";", "\t", ",", "|"])
def test_the_separator_is_found_beside_decimal_commas(separator: str) -> None:
    rows = [["Produit", "Prix", "Poids"], ["Miel, sapin", "9,00", "0,5"], ["Pain", "4,20", "1,0"]]
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    assert find_separator(out.getvalue()) == separator
    assert cells(out.getvalue().encode()) == [tuple(row) for row in rows]


def test_a_separator_that_is_told_is_used() -> None:
    assert cells(b"sep=|\na|b\n1;2|3\n") == [("a", "b"), ("1;2", "3")]


def test_quotes_that_nobody_escaped_belong_to_the_cell() -> None:
    text = 'a;b\n"SAVON "DU LAC" 200G";"1.5"\n"au sel ; sans gluten";"2"\n"deux\nlignes";"3"\n'
    assert list(split(text, ";"))[1:] == [
        ['SAVON "DU LAC" 200G', "1.5"],
        ["au sel ; sans gluten", "2"],
        ["deux\nlignes", "3"],
    ]


def test_a_stray_quote_does_not_swallow_the_rest() -> None:
    rows = list(split('Produit;Prix\n"Grosse tomate;2\nChou;3\n', ";"))
    assert rows == [["Produit", "Prix"], ['"Grosse tomate', "2"], ["Chou", "3"]]


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"])), min_size=2), min_size=1
    )
)
def test_standard_csv_is_read_as_python_reads_it(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    written = out.getvalue()
    # A cell that itself holds `","` can't be told from two cells by one who forgives unescaped quotes.
    if not any('"' in cell for row in rows for cell in row):
        assert list(split(written, ",")) == rows


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_sentence(data: bytes) -> None:
    # Anything but these sentences is an error of ours.
    with suppress(Unreadable):
        assert read(data, "liste.csv")


def test_one_cell_in_the_last_corner_costs_nothing() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["B1"], sheet["A2"], sheet["B2"], sheet["XFD1048576"] = "Produit", "Prix", "Miel", 9, "x"
    out = io.BytesIO()
    book.save(out)
    tracemalloc.start()
    start = time.perf_counter()
    assert cells(out.getvalue(), "coin.xlsx")[0] == ("Produit", "Prix")
    assert time.perf_counter() - start < 2
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()


def test_more_rows_than_a_list_has_are_cut() -> None:
    data = "Produit;Prix\n" + "Miel;9\n" * (MAX_ROWS + 10)
    assert len(cells(data.encode())) == MAX_ROWS


@pytest.mark.parametrize("pattern", ['"x ,', '"a\n', ',"', '"', ";", "a,b\n"])
def test_a_hostile_text_is_read_in_time(pattern: str) -> None:
    data = (pattern * 300_000).encode()
    start = time.perf_counter()
    read(data, "liste.csv")
    assert time.perf_counter() - start < 5


def test_a_workbook_that_unpacks_without_end_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 100_000_000)
    with pytest.raises(Unreadable):
        read(out.getvalue(), "bombe.xlsx")


def test_entities_in_an_ods_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("content.xml", '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')
    with pytest.raises(Unreadable):
        read(out.getvalue(), "entites.ods")


def test_percentages_and_money_of_a_workbook_keep_their_sign() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([0.055, 12.5, 3])
    sheet["A1"].number_format, sheet["B1"].number_format, sheet["C1"].number_format = (
        "0.0%",
        '#,##0.00 "€"',
        "[$CHF] 0.00",
    )
    out = io.BytesIO()
    book.save(out)
    assert cells(out.getvalue(), "formats.xlsx") == [("5.5 %", "12.5 €", "3 CHF")]
