"""The first page, a neighbourhood's page, and coming in."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.db.models import Exists, F, Min, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cagette.errors import DomainError
from cagette.models import User
from cagette.requests import MemberRequest
from orders import guests, joining
from orders.access import coordinated_neighbourhood
from orders.forms.neighbourhoods import JoiningForm, KeptHouseholdForm, SearchForm
from orders.models import Household, Membership, Neighbourhood, Order, OrderLine, Round, Stall
from orders.models.rounds import RoundQuerySet
from producers.models import Producer

NEIGHBOURHOODS_PER_PAGE = 24
PAST_ROUNDS_SHOWN = 10


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What Cagette is, one's own rounds, and the neighbourhoods: those with an open round first."""
    form = SearchForm(request.GET)
    commune = form.cleaned_data["commune"].strip() if form.is_valid() else ""
    now = timezone.now()
    coming = Q(rounds__state=Round.State.PUBLISHED, rounds__closes_at__gt=now)
    found = Neighbourhood.objects.filter(listed=True).annotate(next_close=Min("rounds__closes_at", filter=coming))
    if commune:
        found = found.filter(
            Q(commune__unaccent__icontains=commune)
            | Q(name__unaccent__icontains=commune)
            | Q(postcode__startswith=commune)
        )
    found = found.order_by(F("next_close").asc(nulls_last=True), "name")
    page = Paginator(found, NEIGHBOURHOODS_PER_PAGE).get_page(request.GET.get("page"))
    rounds: dict[int, list[Round]] = {}
    for round in current_rounds().filter(neighbourhood__in=[each.pk for each in page]):
        rounds.setdefault(round.neighbourhood_id, []).append(round)
    context = {
        "form": form,
        "commune": commune,
        "page": page,
        "neighbourhoods": [(each, rounds.get(each.pk, [])) for each in page],
        "mine": own_rounds(request.user),
        "households": list(Household.objects.of(request.user).select_related("neighbourhood")),
    }
    return render(request, "orders/home.html", context)


def current_rounds() -> RoundQuerySet:
    """Published rounds whose orders are open or still to open, the first to close first."""
    return (
        Round.objects.filter(state=Round.State.PUBLISHED, closes_at__gt=timezone.now())
        .select_related("neighbourhood", "place")
        .order_by("closes_at", "pk")
    )


def own_rounds(user: User | AnonymousUser) -> list[tuple[Round, Order | None]]:
    """The rounds of one's neighbourhoods until a day after the pick-up, each with what one's household has there."""
    if not user.is_authenticated:
        return []
    households = Household.objects.of(user)
    rounds = (
        Round.objects.filter(
            neighbourhood__in=households.values("neighbourhood"),
            state__in=[Round.State.PUBLISHED, Round.State.CLOSED, Round.State.CANCELLED],
            delivery_ends_at__gt=timezone.now() - timedelta(days=1),
        )
        .select_related("neighbourhood", "place")
        .order_by("delivery_starts_at", "pk")
    )
    lines = OrderLine.objects.filter(order=OuterRef("pk"))
    orders = Order.objects.filter(household__in=households, round__in=rounds).annotate(
        is_ordered=Exists(lines.filter(quantity__gt=0)), is_to_confirm=Exists(lines.unconfirmed())
    )
    by_round = {order.round_id: order for order in orders}
    return [(round, by_round.get(round.pk)) for round in rounds]


@require_safe
def neighbourhood(request: HttpRequest, slug: str) -> HttpResponse:
    neighbourhood = get_object_or_404(Neighbourhood.objects.visible_to(request.user), slug=slug)
    return _page_of(request, neighbourhood, _joining_form(request))


def _joining_form(request: HttpRequest) -> JoiningForm:
    user = request.user
    return JoiningForm(initial={"name": user.name, "phone": user.phone} if user.is_authenticated else None)


def _page_of(request: HttpRequest, neighbourhood: Neighbourhood, form: JoiningForm, *, token: str = "") -> HttpResponse:
    user, now = request.user, timezone.now()
    rounds = Round.objects.filter(neighbourhood=neighbourhood).select_related("neighbourhood", "place")
    memberships = Membership.objects.filter(household__neighbourhood=neighbourhood).exclude(state=Membership.State.LEFT)
    mine = memberships.filter(user=user).select_related("household").first() if user.is_authenticated else None
    active = mine is not None and mine.state == Membership.State.ACTIVE
    coordinators = memberships.active().filter(role=Membership.Role.COORDINATOR)
    past = rounds.filter(state__in=[Round.State.CLOSED, Round.State.SETTLED]).order_by("-delivery_starts_at", "-pk")
    stalls = Stall.objects.filter(round__in=rounds.public(), answer=Stall.Answer.ACCEPTED)
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "token": token,
        "membership": mine,
        "active": active,
        "may_coordinate": user.is_authenticated
        and (user.is_staff or (active and mine is not None and mine.role == Membership.Role.COORDINATOR)),
        "open_rounds": list(rounds.open(at=now).order_by("closes_at")),
        "upcoming_rounds": list(rounds.upcoming(at=now).order_by("opens_at")),
        "past_rounds": list(past[:PAST_ROUNDS_SHOWN]),
        "producers": list(Producer.objects.visible_to(user).filter(pk__in=stalls.values("producer"))),
        "coordinators": list(coordinators.select_related("user")) if active else [],
    }
    return render(request, "orders/neighbourhood.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def joining_request(request: MemberRequest, slug: str) -> HttpResponse:
    neighbourhood = get_object_or_404(Neighbourhood.objects.visible_to(request.user), slug=slug)
    return _join(request, request.user, neighbourhood, token="")


def _join(request: HttpRequest, user: User, neighbourhood: Neighbourhood, *, token: str) -> HttpResponse:
    form = JoiningForm(request.POST)
    if form.is_valid():
        try:
            membership = joining.join(neighbourhood, user, token=token, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            say_joined(request, membership)
            # Who has filled in a sheet before goes back to it.
            if round := guests.last_kept(request.session, neighbourhood):
                return redirect("orders:arrival", pk=round.pk)
            return redirect("orders:neighbourhood", slug=neighbourhood.slug)
    return _page_of(request, neighbourhood, form, token=token)


def say_joined(request: HttpRequest, membership: Membership) -> None:
    words = {"number": membership.household.pick_up_number}
    if membership.state == Membership.State.ACTIVE:
        messages.success(request, _("Welcome! Your pick-up number is %(number)s.") % words)
    else:
        messages.info(request, _("Your request has been sent. You get a mail as soon as a coordinator has answered."))


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """The page that the invitation link opens, also for a neighbourhood that isn't listed; posting joins."""
    neighbourhood = get_object_or_404(Neighbourhood, slug=slug)
    if not constant_time_compare(token, neighbourhood.invitation_token):
        raise Http404
    if request.method != "POST":
        return _page_of(request, neighbourhood, _joining_form(request), token=token)
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    return _join(request, request.user, neighbourhood, token=token)


@login_required
@require_safe
def approvals(request: MemberRequest, slug: str) -> HttpResponse:
    """Who asks to come in, the invitation link, and all households."""
    return _people(request, coordinated_neighbourhood(request.user, slug), KeptHouseholdForm())


def _people(request: MemberRequest, neighbourhood: Neighbourhood, form: KeptHouseholdForm) -> HttpResponse:
    memberships = Membership.objects.filter(household__neighbourhood=neighbourhood).select_related("user", "household")
    by_household: dict[int, list[Membership]] = {}
    for membership in memberships.active().order_by("pk"):
        by_household.setdefault(membership.household_id, []).append(membership)
    waiting = list(memberships.filter(state=Membership.State.PENDING).order_by("joined_at"))
    unseen = [membership.household_id for membership in waiting]
    households = neighbourhood.households.filter(left_at=None).exclude(pk__in=unseen)
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "waiting": waiting,
        "invitation_link": settings.SITE_URL
        + reverse("orders:invitation", args=[neighbourhood.slug, neighbourhood.invitation_token]),
        "households": [(household, by_household.get(household.pk, [])) for household in households],
    }
    return render(request, "orders/people.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def household_founding(request: MemberRequest, slug: str) -> HttpResponse:
    """Write down a household that has no login."""
    neighbourhood = coordinated_neighbourhood(request.user, slug)
    form = KeptHouseholdForm(request.POST)
    if not form.is_valid():
        return _people(request, neighbourhood, form)
    household = Household.found(neighbourhood, **form.cleaned_data)
    messages.success(
        request,
        _("%(household)s has pick-up number %(number)s.")
        % {"household": household.name, "number": household.pick_up_number},
    )
    return redirect("orders:approvals", slug=neighbourhood.slug)


@login_required
@require_POST
def approval(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """The coordinators' answer to a request: `answer` is yes or no."""
    neighbourhood = coordinated_neighbourhood(request.user, slug)
    membership = get_object_or_404(Membership, pk=pk, household__neighbourhood=neighbourhood)
    answer = joining.approve if request.POST.get("answer") == "yes" else joining.refuse
    try:
        answer(membership, by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("orders:approvals", slug=neighbourhood.slug)


@login_required
@require_POST
def invitation_renewal(request: MemberRequest, slug: str) -> HttpResponse:
    neighbourhood = coordinated_neighbourhood(request.user, slug)
    joining.new_invitation_link(neighbourhood, by=request.user)
    messages.success(request, _("There is a new invitation link; the old one works no longer."))
    return redirect("orders:approvals", slug=neighbourhood.slug)
