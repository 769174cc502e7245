from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cagette.requests import MemberRequest
from catalogs import editing
from catalogs.access import editable_catalog, editable_product
from catalogs.editing import ReferenceTaken, WrongReturnable
from catalogs.forms.products import ProductForm
from catalogs.models import Catalog, CatalogEdit, Product

FORM = CatalogEdit.Source.FORM


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest, pk: int) -> HttpResponse:
    catalog = editable_catalog(request.user, pk)
    form = ProductForm(
        request.POST or None, request.FILES or None, instance=Product(catalog=catalog), producer=catalog.producer
    )
    if request.method == "POST" and _written(
        form, lambda: editing.add(catalog, form.values(), by=request.user, source=FORM)
    ):
        messages.success(request, _("“%(product)s” is in the catalogue.") % {"product": form.cleaned_data["name"]})
        if "another" in request.POST:
            return redirect("catalogs:product_new", pk=pk)
        return redirect("catalogs:detail", pk=pk)
    return _page(request, form, catalog, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    product = editable_product(request.user, pk)
    form = ProductForm(
        request.POST or None,
        request.FILES or None,
        # A copy: the form writes what was typed into its instance, refused or not.
        instance=editable_product(request.user, pk),
        producer=product.catalog.producer,
    )
    if request.method == "POST" and _written(
        form, lambda: editing.change(product, form.values(), by=request.user, source=FORM)
    ):
        messages.success(request, _("“%(product)s” is saved.") % {"product": product})
        return redirect(f"{reverse('catalogs:detail', args=[product.catalog_id])}#product-{product.pk}")
    return _page(request, form, product.catalog, product)


@login_required
@require_POST
def copy(request: MemberRequest, pk: int) -> HttpResponse:
    product = editable_product(request.user, pk)
    twin = editing.duplicate(product, by=request.user)
    messages.success(request, _("Here is the copy, hidden until you put it on sale."))
    return redirect("catalogs:product_edit", pk=twin.pk)


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
    return redirect(f"{reverse('catalogs:detail', args=[product.catalog_id])}#product-{product.pk}")


def _written(form: ProductForm, write: Callable[[], object]) -> bool:
    """Whether the form was in order and `write` took it; a refusal is put beside its field."""
    if not form.is_valid():
        return False
    try:
        write()
    except ReferenceTaken as error:
        form.add_error("reference", str(error))
        return False
    except WrongReturnable as error:
        form.add_error("returnable", str(error))
        return False
    return True


def _page(request: MemberRequest, form: ProductForm, catalog: Catalog, product: Product | None) -> HttpResponse:
    return render(
        request,
        "catalogs/product.html",
        {"form": form, "catalog": catalog, "product": product},
        status=422 if form.errors else 200,
    )
