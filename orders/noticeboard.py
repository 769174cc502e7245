"""What a neighbourhood's page shows to everybody: its rounds, who sells there, where crates are handed out."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, QuerySet, Subquery

from orders.feeds import feed_path
from orders.models import Neighbourhood, Place, Round, Stall
from producers.models import Producer

FARMS_SHOWN = 24
LATELY = timedelta(days=365)


def shelved_rounds(neighbourhood: Neighbourhood, *, at: datetime) -> dict[str, list[Round]]:
    """What isn't over, by what one can do with it: `open` the first to close first, `upcoming`, and `coming`, what is
    closed and still to fetch or was called off, the next day first.
    """
    rounds = Round.objects.in_neighbourhood(neighbourhood).public().filter(delivery_ends_at__gt=at)
    shelves: dict[str, list[Round]] = {"open": [], "upcoming": [], "coming": []}
    for round in rounds.select_related("neighbourhood", "place").order_by("closes_at", "pk"):
        phase = round.phase(at)
        shelves[phase if phase in shelves else "coming"].append(round)
    shelves["coming"].sort(key=lambda round: (round.delivery_starts_at, round.pk))
    return shelves


def past_rounds(neighbourhood: Neighbourhood, *, at: datetime) -> QuerySet[Round]:
    over = Round.objects.in_neighbourhood(neighbourhood).public().filter(delivery_ends_at__lte=at)
    return (
        over.exclude(state=Round.State.CANCELLED)
        .select_related("neighbourhood", "place")
        .order_by("-delivery_starts_at", "-pk")
    )


def farms_that_came(neighbourhood: Neighbourhood, *, at: datetime) -> QuerySet[Producer]:
    """Those that sell here now or did in the last year, whoever came last first."""
    stalls = Stall.objects.filter(
        round__in=Round.objects.in_neighbourhood(neighbourhood).public().exclude(state=Round.State.CANCELLED),
        round__delivery_ends_at__gt=at - LATELY,
        producer=OuterRef("pk"),
        answer=Stall.Answer.ACCEPTED,
    ).exclude(state=Stall.State.DROPPED)
    last = stalls.order_by("-round__delivery_starts_at").values("round__delivery_starts_at")[:1]
    farms = Producer.objects.visible_to(AnonymousUser()).annotate(last=Subquery(last)).exclude(last=None)
    return farms.order_by("-last", "name")[:FARMS_SHOWN]


def places_in_use(neighbourhood: Neighbourhood, *, at: datetime) -> QuerySet[Place]:
    """Where crates are handed out, or were in the last year."""
    rounds = Round.objects.in_neighbourhood(neighbourhood).public()
    lately = rounds.filter(delivery_ends_at__gt=at - LATELY)
    return neighbourhood.places.filter(pk__in=lately.values("place")).order_by("name")


def feeds_of(neighbourhood: Neighbourhood) -> dict[str, str]:
    """The addresses of its feeds; `subscription` is the calendar's for programs that keep it up to date."""
    calendar = settings.SITE_URL + feed_path(neighbourhood, "deliveries:neighbourhood_ics")
    return {
        "rss": feed_path(neighbourhood),
        "calendar": calendar,
        "subscription": f"webcal://{calendar.partition('://')[2]}",
    }
