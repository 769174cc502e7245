"""What one has ordered: all of it, and one order in detail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cagette.models import User
from cagette.requests import MemberRequest
from orders import bill, returnables, transfers
from orders.bill import Bill, Farm
from orders.errands import errands
from orders.models import Household, Order, OrderChange, OrderLine, Round
from orders.models.ordering import ordered

PER_PAGE = 20
CHANGES_SHOWN = 100


@login_required
@require_safe
def mine(request: MemberRequest) -> HttpResponse:
    """The orders of one's households: those still to fetch by way and day, the next first, then the past ones, page by
    page.
    """
    filled = OrderLine.objects.filter(order=OuterRef("pk")).filter(ordered() | Q(wanted__gt=0))
    orders = Order.objects.filter(Exists(filled), household__in=Household.objects.of(request.user))
    orders = orders.select_related("round__place", "round__neighbourhood", "household")
    coming = orders.filter(round__delivery_ends_at__gte=timezone.now()).order_by("round__delivery_starts_at", "pk")
    past = orders.filter(round__delivery_ends_at__lt=timezone.now()).order_by("-round__delivery_starts_at", "-pk")
    page = Paginator(past, PER_PAGE).get_page(request.GET.get("page"))
    context = {"errands": errands(bill.of_orders(coming)), "past": _with_next(bill.of_orders(page)), "page": page}
    return render(request, "orders/mine.html", context)


def _with_next(bills: Iterable[Bill]) -> list[tuple[Bill, Round | None]]:
    """Past bills, each with the round of its neighbourhood in which one could take the same again."""
    bills = list(bills)
    neighbourhoods = {bill.order.round.neighbourhood_id for bill in bills}
    # The last to close comes first, so that the next to close is the one that stays.
    open = Round.objects.open(at=timezone.now()).filter(neighbourhood__in=neighbourhoods).order_by("-closes_at")
    following = {round.neighbourhood_id: round for round in open}
    return [(bill, following.get(bill.order.round.neighbourhood_id)) for bill in bills]


@login_required
@require_safe
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    """One order: what, from whom, for how much, where and when; what to bring; and who changed it."""
    orders = Order.objects.visible_to(request.user)
    order = get_object_or_404(orders.select_related("round__place", "round__neighbourhood", "household"), pk=pk)
    round, stands = order.round, bill.of_orders([order])[0]
    own = Household.objects.of(request.user).filter(pk=order.household_id).exists()
    context = {
        "bill": stands,
        "order": order,
        "round": round,
        "zone": round.neighbourhood.time_zone,
        "own": own,
        "may_fill": round.is_open()
        and (own or Round.objects.coordinated_by(request.user).filter(pk=order.round_id).exists()),
        "to_fetch": round.state != Round.State.CANCELLED and round.delivery_ends_at >= timezone.now(),
        "transfers": _transfers(stands),
        "returnables": returnables.to_give_back([order])[order.pk],
        "coordinators": User.objects.filter(coordinated_rounds__round=round, scrubbed_at=None).order_by("pk"),
        **_history(order),
    }
    return render(request, "orders/detail.html", context)


def _code(farm: Farm, text: str) -> str:
    producer, amount = farm.stall.producer, farm.due.amount
    if not farm.settled or not transfers.takes_code(producer, amount):
        return ""
    return transfers.qr_code(producer, amount.amount, text)


def _transfers(stands: Bill) -> dict[int, dict[str, Any]]:
    """By stall, what to write on a transfer; with a code to scan, in euros, once the amount can't change."""
    text = transfers.reference(stands.order)
    return {
        farm.stall.pk: {
            "reference": text,
            "final": farm.settled,
            "qr": _code(farm, text),
        }
        for farm in stands.paid_farms
        if farm.stall.producer.takes_transfers
    }


def _history(order: Order) -> dict[str, Any]:
    """The latest changes while the farms were open; what was corrected later the template asks for."""
    changes = OrderChange.objects.filter(line__order=order).select_related("line__offer", "by").order_by("-pk")
    return {"changes": changes[:CHANGES_SHOWN]}
