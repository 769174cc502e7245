"""What is due, against an independent reckoning with fractions: any basis, rate, weight and deposit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cagette.money import Basis, Price, exact_piece_price, seen
from orders.due import Due, Taken, in_all, to_farm
from tests.cagette.test_money import half_up
from tests.orders.sheets import facts

RATES = st.sampled_from([Decimal(rate) for rate in ("0", "2.6", "4", "5.5", "8.1", "10", "20", "22")])
CENTS = st.decimals("0.01", "999.99", places=2)
DEPOSITS = st.sampled_from([Decimal(0), Decimal("0.30"), Decimal("1.15")])
QUANTITIES = st.decimals("0.001", 200, places=3)


@st.composite
def taken(draw: st.DrawFn) -> Taken:
    basis, rate, deposit = draw(st.sampled_from(list(Basis))), draw(RATES), draw(DEPOSITS)
    if draw(st.booleans()):
        per_kg, typical = draw(CENTS), draw(st.integers(1, 5_000))
        greatest = typical + draw(st.integers(0, 2_000))
        price = Price(basis, exact_piece_price(per_kg, typical), rate, deposit, per_kg, greatest)
        return Taken(price, Decimal(draw(st.integers(1, 200))))
    return Taken(Price(basis, draw(CENTS), rate, deposit), draw(QUANTITIES), Decimal(draw(st.integers(0, 5))))


def reckoned(
    lines: Sequence[Taken], *, most: bool = False
) -> tuple[Fraction, Fraction, dict[Decimal, Fraction], Fraction]:
    """Net, gross, VAT per rate and deposits of one farm, with fractions; rounded where the law of the house rounds."""
    sums: dict[tuple[str, Decimal], Fraction] = {}
    deposits = Fraction(0)
    for price, quantity, extra in lines:
        pieces = Fraction(quantity + extra if most else quantity)
        unit = Fraction(price.unit)
        if most and price.per_kg is not None and price.greatest_weight_g is not None:
            unit = max(unit, Fraction(price.per_kg) * price.greatest_weight_g / 1000)
        key = (price.basis, price.vat_rate)
        sums[key] = sums.get(key, Fraction(0)) + Fraction(half_up(pieces * unit))
        deposits += Fraction(half_up(pieces * Fraction(price.deposit)))
    net = gross = Fraction(0)
    vat: dict[Decimal, Fraction] = {}
    for (basis, rate), amount in sums.items():
        share = Fraction(rate) / 100
        tax = Fraction(half_up(amount * share if basis == "net" else amount - amount / (1 + share)))
        net += amount if basis == "net" else amount - tax
        gross += amount + tax if basis == "net" else amount
        vat[rate] = vat.get(rate, Fraction(0)) + tax
    return net, gross, vat, deposits


@given(st.lists(taken(), max_size=8), st.booleans())
def test_a_farm_gets_what_fractions_say(lines: list[Taken], net: bool) -> None:
    due = to_farm(lines, "EUR", net=net)
    expected_net, gross, vat, deposits = reckoned(lines)
    assert facts(due.goods.net, due.goods.gross, due.deposits) == facts(expected_net, gross, deposits)
    assert due.goods.rates == vat
    assert due.goods.net + sum(due.goods.rates.values()) == due.goods.gross
    _net, most, _vat, all_deposits = reckoned(lines, most=True)
    assert due.greatest == most + all_deposits >= due.amount.amount


@given(st.lists(taken(), min_size=1, max_size=8))
def test_what_each_line_shows_adds_up_on_both_sides(lines: list[Taken]) -> None:
    items = [price.item(quantity) for price, quantity, _extra in lines]
    due = to_farm(lines, "EUR", net=True)
    assert sum(seen(items, net=True)) == due.goods.net
    assert sum(seen(items, net=False)) == due.goods.gross
    for item, without, including in zip(items, seen(items, net=True), seen(items, net=False), strict=True):
        assert item.amount == (without if item.basis == "net" else including)


@given(st.lists(st.lists(taken(), max_size=4), max_size=4), st.booleans())
def test_farms_add_up_and_what_is_frozen_comes_back(farms: list[list[Taken]], net: bool) -> None:
    dues = [to_farm(lines, "CHF", net=net) for lines in farms]
    due = in_all(dues, "CHF")
    assert due.amount.amount == sum((each.amount.amount for each in dues), Decimal(0))
    for each in (*dues, due):
        thawed = Due.thawed(each.frozen, "CHF")
        assert (thawed.amount, thawed.at_most, thawed.deposit) == (each.amount, each.at_most, each.deposit)
        assert not net or (thawed.without_vat, thawed.vat) == (each.without_vat, each.vat)


@pytest.mark.parametrize(
    ("basis", "unit", "total"),
    [("net", "1.37", "144.54"), ("gross", "1.45", "145.00")],
)
def test_a_hundred_pieces_at_1_37_net_are_137_00_net(basis: str, unit: str, total: str) -> None:
    due = to_farm([Taken(Price(basis, Decimal(unit), Decimal("5.5")), Decimal(100))], "EUR", net=True)
    assert str(due.goods.gross) == total
    assert (str(due.goods.net) == "137.00") == (basis == "net")
