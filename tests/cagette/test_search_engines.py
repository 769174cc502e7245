"""What search engines are told: where to look, and what to leave alone."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import cast

pytestmark = pytest.mark.django_db


def mapped(client: Client) -> list[str]:
    answer = client.get("/sitemap.xml", headers={"host": "localhost"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml")
    return [
        address.removeprefix(settings.SITE_URL) for address in re.findall("<loc>(.*?)</loc>", answer.content.decode())
    ]


def test_the_map_has_what_anybody_may_read_and_nothing_else(client: Client) -> None:
    listed, unlisted = cast.a_neighbourhood(), cast.a_neighbourhood("Forville", listed=False)
    farm = cast.a_producer()
    cast.a_producer("A name alone")
    catalog = cast.a_catalog(farm, products=1)
    open_round = cast.an_open_round(listed, catalog)
    for make in (cast.a_past_round, cast.a_proposed_round):
        make(listed, catalog)
    cast.an_open_round(unlisted, catalog)
    assert mapped(client) == [
        *("/", "/farms/", "/about/"),
        f"/neighbourhoods/{listed.slug}/",
        f"/rounds/{open_round.pk}/",
        f"/farms/{farm.slug}/",
    ]
    for path in mapped(client):
        assert client.get(path).status_code == 200


def test_the_map_costs_the_same_for_one_and_for_three(client: Client) -> None:
    counts = []
    for more in (1, 2):
        for _number in range(more):
            cast.an_open_round()
        with CaptureQueriesContext(connection) as queries:
            mapped(client)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_robots_are_sent_to_the_map_and_away_from_where_one_signs_in(client: Client) -> None:
    answer = client.get("/robots.txt")
    lines = answer.content.decode().splitlines()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert {"User-agent: *", "Disallow: /coordination/", f"Sitemap: {settings.SITE_URL}/sitemap.xml"} <= set(lines)
