from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cagette.errors import WrongState
from catalogs import editing
from catalogs.editing import ReferenceTaken
from catalogs.models import Catalog, CatalogEdit, Product
from tests import cast

pytestmark = pytest.mark.django_db
TOMME = {"name": "Tomme", "price": Decimal("8.50"), "reference": "T1", "labels": ["farmhouse"]}


def edits(product: Product | None = None) -> list[tuple[str, Any, Any]]:
    rows = CatalogEdit.objects.order_by("pk")
    return list((rows.filter(product=product) if product else rows).values_list("field", "before", "after"))


def test_a_product_added_is_written_into_the_history() -> None:
    ana, catalog = cast.a_user(), cast.a_catalog()
    product = editing.add(catalog, TOMME, by=ana, source="form")
    edit = CatalogEdit.objects.get()
    assert (edit.catalog, edit.product, edit.by, edit.field, edit.source) == (catalog, product, ana, "", "form")
    assert edit.after is not None
    assert (edit.after["price"], edit.after["labels"]) == ("8.5", ["farmhouse"])


def test_products_line_up_in_the_order_they_came() -> None:
    catalog = cast.a_catalog()
    for name in ("Tomme", "Faisselle", "Bûche"):
        editing.add(catalog, {"name": name, "price": Decimal(5)}, by=None, source="import")
    places = [(product.name, int(product.position)) for product in catalog.products.all()]
    assert places == [("Tomme", 1), ("Faisselle", 2), ("Bûche", 3)]


def test_only_what_differs_is_written() -> None:
    ana = cast.a_user()
    product = cast.a_product(name="Tomme", price="8.50", labels=["pdo"])
    changed = editing.change(
        product,
        {"name": "Tomme", "price": Decimal("9.00"), "labels": ["pdo", "farmhouse"], "stock": None},
        by=ana,
        source="form",
    )
    assert changed == ["price", "labels"]
    assert edits() == [("price", "8.5", "9"), ("labels", ["pdo"], ["farmhouse", "pdo"])]
    assert Product.objects.get(pk=product.pk).price == product.price == Decimal("9.00")


def test_the_same_amount_written_otherwise_is_no_change() -> None:
    product = cast.a_product(price="8.50")
    assert editing.change(product, {"price": Decimal("8.5"), "step": Decimal("1.000")}, by=None, source="import") == []
    assert edits() == []


def test_before_is_what_was_there_when_it_was_written() -> None:
    stale = cast.a_product(price="8.50")
    editing.change(Product.objects.get(pk=stale.pk), {"price": Decimal(9)}, by=None, source="form")
    editing.change(stale, {"price": Decimal(10)}, by=None, source="form")
    assert edits() == [("price", "8.5", "9"), ("price", "9", "10")]


def test_a_reference_belongs_to_one_product() -> None:
    catalog = cast.a_catalog()
    editing.add(catalog, TOMME, by=None, source="form")
    other = editing.add(catalog, {"name": "Faisselle", "price": Decimal(2)}, by=None, source="form")
    with pytest.raises(ReferenceTaken):
        editing.add(catalog, TOMME, by=None, source="form")
    with pytest.raises(ReferenceTaken):
        editing.change(other, {"reference": "T1"}, by=None, source="form")
    assert catalog.products.count() == 2


def test_a_copy_is_hidden_and_has_no_reference() -> None:
    product = cast.a_product(name="Tomme", price="8.50", allergens=["milk"], deposit=Decimal("0.50"))
    copy = editing.duplicate(product, by=cast.a_user())
    assert (copy.reference, copy.available, copy.price, copy.allergens, copy.deposit) == (
        "",
        False,
        product.price,
        ["milk"],
        Decimal("0.50"),
    )
    assert copy.name != product.name


def test_a_batch_is_all_or_nothing() -> None:
    catalog = cast.a_catalog(products=1)
    known = catalog.products.get()
    with pytest.raises(Exception, match="product_priced_one_way"):
        editing.apply(
            catalog,
            added=[TOMME, {"name": "Without a price"}],
            changed=[(known, {"price": Decimal(1)})],
            by=None,
            source="import",
        )


def test_a_batch_counts_what_it_did_and_writes_its_history() -> None:
    catalog = cast.a_catalog(products=2)
    one, two = catalog.products.all()
    tally = editing.apply(
        catalog,
        added=[TOMME],
        changed=[(one, {"price": Decimal(6), "origin": "Névache"}), (two, {"price": two.price})],
        by=cast.a_user(),
        source="import",
    )
    assert tally == editing.Tally(added=1, changed=1, fields=2)
    assert edits(one) == [("price", "4.5", "6"), ("origin", "", "Névache")]
    assert edits(two) == []
    again = editing.apply(catalog, added=[], changed=[(one, {"price": Decimal(6)})], by=None, source="import")
    assert again == editing.Tally(added=0, changed=0, fields=0)


def test_a_batch_costs_the_same_however_large() -> None:
    counts = []
    for size in (1, 1000):
        catalog = cast.a_catalog(products=size)
        changed = [(product, {"price": Decimal(7)}) for product in catalog.products.all()]
        added = [{"name": f"N{n}", "price": Decimal(1)} for n in range(size)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            editing.apply(catalog, added=added, changed=changed, by=None, source="import")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_unknown_field_is_a_mistake_in_the_program() -> None:
    with pytest.raises(ValueError, match="colour"):
        editing.add(cast.a_catalog(), {**TOMME, "colour": "red"}, by=None, source="form")


def test_a_catalog_is_published_and_withdrawn_once_each() -> None:
    ana, catalog = cast.a_user(), cast.a_catalog(products=1, published_at=None)
    editing.publish(catalog, by=ana)
    with pytest.raises(WrongState):
        editing.publish(catalog, by=ana)
    assert Catalog.objects.published().get() == catalog
    editing.withdraw(catalog, by=ana)
    with pytest.raises(WrongState):
        editing.withdraw(catalog, by=ana)
    assert edits() == [("published", False, True), ("published", True, False)]


def test_an_empty_catalog_is_not_published() -> None:
    catalog = cast.a_catalog(published_at=None)
    cast.a_product(catalog, available=False)
    with pytest.raises(WrongState):
        editing.publish(catalog, by=cast.a_user())
    assert not Catalog.objects.published().exists()
