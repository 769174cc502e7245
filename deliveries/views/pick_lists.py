"""What a farm prepares: its pick lists, this one and all before, their files, and "seen, I deliver"."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db.models import F
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cagette.errors import DomainError
from cagette.models import OutgoingMail
from cagette.requests import MemberRequest
from deliveries import pick_lists as papers
from deliveries.farm_access import farm_pick_list
from deliveries.models import PickList
from deliveries.papers import in_currency
from orders.models import Round
from producers.models import Producer

LISTS_ON_A_PAGE = 30


@login_required
@never_cache
@require_safe
def pick_lists(request: MemberRequest) -> HttpResponse:
    """Those of my farms, the last revision of each, the newest delivery first: older ones can be printed again."""
    farms = Producer.objects.edited_by(request.user)
    found = (
        PickList.objects.newest()
        .filter(stall__producer__in=farms)
        .select_related("stall__producer", "stall__round__neighbourhood", "stall__round__place")
        .defer("rows")
        .annotate(totals=F("rows__totals"))
        .order_by("-stall__round__delivery_starts_at", "-pk")
    )
    page = Paginator(found, LISTS_ON_A_PAGE).get_page(request.GET.get("page"))
    several = len({pick_list.stall.producer_id for pick_list in page.object_list}) > 1
    return render(request, "deliveries/pick_lists.html", {"page": page, "several": several})


@login_required
@never_cache
@require_safe
def pick_list(request: MemberRequest, pk: int) -> HttpResponse:
    """One list on the screen: by product, by household, its files, its mails, its other revisions."""
    found = farm_pick_list(request.user, pk)
    revisions = list(found.stall.pick_lists.order_by("-revision").defer("rows"))
    coordinates = Round.objects.coordinated_by(request.user).filter(pk=found.stall.round_id).exists()
    works_there = found.stall.producer.members.filter(user=request.user).exists()
    mails = OutgoingMail.objects.about(f"round:{found.stall.round_id}").filter(
        key__startswith=f"pick-list:{found.stall_id}:{found.revision}:"
    )
    return render(
        request,
        "deliveries/pick_list.html",
        {
            "pick_list": found,
            "rows": in_currency(found.rows),
            "households": _households(found.rows),
            "revisions": revisions,
            "newest": revisions[0],
            "mails": mails.order_by("pk"),
            "coordinates": coordinates,
            "works_there": works_there,
        },
    )


@login_required
@never_cache
@require_safe
def pick_list_pdf(request: MemberRequest, pk: int) -> HttpResponseBase:
    found = farm_pick_list(request.user, pk)
    return _file(request, found, found.pdf_name, "pdf", "application/pdf")


@login_required
@never_cache
@require_safe
def pick_list_xlsx(request: MemberRequest, pk: int) -> HttpResponseBase:
    found = farm_pick_list(request.user, pk)
    return _file(request, found, found.xlsx_name, "xlsx", papers.XLSX)


@login_required
@require_POST
def mailing(request: MemberRequest, pk: int) -> HttpResponse:
    """Send it once more to the farm's addresses."""
    found = farm_pick_list(request.user, pk, acting=True)
    try:
        sent = papers.resend(found, by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("deliveries:pick_list", pk=pk)
    if sent:
        said = ngettext("On its way to %(n)d address.", "On its way to %(n)d addresses.", sent) % {"n": sent}
        messages.success(request, said)
    else:
        messages.warning(request, _("This farm has no address: print the list, or tell it by phone."))
    return redirect("deliveries:pick_list", pk=pk)


@login_required
@require_POST
def acknowledgement(request: MemberRequest, pk: int) -> HttpResponse:
    """ "Seen, I deliver" by the farm's own people, or "told by phone" by a coordinator."""
    found = farm_pick_list(request.user, pk, acting=True)
    works_there = found.stall.producer.members.filter(user=request.user).exists()
    phoned = request.POST.get("channel") == PickList.Channel.PHONE or not works_there
    papers.acknowledge(found, how=PickList.Channel.PHONE if phoned else PickList.Channel.PAGE, by=request.user)
    if works_there:
        messages.success(request, _("Noted: the coordinators see that you have it."))
        return redirect("deliveries:pick_list", pk=pk)
    messages.success(request, _("Noted: %(farm)s knows.") % {"farm": found.stall.producer})
    return redirect("deliveries:round", pk=found.stall.round_id)


def _file(request: MemberRequest, found: PickList, stored: str, ending: str, content_type: str) -> HttpResponseBase:
    if found.rendered_at is None:
        messages.info(request, _("The files are being made: try again in a moment."))
        return redirect("deliveries:pick_list", pk=found.pk)
    name = f"bon-{found.stall.producer.slug}-{found.rows['delivery']['starts'][:10]}-r{found.revision}.{ending}"
    return FileResponse(default_storage.open(stored), as_attachment=True, filename=name, content_type=content_type)


def _households(rows: dict[str, Any]) -> list[dict[str, Any]]:
    """The frozen households, each line with its product beside it."""
    products = {product["offer"]: product for product in rows["products"]}
    return [
        household | {"lines": [line | {"product": products[line["offer"]]} for line in household["lines"]]}
        for household in rows["households"]
    ]
