"""A list against a catalogue: what is recognised, what changes, what is refused, and what is never done silently."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from cagette.errors import WrongState
from cagette.models import User
from catalogs.importing import applying
from catalogs.importing.mapping import guess, read_mapped
from catalogs.importing.preview import Outcome, Preview, compare
from catalogs.importing.reading import read
from catalogs.models import Catalog, CatalogEdit, CatalogImport, Product
from catalogs.tasks import erase_old_imports
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def catalog() -> Catalog:
    return cast.a_catalog(name="Hiver")


@pytest.fixture
def farmer(catalog: Catalog) -> User:
    return cast.a_farmer(catalog.producer)


def preview(catalog: Catalog, text: str) -> Preview:
    sheets = read(text.encode(), "liste.csv")
    return compare(read_mapped(sheets, guess(sheets)), catalog)


def outcomes(found: Preview) -> list[str]:
    return [line.outcome.name.lower() for line in found.lines]


def take_over(catalog: Catalog, text: str, by: User, *, hide_missing: bool = False) -> CatalogImport:
    started = applying.begin(catalog, text.encode(), "liste.csv", by=by)
    found = applying.preview_of(started)
    seen = frozenset(warning.code for warning in found.warnings)
    applying.apply(started, by=by, digest=found.digest, seen=seen, hide_missing=hide_missing)
    return started


def test_a_reference_recognises_a_product_that_was_renamed(catalog: Catalog) -> None:
    known = cast.a_product(catalog, "Miel", "9.00", reference="M-1")
    found = preview(catalog, "Réf;Produit;Prix\nM - 1;Miel de sapin;9,00\n")
    assert outcomes(found) == ["changed"]
    assert (found.lines[0].product, found.lines[0].values) == (known, {"name": "Miel de sapin"})


def test_without_a_reference_the_name_content_and_unit_recognise_it(catalog: Catalog) -> None:
    cast.a_product(catalog, "Crème de marrons", "4.00", reference="", content=Decimal(500), content_unit="g")
    cast.a_product(catalog, "Crème de marrons", "7.00", reference="", content=Decimal(1), content_unit="kg")
    found = preview(catalog, "Produit;Poids;Prix\ncreme  de marrons;0,5 kg;4,00\nCrème de Marrons;1000 g;7,50\n")
    assert [line.values.get("price") for line in found.lines] == [None, Decimal("7.50")]
    assert found.counts["added"] == 0


def test_a_content_set_by_hand_is_not_taken_for_another_product(catalog: Catalog) -> None:
    cast.a_product(catalog, "Miel", "9.00", reference="", unit="jar", content=Decimal(500), content_unit="g")
    found = preview(catalog, "Produit;Prix\nMiel;9,00\n")
    assert outcomes(found) == ["unchanged"]


def test_what_the_list_does_not_speak_of_stays(catalog: Catalog, farmer: User) -> None:
    product = cast.a_product(
        catalog, "Vin", "6.00", reference="V", case_size=6, deposit=Decimal("0.20"), origin="Alpes", available=False
    )
    take_over(catalog, "Réf;Produit;Prix\nV;Vin;6,50\n", farmer)
    product.refresh_from_db()
    assert (product.price, product.case_size, product.deposit) == (Decimal("6.50"), Decimal(6), Decimal("0.20"))
    assert (product.origin, product.available) == ("Alpes", False)


def test_a_list_that_marks_what_is_out_of_stock_speaks_of_all_its_rows(catalog: Catalog, farmer: User) -> None:
    back = cast.a_product(catalog, "Navet", "2.00", reference="N", available=False)
    gone = cast.a_product(catalog, "Chou", "3.00", reference="C")
    take_over(catalog, "Réf;Produit;Prix;Remarques\nN;Navet;2,00;\nC;Chou;3,00;RUPTURE\n", farmer)
    back.refresh_from_db()
    gone.refresh_from_db()
    assert (back.available, gone.available) == (True, False)


@pytest.mark.parametrize("price", ["RUPTURE", "0,00"])
def test_no_price_any_more_hides_a_known_product_and_keeps_its_price(
    catalog: Catalog, farmer: User, price: str
) -> None:
    product = cast.a_product(catalog, "Riz", "5.00", reference="R")
    take_over(catalog, f"Réf;Produit;Prix\nR;Riz;{price}\n", farmer)
    product.refresh_from_db()
    assert (product.available, product.price) == (False, Decimal("5.00"))


@pytest.mark.parametrize("price", ["RUPTURE", "0,00", "offert", "sur demande", "-", "2 € ou 3 €", "12 CHF"])
def test_no_price_adds_no_product_and_says_why(catalog: Catalog, price: str) -> None:
    found = preview(catalog, f"Produit;Prix\nRiz;{price}\nBlé;2,00\n")
    assert outcomes(found) == ["refused", "added"]
    assert found.lines[0].why


def test_a_reference_used_twice_stays_with_the_first_product(catalog: Catalog, farmer: User) -> None:
    rows = "Réf;Produit;Prix\nA1;Jambon supérieur;3,50\nA1;Jambon;3,00\n"
    found = preview(catalog, rows)
    assert outcomes(found) == ["added", "added"]
    assert "stands on row 2 already" in found.lines[1].notes[0]
    take_over(catalog, rows, farmer)
    assert set(catalog.products.values_list("name", "reference")) == {("Jambon supérieur", "A1"), ("Jambon", "")}
    assert preview(catalog, rows).empty


def test_the_same_row_twice_is_one_product_on_sale_if_either_is(catalog: Catalog, farmer: User) -> None:
    rows = "Produit;Prix;Actif\nCola 1,5 L;1,73;0\nCola 1,5 L;1,73;1\n"
    found = preview(catalog, rows)
    assert outcomes(found) == ["added", "duplicate"]
    take_over(catalog, rows, farmer)
    assert catalog.products.get().available


def test_the_same_name_at_two_prices_is_two_products_each_time(catalog: Catalog, farmer: User) -> None:
    rows = "Produit;Prix\nhuile colza;8,00\nHuile  Colza ;30,00\n"
    take_over(catalog, rows, farmer)
    found = preview(catalog, rows)
    assert outcomes(found) == ["unchanged", "unchanged"]
    assert "Row 2 has the same name" in found.lines[1].notes[0]


def test_a_price_a_hundred_times_higher_is_refused(catalog: Catalog) -> None:
    cast.a_product(catalog, "Savon", "5.20", reference="S")
    found = preview(catalog, "Réf;Produit;Prix\nS;Savon;520 €\n")
    assert outcomes(found) == ["refused"]
    assert "more than 100 times" in found.lines[0].why


def test_a_price_several_times_higher_is_a_warning(catalog: Catalog) -> None:
    cast.a_product(catalog, "Savon", "5.20", reference="S")
    found = preview(catalog, "Réf;Produit;Prix\nS;Savon;52 €\n")
    assert [warning.code for warning in found.warnings] == ["price-jump"]


def test_a_product_may_become_weighed_and_back(catalog: Catalog, farmer: User) -> None:
    product = cast.a_product(catalog, "Poulet", "15.00", reference="P", case_size=2)
    take_over(catalog, "Réf;Produit;Prix;Poids\nP;Poulet;12,90 €/kg;1,2-1,5 kg\n", farmer)
    product.refresh_from_db()
    assert (product.weighed, product.price, product.price_per_kg) == (True, None, Decimal("12.90"))
    assert product.case_size is None
    take_over(catalog, "Réf;Produit;Prix;Poids\nP;Poulet;16,00 €;1,3 kg\n", farmer)
    product.refresh_from_db()
    assert (product.weighed, product.price, product.price_per_kg) == (False, Decimal("16.00"), None)


def test_each_change_is_told_with_its_source(catalog: Catalog, farmer: User) -> None:
    product = cast.a_product(catalog, "Miel", "9.00", reference="M")
    take_over(catalog, "Réf;Produit;Prix;Origine\nM;Miel;9,50;Queyras\n", farmer)
    edits = CatalogEdit.objects.filter(product=product).values_list("field", "before", "after", "source", "by")
    assert set(edits) == {
        ("price", "9", "9.5", "import", farmer.pk),
        ("origin", "", "Queyras", "import", farmer.pk),
    }


def test_the_columns_of_an_applied_import_are_settled(catalog: Catalog, farmer: User) -> None:
    started = take_over(catalog, "Produit;Prix\nMiel;9,00\n", farmer)
    mapping = guess(read(b"Produit;Prix\nMiel;9\n", "liste.csv"))
    with pytest.raises(WrongState):
        applying.settle(started, mapping)


def test_a_preview_asks_the_database_once_however_long_the_list(catalog: Catalog) -> None:
    rows = "Produit;Prix\n" + "".join(f"Produit {number};{number},50\n" for number in range(1, 60))
    sheets = read(rows.encode(), "liste.csv")
    reading = read_mapped(sheets, guess(sheets))
    with CaptureQueriesContext(connection) as queries:
        assert compare(reading, catalog).counts["added"] == 59
    assert len(queries) == 1


def test_what_is_written_holds_for_the_catalogue(catalog: Catalog, farmer: User) -> None:
    take_over(
        catalog,
        "Produit;Prix;Minimum;Multiple;Colisage;Stock;Consigne\nVin;6,5;6;6;12;120;0,20\nPain;3;5;2;3;0;\n",
        farmer,
    )
    told = Product.objects.values_list("name", "minimum", "step", "case_size", "stock", "deposit")
    assert list(told) == [
        ("Vin", Decimal(0), Decimal(6), Decimal(12), Decimal(120), Decimal("0.20")),
        ("Pain", Decimal(0), Decimal(2), None, Decimal(0), Decimal(0)),
    ]


def test_old_files_are_erased_and_what_was_left_lying_goes(catalog: Catalog, farmer: User) -> None:
    applied = take_over(catalog, "Produit;Prix\nMiel;9,00\n", farmer)
    recent = take_over(catalog, "Produit;Prix\nMiel;9,50\n", farmer)
    left = applying.begin(catalog, b"Produit;Prix\nPain;4,20\n", "liste.csv", by=farmer)
    old = timezone.now() - timedelta(days=applying.KEPT_DAYS + 1)
    CatalogImport.objects.filter(pk=applied.pk).update(applied_at=old)
    CatalogImport.objects.filter(pk=left.pk).update(created_at=old)
    erase_old_imports()
    kept = {each.pk: bool(each.content) for each in CatalogImport.objects.all()}
    assert kept == {applied.pk: False, recent.pk: True}


def test_skipped_rows_say_what_they_are(catalog: Catalog) -> None:
    found = preview(catalog, "Produit;Prix\nMIELS;\nMiel;9,00\n\nTotal;9,00\nMerci !;\n")
    told = [(line.number, line.why) for line in found.of(Outcome.SKIPPED)]
    assert told == [(2, "heading"), (5, "total"), (6, "note")]
