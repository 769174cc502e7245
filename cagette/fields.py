"""Form fields that read amounts the way people type them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _

from cagette import wording
from cagette.money import EUR
from cagette.photos import Photo, redraw

_SPACES = re.compile(r"[\s\u00a0\u202f']")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?|[+-]?\.\d+")


class AmountField(forms.DecimalField):
    """A decimal number with a comma or a point, spaces and a trailing sign of its unit (`1 234,50 €`) as one pleases.

    Typed in a text control: `type=number` refuses the comma in some browsers and drops what it doesn't understand. With
    `places`, the value is shown with that many decimals (money); without, with as many as it has (quantities).
    """

    default_error_messages = {  # noqa: RUF012 (Django's own way to override them)
        "invalid": _("“%(value)s” isn't a number: write 12 or 12,50."),
        "min_value": _("This can't be less than %(limit_value)s."),
    }

    def __init__(self, *, sign: str = "", places: int | None = None, **kwargs: Any) -> None:
        self.sign, self.places = sign, places
        kwargs.setdefault("widget", forms.TextInput)
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off", "class": "input-number"}

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # its stubs inherit a whole number's
        if value in self.empty_values or isinstance(value, Decimal):
            return super().to_python(value) if value not in self.empty_values else None
        text = _SPACES.sub("", str(value))
        if self.sign:
            text = text.removesuffix(self.sign)
        text = text.replace(",", ".")
        if not _NUMBER.fullmatch(text):
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": str(value)[:40]})
        return Decimal(text)

    def prepare_value(self, value: Any) -> Any:
        """A number is shown with the decimal mark of the language; what somebody typed is shown as typed."""
        if not isinstance(value, Decimal):
            return value
        text = f"{value:.{self.places}f}" if self.places is not None else f"{value.normalize():f}"
        return text.replace(".", get_format("DECIMAL_SEPARATOR"))


# How people sign amounts beside the sign that pages show.
_SIGNS = {
    currency: re.compile(rf"^\s*(?:{sign})\s*(?=[\d.,])|(?<=[\d.,–—-])\s*(?:{sign})\s*$", re.IGNORECASE)
    for currency, sign in (("EUR", r"€|eur(?:os?)?"), ("CHF", r"chf|s?fr\.?|francs?"))
}
# "12.-", "12.--": nothing behind the mark.
_NO_CENTS = re.compile(r"(?<=\d)[.,][-–—]{1,2}$")


class MoneyField(AmountField):
    """An amount, never negative, to the cent, in the currency of what the form is about (`in_currency`)."""

    default_error_messages = {  # noqa: RUF012
        "max_decimal_places": _("An amount has two decimals at most."),
        "max_whole_digits": _("This amount is too large."),
        "max_digits": _("This amount is too large."),
    }

    def __init__(self, *, max_digits: int = 8, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", Decimal(0))
        self.currency = EUR
        super().__init__(places=2, max_digits=max_digits, decimal_places=2, **kwargs)

    def in_currency(self, currency: str) -> None:
        """Read amounts in `currency`, and say so in the label: "Deposit (CHF)"."""
        self.currency = currency
        self.label = f"{self.label} ({wording.sign(currency)})"

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # as above
        """Take `12,50 €`, `CHF 12.50` and `Fr. 12.-`: the sign before or behind, and of this currency alone."""
        if isinstance(value, str):
            value = _NO_CENTS.sub("", _SIGNS[self.currency].sub("", value).strip())
        return super().to_python(value)


class WholeNumberField(AmountField):
    """A whole number, such as grams; 1 500 with a space is one too."""

    default_error_messages = {  # noqa: RUF012
        "max_decimal_places": _("This is a whole number."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", Decimal(0))
        super().__init__(max_digits=9, decimal_places=0, **kwargs)

    def clean(self, value: Any) -> int | None:
        number = super().clean(value)
        return None if number is None else int(number)


class PhotoInput(forms.ClearableFileInput):
    """Shows the photo there is, instead of its name."""

    template_name = "cagette/widgets/photo.html"


class PhotoField(forms.FileField):
    """A picture to upload, drawn anew before anybody sees it (`cagette.photos`)."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault(
            "widget", PhotoInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/avif,image/gif"})
        )
        super().__init__(**kwargs)

    def to_python(self, data: Any) -> Any:
        upload = super().to_python(data)
        return None if upload is None else Photo(redraw(upload))


class DayField(forms.DateField):
    """A day, from the browser's own calendar or typed as people write it (26/11/2026)."""

    input_formats = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%d-%m-%Y")

    default_error_messages = {"invalid": _("This isn't a day: write it as 26/11/2026.")}  # noqa: RUF012

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(input_formats=self.input_formats, **kwargs)

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        # A slip of the finger, and at the calendar's ends time zones can't be reckoned with.
        if day is not None and not 1900 <= day.year <= 2199:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return day
