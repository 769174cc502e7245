"""Loading catalogs and products for the person who asks: 404 when they may not see them, 403 when they may only see."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from cagette.models import User
from catalogs.models import Catalog, CatalogEdit, EditRequest, Product, Returnable


def editable_catalog(user: User, pk: int) -> Catalog:
    catalog = get_object_or_404(Catalog.objects.visible_to(user).select_related("producer"), pk=pk)
    _refuse_reader(user, catalog.pk)
    return catalog


def editable_product(user: User, pk: int) -> Product:
    products = Product.objects.filter(catalog__in=Catalog.objects.visible_to(user)).select_related("catalog__producer")
    product = get_object_or_404(products, pk=pk)
    _refuse_reader(user, product.catalog_id)
    return product


def editable_returnable(user: User, pk: int) -> Returnable:
    """404 for all but its farm: nobody else has a page of it."""
    return get_object_or_404(Returnable.objects.editable_by(user).select_related("producer"), pk=pk)


def editable_edit(user: User, pk: int) -> CatalogEdit:
    edit = get_object_or_404(CatalogEdit.objects.filter(catalog__in=Catalog.objects.visible_to(user)), pk=pk)
    _refuse_reader(user, edit.catalog_id)
    return edit


def editable_request(user: User, pk: int) -> EditRequest:
    request = get_object_or_404(EditRequest.objects.filter(catalog__in=Catalog.objects.visible_to(user)), pk=pk)
    _refuse_reader(user, request.catalog_id)
    return request


def _refuse_reader(user: User, catalog: int) -> None:
    if not Catalog.objects.editable_by(user).filter(pk=catalog).exists():
        raise PermissionDenied
