"""What the way from a filled sheet to an order asks, once."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from cagette.codes import CodeForm
from orders.forms.neighbourhoods import JoiningForm


class EntranceForm(CodeForm):
    """An address, and for who is new what their household is called: known and unknown addresses are asked the same."""

    name = forms.CharField(
        label=_("Name of your household"),
        required=False,
        max_length=120,
        help_text=_("It stands on your crate. You have ordered here before? Then leave it out."),
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    phone = forms.CharField(
        label=_("phone"),
        required=False,
        max_length=30,
        help_text=_("If you like: so that you can be told on the day when something changes."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    field_order = ("email", "name", "phone")


class HouseholdNameForm(JoiningForm):
    """For who is signed in already: their household's name, and the telephone if they like."""

    class Meta(JoiningForm.Meta):
        help_texts = JoiningForm.Meta.help_texts | {"phone": EntranceForm.base_fields["phone"].help_text}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].required = False
