"""Prices, rates and contents out of what people write, and what always holds of them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs.importing.amounts import Problem, parse_number, parse_price, parse_vat
from catalogs.importing.contents import Content, Pack, content_of, read_name, read_pack
from catalogs.importing.grids import number_from


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("7,20 €", "7.20"),
        ("7.20€", "7.20"),
        ("7€20", "7.20"),
        ("€ 7,20", "7.20"),
        ("7,2", "7.2"),
        ("1 200,50 €", "1200.50"),
        ("1\u202f200,50 €", "1200.50"),
        ("1.200,50 €", "1200.50"),
        ("1,234.50", "1234.50"),
        ("12,-€", "12"),
        ("3 euros", "3"),
        ("2,50 € (au lieu de 3,00 €)", "2.50"),
        ("19,60 € (soit 14,00 €/kg)", "19.60"),
        ("2,40€ les 100g (24€/kg)", "2.40"),
        ("1,10€/litre (consigne 1€)", "1.10"),
        ("1.0999999999999999", "1.0999999999999999"),
    ],
)
def test_a_price_is_read_however_it_is_written(text: str, amount: str) -> None:
    assert parse_price(text).amount == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "pack"),
    [
        ("12,90 €/kg", Pack(measure="kg")),
        ("2,20 € le kg", Pack(measure="kg")),
        ("3,45 €/L", Pack(measure="l")),
        ("1,90 €/kg (cagette de 5 kg)", Pack(measure="kg")),
        ("1,50 € la botte", Pack(unit="bunch")),
        ("1 € pièce", Pack(unit="piece")),
        ("les 2 kg : 5 €", Pack(content=Content(Decimal(2), "kg"))),
        ("3.50 €/barquette 250g", Pack(unit="box", content=Content(Decimal(250), "g"))),
        ("6 € les 6", Pack(unit="piece", content=Content(Decimal(6), "piece"))),
        ("3,60 € la douzaine", Pack(unit="dozen", content=Content(Decimal(12), "piece"))),
    ],
)
def test_a_price_says_what_it_is_for(text: str, pack: Pack) -> None:
    assert parse_price(text).pack == pack


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", Problem.MISSING),
        ("-", Problem.MISSING),
        ("sur demande", Problem.MISSING),
        ("offert", Problem.FREE),
        ("RUPTURE", Problem.OUT_OF_STOCK),
        ("épuisé", Problem.OUT_OF_STOCK),
        ("hors saison", Problem.OUT_OF_STOCK),
        ("2 € ou 3 €", Problem.SEVERAL),
        ("de 2 à 4 €", Problem.SEVERAL),
        ("CHF 18.50", Problem.FOREIGN),
        ("$ 5", Problem.FOREIGN),
        ("-5", Problem.NEGATIVE),
        ("1234567", Problem.TOO_LARGE),
        ("500g", Problem.UNREADABLE),
        ("12h00 — Parking", Problem.UNREADABLE),
        ("2026-01-15", Problem.SEVERAL),
    ],
)
def test_what_is_no_price_says_why(text: str, problem: Problem) -> None:
    assert parse_price(text).problem is problem


def test_a_deposit_beside_the_price_is_never_in_it() -> None:
    price = parse_price("1,10 €/litre + 0,50 € de consigne")
    assert (price.amount, price.deposit, price.pack.measure) == (Decimal("1.10"), Decimal("0.50"), "l")


def test_three_decimals_are_read_as_decimals_and_said_to_be_unclear() -> None:
    assert (parse_price("1.200").amount, parse_price("1.200").ambiguous) == (Decimal("1.200"), True)
    assert parse_price("0.125").ambiguous is False


@pytest.mark.parametrize(
    ("cell", "rate"),
    [
        ("5,5", "5.5"),
        ("5.5 %", "5.5"),
        ("TVA 20%", "20"),
        (Decimal("0.055"), "5.5"),
        ("0,20", "20"),
        (Decimal("19.6"), "19.6"),
        ("0", "0"),
        (Decimal("0.55"), None),
        ("55", None),
        ("0.55 %", None),
        ("exonéré", None),
    ],
)
def test_a_vat_rate_is_a_percentage_or_a_fraction_that_exists(cell: str | Decimal, rate: str | None) -> None:
    assert parse_vat(cell) == (None if rate is None else Decimal(rate))


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("pot de 500g", "500", "g"),
        ("Bib de 3L", "3", "l"),
        ("environ 1,4 kg", "1.4", "kg"),
        ("6 x 75 cl", "450", "cl"),
        ("75 cl x 6", "450", "cl"),
        ("1/2 kg", "0.5", "kg"),
        ("½ kg", "0.5", "kg"),
        ("1 000 g", "1000", "g"),
        ("500 MML", "500", "ml"),
        ("25OG", "250", "g"),
        ("la douzaine (ou 18 déclassés)", "12", "piece"),
        ("demi-douzaine", "6", "piece"),
        ("plateau de 30 œufs", "30", "piece"),
        ("2 etti", "200", "g"),
        ("3 dl", "30", "cl"),
    ],
)
def test_a_packing_says_its_content(text: str, value: str, unit: str) -> None:
    assert read_pack(text).content == Content(Decimal(value), unit)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("SARRASIN T80 1 KG", "1 kg"),
        ("BISCUITS FIGUES & SON P/16 110G", "110 g"),
        ("CONCENTRé DE TOMATE 22% 200G", "200 g"),
        ("FIGUES4-6 6KG", "6 kg"),
        ("ABRICOTS SECS CAL.3-4 VRAC 6KG", "6 kg"),
        ("25CL RED PULL", "25 cl"),
        ("Œufs (x6)", "6 piece"),
        ("Poches Kraft 250 gr (carton de 1000 )", "1000 piece"),
        ("GALETTES 12P/100G", "100 g"),
    ],
)
def test_a_name_says_its_content(name: str, content: str) -> None:
    found = read_name(name).content
    assert found is not None and f"{found.value:f} {found.unit}" == content


@pytest.mark.parametrize(
    "name", ["Noir 98% Equateur", "Pot-au-feu", "3 baies", "2L'huile", "Patate 1/2 complète", "T80"]
)
def test_a_number_in_a_name_is_not_always_a_content(name: str) -> None:
    assert not read_name(name).says_something


def test_several_sizes_in_one_name_are_none() -> None:
    assert read_name("Mele 5Kg/9Kg/15Kg circa") == Pack(several=True, approximate=True)


def test_a_range_has_two_ends() -> None:
    pack = read_pack("1,2-1,5 kg")
    assert (pack.content, pack.up_to) == (Content(Decimal("1.2"), "kg"), Content(Decimal("1.5"), "kg"))


# Properties

cents = st.integers(min_value=1, max_value=9_999_999).map(lambda amount: Decimal(amount) / 100)


def in_french(amount: Decimal, *, thousands: str = "") -> str:
    return f"{amount:,.2f}".replace(",", "\0").replace(".", ",").replace("\0", thousands)


@given(
    cents, st.sampled_from(["", " ", "\u00a0", "\u202f", "."]), st.sampled_from(["{} €", "{}€", "€ {}", "{} EUR", "{}"])
)
def test_any_amount_survives_the_ways_it_is_written(amount: Decimal, thousands: str, pattern: str) -> None:
    price = parse_price(pattern.format(in_french(amount, thousands=thousands)))
    assert price.amount == amount
    assert price.marked == (pattern != "{}")


@given(cents, st.sampled_from(["/kg", " le kg", " / kilo", " au kg"]))
def test_any_amount_per_kilogram_is_one(amount: Decimal, per: str) -> None:
    price = parse_price(f"{in_french(amount)} €{per}")
    assert (price.amount, price.pack.measure, price.pack.content) == (amount, "kg", None)


@given(cents)
def test_a_float_of_a_workbook_is_the_amount_that_was_typed(amount: Decimal) -> None:
    assert number_from(repr(float(amount))) == amount
    assert number_from(repr(float(amount) * 3 / 3)) == amount


@given(
    st.integers(1, 99_999),
    st.sampled_from(["g", "kg", "ml", "cl", "l"]),
    st.sampled_from(["{}{}", "{} {}", "pot de {} {}"]),
)
def test_any_content_survives_being_written(thousandths: int, unit: str, pattern: str) -> None:
    value = Decimal(thousandths) / 100
    found = read_pack(pattern.format(f"{value:f}".replace(".", ","), unit.upper())).content
    assert found == content_of(value, unit) and found is not None and found.value == value


@given(st.integers(2, 48), st.integers(1, 1000))
def test_several_of_a_kind_weigh_so_many_times_one(count: int, grams: int) -> None:
    pack = read_pack(f"{count} x {grams} g")
    assert pack.content == Content(Decimal(count * grams), "g")
    assert pack.each == Content(Decimal(grams), "g")


@given(st.text(max_size=300))
def test_no_text_is_an_error_and_no_price_is_negative(text: str) -> None:
    price = parse_price(text)
    assert (price.amount is None or price.amount >= 0) and (price.amount is not None or price.problem is not None)
    for pack in (read_pack(text), read_name(text)):
        assert pack.content is None or pack.content.value > 0
    parse_vat(text)
    parse_number(text)
