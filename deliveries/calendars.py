"""A round as a calendar file (RFC 5545): one UID for good, a SEQUENCE that rises with each move."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import STATUS, Calendar, Event

from orders.rounds import round_facts

if TYPE_CHECKING:
    from orders.models import Round


def round_calendar(round: Round, language: str, *, inside: bool) -> bytes:
    """The pick-up as one event, as the round is now: when, where, and cancelled when it was called off.

    `inside` is for those who order there: how to get in, and whom to ring. It is published, not an invitation: nobody
    is asked to answer.
    """
    facts = round_facts(round)
    zone = ZoneInfo(facts["zone"])
    place = facts["place"]
    people = [f"{person['name']} {person['phone']}".strip() for person in facts["coordinators"]]
    cancelled = round.state == round.State.CANCELLED
    with translation.override(language):
        about = [
            _("Called off: there is nothing to fetch.") if cancelled else "",
            *([place["access"], facts["latecomers"], *people] if inside else []),
            facts["round"]["link"],
        ]
        event = Event.new(
            uid=f"round-{round.pk}@{settings.SITE_HOST}",
            sequence=round.sequence,
            stamp=timezone.now(),
            start=datetime.fromisoformat(facts["delivery"]["starts"]).astimezone(zone),
            end=datetime.fromisoformat(facts["delivery"]["ends"]).astimezone(zone),
            summary=_("Fetch the crate: %(title)s") % {"title": round.title},
            location=f"{place['name']}, {place['address']}",
            description="\n".join(line for line in about if line),
            url=facts["round"]["link"],
            status=STATUS.CANCELLED if cancelled else STATUS.CONFIRMED,
        )
    calendar = Calendar.new(
        prodid="-//Cagette//Cagette//FR", version="2.0", method="PUBLISH", language=language, subcomponents=[event]
    )
    calendar.add_missing_timezones()
    content: bytes = calendar.to_ical()
    return content
