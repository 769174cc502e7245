"""Writing down each change of a round's or a stall's state and times, in the transaction that makes it.

    was = now_is(stall)
    stall.state = Stall.State.DECLINED
    stall.save()
    record(Kind.DECLINED, stall, was, by=by)

What differs is found here, so that a verb can't forget a time it has changed; where nothing differs nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import models

from cagette.models import User
from cagette.money import Money
from orders.models import Place, Round, Stall, Transition

Kind, How = Transition.Kind, Transition.How
# The values of a round's or a stall's fields at one moment.
Facts = Mapping[str, Any]

STATE = "state"
OF_ROUND = (STATE, "opens_at", "closes_at", "delivery_starts_at", "delivery_ends_at", "place")
OF_STALL = (STATE, "answer", "closes_at", "minimum_amount", "below_minimum", "minimum_decision", "answer_by")
# Before it was there.
NOTHING: Facts = {}


def now_is(thing: Round | Stall) -> Facts:
    """Return what a transition of this round or stall may change, as it is now."""
    return {name: getattr(thing, name) for name in (OF_ROUND if isinstance(thing, Round) else OF_STALL)}


def record(
    kind: Transition.Kind,
    thing: Round | Stall,
    was: Facts,
    *,
    by: User | None,
    how: str = "",
    reason: str = "",
    part_of: Transition | None = None,
) -> Transition | None:
    """Write that `thing` was as `was` and is as it is now. Returns None, and writes nothing, where that is the same.

    `by` is None where the clock did it, or with `how` where a signed link without a login did. One statement.
    """
    row = _row(kind, thing, was, by=by, how=how, reason=reason, part_of=part_of)
    if row is not None:
        row.save(force_insert=True)
    return row


def record_parts(
    kind: Transition.Kind,
    part_of: Transition | None,
    stalls: Sequence[Stall],
    were: Sequence[Facts],
    *,
    by: User,
    reason: str = "",
) -> None:
    """Write what one act on the whole round made of these stalls, which were as `were`. One statement."""
    rows = (
        _row(kind, stall, was, by=by, how="", reason=reason, part_of=part_of)
        for stall, was in zip(stalls, were, strict=True)
    )
    Transition.objects.bulk_create(row for row in rows if row is not None)


def _row(
    kind: Transition.Kind,
    thing: Round | Stall,
    was: Facts,
    *,
    by: User | None,
    how: str,
    reason: str,
    part_of: Transition | None,
) -> Transition | None:
    now = now_is(thing)
    changed = [name for name, value in now.items() if was.get(name) != value and (value or was.get(name))]
    if not changed:
        return None
    stall = thing if isinstance(thing, Stall) else None
    return Transition(
        round_id=thing.round_id if isinstance(thing, Stall) else thing.pk,
        stall=stall,
        kind=kind,
        state_before=was.get(STATE, ""),
        state_after=now[STATE],
        before=_written(was, changed),
        after=_written(now, changed),
        by=by,
        how=how or (How.PAGE if by else How.CLOCK),
        reason=reason,
        part_of=part_of,
    )


def _written(facts: Facts, names: Iterable[str]) -> dict[str, Any]:
    """As JSON; what is empty is left out."""
    return {name: _plain(facts[name]) for name in names if name != STATE and facts.get(name)}


def _plain(value: Any) -> Any:
    """Times in ISO with their offset, amounts with their currency, a place with the name it had then."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Money():
            return {"amount": f"{value.amount:.2f}", "currency": value.currency.code}
        case Place():
            return {"id": value.pk, "name": value.name}
        case models.Choices():
            return value.value
    return value
