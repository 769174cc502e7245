"""Rounds as calendar files (RFC 5545): one UID each for good, a SEQUENCE that rises with each move."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import STATUS, Calendar, Event, vDuration

from orders.rounds import round_facts

if TYPE_CHECKING:
    from orders.models import Neighbourhood, Round

# How far back a subscribed calendar goes, and how often programs may look again.
PAST = timedelta(days=90)
REFRESHED = timedelta(hours=6)


def round_calendar(round: Round, language: str, *, inside: bool) -> bytes:
    """The pick-up as one event, as the round is now: when, where, and cancelled when it was called off.

    `inside` is for those who order there: how to get in, and whom to ring. It is published, not an invitation: nobody
    is asked to answer.
    """
    with translation.override(language):
        calendar = _calendar([_event(round, stamp=timezone.now(), inside=inside)], uid=_uid(round), language=language)
    return _written(calendar)


def neighbourhood_calendar(neighbourhood: Neighbourhood, language: str) -> bytes:
    """All its pick-ups to come and the last three months', for calendars that subscribe: the same bytes until one of
    them changes. For everybody, so without what only those inside may know.
    """
    rounds = neighbourhood.rounds.public().filter(delivery_ends_at__gt=timezone.now() - PAST)
    rounds = rounds.select_related("neighbourhood", "place").order_by("delivery_starts_at", "pk")
    with translation.override(language):
        events = [_event(round, stamp=round.published_at or round.created_at, inside=False) for round in rounds]
        name = _("Cagette: %(name)s") % {"name": neighbourhood.name}
        uid = f"neighbourhood-{neighbourhood.pk}@{settings.SITE_HOST}"
        calendar = _calendar(events, uid=uid, language=language, name=name, refresh_interval=REFRESHED)
    # The standard wants the type said, which the library leaves out; Outlook has a word of its own.
    calendar["REFRESH-INTERVAL"].params["VALUE"] = "DURATION"
    calendar.add("X-PUBLISHED-TTL", vDuration(REFRESHED))
    return _written(calendar)


def _event(round: Round, *, stamp: datetime, inside: bool) -> Event:
    zone, place, link = round.neighbourhood.zone, round.place, settings.SITE_URL + round.shared_path
    cancelled = round.state == round.State.CANCELLED
    about = [
        _("Called off: there is nothing to fetch.") if cancelled else "",
        *(_for_those_inside(round) if inside else []),
        link,
    ]
    return Event.new(
        uid=_uid(round),
        sequence=round.sequence,
        stamp=stamp,
        start=round.delivery_starts_at.astimezone(zone),
        end=round.delivery_ends_at.astimezone(zone),
        summary=_("Fetch the crate: %(title)s") % {"title": round.title},
        location=f"{place.name}, {place.address}",
        description="\n".join(line for line in about if line),
        url=link,
        status=STATUS.CANCELLED if cancelled else STATUS.CONFIRMED,
    )


def _uid(round: Round) -> str:
    return f"round-{round.pk}@{settings.SITE_HOST}"


def _for_those_inside(round: Round) -> list[str]:
    facts = round_facts(round)
    people = [f"{person['name']} {person['phone']}".strip() for person in facts["coordinators"]]
    return [facts["place"]["access"], facts["latecomers"], *people]


def _calendar(events: Iterable[Event], **more: Any) -> Calendar:
    return Calendar.new(prodid="-//Cagette//Cagette//FR", version="2.0", method="PUBLISH", subcomponents=events, **more)


def _written(calendar: Calendar) -> bytes:
    calendar.add_missing_timezones()
    content: bytes = calendar.to_ical()
    return content
