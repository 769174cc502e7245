"""The order sheet as a page: who sees what of it, and what it costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cagette.models import User
from catalogs.models import Product
from orders.models import Household, Offer, Round, Stall
from producers.models import Certificate
from tests import cast
from tests.orders.sheets import (
    a_full_catalog,
    page_of,
    save,
    signed_in,
    statements,
    text_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def round() -> Round:
    return cast.an_open_round(cast.a_neighbourhood(), a_full_catalog())


def test_anyone_sees_a_published_round_and_may_fill_it_in(round: Round) -> None:
    response = Client().get(page_of(round))
    text = text_of(response)
    assert response.status_code == 200
    for words in ("Tomme", "8,50 €", "2,10 €/kg", "18,00 €/kg", "5,40 €", "7,20 €", "0,30 €"):
        assert words in text
    assert "data-guest" in response.content.decode()
    assert 'name="household"' not in response.content.decode()


def test_a_member_gets_a_sheet_to_fill(round: Round, phone: Client, offers: list[Offer]) -> None:
    page = phone.get(page_of(round)).content.decode()
    assert f'name="quantity-{offers[0].pk}"' in page
    assert f'name="shown-{offers[0].pk}" value="{offers[0].stall_id}/0/0/0/0/8.5/gross"' in page


def test_photos_cost_a_sheet_neither_a_query_nor_a_file() -> None:
    queries = []
    for products in (3, 30):
        round = cast.an_open_round(None, cast.a_catalog(products=products))
        # Nothing is stored under this name: whoever opened the file would fail.
        Product.objects.update(photo=f"products/{'a' * 24}-1600x1200.jpg")
        with statements(at_most=10) as asked:
            page = Client().get(page_of(round)).content.decode()
        assert page.count(f'"/media/products/{"a" * 24}-1600x1200-thumb.jpg" alt="" width="72" height="72"') == products
        queries.append(len(asked))
    assert queries[0] == queries[1]


def test_an_unlisted_round_opens_by_its_link_which_the_session_remembers(round: Round) -> None:
    type(round.neighbourhood).objects.update(listed=False)
    visitor = Client()
    assert visitor.get(page_of(round)).status_code == 404
    assert visitor.get(page_of(round), {"link": "guessed"}).status_code == 404
    assert visitor.get(page_of(round), {"link": "made up\0"}).status_code == 404
    assert visitor.get(page_of(round), {"link": round.share_token}).status_code == 200
    assert visitor.get(page_of(round)).status_code == 200


def test_a_proposed_round_is_not_public() -> None:
    proposed = cast.a_proposed_round()
    assert Client().get(page_of(proposed)).status_code == 404
    assert signed_in(cast.the_coordinator(proposed)).get(page_of(proposed)).status_code == 200


@pytest.mark.parametrize("make", [cast.an_upcoming_round, cast.a_past_round, cast.an_overdue_round])
def test_a_round_that_is_not_open_shows_its_products_and_no_fields(make: Any) -> None:
    round = make()
    user = cast.a_member(round.neighbourhood)
    page = signed_in(user).get(page_of(round)).content.decode()
    assert "Tomme 1" in page
    assert 'name="quantity-' not in page


def test_a_closed_stall_inside_an_open_round_shows_what_one_has(household: Household, phone: Client) -> None:
    two = cast.an_open_round(household.neighbourhood, cast.a_catalog(products=1), cast.a_catalog(products=1))
    closed, still_open = cast.offers_of(two)
    cast.an_order(two, household, {closed: 2})
    Stall.objects.filter(pk=closed.stall_id).update(state="closed", closed_at=timezone.now())
    page = phone.get(page_of(two)).content.decode()
    assert f'name="quantity-{closed.pk}"' not in page
    assert f'name="quantity-{still_open.pk}"' in page
    assert 'data-fixed="9.00/9.00/0.00"' in page


def test_the_leaf_shows_only_while_a_certificate_covers_it(user: User) -> None:
    catalog = cast.a_catalog()
    cast.a_product(catalog, "Tomme", category="dairy", labels=["organic", "farmhouse"])
    round = cast.an_open_round(None, catalog)
    certificate = Certificate.objects.create(
        producer=catalog.producer, certifier_code="FR-BIO-01", expires_on=timezone.localdate()
    )
    assert "label-organic" in Client().get(page_of(round)).content.decode()
    Certificate.objects.filter(pk=certificate.pk).update(scope=["vegetables"])
    assert "label-organic" not in Client().get(page_of(round)).content.decode()


def test_little_that_is_left_is_told_and_nothing_left_can_not_be_filled(
    round: Round, phone: Client, offers: list[Offer]
) -> None:
    other = cast.the_household(cast.a_member(round.neighbourhood, "Rey"))
    order = cast.an_order(round, other, {offers[0]: 7})
    assert 'class="order-line-left"' in phone.get(page_of(round)).content.decode()
    save(other.memberships.get().user, round, other, offers[0], 10, seen=7)
    assert order.lines.get(offer=offers[0]).wanted == 10
    cast.an_order(round, cast.the_household(cast.a_member(round.neighbourhood, "Bo")), {offers[0]: 3})
    page = phone.get(page_of(round)).content.decode()
    assert f'name="quantity-{offers[0].pk}"' not in page
    assert 'data-state="soldout"' in page


def test_case_progress_counts_what_everybody_confirmed(round: Round, phone: Client, offers: list[Offer]) -> None:
    cast.an_order(round, cast.the_household(cast.a_member(round.neighbourhood, "Rey")), {offers[2]: 8})
    assert 'progress max="6" value="2"' in phone.get(page_of(round)).content.decode()


def test_a_professional_sees_the_professional_price() -> None:
    catalog = cast.a_catalog()
    cast.a_product(catalog, "Tomme", "8.50", professional_price=Decimal("7.00"), content=500, content_unit="g")
    round = cast.an_open_round(None, catalog)
    cook = cast.a_membership(cast.a_household(round.neighbourhood, "La Table", kind="professional")).user
    text = text_of(signed_in(cook).get(page_of(round)))
    assert "7,00 €" in text
    assert "14,00 €/kg" in text
    assert "HT" in text


@pytest.mark.parametrize(("stalls", "products"), [(1, 1), (3, 3)])
def test_as_many_queries_for_one_product_as_for_nine(stalls: int, products: int) -> None:
    neighbourhood = cast.a_neighbourhood()
    catalogs = []
    for _n in range(stalls):
        catalog = cast.a_catalog()
        for position in range(products):
            cast.a_product(catalog, f"Tomme {position}", stock=5, case_size=6, position=position)
        catalogs.append(catalog)
    round = cast.an_open_round(neighbourhood, *catalogs)
    user = cast.a_member(neighbourhood)
    cast.an_order(round, cast.the_household(user), dict.fromkeys(cast.offers_of(round), 1))
    phone = signed_in(user)
    with statements(at_most=11) as asked:
        assert phone.get(page_of(round)).status_code == 200
    assert len(asked) == 11
