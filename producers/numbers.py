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
from stdnum.ch import uid
from stdnum.ch import vat as swiss_vat
from stdnum.eu import vat
from stdnum.fr import siren, siret
from stdnum.it import codicefiscale, iva

from cagette.countries import Country


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


class UidField(OfficialNumberField):
    """A UID with its CHE: without it one in eleven French numbers would pass for a Swiss one."""

    def clean(self, value: Any) -> str:
        number = super().clean(value)
        if number and not str(value).strip().upper().startswith("CHE"):
            raise self._refusal("other", str(value))
        return number


class ItalianBuyerField(OfficialNumberField):
    """A partita IVA, with or without IT before it, or a codice fiscale."""

    def clean(self, value: Any) -> str:
        self.module = iva if iva.compact(str(value or "")).isdecimal() else codicefiscale
        return super().clean(value)


def siren_field(**kwargs: Any) -> OfficialNumberField:
    sentences = {
        "length": _("A SIREN has 9 digits, this has %(n)d."),
        "checksum": _("One digit of this SIREN is wrong: compare it with your papers."),
        "other": _("A SIREN is made of 9 digits."),
    }
    return OfficialNumberField(siren, sentences, label="SIREN", **kwargs)


def partita_iva_field(**kwargs: Any) -> OfficialNumberField:
    sentences = {
        "length": _("A partita IVA has 11 digits, this has %(n)d."),
        "checksum": _("One digit of this partita IVA is wrong: compare it with your papers."),
        "other": _("A partita IVA is made of 11 digits."),
    }
    return OfficialNumberField(iva, sentences, label=_("partita IVA"), **kwargs)


def uid_field(**kwargs: Any) -> OfficialNumberField:
    sentences = {
        "checksum": _("One digit of this UID is wrong: compare it with your papers."),
        "other": _("A UID is made of CHE and 9 digits, such as CHE-123.456.788."),
    }
    return UidField(uid, sentences, label=_("UID"), **kwargs)


def codice_fiscale_field(**kwargs: Any) -> OfficialNumberField:
    sentences = {
        "checksum": _("One character of this number is wrong: compare it with your papers."),
        "other": _("A partita IVA has 11 digits, a codice fiscale 16 letters and digits."),
    }
    return ItalianBuyerField(codicefiscale, sentences, label=_("Partita IVA or codice fiscale"), **kwargs)


_BUSINESS_FIELDS = {Country.FR: siren_field, Country.IT: partita_iva_field, Country.CH: uid_field}
_BUSINESS_HELP = {
    Country.FR: _("The 9 digits of the business; shown to buyers beside the name."),
    Country.IT: _("The 11 digits of the business; shown to buyers beside the name."),
    Country.CH: _("The number of the business, such as CHE-123.456.788; shown to buyers beside the name."),
}


def business_number_field(country: str, **kwargs: Any) -> OfficialNumberField:
    """The number by which a business is registered: SIREN, partita IVA or UID (IDE)."""
    return _BUSINESS_FIELDS[Country(country)](**{"help_text": _BUSINESS_HELP[Country(country)], **kwargs})


def buyer_number_field(country: str, **kwargs: Any) -> OfficialNumberField:
    """The number a professional buyer is invoiced under: in Italy some have a codice fiscale alone."""
    return codice_fiscale_field(**kwargs) if country == Country.IT else business_number_field(country, **kwargs)


def business_number_label(country: str) -> str:
    return str(_BUSINESS_FIELDS[Country(country)]().label)


def business_number_shown(country: str, number: str) -> str:
    """As people there write it: `CHE-123.456.788`; the others as they are."""
    return str(uid.format(number)) if country == Country.CH and number else number


def vat_number_shown(country: str, number: str) -> str:
    """`CHE-123.456.788 TVA`; the others as they are."""
    return str(swiss_vat.format(number)) if country == Country.CH and number else number


def siret_field(**kwargs: Any) -> OfficialNumberField:
    sentences = {
        "length": _("A SIRET has 14 digits, this has %(n)d."),
        "checksum": _("One digit of this SIRET is wrong: compare it with your papers."),
        "other": _("A SIRET is made of 14 digits: the SIREN and 5 more."),
    }
    return OfficialNumberField(siret, sentences, label="SIRET", **kwargs)


def vat_number_field(country: str = Country.FR, **kwargs: Any) -> OfficialNumberField:
    if country == Country.CH:
        return _swiss_vat_number_field(**kwargs)
    sentences = {
        "checksum": _("One character of this VAT number is wrong: compare it with your papers."),
        "other": _("A VAT number starts with its country, such as FR 40 303265045 or IT 00743110157."),
    }
    return OfficialNumberField(vat, sentences, label=_("VAT number"), **kwargs)


def _swiss_vat_number_field(**kwargs: Any) -> OfficialNumberField:
    sentences = {
        "checksum": _("One digit of this VAT number is wrong: compare it with your papers."),
        "other": _("A Swiss VAT number is the UID with TVA, MWST or IVA behind it: CHE-123.456.788 TVA."),
    }
    return OfficialNumberField(swiss_vat, sentences, label=_("VAT number"), **kwargs)


def iban_field(**kwargs: Any) -> OfficialNumberField:
    sentences = {
        "checksum": _("One character of this IBAN is wrong: compare it with your bank's slip."),
        "other": _("This isn't an IBAN: it starts with its country, such as FR76, and a French one has 27 characters."),
    }
    return OfficialNumberField(iban, sentences, label="IBAN", **kwargs)


def bic_field(**kwargs: Any) -> OfficialNumberField:
    sentences = {"other": _("This isn't a BIC: it has 8 or 11 letters and digits, such as AGRIFRPP.")}
    return OfficialNumberField(bic, sentences, label="BIC", **kwargs)
