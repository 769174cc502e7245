"""What one has ordered: all of it, and one order in detail."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cagette.requests import MemberRequest
from orders import bill
from orders.models import Household, Order, OrderChange, OrderLine, Round

PER_PAGE = 20
CHANGES_SHOWN = 100


@login_required
@require_safe
def mine(request: MemberRequest) -> HttpResponse:
    """The orders of one's households: those still to fetch, the next first, then the past ones, page by page."""
    filled = OrderLine.objects.filter(order=OuterRef("pk")).filter(Q(quantity__gt=0) | Q(wanted__gt=0))
    orders = Order.objects.filter(Exists(filled), household__in=Household.objects.of(request.user))
    orders = orders.select_related("round__place", "round__neighbourhood", "household")
    coming = orders.filter(round__delivery_ends_at__gte=timezone.now()).order_by("round__delivery_starts_at", "pk")
    past = orders.filter(round__delivery_ends_at__lt=timezone.now()).order_by("-round__delivery_starts_at", "-pk")
    page = Paginator(past, PER_PAGE).get_page(request.GET.get("page"))
    context = {"coming": bill.of_orders(coming), "past": bill.of_orders(page), "page": page}
    return render(request, "orders/mine.html", context)


@login_required
@require_safe
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    """One order: what, from whom, for how much, where and when; and who changed it."""
    orders = Order.objects.visible_to(request.user)
    order = get_object_or_404(orders.select_related("round__place", "round__neighbourhood", "household"), pk=pk)
    own = Household.objects.of(request.user).filter(pk=order.household_id).exists()
    changes = OrderChange.objects.filter(line__order=order).select_related("line__offer", "by").order_by("-pk")
    context = {
        "bill": bill.of_orders([order])[0],
        "order": order,
        "round": order.round,
        "zone": order.round.neighbourhood.time_zone,
        "own": own,
        "may_fill": order.round.is_open()
        and (own or Round.objects.coordinated_by(request.user).filter(pk=order.round_id).exists()),
        "changes": list(changes[:CHANGES_SHOWN]),
    }
    return render(request, "orders/detail.html", context)
