"""Who sees a stall and its pick lists: the farm's people and the round's coordinators, and staff to read."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from cagette.models import User
from deliveries.models import PickList
from orders.models import Household, Round, Stall


def farm_stall(user: User, pk: int, *, stalls: QuerySet[Stall] | None = None) -> Stall:
    """The stall `pk`: 403 for whom its round concerns otherwise, 404 for strangers; `stalls` may annotate it."""
    stall = get_object_or_404(Stall.objects.select_related("round") if stalls is None else stalls, pk=pk)
    if not Stall.objects.visible_to(user).filter(pk=pk).exists():
        _turn_away(user, stall)
    return stall


def farm_pick_list(user: User, pk: int, *, acting: bool = False) -> PickList:
    """The pick list `pk` with its stall, round and place; `acting` asks for the right to answer for the farm."""
    lists = PickList.objects.select_related("stall__producer", "stall__round__neighbourhood", "stall__round__place")
    pick_list = get_object_or_404(lists, pk=pk)
    seen = Stall.objects.visible_to(user).filter(pk=pick_list.stall_id).exists()
    if not seen:
        _turn_away(user, pick_list.stall)
    if acting and not Stall.objects.answerable_by(user).filter(pk=pick_list.stall_id).exists():
        raise PermissionDenied
    return pick_list


def _turn_away(user: User, stall: Stall) -> None:
    public = stall.round.state != Round.State.PROPOSED
    neighbours = Household.objects.of(user).filter(neighbourhood=stall.round.neighbourhood_id)
    other_farms = Stall.objects.answerable_by(user).filter(round=stall.round_id)
    if other_farms.exists() or (public and neighbours.exists()):
        raise PermissionDenied
    raise Http404
