"""Who may open the pages of a neighbourhood: a stranger gets 404, a member without the right 403."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from cagette.models import User
from orders.models import Household, Neighbourhood


def coordinated_neighbourhood(user: User, slug: str) -> Neighbourhood:
    """The neighbourhood, for its coordinators and for staff."""
    neighbourhood = get_object_or_404(Neighbourhood.objects.visible_to(user), slug=slug)
    if user.is_staff or Neighbourhood.objects.coordinated_by(user).filter(pk=neighbourhood.pk).exists():
        return neighbourhood
    if Household.objects.of(user).filter(neighbourhood=neighbourhood).exists():
        raise PermissionDenied
    raise Http404


def followed_neighbourhood(request: HttpRequest, slug: str) -> Neighbourhood:
    """The neighbourhood whose feed is asked for. Programs that read it can't sign in: its address lets them in."""
    neighbourhood = get_object_or_404(Neighbourhood, slug=slug)
    if neighbourhood.listed or neighbourhood.feeds_open_by(request.GET.get("link", "")):
        return neighbourhood
    return get_object_or_404(Neighbourhood.objects.visible_to(request.user), slug=slug)
