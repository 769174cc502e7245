"""Staff look at everything and mend what is written down. Transitions belong to the verbs: states are read-only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cagette.admin import Kept, ReadOnly
from orders.models import (
    Favourite,
    Grant,
    Household,
    Membership,
    Neighbourhood,
    Offer,
    OfferChange,
    Order,
    OrderChange,
    OrderLine,
    OrderNote,
    OrderRequest,
    Place,
    Round,
    RoundCoordinator,
    Stall,
    Transition,
)
from orders.settling import Settled, settle


class Shown(admin.TabularInline[Any, Any]):
    """Rows to look at inside their parent."""

    extra = 0
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class PlaceInline(admin.TabularInline[Place, Neighbourhood]):
    model = Place
    extra = 0
    can_delete = False


class NeighbourhoodForm(ModelForm[Neighbourhood]):
    def clean(self) -> dict[str, Any]:
        """Settle the country and the currency by their own door. (The admin checks and saves in one transaction.)"""
        cleaned = super().clean() or self.cleaned_data
        country, currency = cleaned.get("country"), cleaned.get("currency")
        if self.instance.pk and country and currency:
            try:
                settle(Neighbourhood.objects.get(pk=self.instance.pk), country=country, currency=currency)
            except Settled as error:
                raise ValidationError(str(error), code="settled") from error
        return cleaned


@admin.register(Neighbourhood)
class NeighbourhoodAdmin(Kept[Neighbourhood]):
    """Only staff say in which country, currency and time zone a group is."""

    form = NeighbourhoodForm
    list_display = ("name", "commune", "country", "currency", "joining", "listed", "time_zone", "created_at")
    list_filter = ("country", "currency", "joining", "listed", "time_zone")
    search_fields = ("name", "commune", "postcode")
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012 (Django's own way)
    readonly_fields = ("invitation_token", "created_at")
    inlines = (PlaceInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Neighbourhood | None = None) -> tuple[str, ...]:
        settled = obj is not None and obj.has_published()
        return (*self.readonly_fields, "country", "currency") if settled else self.readonly_fields


class MembershipInline(admin.TabularInline[Membership, Household]):
    model = Membership
    fields = ("user", "role", "state", "joined_at")
    readonly_fields = ("state", "joined_at")
    autocomplete_fields = ("user",)
    can_delete = False
    extra = 0


@admin.register(Household)
class HouseholdAdmin(Kept[Household]):
    list_display = ("name", "neighbourhood", "pick_up_number", "phone", "kind", "created_at", "left_at")
    list_filter = ("kind", "neighbourhood", "left_at")
    search_fields = ("name", "phone", "legal_name", "siren", "memberships__user__email")
    autocomplete_fields = ("neighbourhood",)
    readonly_fields = ("pick_up_number", "created_at", "left_at")
    list_select_related = ("neighbourhood",)
    inlines = (MembershipInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Household | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "neighbourhood") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Household, form: ModelForm[Household], change: bool) -> None:
        if not change:
            # The admin saves inside a transaction, which holds the neighbourhood until the household is there.
            obj.pick_up_number = obj.neighbourhood.next_pick_up_number()
        super().save_model(request, obj, form, change)


@admin.register(Membership)
class MembershipAdmin(Kept[Membership]):
    list_display = ("user", "household", "neighbourhood", "role", "state", "joined_at")
    list_filter = ("role", "state", "household__neighbourhood")
    search_fields = ("user__email", "user__name", "household__name")
    autocomplete_fields = ("user", "household")
    readonly_fields = ("state", "joined_at")
    list_select_related = ("user", "household__neighbourhood")

    @admin.display(description=_("neighbourhood group"), ordering="household__neighbourhood__name")
    def neighbourhood(self, membership: Membership) -> str:
        return membership.household.neighbourhood.name


@admin.register(Place)
class PlaceAdmin(Kept[Place]):
    list_display = ("name", "neighbourhood", "address")
    search_fields = ("name", "address", "neighbourhood__name")
    autocomplete_fields = ("neighbourhood",)
    list_select_related = ("neighbourhood",)


class CoordinatorInline(admin.TabularInline[RoundCoordinator, Round]):
    model = RoundCoordinator
    autocomplete_fields = ("user",)
    extra = 0


class StallInline(Shown):
    model = Stall
    fields = ("producer", "state", "answer", "answered_how", "closes_at", "minimum_amount")


@admin.register(Round)
class RoundAdmin(Kept[Round]):
    """Its words and its coordinators may be mended; its times and its state have verbs."""

    list_display = ("title", "neighbourhood", "place", "state", "opens_at", "closes_at", "delivery_starts_at")
    list_filter = ("state", "delivery_starts_at", "neighbourhood")
    search_fields = ("title", "neighbourhood__name", "place__name")
    list_select_related = ("neighbourhood", "place")
    ordering = ("-delivery_starts_at",)
    inlines = (CoordinatorInline, StallInline)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Round | None = None) -> list[str]:
        return [field.name for field in Round._meta.fields if field.name not in {"title", "note", "latecomers"}]


@admin.register(RoundCoordinator)
class RoundCoordinatorAdmin(admin.ModelAdmin[RoundCoordinator]):
    list_display = ("round", "user")
    search_fields = ("round__title", "user__email", "user__name")
    autocomplete_fields = ("round", "user")
    list_select_related = ("round", "user")


@admin.register(Transition)
class TransitionAdmin(ReadOnly[Transition]):
    list_display = ("at", "round", "stall", "kind", "state_before", "state_after", "by", "how", "reason")
    list_filter = ("kind", "how", "at")
    search_fields = ("round__title", "stall__producer__name", "by__email", "reason")
    list_select_related = ("round", "stall__producer", "stall__round", "by")
    ordering = ("-pk",)


class OfferInline(Shown):
    model = Offer
    fields = ("name", "unit", "price", "price_per_kg", "supply", "withdrawn_at")


@admin.register(Stall)
class StallAdmin(ReadOnly[Stall]):
    list_display = ("producer", "round", "state", "answer", "closes_at", "minimum_amount", "below_minimum", "closed_at")
    list_filter = ("state", "answer", "below_minimum", "closes_at")
    search_fields = ("producer__name", "round__title")
    list_select_related = ("producer", "round")
    ordering = ("-closes_at",)
    inlines = (OfferInline,)


@admin.register(Offer)
class OfferAdmin(ReadOnly[Offer]):
    list_display = ("name", "stall", "unit", "price", "price_per_kg", "supply", "withdrawn_at")
    list_filter = ("category", "weighed", "withdrawn_at")
    search_fields = ("name", "stall__producer__name", "stall__round__title")
    list_select_related = ("stall__producer", "stall__round", "supply__product")
    ordering = ("-pk",)


@admin.register(OfferChange)
class OfferChangeAdmin(ReadOnly[OfferChange]):
    list_display = ("at", "offer", "field", "before", "after", "by", "reason")
    list_filter = ("at", "field")
    search_fields = ("offer__name", "by__email", "reason")
    list_select_related = ("offer", "by")
    ordering = ("-pk",)


class LineInline(Shown):
    model = OrderLine
    fields = ("offer", "wanted", "quantity", "tolerance", "granted", "allocated", "delivered", "basis", "unit_price")


@admin.register(Order)
class OrderAdmin(ReadOnly[Order]):
    list_display = ("round", "household", "created_at", "confirmed_at", "created_by")
    list_filter = ("confirmed_at",)
    search_fields = ("round__title", "household__name", "household__memberships__user__email")
    list_select_related = ("round", "household", "created_by")
    ordering = ("-pk",)
    inlines = (LineInline,)


@admin.register(OrderLine)
class OrderLineAdmin(ReadOnly[OrderLine]):
    list_display = (
        "order",
        "offer",
        "wanted",
        "quantity",
        "tolerance",
        "allocated",
        "delivered",
        "basis",
        "unit_price",
    )
    search_fields = ("offer__name", "order__household__name", "order__round__title")
    list_select_related = ("order__round", "order__household", "offer")
    ordering = ("-pk",)


@admin.register(OrderNote)
class OrderNoteAdmin(ReadOnly[OrderNote]):
    list_display = ("at", "order", "stall", "text", "by", "on_behalf")
    list_filter = ("at",)
    search_fields = ("text", "order__household__name", "stall__producer__name")
    list_select_related = ("order__round", "order__household", "stall__producer", "stall__round", "by")
    ordering = ("-pk",)


@admin.register(Favourite)
class FavouriteAdmin(ReadOnly[Favourite]):
    list_display = ("household", "product")
    search_fields = ("household__name", "product__name")
    list_select_related = ("household", "product")
    ordering = ("-pk",)


@admin.register(OrderRequest)
class OrderRequestAdmin(ReadOnly[OrderRequest]):
    list_display = ("created_at", "order", "status", "by", "key")
    list_filter = ("status", "created_at")
    search_fields = ("key", "by__email", "order__household__name")
    list_select_related = ("order__round", "order__household", "by")
    ordering = ("-pk",)


@admin.register(OrderChange)
class OrderChangeAdmin(ReadOnly[OrderChange]):
    list_display = (
        "at",
        "line",
        "quantity_before",
        "quantity_after",
        "tolerance_before",
        "tolerance_after",
        "by",
        "on_behalf",
    )
    list_filter = ("on_behalf", "at")
    search_fields = ("line__offer__name", "line__order__household__name", "by__email")
    list_select_related = ("line__offer", "by")
    ordering = ("-pk",)


@admin.register(Grant)
class GrantAdmin(ReadOnly[Grant]):
    list_display = ("offered_at", "order", "offer", "quantity", "agreed_at", "on_behalf", "taken_back_at")
    list_filter = ("offered_at", "agreed_at", "taken_back_at")
    search_fields = ("order__round__title", "order__household__name", "offer__name", "reason")
    list_select_related = ("order__round", "order__household", "offer")
    ordering = ("-pk",)
