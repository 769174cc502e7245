"""The pick-up in people's calendars."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from icalendar import Calendar

from cagette.models import User
from deliveries import correcting
from deliveries.calendars import round_calendar
from orders.models import Place, Round
from tests import cast

pytestmark = pytest.mark.django_db

STARTS = datetime(2027, 1, 14, 16, 0, tzinfo=UTC)
ENDS = datetime(2027, 1, 14, 18, 0, tzinfo=UTC)


def a_round() -> Round:
    round = cast.an_open_round(title="Commande de janvier")
    Round.objects.filter(pk=round.pk).update(delivery_starts_at=STARTS, delivery_ends_at=ENDS)
    Place.objects.filter(pk=round.place_id).update(access="Portail vert, code 12")
    return Round.objects.select_related("neighbourhood", "place").get(pk=round.pk)


def entry(round: Round, *, inside: bool = True) -> Any:
    (event,) = Calendar.from_ical(round_calendar(round, "en", inside=inside)).walk("VEVENT")
    return event


def test_an_entry_says_what_when_where_and_how_to_get_in() -> None:
    round = a_round()
    event = entry(round)
    assert event["SUMMARY"] == "Fetch the crate: Commande de janvier"
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (STARTS, ENDS)
    assert event["LOCATION"] == "Salle du Prorel, 2 rue de la Gare, Briançon"
    assert "Portail vert, code 12" in event["DESCRIPTION"]
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", 0)


def test_how_to_get_in_and_whom_to_ring_is_for_those_who_order_there() -> None:
    round = a_round()
    User.objects.filter(coordinated_rounds__round=round).update(phone="06 00 00 00 00")
    round.latecomers = "Chez Lucie"
    assert "Chez Lucie" in entry(round)["DESCRIPTION"]
    assert "06 00 00 00 00" in entry(round)["DESCRIPTION"]
    described = entry(round, inside=False)["DESCRIPTION"]
    assert "Portail" not in described
    assert "Chez Lucie" not in described
    assert "06 00 00 00 00" not in described


def test_times_are_those_of_the_neighbourhood() -> None:
    text = round_calendar(a_round(), "en", inside=True).decode()
    assert "DTSTART;TZID=Europe/Paris:20270114T170000" in text
    assert "BEGIN:VTIMEZONE" in text
    assert "METHOD:PUBLISH" in text


def test_a_move_keeps_the_uid_and_raises_the_sequence() -> None:
    round = a_round()
    before = entry(round)
    elsewhere = cast.a_place(round.neighbourhood, "Place du Temple")
    correcting.move(
        round, place=elsewhere, delivery_starts_at=STARTS, delivery_ends_at=ENDS, by=cast.the_coordinator(round)
    )
    after = entry(Round.objects.select_related("neighbourhood", "place").get(pk=round.pk))
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    assert after["LOCATION"].startswith("Place du Temple")


def test_a_round_that_is_called_off_is_cancelled_in_calendars_too() -> None:
    round = a_round()
    correcting.call_off_round(round, by=cast.the_coordinator(round), reason="Neige")
    event = entry(Round.objects.select_related("neighbourhood", "place").get(pk=round.pk))
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)
    assert event["DESCRIPTION"].startswith("Called off: there is nothing to fetch.")


def test_no_line_is_longer_than_the_format_allows() -> None:
    round = a_round()
    Place.objects.filter(pk=round.place_id).update(access="Sonnez à « Foyer », " * 20)
    content = round_calendar(Round.objects.select_related("neighbourhood", "place").get(pk=round.pk), "fr", inside=True)
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
