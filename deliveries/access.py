"""Who runs a round: its coordinators. Those it concerns otherwise get 403, strangers 404."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from cagette.models import User
from orders.models import Household, Order, Round, Stall

if TYPE_CHECKING:
    from orders.models.rounds import RoundQuerySet


def coordinated_round(user: User, pk: int, *, rounds: RoundQuerySet | None = None) -> Round:
    """The round `pk` with its neighbourhood and place, for who coordinates it; `rounds` may narrow or annotate it."""
    visible = (Round.objects.all() if rounds is None else rounds).visible_to(user)
    round = get_object_or_404(visible.select_related("neighbourhood", "place"), pk=pk)
    if Round.objects.coordinated_by(user).filter(pk=round.pk).exists():
        return round
    concerned = (
        user.is_staff
        or Household.objects.of(user).filter(neighbourhood=round.neighbourhood_id).exists()
        or Stall.objects.answerable_by(user).filter(round=round).exists()
    )
    if concerned:
        raise PermissionDenied
    # Published rounds are for everybody to read; that somebody runs them from a page here is nobody else's business.
    raise Http404


def coordinated_stall(user: User, pk: int) -> Stall:
    """The stall `pk`, for who coordinates its round."""
    stall = get_object_or_404(Stall.objects.select_related("producer"), pk=pk)
    stall.round = coordinated_round(user, stall.round_id)
    return stall


def coordinated_order(user: User, pk: int) -> Order:
    """The order `pk`, for who coordinates its round."""
    order = get_object_or_404(Order.objects.select_related("household"), pk=pk)
    order.round = coordinated_round(user, order.round_id)
    return order
