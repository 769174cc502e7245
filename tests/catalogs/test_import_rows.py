"""Rows of many shapes: what one buys, what the price is for, and what is no product."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from catalogs.importing.mapping import guess, read_mapped
from catalogs.importing.proposals import Reading
from catalogs.importing.reading import read
from tests.catalogs.lists import told


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def reading(*rows: str) -> Reading:
    sheets = read("\n".join(rows).encode(), "liste.csv")
    return read_mapped(sheets, guess(sheets))


@pytest.mark.parametrize(
    ("unit", "bought", "measure"),
    [
        ("kg", "kg", "kg"),
        ("kgs", "kg", "kg"),
        ("le litre", "litre", "litre"),
        ("la botte", "bunch", ""),
        ("pièce", "piece", ""),
        ("500 gr", "piece", "500 g"),
        ("pot 250g", "jar", "250 g"),
        ("la bouteille (1L)", "bottle", "1 l"),
        ("carton de 6 x 75cl", "box", "450 cl"),
        ("boîte de 12", "box", "12 piece"),
        ("x6", "piece", "6 piece"),
        ("6", "piece", "6 piece"),
        ("la douzaine", "dozen", "12 piece"),
        ("tresse", "piece", ""),
    ],
)
def test_a_unit_says_what_one_buys(unit: str, bought: str, measure: str) -> None:
    (proposal,) = reading("Produit;Unité;Prix", f"Chose;{unit};3,50").proposals
    assert (proposal.unit, proposal.measure) == (bought, measure)


@pytest.mark.parametrize(
    ("rows", "typical", "greatest", "per_kg"),
    [
        (("Produit;Prix;Poids", "Rôti;22 €/kg;entre 800 g et 1,2 kg"), 1000, 1200, "22.00"),
        (("Produit;Prix au kg;Poids moyen", "Poulet;12,90;1,5 kg"), 1500, 1800, "12.90"),
        (("Produit;Prix au kg;Poids;Prix pièce", "Tomme;18,50;1 kg env.;18,50"), 1000, 1200, "18.50"),
        (("Produit;Prix;Quantité;Unité;Poids variable", "Poulet;19,60;1,4;kg;oui"), 1400, 1680, "14.00"),
    ],
)
def test_a_weight_that_varies_makes_a_weighed_product(
    rows: tuple[str, ...], typical: int, greatest: int, per_kg: str
) -> None:
    (proposal,) = reading(*rows).proposals
    weights = (proposal.weighed, proposal.typical_weight_g, proposal.greatest_weight_g, str(proposal.price_per_kg))
    assert weights == (True, typical, greatest, per_kg)


def test_a_price_per_kg_of_a_sack_is_for_the_kg_and_the_sack_is_told() -> None:
    (proposal,) = reading("Produit;Prix;Conditionnement", "Lentilles;3,27 €/kg;sac de 5 kg").proposals
    assert (told(proposal), proposal.description) == (("Lentilles", "kg", "3.27"), "sac de 5 kg")


def test_a_heading_gives_its_category_to_the_rows_below() -> None:
    found = reading("Produit;Prix", "FROMAGES", "Le Grand Pic;9,00", "", "Divers :", "Sapin de Noël;20")
    assert [(proposal.name, proposal.category) for proposal in found.proposals] == [
        ("Le Grand Pic", "dairy"),
        ("Sapin de Noël", ""),
    ]
    assert [skipped.reason for skipped in found.skipped] == ["heading", "heading"]


def test_a_product_without_a_price_in_a_short_list_is_refused_and_no_heading() -> None:
    found = reading("Produit;Prix", "Carottes;2,00", "Navets;", "Poireaux;2,50")
    assert [(refusal.number, refusal.text) for refusal in found.refusals] == [(3, "Navets")]
    assert found.refusals[0].reason == "This row has no price."


def test_merged_cells_carry_the_farm_and_the_category_down_to_the_blank_row() -> None:
    found = reading(
        "Ferme;Catégorie;Produit;Prix",
        "Le Moulin;Farines;Farine bise;2,10",
        ";;Son;1,00",
        "Le Rucher;Miels;Sapin;9,00",
        "",
        ";;Divers;3,00",
    )
    assert [(proposal.farm, proposal.category) for proposal in found.proposals] == [
        ("Le Moulin", "grocery"),
        ("Le Moulin", "grocery"),
        ("Le Rucher", "honey"),
        ("", ""),
    ]


def test_totals_notes_and_repeated_titles_are_no_products() -> None:
    found = reading(
        "Produit;Prix;Durand;Petit;Total",
        "Tomme;9,00;1;;9,00",
        "Sous-total;;9,00;0,00;9,00",
        "Produit;Prix;Durand;Petit;Total",
        "Pain;4,00;;2;8,00",
        "TOTAL GÉNÉRAL;;9,00;8,00;17,00",
        "Payé (chèque / espèces);;;;",
        "Merci de votre commande !;;;;",
    )
    assert [proposal.name for proposal in found.proposals] == ["Tomme", "Pain"]
    assert [skipped.reason for skipped in found.skipped] == [
        "total",
        "column titles, repeated",
        "total",
        "total",
        "note",
    ]
    assert [(buyer.header, str(buyer.amount)) for buyer in found.buyers] == [("Durand", "9.00"), ("Petit", "8.00")]


@pytest.mark.parametrize(
    ("available", "on_sale"),
    [("oui", True), ("NON", False), ("épuisé", False), ("à partir de juin", True), ("0", False), ("sì", True)],
)
def test_what_is_on_sale_is_said_in_many_ways(available: str, on_sale: bool) -> None:
    found = reading("Produit;Prix;Dispo", f"Chou;2,00;{available}", "Kiwi;1,00;oui")
    assert found.proposals[0].available is on_sale


def test_where_products_are_ticked_an_unticked_one_is_not_on_sale() -> None:
    found = reading("Produit;Prix;En vente", "Chou;2,00;x", "Navet;2,00;")
    assert [proposal.available for proposal in found.proposals] == [True, False]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Miel bio", ("organic",)),
        ("Miel non bio", ()),
        ("Pommes en conversion bio", ("in_conversion",)),
        ("Jus Demeter bio", ("demeter", "organic")),
        ("Tomme AOP fermière", ("farmhouse", "pdo")),
        ("Prunes Nature & Progrès", ("nature_progres",)),
    ],
)
def test_labels_are_read_out_of_names(text: str, labels: tuple[str, ...]) -> None:
    assert reading("Produit;Prix", f"{text};3,00", "Autre;2,00").proposals[0].labels == labels


def test_a_rate_of_vat_is_found_between_the_two_prices() -> None:
    (proposal,) = reading("Produit;Prix HT;Prix TTC", "Miel;8,00;8,44").proposals
    assert (str(proposal.price), str(proposal.vat_rate)) == ("8.44", "5.50")


def test_markup_in_a_description_is_dropped() -> None:
    (proposal,) = reading("Produit;Prix;Description", "Miel;8;<b>Doux</b> <script>alert(1)</script>du lac").proposals
    assert " ".join(proposal.description.split()) == "Doux du lac"


def test_deposits_cases_and_steps_that_make_no_sense_together_are_left_out() -> None:
    found = reading("Produit;Prix;Colisage;Multiple;Consigne", "Vin;6;12;6;0,20", "Jus;3;4;3;", "Pain;3;1;1;")
    told_quantities = [(str(each.step), str(each.case_size), str(each.deposit)) for each in found.proposals]
    assert told_quantities == [("6", "12", "0.20"), ("3", "None", "0.00"), ("1", "None", "0.00")]
