"""Who may look at a round, and for whom they fill in its sheet."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from cagette.models import User
from orders.models import Household, Round

# Where the session keeps the links to unlisted rounds by which somebody came, per round.
LINKS = "round_links"


@dataclass(frozen=True)
class Seat:
    """For whom a sheet is filled in; `own` is false for a coordinator who does it on a household's behalf."""

    household: Household
    own: bool


def visible_round(request: HttpRequest, pk: int) -> Round:
    """The round, if this visitor may see it; the link to an unlisted one is remembered for the session. Or Http404."""
    links = request.session.get(LINKS, {})
    link = request.GET.get("link") or links.get(str(pk), "")
    rounds = Round.objects.visible_to(request.user, link=link).select_related("neighbourhood", "place")
    round = get_object_or_404(rounds, pk=pk)
    if link == round.share_token != links.get(str(pk)):
        request.session[LINKS] = links | {str(pk): link}
    return round


def seat_of(user: User | AnonymousUser, round: Round, household: str = "") -> Seat | None:
    """For whom `user` fills in here: their own household, or the one with the id `household` if they may.

    None for who orders for nobody here. Raises Http404 for a household that is none of theirs.
    """
    if not user.is_authenticated:
        return None
    if not household:
        own = round.household_of(user)
        return None if own is None else Seat(own, own=True)
    if not (household.isascii() and household.isdecimal() and len(household) < 19):
        raise Http404
    found = get_object_or_404(Household, pk=int(household), neighbourhood=round.neighbourhood_id)
    if Household.objects.of(user).filter(pk=found.pk).exists():
        return Seat(found, own=True)
    if Round.objects.coordinated_by(user).filter(pk=round.pk).exists():
        return Seat(found, own=False)
    raise Http404
