"""/style/ and the pages for what goes wrong."""

import re

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, RequestFactory, override_settings
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from cagette.models import User
from cagette.templatetags.icons import CATEGORIES
from catalogs.models import Category

pytestmark = pytest.mark.django_db


@override_settings(DEBUG=False)
def test_style_is_for_staff_only(client: Client) -> None:
    assert client.get("/style/").status_code == 404
    client.force_login(User.objects.create_user("ines@example.org"))
    assert client.get("/style/").status_code == 404
    client.force_login(User.objects.create_user("staff@example.org", is_staff=True))
    assert client.get("/style/").status_code == 200


@override_settings(DEBUG=True)
def test_developers_see_it_without_signing_in(client: Client) -> None:
    page = client.get("/style/").content.decode()
    # What is wrong with a field stands beside it and is tied to it.
    assert 'aria-describedby="id_name_helptext id_name_error"' in page
    assert '<ul class="field-error errorlist" id="id_name_error">' in page
    assert 'aria-invalid="true"' in page


def test_each_category_of_products_is_drawn() -> None:
    drawn = (settings.BASE_DIR / "static/icons/categories.svg").read_text()
    assert set(re.findall(r'<symbol id="(\w+)"', drawn)) == CATEGORIES == set(Category)


def test_an_address_that_leads_nowhere_says_so(client: Client) -> None:
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert 'class="empty-title"' in answer.content.decode()


@pytest.mark.parametrize("template", ["400.html", "403_csrf.html", "500.html"])
def test_the_pages_for_broken_moments_ask_nothing_of_the_database(
    template: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0), translation.override("fr"):
        assert "</html>" in render_to_string(template)


def test_a_refusal_says_whom_to_ask() -> None:
    request = RequestFactory().get("/")
    assert "</html>" in render_to_string("403.html", {"request": request})


@pytest.mark.parametrize("address", ["/about/", "/credits/"])
def test_what_this_is_can_be_read_by_anyone(client: Client, address: str) -> None:
    assert client.get(address).status_code == 200
    assert client.post(address).status_code == 405
