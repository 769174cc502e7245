from __future__ import annotations

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from cagette.admin import Kept
from producers.models import Certificate, PickListRecipient, Producer, ProducerMember
from producers.paying import Means


class MemberInline(admin.TabularInline[ProducerMember, Producer]):
    model = ProducerMember
    autocomplete_fields = ("user",)
    extra = 0


class RecipientInline(admin.TabularInline[PickListRecipient, Producer]):
    model = PickListRecipient
    extra = 0


class ProducerForm(forms.ModelForm[Producer]):
    payment_means = forms.MultipleChoiceField(
        label=_("means of payment"), choices=Means, required=False, widget=forms.CheckboxSelectMultiple
    )


@admin.register(Producer)
class ProducerAdmin(Kept[Producer]):
    form = ProducerForm
    list_display = ("name", "commune", "country", "phone", "vat_regime", "siren", "created_at", "retired_at")
    list_filter = ("country", "vat_regime", "retired_at")
    search_fields = ("name", "legal_name", "commune", "siren", "phone")
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012 (Django's own way)
    readonly_fields = ("created_at", "created_by")
    inlines = (MemberInline, RecipientInline)


@admin.register(Certificate)
class CertificateAdmin(Kept[Certificate]):
    list_display = ("producer", "certifier_code", "scope", "valid_from", "expires_on")
    list_filter = ("expires_on", "certifier_code")
    search_fields = ("producer__name", "certifier_code")
    autocomplete_fields = ("producer",)
    list_select_related = ("producer",)


@admin.register(ProducerMember)
class ProducerMemberAdmin(admin.ModelAdmin[ProducerMember]):
    list_display = ("user", "producer", "role")
    list_filter = ("role",)
    search_fields = ("user__email", "user__name", "producer__name")
    autocomplete_fields = ("user", "producer")
    list_select_related = ("user", "producer")


@admin.register(PickListRecipient)
class PickListRecipientAdmin(admin.ModelAdmin[PickListRecipient]):
    list_display = ("email", "producer", "language")
    search_fields = ("email", "producer__name")
    autocomplete_fields = ("producer",)
    list_select_related = ("producer",)
