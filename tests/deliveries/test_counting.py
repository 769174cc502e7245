"""How many of what, in words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation

from catalogs.models import ContentUnit, Unit
from deliveries.counting import cases, counted, holding, named


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("amount", "unit", "words"),
    [
        ("1", "piece", "1 ×"),
        ("12", "piece", "12 ×"),
        ("1", "bunch", "1 bunch"),
        ("3", "bunch", "3 bunches"),
        ("0.5", "kg", "0.5 kg"),
        ("2", "litre", "2 litres"),
        ("0", "jar", "0 jars"),
        (Decimal("1.500"), "kg", "1.5 kg"),
    ],
)
def test_an_amount_reads_with_its_unit(amount: str | Decimal, unit: str, words: str) -> None:
    with translation.override("en"):
        assert plain(counted(amount, unit)) == words


@pytest.mark.parametrize("unit", [unit for unit in Unit.values if unit != Unit.PIECE])
def test_every_unit_has_its_words(unit: str) -> None:
    assert "×" not in counted("2", unit)


def test_the_decimal_mark_is_that_of_the_language_each_time() -> None:
    said = []
    for language in ("fr", "en", "fr"):
        with translation.override(language):
            said.append(plain(counted("1.5", "kg")))
    assert said == ["1,5 kg", "1.5 kg", "1,5 kg"]


@pytest.mark.parametrize("unit", ContentUnit.values)
def test_every_content_reads(unit: str) -> None:
    with translation.override("en"):
        assert plain(holding(f"4 {unit}")) == {"piece": "4 pieces"}.get(unit, f"4 {unit}")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("Tomme", "", "Tomme"),
        ("Tomme", "500 g", "Tomme 500 g"),
        ("Tomme 500g", "500 g", "Tomme 500g"),
        ("Jus", "0.75 l", "Jus 0.75 l"),
        ("Two\tlines\nof text", "", "Two lines of text"),
    ],
)
def test_a_name_says_its_content_once(name: str, content: str, words: str) -> None:
    with translation.override("en"):
        assert plain(named(name, content)) == words


@pytest.mark.parametrize(
    ("quantity", "size", "words"),
    [
        ("6", "6", "1 case of 6"),
        ("12", "6", "2 cases of 6"),
        ("1", "0.5", "2 cases of 0.5"),
        # After the close a line may be corrected to what fills no case.
        ("13", "6", "2 cases of 6 + 1"),
        ("5", "6", ""),
        ("0", "6", ""),
    ],
)
def test_cases_are_counted_and_sized(quantity: str, size: str, words: str) -> None:
    with translation.override("en"):
        assert cases(quantity, size) == words
