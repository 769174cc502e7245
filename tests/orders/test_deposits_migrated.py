"""Bare amounts of the version before become what they are for: one for each farm, amount and unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import connection

from catalogs.models import Catalog, Product, Returnable
from orders.models import Offer, OrderLine
from tests import cast

pytestmark = pytest.mark.django_db

OF_PRODUCTS = import_module("catalogs.migrations.0006_returnables_of_products")
OF_OFFERS = import_module("orders.migrations.0009_returnables_of_offers_and_lines")
# What holds once the rows are in the new shape: put aside, and put back to see that it does.
HELD = [
    ("catalogs_product", "product_deposit_of_a_returnable"),
    ("catalogs_product", "product_deposit_is_its_amount"),
    ("orders_offer", "offer_deposit_of_a_returnable"),
    ("orders_offer", "offer_deposit_is_its_amount"),
]


@pytest.fixture
def old_shape() -> Iterator[None]:
    """A database that lets deposits be bare amounts, until the end of the test."""
    with connection.cursor() as cursor:
        definitions = []
        for table, name in HELD:
            cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
            definitions.append((table, name, cursor.fetchone()[0]))
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, name, definition in definitions:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def a_product_of_old(catalog: Catalog, name: str, unit: str, deposit: str) -> Product:
    product = cast.a_product(catalog, name, unit=unit)
    Product.objects.filter(pk=product.pk).update(deposit=Decimal(deposit))
    return product


def forget() -> None:
    """Leave deposits as the version before wrote them."""
    for model in (Product, Offer, OrderLine):
        model._default_manager.update(returnable=None)
    Returnable.objects.all().delete()


def migrate() -> None:
    with connection.cursor() as cursor:
        for statement in (OF_PRODUCTS.MAKE, OF_PRODUCTS.NAME_PRODUCTS):
            cursor.execute(statement)
        *_columns, operation = OF_OFFERS.Migration.operations
        for statement in operation.sql:
            cursor.execute(statement)


def made() -> list[tuple[str, str, str, bool]]:
    found = Returnable.objects.select_related("producer").order_by("producer__name", "name", "amount")
    return [(each.producer.name, each.name, str(each.deposit), each.to_check) for each in found]


def test_each_farm_amount_and_unit_becomes_one_to_check(old_shape: None) -> None:
    hive, press = cast.a_catalog(cast.a_producer("Rucher")), cast.a_catalog(cast.a_producer("Pressoir"))
    winter = cast.a_catalog(hive.producer, "Hiver")
    honey = a_product_of_old(hive, "Miel", "jar", "0.50")
    jam = a_product_of_old(winter, "Confiture", "jar", "0.50")
    cider = a_product_of_old(hive, "Hydromel", "bottle", "0.50")
    juice = a_product_of_old(press, "Jus", "bottle", "0.50")
    small = a_product_of_old(press, "Petit jus", "bottle", "0.30")
    loose = a_product_of_old(press, "Vrac", "kg", "0.30")
    bare = cast.a_product(press, "Pain")
    migrate()
    assert made() == [
        ("Pressoir", "bouteille", "0.30", True),
        ("Pressoir", "bouteille", "0.50", True),
        ("Pressoir", "consigne au kilo", "0.30", True),
        ("Rucher", "bocal", "0.50", True),
        ("Rucher", "bouteille", "0.50", True),
    ]
    names = dict(Product.objects.values_list("pk", "returnable__name"))
    told = [names[each.pk] for each in (honey, jam, cider, juice, small, loose, bare)]
    assert told == ["bocal", "bocal", "bouteille", "bouteille", "bouteille", "consigne au kilo", None]


def test_offers_and_lines_name_what_they_were_sold_with(old_shape: None) -> None:
    hive = cast.a_catalog(cast.a_producer("Rucher"))
    cast.a_product(hive, "Miel", deposit=Decimal("0.50"), unit="jar")
    cast.a_product(hive, "Cire", position=1)
    round = cast.a_past_round(None, hive)
    household = cast.a_household(round.neighbourhood)
    order = cast.an_order_of_the_past(round, household, dict.fromkeys(cast.offers_of(round), 2))
    # Since then the jar has gone up, the wax is sold in a box, and a hand has changed one line in the database.
    Product.objects.filter(name="Miel").update(deposit=Decimal("0.80"))
    type(round).objects.filter(pk=round.pk).update(published_at="2024-03-01T08:00Z")
    other = cast.an_order_of_the_past(round, cast.a_household(round.neighbourhood), {cast.offers_of(round)[0]: 1})
    other.lines.update(deposit=Decimal("0.20"))
    forget()
    migrate()
    assert made() == [
        ("Rucher", "bocal", "0.20", True),
        ("Rucher", "bocal", "0.50", True),
        ("Rucher", "bocal", "0.80", True),
    ]
    jar = Returnable.objects.get(amount=Decimal("0.50"))
    assert jar.since == date(2024, 3, 1)
    assert [(offer.returnable, offer.deposit) for offer in cast.offers_of(round)] == [
        (jar, Decimal("0.50")),
        (None, Decimal(0)),
    ]
    assert list(order.lines.order_by("pk").values_list("returnable", "deposit")) == [
        (jar.pk, Decimal("0.50")),
        (None, Decimal(0)),
    ]
    changed = other.lines.select_related("returnable").get()
    assert changed.returnable is not None
    assert (changed.returnable.deposit, changed.deposit) == (Decimal("0.20"), Decimal("0.20"))


def test_what_is_there_already_is_named_once_and_since_its_first_day(old_shape: None) -> None:
    hive = cast.a_catalog(cast.a_producer("Rucher"))
    cast.a_product(hive, "Miel", deposit=Decimal("0.50"), unit="jar")
    Catalog.objects.filter(pk=hive.pk).update(created_at="2025-06-01T08:00Z")
    round = cast.an_open_round(None, hive)
    forget()
    migrate()
    assert (Returnable.objects.get().since, made()) == (date(2025, 6, 1), [("Rucher", "bocal", "0.50", True)])
    type(round).objects.update(published_at="2025-02-01T08:00Z")
    forget()
    migrate()
    assert Returnable.objects.get().since == date(2025, 2, 1)
    assert Product.objects.get().returnable == cast.offers_of(round)[0].returnable == Returnable.objects.get()
