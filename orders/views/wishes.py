"""What a household wants of a sheet beyond quantities: the same as last time, its favourites, a word to a farm.

Each button of the plain form saves all that was typed before it does its own.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cagette.errors import DomainError
from cagette.models import User
from catalogs.models import Product
from orders import noting, posted, sheet
from orders import usual as last_time
from orders.models import Round
from orders.noting import NoteChanged
from orders.posted import Posted
from orders.seats import Seat, seat_of, visible_round
from orders.views.sheets import link, save_all, signed_out, wants_json


@require_POST
def usual(request: HttpRequest, pk: int) -> HttpResponse:
    """Raise the sheet to what the household took last time, and say how many lines that were, and what isn't there."""

    def then(seat: Seat, round: Round, sent: Posted) -> HttpResponse:
        shown = sheet.of_round(round, seat.household)
        found = last_time.of_sheet(shown)
        if found is None:
            messages.info(request, _("Nothing to fill in: what you took last time is here already, or not on offer."))
        else:
            assert isinstance(request.user, User)
            filled = last_time.fill(found, user_id=request.user.pk, sheet=shown, key=sent.key)
            messages.success(request, found.said(filled))
        return redirect(link("orders:round", pk, seat))

    return save_all(request, pk, then)


@require_POST
def favourites(request: HttpRequest, pk: int) -> HttpResponse:
    """Star a product, or take its star away: `star` is `<offer>:on` or `<offer>:off`. In JSON for the script."""
    if not wants_json(request):

        def then(seat: Seat, round: Round, _sent: Posted) -> HttpResponse:
            offer = _star(request, round, seat)
            show = request.POST.get("show", "")
            return redirect(f"{link('orders:round', pk, seat, show=show)}#offer-{offer}")

        return save_all(request, pk, then)
    if not request.user.is_authenticated:
        return signed_out(request, pk)
    round = visible_round(request, pk)
    seat = seat_of(request.user, round, request.POST.get("household", ""))
    if seat is None:
        raise Http404
    _star(request, round, seat)
    return JsonResponse({})


def _star(request: HttpRequest, round: Round, seat: Seat) -> int:
    offer, _colon, word = request.POST.get("star", "").partition(":")
    if not (offer.isascii() and offer.isdecimal() and len(offer) < 19 and word in ("on", "off")):
        raise Http404
    product = get_object_or_404(Product, offers=int(offer), offers__stall__round=round)
    seat.household.favour(product, favourite=word == "on")
    return int(offer)


@require_POST
def notes(request: HttpRequest, pk: int) -> HttpResponse:
    """Save a word to a farm, for the script: 200 with the `note` as it is kept, else a `sentence`, and `theirs` where
    somebody else has written meanwhile.
    """
    if not request.user.is_authenticated:
        return signed_out(request, pk)
    try:
        asked = posted.read_note(request.POST)
        kept = noting.save_note(
            user_id=request.user.pk,
            round_id=pk,
            household_id=asked.household_id,
            stall_id=asked.stall_id,
            seen=asked.seen,
            text=asked.typed,
        )
    except NoteChanged as error:
        return JsonResponse({"sentence": str(error), "theirs": error.theirs}, status=error.status)
    except DomainError as error:
        return JsonResponse({"sentence": str(error)}, status=error.status)
    return JsonResponse({"note": kept})
