"""A farm's spreadsheet on its way into the catalogue: upload, columns, preview, confirmation."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cagette import wording
from cagette.errors import DomainError
from cagette.models import User
from cagette.requests import MemberRequest
from catalogs.access import editable_catalog
from catalogs.forms.imports import MappingForm, SheetForm, UploadForm
from catalogs.importing import applying, telling
from catalogs.importing.grids import Sheet
from catalogs.importing.headers import Field
from catalogs.importing.mapping import Mapping, mapping_from, of_table, read_mapped, table_of
from catalogs.importing.preview import Outcome, compare
from catalogs.importing.reading import read
from catalogs.importing.tables import find_table
from catalogs.models import Catalog, CatalogImport

LATEST_SHOWN = 5


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: MemberRequest, pk: int) -> HttpResponse:
    catalog = editable_catalog(request.user, pk)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        filename, data = form.cleaned_data["file"]
        started = applying.begin(catalog, data, filename, by=request.user)
        settled = mapping_from(started.mapping).settled
        return redirect("catalogs:import_preview" if settled else "catalogs:import_mapping", pk=started.pk)
    latest = catalog.imports.defer("content").select_related("by").order_by("-pk")[:LATEST_SHOWN]
    return render(
        request,
        "catalogs/import_upload.html",
        {"catalog": catalog, "form": form, "latest": latest, "sign": wording.sign(catalog.currency)},
        status=422 if form.errors else 200,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mapping(request: MemberRequest, pk: int) -> HttpResponse:
    """Which column is what. `?sheet=1&header=4` looks at another sheet or takes another row for the header."""
    started = _import(request.user, pk)
    if started.state == CatalogImport.State.APPLIED:
        return redirect("catalogs:import_preview", pk=pk)
    sheets = read(bytes(started.content), started.filename)
    chosen = _looked_at(request, sheets, mapping_from(started.mapping))
    table = table_of(sheets, chosen)
    farms = _farms(sheets, chosen)
    columns = telling.columns_of(table)
    form = MappingForm(request.POST or None, mapping=chosen, columns=columns, farms=farms)
    if request.method == "POST" and form.is_valid():
        applying.settle(started, form.chosen())
        return redirect("catalogs:import_preview", pk=pk)
    return render(
        request,
        "catalogs/import_mapping.html",
        {
            "catalog": started.catalog,
            "import": started,
            "form": form,
            "sheet_form": SheetForm(
                sheets=sheets, mapping=chosen, initial={"sheet": chosen.sheet, "header": chosen.header}
            ),
            "chosen": chosen,
            "doubtful": not chosen.complete,
            "columns": columns,
            "rows": list(zip(*(column.cells for column in columns), strict=True)),
        },
        status=422 if form.errors else 200,
    )


@login_required
@require_safe
def preview(request: MemberRequest, pk: int) -> HttpResponse:
    """What would happen, row by row; once applied, what did."""
    started = _import(request.user, pk)
    if started.state == CatalogImport.State.APPLIED:
        return render(request, "catalogs/import_applied.html", {"catalog": started.catalog, "import": started})
    if not mapping_from(started.mapping).settled:
        return redirect("catalogs:import_mapping", pk=pk)
    return _show_preview(request, started)


@login_required
@require_POST
def confirmation(request: MemberRequest, pk: int) -> HttpResponse:
    started = _import(request.user, pk)
    if not mapping_from(started.mapping).settled:
        return redirect("catalogs:import_mapping", pk=pk)
    seen = frozenset(request.POST.getlist("seen"))
    try:
        applying.apply(
            started,
            by=request.user,
            digest=request.POST.get("digest", ""),
            seen=seen,
            hide_missing="hide_missing" in request.POST,
        )
    except DomainError as error:
        return _show_preview(request, started, problem=error, seen=seen)
    messages.success(request, _("The list is in the catalogue."))
    return redirect("catalogs:import_preview", pk=pk)


def _import(user: User, pk: int) -> CatalogImport:
    """The import, for whoever may edit its catalogue; for others there is none."""
    mine = CatalogImport.objects.filter(catalog__in=Catalog.objects.editable_by(user))
    return get_object_or_404(mine.select_related("catalog__producer", "by"), pk=pk)


def _farms(sheets: list[Sheet], chosen: Mapping) -> list[str]:
    """The farms of a list that has a column for them."""
    if Field.FARM not in chosen.columns.values():
        return []
    return read_mapped(sheets, replace(chosen, options=replace(chosen.options, farm=""))).farms


def _looked_at(request: HttpRequest, sheets: list[Sheet], stored: Mapping) -> Mapping:
    """The mapping as stored, or the guess for the sheet and header that the address asks for."""
    asked = {**request.GET.dict(), **request.POST.dict()}
    sheet = _number(asked.get("sheet"), stored.sheet)
    if not 0 <= sheet < len(sheets):
        return stored
    header = _number(asked.get("header"), -1)
    if sheet != stored.sheet and "header" in asked and asked.get("shown_sheet") != str(sheet):
        # Another sheet: its own header is looked for, not the one chosen on the sheet before.
        header = -1
    if sheet == stored.sheet and header in (-1, stored.header):
        return stored
    table = find_table(sheets[sheet], header if header >= 0 else None) or find_table(sheets[sheet], 0)
    assert table is not None
    return replace(of_table(sheet, table), options=replace(stored.options, farm=""))


def _number(text: object, otherwise: int) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 7 else otherwise


def _show_preview(
    request: HttpRequest,
    started: CatalogImport,
    *,
    problem: DomainError | None = None,
    seen: frozenset[str] = frozenset(),
) -> HttpResponse:
    reading = applying.reading_of(started)
    found = compare(reading, started.catalog)
    currency = started.catalog.currency
    return render(
        request,
        "catalogs/import_preview.html",
        {
            "catalog": started.catalog,
            "import": started,
            "preview": found,
            "problem": problem,
            "seen": seen,
            "acting": telling.shown(
                found.of(Outcome.ADDED, Outcome.CHANGED, Outcome.DUPLICATE, Outcome.REFUSED), currency
            ),
            "same": telling.shown(found.of(Outcome.UNCHANGED), currency),
            "skipped": telling.shown(found.of(Outcome.SKIPPED), currency),
            "buyers": reading.buyers,
        },
        status=problem.status if problem else 200,
    )
