"""Who gets what of one offer at the close: whole cases, first come, first served. Pure arithmetic, no database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Claim:
    """One confirmed change of one line, in its offer's unit; `rank` is the `OrderChange.id`."""

    rank: int
    line: int
    quantity_before: Decimal
    quantity_after: Decimal
    tolerance_before: Decimal
    tolerance_after: Decimal


@dataclass
class _Chunk:
    rank: int
    line: int
    amount: Decimal


def cases_to_order(case_size: Decimal, quantity: Decimal, tolerance: Decimal, supply: Decimal | None) -> int:
    """How many whole cases to prepare for `quantity` confirmed and `tolerance` more that people would take.

    ⌊Q/c⌋, one more if the remainder r > 0 and r + T >= c, never more than ⌊S/c⌋ (`supply` None is no limit). A case
    is never filled by tolerance alone.
    """
    cases, rest = divmod(quantity, case_size)
    if rest > 0 and rest + tolerance >= case_size:
        cases += 1
    if supply is not None:
        cases = min(cases, supply // case_size)
    return int(cases)


def allocate(claims: Iterable[Claim], *, case_size: Decimal | None, supply: Decimal | None) -> dict[int, Decimal]:
    """What each line gets, by line id, from the offer's confirmed changes.

    `supply` is what this stall may draw from, its own confirmed quantity included; None is no limit. Without a case
    size every line gets what it confirmed. With one, whole cases are shared out by first-come order of the changes,
    quantities before tolerances; a decrease has taken back the line's newest chunks first.
    """
    claims = sorted(claims, key=lambda claim: claim.rank)
    quantities = _standing((c.rank, c.line, c.quantity_before, c.quantity_after) for c in claims)
    tolerances = _standing((c.rank, c.line, c.tolerance_before, c.tolerance_after) for c in claims)
    wanted = sum((chunk.amount for chunk in quantities), ZERO)
    given = dict.fromkeys((claim.line for claim in claims), ZERO)
    if case_size is None:
        left = wanted
    else:
        tolerated = sum((chunk.amount for chunk in tolerances), ZERO)
        left = cases_to_order(case_size, wanted, tolerated, supply) * case_size
    for chunk in [*quantities, *tolerances]:
        taken = min(chunk.amount, left)
        given[chunk.line] += taken
        left -= taken
        if not left:
            break
    return given


def _standing(changes: Iterable[tuple[int, int, Decimal, Decimal]]) -> list[_Chunk]:
    """What still stands of each increase after the later decreases of its line, in first-come order."""
    by_line: dict[int, list[_Chunk]] = {}
    for rank, line, before, after in changes:
        chunks = by_line.setdefault(line, [])
        if after > before:
            chunks.append(_Chunk(rank, line, after - before))
        back = before - after
        while back > 0 and chunks:
            newest = chunks[-1]
            cut = min(newest.amount, back)
            newest.amount -= cut
            back -= cut
            if not newest.amount:
                chunks.pop()
    return sorted((chunk for chunks in by_line.values() for chunk in chunks), key=lambda chunk: chunk.rank)
