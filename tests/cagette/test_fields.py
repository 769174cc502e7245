from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from cagette.fields import AmountField, DayField, MoneyField, WholeNumberField

MONEY = MoneyField(required=False)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("12,50", "12.50"),
        ("12.5", "12.5"),
        ("1 234,50 €", "1234.50"),
        ("1\u202f234,50\u00a0€", "1234.50"),
        (",5", "0.5"),
        ("7,", "7"),
        ("0", "0"),
    ],
)
def test_a_comma_or_a_point_is_read_in_every_language(typed: str, amount: str) -> None:
    for language in ("fr", "en", "it"):
        with translation.override(language):
            assert MONEY.clean(typed) == Decimal(amount)


@pytest.mark.parametrize(
    "typed", ["abc", "1e9", "--1", "1,2,3", "NaN", "Infinity", "-1", "0,333", "9999999", "12 €/kg"]
)
def test_what_is_no_amount_gets_a_sentence(typed: str) -> None:
    with translation.override("en"), pytest.raises(ValidationError) as refusal:
        MONEY.clean(typed)
    assert len(refusal.value.messages) == 1


def test_nothing_is_nothing_and_not_zero() -> None:
    assert MONEY.clean("") is None


def test_amounts_are_shown_with_the_mark_of_the_language() -> None:
    quantity = AmountField(max_digits=9, decimal_places=3)
    with translation.override("fr"):
        assert MONEY.prepare_value(Decimal("12.5")) == "12,50"
        assert quantity.prepare_value(Decimal("12.500")) == "12,5"
        assert quantity.prepare_value(Decimal("10.000")) == "10"
    with translation.override("en"):
        assert MONEY.prepare_value(Decimal("12.5")) == "12.50"


def test_what_was_typed_is_shown_as_typed() -> None:
    assert MONEY.prepare_value("douze") == "douze"


def test_whole_numbers_may_have_spaces_and_their_unit() -> None:
    grams = WholeNumberField(sign="g")
    assert grams.clean("1 500 g") == 1500
    with pytest.raises(ValidationError):
        grams.clean("0,5")


@pytest.mark.parametrize("typed", ["2026-11-26", "26/11/2026", "26.11.2026"])
def test_days_are_read_as_people_write_them(typed: str) -> None:
    assert DayField().clean(typed) == date(2026, 11, 26)


@pytest.mark.parametrize("typed", ["0001-01-01", "9999-12-31", "12/05/0026"])
def test_a_year_that_no_group_order_has_is_a_slip(typed: str) -> None:
    """At the calendar's ends an hour can't be brought into another time zone."""
    with pytest.raises(ValidationError):
        DayField().clean(typed)
