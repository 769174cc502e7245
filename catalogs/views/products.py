from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cagette.errors import DomainError
from cagette.requests import MemberRequest
from catalogs import editing
from catalogs.access import editable_catalog, editable_product
from catalogs.editing import Broken, ReferenceTaken, Stale, WrongReturnable
from catalogs.forms.products import MoveForm, ProductForm
from catalogs.models import Catalog, CatalogEdit, Product
from catalogs.moving import before, move
from catalogs.refusals import EditRefused
from catalogs.views.keys import done_before, posted_key

FORM = CatalogEdit.Source.FORM


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest, pk: int) -> HttpResponse:
    catalog = editable_catalog(request.user, pk)
    key = posted_key(request)
    form = ProductForm(
        request.POST or None, request.FILES or None, instance=Product(catalog=catalog), producer=catalog.producer
    )
    if done_before(pk, key) or _written(
        form, lambda: editing.add(catalog, form.values(), by=request.user, source=FORM, key=key)
    ):
        messages.success(request, _("“%(product)s” is in the catalogue.") % {"product": request.POST.get("name", "")})
        if "another" in request.POST:
            return redirect("catalogs:product_new", pk=pk)
        return redirect("catalogs:detail", pk=pk)
    return _page(request, form, catalog, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    product = editable_product(request.user, pk)
    key = posted_key(request)
    form = ProductForm(
        request.POST or None,
        request.FILES or None,
        # A copy: the form writes what was typed into its instance, refused or not.
        instance=editable_product(request.user, pk),
        producer=product.catalog.producer,
    )
    if done_before(product.catalog_id, key) or _written(
        form,
        lambda: editing.change(product, form.values(), by=request.user, source=FORM, key=key, seen=dict(form.now)),
    ):
        messages.success(request, _("“%(product)s” is saved.") % {"product": product})
        return redirect(_line_of(product))
    return _page(request, form, product.catalog, product)


@login_required
@require_POST
def copy(request: MemberRequest, pk: int) -> HttpResponse:
    product = editable_product(request.user, pk)
    try:
        twin = editing.duplicate(product, by=request.user, key=posted_key(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("catalogs:product_edit", pk=pk)
    messages.success(request, _("Here is the copy, hidden until you put it on sale."))
    return redirect("catalogs:product_edit", pk=twin.pk)


@login_required
@require_POST
def moving(request: MemberRequest, pk: int) -> HttpResponse:
    product = editable_product(request.user, pk)
    form = MoveForm(request.POST, product=product)
    if not form.is_valid():
        messages.error(request, _("Choose a product of this catalogue."))
        return redirect("catalogs:product_edit", pk=pk)
    move(product, after=form.cleaned_data["after"], by=request.user)
    return redirect(_line_of(product))


@login_required
@require_POST
def hiding(request: MemberRequest, pk: int) -> HttpResponse:
    return _put_on_sale(request, pk, available=False)


@login_required
@require_POST
def showing(request: MemberRequest, pk: int) -> HttpResponse:
    return _put_on_sale(request, pk, available=True)


def _put_on_sale(request: MemberRequest, pk: int, *, available: bool) -> HttpResponse:
    product = editable_product(request.user, pk)
    editing.change(product, {"available": available}, by=request.user, source=FORM)
    return redirect(_line_of(product))


def _line_of(product: Product) -> str:
    return f"{reverse('catalogs:detail', args=[product.catalog_id])}#product-{product.pk}"


def _written(form: ProductForm, write: Callable[[], object]) -> bool:
    """Whether the form was in order and `write` took it; a refusal is put beside its field."""
    if not form.is_bound or not form.is_valid():
        return False
    try:
        write()
    except ReferenceTaken as error:
        form.add_error("reference", str(error))
    except WrongReturnable as error:
        form.add_error("returnable", str(error))
    except Stale as error:
        for name, values in error.figures["fields"].items():
            form.ask_about(name, values["now"])
    except Broken as error:
        for name, sentences in error.figures["fields"].items():
            form.add_error(name, sentences)
    except EditRefused as error:
        form.add_error(None, str(error))
    else:
        return True
    return False


def _page(request: MemberRequest, form: ProductForm, catalog: Catalog, product: Product | None) -> HttpResponse:
    return render(
        request,
        "catalogs/product.html",
        {
            "form": form,
            "catalog": catalog,
            "product": product,
            "move_form": MoveForm(product=product, initial={"after": before(product)}) if product else None,
        },
        status=422 if form.errors else 200,
    )
