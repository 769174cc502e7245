from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cagette.errors import DomainError
from cagette.requests import MemberRequest
from cagette.spreadsheets import Sheet, write_csv, write_xlsx
from catalogs import editing, exporting, history, showing
from catalogs.access import editable_catalog
from catalogs.forms.catalogs import CatalogForm
from catalogs.models import Catalog
from producers.access import editable_farm

EDITS_ON_A_PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The products by category. The farm sees the hidden ones too, and may change them."""
    catalog = get_object_or_404(Catalog.objects.visible_to(request.user).select_related("producer"), pk=pk)
    editable = Catalog.objects.editable_by(request.user).filter(pk=pk).exists()
    query = request.GET.get("q", "").strip()[:80]
    shown = showing.of_catalog(catalog, hidden=editable, query=query)
    return render(
        request,
        "catalogs/detail.html" if editable else "catalogs/public.html",
        {
            "catalog": catalog,
            "categories": showing.by_category(shown),
            "count": len(shown),
            "query": query,
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest, slug: str) -> HttpResponse:
    producer = editable_farm(request.user, slug)
    form = CatalogForm(request.POST or None, instance=Catalog(producer=producer))
    if request.method == "POST" and form.is_valid():
        catalog = editing.found_catalog(Catalog(producer=producer, **form.cleaned_data), by=request.user)
        return redirect("catalogs:detail", pk=catalog.pk)
    return render(
        request, "catalogs/new.html", {"form": form, "producer": producer}, status=422 if form.errors else 200
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    catalog = editable_catalog(request.user, pk)
    form = CatalogForm(request.POST or None, instance=editable_catalog(request.user, pk))
    if request.method == "POST" and form.is_valid():
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        try:
            editing.change_catalog(catalog, changed, by=request.user)
        except DomainError as error:
            form.add_error("currency", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("catalogs:detail", pk=pk)
    return render(request, "catalogs/edit.html", {"form": form, "catalog": catalog}, status=422 if form.errors else 200)


@login_required
@require_POST
def publication(request: MemberRequest, pk: int) -> HttpResponse:
    catalog = editable_catalog(request.user, pk)
    try:
        editing.publish(catalog, by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Published: coordinators can now invite you with it."))
    return redirect("catalogs:detail", pk=pk)


@login_required
@require_POST
def withdrawal(request: MemberRequest, pk: int) -> HttpResponse:
    catalog = editable_catalog(request.user, pk)
    try:
        editing.withdraw(catalog, by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Out of sight. Group orders it is part of already go on."))
    return redirect("catalogs:detail", pk=pk)


@login_required
@require_safe
def edits(request: MemberRequest, pk: int) -> HttpResponse:
    """Who changed what, the newest first."""
    catalog = editable_catalog(request.user, pk)
    page = Paginator(history.newest(catalog), EDITS_ON_A_PAGE).get_page(request.GET.get("page"))
    edits = history.told(list(page.object_list), catalog.currency)
    return render(request, "catalogs/history.html", {"catalog": catalog, "page": page, "edits": edits})


@login_required
@require_safe
def export(request: MemberRequest, pk: int, kind: str) -> HttpResponse:
    """The whole catalog as `csv` or `xlsx`."""
    catalog = editable_catalog(request.user, pk)
    rows = exporting.rows(catalog)
    if kind == "csv":
        response = HttpResponse(write_csv(rows), content_type="text/csv; charset=utf-8")
    elif kind == "xlsx":
        response = HttpResponse(write_xlsx([Sheet(catalog.name, list(rows))]), content_type=XLSX)
    else:
        raise Http404
    name = slugify(f"{catalog.producer.name} {catalog.name}") or "catalogue"
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response
