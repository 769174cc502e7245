"""Who gets what at the close: the worked examples of the rules, and what holds whatever people order."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.allocation import Claim, allocate, cases_to_order

ZERO = Decimal(0)


def claim(
    rank: int, line: int, quantity: object, tolerance: object = 0, *, before: tuple[object, object] = (0, 0)
) -> Claim:
    was, was_tolerated = (Decimal(str(each)) for each in before)
    return Claim(rank, line, was, Decimal(str(quantity)), was_tolerated, Decimal(str(tolerance)))


@pytest.mark.parametrize(
    ("size", "quantity", "tolerance", "supply", "cases"),
    [
        (6, 8, 3, None, 1),
        (6, 8, 4, None, 2),
        (6, 10, 2, 10, 1),
        (6, 12, 0, None, 2),
        (6, 0, 50, None, 0),
        (6, 12, 50, None, 2),
        (6, 5, 0, None, 0),
        (6, 20, 0, 17, 2),
        (Decimal("2.5"), Decimal(4), Decimal(1), None, 2),
    ],
)
def test_whole_cases(size: Decimal, quantity: Decimal, tolerance: Decimal, supply: Decimal | None, cases: int) -> None:
    limit = None if supply is None else Decimal(supply)
    assert cases_to_order(Decimal(size), Decimal(quantity), Decimal(tolerance), limit) == cases


def test_eight_wanted_and_three_of_tolerance_make_one_case_first_come_first_served() -> None:
    claims = [claim(1, 1, 5, 3), claim(2, 2, 3)]
    assert allocate(claims, case_size=Decimal(6), supply=None) == {1: 5, 2: 1}


def test_eight_wanted_and_four_of_tolerance_make_two_cases_quantities_first() -> None:
    claims = [claim(1, 1, 3, 3), claim(2, 2, 5, 1)]
    assert allocate(claims, case_size=Decimal(6), supply=None) == {1: 6, 2: 6}


def test_a_supply_of_ten_holds_one_case_of_six() -> None:
    claims = [claim(1, 1, 4), claim(2, 2, 6, 2)]
    assert allocate(claims, case_size=Decimal(6), supply=Decimal(10)) == {1: 4, 2: 2}


def test_without_a_case_size_everybody_gets_what_they_confirmed() -> None:
    claims = [claim(1, 1, 5, 3), claim(2, 2, "0.5"), claim(3, 1, 2, before=(5, 3))]
    assert allocate(claims, case_size=None, supply=None) == {1: 2, 2: Decimal("0.5")}


def test_a_decrease_takes_back_the_newest_first() -> None:
    """Line 1 ordered 2, line 2 then 4, line 1 rose to 6 and went back to 4: its first two keep their turn."""
    claims = [claim(1, 1, 2), claim(2, 2, 4), claim(3, 1, 6, before=(2, 0)), claim(4, 1, 4, before=(6, 0))]
    assert allocate(claims, case_size=Decimal(6), supply=None) == {1: 2, 2: 4}


def test_who_gave_up_and_came_back_stands_at_the_end() -> None:
    claims = [claim(1, 1, 4), claim(2, 2, 4), claim(3, 1, 0, before=(4, 0)), claim(4, 1, 4, before=(0, 0))]
    assert allocate(claims, case_size=Decimal(6), supply=None) == {1: 2, 2: 4}


def test_who_gave_up_gets_nothing() -> None:
    assert allocate([claim(1, 1, 4), claim(2, 1, 0, before=(4, 0))], case_size=Decimal(6), supply=None) == {1: 0}


def test_nobody_ordered() -> None:
    assert allocate([], case_size=Decimal(6), supply=None) == {}
    assert allocate([], case_size=None, supply=None) == {}


@st.composite
def histories(draw: st.DrawFn) -> list[Claim]:
    """What up to six lines confirmed, one after another, up and down, in half units."""
    standing: dict[int, tuple[Decimal, Decimal]] = {}
    claims = []
    for rank in range(draw(st.integers(0, 14))):
        line = draw(st.integers(1, 6))
        before = standing.get(line, (ZERO, ZERO))
        quantity = Decimal(draw(st.integers(0, 30))) / 2
        tolerance = Decimal(draw(st.integers(0, 12))) / 2 if quantity else ZERO
        claims.append(Claim(rank, line, before[0], quantity, before[1], tolerance))
        standing[line] = (quantity, tolerance)
    return claims


def standing_of(claims: list[Claim]) -> dict[int, tuple[Decimal, Decimal]]:
    return {each.line: (each.quantity_after, each.tolerance_after) for each in claims}


SIZES = st.sampled_from([Decimal("0.5"), Decimal(1), Decimal("2.5"), Decimal(6), Decimal(12)])
SUPPLIES = st.none() | st.integers(0, 200).map(lambda n: Decimal(n) / 2)


@given(histories(), SIZES, SUPPLIES)
def test_what_is_given_out_is_whole_cases_exactly(claims: list[Claim], size: Decimal, supply: Decimal | None) -> None:
    standing = standing_of(claims)
    quantity = sum((q for q, _t in standing.values()), ZERO)
    tolerance = sum((t for _q, t in standing.values()), ZERO)
    given_out = sum(allocate(claims, case_size=size, supply=supply).values(), ZERO)
    assert given_out == cases_to_order(size, quantity, tolerance, supply) * size
    assert supply is None or given_out <= supply


@given(histories(), SIZES, SUPPLIES)
def test_nobody_gets_more_than_they_would_take(claims: list[Claim], size: Decimal, supply: Decimal | None) -> None:
    allocated = allocate(claims, case_size=size, supply=supply)
    assert allocated.keys() == standing_of(claims).keys()
    for line, (quantity, tolerance) in standing_of(claims).items():
        assert 0 <= allocated[line] <= quantity + tolerance


@given(histories(), SIZES, SUPPLIES)
def test_tolerances_are_touched_only_when_every_quantity_is_served(
    claims: list[Claim], size: Decimal, supply: Decimal | None
) -> None:
    allocated, standing = allocate(claims, case_size=size, supply=supply), standing_of(claims)
    if any(allocated[line] > quantity for line, (quantity, _t) in standing.items()):
        assert all(allocated[line] >= quantity for line, (quantity, _t) in standing.items())


@given(histories(), SIZES, SUPPLIES)
def test_a_case_is_never_filled_by_tolerance_alone(claims: list[Claim], size: Decimal, supply: Decimal | None) -> None:
    quantity = sum((q for q, _t in standing_of(claims).values()), ZERO)
    given_out = sum(allocate(claims, case_size=size, supply=supply).values(), ZERO)
    assert given_out < quantity + size


@given(histories(), SIZES, SUPPLIES, st.randoms(use_true_random=False))
def test_the_order_in_which_changes_are_read_does_not_matter(
    claims: list[Claim], size: Decimal, supply: Decimal | None, random: object
) -> None:
    shuffled = list(claims)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert allocate(shuffled, case_size=size, supply=supply) == allocate(claims, case_size=size, supply=supply)


@given(st.lists(st.integers(1, 20), min_size=1, max_size=8), SIZES, SUPPLIES)
def test_first_come_first_served(quantities: list[int], size: Decimal, supply: Decimal | None) -> None:
    """With one change each: whoever isn't served in full is followed by nobody who gets anything."""
    claims = [claim(rank, rank, quantity) for rank, quantity in enumerate(quantities, start=1)]
    allocated = allocate(claims, case_size=size, supply=supply)
    short = [line for line, quantity in enumerate(quantities, start=1) if allocated[line] < quantity]
    assert all(allocated[line] == 0 for line in allocated if short and line > short[0])


@given(histories())
def test_without_cases_all_of_it(claims: list[Claim]) -> None:
    assert allocate(claims, case_size=None, supply=None) == {line: q for line, (q, _t) in standing_of(claims).items()}
