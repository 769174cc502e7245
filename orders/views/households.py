"""A household's page: its name, who orders for it, and the link that takes somebody else in."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cagette.errors import DomainError
from cagette.requests import MemberRequest
from orders import joining
from orders.forms.neighbourhoods import HouseholdForm, KeptHouseholdForm, PreferencesForm
from orders.models import Household, Membership, Neighbourhood


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def household(request: MemberRequest, pk: int) -> HttpResponse:
    """Read by its members and its coordinators; posting changes its name and phone."""
    visible = Household.objects.visible_to(request.user).select_related("neighbourhood")
    household = get_object_or_404(visible, pk=pk)
    memberships = list(household.memberships.active().select_related("user").order_by("pk"))
    mine = next((each for each in memberships if each.user_id == request.user.pk), None)
    coordinated = (
        request.user.is_staff
        or Neighbourhood.objects.coordinated_by(request.user).filter(pk=household.neighbourhood_id).exists()
    )
    country = household.neighbourhood.country
    form = (
        KeptHouseholdForm(request.POST or None, instance=household, country=country)
        if coordinated
        else HouseholdForm(request.POST or None, instance=household)
    )
    if request.method == "POST" and form.is_valid():
        # Only what was asked: the rest of the row may have changed since it was read.
        household.save(update_fields=list(form.cleaned_data))
        messages.success(request, _("Saved."))
        return redirect("orders:household", pk=household.pk)
    link = reverse("orders:household_invitation", args=[joining.household_token(household)])
    context = {
        "household": Household.objects.select_related("neighbourhood").get(pk=pk) if form.errors else household,
        "form": form,
        "memberships": memberships,
        "mine": mine,
        "preferences": PreferencesForm(instance=mine) if mine else None,
        "link": settings.SITE_URL + link if mine else "",
        "link_days": joining.HOUSEHOLD_LINK_DAYS,
    }
    return render(request, "orders/household.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def household_invitation(request: MemberRequest, token: str) -> HttpResponse:
    """What a member's link opens; posting comes into the household."""
    household = joining.household_from_token(token)
    if household is None:
        raise Http404
    if request.method == "POST":
        try:
            joining.join_household(household, request.user)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Welcome to “%(household)s”.") % {"household": household.name})
            return redirect("orders:household", pk=household.pk)
    return render(request, "orders/household_invitation.html", {"household": household, "token": token})


@login_required
@require_POST
def preferences(request: MemberRequest, pk: int) -> HttpResponse:
    """Which mails one wants as a member of this household."""
    membership = get_object_or_404(Membership.objects.active(), household=pk, user=request.user)
    form = PreferencesForm(request.POST, instance=membership)
    if form.is_valid():
        # Nothing else: who has left meanwhile has left.
        membership.save(update_fields=list(form.cleaned_data))
        messages.success(request, _("Saved."))
    return redirect("orders:household", pk=pk)


@login_required
@require_POST
def leaving(request: MemberRequest, pk: int) -> HttpResponse:
    """Leave one's household."""
    membership = get_object_or_404(Membership.objects.active(), household=pk, user=request.user)
    try:
        joining.leave(membership)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("orders:household", pk=pk)
    messages.success(request, _("You have left this household."))
    return redirect("home")
