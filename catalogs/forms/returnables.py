from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cagette.countries import CURRENCY_CHOICES
from cagette.fields import MoneyField
from cagette.money import Money
from catalogs import returnables
from catalogs.models import Returnable
from producers.models import Producer


class ReturnableForm(forms.Form):
    """What a farm takes back and the deposit for one. `returnable` is the one to change, which keeps its currency.

    In which currency is asked only of a farm that has catalogues in several.
    """

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("As you call it: “jar 500 g”, “bottle 75 cl”, “crate”.")
    )
    amount = MoneyField(label=_("Deposit for one"), max_digits=6)
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCY_CHOICES)

    def __init__(self, *args: Any, producer: Producer, returnable: Returnable | None = None, **kwargs: Any) -> None:
        if returnable is not None:
            kwargs["initial"] = {"name": returnable.name, "amount": returnable.deposit}
        super().__init__(*args, **kwargs)
        offered = [returnable.amount_currency] if returnable is not None else returnables.currencies_of(producer)
        self.only_currency = offered[0]
        names, amount = dict(CURRENCY_CHOICES), self.fields["amount"]
        assert isinstance(amount, MoneyField)
        if len(offered) == 1:
            del self.fields["currency"]
            amount.in_currency(self.only_currency)
        else:
            typed = self.data.get(self.add_prefix("currency"))
            amount.currency = typed if typed in offered else self.only_currency
            field = self.fields["currency"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(code, names[code]) for code in offered]

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_amount(self) -> Any:
        amount = self.cleaned_data["amount"]
        if not amount:
            raise ValidationError(_("A deposit is more than 0."), code="zero")
        return amount

    def amount_of_money(self) -> Money:
        return Money(self.cleaned_data["amount"], self.cleaned_data.get("currency", self.only_currency))
