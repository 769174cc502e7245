"""Headers as people write them, and the columns they name."""

from __future__ import annotations

import pytest

from catalogs.importing.columns import hint, match_header
from catalogs.importing.headers import Field
from catalogs.importing.mapping import guess
from catalogs.importing.reading import read

MEANINGS = {
    Field.NAME: [
        "Produit",
        "PRODUITS",
        "Nom",
        "Nom du produit",
        "Désignation",
        "Désignation des articles",
        "Libellé produit",
        "Article",
        "Nom de l’article",
        "Product name",
        "Prodotto",
        "Nome prodotto",
    ],
    Field.PRICE: [
        "Prix",
        "Prix TTC",
        "PRIX T.T.C.",
        "Prix (€)",
        "Prix unitaire TTC en €",
        "Prix de vente TTC",
        "Tarif 2026",
        "Tarif TTC au 01/01/26",
        "P.U. TTC",
        "TTC",
        "Prix/unité",
        "Prix du colis",
        "Prix en euros",
        "Prezzo €",
        "Prezzo (IVA inclusa)",
        "Unit price",
        "price",
    ],
    Field.PRICE_EXCL: ["Prix HT", "Prix H.T", "P.U. HT", "PU € HT", "Tarif HT 2026", "Prix net HT", "Net price"],
    Field.PRICE_PER_MEASURE: [
        "Prix au kg",
        "Prix/kg",
        "€/kg",
        "Prix TTC/kg",
        "Tarif au kilo TTC",
        "Prezzo al kg",
        "Prix au litre",
    ],
    Field.REFERENCE: [
        "Réf",
        "Réf.",
        "Référence",
        "Référence unique",
        "Code EAN",
        "Code article",
        "N°",
        "Produit_ID",
        "sku",
    ],
    Field.CONTENT: [
        "Conditionnement",
        "Cond.",
        "Poids",
        "Poids / contenance",
        "Contenance",
        "Poids (g)",
        "Poids en kg",
        "Format",
        "Pezzatura",
    ],
    Field.UNIT: ["Unité", "Unité de vente", "U.M.", "Vendu par", "UV", "unit_type", "Unit"],
    Field.QUANTITY: ["Quantité", "Qté", "quantity", "Quantité ( dans l'unité définie colonne F )", "units"],
    Field.VAT_RATE: ["TVA", "TVA %", "Taux de TVA", "Tx TVA", "taux de TVA", "IVA %", "vat", "VAT rate"],
    Field.AVAILABLE: ["Dispo", "Disponible ?", "Actif", "Disponibile", "active", "En vente"],
    Field.STOCK: ["Stock", "Stock disponible", "on_hand", "Giacenza"],
    Field.ORGANIC: ["Bio", "AB", "organic", "Bio ?"],
    Field.FARM: ["Producteur", "Ferme", "Fournisseur", "producer", "Produttore"],
    Field.CATEGORY: ["Catégorie", "Rayon", "Famille", "category", "Categoria"],
    Field.REMARKS: ["Remarques", "Remarque", "Observations", "Commentaires", "Note"],
    Field.LOOSE: ["Vrac", "Sfuso", "bulk"],
    Field.DECIMALS: ['Quantités "à virgule"', "qt a virgule", "floatQt"],
    Field.WEIGHED: ["variablePrice", "Poids variable"],
    Field.DEPOSIT: ["Consigne", "Consigne (€)", "Cauzione"],
}
NOTHING = [
    "Total",
    "Montant",
    "À payer",
    "Famille A",
    "Le Foin",
    "Qté totale",
    "Image",
    "Date Image",
    "Prix d'achat",
    "Payé",
    "URL Image",
    "Quantité commandée",
    "Commentaire du chef sur la saison",
]


@pytest.mark.parametrize(("field", "title"), [(field, title) for field, titles in MEANINGS.items() for title in titles])
def test_a_title_means_its_field(field: Field, title: str) -> None:
    found = match_header(title)
    assert found is not None and found[0] is field


@pytest.mark.parametrize("title", NOTHING)
def test_a_title_that_is_none_of_ours_means_nothing(title: str) -> None:
    assert match_header(title) is None


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("Prix (au Kg)", "kg"),
        ("Poids (g)", "g"),
        ("€/kg", "kg"),
        ("Prix au litre", "litre"),
        ("Prix", ""),
        ("Poids en g", "g"),
    ],
)
def test_a_title_says_its_unit(title: str, unit: str) -> None:
    assert hint(title) == unit


def columns(text: str) -> dict[int, Field]:
    return guess(read(text.encode(), "liste.csv")).columns


def test_a_quantity_beside_a_unit_is_a_content_and_alone_the_buyers_column() -> None:
    assert columns("Produit;Prix;Quantité;Unité\nMiel;9;500;g\n")[2] is Field.QUANTITY
    assert 2 not in columns("Produit;Prix;Quantité\nMiel;9;2\n")
    assert columns("Produit;Prix;Quantité\nMiel;9;500 g\n")[2] is Field.CONTENT


def test_numbers_of_what_is_available_are_a_stock_and_yes_or_no_in_the_stock_is_not() -> None:
    assert columns("Produit;Prix;Dispo\nMiel;9;12\nPain;4;3\n")[2] is Field.STOCK
    assert columns("Produit;Prix;En stock\nMiel;9;oui\nPain;4;non\n")[2] is Field.AVAILABLE


def test_a_title_above_the_list_may_say_that_prices_are_without_vat() -> None:
    assert columns("Tarifs HT 2026;\n;\nProduit;Prix\nMiel;9\n")[1] is Field.PRICE_EXCL
    assert columns("Tarifs 2026;\n;\nProduit;Prix\nMiel;9\n")[1] is Field.PRICE


def test_a_column_without_a_title_is_asked_for_beside_a_price_that_has_one() -> None:
    mapping = guess(read(b";Prix;Dupont;Martin\nMiel de sapin;9,00;1;\nPain de seigle;4,20;;2\n", "liste.csv"))
    assert (mapping.header, mapping.columns, mapping.settled) == (1, {0: Field.NAME, 1: Field.PRICE}, False)


def test_prices_in_two_columns_of_the_same_title_are_asked_for() -> None:
    mapping = guess(read(b"Produit;Prix;Prix\nMiel;9,00;8,00\nPain;4,20;4,00\n", "liste.csv"))
    assert not mapping.settled
