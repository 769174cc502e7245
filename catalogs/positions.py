"""Where products stand in their catalog: at numbers between those of their neighbours.

Moving one product changes this one alone: it gets the shortest decimal between its new neighbours. A number, and not
the strings that editors of shared documents use: every PostgreSQL sorts it the same way, whatever its collation, and
the whole numbers that stood here before go on.

A decimal has at most `PLACES` places: that is some fifty moves to the very same spot. Then there is no room left, and
all of the catalog's products get whole numbers anew, as part of the same request.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal

PLACES = 16


def between(low: Decimal | None, high: Decimal | None) -> Decimal | None:
    """Return the shortest decimal above `low` and below `high`, the middle one of several; None if there is none.

    None as a bound is the end of the list: there the next whole number is taken.
    """
    if high is None:
        return Decimal(1) if low is None else after(low)
    if low is None:
        return -after(-high)
    for places in range(PLACES + 1):
        # The whole numbers strictly between, counted in units of the last place.
        least = int(_floor(low.scaleb(places))) + 1
        greatest = -int(_floor((-high).scaleb(places))) - 1
        if least <= greatest:
            return Decimal((least + greatest) // 2).scaleb(-places)
    return None


def after(last: Decimal) -> Decimal:
    """Return the next whole number above."""
    return _floor(last) + 1


def at_the_end(positions: Iterable[Decimal], number: int) -> list[Decimal]:
    """Return places for so many new products, after all these."""
    last = max(positions, default=Decimal(0))
    return [_floor(last) + n for n in range(1, number + 1)]


def _floor(value: Decimal) -> Decimal:
    return value.to_integral_value(ROUND_FLOOR)
