"""The round's own files, one's order to print, and the farm's "seen, I deliver" from the mail."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import conditional_page, require_http_methods, require_safe

from cagette.requests import MemberRequest
from deliveries import calendars, pick_lists, printing
from deliveries.access import coordinated_round
from deliveries.models import PickList
from deliveries.papers import in_currency
from orders.access import followed_neighbourhood
from orders.models import Order, Round


@login_required
@never_cache
@require_safe
def sign_off_pdf(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The newest hand-out sheet of a closed round, to print."""
    round = coordinated_round(request.user, pk)
    sheet = round.sign_off_sheets.order_by("-revision").first()
    if sheet is None:
        raise Http404
    if sheet.rendered_at is None:
        messages.info(request, _("The sign-off sheet is being made: try again in a moment."))
        return redirect("deliveries:round", pk=pk)
    day = round.delivery_starts_at.astimezone(round.neighbourhood.zone).date()
    return _download(sheet.pdf_name, f"emargement-{day}-r{sheet.revision}.pdf", "application/pdf")


def _download(stored: str, filename: str, content_type: str) -> FileResponse:
    file = default_storage.open(stored)
    return FileResponse(file, as_attachment=True, filename=filename, content_type=content_type)


@login_required
@never_cache
@require_safe
def order_pdf(request: MemberRequest, pk: int) -> HttpResponse:
    """An order as a recap to print. While a worker makes it: 202, and a page that comes back for it."""
    orders = Order.objects.visible_to(request.user).confirmed()
    order = get_object_or_404(orders.select_related("round__neighbourhood", "round__place", "household"), pk=pk)
    content = printing.on_paper(order, get_language() or settings.LANGUAGE_CODE)
    if content is None:
        return render(request, "deliveries/being_printed.html", {"order": order}, status=202)
    day = order.round.delivery_starts_at.astimezone(order.round.neighbourhood.zone).date()
    name = f"cagette-{day}-{order.household.pick_up_number}.pdf"
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


@never_cache
@require_safe
def round_ics(request: HttpRequest, pk: int) -> HttpResponse:
    """The hand-over as a calendar file, for whoever may see the round."""
    visible = Round.objects.public().visible_to(request.user, link=request.GET.get("link", ""))
    round = get_object_or_404(visible.select_related("neighbourhood", "place"), pk=pk)
    inside = round.household_of(request.user) is not None
    return HttpResponse(
        calendars.round_calendar(round, get_language() or settings.LANGUAGE_CODE, inside=inside),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="cagette-{round.pk}.ics"'},
    )


@require_safe
@conditional_page
@cache_control(max_age=600)
def neighbourhood_ics(request: HttpRequest, slug: str) -> HttpResponse:
    """A neighbourhood's pick-ups, for calendars that subscribe to them; an unlisted one's by its feeds' address."""
    neighbourhood = followed_neighbourhood(request, slug)
    headers = {"Content-Disposition": f'inline; filename="cagette-{neighbourhood.slug}.ics"'}
    if not neighbourhood.listed:
        headers["X-Robots-Tag"] = "noindex"
    return HttpResponse(
        calendars.neighbourhood_calendar(neighbourhood, get_language() or settings.LANGUAGE_CODE),
        content_type="text/calendar; charset=utf-8",
        headers=headers,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def acknowledgement_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a pick list's mail. Opening it changes nothing, since mail scanners do; its button says "seen"."""
    pick_list = pick_lists.pick_list_from_token(token)
    if pick_list is None:
        raise Http404
    if request.method == "POST":
        pick_lists.acknowledge(pick_list, how=PickList.Channel.LINK, by=None)
        return redirect(request.path)
    newest = pick_list.stall.pick_lists.order_by("-revision").defer("rows").first()
    context = {"pick_list": pick_list, "rows": in_currency(pick_list.rows), "newest": newest}
    return render(request, "deliveries/seen.html", context)
