from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cagette.countries import CURRENCIES
from cagette.fields import AmountField, DayField
from catalogs.models import Catalog

if TYPE_CHECKING:
    CatalogModelForm = forms.ModelForm[Catalog]
else:
    CatalogModelForm = forms.ModelForm  # Django's own can't be subscripted


def carry_what_is_shown(form: forms.BaseForm) -> None:
    """Have the page post what it showed: `changed_data` is then what the person changed, and what somebody else has
    written meanwhile into another field stays.
    """
    for field in form.fields.values():
        field.show_hidden_initial = True


class CatalogForm(CatalogModelForm):
    season_from = DayField(label=_("On sale from"), required=False)
    season_until = DayField(
        label=_("On sale until"), required=False, help_text=_("Empty on both sides: all year round.")
    )

    class Meta:
        model = Catalog
        fields: ClassVar = ["name", "currency", "season_from", "season_until"]
        help_texts: ClassVar = {
            "name": _("Such as “Winter vegetables” or “Cheese”."),
            "currency": _("Of all its prices. Only groups that order in it can invite you with this catalogue."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        carry_what_is_shown(self)
        currency = self.fields["currency"]
        if self.instance._state.adding:
            self.initial["currency"] = CURRENCIES[self.instance.producer.country]
        elif self.instance.was_published():
            currency.disabled = True
            currency.help_text = _("It was published: its prices stay in this currency.")
        if self.is_bound and "currency" not in self.data:
            data: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
            data["currency"] = self.initial["currency"]
            self.data = data

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Catalog.objects.filter(producer=self.instance.producer, name__iexact=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError(_("Your farm already has a catalogue of this name."), code="taken")
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("season_from"), cleaned.get("season_until")
        if start and end and end < start:
            self.add_error("season_until", _("The season ends before it begins."))
        return cleaned


class SupplyForm(forms.Form):
    quantity = AmountField(
        label=_("Quantity in all"),
        min_value=0,
        max_digits=10,
        decimal_places=3,
        help_text=_("Over all the group orders that offer this product, until you change it or end it."),
    )
    professional_share = AmountField(
        label=_("Of which kept for professionals"), min_value=0, max_digits=10, decimal_places=3, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        carry_what_is_shown(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        quantity, share = cleaned.get("quantity"), cleaned.get("professional_share")
        if quantity is not None and share is not None and share > quantity:
            self.add_error("professional_share", _("This is more than the quantity in all."))
        return cleaned
