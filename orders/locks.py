"""The lock every rule about stalls rests on (rule 3 of docs/architecture.md).

Ordering holds a stall *shared*, whatever changes a stall holds it *exclusively*; both are advisory and end with the
transaction. A closer queues behind the requests in flight only: with row locks (`FOR SHARE`) a stream of buyers kept
it waiting for 20 s and more. What is true about the stall must be read in a statement *after* the lock's own: a
statement's snapshot, and its `statement_timestamp()`, are as old as its wait.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

# The first key of PostgreSQL's two-key advisory locks; the second is the stall's id.
STALL_LOCK = 1


def hold_stalls_shared(stall_ids: Iterable[int]) -> None:
    """Wait until nobody changes these stalls, and keep it so until the transaction ends. Ascending, one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, id) FROM unnest(%s::int[]) AS id",
            [STALL_LOCK, sorted(set(stall_ids))],
        )


def hold_stalls_exclusively(stall_ids: Iterable[int]) -> None:
    """Wait for the requests in flight at these stalls, and keep new ones out until the transaction ends. Ascending."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, id) FROM unnest(%s::int[]) AS id",
            [STALL_LOCK, sorted(set(stall_ids))],
        )
