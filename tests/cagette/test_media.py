from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


def stored(name: str) -> str:
    return f"/media/{default_storage.save(name, ContentFile(b'bytes'))}"


def test_photos_are_for_everybody_and_for_good() -> None:
    answer = Client().get(stored("products/a1b2.jpg"))
    assert answer.getvalue() == b"bytes"
    assert answer["Content-Type"] == "image/jpeg"
    assert "immutable" in answer["Cache-Control"]


def test_a_photo_costs_no_query_and_tells_caches_that_it_is_the_same_for_all(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    address = stored("products/a1b2-thumb.avif")
    with django_assert_num_queries(0):
        answer = Client(headers={"accept-language": "it"}).get(address)
    assert answer["Content-Type"] == "image/avif"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Length"] == "5"
    assert "Cookie" not in answer.get("Vary", "")
    assert not answer.cookies


def test_a_certificate_is_downloaded() -> None:
    assert "attachment" in Client().get(stored("certificates/a1b2.pdf"))["Content-Disposition"]


@pytest.mark.parametrize(
    "address",
    [
        "/media/products/nothing.jpg",
        "/media/products/../pick-lists/x.pdf",
        "/media/products/%2e%2e/pick-lists/x.pdf",
        "/media/products/",
        "/media/",
    ],
)
def test_what_isnt_there_isnt_found(address: str) -> None:
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize("name", ["pick-lists/x.pdf", "products/page.html", "products/drawing.svg"])
def test_what_isnt_public_isnt_served(name: str) -> None:
    assert Client().get(stored(name)).status_code == 404
