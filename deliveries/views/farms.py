"""A farm's desk, its public page and the list of all: they show the farms' rounds, hence their place here.

Their URLs are `producers:desk`, `producers:detail` and `producers:farms`; cagette/urls.py joins them to the other
pages of producers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cagette.requests import MemberRequest
from catalogs import showing
from catalogs.models import Catalog, Label
from deliveries import changes, farm_list, structured_data
from deliveries.farm_access import farm_stall
from deliveries.models import PickList
from orders import sums
from orders.models import Offer, OrderLine, OrderNote, Round, Stall
from orders.models.ordering import counted, ordered
from producers import previews
from producers.founding import still_wanted
from producers.models import Producer

PICK_LISTS_ON_DESK = 6
FARMS_PER_PAGE = 24
STALLS_SHOWN = 8


@dataclass
class Farm:
    """One farm on the desk of somebody who works for it."""

    producer: Producer
    invitations: list[Stall] = field(default_factory=list)
    running: list[Stall] = field(default_factory=list)
    pick_lists: list[PickList] = field(default_factory=list)
    catalogs: list[Catalog] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        return still_wanted(self.producer)


@login_required
@require_safe
def desk(request: MemberRequest) -> HttpResponse:
    """My farms: what waits for an answer, what is ordered, what to prepare, what is sold."""
    producers = Producer.objects.edited_by(request.user).filter(retired_at=None)
    farms = {producer.pk: Farm(producer) for producer in producers}
    for stall in current_stalls(farms):
        farm = farms[stall.producer_id]
        unanswered = stall.state == Stall.State.PENDING and stall.answer == Stall.Answer.NONE
        (farm.invitations if unanswered else farm.running).append(stall)
    for pick_list in recent_pick_lists(farms):
        farms[pick_list.stall.producer_id].pick_lists.append(pick_list)
    for catalog in Catalog.objects.filter(producer__in=farms).annotate(
        on_sale=Count("products", filter=Q(products__available=True))
    ):
        farms[catalog.producer_id].catalogs.append(catalog)
    # Several farms stand under one heading.
    farm_level = 2 if len(farms) > 1 else 1
    levels = {"farm": farm_level, "section": farm_level + 1, "card": farm_level + 2}
    return render(request, "producers/desk.html", {"farms": farms.values(), "levels": levels})


@require_safe
def farms(request: HttpRequest) -> HttpResponse:
    """All farms with something to show, those one can order from first."""
    query = request.GET.get("q", "").replace("\0", "").strip()[:80]
    found, nearly = farm_list.found_farms(query, request.user)
    page = Paginator(found, FARMS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "preview": previews.of_farms(page.number if not query else 1),
        "query": query,
        "nearly": nearly,
        "page": page,
        "farms": farm_list.described(page, request.user),
    }
    return render(request, "producers/list.html", context)


@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The farm's page for everybody: its story, what it sells today, and where to order from it."""
    producer = get_object_or_404(Producer.objects.visible_to(request.user), slug=slug)
    stalls = list(farm_list.open_stalls(request.user).filter(producer=producer)[: STALLS_SHOWN + 1])
    shown = showing.of_farm(producer)
    return render(
        request,
        "producers/detail.html",
        {
            "producer": producer,
            "preview": previews.of_farm(producer),
            "structured_data": structured_data.of_farm(producer, shown),
            "stalls": stalls[:STALLS_SHOWN],
            "more_stalls": len(stalls) > STALLS_SHOWN,
            "categories": showing.by_category(shown),
            "labels": [label for label in Label if any(label in each.labels for each in shown)],
            "certificates": producer.certificates.valid(timezone.localdate()).order_by("certifier_code", "pk"),
            "editable": Producer.objects.edited_by(request.user).filter(pk=producer.pk).exists(),
        },
    )


@login_required
@require_safe
def stall(request: MemberRequest, pk: int) -> HttpResponse:
    """What has been ordered from one farm in one round so far, product by product."""
    found = farm_stall(request.user, pk, stalls=with_totals(Stall.objects.all()))
    offers = (
        Offer.objects.filter(stall=found)
        .select_related("supply")
        .annotate(
            quantity=Coalesce(Sum(counted("lines")), 0, output_field=Offer._meta.get_field("step")),
            tolerance=Coalesce(Sum("lines__tolerance"), 0, output_field=Offer._meta.get_field("step")),
            households=Count("lines", filter=ordered("lines")),
            left=F("supply__quantity") - F("supply__ordered"),
        )
        .order_by("-quantity", "position", "pk")
    )
    context = {
        "stall": found,
        "ordered": offers.filter(households__gt=0),
        "unordered": offers.filter(households=0),
        "notes": OrderNote.objects.of_buyers(found),
        "changes": changes.of_stall(found),
    }
    return render(request, "deliveries/stall.html", context)


def current_stalls(farms: Iterable[int]) -> QuerySet[Stall]:
    """The farms' stalls in rounds that aren't over, the next delivery first, with what is ordered."""
    return with_totals(
        Stall.objects.filter(
            producer__in=farms,
            state__in=[Stall.State.PENDING, Stall.State.OPEN, Stall.State.WAITING],
            round__state__in=[Round.State.PROPOSED, Round.State.PUBLISHED],
            round__delivery_ends_at__gt=timezone.now(),
        )
    ).order_by("round__delivery_starts_at", "pk")


def with_totals(stalls: QuerySet[Stall]) -> QuerySet[Stall]:
    """With the sums of `sums.summed`, and `households` that have ordered so far."""
    lines = OrderLine.objects.filter(offer__stall=OuterRef("pk")).confirmed()
    return stalls.select_related("round__neighbourhood", "round__place", "producer", "catalog").annotate(
        households=Count("offers__lines__order", distinct=True, filter=ordered("offers__lines")),
        **sums.summed(lines),
    )


def recent_pick_lists(farms: Iterable[int]) -> list[PickList]:
    """The newest pick lists of each farm, last revisions only, without their rows."""
    newest = (
        PickList.objects.newest()
        .filter(stall__producer__in=farms)
        .select_related("stall__round__neighbourhood", "stall__round__place")
        .defer("rows")
        .annotate(totals=F("rows__totals"))
        .order_by("-stall__round__delivery_starts_at", "-pk")
    )
    taken: dict[int, int] = {}
    recent = []
    # Across several farms the newest of all come first: enough rows are read for each to have its own.
    for pick_list in newest[: PICK_LISTS_ON_DESK * 20]:
        farm = pick_list.stall.producer_id
        taken[farm] = taken.get(farm, 0) + 1
        if taken[farm] <= PICK_LISTS_ON_DESK:
            recent.append(pick_list)
    return recent
