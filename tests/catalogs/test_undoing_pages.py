"""Forms that are sent twice are written once, and the history has a button that takes an edit back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalogs import editing
from catalogs.models import Catalog, CatalogEdit, EditRequest, Product
from tests import cast

pytestmark = pytest.mark.django_db

TOMME = {"name": "Tomme", "category": "dairy", "unit": "piece", "price": "8,50", "vat_rate": "0", "available": "on"}


def a_catalog_and_its_farmer(**fields: Any) -> tuple[Catalog, Client]:
    catalog = cast.a_catalog(**fields)
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.a_farmer(catalog.producer))
    return catalog, client


def post(client: Client, url: str, pk: int, **data: Any) -> Any:
    return client.post(reverse(f"catalogs:{url}", args=[pk]), data)


def told(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_product_sent_twice_is_added_once() -> None:
    catalog, client = a_catalog_and_its_farmer()
    answers = [post(client, "product_new", catalog.pk, **TOMME, key="k") for _n in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert catalog.products.count() == EditRequest.objects.count() == 1


def test_a_form_sent_again_is_answered_as_before_whatever_others_changed_since() -> None:
    catalog, client = a_catalog_and_its_farmer()
    product = cast.a_product(catalog, price="8.00")
    page = client.get(reverse("catalogs:product_edit", args=[product.pk]))
    typed = {**TOMME, "seen": page.context["form"]["seen"].value(), "key": "k"}
    first = post(client, "product_edit", product.pk, **typed)
    editing.change(Product.objects.get(), {"price": Decimal(12)}, by=cast.a_user(), source="form")
    again = post(client, "product_edit", product.pk, **typed)
    assert (first.status_code, again.status_code, again["Location"]) == (302, 302, first["Location"])
    assert Product.objects.get().price == Decimal(12)


def test_a_form_changed_and_sent_under_the_same_key_says_so_and_keeps_what_was_typed() -> None:
    catalog, client = a_catalog_and_its_farmer()
    post(client, "product_new", catalog.pk, **TOMME, key="k")
    answer = post(client, "product_new", catalog.pk, **{**TOMME, "name": "Bûche", "key": "k"})
    assert answer.status_code == 422
    assert "sent once before with something else in it" in told(answer)
    assert "Bûche" in told(answer)
    assert catalog.products.count() == 1


def test_the_same_photo_sent_twice_is_one_request_and_another_photo_isnt() -> None:
    catalog, client = a_catalog_and_its_farmer()
    answers = [
        post(client, "product_new", catalog.pk, **TOMME, key="k", photo=SimpleUploadedFile("a.png", content))
        for content in (b"no photo", b"no photo")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    post(client, "product_new", catalog.pk, **TOMME, key="k")
    again = post(client, "product_new", catalog.pk, **TOMME, key="k", photo=SimpleUploadedFile("a.png", b"another"))
    assert again.status_code == 422


def test_a_copy_and_a_supply_sent_twice_are_written_once() -> None:
    catalog, client = a_catalog_and_its_farmer(products=1)
    product = catalog.products.get()
    addresses = {post(client, "product_copy", product.pk, key="k")["Location"] for _n in range(2)}
    assert len(addresses) == 1 and catalog.products.count() == 2
    for _n in range(2):
        assert post(client, "supply", product.pk, quantity="20", key="s").status_code == 302
    assert product.supplies.count() == 1


def test_each_form_carries_a_key_of_its_own() -> None:
    catalog, client = a_catalog_and_its_farmer(products=1)
    address = reverse("catalogs:product_edit", args=[catalog.products.get().pk])
    pages = [client.get(address).content.decode() for _n in range(2)]
    keys = [part.split('"')[0] for page in pages for part in page.split('name="key" value="')[1:]]
    assert len(keys) == len(set(keys)) == 4


# History


def test_an_edit_is_undone_and_done_again_on_the_history_page() -> None:
    catalog, client = a_catalog_and_its_farmer(products=1)
    product = catalog.products.get()
    editing.change(product, {"price": Decimal(9)}, by=cast.a_user(), source="form")
    edit = CatalogEdit.objects.get()
    page = told(post_and_follow(client, "edit_undoing", edit.pk))
    assert "Undone. You can undo that too." in page
    assert Product.objects.get().price == Decimal("4.50")
    assert reverse("catalogs:edit_undoing", args=[edit.pk]) not in page
    undo = CatalogEdit.objects.get(undoes=edit)
    assert f'formaction="{reverse("catalogs:edit_undoing", args=[undo.pk])}">Undo<' in page
    post_and_follow(client, "edit_undoing", undo.pk)
    assert Product.objects.get().price == Decimal(9)


def post_and_follow(client: Client, name: str, pk: int, **data: Any) -> Any:
    answer = client.post(reverse(f"catalogs:{name}", args=[pk]), data, follow=True)
    assert answer.status_code == 200
    return answer


def test_what_cant_be_undone_is_told_with_what_it_is_now() -> None:
    catalog, client = a_catalog_and_its_farmer(products=1)
    product = catalog.products.get()
    for price in (9, 10):
        editing.change(product, {"price": Decimal(price)}, by=cast.a_user(), source="form")
    page = told(post_and_follow(client, "edit_undoing", CatalogEdit.objects.order_by("pk")[0].pk))
    assert "has changed since, and stays what it is now: €10.00." in page
    assert Product.objects.get().price == Decimal(10)


def test_what_was_written_together_is_undone_together() -> None:
    catalog, client = a_catalog_and_its_farmer(products=3)
    changed = [(product, {"price": Decimal(9)}) for product in catalog.products.all()]
    editing.apply(catalog, added=[], changed=changed, by=cast.a_user(), source="import")
    request = EditRequest.objects.get()
    page = told(client.get(reverse("catalogs:history", args=[catalog.pk])))
    assert page.count("Undo all 3<") == 1
    page = told(post_and_follow(client, "request_undoing", request.pk))
    assert "3 changes are undone." in page
    assert set(catalog.products.values_list("price", flat=True)) == {Decimal("4.50")}


def test_an_undo_sent_twice_is_done_once_and_answered_alike() -> None:
    catalog, client = a_catalog_and_its_farmer(products=1)
    editing.change(catalog.products.get(), {"price": Decimal(9)}, by=cast.a_user(), source="form")
    edit = CatalogEdit.objects.get()
    pages = [told(post_and_follow(client, "edit_undoing", edit.pk, key="k")) for _n in range(2)]
    assert all("Undone." in page for page in pages)
    assert CatalogEdit.objects.count() == 2


def test_history_costs_the_same_with_many_requests_and_with_one() -> None:
    counts = []
    for size in (1, 5):
        catalog, client = a_catalog_and_its_farmer(products=size)
        for product in catalog.products.all():
            editing.change(product, {"price": Decimal(9), "origin": "Névache"}, by=cast.a_user(), source="form")
        address = reverse("catalogs:history", args=[catalog.pk])
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert told(client.get(address)).count("Undo all 2<") == size
        counts.append(len(queries))
    assert counts[0] == counts[1]


# Its place


def test_a_product_is_moved_on_its_page() -> None:
    catalog, client = a_catalog_and_its_farmer(products=3)
    one, _two, three = catalog.products.all()
    page = client.get(reverse("catalogs:product_edit", args=[three.pk]))
    assert page.context["move_form"]["after"].value() == _two.pk
    assert post(client, "product_moving", three.pk, after=one.pk).status_code == 302
    assert [product.name for product in catalog.products.all()] == ["Tomme 1", "Tomme 3", "Tomme 2"]
    post(client, "product_moving", three.pk, after="")
    assert [product.name for product in catalog.products.all()] == ["Tomme 3", "Tomme 1", "Tomme 2"]
    assert "place in the list" in told(client.get(reverse("catalogs:history", args=[catalog.pk])))


def test_a_product_of_another_farm_is_no_place_to_stand_behind() -> None:
    catalog, client = a_catalog_and_its_farmer(products=1)
    answer = client.post(
        reverse("catalogs:product_moving", args=[catalog.products.get().pk]),
        {"after": cast.a_product().pk},
        follow=True,
    )
    assert "Choose a product of this catalogue." in told(answer)
    assert not CatalogEdit.objects.exists()
