"""The numbers that name a business and its account, checked by python-stdnum, each refusal in a sentence.

Kept without spaces, as registers and banks have them.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum import bic, exceptions, iban
from stdnum.eu import vat
from stdnum.fr import siren, siret


class OfficialNumberField(forms.CharField):
    """Text that a module of stdnum accepts; `sentences` say what is wrong by kind: length, checksum, other."""

    def __init__(self, module: ModuleType, sentences: dict[str, Any], **kwargs: Any) -> None:
        self.module, self.sentences = module, sentences
        super().__init__(**{"required": False, "max_length": 60, **kwargs})

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "autocomplete": "off", "spellcheck": "false"}

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text:
            return ""
        try:
            number = str(self.module.validate(text))
        except exceptions.InvalidLength as error:
            raise self._refusal("length", text) from error
        except exceptions.InvalidChecksum as error:
            raise self._refusal("checksum", text) from error
        except exceptions.ValidationError as error:
            raise self._refusal("other", text) from error
        return number.replace(" ", "").upper()

    def _refusal(self, kind: str, text: str) -> ValidationError:
        sentence = self.sentences.get(kind) or self.sentences["other"]
        # "The number has" counts what somebody typed without the spaces.
        return ValidationError(sentence, code=kind, params={"n": len("".join(text.split()))})


def siren_field(**kwargs: Any) -> OfficialNumberField:
    sentences = {
        "length": _("A SIREN has 9 digits, this has %(n)d."),
        "checksum": _("One digit of this SIREN is wrong: compare it with your papers."),
        "other": _("A SIREN is made of 9 digits."),
    }
    return OfficialNumberField(siren, sentences, label="SIREN", **kwargs)


def siret_field(**kwargs: Any) -> OfficialNumberField:
    sentences = {
        "length": _("A SIRET has 14 digits, this has %(n)d."),
        "checksum": _("One digit of this SIRET is wrong: compare it with your papers."),
        "other": _("A SIRET is made of 14 digits: the SIREN and 5 more."),
    }
    return OfficialNumberField(siret, sentences, label="SIRET", **kwargs)


def vat_number_field(**kwargs: Any) -> OfficialNumberField:
    sentences = {
        "checksum": _("One character of this VAT number is wrong: compare it with your papers."),
        "other": _("A VAT number starts with its country, such as FR 40 303265045 or IT 00743110157."),
    }
    return OfficialNumberField(vat, sentences, label=_("VAT number"), **kwargs)


def iban_field(**kwargs: Any) -> OfficialNumberField:
    sentences = {
        "checksum": _("One character of this IBAN is wrong: compare it with your bank's slip."),
        "other": _("This isn't an IBAN: it starts with its country, such as FR76, and a French one has 27 characters."),
    }
    return OfficialNumberField(iban, sentences, label="IBAN", **kwargs)


def bic_field(**kwargs: Any) -> OfficialNumberField:
    sentences = {"other": _("This isn't a BIC: it has 8 or 11 letters and digits, such as AGRIFRPP.")}
    return OfficialNumberField(bic, sentences, label="BIC", **kwargs)
