"""The order sheet: looking, filling in, the recap, and the button that counts.

With script each change is posted by itself and answered in JSON; without, the sheet is one form with two buttons.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cagette import installing
from cagette.errors import DomainError
from cagette.requests import MemberRequest
from catalogs.models import Category
from orders import confirming, filling, guests, joining, noting, posted, previews, refusals, sheet, usual
from orders import freshness as fresh
from orders.lines import plain
from orders.models import Household, Offer, Round
from orders.noting import NoteRefused
from orders.posted import Entry, Posted
from orders.requests import Answer, NoSuchOrder, Refusal
from orders.seats import Seat, seat_of, visible_round
from orders.sheet import Sheet

# How long a proxy may keep the answer to pages that ask what has changed.
FRESH_SECONDS = 10


@require_safe
def round(request: HttpRequest, pk: int) -> HttpResponse:
    """The round's public page, and its order sheet for who may fill one in."""
    round = visible_round(request, pk)
    seat = seat_of(request.user, round, request.GET.get("household", ""))
    if seat is not None and seat.own and guests.kept(request.session, round, seat.household):
        return redirect("orders:arrival", pk=pk)
    return sheet_page(request, round, seat)


@never_cache
@require_safe
def lines(request: HttpRequest, pk: int) -> HttpResponse:
    """What the household's sheet holds now, for a page that has been open for long, or on a second phone; in JSON:

    `lines` per offer [wanted, extra, confirmed, confirmed extra, agreed price], `person`, and a fresh `token`.
    """
    if not request.user.is_authenticated:
        return signed_out(request, pk)
    round = visible_round(request, pk)
    seat = seat_of(request.user, round, request.GET.get("household", ""))
    held = {} if seat is None else sheet.held(round, seat.household)
    return JsonResponse({"person": str(request.user.pk), "token": get_token(request), "lines": held})


@require_safe
def freshness(request: HttpRequest, pk: int) -> HttpResponse:
    """What has changed on the round's page meanwhile, in JSON. Nothing of it is anybody's own: `language` and `kind`
    make it the same for all who look at a listed round, so that neither session nor user is asked for, and it may be
    kept for some seconds by proxies. Four queries at most; a page that knows it already gets 304.
    """
    public = Round.objects.visible_to(AnonymousUser()).select_related("neighbourhood").filter(pk=pk).first()
    round = public or visible_round(request, pk)
    language = request.GET.get("language", "")
    with translation.override(language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE):
        professional = request.GET.get("kind") == Household.Kind.PROFESSIONAL
        response = JsonResponse(fresh.of_round(round, professional=professional))
    # Who asks has to ask; a proxy between may answer many with the same for a moment.
    response["Cache-Control"] = f"public, max-age=0, s-maxage={FRESH_SECONDS}" if public else "private, max-age=0"
    etag = quote_etag(sha256(response.content).hexdigest()[:32])
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Save one change of a sheet, five statements with the session's and the user's. Answers in JSON:

    200 what is now saved and confirmed, 409 or 422 `refused` per offer with its `sentence`, else a `sentence`.
    """
    user = request.user
    # A page says whose it is: somebody else may have signed in on this phone since.
    if not user.is_authenticated or request.POST.get("person", str(user.pk)) != str(user.pk):
        return signed_out(request, pk)
    try:
        asked = posted.read_change(request.POST)
        if asked.wanted is None or asked.tolerance is None:
            return _in_json(_not_a_number(asked.offer_id))
        answer = filling.save_change(
            user_id=user.pk,
            round_id=pk,
            household_id=asked.household_id,
            stall_id=asked.stall_id,
            offer_id=asked.offer_id,
            key=asked.key,
            seen=asked.seen,
            wanted=asked.wanted,
            tolerance=asked.tolerance,
        )
    except DomainError as error:
        return JsonResponse({"sentence": str(error)}, status=error.status)
    return _in_json(answer)


@require_POST
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Save every change of the plain form, each by itself; then the sheet again, or the recap if nothing is amiss."""

    def then(seat: Seat, _round: Round, _sent: Posted) -> HttpResponse:
        if request.POST.get("then") == "recap":
            return redirect(link("orders:recap", pk, seat))
        messages.success(request, _("Saved. It is ordered once you have pressed the button that says so."))
        return redirect(link("orders:round", pk, seat, show=request.POST.get("show", "")))

    return save_all(request, pk, then)


def save_all(request: HttpRequest, pk: int, then: Callable[[Seat, Round, Posted], HttpResponse]) -> HttpResponse:
    """Save all that was typed on the plain form, whichever of its buttons was pressed; where all could be saved,
    answer with `then`, else with the sheet again and the reasons. What somebody fills in who isn't signed in, or has
    no household here, is kept until they are and have.
    """
    if not request.user.is_authenticated or "household" not in request.POST:
        return _kept(request, pk)
    try:
        sent = posted.read_sheet(request.POST)
        refused = save_changes(request.user.pk, pk, sent)
        unsaved = save_notes(request.user.pk, pk, sent)
    except NoSuchOrder:
        raise Http404 from None
    except DomainError as error:
        return _told(request, pk, str(error), status=error.status)
    round = visible_round(request, pk)
    seat = seat_of(request.user, round, str(sent.household_id))
    if seat is None:
        raise Http404
    if refused or unsaved:
        status = _status_of(refused)
        return sheet_page(
            request, round, seat, entries=sent.entries, refused=refused, unsaved_notes=unsaved, status=status
        )
    return then(seat, round, sent)


def save_notes(user_id: int, round_id: int, sent: Posted) -> dict[int, tuple[str, str]]:
    """Save the notes that were changed; returns per stall what was typed and why it could not be saved."""
    unsaved = {}
    for note in sent.notes:
        try:
            noting.save_note(
                user_id=user_id,
                round_id=round_id,
                household_id=note.household_id,
                stall_id=note.stall_id,
                seen=note.seen,
                text=note.typed,
            )
        except NoteRefused as error:
            unsaved[note.stall_id] = (note.typed, str(error))
    return unsaved


def _kept(request: HttpRequest, pk: int) -> HttpResponse:
    round = visible_round(request, pk)
    try:
        filled = posted.read_filled(request.POST)
        refused = guests.keep(request.session, round, filled)
    except DomainError as error:
        return _told(request, pk, str(error), status=error.status)
    if refused:
        return sheet_page(request, round, None, entries=filled.entries, refused=refused, status=_status_of(refused))
    if filled.household_id is not None:
        messages.info(request, _("You are signed out: sign in again, nothing is lost."))
        return redirect_to_login(reverse("orders:arrival", args=[pk]))
    return redirect("orders:entrance" if request.POST.get("then") == "recap" else "orders:round", pk=pk)


def save_changes(user_id: int, round_id: int, sent: Posted) -> dict[int, Refusal]:
    """Save what was changed on a posted sheet, each line by its own key; returns why some could not be."""
    refused = {}
    for entry in sent.changes():
        wanted, tolerance = entry.typed_quantity, entry.typed_tolerance
        if wanted is None or tolerance is None:
            refused[entry.offer_id] = Refusal(refusals.NOT_A_NUMBER)
            continue
        answer = filling.save_change(
            user_id=user_id,
            round_id=round_id,
            household_id=sent.household_id,
            stall_id=entry.stall_id,
            offer_id=entry.offer_id,
            key=f"{sent.key}:{entry.offer_id}",
            seen=entry.wanted,
            wanted=wanted,
            tolerance=tolerance,
        )
        if not answer.accepted:
            refused |= answer.refused or {entry.offer_id: Refusal(answer.data["code"])}
    return refused


@login_required
@require_safe
def recap(request: MemberRequest, pk: int) -> HttpResponse:
    """What one is about to order, and the button with the obligation to pay."""
    round = visible_round(request, pk)
    seat = seat_of(request.user, round, request.GET.get("household", ""))
    if seat is None:
        return redirect("orders:round", pk=pk)
    return _recap_page(request, round, seat)


@require_POST
def confirmation(request: HttpRequest, pk: int) -> HttpResponse:
    """Order what the recap showed, all of it or nothing: 14 statements at most with the session's and the user's."""
    if not request.user.is_authenticated:
        return signed_out(request, pk)
    try:
        sent = posted.read_sheet(request.POST)
        answer = _confirmed(request.user.pk, pk, sent)
    except NoSuchOrder as error:
        if wants_json(request):
            return JsonResponse({"sentence": str(error)}, status=error.status)
        raise Http404 from None
    except DomainError as error:
        return _told(request, pk, str(error), status=error.status)
    household = f"?household={sent.household_id}" if "behalf" in request.POST else ""
    if answer.accepted:
        messages.success(request, _("It is ordered. You can change it until orders close."))
        done = reverse("orders:round", args=[pk]) + household
        return JsonResponse({**answer.data, "next": done}) if wants_json(request) else redirect(done)
    if wants_json(request):
        return _in_json(answer)
    round = visible_round(request, pk)
    seat = seat_of(request.user, round, str(sent.household_id))
    if seat is None:
        raise Http404
    return _recap_page(request, round, seat, answer=answer)


def _confirmed(user_id: int, round_id: int, sent: Posted) -> Answer:
    if unreadable := sent.refusals():
        return Answer(422, {"refused": {str(offer): {"code": refusal.code} for offer, refusal in unreadable.items()}})
    return confirming.confirm(
        user_id=user_id,
        round_id=round_id,
        household_id=sent.household_id,
        key=sent.key,
        lines=[entry.shown() for entry in sent.entries.values() if entry.touched],
    )


def sheet_page(
    request: HttpRequest,
    round: Round,
    seat: Seat | None,
    *,
    entries: Mapping[int, Entry] | None = None,
    refused: Mapping[int, Refusal] | None = None,
    unsaved_notes: Mapping[int, tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The sheet for whoever fills it in, `seat` or a guest, with what was just posted and why not all of it went."""
    kept = guests.kept(request.session, round) if seat is None else None
    shown = sheet.of_round(
        round,
        None if seat is None else seat.household,
        entries=entries,
        refused=refused,
        kept=None if kept is None else kept.entries,
        unsaved_notes=unsaved_notes,
        show=_show(request, seat),
    )
    context = _facts(round, seat, shown) | {
        "guest": seat is None,
        "may_fill": shown.is_open and bool(shown.lines),
        "usual": usual.of_sheet(shown) if shown.is_open and seat is not None else None,
        "professional": seat is not None and seat.household.professional,
        "sentences": _about_the_absent(shown, refused or {}),
    }
    if seat is None and shown.is_open:
        context |= _way_in(request, round)
    response = render(request, "orders/round.html", context, status=status)
    if seat is None or seat.own:
        response.headers[installing.KEEP] = str(request.user.pk or "")
    return response


def _recap_page(request: HttpRequest, round: Round, seat: Seat, *, answer: Answer | None = None) -> HttpResponse:
    refused = {} if answer is None else answer.refused
    shown = sheet.of_round(round, seat.household, refused=refused)
    sentences = _about_the_absent(shown, refused)
    if answer is not None and not refused:
        sentences.append(refusals.sentence(answer.data["code"], answer.data))
    context = _facts(round, seat, shown) | {"sentences": sentences}
    return render(request, "orders/recap.html", context, status=200 if answer is None else answer.status)


def _about_the_absent(shown: Sheet, refused: Mapping[int, Refusal]) -> list[str]:
    """Why what isn't on the sheet (any more) was refused, by its name where it was one of this round."""
    absent = refused.keys() - {line.offer.pk for line in shown.lines}
    names = Offer.objects.filter(stall__round=shown.round, pk__in=absent).in_bulk() if absent else {}
    return [f"{names[pk].name} : {refused[pk]}" if pk in names else str(refused[pk]) for pk in sorted(absent)]


def _facts(round: Round, seat: Seat | None, shown: Sheet) -> dict[str, Any]:
    return {
        "round": round,
        "neighbourhood": round.neighbourhood,
        "zone": round.neighbourhood.time_zone,
        "seat": seat,
        "household": "" if seat is None or seat.own else f"?household={seat.household.pk}",
        "cut": "?show=" if seat is None or seat.own else f"?household={seat.household.pk}&show=",
        "sheet": shown,
        "preview": previews.of_round(round, [part.stall.producer.name for part in shown.parts]),
        "key": uuid.uuid4(),
    }


def _show(request: HttpRequest, seat: Seat | None) -> str:
    """What the page is cut down to, if that is something there is."""
    asked = request.POST.get("show", "") or request.GET.get("show", "")
    known = {*Category.values, sheet.MINE} | (set() if seat is None else {sheet.FAVOURITES})
    return asked if asked in known else ""


def _way_in(request: HttpRequest, round: Round) -> dict[str, Any]:
    """What a guest may want to know before going on."""
    return {
        "asked_to_join": joining.has_asked(request.user, round.neighbourhood),
        "in_a_chat_app": guests.in_a_chat_app(request),
    }


def _not_a_number(offer_id: int) -> Answer:
    return Answer(422, {"refused": {str(offer_id): {"code": refusals.NOT_A_NUMBER}}})


def _in_json(answer: Answer) -> JsonResponse:
    """The answer with its sentences, and what could be had instead (`possible`)."""
    data = dict(answer.data)
    if "refused" in data:
        data["refused"] = {
            offer: {
                **refusal.figures,
                "sentence": str(refusal),
                "possible": None if refusal.possible is None else plain(refusal.possible),
            }
            for offer, refusal in answer.refused.items()
        }
    elif "code" in data:
        data["sentence"] = refusals.sentence(data["code"], data)
    return JsonResponse(data, status=answer.status)


def signed_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody is signed in any more: in JSON where a script asked, else the way in."""
    if wants_json(request):
        return JsonResponse({"sentence": _("You are signed out: sign in again, nothing is lost.")}, status=401)
    return redirect_to_login(reverse("orders:round", args=[pk]))


def _told(request: HttpRequest, pk: int, sentence: str, *, status: int) -> HttpResponse:
    """A page of ours can't have sent this: say so, with the way back."""
    if wants_json(request):
        return JsonResponse({"sentence": sentence}, status=status)
    return render(request, "orders/refused.html", {"sentence": sentence, "pk": pk}, status=status)


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks."""
    return "application/json" in request.headers.get("Accept", "")


def _status_of(refused: Mapping[int, Refusal]) -> int:
    return 422 if any(refusal.code == refusals.NOT_A_NUMBER for refusal in refused.values()) else 409


def link(name: str, pk: int, seat: Seat, *, show: str = "") -> str:
    """To a page of the sheet, for the same household, cut down to the same."""
    query = ({} if seat.own else {"household": seat.household.pk}) | ({"show": show} if show else {})
    return reverse(name, args=[pk]) + (f"?{urlencode(query)}" if query else "")
