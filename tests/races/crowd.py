"""Many people at once: threads with a connection each, gates made of real locks, and looks at who waits for what."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Generic, TypeVar
from uuid import uuid4

from django.db import connection, connections, transaction

from orders.confirming import Shown, confirm
from orders.locks import STALL_LOCK
from orders.models import Household, Offer, Stall
from orders.requests import Answer

PATIENCE_S = 60

Result = TypeVar("Result")


class Crowd(Generic[Result]):
    """Threads started together; `results` are what each returned or the exception it raised, in the order of calls."""

    def __init__(self, calls: Sequence[Callable[[], Result]]) -> None:
        self.results: list[Result | Exception] = [RuntimeError("never ran")] * len(calls)
        self.threads = [
            threading.Thread(target=self._run, args=(place, call), daemon=True) for place, call in enumerate(calls)
        ]
        for thread in self.threads:
            thread.start()

    def _run(self, place: int, call: Callable[[], Result]) -> None:
        try:
            self.results[place] = call()
        except Exception as error:
            self.results[place] = error
        finally:
            connections.close_all()

    def gone(self) -> list[Result | Exception]:
        """Wait until everybody is through."""
        for thread in self.threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "somebody waits for ever"
        return self.results


def at_once(*calls: Callable[[], Result]) -> list[Result | Exception]:
    return Crowd(calls).gone()


@contextmanager
def gate(*stalls: Stall) -> Iterator[None]:
    """Hold the stalls as a closer would: whoever orders there waits until the block ends."""
    with transaction.atomic(), connection.cursor() as cursor:
        for stall in sorted(stalls, key=lambda stall: stall.pk):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [STALL_LOCK, stall.pk])
        yield


def waiting(stall: Stall) -> int:
    """How many sessions wait for this stall's lock at this moment."""
    return _locks(stall, granted=False)


def holders(stall: Stall) -> int:
    return _locks(stall, granted=True)


def _locks(stall: Stall, *, granted: bool) -> int:
    return _count(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted = %s"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        [STALL_LOCK, stall.pk, granted],
    )


def blocked_on_rows() -> int:
    """How many sessions of this database wait for another's transaction to end."""
    # Inside a transaction the statistics views show what they showed first.
    _count("SELECT count(pg_stat_clear_snapshot())", [])
    return _count(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE locktype = 'transactionid' AND NOT granted AND datname = current_database()",
        [],
    )


def blocked() -> int:
    """How many sessions of this database wait for any lock: of several who want one row, only the first waits for a
    transaction.
    """
    _count("SELECT count(pg_stat_clear_snapshot())", [])
    return _count(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()", []
    )


def _count(query: str, parameters: Sequence[int | bool]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        found: int = cursor.fetchone()[0]
    return found


def until(condition: Callable[[], bool]) -> None:
    """Look again and again until it holds."""
    ends = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < ends, "it never came about"
        time.sleep(0.005)


def buying(
    household: Household, offer: Offer, quantity: int = 1, *, user_id: int, key: str = ""
) -> Callable[[], Answer]:
    """A first confirmation of one line, as a call for a crowd."""
    round_id, key = offer.stall.round_id, key or uuid4().hex
    line = Shown(offer.pk, Decimal(quantity), Decimal(0), offer.piece_price(), Decimal(0), Decimal(0))

    def buy() -> Answer:
        return confirm(user_id=user_id, round_id=round_id, household_id=household.pk, key=key, lines=[line])

    return buy
