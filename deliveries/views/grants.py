"""What a household agrees to take after the close, from its order's page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cagette.requests import MemberRequest
from deliveries import granting
from deliveries.granting import NotTheirs
from deliveries.views.acting import attempt
from orders.models import Grant, Household


@login_required
@require_POST
def agreement(request: MemberRequest, pk: int) -> HttpResponse:
    """The obliging button. A coordinator presses it only for a household without a login."""
    grants = Grant.objects.visible_to(request.user).select_related("order__round", "order__household", "offer")
    grant = get_object_or_404(grants, pk=pk)

    def verb() -> None:
        try:
            granting.agree(grant, by=request.user)
        except NotTheirs as error:
            raise PermissionDenied(str(error)) from error

    attempt(request, verb, _("Taken. Your order and the farm's list are up to date."))
    if Household.objects.of(request.user).filter(pk=grant.order.household_id).exists():
        return redirect("orders:detail", pk=grant.order_id)
    return redirect("deliveries:order", pk=grant.order_id)
