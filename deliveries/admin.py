from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from cagette.admin import ReadOnly
from deliveries.models import Correction, PickList, PrintedRecap, SignOffSheet, Withdrawal, WithdrawalLine


@admin.register(PickList)
class PickListAdmin(ReadOnly[PickList]):
    list_display = ("stall", "revision", "created_at", "rendered_at", "acknowledged_at", "acknowledged_how", "reason")
    list_filter = ("acknowledged_how", "created_at", "rendered_at")
    search_fields = ("stall__producer__name", "stall__round__title")
    list_select_related = ("stall__producer", "stall__round")
    ordering = ("-pk",)


@admin.register(SignOffSheet)
class SignOffSheetAdmin(ReadOnly[SignOffSheet]):
    list_display = ("round", "revision", "created_at", "rendered_at", "reason")
    list_filter = ("created_at",)
    search_fields = ("round__title", "round__neighbourhood__name")
    list_select_related = ("round",)
    ordering = ("-pk",)


@admin.register(PrintedRecap)
class PrintedRecapAdmin(ReadOnly[PrintedRecap]):
    list_display = ("order", "language", "asked_at")
    list_filter = ("language", "asked_at")
    search_fields = ("order__round__title", "order__household__name")
    list_select_related = ("order__round", "order__household")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PrintedRecap]:
        return super().get_queryset(request).defer("pdf")


@admin.register(Correction)
class CorrectionAdmin(ReadOnly[Correction]):
    list_display = ("at", "round", "stall", "kind", "cause", "by", "reason")
    list_filter = ("kind", "cause", "at")
    search_fields = ("round__title", "stall__producer__name", "by__email", "reason")
    list_select_related = ("round", "stall__producer", "stall__round", "by")
    ordering = ("-pk",)


class WithdrawalLineInline(admin.TabularInline[WithdrawalLine, Withdrawal]):
    model = WithdrawalLine
    extra = 0
    can_delete = False


@admin.register(Withdrawal)
class WithdrawalAdmin(ReadOnly[Withdrawal]):
    inlines = (WithdrawalLineInline,)
    list_display = ("at", "order", "name", "handed_out", "by")
    list_filter = ("handed_out", "at")
    search_fields = ("order__round__title", "order__household__name", "name", "email")
    list_select_related = ("order__round", "order__household", "by")
    ordering = ("-pk",)
