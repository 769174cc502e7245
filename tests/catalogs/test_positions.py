"""A product stands between its neighbours, and moving it changes it alone."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from catalogs import moving
from catalogs.models import Catalog, CatalogEdit, Product
from catalogs.moving import NotInThisCatalog
from catalogs.positions import PLACES, between
from tests import cast

PLACE = st.decimals(-10_000, 10_000, places=PLACES)


@pytest.mark.parametrize(
    ("low", "high", "place"),
    [
        (None, None, "1"),
        ("3", None, "4"),
        ("3.5", None, "4"),
        (None, "1", "0"),
        (None, "0.5", "0"),
        (None, "-2", "-3"),
        ("1", "2", "1.5"),
        ("1", "5", "3"),
        ("1", "1.5", "1.2"),
        ("1.9", "2.05", "2"),
        ("-1", "0", "-0.5"),
        ("-0.5", "0.5", "0"),
    ],
)
def test_a_place_is_the_shortest_number_in_between(low: str | None, high: str | None, place: str) -> None:
    found = between(None if low is None else Decimal(low), None if high is None else Decimal(high))
    assert found == Decimal(place)


@given(st.none() | PLACE, st.none() | PLACE)
def test_a_place_is_in_between_and_short_or_there_is_none(low: Decimal | None, high: Decimal | None) -> None:
    place = between(low, high)
    if place is None:
        assert low is not None and high is not None and high - low <= Decimal(1).scaleb(-PLACES)
    else:
        assert (low is None or low < place) and (high is None or place < high)
        assert place == round(place, PLACES)


def test_there_is_room_for_dozens_of_moves_to_one_spot() -> None:
    low, high, moves = Decimal(1), Decimal(2), 0
    while (place := between(low, high)) is not None:
        high, moves = place, moves + 1
    assert moves >= 40


# Moving


def names(catalog: Catalog) -> str:
    return "".join(catalog.products.order_by("position", "pk").values_list("name", flat=True))


def a_catalog_of(letters: str) -> Catalog:
    catalog = cast.a_catalog()
    for n, letter in enumerate(letters):
        cast.a_product(catalog, letter, position=n)
    return catalog


def move(catalog: Catalog, name: str, after: str | None) -> list[int]:
    product = catalog.products.get(name=name)
    return moving.move(product, after=catalog.products.get(name=after) if after else None, by=cast.a_user())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "after", "order"),
    [("d", "a", "adbc"), ("d", None, "dabc"), ("a", "d", "bcda"), ("b", "c", "acbd"), ("b", "a", "abcd")],
)
def test_a_product_is_moved_by_one_edit_of_its_own(name: str, after: str | None, order: str) -> None:
    catalog = a_catalog_of("abcd")
    moved = move(catalog, name, after)
    assert names(catalog) == order
    edits = CatalogEdit.objects.values_list("product__name", "field")
    assert list(edits) == ([] if order == "abcd" else [(name, "position")])
    assert len(moved) == len(edits)


@pytest.mark.django_db
def test_products_of_one_place_are_told_apart_once_something_moves_between_them() -> None:
    catalog = cast.a_catalog()
    for letter in "abcd":
        cast.a_product(catalog, letter, position=0)
    moved = move(catalog, "d", "a")
    assert names(catalog) == "adbc"
    assert len(moved) == 4
    assert CatalogEdit.objects.values("request").distinct().count() == 1


@pytest.mark.django_db
def test_a_hundred_moves_to_one_spot_end_in_order() -> None:
    catalog = a_catalog_of("abcdef")
    expected = list("abcdef")
    for turn in range(100):
        name = "cd"[turn % 2]
        move(catalog, name, "a")
        expected.remove(name)
        expected.insert(1, name)
        assert names(catalog) == "".join(expected)
    sizes = [request.edits.count() for request in catalog.edit_requests.all()]
    assert sizes.count(1) >= 95 and max(sizes) > 1


@pytest.mark.django_db
def test_any_moves_give_the_order_that_a_list_gives() -> None:
    catalog, expected, chance = a_catalog_of("abcdef"), list("abcdef"), random.Random(7)
    for _turn in range(60):
        name = chance.choice(expected)
        after = chance.choice([None, *(other for other in expected if other != name)])
        move(catalog, name, after)
        expected.remove(name)
        expected.insert(0 if after is None else expected.index(after) + 1, name)
    assert names(catalog) == "".join(expected)


@pytest.mark.django_db
def test_a_move_costs_the_same_however_long_the_catalog() -> None:
    counts = []
    for size in (3, 300):
        catalog = cast.a_catalog(products=size)
        first, last = catalog.products.all()[0], catalog.products.order_by("-position")[0]
        with CaptureQueriesContext(connection) as queries:
            moving.move(last, after=first, by=None)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_a_product_stands_behind_one_of_its_own_catalog_only() -> None:
    product, other = cast.a_product(), cast.a_product(cast.a_catalog(name="Hiver"))
    with pytest.raises(NotInThisCatalog):
        moving.move(product, after=other, by=None)
    assert not CatalogEdit.objects.exists()


@pytest.mark.django_db
def test_an_offer_keeps_the_place_it_was_published_with() -> None:
    catalog = a_catalog_of("abc")
    move(catalog, "c", "a")
    round = cast.an_open_round(None, catalog)
    move(catalog, "b", None)
    assert [(offer.name, offer.position) for offer in cast.offers_of(round)] == [("a", 1), ("c", 2), ("b", 3)]
    assert Product.objects.get(name="b").position < 0
