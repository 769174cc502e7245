"""A round begins: somebody proposes it, and the farms answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cagette.errors import DomainError
from cagette.models import User
from cagette.requests import MemberRequest
from orders import rounds
from orders.forms.rounds import AnswerForm, ProposalForm, copied, from_scratch, typed
from orders.models import Household, Membership, Neighbourhood, Place, Round, RoundCoordinator, Stall


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: MemberRequest, slug: str) -> HttpResponse:
    """Any member proposes a round, from scratch or from an earlier one (`?from=`), and coordinates it."""
    neighbourhood = _members_neighbourhood(request.user, slug)
    earlier = Round.objects.in_neighbourhood(neighbourhood).visible_to(request.user).order_by("-delivery_starts_at")
    if request.method == "POST" and "find" not in request.POST:
        form = ProposalForm(request.POST, neighbourhood=neighbourhood)
        if form.is_valid():
            try:
                round = _propose(form, neighbourhood, request.user)
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                _say_invited(request, round)
                return redirect("deliveries:round", pk=round.pk)
    else:
        form = ProposalForm(neighbourhood=neighbourhood, initial=_initial(request, neighbourhood, earlier))
    context = {
        "form": form,
        "neighbourhood": neighbourhood,
        "earlier": earlier[:5],
        "copied": request.GET.get("from", ""),
    }
    return render(request, "orders/propose.html", context, status=422 if form.errors else 200)


def _members_neighbourhood(user: User, slug: str) -> Neighbourhood:
    """The neighbourhood `user` is a member of: 403 for who has asked to come in or has left, 404 for strangers."""
    neighbourhood = get_object_or_404(Neighbourhood, slug=slug)
    memberships = Membership.objects.filter(user=user, household__neighbourhood=neighbourhood)
    if Household.objects.of(user).filter(neighbourhood=neighbourhood).exists():
        return neighbourhood
    if user.is_staff or memberships.exists():
        raise PermissionDenied
    raise Http404


def _initial(request: MemberRequest, neighbourhood: Neighbourhood, earlier: Any) -> dict[str, Any]:
    if request.method == "POST":
        return typed(request.POST)
    wanted = request.GET.get("from", "")
    if not wanted:
        return from_scratch(neighbourhood)
    last = (
        get_object_or_404(earlier.select_related("neighbourhood"), pk=wanted)
        if wanted.isdecimal() and len(wanted) < 19
        else None
    )
    if last is None:
        raise Http404
    taking_part = last.stalls.exclude(state=Stall.State.DECLINED)
    return copied(last, taking_part.values_list("catalog", flat=True))


def _propose(form: ProposalForm, neighbourhood: Neighbourhood, by: User) -> Round:
    data = form.cleaned_data
    with transaction.atomic():
        place = data["place"] or Place.objects.create(
            neighbourhood=neighbourhood,
            name=data["place_name"],
            address=data["place_address"],
            access=data["place_access"],
        )
        names = (
            "title",
            "note",
            "latecomers",
            "opens_at",
            "closes_at",
            "delivery_starts_at",
            "delivery_ends_at",
            "catalogs",
        )
        asked = {name: data[name] for name in names}
        return rounds.propose(by=by, neighbourhood=neighbourhood, place=place, **asked)


def _say_invited(request: HttpRequest, round: Round) -> None:
    stalls = list(round.stalls.select_related("producer"))
    to_ring = [stall.producer.name for stall in stalls if not rounds.producer_addresses(stall)]
    asked = len(stalls) - len(to_ring)
    if stalls:
        said = ngettext("Proposed. %(n)d farm is asked by mail.", "Proposed. %(n)d farms are asked by mail.", asked)
        messages.success(request, said % {"n": asked})
    else:
        messages.success(request, _("Proposed. Now invite the farms."))
    if to_ring:
        messages.warning(request, _("No address for: %(farms)s. Please ring them.") % {"farms": ", ".join(to_ring)})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: MemberRequest, pk: int) -> HttpResponse:
    """A farm's answer: given by its own people, or by a coordinator who rang them."""
    stalls = Stall.objects.select_related("round__neighbourhood", "round__place", "producer", "catalog")
    stall = get_object_or_404(stalls, pk=pk)
    if not Stall.objects.answerable_by(request.user).filter(pk=pk).exists():
        published = stall.round.state != Round.State.PROPOSED
        neighbours = Household.objects.of(request.user).filter(neighbourhood=stall.round.neighbourhood_id)
        other_farms = Stall.objects.answerable_by(request.user).filter(round=stall.round)
        if request.user.is_staff or other_farms.exists() or (published and neighbours.exists()):
            raise PermissionDenied
        raise Http404
    own = stall.producer.members.filter(user=request.user).exists()
    how = Stall.Channel.PAGE if own else Stall.Channel.PHONE
    return _answer(request, stall, by=request.user, how=how)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same page for whoever has the link of the invitation; no login is asked."""
    stall = rounds.stall_from_token(token)
    if stall is None:
        raise Http404
    return _answer(request, stall, by=None, how=Stall.Channel.LINK)


def _word(request: HttpRequest) -> str:
    """What a farm says while it declines; the form's other fields don't matter then."""
    return request.POST.get("word", "").replace("\0", "")[:500]


def _answer(request: HttpRequest, stall: Stall, *, by: User | None, how: str) -> HttpResponse:
    """Show the invitation; posting says yes (with the farm's terms) or no."""
    form = AnswerForm(request.POST if request.method == "POST" else None, stall=stall)
    refused = request.POST.get("answer") == Stall.Answer.DECLINED
    if request.method == "POST" and (refused or form.is_valid()):
        try:
            if refused:
                rounds.decline(stall, by=by, how=how, word=_word(request))
            else:
                rounds.accept(stall, by=by, how=how, **form.terms())
        except DomainError as error:
            messages.error(request, str(error))
        return redirect(request.path)
    stall = Stall.objects.select_related("round__neighbourhood", "round__place", "producer", "catalog").get(pk=stall.pk)
    round = stall.round
    past = round.state not in (Round.State.PROPOSED, Round.State.PUBLISHED) or round.closes_at <= timezone.now()
    context = {
        "form": form,
        "stall": stall,
        "round": round,
        "zone": round.neighbourhood.time_zone,
        "how": how,
        "coordinators": RoundCoordinator.objects.filter(round=round).select_related("user").order_by("pk"),
        "past": past,
        "answerable": not past and stall.state in (Stall.State.PENDING, Stall.State.DECLINED),
        "products": stall.catalog.products.filter(available=True).count(),
    }
    return render(request, "orders/answer.html", context, status=422 if form.is_bound and form.errors else 200)
