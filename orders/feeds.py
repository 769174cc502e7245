"""A neighbourhood's open and coming rounds for feed readers (RSS 2.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cagette import wording
from orders.models import Neighbourhood, Round, Stall

if TYPE_CHECKING:
    from datetime import datetime

# No neighbourhood has so many at a time.
MOST_ROUNDS = 50


def feed_path(neighbourhood: Neighbourhood, name: str = "orders:feed") -> str:
    """The address of a feed: an unlisted group's holds what it opens by."""
    path = reverse(name, args=[neighbourhood.slug])
    return path if neighbourhood.listed else f"{path}?link={neighbourhood.feed_token}"


def rss(neighbourhood: Neighbourhood) -> str:
    """The rounds published and not closed yet, those that opened last first; the same text until one of them changes.

    A round is told of twice, when it is published and when it opens: readers show again what has another guid.
    """
    feed = Rss201rev2Feed(
        title=_("%(name)s: group orders") % {"name": neighbourhood.name},
        link=settings.SITE_URL + reverse("orders:neighbourhood", args=[neighbourhood.slug]),
        description=_("Open and coming group orders of %(name)s, %(commune)s.")
        % {"name": neighbourhood.name, "commune": neighbourhood.commune},
        language=get_language(),
        feed_url=settings.SITE_URL + feed_path(neighbourhood),
    )
    now = timezone.now()
    for round in sorted(_rounds(neighbourhood, now), key=lambda round: (_told_at(round, now), round.pk), reverse=True):
        feed.add_item(
            title=f"{round.title} · {wording.day(round.delivery_starts_at, neighbourhood.zone)}",
            link=settings.SITE_URL + round.shared_path,
            description=_described(round),
            unique_id=f"round-{round.pk}-{round.phase(now)}@{settings.SITE_HOST}",
            unique_id_is_permalink=False,
            pubdate=_told_at(round, now),
        )
    # The date of the feed is that of its newest item; without any it would be now, and each answer another.
    if not feed.items:
        feed.latest_post_date = lambda: neighbourhood.created_at  # type: ignore[method-assign]
    return feed.writeString("utf-8")


def _rounds(neighbourhood: Neighbourhood, now: datetime) -> list[Round]:
    stalls = Stall.objects.filter(answer=Stall.Answer.ACCEPTED).exclude(state=Stall.State.DROPPED)
    rounds = Round.objects.in_neighbourhood(neighbourhood).filter(state=Round.State.PUBLISHED, closes_at__gt=now)
    taking_part = Prefetch("stalls", stalls.select_related("producer").order_by("producer__name", "pk"))
    return list(rounds.select_related("neighbourhood", "place").prefetch_related(taking_part)[:MOST_ROUNDS])


def _told_at(round: Round, now: datetime) -> datetime:
    published = round.published_at or round.created_at
    return published if round.is_upcoming(now) else max(published, round.opens_at)


def _described(round: Round) -> str:
    """Plain text, in the neighbourhood's time; nothing relative, as readers keep it."""
    zone = round.neighbourhood.zone
    lines = [
        _("Pick-up: %(window)s, %(place)s")
        % {
            "window": wording.window(round.delivery_starts_at, round.delivery_ends_at, zone),
            "place": f"{round.place.name}, {round.place.address}",
        },
        _("Orders open from %(opening)s to %(closing)s.")
        % {"opening": wording.moment(round.opens_at, zone), "closing": wording.moment(round.closes_at, zone)},
        _("Farms: %(farms)s") % {"farms": ", ".join(stall.producer.name for stall in round.stalls.all())},
        round.note,
    ]
    return "\n".join(line for line in lines if line)
