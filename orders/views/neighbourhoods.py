"""A neighbourhood's page, and coming in."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
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
from orders import guests, joining, noticeboard, previews
from orders.access import coordinated_neighbourhood
from orders.forms.neighbourhoods import JoiningForm, KeptHouseholdForm
from orders.models import Household, Membership, Neighbourhood

PAST_PER_PAGE = 10


@require_safe
def neighbourhood(request: HttpRequest, slug: str) -> HttpResponse:
    neighbourhood = get_object_or_404(Neighbourhood.objects.visible_to(request.user), slug=slug)
    return _page_of(request, neighbourhood, _joining_form(request))


def _joining_form(request: HttpRequest) -> JoiningForm:
    user = request.user
    return JoiningForm(initial={"name": user.name, "phone": user.phone} if user.is_authenticated else None)


def _page_of(request: HttpRequest, neighbourhood: Neighbourhood, form: JoiningForm, *, token: str = "") -> HttpResponse:
    user, now = request.user, timezone.now()
    memberships = Membership.objects.filter(household__neighbourhood=neighbourhood).exclude(state=Membership.State.LEFT)
    mine = memberships.filter(user=user).select_related("household").first() if user.is_authenticated else None
    active = mine is not None and mine.state == Membership.State.ACTIVE
    coordinators = memberships.active().filter(role=Membership.Role.COORDINATOR)
    shelves = noticeboard.shelved_rounds(neighbourhood, at=now)
    past = noticeboard.past_rounds(neighbourhood, at=now)
    context = {
        "neighbourhood": neighbourhood,
        "preview": previews.of_neighbourhood(neighbourhood, shelves["open"], token=token),
        "form": form,
        "token": token,
        "membership": mine,
        "active": active,
        "may_coordinate": user.is_authenticated
        and (user.is_staff or (active and mine is not None and mine.role == Membership.Role.COORDINATOR)),
        "shelves": shelves,
        "page": Paginator(past, PAST_PER_PAGE).get_page(request.GET.get("page")),
        "producers": noticeboard.farms_that_came(neighbourhood, at=now),
        "places": noticeboard.places_in_use(neighbourhood, at=now),
        "coordinators": list(coordinators.select_related("user")) if active else [],
        # The address of an unlisted group's feeds is for those inside.
        "feeds": noticeboard.feeds_of(neighbourhood) if neighbourhood.listed or not token else None,
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
    neighbourhood = coordinated_neighbourhood(request.user, slug)
    return _people(request, neighbourhood, KeptHouseholdForm(country=neighbourhood.country))


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
    form = KeptHouseholdForm(request.POST, country=neighbourhood.country)
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
