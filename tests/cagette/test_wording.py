"""Amounts, quantities, days and hours as people of each language write them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import translation

from cagette import wording
from cagette.money import Money

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # a Monday, 15:00 in Paris
THURSDAY = datetime(2026, 11, 26, 16, 0, tzinfo=UTC)


def plain(text: str) -> str:
    """Without the difference between the kinds of spaces that don't break."""
    return text.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("language", "currency", "text"),
    [
        ("fr", "EUR", "1 234,50 €"),
        ("it", "EUR", "1.234,50 €"),
        ("en", "EUR", "€1,234.50"),
        ("fr", "CHF", "1 234,50 CHF"),
        ("it", "CHF", "1.234,50 CHF"),
        ("en", "CHF", "CHF 1,234.50"),
    ],
)
def test_money_reads_as_written_in_the_language(language: str, currency: str, text: str) -> None:
    with translation.override(language):
        assert plain(wording.money(Money("1234.5", currency))) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0.500", "0,5"), ("12.000", "12"), ("1E+2", "100"), ("0", "0"), ("0.125", "0,125"), ("-1.50", "-1,5")],
)
def test_quantities_have_a_comma_and_no_trailing_zeros(amount: str, text: str) -> None:
    with translation.override("fr"):
        assert plain(wording.quantity(Decimal(amount))) == text


def test_a_rate_reads_with_its_sign() -> None:
    with translation.override("fr"):
        assert plain(wording.percent(Decimal("5.500"))) == "5,5 %"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2026, 11, 26), "jeudi 26 novembre"),
        (date(2026, 5, 1), "vendredi 1er mai"),
        (date(2027, 1, 7), "jeudi 7 janvier 2027"),
        (datetime(2026, 11, 25, 23, 30, tzinfo=UTC), "jeudi 26 novembre"),
    ],
)
def test_days_are_named_and_the_year_only_when_it_is_another(value: date, text: str) -> None:
    with translation.override("fr"):
        assert wording.day(value, "Europe/Paris", now=NOW) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "jeudi 26 novembre, 17 h – 19 h 30"),
        ("en", "Thursday 26 November, 17:00 – 19:30"),
        ("it", "giovedì 26 novembre, 17:00 – 19:30"),
    ],
)
def test_a_window_names_its_day_once(language: str, text: str) -> None:
    with translation.override(language):
        assert plain(wording.window(THURSDAY, THURSDAY + timedelta(hours=2.5), "Europe/Paris", now=NOW)) == text


def test_a_window_over_midnight_names_both_days() -> None:
    with translation.override("en"):
        text = plain(wording.window(THURSDAY, THURSDAY + timedelta(hours=10), ZoneInfo("Europe/Paris"), now=NOW))
    assert text == "Thursday 26 November, 17:00 – Friday 27 November, 03:00"


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(seconds=20), "1 minute left, until today 15:00"),
        (timedelta(hours=3), "3 hours left, until today 18:00"),
        (timedelta(hours=27), "27 hours left, until tomorrow 18:00"),
        (timedelta(days=2, hours=5), "2 days left, until Wednesday 20:00"),
        (timedelta(days=9), "9 days left, until Wednesday 2 December, 15:00"),
        (timedelta(0), "closed since Monday 23 November, 15:00"),
    ],
)
def test_a_deadline_says_how_long_and_until_when(left: timedelta, text: str) -> None:
    with translation.override("en"):
        assert plain(wording.until(NOW + left, "Europe/Paris", now=NOW)) == text


def test_a_bare_amount_without_its_currency_is_loud() -> None:
    page = Template("{% load formats %}{{ x|money }}")
    with pytest.raises(ValueError, match="in which currency"):
        page.render(Context({"x": Decimal("4.50")}))


def test_templates_show_nothing_for_what_is_missing() -> None:
    page = Template(
        "{% load formats %}[{{ x|money }}{{ x|quantity }}{{ x|day }}{{ x|moment }}{% window x x %}{% until x %}]"
    )
    assert page.render(Context({"x": None})) == "[]"
