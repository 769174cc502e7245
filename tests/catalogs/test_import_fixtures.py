"""Our own small lists, of the shapes that real ones have: a clone alone shows what can be read."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation

from catalogs.importing.grids import Unreadable
from catalogs.importing.headers import Field
from catalogs.importing.mapping import guess
from catalogs.importing.reading import read
from tests.catalogs import lists
from tests.catalogs.lists import Expected, name_of, told

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "lists"

FILES = [
    Expected(
        "cp1252.csv",
        7,
        unavailable=1,
        products=(
            ("Jus de coing", "1 l", "3.10"),
            ("Huile de noix", "3 l", "24.50"),
            ("farine de méteil", "10 kg", "12.80"),
            ("Farine de Méteil", "5 kg", "7.20"),
            ("Œufs de caille", "12 piece", "3.60"),
            ("Betteraves", "kg", "1.90"),
            ("thym séché", "30 g", "2.40"),
        ),
    ),
    Expected(
        "header_on_row_4.csv",
        4,
        priced=3,
        unavailable=1,
        skipped=4,
        products=(("Huile de cameline", "50 cl", "8.90"), ("Graines de lin", "1 kg", "4.70")),
    ),
    Expected(
        "utf16_tabs.txt",
        7,
        unavailable=2,
        duplicates=1,
        products=(
            ("POLENTA T80 1 KG", "1 kg", "2.90"),
            ("LENTILLES BLONDES VRAC 5KG", "kg", "3.40"),
            ("VINAIGRE EN VRAC 3 LITRES", "litre", "2.10"),
            ("HUILE DE SOIN 100 MML", "100 ml", "7.50"),
            ('SAVON "DU LAC" 15OG', "150 g", "3.90"),
        ),
    ),
    Expected(
        "prices_per_kg.csv",
        6,
        products=(
            ("Pintade fermière", "", "13.50"),
            ("Canette bio", "1.6 kg", "22.40"),
            ("Pois chiches vrac 5KG", "kg", "4.10"),
            ("Jus de raisin vrac", "litre", "2.60"),
            ("Navets", "kg", "1.90"),
            ("Sel aux herbes 90g", "90 g", "3.20"),
        ),
    ),
    Expected(
        "price_spellings.csv",
        12,
        refused=3,
        products=(
            ("Miel de bruyère 500 g", "500 g", "8.30"),
            ("Miel de ronce 500 g", "500 g", "8.30"),
            ("Miel de lavande 500 g", "500 g", "8.30"),
            ("Miel de garrigue 500 g", "500 g", "8.30"),
            ("Coffret du rucher", "", "1100.00"),
            ("Blettes", "kg", "1.80"),
            ("Fenouil", "kg", "1.80"),
            ("Ciboulette", "", "1.20"),
            ("Laitue", "", "1.10"),
            ("Coings", "3 kg", "6.00"),
            ("Kakis", "", "2.20"),
            ("Framboises", "125 g", "4.20"),
        ),
    ),
    Expected(
        "sections_and_formulas.csv",
        8,
        skipped=4,
        duplicates=1,
        products=(
            ("savon brebis", "", "4.00"),
            ("Savon Brebis", "", "7.00"),
            ('=HYPERLINK("http://exemple.invalid";"Cire")', "", "3.00"),
            ("@SUM(1+1)", "", "2.00"),
        ),
    ),
    Expected(
        "listino.csv",
        4,
        priced=3,
        unavailable=2,
        products=(
            ("[F] Lamponi (Az. Rio) - 0,5kg", "0.5 kg", "4.50"),
            ("[V] Zucca mantovana 6Kg", "6 kg", "9.00"),
            ("[T] Miele di tiglio 500 gr", "500 g", "8.00"),
        ),
    ),
    Expected(
        "no_header.csv",
        5,
        chosen={3: Field.PRICE},
        products=(
            ("Tisane du soir 50 gr", "50 g", "4.10"),
            ("6 x 1 kg vrac Orge perlé", "kg", "3.00"),
            ("Sucre de bouleau 25 kg", "25 kg", "131.20"),
        ),
    ),
    Expected(
        "parts.csv",
        3,
        products=(("Œufs (x12)", "12 piece", "4.20"), ("Pollen (125g)", "125 g", "7.50"), ("Brioche", "", "6.00")),
    ),
    Expected(
        "shop_without_vat.csv",
        5,
        warnings=("vat-disagrees",),
        products=(
            ("Nectar de poire 25CL", "25 cl", "1.69"),
            ("Cidre rosé 75cl", "75 cl", "3.60"),
            ("33CL BIERE DE SAPIN", "33 cl", "3.00"),
        ),
    ),
    Expected("unit_in_header.csv", 1, products=(("Topinambour", "kg", "2.20"),)),
    Expected(
        "order_grid.csv",
        3,
        skipped=1,
        products=(("Savon au miel", "100 g", "5.20"), ("Porte-savon", "1 piece", "9.00")),
    ),
    Expected(
        "order_grid.xlsx",
        4,
        unavailable=1,
        skipped=3,
        warnings=("several-farms",),
        products=(("Farine bise", "5 kg", "9.30"), ("Cire (1kg)", "kg", "14.00")),
    ),
    Expected("padded.ods", 2, products=(("Farine bise", "5 kg", "9.30"), ("Miel de sapin", "500 g", "9.50"))),
    Expected("ethercalc_comma.csv", 4, warnings=("times-100", "vat-unknown")),
    Expected(
        "ethercalc_comma.socialcalc",
        2,
        products=(("Savon au miel", "100 g", "5.20"), ("Baume: le grand", "40 g", "11.45")),
    ),
    Expected(
        "offers.csv",
        3,
        products=(
            ("Sirop de sapin 50cl", "50 cl", "5.49"),
            ("Jus de pomme", "25 cl", "1.27"),
            ("Jus de pomme bib", "500 cl", "9.50"),
        ),
    ),
    Expected(
        "offers.xlsx",
        4,
        products=(("Navets", "1 kg", "1.58"), ("Navets caisse", "5 kg", "7.91"), ("Oeufs", "12 piece", "4.22")),
    ),
    Expected(
        "unescaped_quotes.csv",
        4,
        products=(
            ('SAVON "DU BERGER" 150G', "150 g", "4.20"),
            ("Bouillon de légumes", "80 g", "3.10"),
            ("Pintade", "1.6 kg", "13.50"),
            ("Œuf", "1 piece", "0.40"),
        ),
    ),
]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def test_every_fixture_is_tried() -> None:
    tried = {expected.file for expected in FILES} | {"damaged.xlsx"}
    assert tried == {path.name for path in FOLDER.iterdir()}


@pytest.mark.parametrize("expected", FILES, ids=name_of)
def test_a_list_comes_out_as_it_should(expected: Expected) -> None:
    lists.assert_reads_as_expected(FOLDER, expected)


@pytest.mark.django_db
@pytest.mark.parametrize("expected", FILES, ids=name_of)
def test_importing_a_list_again_changes_nothing(expected: Expected) -> None:
    lists.assert_imports_once(FOLDER, expected)


@pytest.mark.parametrize("expected", FILES, ids=name_of)
def test_only_lists_without_a_header_ask_for_their_columns(expected: Expected) -> None:
    mapping = guess(read((FOLDER / expected.file).read_bytes(), expected.file))
    assert mapping.settled == (expected.file not in {"no_header.csv", "parts.csv"})


def test_a_damaged_workbook_gets_a_sentence() -> None:
    with pytest.raises(Unreadable, match="damaged"):
        read((FOLDER / "damaged.xlsx").read_bytes(), "damaged.xlsx")


def test_the_hidden_sheet_is_never_chosen() -> None:
    data = (FOLDER / "padded.ods").read_bytes()
    sheets = read(data, "padded.ods")
    assert [(sheet.name, sheet.hidden) for sheet in sheets] == [("Notes", True), ("Commande", False)]
    assert guess(sheets).sheet == 1


def test_each_offer_of_a_product_has_its_own_reference_and_the_rate_of_its_product() -> None:
    reading = lists.reading_of(FOLDER, next(expected for expected in FILES if expected.file == "offers.xlsx"))
    assert [(proposal.reference, proposal.vat_rate) for proposal in reading.proposals] == [
        ("NAV-1", Decimal("5.5")),
        ("NAV-5", Decimal("5.5")),
        ("OEU-6", Decimal("5.5")),
        ("OEU-12", Decimal("5.5")),
    ]


def test_a_range_of_weight_makes_a_weighed_product() -> None:
    reading = lists.reading_of(FOLDER, next(expected for expected in FILES if expected.file == "prices_per_kg.csv"))
    hen = lists.find(reading, "Pintade fermière")
    assert (hen.weighed, hen.typical_weight_g, hen.greatest_weight_g) == (True, 1600, 1800)
    assert told(hen) == ("Pintade fermière", "", "13.50")
