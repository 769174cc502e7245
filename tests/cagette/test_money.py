"""The money rules, whatever the amounts: a line is rounded once and half up, VAT is taken once from a total, and what
is shared out sums to what there was.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cagette.money import ZERO, Price, apportion, exact_piece_price, line_amount, to_cents, vat_included, with_vat

EUROS = st.decimals(0, 999_999, places=2)
SIGNED_EUROS = st.decimals(-99_999, 99_999, places=2)
QUANTITIES = st.decimals(0, 9_999, places=3)
RATES = st.sampled_from([Decimal(rate) for rate in ("0", "2.10", "5.50", "10", "20")])
# A few keys with what they weigh: amounts of lines, for instance.
WEIGHTS = st.dictionaries(st.integers(1, 50), EUROS, min_size=1, max_size=12)


def half_up(exact: Fraction) -> Decimal:
    """The rule itself, in exact arithmetic: half a cent goes away from zero."""
    cents = floor(abs(exact) * 100 + Fraction(1, 2))
    return (-1 if exact < 0 else 1) * Decimal(cents) / 100


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("0.005", "0.01"),
        ("0.015", "0.02"),
        ("0.025", "0.03"),
        ("0.0049999", "0.00"),
        ("-0.005", "-0.01"),
        ("-2.344", "-2.34"),
        ("12", "12.00"),
    ],
)
def test_half_a_cent_goes_up(amount: str, cents: str) -> None:
    assert str(to_cents(Decimal(amount))) == cents


@given(st.decimals(-999_999, 999_999, places=7))
def test_any_amount_is_rounded_to_the_nearest_cent_half_up(amount: Decimal) -> None:
    assert to_cents(amount) == half_up(Fraction(amount))


@given(QUANTITIES, EUROS)
def test_a_line_is_rounded_once(quantity: Decimal, price: Decimal) -> None:
    assert line_amount(quantity, price) == half_up(Fraction(quantity) * Fraction(price))


def test_weighed_pieces_are_rounded_once_on_the_whole() -> None:
    """99 pieces of at most 130 g at 20,34 €/kg are 261,78 €, not 99 × 2,64 €."""
    price = Price("gross", exact_piece_price(Decimal("20.34"), 100), ZERO, ZERO, Decimal("20.34"), 130)
    assert (price.item(Decimal(99)).amount, price.greatest_item(Decimal(99)).amount) == (
        Decimal("201.37"),
        Decimal("261.78"),
    )


@given(EUROS, st.integers(1, 50_000), st.integers(1, 9_999))
def test_pieces_cost_their_weight(per_kg: Decimal, grams: int, pieces: int) -> None:
    assert line_amount(Decimal(pieces), exact_piece_price(per_kg, grams)) == half_up(
        Fraction(per_kg) * grams / 1000 * pieces
    )


@given(EUROS, RATES)
def test_vat_is_added_and_rounded_once(excl: Decimal, rate: Decimal) -> None:
    assert with_vat(excl, rate) == half_up(Fraction(excl) * (100 + Fraction(rate)) / 100)


@given(SIGNED_EUROS, RATES)
def test_the_vat_of_a_total_is_what_is_inside_it(total: Decimal, rate: Decimal) -> None:
    vat = vat_included(total, rate)
    assert vat == half_up(Fraction(total) * Fraction(rate) / (100 + Fraction(rate)))
    assert abs(vat) <= abs(total)


@given(EUROS, RATES)
def test_a_price_without_vat_comes_back_from_the_one_with_it(excl: Decimal, rate: Decimal) -> None:
    incl = with_vat(excl, rate)
    assert abs(incl - vat_included(incl, rate) - excl) <= Decimal("0.01")


def test_vat_is_of_the_total_and_not_of_its_lines() -> None:
    """Ten lines of 0,10 € at 5,5 %: 0,05 € of VAT, where the lines alone would make 0,10 €."""
    rate = Decimal("5.50")
    assert vat_included(Decimal("1.00"), rate) == Decimal("0.05")
    assert sum(vat_included(Decimal("0.10"), rate) for _line in range(10)) == Decimal("0.10")


@given(SIGNED_EUROS, WEIGHTS)
def test_what_is_shared_out_sums_exactly(total: Decimal, weights: dict[int, Decimal]) -> None:
    shares = apportion(total, weights)
    assert shares.keys() == weights.keys()
    assert sum(shares.values(), ZERO) == total
    assert all(share == to_cents(share) for share in shares.values())


@given(SIGNED_EUROS, WEIGHTS)
def test_each_share_is_within_a_cent_of_its_part(total: Decimal, weights: dict[int, Decimal]) -> None:
    whole = sum(Fraction(weight) for weight in weights.values())
    shares = apportion(total, weights)
    for key, weight in weights.items():
        exact = Fraction(total) * Fraction(weight) / whole if whole else Fraction(total) / len(weights)
        assert abs(Fraction(shares[key]) - exact) < Fraction(1, 100)


@given(EUROS, WEIGHTS)
def test_whoever_weighs_more_gets_no_less(total: Decimal, weights: dict[int, Decimal]) -> None:
    shares = apportion(total, weights)
    for one in weights:
        for other in weights:
            assert weights[one] <= weights[other] or shares[one] >= shares[other]


@given(EUROS, WEIGHTS, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(total: Decimal, weights: dict[int, Decimal], random: object) -> None:
    shuffled = list(weights.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert apportion(total, dict(shuffled)) == apportion(total, weights)


@given(st.dictionaries(st.integers(1, 20), EUROS.filter(bool), min_size=1, max_size=8), RATES)
def test_nets_and_vat_of_the_lines_make_the_total(lines: dict[int, Decimal], rate: Decimal) -> None:
    """As an invoice does: VAT once per rate on the total, nets shared out over the lines."""
    total = sum(lines.values(), ZERO)
    vat = vat_included(total, rate)
    nets = apportion(total - vat, lines)
    assert sum(nets.values(), ZERO) + vat == total
    assert all(ZERO <= nets[line] <= amount for line, amount in lines.items())


def test_missing_cents_go_to_the_largest_remainders_then_to_the_first() -> None:
    weights = {1: Decimal(1), 2: Decimal(1), 3: Decimal(1)}
    assert apportion(Decimal("10.00"), weights) == {1: Decimal("3.34"), 2: Decimal("3.33"), 3: Decimal("3.33")}
    assert apportion(Decimal("-0.01"), weights) == {1: Decimal("-0.01"), 2: ZERO, 3: ZERO}
    assert apportion(Decimal("0.02"), dict.fromkeys((1, 2, 3), ZERO)) == {
        1: Decimal("0.01"),
        2: Decimal("0.01"),
        3: ZERO,
    }


def test_nothing_is_shared_out_among_nobody() -> None:
    assert apportion(ZERO, {}) == {}
    with pytest.raises(ValueError, match="nothing to apportion"):
        apportion(Decimal("0.01"), {})
