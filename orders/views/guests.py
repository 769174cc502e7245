"""From a sheet that was filled in without an account to the order: say who one is, type the code, read the recap."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cagette.models import User
from cagette.requests import MemberRequest
from orders import guests, joining
from orders.forms.entrance import EntranceForm, HouseholdNameForm
from orders.models import Membership, Neighbourhood, Round
from orders.requests import NoSuchOrder
from orders.seats import Seat, seat_of, visible_round
from orders.views.neighbourhoods import say_joined
from orders.views.sheets import save_changes, save_notes, sheet_page


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def entrance(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks a guest for an address, and who is new for a name; posting sends the code, or joins who is signed in."""
    round, user = visible_round(request, pk), request.user
    if seat_of(user, round) is not None:
        return redirect("orders:arrival", pk=pk)
    if user.is_authenticated:
        said = guests.introduction(request.session, round)
        phone = user.phone or ("" if said is None else said.phone)
        form = HouseholdNameForm(request.POST or None, initial={"name": user.name, "phone": phone})
    else:
        form = EntranceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        guests.introduce(request.session, round, name=form.cleaned_data["name"], phone=form.cleaned_data["phone"])
        arrival = reverse("orders:arrival", args=[pk])
        return form.send(request, then=arrival) if isinstance(form, EntranceForm) else redirect(arrival)
    context = {
        "round": round,
        "neighbourhood": round.neighbourhood,
        "zone": round.neighbourhood.time_zone,
        "form": form,
        "kept": guests.kept(request.session, round),
        "asked_to_join": joining.has_asked(user, round.neighbourhood),
    }
    return render(request, "orders/entrance.html", context, status=422 if form.errors else 200)


@never_cache
@login_required
@require_safe
def arrival(request: MemberRequest, pk: int) -> HttpResponse:
    """Where signing in leads: joins as was asked on the way, puts what was kept on the sheet, and opens the recap.

    It does what this session's own forms have asked for, once; opening it again does nothing more.
    """
    round = visible_round(request, pk)
    seat = seat_of(request.user, round) or _joined(request, round)
    if seat is None:
        return redirect("orders:entrance", pk=pk)
    sent = guests.kept(request.session, round, seat.household)
    script = guests.has_script(request.session, round)
    guests.forget(request.session, round)
    if sent is None:
        return redirect("orders:round", pk=pk)
    try:
        refused = save_changes(request.user.pk, pk, sent)
        unsaved = save_notes(request.user.pk, pk, sent)
    except NoSuchOrder:
        raise Http404 from None
    refused = guests.prices_that_changed(sent, seat.household, round.currency) | refused
    if refused or unsaved:
        return sheet_page(
            request, round, seat, entries=sent.entries, refused=refused, unsaved_notes=unsaved, status=409
        )
    # With script the sheet opens the recap over itself.
    return redirect(reverse("orders:round", args=[pk]) + "#recap" if script else reverse("orders:recap", args=[pk]))


def _joined(request: MemberRequest, round: Round) -> Seat | None:
    """The seat of who has just come into the neighbourhood; None for who still waits, or has to say or show more."""
    user, said = request.user, guests.introduction(request.session, round)
    name = "" if said is None else said.name or user.name
    if said is None or not name or round.neighbourhood.joining == Neighbourhood.Joining.INVITATION:
        return None
    _name(user, name, said.phone)
    asked = joining.has_asked(user, round.neighbourhood)
    membership = joining.join(round.neighbourhood, user, name=name, phone=said.phone or user.phone)
    guests.forget_introduction(request.session, round)
    if not asked:
        say_joined(request, membership)
    return seat_of(user, round) if membership.state == Membership.State.ACTIVE else None


def _name(user: User, name: str, phone: str) -> None:
    """What one has said of one's household is a start for one's profile: nobody is asked twice."""
    said = {"name": user.name or name, "phone": user.phone or phone}
    if said != {"name": user.name, "phone": user.phone}:
        User.objects.filter(pk=user.pk).update(**said)
