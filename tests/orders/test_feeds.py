"""What feed readers and calendars that subscribe get of a neighbourhood."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from deliveries import correcting
from orders import joining, rounds
from orders.feeds import feed_path
from orders.models import Neighbourhood, Place, Round
from tests import cast

pytestmark = pytest.mark.django_db

FEEDS = ("orders:feed", "deliveries:neighbourhood_ics")


def items_of(client: Client, neighbourhood: Neighbourhood) -> list[dict[str, str]]:
    answer = client.get(feed_path(neighbourhood))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/rss+xml; charset=utf-8")
    channel = ElementTree.fromstring(answer.content)
    return [{part.tag: part.text or "" for part in item} for item in channel.iter("item")]


def events_of(client: Client, neighbourhood: Neighbourhood) -> dict[str, Any]:
    answer = client.get(feed_path(neighbourhood, "deliveries:neighbourhood_ics"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return {str(event["SUMMARY"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


def test_the_feed_tells_of_open_and_coming_rounds_alone(client: Client) -> None:
    neighbourhood = cast.a_neighbourhood()
    cast.a_past_round(neighbourhood, title="Octobre")
    cast.a_proposed_round(neighbourhood, title="Projet")
    cast.an_overdue_round(neighbourhood, title="Hier")
    cast.an_upcoming_round(neighbourhood, title="Bientôt")
    cast.an_open_round(neighbourhood, title="Ouverte")
    cast.an_open_round(cast.a_neighbourhood("Forville"), title="Ailleurs")
    titles = [item["title"].partition(" · ")[0] for item in items_of(client, neighbourhood)]
    assert titles == ["Ouverte", "Bientôt"]


def test_an_item_says_when_where_and_from_whom_and_leads_to_the_round(client: Client) -> None:
    farm = cast.a_producer("Ferme du Prorel")
    round = cast.an_open_round(None, cast.a_catalog(farm, products=1), note="Apportez vos cageots.")
    (item,) = items_of(client, round.neighbourhood)
    assert item["link"] == f"{settings.SITE_URL}/rounds/{round.pk}/"
    assert all(
        words in item["description"] for words in ("Salle du Prorel", "Farms: Ferme du Prorel", "Apportez vos cageots.")
    )


def test_a_round_is_told_of_again_once_it_opens(client: Client) -> None:
    round = cast.an_upcoming_round()
    (before,) = items_of(client, round.neighbourhood)
    assert items_of(client, round.neighbourhood)[0]["guid"] == before["guid"]
    rounds.open_now(round, by=cast.the_coordinator(round))
    (after,) = items_of(client, round.neighbourhood)
    assert (before["link"] == after["link"], before["guid"] == after["guid"]) == (True, False)


@pytest.mark.parametrize("name", FEEDS)
def test_what_has_not_changed_is_not_sent_again(client: Client, name: str) -> None:
    neighbourhood = cast.a_neighbourhood()
    address = feed_path(neighbourhood, name)
    empty = client.get(address)
    assert client.get(address, headers={"If-None-Match": empty["ETag"]}).status_code == 304
    round = cast.an_open_round(neighbourhood)
    full = client.get(address, headers={"If-None-Match": empty["ETag"]})
    assert (full.status_code, full["Cache-Control"]) == (200, "max-age=600")
    assert client.get(address, headers={"If-None-Match": full["ETag"]}).status_code == 304
    Round.objects.filter(pk=round.pk).update(title="Commande de décembre")
    assert client.get(address, headers={"If-None-Match": full["ETag"]}).status_code == 200


def test_the_calendar_has_what_is_to_fetch_was_lately_or_was_called_off(client: Client) -> None:
    neighbourhood = cast.a_neighbourhood()
    cast.a_past_round(neighbourhood, title="Octobre")
    cast.a_proposed_round(neighbourhood, title="Projet")
    off = cast.an_open_round(neighbourhood, title="Neige")
    correcting.call_off_round(off, by=cast.the_coordinator(off), reason="Col fermé")
    cast.an_open_round(neighbourhood, title="Novembre")
    events = events_of(client, neighbourhood)
    assert {name.rpartition(": ")[2]: str(event["STATUS"]) for name, event in events.items()} == {
        "Octobre": "CONFIRMED",
        "Neige": "CANCELLED",
        "Novembre": "CONFIRMED",
    }


def test_a_pick_up_is_the_same_entry_in_the_feed_and_in_the_file_of_its_round(client: Client) -> None:
    round = cast.an_open_round()
    ends_at = round.delivery_ends_at
    elsewhere = cast.a_place(round.neighbourhood, "Place du Temple")
    correcting.move(
        round, place=elsewhere, delivery_starts_at=round.delivery_starts_at, delivery_ends_at=ends_at,
        by=cast.the_coordinator(round),
    )  # fmt: skip
    (fed,) = events_of(client, round.neighbourhood).values()
    (alone,) = Calendar.from_ical(client.get(f"/rounds/{round.pk}/calendar.ics").content).walk("VEVENT")
    same = ("UID", "SEQUENCE", "LOCATION", "SUMMARY", "DESCRIPTION")
    assert [fed[name] for name in same] == [alone[name] for name in same]
    assert (fed["SEQUENCE"], fed.decoded("DTSTART").tzinfo.key) == (1, "Europe/Paris")


def test_a_calendar_for_everybody_does_not_say_how_to_get_in_nor_whom_to_ring(client: Client) -> None:
    round = cast.an_open_round()
    Place.objects.filter(pk=round.place_id).update(access="Portail vert, code 12")
    coordinator = cast.the_coordinator(round)
    type(coordinator).objects.filter(pk=coordinator.pk).update(phone="06 00 00 00 00")
    client.force_login(coordinator)
    content = client.get(feed_path(round.neighbourhood, "deliveries:neighbourhood_ics")).content.decode()
    assert ("Portail vert" in content, "06 00 00 00 00" in content) == (False, False)


@pytest.mark.parametrize("name", FEEDS)
def test_an_unlisted_groups_feeds_open_by_the_address_its_members_see(client: Client, name: str) -> None:
    neighbourhood = cast.a_neighbourhood(listed=False)
    round = cast.an_open_round(neighbourhood)
    bare, address = reverse(name, args=[neighbourhood.slug]), feed_path(neighbourhood, name)
    assert [client.get(bare + link).status_code for link in ("", "?link=guess", "?link=%00")] == [404, 404, 404]
    answer = client.get(address)
    assert (answer.status_code, answer["X-Robots-Tag"]) == (200, "noindex")
    assert f"/rounds/{round.pk}/?link={round.share_token}" in answer.content.decode().replace("\r\n ", "")
    client.force_login(cast.a_member(neighbourhood))
    page = client.get(f"/neighbourhoods/{neighbourhood.slug}/").content.decode()
    assert address in page


def test_the_address_of_an_unlisted_groups_feeds_lets_nobody_join_and_ends_with_the_invitation_link(
    client: Client,
) -> None:
    neighbourhood = cast.a_neighbourhood(listed=False)
    address = feed_path(neighbourhood)
    assert client.get(f"/neighbourhoods/{neighbourhood.slug}/invitation/{neighbourhood.feed_token}/").status_code == 404
    joining.new_invitation_link(neighbourhood, by=cast.a_coordinator(neighbourhood))
    assert client.get(address).status_code == 404
    assert client.get(feed_path(Neighbourhood.objects.get(pk=neighbourhood.pk))).status_code == 200


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_costs_the_same_for_one_and_for_three(client: Client, name: str) -> None:
    neighbourhood = cast.a_neighbourhood()
    counts = []
    for more in (1, 2):
        for _number in range(more):
            cast.an_open_round(neighbourhood)
        with CaptureQueriesContext(connection) as queries:
            client.get(feed_path(neighbourhood, name))
        counts.append(len(queries))
    assert counts[0] == counts[1]
