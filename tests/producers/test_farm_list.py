"""The public list of farms, and what a farm's page says to search engines."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


def names(client: Client, **query: str) -> list[str]:
    return [farm.producer.name for farm in client.get("/farms/", query).context["farms"]]


def test_farms_that_sell_now_come_first_and_those_with_nothing_to_show_not_at_all(client: Client) -> None:
    for name in ("Abeilles", "Brebis"):
        cast.a_catalog(cast.a_producer(name), products=1)
    cast.an_open_round(None, cast.a_catalog(cast.a_producer("Zèbres", slug="zebres"), products=1))
    cast.a_catalog(cast.a_producer("Draft"), published_at=None)
    cast.a_catalog(cast.a_producer("Retired", retired_at=timezone.now()))
    cast.an_open_round(cast.a_neighbourhood(listed=False), cast.a_catalog(cast.a_producer("Unlisted"), products=1))
    assert names(client) == ["Zèbres", "Abeilles", "Brebis", "Unlisted"]


@pytest.mark.parametrize("query", ["biquettes", "BIQUETTÈS", "st-chaffrey", "caillou ro", "biquetes"])
def test_a_farm_is_found_by_name_or_commune(client: Client, query: str) -> None:
    cast.a_catalog(cast.a_producer("Les Biquettes du Caillou-Rond", commune="Saint-Chaffrey"))
    cast.a_catalog(cast.a_producer("Le Fournil", commune="Guillestre"))
    assert names(client, q=query) == ["Les Biquettes du Caillou-Rond"]


@pytest.mark.parametrize("query", ["Embrun", "%", "\0", "<b>", "' OR 1=1"])
def test_a_search_that_finds_no_farm_says_so(client: Client, query: str) -> None:
    cast.a_catalog(cast.a_producer("Le Fournil", commune="Guillestre"))
    page = client.get("/farms/", {"q": query}).content.decode()
    assert ("No farm of that name" in page) == (query != "\0")
    assert "<b>" not in page


def test_a_card_says_what_a_farm_sells_and_where_one_can_order_first(client: Client) -> None:
    catalog = cast.a_catalog()
    for name, category in (("Tomme", "dairy"), ("Œufs", "eggs"), ("Brousse", "dairy"), ("Laine", "other")):
        cast.a_product(catalog, name, category=category)
    cast.a_product(catalog, "Hidden", category="honey", available=False)
    (first, _later) = (cast.an_open_round(cast.a_neighbourhood(name), catalog) for name in ("Gare", "Forville"))
    (farm,) = client.get("/farms/").context["farms"]
    assert farm.categories == ["dairy", "eggs"]
    assert farm.next_stall.round == first


def test_the_list_costs_the_same_for_one_and_for_three(client: Client) -> None:
    counts = []
    for more in (1, 2):
        for number in range(more):
            cast.an_open_round(None, cast.a_catalog(cast.a_producer(f"Ferme {more} {number}"), products=2))
        with CaptureQueriesContext(connection) as queries:
            client.get("/farms/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def facts_of(client: Client, slug: str) -> dict[str, Any]:
    page = client.get(f"/farms/{slug}/").content.decode()
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    facts: dict[str, Any] = json.loads(text)
    return facts


def test_search_engines_read_who_a_farm_is_and_what_it_sells(client: Client) -> None:
    farm = cast.a_producer(latitude=Decimal("44.9"), longitude=Decimal("6.6"), phone="06 00 00 00 00")
    catalog = cast.a_catalog(farm)
    cast.a_product(catalog, "Tomme", "8.50", category="dairy")
    cast.a_weighed_product(catalog)
    facts = facts_of(client, farm.slug)
    assert (facts["@type"], facts["name"], facts["address"]["addressLocality"]) == (
        "LocalBusiness", "Ferme du Prorel", "Briançon",
    )  # fmt: skip
    prices = [each["priceSpecification"] for each in facts["makesOffer"]]
    assert [(price["price"], price.get("unitCode")) for price in prices] == [("8.50", None), ("18.00", "KGM")]
    assert "telephone" not in facts


def test_no_story_ends_the_script_it_stands_in(client: Client) -> None:
    story = "</script><script>alert(1)</script> & <!-- "
    farm = cast.a_producer(story=story)
    assert facts_of(client, farm.slug)["description"] == story
    assert "<script>alert" not in client.get(f"/farms/{farm.slug}/").content.decode()


def test_a_farms_page_leads_to_where_one_can_order(client: Client) -> None:
    catalog = cast.a_catalog(products=1)
    address = f"/farms/{catalog.producer.slug}/"
    assert "In no group order at the moment." in client.get(address).content.decode()
    round = cast.an_open_round(None, catalog)
    assert f'<a class="button button-primary" href="/rounds/{round.pk}/">' in client.get(address).content.decode()
