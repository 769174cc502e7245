"""Edits are taken back by new edits, and nothing that was written later is overwritten."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from PIL import Image

from cagette import tidying
from catalogs import editing, moving, supplies, undoing
from catalogs.models import Catalog, CatalogEdit, EditRequest, Product, Supply
from catalogs.undoing import CantUndo
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def a_tomme(**fields: Any) -> Product:
    values = {"name": "Tomme", "price": Decimal(8), **fields}
    return editing.add(cast.a_catalog(), values, by=cast.a_user("Paul"), source="form")


def change(product: Product, **values: Any) -> CatalogEdit:
    """Somebody changes one field; returns the edit."""
    editing.change(Product.objects.get(pk=product.pk), values, by=cast.a_user(), source="form")
    return newest()


def newest() -> CatalogEdit:
    return CatalogEdit.objects.latest("pk")


def undo(edit: CatalogEdit) -> CatalogEdit:
    undoing.undo(edit, by=cast.a_user("Lucie"))
    return newest()


def why(edit: CatalogEdit) -> list[str]:
    with pytest.raises(CantUndo) as refusal:
        undoing.undo(edit, by=cast.a_user())
    return [each["why"] for each in refusal.value.figures["edits"]]


def price(product: Product) -> Decimal | None:
    return Product.objects.get(pk=product.pk).price


def test_an_edit_is_undone_by_a_new_one_that_names_it() -> None:
    tomme, lucie = a_tomme(), cast.a_user("Lucie")
    edit = change(tomme, price=Decimal(9))
    undoing.undo(edit, by=lucie)
    again = newest()
    assert (again.field, again.before, again.after, again.undoes, again.by) == ("price", "9", "8", edit, lucie)
    assert again.request is not None and again.request.by == lucie
    assert price(tomme) == Decimal(8)


def test_doing_it_again_is_undoing_the_undo() -> None:
    tomme = a_tomme()
    edit = change(tomme, price=Decimal(9))
    undo(undo(edit))
    assert price(tomme) == Decimal(9)


def test_an_edit_is_undone_once() -> None:
    edit = change(a_tomme(), price=Decimal(9))
    undo(edit)
    assert why(edit) == ["undone"]


def test_what_somebody_changed_later_stays_and_both_values_are_told() -> None:
    tomme = a_tomme()
    edit = change(tomme, price=Decimal(9))
    change(tomme, price=Decimal(10))
    with pytest.raises(CantUndo) as refusal:
        undoing.undo(edit, by=cast.a_user())
    [problem] = refusal.value.figures["edits"]
    assert (problem["after"], problem["now"], problem["why"]) == ("9", "10", "changed")
    assert "€10.00" in str(refusal.value)
    assert price(tomme) == Decimal(10)


def test_a_later_edit_that_came_back_to_the_same_value_is_somebody_elses_too() -> None:
    tomme = a_tomme()
    edit = change(tomme, price=Decimal(9))
    change(tomme, price=Decimal(10))
    change(tomme, price=Decimal(9))
    assert why(edit) == ["changed"]


def test_the_last_steps_are_undone_one_after_the_other() -> None:
    tomme = a_tomme()
    first, second = change(tomme, price=Decimal(9)), change(tomme, price=Decimal(10))
    undo(second)
    undo(first)
    assert price(tomme) == Decimal(8)


def test_another_field_is_none_of_its_business() -> None:
    tomme = a_tomme()
    edit = change(tomme, price=Decimal(9))
    change(tomme, origin="Névache")
    undo(edit)
    tomme.refresh_from_db()
    assert (tomme.price, tomme.origin) == (Decimal(8), "Névache")


def test_a_product_that_was_added_is_hidden_and_shown_again() -> None:
    tomme = a_tomme()
    hidden = undo(CatalogEdit.objects.get(field=""))
    assert not Product.objects.get(pk=tomme.pk).available
    undo(hidden)
    assert Product.objects.get(pk=tomme.pk).available


def test_a_product_that_somebody_hid_and_showed_again_isnt_hidden_behind_their_back() -> None:
    tomme = a_tomme()
    added = newest()
    change(tomme, available=False)
    change(tomme, available=True)
    assert why(added) == ["changed"]


def test_a_copy_that_was_added_hidden_cant_be_hidden() -> None:
    editing.duplicate(a_tomme(), by=cast.a_user())
    assert why(newest()) == ["hidden"]


def test_a_field_that_no_longer_goes_with_the_others_gets_their_sentence() -> None:
    beans = a_tomme(name="Haricots", unit="kg", step=Decimal("0.5"), minimum=Decimal("0.5"))
    edit = change(beans, minimum=Decimal(1))
    change(beans, step=Decimal(1))
    with pytest.raises(CantUndo) as refusal:
        undoing.undo(edit, by=cast.a_user())
    assert "With steps of 1 this can be 0 or 1, not 0.5." in str(refusal.value)


def test_a_reference_that_another_product_has_now_isnt_given_back() -> None:
    tomme = a_tomme(reference="T1")
    edit = change(tomme, reference="T2")
    cast.a_product(tomme.catalog, "Bûche", reference="T1")
    assert why(edit) == ["taken"]


# Whole requests


def an_import(catalog: Catalog) -> EditRequest:
    """Adds a product, changes two fields of one and one of another."""
    one, two = catalog.products.all()[:2]
    editing.apply(
        catalog,
        added=[{"name": "Miel", "price": Decimal(9)}],
        changed=[(one, {"price": Decimal(6), "origin": "Névache"}), (two, {"price": Decimal(7)})],
        by=cast.a_user(),
        source="import",
    )
    return EditRequest.objects.latest("pk")


def test_a_whole_request_is_undone_at_once() -> None:
    catalog = cast.a_catalog(products=2)
    request = an_import(catalog)
    undoing.undo_request(request, by=cast.a_user())
    assert {(product.name, product.price, product.available) for product in catalog.products.all()} == {
        ("Tomme 1", Decimal("4.50"), True),
        ("Tomme 2", Decimal("4.50"), True),
        ("Miel", Decimal(9), False),
    }
    undone = EditRequest.objects.latest("pk")
    assert {edit.undoes_id for edit in undone.edits.all()} == {edit.pk for edit in request.edits.all()}
    undoing.undo_request(undone, by=cast.a_user())
    assert catalog.products.get(name="Tomme 1").origin == "Névache"


def test_a_request_of_which_one_edit_cant_be_undone_stays_whole_and_says_which() -> None:
    catalog = cast.a_catalog(products=2)
    request = an_import(catalog)
    two = catalog.products.get(name="Tomme 2")
    change(two, price=Decimal(10))
    before = list(catalog.products.values())
    with pytest.raises(CantUndo) as refusal:
        undoing.undo_request(request, by=cast.a_user())
    assert [(each["product"], each["now"]) for each in refusal.value.figures["edits"]] == [("Tomme 2", "10")]
    assert list(catalog.products.values()) == before


def test_undoing_a_request_costs_the_same_however_large() -> None:
    counts = []
    for size in (2, 1000):
        catalog = cast.a_catalog(products=size)
        changed = [(product, {"price": Decimal(7), "origin": "Névache"}) for product in catalog.products.all()]
        editing.apply(catalog, added=[], changed=changed, by=None, source="import")
        with CaptureQueriesContext(connection) as queries:
            undoing.undo_request(EditRequest.objects.get(catalog=catalog), by=cast.a_user())
        counts.append(len(queries))
        assert set(catalog.products.values_list("price", "origin")) == {(Decimal("4.50"), "")}
    assert counts[0] == counts[1]


# Catalogs, places and supplies


def test_a_catalogs_name_and_its_publication_are_undone() -> None:
    paul, catalog = cast.a_user(), cast.a_catalog(published_at=None)
    cast.a_product(catalog)
    editing.change_catalog(catalog, {"name": "Hiver"}, by=paul)
    renamed = newest()
    editing.publish(catalog, by=paul)
    hidden = undo(newest())
    undo(renamed)
    catalog.refresh_from_db()
    assert (catalog.name, catalog.published_at) == ("Automne", None)
    undo(hidden)
    assert Catalog.objects.published().get() == catalog


def test_a_catalog_stays_founded_and_a_name_taken_meanwhile_isnt_taken_back() -> None:
    farm, paul = cast.a_producer(), cast.a_user()
    catalog = editing.found_catalog(Catalog(producer=farm, name="Automne"), by=paul)
    assert why(newest()) == ["kept"]
    editing.change_catalog(catalog, {"name": "Hiver"}, by=paul)
    renamed = newest()
    cast.a_catalog(farm, "Automne")
    assert why(renamed) == ["taken"]


def test_a_move_is_undone() -> None:
    catalog = cast.a_catalog(products=3)
    last = catalog.products.get(name="Tomme 3")
    moving.move(last, after=None, by=cast.a_user())
    undo(newest())
    assert [product.name for product in catalog.products.all()] == ["Tomme 1", "Tomme 2", "Tomme 3"]


def test_a_shared_supply_is_given_back_as_it_was() -> None:
    tomme, paul = a_tomme(), cast.a_user()
    supply = supplies.start(tomme, Decimal(20), by=paul)
    started = newest()
    supplies.change(supply, Decimal(30), by=paul, professional_share=Decimal(5))
    assert why(started) == ["changed"]
    undo(newest())
    supply.refresh_from_db()
    assert (supply.quantity, supply.professional_share) == (Decimal(20), None)
    undo(started)
    assert supplies.current(tomme) is None


def test_a_supply_that_was_ended_goes_on_unless_another_one_has_begun() -> None:
    tomme, paul = a_tomme(), cast.a_user()
    supply = supplies.start(tomme, Decimal(20), by=paul)
    supplies.end(tomme, by=paul)
    ended = newest()
    undo(ended)
    assert supplies.current(tomme) == supply
    supplies.end(tomme, by=paul)
    ended = newest()
    supplies.start(tomme, Decimal(5), by=paul)
    assert why(ended) == ["changed"]


def test_a_supply_that_goes_on_has_what_is_left_of_it() -> None:
    tomme, paul = a_tomme(), cast.a_user()
    supply = supplies.start(tomme, Decimal(20), by=paul)
    supplies.end(tomme, by=paul)
    ended = newest()
    # Two were found missing from an order that took from it.
    Supply.objects.update(quantity=Decimal(18))
    undo(ended)
    assert (supplies.current(tomme), Supply.objects.get().quantity) == (supply, Decimal(18))


def test_what_was_added_out_of_stock_keeps_nothing_from_being_undone_together() -> None:
    catalog = cast.a_catalog()
    rows = [{"name": "A", "price": Decimal(9)}, {"name": "B", "price": Decimal(9), "available": False}]
    editing.apply(catalog, added=rows, changed=[], by=cast.a_user(), source="import")
    undoing.undo_request(EditRequest.objects.latest("pk"), by=cast.a_user())
    assert not catalog.products.filter(available=True).exists()
    assert CatalogEdit.objects.filter(undoes__isnull=False).count() == 1


def test_a_supply_never_goes_back_below_what_is_ordered() -> None:
    tomme, paul = a_tomme(), cast.a_user()
    supply = supplies.start(tomme, Decimal(20), by=paul)
    supplies.change(supply, Decimal(30), by=paul)
    Supply.objects.update(ordered=Decimal(25))
    with pytest.raises(CantUndo) as refusal:
        undoing.undo(newest(), by=paul)
    assert "25 have already been ordered" in str(refusal.value)
    assert Supply.objects.get().quantity == Decimal(30)


# Photos


def a_photo(colour: str) -> ContentFile[bytes]:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return ContentFile(out.getvalue(), name="a.png")


def test_a_photo_comes_back_after_the_cleaning(settings: LazySettings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    tomme = a_tomme(photo=a_photo("red"))
    red = str(tomme.photo)
    edit = change(tomme, photo=a_photo("blue"))
    away = change(tomme, photo="")
    unused = Product(name="never written")
    unused.photo.save("a.png", a_photo("green"), save=False)
    tidying.erase_unused_photos()
    assert not default_storage.exists(str(unused.photo))
    undo(away)
    undo(edit)
    tomme.refresh_from_db()
    assert str(tomme.photo) == red
    assert len(tomme.photo.read()) > 100


# What the database keeps


@pytest.mark.parametrize(
    "statement", ["UPDATE catalogs_editrequest SET answer = '{}'", "DELETE FROM catalogs_editrequest"]
)
def test_an_answer_that_was_given_stays(statement: str) -> None:
    change(a_tomme(), price=Decimal(9))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_lets_an_edit_be_undone_once() -> None:
    edit = change(a_tomme(), price=Decimal(9))
    undo(edit)
    row = {"catalog": edit.catalog, "product": edit.product, "field": "price", "source": "form", "undoes": edit}
    with pytest.raises(DatabaseError, match="undoes"):
        CatalogEdit.objects.create(**row)
