"""The farm's page of what it takes back, and naming it on a product."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalogs import editing
from catalogs.models import Catalog, Product, Returnable
from tests import cast
from tests.catalogs.test_products_form import JAR

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalog() -> Catalog:
    return cast.a_catalog()


@pytest.fixture
def farm(catalog: Catalog) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.a_farmer(catalog.producer))
    return client


@pytest.fixture
def jar(catalog: Catalog) -> Returnable:
    return cast.a_returnable(catalog.producer, "bocal", "0.50", to_check=True)


def page_of(catalog: Catalog) -> str:
    return reverse("catalogs:returnables", args=[catalog.producer.slug])


def in_use(catalog: Catalog) -> list[tuple[str, str, bool]]:
    found = Returnable.objects.in_use().filter(producer=catalog.producer).order_by("name", "amount")
    return [(each.name, str(each.amount.amount), each.to_check) for each in found]


def test_the_page_says_what_there_is_and_what_is_to_check(catalog: Catalog, farm: Client, jar: Returnable) -> None:
    for name in ("Miel", "Confiture"):
        cast.a_product(catalog, name, returnable=jar, available=False)
    cast.a_returnable(catalog.producer, "vieille caisse", "3", until=timezone.localdate())
    cast.a_returnable(cast.a_producer("Rucher"), "seau d'une autre")
    text = " ".join(farm.get(page_of(catalog)).content.decode().split())
    row = text[text.index("<tbody>") : text.index("</tbody>")]
    assert ("€0.50" in row, "2 products" in row, "to check" in row, "Retire" in row) == (True, True, True, False)
    assert "vieille caisse · €3.00 · from" in text
    assert "seau d" not in text


def test_the_page_asks_as_much_for_three_as_for_one(catalog: Catalog, farm: Client, jar: Returnable) -> None:
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as asked:
            farm.get(page_of(catalog))
        counts.append(len(asked))
        for name in ("caisse", "seau"):
            cast.a_product(catalog, name, returnable=cast.a_returnable(catalog.producer, name))
    assert counts[0] == counts[1]


def test_a_farm_adds_one(catalog: Catalog, farm: Client) -> None:
    answer = farm.post(page_of(catalog), {"name": " bocal  500 g ", "amount": "0,50 €"})
    assert (answer["Location"], in_use(catalog)) == (page_of(catalog), [("bocal 500 g", "0.50", False)])


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "", "amount": "0,50"}, "name"),
        ({"name": "  ", "amount": "0,50"}, "name"),
        ({"name": "bocal", "amount": "0,50"}, "name"),
        ({"name": "caisse", "amount": ""}, "amount"),
        ({"name": "caisse", "amount": "0"}, "amount"),
        ({"name": "caisse", "amount": "10 000"}, "amount"),
        ({"name": "c" * 81, "amount": "3"}, "name"),
    ],
)
def test_a_mistake_is_told_beside_its_field(
    catalog: Catalog, farm: Client, jar: Returnable, typed: dict[str, str], field: str
) -> None:
    answer = farm.post(page_of(catalog), typed)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert in_use(catalog) == [("bocal", "0.50", True)]


def test_a_farm_of_two_currencies_says_which(catalog: Catalog, farm: Client) -> None:
    Catalog.objects.filter(pk=cast.a_catalog(catalog.producer, "Genève").pk).update(currency="CHF")
    assert farm.post(page_of(catalog), {"name": "bocal", "amount": "0,50"}).status_code == 422
    farm.post(page_of(catalog), {"name": "bocal", "amount": "0,50", "currency": "CHF"})
    assert str(Returnable.objects.get().amount.currency) == "CHF"
    assert "CHF" in farm.get(page_of(catalog)).content.decode()


def test_a_farm_checks_renames_and_asks_for_more(catalog: Catalog, farm: Client, jar: Returnable) -> None:
    product = cast.a_product(catalog, returnable=jar)
    farm.post(reverse("catalogs:returnable_check", args=[jar.pk]))
    assert in_use(catalog) == [("bocal", "0.50", False)]
    edit = reverse("catalogs:returnable_edit", args=[jar.pk])
    assert 'value="0.50"' in farm.get(edit).content.decode()
    farm.post(edit, {"name": "bocal 500 g", "amount": "0,50"})
    assert in_use(catalog) == [("bocal 500 g", "0.50", False)]
    farm.post(edit, {"name": "bocal 500 g", "amount": "0,80"})
    product.refresh_from_db()
    assert (in_use(catalog), product.deposit) == ([("bocal 500 g", "0.80", False)], Decimal("0.80"))
    # A page kept open since then speaks of one that has ended.
    late = farm.post(edit, {"name": "bocal", "amount": "1"})
    assert (late.status_code, list(late.context["form"].errors)) == (422, ["name"])


def test_a_farm_retires_what_no_product_names(catalog: Catalog, farm: Client, jar: Returnable) -> None:
    product = cast.a_product(catalog, returnable=jar)
    retirement = reverse("catalogs:returnable_retirement", args=[jar.pk])
    assert "1 product names" in farm.post(retirement, follow=True).content.decode()
    editing.change(product, {"returnable": None}, by=None, source="form")
    assert "is no longer in use" in farm.post(retirement, follow=True).content.decode()
    assert in_use(catalog) == []


def posted(farm: Client, catalog: Catalog, **typed: str) -> Product | None:
    farm.post(reverse("catalogs:product_new", args=[catalog.pk]), JAR | {"vat_rate": "0"} | typed)
    return Product.objects.select_related("returnable").order_by("-pk").first()


def test_a_product_names_one_of_the_farms(catalog: Catalog, farm: Client, jar: Returnable) -> None:
    cast.a_returnable(catalog.producer, "bocal CHF", currency="CHF")
    page = farm.get(reverse("catalogs:product_new", args=[catalog.pk])).content.decode()
    assert ("bocal · €0.50" in page, "bocal CHF" in page) == (True, False)
    product = posted(farm, catalog, returnable=str(jar.pk))
    assert product is not None
    assert (product.returnable, product.deposit) == (jar, Decimal("0.50"))


def test_a_new_one_is_written_down_with_the_product(catalog: Catalog, farm: Client, jar: Returnable) -> None:
    product = posted(farm, catalog, returnable=str(jar.pk), new_returnable="petit bocal", new_deposit="0,30")
    assert product is not None
    assert (product.returnable and product.returnable.name, product.deposit) == ("petit bocal", Decimal("0.30"))
    # What the farm has already it has once.
    product = posted(farm, catalog, new_returnable="Petit Bocal", new_deposit="0,3")
    assert in_use(catalog) == [("bocal", "0.50", True), ("petit bocal", "0.30", False)]


def test_a_refused_product_keeps_what_was_typed_of_the_new_one(catalog: Catalog, farm: Client) -> None:
    typed = JAR | {"vat_rate": "0", "name": "", "new_returnable": "petit bocal", "new_deposit": "0,30"}
    answer = farm.post(reverse("catalogs:product_new", args=[catalog.pk]), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert all(f'value="{text}"' in page for text in ("petit bocal", "0,30"))
    assert '<details class="disclosure" open>' in page
    assert not Returnable.objects.exists()


def test_a_choice_that_ended_meanwhile_is_asked_about(catalog: Catalog, farm: Client, jar: Returnable) -> None:
    product = cast.a_product(catalog, "Miel", "9.50", unit="jar", vat_rate=Decimal(0), returnable=jar)
    edit = reverse("catalogs:product_edit", args=[product.pk])
    seen = farm.get(edit).context["form"].initial["seen"]
    farm.post(reverse("catalogs:returnable_edit", args=[jar.pk]), {"name": "bocal", "amount": "0,80"})
    typed = JAR | {"vat_rate": "0", "name": "Miel de sapin", "returnable": str(jar.pk), "seen": seen}
    answer = farm.post(edit, typed)
    following = Returnable.objects.get(until=None)
    assert list(answer.context["form"].errors) == ["returnable"]
    assert f'<option value="{following.pk}" selected' in answer.content.decode()
    product.refresh_from_db()
    assert (product.name, product.returnable) == ("Miel", following)
