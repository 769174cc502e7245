"""The same key, the same answer, for edits of a catalog; and one field set as a sheet sets it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from catalogs import cells, editing, locks, refusals, supplies
from catalogs.cells import Misread
from catalogs.editing import Broken, ReferenceTaken, Stale
from catalogs.locks import NotHeld
from catalogs.models import CatalogEdit, EditRequest, Product, Supply
from catalogs.requests import Key, KeyReused
from orders import rounds
from tests import cast

pytestmark = pytest.mark.django_db

TOMME = {"name": "Tomme", "price": Decimal("8.50"), "reference": "T1"}
ADD = Key.of("add", TOMME)


def test_a_product_asked_for_twice_is_added_once() -> None:
    catalog = cast.a_catalog()
    made = [editing.add(catalog, TOMME, by=cast.a_user(), source="form", key=ADD) for _n in range(2)]
    assert made[0] == made[1] == catalog.products.get()
    assert (CatalogEdit.objects.count(), EditRequest.objects.count()) == (1, 1)
    assert CatalogEdit.objects.get().request == EditRequest.objects.get()


def test_a_refusal_is_given_again_after_its_reason_is_gone_in_the_readers_language() -> None:
    catalog = cast.a_catalog()
    other = cast.a_product(catalog, "Bûche", reference="T1")
    with pytest.raises(ReferenceTaken):
        editing.add(catalog, TOMME, by=None, source="form", key=ADD)
    Product.objects.filter(pk=other.pk).update(reference="B1")
    with pytest.raises(ReferenceTaken) as again:
        editing.add(catalog, TOMME, by=None, source="form", key=ADD)
    with translation.override("en"):
        assert str(again.value) == "“Bûche” has the reference T1 already."
    assert catalog.products.get() == other


def test_another_body_under_the_same_key_is_told_so_and_writes_nothing() -> None:
    catalog = cast.a_catalog()
    editing.add(catalog, TOMME, by=None, source="form", key=ADD)
    with pytest.raises(KeyReused):
        editing.add(catalog, {**TOMME, "reference": "T2"}, by=None, source="form", key=Key.of("add", "something else"))
    assert catalog.products.count() == 1


def test_the_same_key_in_another_catalog_is_another_request() -> None:
    for name in ("Automne", "Hiver"):
        editing.add(cast.a_catalog(name=name), TOMME, by=None, source="form", key=ADD)
    assert Product.objects.count() == 2


def test_each_kind_of_refusal_is_kept_and_read_as_it_was() -> None:
    for code, kind in refusals.KINDS.items():
        kept = kind(n=1).as_json()
        assert kept == {"refused": code, "n": 1}
        assert type(refusals.as_it_was(kept)) is kind


def test_verbs_without_a_key_write_their_request_too_and_nothing_for_nothing() -> None:
    product = cast.a_product(price="8.50")
    editing.change(product, {"price": Decimal(9), "origin": "Névache"}, by=None, source="form")
    editing.change(product, {"price": Decimal(9)}, by=None, source="form")
    assert [request.edits.count() for request in EditRequest.objects.all()] == [2]


def test_a_supply_asked_for_twice_is_started_once() -> None:
    product, key = cast.a_product(), Key.of("start", 20)
    made = [supplies.start(product, Decimal(20), by=cast.a_user(), key=key) for _n in range(2)]
    assert made[0] == made[1] == Supply.objects.get()


# One field


def test_a_field_is_set_as_typed() -> None:
    product, paul = cast.a_product(price="8.50"), cast.a_user()
    assert cells.set_field(product, "price", "9,00 €", seen="8.5", by=paul) == ["price"]
    assert cells.set_field(product, "allergens", ["milk"], seen=[], by=paul) == ["allergens"]
    assert cells.set_field(product, "stock", "", seen=None, by=paul) == []
    edits = CatalogEdit.objects.order_by("pk").values_list("field", "before", "after", "by")
    assert list(edits) == [("price", "8.5", "9", paul.pk), ("allergens", [], ["milk"], paul.pk)]


def test_of_two_who_set_a_field_the_second_gets_both_values_and_nothing_is_lost() -> None:
    product = cast.a_product(price="8.50")
    cells.set_field(product, "price", "9", seen="8.5", by=cast.a_user())
    with pytest.raises(Stale) as refusal:
        cells.set_field(product, "price", "10", seen="8.5", by=cast.a_user())
    assert refusal.value.figures["fields"] == {"price": {"seen": "8.5", "now": "9", "yours": "10"}}
    assert Product.objects.get(pk=product.pk).price == Decimal(9)
    assert cells.set_field(product, "price", "10", seen="9", by=cast.a_user()) == ["price"]


def test_two_who_type_the_same_agree() -> None:
    product = cast.a_product(price="8.50")
    cells.set_field(product, "price", "9", seen="8.5", by=cast.a_user())
    assert cells.set_field(product, "price", "9,0", seen="8.5", by=cast.a_user()) == []


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("price", "abc"),
        ("price", "-1"),
        ("price", "12,5,0"),
        ("price", "1e9"),
        ("name", " "),
        ("category", "weapons"),
        ("labels", ["organic", "in_conversion"]),
        ("step", "0"),
        ("content", "0"),
        ("vat_rate", "19"),
    ],
)
def test_what_a_form_cant_read_a_cell_cant_either(field: str, typed: object) -> None:
    product = cast.a_product(price="8.50")
    before = Product.objects.values().get()
    with pytest.raises(Misread) as refusal:
        cells.set_field(product, field, typed, seen=None, by=cast.a_user())
    assert str(refusal.value)
    assert Product.objects.values().get() == before


@pytest.mark.parametrize(
    ("field", "typed", "seen"),
    [
        ("price", "", "8.5"),
        ("step", "0,4", "1"),
        ("weighed", "on", False),
        ("price_per_kg", "18", None),
        ("content_unit", "g", ""),
    ],
)
def test_a_field_that_doesnt_go_with_the_others_is_told_as_in_the_form(field: str, typed: str, seen: object) -> None:
    product = cast.a_product(price="8.50", case_size=Decimal(6), minimum=Decimal(1))
    with pytest.raises(Broken) as refusal:
        cells.set_field(product, field, typed, seen=seen, by=cast.a_user())
    assert str(refusal.value)
    assert not CatalogEdit.objects.exists()


def test_what_was_wrong_before_is_no_reason_to_keep_a_price() -> None:
    old = cast.a_weighed_product(cast.a_catalog(), greatest_weight_g=None)
    assert cells.set_field(old, "price_per_kg", "19", seen="18", by=cast.a_user()) == ["price_per_kg"]


def test_a_weight_in_kilograms_is_asked_about() -> None:
    trout = cast.a_weighed_product(cast.a_catalog())
    with pytest.raises(Broken):
        cells.set_field(trout, "typical_weight_g", "3", seen=300, by=cast.a_user())


def test_what_setting_a_field_costs() -> None:
    product = Product.objects.select_related("catalog__producer").get(pk=cast.a_product(price="8.50").pk)
    paul = cast.a_user()
    with CaptureQueriesContext(connection) as queries:
        cells.set_field(product, "price", "9", seen="8.5", by=paul, key=Key.of("cell", "9"))
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    # The lock, the key, the product; the product, the request, the edit.
    assert len([sql for sql in statements if "vatrate" not in sql]) == 6


# The lock


def test_a_lock_is_held_until_its_savepoint_is_given_up() -> None:
    catalog = cast.a_catalog()
    with transaction.atomic():
        with transaction.atomic():
            locks.hold(catalog.pk)
            assert locks.is_held(catalog.pk)
            transaction.set_rollback(True)
        assert not locks.is_held(catalog.pk)
        with pytest.raises(NotHeld):
            locks.require_held([catalog.pk])
        locks.hold(catalog.pk)
        locks.require_held([catalog.pk])


def test_a_stall_isnt_set_up_while_its_catalog_may_change() -> None:
    stall = cast.a_proposed_round().stalls.get()
    with pytest.raises(NotHeld):
        rounds._set_up(stall)
