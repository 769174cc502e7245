"""The coordinator's desk: what one runs, one round with its farms, households and mails. Nothing is changed here."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cagette.requests import MemberRequest
from deliveries import changes, coordination, reasons, recaps, withdrawing
from deliveries.access import coordinated_order, coordinated_round
from deliveries.forms import CoordinatorForm
from orders.models import Household, Neighbourhood, OrderLine, Round, RoundCoordinator, Stall
from orders.models.ordering import ordered
from orders.sums import Summed

PAST_PER_PAGE = 12
MAILS_PER_PAGE = 50
CHANGES_PER_PAGE = 50
LATEST_CHANGES = 5


@login_required
@require_safe
def desk(request: MemberRequest) -> HttpResponse:
    """The rounds I run, by what they need next, and where I may propose another."""
    homes = Household.objects.of(request.user).values("neighbourhood")
    context = {
        "shelves": coordination.current_shelves(request.user),
        "past": Paginator(coordination.past_rounds(request.user), PAST_PER_PAGE).get_page(request.GET.get("page")),
        "neighbourhoods": Neighbourhood.objects.filter(pk__in=homes).order_by("name"),
    }
    return render(request, "deliveries/desk.html", context)


@login_required
@require_safe
def round(request: MemberRequest, pk: int) -> HttpResponse:
    """One round: what to do next, who answered, what is ordered, what became of the pick lists."""
    found = coordinated_round(request.user, pk, rounds=coordination.with_standing(Round.objects.all()))
    farms = coordination.farms_of(found)
    template = "deliveries/round.html" + ("#live" if request.htmx else "")  # type: ignore[attr-defined]
    context = page_of(found, "round") | {
        "farms": farms,
        "accepted": [farm for farm in farms if farm.stall.answer == Stall.Answer.ACCEPTED],
        "unanswered": [farm for farm in farms if farm.state == Stall.State.PENDING],
        "waiting": [farm for farm in farms if farm.stall.state == Stall.State.WAITING],
        "due": sum((farm.due for farm in farms), Summed(found.currency)),
        "sheet": found.sign_off_sheets.defer("rows").order_by("-revision").first(),
        "withdrawals": withdrawing.of_round(found),
        "changes": changes.told(changes.rows_of(found)[:LATEST_CHANGES], found),
        "coordinators": RoundCoordinator.objects.filter(round=found).select_related("user").order_by("pk"),
        "coordinator_form": CoordinatorForm(round=found),
        "share_link": settings.SITE_URL + found.shared_path,
    }
    return render(request, template, context)


def page_of(round: Round, tab: str) -> dict[str, Any]:
    """What every page of a round shows at its top."""
    now = timezone.now()
    return {
        "round": round,
        "zone": round.neighbourhood.time_zone,
        "phase": round.phase(now),
        "tab": tab,
        "changeable": round.state in (Round.State.PROPOSED, Round.State.PUBLISHED, Round.State.CLOSED),
        "window_lasts": round.state in (Round.State.PROPOSED, Round.State.PUBLISHED) and round.closes_at > now,
        # Its last farm may have been closed before the deadline.
        "deadline": min(round.closes_at, round.closed_at or round.closes_at),
    }


@login_required
@require_safe
def households(request: MemberRequest, pk: int) -> HttpResponse:
    """The orders so far, household by household; who hasn't confirmed, and whom no mail reaches."""
    found = coordinated_round(request.user, pk)
    sheets = coordination.sheets_of(found)
    context = page_of(found, "households") | {
        "sheets": sheets,
        "unconfirmed": [sheet for sheet in sheets if sheet.state == "wanted"],
        "due": sum((sheet.due for sheet in sheets), Summed(found.currency)),
        "neighbours": Household.objects.filter(neighbourhood=found.neighbourhood_id, left_at=None),
        "phone_list": recaps.phone_list(found),
        "correctable": found.stalls.filter(state=Stall.State.CLOSED).exists(),
        "keeps_people": Neighbourhood.objects.coordinated_by(request.user).filter(pk=found.neighbourhood_id).exists(),
    }
    return render(request, "deliveries/households.html", context)


@login_required
@require_safe
def household_order(request: MemberRequest, pk: int) -> HttpResponse:
    """To the sheet of a household (`?household=`), for a coordinator who fills it in its stead."""
    found = coordinated_round(request.user, pk)
    wanted = request.GET.get("household", "")
    neighbours = Household.objects.filter(neighbourhood=found.neighbourhood_id, left_at=None)
    if not (wanted.isascii() and wanted.isdecimal() and neighbours.filter(pk=wanted[:18]).exists()):
        raise Http404
    return redirect(reverse("orders:round", args=[found.pk]) + f"?household={wanted}")


@login_required
@require_safe
def order(request: MemberRequest, pk: int) -> HttpResponse:
    """One household's crate, farm by farm, with what can be corrected."""
    found = coordinated_order(request.user, pk)
    lines = (
        OrderLine.objects.filter(order=found)
        .filter(ordered() | Q(wanted__gt=0))
        .select_related("offer__stall__producer")
        .order_by("offer__stall__producer__name", "offer__stall_id", "offer__position", "pk")
    )
    context = page_of(found.round, "households") | {
        "order": found,
        "lines": list(lines),
        "reasons": reasons.of_order(found).why,
        "notes": found.notes.exclude(text="").select_related("stall__producer").order_by("stall__producer__name"),
    }
    return render(request, "deliveries/order.html", context)


@login_required
@require_safe
def mails(request: MemberRequest, pk: int) -> HttpResponse:
    """Every mail about the round: sent, waiting, or failed and why."""
    found = coordinated_round(request.user, pk)
    page = Paginator(coordination.mails_of(found), MAILS_PER_PAGE).get_page(request.GET.get("page"))
    context = page_of(found, "mails") | {
        "page": page,
        "counts": coordination.counts_of_mails(found),
    }
    return render(request, "deliveries/mails.html", context)


@login_required
@require_safe
def history(request: MemberRequest, pk: int) -> HttpResponse:
    """All that was changed of the round: who did it, when, from what to what, why."""
    found = coordinated_round(request.user, pk)
    page = Paginator(changes.rows_of(found), CHANGES_PER_PAGE).get_page(request.GET.get("page"))
    context = page_of(found, "history") | {"page": page, "changes": changes.told(page, found)}
    return render(request, "deliveries/history.html", context)
