"""A deposit in a price list is for something: one of the farm's, or a new one for the farm to check."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from cagette.models import User
from cagette.spreadsheets import write_csv
from catalogs import exporting
from catalogs.importing.telling import shown
from catalogs.models import Catalog, Returnable
from tests import cast
from tests.catalogs.test_import_preview import outcomes, preview, take_over

pytestmark = pytest.mark.django_db

HEADER = "Réf;Produit;Unité;Contenance;Prix;Consigne\n"
IN_JARS: dict[str, Any] = {"unit": "jar", "content": Decimal(500), "content_unit": "g"}
HONEY = HEADER + "M;Miel;pot;500 g;9,00;0,50\n"


@pytest.fixture
def catalog() -> Catalog:
    return cast.a_catalog()


@pytest.fixture
def farmer(catalog: Catalog) -> User:
    return cast.a_farmer(catalog.producer)


def named(catalog: Catalog) -> list[tuple[str, str | None, str]]:
    products = catalog.products.select_related("returnable").order_by("position", "pk")
    return [(each.name, each.returnable.name if each.returnable else None, str(each.deposit)) for each in products]


def farms(catalog: Catalog) -> list[tuple[str, str, bool]]:
    found = Returnable.objects.filter(producer=catalog.producer, until=None).order_by("name", "amount")
    return [(each.name, str(each.amount.amount), each.to_check) for each in found]


def told(catalog: Catalog, text: str) -> list[str]:
    with translation.override("en"):
        return [note for line in preview(catalog, text).lines for note in line.notes]


def test_what_the_farm_does_not_know_is_made_to_check(catalog: Catalog, farmer: User) -> None:
    text = HONEY + "C;Confiture;pot;500 g;6,00;0,50\nJ;Jus;bouteille;75 cl;3,00;0,30\nP;Pain;;;3,00;\n"
    found = preview(catalog, text)
    assert [(each.name, each.deposit) for each in found.returnables] == [
        ("bocal 500 g", Decimal("0.50")),
        ("bouteille 75 cl", Decimal("0.30")),
    ]
    assert farms(catalog) == []
    assert told(catalog, text) == [
        "deposit €0.50 → bocal 500 g, new, to check",
        "deposit €0.50 → bocal 500 g, new, to check",
        "deposit €0.30 → bouteille 75 cl, new, to check",
    ]
    take_over(catalog, text, farmer)
    assert farms(catalog) == [("bocal 500 g", "0.50", True), ("bouteille 75 cl", "0.30", True)]
    assert named(catalog) == [
        ("Miel", "bocal 500 g", "0.50"), ("Confiture", "bocal 500 g", "0.50"),
        ("Jus", "bouteille 75 cl", "0.30"), ("Pain", None, "0.00"),
    ]  # fmt: skip


def test_the_same_list_again_changes_nothing(catalog: Catalog, farmer: User) -> None:
    take_over(catalog, HONEY, farmer)
    Returnable.objects.update(name="Le Parfait", to_check=False)
    found = preview(catalog, HONEY)
    assert (outcomes(found), found.returnables, told(catalog, HONEY)) == (["unchanged"], [], [])


def test_what_comes_in_it_already_tells_what_a_deposit_is_for(catalog: Catalog, farmer: User) -> None:
    known = cast.a_returnable(catalog.producer, "Le Parfait", "0.50")
    cast.a_returnable(catalog.producer, "caisse", "0.50")
    cast.a_product(cast.a_catalog(catalog.producer, "Hiver"), "Gelée", returnable=known, **IN_JARS)
    assert told(catalog, HONEY) == ["deposit €0.50 → Le Parfait"]
    take_over(catalog, HONEY, farmer)
    assert named(catalog) == [("Miel", "Le Parfait", "0.50")]


def test_one_named_after_the_packing_or_the_unit_alone_is_it(catalog: Catalog) -> None:
    cast.a_returnable(catalog.producer, "bocal", "0.50")
    assert told(catalog, HONEY) == ["deposit €0.50 → bocal"]
    cast.a_returnable(catalog.producer, "bocal 500 g", "0.50")
    assert told(catalog, HONEY) == ["deposit €0.50 → bocal 500 g"]


@pytest.mark.parametrize("differs", [{"amount": "0.60"}, {"currency": "CHF"}])
def test_another_amount_or_currency_is_another_thing(catalog: Catalog, differs: dict[str, str]) -> None:
    cast.a_returnable(catalog.producer, "bocal 500 g", **differs)
    assert told(catalog, HONEY) == ["deposit €0.50 → bocal 500 g, new, to check"]


def test_where_two_would_do_the_farm_is_asked(catalog: Catalog) -> None:
    for name in ("bocal vissé", "bocal à clip"):
        known = cast.a_returnable(catalog.producer, name, "0.50")
        cast.a_product(catalog, name, returnable=known, **IN_JARS)
    assert told(catalog, HONEY) == ["deposit €0.50 → bocal 500 g, new, to check"]


def test_another_deposit_in_the_list_is_another_returnable(catalog: Catalog, farmer: User) -> None:
    take_over(catalog, HONEY, farmer)
    dearer = HONEY.replace("0,50", "0,80")
    found = preview(catalog, dearer)
    with translation.override("en"):
        [change] = shown(found.lines, "EUR")[0].changes
    assert (change.what, change.before, change.after) == ("to give back", "bocal 500 g · €0.50", "bocal 500 g · €0.80")
    take_over(catalog, dearer, farmer)
    assert named(catalog) == [("Miel", "bocal 500 g", "0.80")]
    take_over(catalog, HONEY.replace("0,50", ""), farmer)
    assert named(catalog) == [("Miel", None, "0.00")]


def test_a_list_without_deposits_leaves_them(catalog: Catalog, farmer: User) -> None:
    take_over(catalog, HONEY, farmer)
    take_over(catalog, "Réf;Produit;Prix\nM;Miel;9,50\n", farmer)
    assert named(catalog) == [("Miel", "bocal 500 g", "0.50")]


def test_a_list_that_names_them_is_taken_at_its_word(catalog: Catalog, farmer: User) -> None:
    text = HONEY.replace("Consigne\n", "Consigne;À rendre\n").replace("0,50\n", "0,50;Petit bocal\n")
    assert told(catalog, text) == ["deposit €0.50 → Petit bocal, new"]
    take_over(catalog, text, farmer)
    assert farms(catalog) == [("Petit bocal", "0.50", False)]
    assert outcomes(preview(catalog, text.replace("Petit", "petit"))) == ["unchanged"]


@pytest.mark.parametrize("language", ["fr", "en", "it"])
def test_what_is_exported_comes_back_unchanged(catalog: Catalog, farmer: User, language: str) -> None:
    take_over(catalog, HONEY, farmer)
    other = cast.a_returnable(catalog.producer, "Le Parfait", "0.50")
    cast.a_product(catalog, "Gelée", returnable=other, **IN_JARS)
    catalog.products.update(category="honey")
    with translation.override(language):
        text = write_csv(exporting.rows(catalog)).decode("utf-8-sig")
    found = preview(catalog, text)
    assert ([line.values for line in found.lines], found.returnables) == ([{}, {}], [])
    Returnable.objects.update(until=None)
    catalog.products.filter(name="Gelée").update(returnable=Returnable.objects.get(name="bocal 500 g"))
    assert [line.values.get("returnable") for line in preview(catalog, text).lines] == [other, None]


def test_a_preview_asks_as_much_for_three_rows_as_for_one(catalog: Catalog) -> None:
    cast.a_returnable(catalog.producer, "caisse", "0.50")
    counts = []
    for rows in (1, 3):
        text = HEADER + "".join(f"R{n};Miel {n};pot;{n}00 g;9,00;0,50\n" for n in range(1, rows + 1))
        with CaptureQueriesContext(connection) as asked:
            shown(preview(catalog, text).lines, "EUR")
        counts.append(len(asked))
    assert counts == [3, 3]
