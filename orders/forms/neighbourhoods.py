from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.models import Household, Membership
from producers.numbers import buyer_number_field, vat_number_field


class SearchForm(forms.Form):
    commune = forms.CharField(label=_("Commune"), required=False, max_length=80)


class JoiningForm(forms.ModelForm[Household]):
    """A household of one's own."""

    class Meta:
        model = Household
        fields = ("name", "phone")
        labels: ClassVar = {"name": _("Name of your household")}
        help_texts: ClassVar = {
            "name": _("It stands on your crate: your family name, for instance."),
            "phone": _("So that you can be told on the day when something changes."),
        }
        widgets: ClassVar = {
            "name": forms.TextInput(attrs={"autocomplete": "family-name"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].required = True


class HouseholdForm(forms.ModelForm[Household]):
    """What a household's own members may change."""

    class Meta:
        model = Household
        fields = ("name", "phone")
        widgets: ClassVar = {"phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})}


class PreferencesForm(forms.ModelForm[Membership]):
    """Which mails a member wants. What concerns an order that is confirmed comes all the same."""

    class Meta:
        model = Membership
        fields = ("mail_openings", "mail_reminders", "mail_recaps")
        labels: ClassVar = {
            "mail_openings": _("When a group order opens"),
            "mail_reminders": _("Before it closes, when something isn't confirmed"),
            "mail_recaps": _("What I have ordered, once it has closed"),
        }


class KeptHouseholdForm(HouseholdForm):
    """What coordinators write down: also of a household without any login, or of a restaurant."""

    class Meta(HouseholdForm.Meta):
        fields = ("name", "phone", "kind", "legal_name", "siren", "vat_number", "billing_address")  # type: ignore[assignment]

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        """`country` is the neighbourhood's: numbers of businesses are those of its law."""
        super().__init__(*args, **kwargs)
        self.fields["siren"] = buyer_number_field(country, help_text="")
        self.fields["vat_number"] = vat_number_field(country)

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        if self.cleaned_data.get("kind") == Household.Kind.PROFESSIONAL:
            for field in ("legal_name", "siren", "billing_address"):
                if not self.cleaned_data.get(field) and field not in self.errors:
                    self.add_error(field, _("A professional is invoiced: this is needed."))
        return data
