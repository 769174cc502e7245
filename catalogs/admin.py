"""Staff change a catalog as its farm does, through catalogs/editing.py, so that its history stays whole."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from cagette.admin import Kept, ReadOnly
from cagette.models import User
from catalogs import editing
from catalogs.models import Catalog, CatalogEdit, CatalogImport, EditRequest, Product, Returnable, Supply, VatRate


@admin.register(Catalog)
class CatalogAdmin(Kept[Catalog]):
    list_display = ("name", "producer", "currency", "season_from", "season_until", "published_at")
    list_filter = ("currency", "published_at")
    search_fields = ("name", "producer__name")
    autocomplete_fields = ("producer",)
    readonly_fields = ("published_at", "created_at")
    list_select_related = ("producer",)

    def get_readonly_fields(self, request: HttpRequest, obj: Catalog | None = None) -> tuple[str, ...]:
        if obj is None:
            return self.readonly_fields
        fixed = ("currency",) if obj.was_published() else ()
        return (*self.readonly_fields, "producer", *fixed)

    def save_model(self, request: HttpRequest, obj: Catalog, form: ModelForm[Catalog], change: bool) -> None:
        assert isinstance(request.user, User)
        if change:
            values = {name: getattr(obj, name) for name in form.changed_data}
            editing.change_catalog(Catalog.objects.get(pk=obj.pk), values, by=request.user)
        else:
            editing.found_catalog(obj, by=request.user)


@admin.register(Product)
class ProductAdmin(Kept[Product]):
    list_display = (
        "name",
        "catalog",
        "reference",
        "category",
        "unit",
        "price",
        "price_per_kg",
        "vat_rate",
        "available",
    )
    list_filter = ("category", "weighed", "available", "vat_rate")
    search_fields = ("name", "reference", "catalog__name", "catalog__producer__name")
    # What is given back, with its deposit, is chosen on the farm's own page of the product.
    readonly_fields = ("catalog", "returnable", "deposit")
    # Its place in the list is a matter of its neighbours: it is moved on the farm's own pages.
    exclude = ("position",)
    list_select_related = ("catalog__producer",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Products are added on the farm's own pages, which also import lists."""
        return False

    def save_model(self, request: HttpRequest, obj: Product, form: ModelForm[Product], change: bool) -> None:
        assert isinstance(request.user, User)
        values: dict[str, Any] = {name: getattr(obj, name) for name in form.changed_data}
        now = Product.objects.select_related("catalog").get(pk=obj.pk)
        editing.change(now, values, by=request.user, source=CatalogEdit.Source.ADMIN)


@admin.register(Returnable)
class ReturnableAdmin(ReadOnly[Returnable]):
    """Its farm names it and asks for another amount, on its own page: products follow there."""

    list_display = ("name", "producer", "amount", "since", "until", "to_check")
    list_filter = ("to_check", "until")
    search_fields = ("name", "producer__name")
    list_select_related = ("producer",)


@admin.register(Supply)
class SupplyAdmin(ReadOnly[Supply]):
    list_display = ("product", "quantity", "ordered", "professional_share", "shared", "ended_at")
    list_filter = ("shared", "ended_at")
    search_fields = ("product__name", "product__catalog__producer__name")
    list_select_related = ("product__catalog__producer",)


@admin.register(CatalogEdit)
class CatalogEditAdmin(ReadOnly[CatalogEdit]):
    list_display = ("at", "catalog", "product", "field", "before", "after", "by", "source")
    list_filter = ("source", "at")
    search_fields = ("catalog__name", "catalog__producer__name", "product__name", "by__email")
    list_select_related = ("catalog__producer", "product", "by")
    ordering = ("-pk",)


@admin.register(EditRequest)
class EditRequestAdmin(ReadOnly[EditRequest]):
    list_display = ("at", "catalog", "key", "status", "by")
    list_filter = ("status", "at")
    search_fields = ("catalog__name", "catalog__producer__name", "key", "by__email")
    list_select_related = ("catalog__producer", "by")
    ordering = ("-pk",)


@admin.register(CatalogImport)
class CatalogImportAdmin(ReadOnly[CatalogImport]):
    list_display = ("filename", "catalog", "by", "created_at", "state", "applied_at")
    list_filter = ("state", "created_at")
    search_fields = ("filename", "catalog__name", "catalog__producer__name", "by__email")
    list_select_related = ("catalog__producer", "by")
    exclude = ("content",)
    ordering = ("-pk",)


@admin.register(VatRate)
class VatRateAdmin(Kept[VatRate]):
    list_display = ("country", "percent", "applies_to", "usual", "valid_from", "valid_until")
    list_filter = ("country",)
    search_fields = ("applies_to",)
