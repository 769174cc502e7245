"""The first page: what Cagette is, one's own rounds, and the way to one's neighbourhood."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cagette import searching
from cagette.models import User
from orders import previews
from orders.forms.neighbourhoods import SearchForm
from orders.models import Household, Neighbourhood, Order, OrderLine, Round

NEIGHBOURHOODS_PER_PAGE = 24
ROUNDS_EACH = 3


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What Cagette is, one's own rounds first, and the neighbourhoods: those with an open round before the others."""
    form = SearchForm(request.GET)
    commune = form.cleaned_data["commune"].strip() if form.is_valid() else ""
    now = timezone.now()
    found, nearly = found_neighbourhoods(commune, at=now)
    page = Paginator(found, NEIGHBOURHOODS_PER_PAGE).get_page(request.GET.get("page"))
    rounds: dict[int, list[Round]] = {}
    for round in next_rounds([each.pk for each in page], at=now):
        rounds.setdefault(round.neighbourhood_id, []).append(round)
    context = {
        "preview": previews.of_site(page.number if not commune else 1),
        "form": form,
        "commune": commune,
        "nearly": nearly,
        "page": page,
        "neighbourhoods": [(each, rounds.get(each.pk, [])) for each in page],
        "mine": own_rounds(request.user),
        "households": list(Household.objects.of(request.user).select_related("neighbourhood")),
    }
    return render(request, "orders/home.html", context)


def found_neighbourhoods(commune: str, *, at: datetime) -> tuple[QuerySet[Neighbourhood], bool]:
    """The listed ones, or those found by name, commune or postcode; and whether they are only nearly what was typed."""
    listed = Neighbourhood.objects.filter(listed=True).with_next_close(at=at)
    soonest = listed.order_by(F("next_close").asc(nulls_last=True), "name", "pk")
    if not commune:
        return soonest, False
    found = searching.matching(soonest, commune, "name", "commune", "postcode")
    if found.exists():
        return found, False
    return searching.resembling(listed, commune, "name", "commune"), True


def next_rounds(neighbourhoods: list[int], *, at: datetime) -> QuerySet[Round]:
    """Of each neighbourhood the rounds that close first, open or still to open, and in `ahead` how many it has."""
    there = F("neighbourhood")
    return (
        Round.objects.filter(neighbourhood__in=neighbourhoods, state=Round.State.PUBLISHED, closes_at__gt=at)
        .select_related("neighbourhood", "place")
        .annotate(
            place_in_line=Window(RowNumber(), partition_by=there, order_by=["closes_at", "pk"]),
            ahead=Window(Count("pk"), partition_by=there),
        )
        .filter(place_in_line__lte=ROUNDS_EACH)
        .order_by("closes_at", "pk")
    )


def own_rounds(user: User | AnonymousUser) -> list[tuple[Round, Order | None]]:
    """The rounds of one's neighbourhoods until a day after the pick-up, each with what one's household has there."""
    if not user.is_authenticated:
        return []
    households = Household.objects.of(user)
    rounds = (
        Round.objects.filter(
            neighbourhood__in=households.values("neighbourhood"),
            state__in=[Round.State.PUBLISHED, Round.State.CLOSED, Round.State.CANCELLED],
            delivery_ends_at__gt=timezone.now() - timedelta(days=1),
        )
        .select_related("neighbourhood", "place")
        .order_by("delivery_starts_at", "pk")
    )
    lines = OrderLine.objects.filter(order=OuterRef("pk"))
    orders = Order.objects.filter(household__in=households, round__in=rounds).annotate(
        is_ordered=Exists(lines.confirmed()), is_to_confirm=Exists(lines.unconfirmed())
    )
    by_round = {order.round_id: order for order in orders}
    return [(round, by_round.get(round.pk)) for round in rounds]
