from __future__ import annotations

import json
from copy import copy
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cagette import wording
from cagette.countries import WITHDRAWAL
from cagette.fields import AmountField, MoneyField, PhotoField, WholeNumberField
from cagette.money import Money
from catalogs import history, rates, returnables, rules
from catalogs.models import Allergen, Label, Product, Returnable, VatRate
from catalogs.values import EDITABLE, as_json
from producers.models import Producer

# What the rates of migrations 0003 and 0008 apply to, marked here for translation.
RATE_USES = (
    _("sellers without VAT"),
    _("vegetables, fruit, bread, flour, milk, fresh cheese, butter, oil"),
    _("fresh basil, rosemary, sage and oregano for eating"),
    _("meat, fish, eggs, honey, jams, and other food"),
    _("wine, alcohol, and all else"),
    _("food, non-alcoholic drinks, plants"),
    _("alcohol, and all else"),
    _("sellers without VAT (franchise en base, flat-rate compensation)"),
    _("human food, non-alcoholic drinks, food plants"),
    _("food for immediate eating, ornamental plants, firewood"),
    _("alcohol, confectionery, most chocolate, margarine, and all else"),
)

if TYPE_CHECKING:
    ProductModelForm = forms.ModelForm[Product]
else:
    ProductModelForm = forms.ModelForm  # Django's own can't be subscripted


class VatRateField(forms.TypedChoiceField):
    """One of the rates in force today, with what it is for; farms without VAT have 0 alone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=Decimal, **kwargs)

    def offer(self, producer: Producer) -> None:
        found = VatRate.objects.in_force(timezone.localdate()).filter(country=producer.country)
        found = found.filter(percent__gt=0) if producer.charges_vat else found.filter(percent=0)
        self.choices = [
            (f"{rate.percent.normalize():f}", f"{wording.percent(rate.percent)} · {_(rate.applies_to)}")
            for rate in found
        ]

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class ReturnableField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's own can't be subscripted
    """One of those that the farm has in use, with its deposit, or none."""

    default_error_messages = {  # noqa: RUF012 (Django's own way to override them)
        "invalid_choice": _("This one is no longer in use: here is what the product names now.")
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Returnable.objects.none(), empty_label=_("nothing, no deposit"), required=False, **kwargs)

    def label_from_instance(self, obj: Returnable) -> str:
        return returnables.in_words(obj.name, obj.amount)


class ProductForm(ProductModelForm):
    """A product as a farm thinks of it. Writes nothing: `values` are for `catalogs.editing`.

    `seen` holds what the page showed, so that two people can change one product: only what differs from it is written,
    and a field that somebody else has changed meanwhile is asked about, not overwritten.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    photo = PhotoField(label=_("Photo"), help_text=_("20 MB at most; without one, a drawing of the category is shown."))
    labels = forms.MultipleChoiceField(
        label=_("Labels"), choices=Label, required=False, widget=forms.CheckboxSelectMultiple
    )
    allergens = forms.MultipleChoiceField(
        label=_("Allergens"),
        choices=Allergen,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("All of the fourteen that are in it, traces too if you can't rule them out."),
    )
    content = AmountField(label=_("Net content"), required=False, max_digits=9, decimal_places=3)
    price = MoneyField(label=_("Price incl. VAT"), required=False, help_text=_("For one unit."))
    professional_price = MoneyField(
        label=_("Price for professionals, excl. VAT"),
        required=False,
        help_text=_("For restaurants and shops; empty: they pay the same as everybody. By weight, it is per kg."),
    )
    vat_rate = VatRateField(label=_("VAT rate"))
    price_per_kg = MoneyField(label=_("Price per kg incl. VAT"), required=False)
    typical_weight_g = WholeNumberField(
        label=_("Usual weight of a piece (g)"),
        required=False,
        sign="g",
        help_text=_("Gives the estimate that orders show."),
    )
    greatest_weight_g = WholeNumberField(
        label=_("Greatest weight of a piece (g)"),
        required=False,
        sign="g",
        help_text=_("Gives the ceiling: nobody pays more than the price of this weight."),
    )
    step = AmountField(
        label=_("Sold by steps of"),
        required=False,
        max_digits=7,
        decimal_places=3,
        help_text=_("Usually 1; 0,5 for half kilos."),
    )
    minimum = AmountField(
        label=_("At least"),
        required=False,
        min_value=0,
        max_digits=7,
        decimal_places=3,
        help_text=_("The least one can take."),
    )
    case_size = AmountField(
        label=_("Units in a case"),
        required=False,
        max_digits=7,
        decimal_places=3,
        help_text=_("When you only deliver full cases: neighbours fill them together."),
    )
    returnable = ReturnableField(
        label=_("To give back"), help_text=_("Its deposit is shown beside the price, never in it.")
    )
    new_returnable = forms.CharField(
        label=_("What is given back"),
        required=False,
        max_length=80,
        help_text=_("As you call it: “jar 500 g”, “crate”."),
    )
    new_deposit = MoneyField(label=_("Deposit for one"), required=False, max_digits=6)
    stock = AmountField(
        label=_("How many per group order"),
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=3,
        help_text=_("Ordering stops there. Empty: as much as people want."),
    )

    IDENTITY: ClassVar = ("name", "category", "photo", "description")
    CONTENT: ClassVar = ("content", "content_unit")
    BY_UNIT: ClassVar = ("price",)
    BY_WEIGHT: ClassVar = rules.BY_WEIGHT
    OTHER_PRICES: ClassVar = ("vat_rate", "professional_price")
    NEW_RETURNABLE: ClassVar = ("new_returnable", "new_deposit")
    QUANTITIES: ClassVar = ("stock", "step", "minimum", "case_size")
    FOOD: ClassVar = ("labels", "origin", "ingredients", "allergens", "storage", "perishable")

    class Meta:
        model = Product
        fields: ClassVar = [name for name in EDITABLE if name not in {"position"}]
        widgets: ClassVar = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "ingredients": forms.Textarea(attrs={"rows": 3}),
        }
        labels: ClassVar = {
            "unit": _("Sold by the"),
            "content_unit": _("In"),
            "weighed": _("Weighed: ordered by the piece, paid by what the scales say"),
            "available": _("On sale: unticked, it is hidden from group orders to come"),
            "perishable": _("Spoils fast"),
        }
        help_texts: ClassVar = {
            "reference": _(
                "Yours, if you have any. When a price list is imported again, its rows find their product by it."
            ),
            "unit": _("What a buyer counts: “2 jars”, “1,5 kg”."),
            "origin": _("Needed for fruit, vegetables, meat, fish and honey."),
            "ingredients": _("For what is made of several; allergens in capitals, as on the jar."),
            "storage": _("Such as “between 0 and 4 °C”."),
            "perishable": _("What doesn't (honey, wine, soap) may be sent back within 14 days."),
        }

    def __init__(self, *args: Any, producer: Producer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.producer = producer
        named = [name for name in self.Meta.fields if name != "photo"]
        self.before = Product(**{name: getattr(self.instance, name) for name in named})
        self.now = {name: as_json(getattr(self.before, name)) for name in named} if self.instance.pk else {}
        self.initial["seen"] = json.dumps(self.now)
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.in_currency(self.instance.catalog.currency)
        if self.instance._state.adding:
            self.initial["vat_rate"] = rates.usual(producer)
        rate = self.fields["vat_rate"]
        if isinstance(rate, VatRateField):
            rate.offer(producer)
        rate.help_text = (
            _("Prices hold it already.")
            if producer.charges_vat
            else _("Your farm charges no VAT. If it does, say so in its legal particulars first.")
        )
        if producer.country not in WITHDRAWAL:
            self.fields["perishable"].help_text = ""
        if self.instance.minimum == 0:
            self.initial["minimum"] = None
        catalog = self.instance.catalog
        self.returnables = Returnable.objects.in_use().filter(
            producer=catalog.producer_id, amount_currency=catalog.currency
        )
        chosen = self.fields["returnable"]
        assert isinstance(chosen, ReturnableField)
        chosen.queryset = self.returnables.order_by("name", "amount", "pk")

    def group(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names]

    def identity(self) -> list[forms.BoundField]:
        return self.group(*self.IDENTITY)

    def content_fields(self) -> list[forms.BoundField]:
        return self.group(*self.CONTENT)

    def by_unit(self) -> list[forms.BoundField]:
        return self.group(*self.BY_UNIT)

    def by_weight(self) -> list[forms.BoundField]:
        return self.group(*self.BY_WEIGHT)

    def other_prices(self) -> list[forms.BoundField]:
        return self.group(*self.OTHER_PRICES)

    def new_returnable_fields(self) -> list[forms.BoundField]:
        return self.group(*self.NEW_RETURNABLE)

    def adds_a_returnable(self) -> bool:
        """Whether somebody has begun to write down a new one."""
        return any(self[name].value() for name in self.NEW_RETURNABLE)

    def quantities(self) -> list[forms.BoundField]:
        return self.group(*self.QUANTITIES)

    def food(self) -> list[forms.BoundField]:
        return self.group(*self.FOOD)

    def values(self) -> dict[str, Any]:
        """What to write, by field name: what differs from what the page showed."""
        seen = self._seen()
        values = {
            name: self.cleaned_data[name]
            for name in self.Meta.fields
            if name != "photo" and (name not in seen or as_json(self.cleaned_data[name]) != seen[name])
        }
        if "photo" in self.changed_data:
            values["photo"] = self.cleaned_data["photo"] or ""
        return values

    def clean_description(self) -> str:
        return _lines(self.cleaned_data["description"])

    def clean_ingredients(self) -> str:
        return _lines(self.cleaned_data["ingredients"])

    def clean_step(self) -> Decimal:
        step: Decimal | None = self.cleaned_data["step"]
        if step is None:
            return Decimal(1)
        if step <= 0:
            raise ValidationError(_("A step is more than 0."), code="zero")
        return step

    def clean_minimum(self) -> Decimal:
        return self.cleaned_data["minimum"] or Decimal(0)

    def clean_new_returnable(self) -> str:
        return " ".join(self.cleaned_data["new_returnable"].split())

    def clean_content(self) -> Decimal | None:
        content: Decimal | None = self.cleaned_data["content"]
        if content is not None and content <= 0:
            raise ValidationError(_("A content is more than 0; leave it empty if there is none."), code="zero")
        return content

    def clean_case_size(self) -> Decimal | None:
        size: Decimal | None = self.cleaned_data["case_size"]
        if size is not None and size <= 0:
            raise ValidationError(_("A case holds more than 0; leave it empty if there are none."), code="zero")
        return size

    def clean_labels(self) -> list[str]:
        labels: list[str] = self.cleaned_data["labels"]
        if Label.ORGANIC in labels and Label.IN_CONVERSION in labels:
            raise ValidationError(_("A product is organic or in conversion, not both."), code="both")
        return labels

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        unread = set(self.errors)
        for name, error in rules.broken(dict(cleaned), unread=unread):
            self.add_error(name, error)
        for name, error in rules.mistaken_unit({"typical_weight_g": self.before.typical_weight_g}, dict(cleaned)):
            if name not in self.errors:
                self.add_error(name, error)
        self._clean_returnable(cleaned)
        self._ask_about_others(cleaned)
        return super().clean() or cleaned

    def _seen(self) -> dict[str, Any]:
        """What the page showed when it was fetched, by field name; nothing for a new product."""
        try:
            seen = json.loads(self.cleaned_data.get("seen") or "{}")
        except ValueError:
            return {}
        return {name: seen[name] for name in self.now if name in seen} if isinstance(seen, dict) else {}

    def _ask_about_others(self, cleaned: dict[str, Any]) -> None:
        """Refuse a field that somebody else changed since the page was fetched, once: the second time it is meant."""
        for name, was in self._seen().items():
            now = self.now[name]
            if name in cleaned and now != was and as_json(cleaned[name]) not in (was, now):
                self.ask_about(name, now)
        self._show_as_seen()

    def ask_about(self, name: str, now: Any) -> None:
        """Put it beside the field that somebody else has set it to `now`, and show that as seen from here on."""
        self.now[name] = now
        self.add_error(
            name,
            ValidationError(
                _("Meanwhile somebody changed this to “%(now)s”. Save again to replace that by yours."),
                params={
                    "now": history.value_in_words(Product, name, now, self.instance.catalog.currency) or _("nothing")
                },
                code="changed",
            ),
        )
        self._show_as_seen()

    def _show_as_seen(self) -> None:
        data: Any = copy(self.data)
        data["seen"] = json.dumps(self.now)
        if "returnable" in self.errors and "returnable" not in self.cleaned_data:
            # What was chosen can't be chosen any more.
            data["returnable"] = self.now.get("returnable") or ""
        self.data = data

    def _clean_returnable(self, cleaned: dict[str, Any]) -> None:
        """One written down here counts instead of the one chosen; it is the farm's own where it has it already."""
        name, amount = cleaned.get("new_returnable"), cleaned.get("new_deposit")
        if name and not amount and "new_deposit" not in self.errors:
            self.add_error("new_deposit", _("Write the deposit for one, which is more than 0."))
        elif amount is not None and not name and "new_returnable" not in self.errors:
            self.add_error("new_returnable", _("What is this deposit for? Call it by its name."))
        elif name and amount:
            catalog = self.instance.catalog
            there = self.returnables.filter(name__iexact=name, amount=amount).first()
            new = Returnable(producer_id=catalog.producer_id, name=name, amount=Money(amount, catalog.currency))
            cleaned["returnable"] = there or new


class MoveForm(forms.Form):
    """Behind which other product of the catalog this one stands; behind none is first."""

    after = forms.ModelChoiceField(
        queryset=Product.objects.none(), required=False, label=_("Behind"), empty_label=_("nothing: it is the first")
    )

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["after"]
        assert isinstance(field, forms.ModelChoiceField)
        # Pages show products by category.
        alike = Product.objects.filter(catalog=product.catalog_id, category=product.category)
        field.queryset = alike.exclude(pk=product.pk).order_by("position", "pk")


def _lines(text: str) -> str:
    """Browsers end lines in two characters, spreadsheets in one."""
    return text.replace("\r\n", "\n")
