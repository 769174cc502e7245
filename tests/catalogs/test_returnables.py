"""What goes back to a farm: its deposit is written with it alone, and what was sold keeps what it was sold with."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from cagette.errors import WrongState
from cagette.models import User
from cagette.money import Money
from catalogs import editing, history, returnables
from catalogs.models import Catalog, CatalogEdit, Product, Returnable
from catalogs.returnables import ReturnableTaken
from orders.models import Offer
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalog() -> Catalog:
    return cast.a_catalog()


@pytest.fixture
def farmer(catalog: Catalog) -> User:
    return cast.a_farmer(catalog.producer)


@pytest.fixture
def jar(catalog: Catalog) -> Returnable:
    return cast.a_returnable(catalog.producer, "bocal 500 g", "0.50")


def euros(amount: str) -> Money:
    return Money(amount, "EUR")


def facts(product: Product) -> tuple[str | None, Decimal]:
    now = Product.objects.select_related("returnable").get(pk=product.pk)
    return now.returnable.name if now.returnable else None, now.deposit


def test_a_product_has_the_deposit_of_what_it_names(catalog: Catalog, jar: Returnable, farmer: User) -> None:
    values = {"name": "Miel", "price": Decimal(9), "returnable": jar}
    product = editing.add(catalog, values, by=farmer, source="form")
    assert facts(product) == ("bocal 500 g", Decimal("0.50"))
    assert editing.change(product, {"returnable": None}, by=farmer, source="form") == ["returnable"]
    assert (product.returnable, product.deposit, facts(product)) == (None, Decimal(0), (None, Decimal(0)))
    assert editing.change(product, {"returnable": jar}, by=farmer, source="form") == ["returnable"]
    assert (product.returnable, product.deposit) == (jar, Decimal("0.50"))
    assert editing.change(product, {"returnable": jar}, by=farmer, source="form") == []
    assert facts(editing.duplicate(product, by=farmer)) == ("bocal 500 g", Decimal("0.50"))


def test_the_deposit_alone_is_not_to_be_written(catalog: Catalog) -> None:
    with pytest.raises(ValueError, match="deposit"):
        editing.add(catalog, {"name": "Miel", "price": Decimal(9), "deposit": Decimal(1)}, by=None, source="form")


@pytest.mark.parametrize(
    ("told", "constraint"),
    [
        ({"deposit": Decimal("0.60")}, "product_deposit_is_its_amount"),
        ({"deposit": Decimal(0)}, "product_deposit_of_a_returnable"),
        ({"returnable": None}, "product_deposit_of_a_returnable"),
    ],
)
def test_the_database_lets_no_deposit_lie(jar: Returnable, catalog: Catalog, told: dict, constraint: str) -> None:  # type: ignore[type-arg]
    product = cast.a_product(catalog, returnable=jar)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Product.objects.filter(pk=product.pk).update(**told)


def test_the_amount_of_what_a_product_names_never_changes(jar: Returnable, catalog: Catalog) -> None:
    cast.a_product(catalog, returnable=jar)
    with pytest.raises(IntegrityError, match="product_deposit_is_its_amount"), transaction.atomic():
        Returnable.objects.filter(pk=jar.pk).update(amount=euros("0.60"))


def test_many_products_name_new_ones_in_as_many_statements_as_one(catalog: Catalog) -> None:
    crate = Returnable(producer=catalog.producer, name="caisse", amount=euros("3"))
    same = Returnable(producer=catalog.producer, name="caisse", amount=euros("3.00"))
    added = [{"name": name, "price": Decimal(5), "returnable": each} for name, each in (("A", crate), ("B", same))]
    editing.apply(catalog, added=added, changed=[], by=None, source="import")
    assert list(catalog.products.values_list("returnable__name", "deposit")) == [("caisse", Decimal(3))] * 2
    assert Returnable.objects.count() == 1
    # Another catalog of the farm has it already by then.
    other = cast.a_catalog(catalog.producer, "Hiver")
    late = Returnable(producer=catalog.producer, name="caisse", amount=euros("3"))
    editing.add(other, {"name": "C", "price": Decimal(5), "returnable": late}, by=None, source="import")
    assert Returnable.objects.count() == 1


def test_a_product_names_what_its_own_farm_takes_back_in_its_currency(catalog: Catalog, jar: Returnable) -> None:
    francs = cast.a_returnable(catalog.producer, "bocal", "0.50", currency="CHF")
    ended = cast.a_returnable(catalog.producer, "vieux bocal", until=timezone.localdate())
    for wrong, sentence in (
        (cast.a_returnable(cast.a_producer("Rucher")), "goes back to another farm"),
        (francs, "isn't in EUR, as this catalogue is"),
        (ended, "no longer in use"),
    ):
        values = {"name": "Miel", "price": Decimal(9), "returnable": wrong}
        with translation.override("en"), pytest.raises(editing.WrongReturnable, match=sentence):
            editing.add(catalog, values, by=None, source="form")
    assert not catalog.products.exists()


def test_a_farm_adds_one_of_a_name_and_amount_once(catalog: Catalog, jar: Returnable) -> None:
    added = returnables.add(catalog.producer, "bocal 500 g", euros("0.60"))
    assert (added.to_check, added.since, added.until) == (False, timezone.localdate(), None)
    with translation.override("en"), pytest.raises(ReturnableTaken, match=r"“bocal 500 g” for €0\.50 already"):
        returnables.add(catalog.producer, "bocal 500 g", euros("0.50"))
    assert returnables.add(cast.a_producer("Rucher"), "bocal 500 g", euros("0.50")).pk


def test_another_name_is_the_farms_own_word(catalog: Catalog, farmer: User) -> None:
    made = cast.a_returnable(catalog.producer, "bocal", "0.50", to_check=True)
    product = cast.a_product(catalog, returnable=made)
    renamed = returnables.change(made, name="Le Parfait", amount=euros("0.50"), by=farmer)
    assert (renamed.pk, renamed.name, renamed.to_check) == (made.pk, "Le Parfait", False)
    assert facts(product) == ("Le Parfait", Decimal("0.50"))
    assert not CatalogEdit.objects.exists()


def test_another_amount_ends_one_and_begins_the_next(catalog: Catalog, jar: Returnable, farmer: User) -> None:
    Returnable.objects.filter(pk=jar.pk).update(since=timezone.localdate() - timedelta(days=90), to_check=True)
    winter = cast.a_catalog(catalog.producer, "Hiver")
    honey, jam = cast.a_product(catalog, "Miel", returnable=jar), cast.a_product(winter, "Confiture", returnable=jar)
    bare = cast.a_product(catalog, "Cire")
    round = cast.an_open_round(None, catalog)
    following = returnables.change(jar, name="bocal 500 g", amount=euros("0.80"), by=farmer)
    jar.refresh_from_db()
    assert (jar.deposit, jar.until, jar.to_check) == (Decimal("0.50"), timezone.localdate(), False)
    assert (following.deposit, following.since, following.until) == (Decimal("0.80"), timezone.localdate(), None)
    assert [facts(each) for each in (honey, jam, bare)] == [
        ("bocal 500 g", Decimal("0.80")), ("bocal 500 g", Decimal("0.80")), (None, Decimal(0)),
    ]  # fmt: skip
    assert list(
        CatalogEdit.objects.order_by("pk").values_list("catalog", "product", "field", "before", "after", "by")
    ) == [
        (catalog.pk, honey.pk, "returnable", jar.pk, following.pk, farmer.pk),
        (winter.pk, jam.pk, "returnable", jar.pk, following.pk, farmer.pk),
    ]
    sold = Offer.objects.get(stall__round=round, product=honey)
    assert (sold.returnable_id, sold.deposit) == (jar.pk, Decimal("0.50"))
    with pytest.raises(WrongState):
        returnables.change(jar, name="bocal", amount=euros("1"), by=farmer)


def test_an_amount_that_is_there_already_changes_nothing(catalog: Catalog, jar: Returnable, farmer: User) -> None:
    cast.a_returnable(catalog.producer, "bocal 500 g", "0.80")
    product = cast.a_product(catalog, returnable=jar)
    with pytest.raises(ReturnableTaken):
        returnables.change(jar, name="bocal 500 g", amount=euros("0.80"), by=farmer)
    jar.refresh_from_db()
    assert (jar.until, facts(product)) == (None, ("bocal 500 g", Decimal("0.50")))


def test_one_that_products_name_is_not_retired(catalog: Catalog, jar: Returnable, farmer: User) -> None:
    product = cast.a_product(catalog, returnable=jar, available=False)
    with translation.override("en"), pytest.raises(WrongState, match="1 product names “bocal 500 g”"):
        returnables.retire(jar)
    editing.change(product, {"returnable": None}, by=farmer, source="form")
    returnables.retire(jar)
    jar.refresh_from_db()
    assert jar.until == timezone.localdate()
    with pytest.raises(WrongState):
        returnables.retire(jar)


def test_the_history_tells_it_by_name_and_amount(catalog: Catalog, jar: Returnable, farmer: User) -> None:
    product = cast.a_product(catalog)
    editing.change(product, {"returnable": jar}, by=farmer, source="form")
    editing.change(product, {"returnable": None}, by=farmer, source="form")
    with translation.override("en"):
        told = list(history.told(list(history.newest(catalog).order_by("pk")), "EUR"))
    assert [(each.what, each.before, each.after) for each in told] == [
        ("to give back", "", "bocal 500 g · €0.50"),
        ("to give back", "bocal 500 g · €0.50", ""),
    ]


@pytest.mark.parametrize(
    ("packing", "name"),
    [
        (("jar", Decimal("500.000"), "g"), "bocal 500 g"),
        (("bottle", Decimal("0.750"), "l"), "bouteille 0,75 l"),
        (("bottle", None, ""), "bouteille"),
        (("box", Decimal(6), "piece"), "caisse 6 pièces"),
        (("piece", Decimal(500), "g"), "consigne"),
        (("kg", None, ""), "consigne au kilo"),
    ],
)
def test_what_has_no_name_yet_is_called_after_its_packing(packing: tuple[str, Decimal | None, str], name: str) -> None:
    assert returnables.named_after(*packing) == name
