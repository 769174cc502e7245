from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from producers import numbers
from producers.numbers import OfficialNumberField

SIREN, SIRET, VAT, IBAN, BIC = (
    numbers.siren_field(),
    numbers.siret_field(),
    numbers.vat_number_field(),
    numbers.iban_field(),
    numbers.bic_field(),
)


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        (SIREN, " 732 829 320 ", "732829320"),
        (SIRET, "732 829 320 00074", "73282932000074"),
        (VAT, "fr 40 303 265 045", "FR40303265045"),
        (VAT, "IT 00743110157", "IT00743110157"),
        (IBAN, "fr14 2004 1010 0505 0001 3m02 606", "FR1420041010050500013M02606"),
        (IBAN, "IT60 X054 2811 1010 0000 0123 456", "IT60X0542811101000000123456"),
        (BIC, "agrifrpp", "AGRIFRPP"),
        (SIREN, "", ""),
    ],
)
def test_numbers_are_kept_as_registers_have_them(field: OfficialNumberField, typed: str, kept: str) -> None:
    assert field.clean(typed) == kept


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        (SIREN, "732 829", "A SIREN has 9 digits, this has 6."),
        (SIREN, "732 829 321", "One digit of this SIREN is wrong: compare it with your papers."),
        (SIREN, "73282932A", "A SIREN is made of 9 digits."),
        (SIRET, "7328293200007", "A SIRET has 14 digits, this has 13."),
        (SIRET, "73282932000075", "One digit of this SIRET is wrong: compare it with your papers."),
        (VAT, "FR41303265045", "One character of this VAT number is wrong: compare it with your papers."),
        (VAT, "12345", "A VAT number starts with its country, such as FR 40 303265045 or IT 00743110157."),
        (IBAN, "FR1420041010050500013M02607", "One character of this IBAN is wrong: compare it with your bank's slip."),
        (BIC, "AGRI", "This isn't a BIC: it has 8 or 11 letters and digits, such as AGRIFRPP."),
    ],
)
def test_each_mistake_has_its_sentence(field: OfficialNumberField, typed: str, sentence: str) -> None:
    with translation.override("en"):
        with pytest.raises(ValidationError) as refusal:
            field.clean(typed)
        assert refusal.value.messages == [sentence]
