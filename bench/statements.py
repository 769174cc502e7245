"""What a run really asked of PostgreSQL, by the server's own log, and how fast bare psycopg does just that.

The log is written in a pass of its own (`LOGGED`), on a copy of the database and with the same requests, so that the
pass whose time counts is not slowed. One request's statements begin with the look-up of its session.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

import psycopg

# For the environment of the process to listen to.
LOGGED = {"PGOPTIONS": "-c log_statement=all"}

ENTRY = re.compile(r"^\d{4}-\d\d-\d\d \S+ \S+ \[(\d+)\] (\w+):  ?(.*)$", re.DOTALL)
SESSION = re.compile(r"""FROM "django_session" WHERE .*"session_key" = '(\w+)'""")
FRAME = {"BEGIN", "COMMIT"}


@dataclass
class Asked:
    """One request's statements in their order, its transactions' BEGIN and COMMIT among them."""

    session: str
    sent: list[str] = field(default_factory=list)

    @property
    def statements(self) -> list[str]:
        """Without BEGIN, COMMIT, and the empty query by which the pool finds out whether a connection is alive."""
        return [text for text in self.sent if text and text not in FRAME]


def asked_since(log: Path, offset: int, sessions: set[str]) -> list[Asked]:
    """The requests of these sessions that the server's log tells of beyond `offset`, in the order they began."""
    with log.open("rb") as file:
        file.seek(offset)
        said = file.read().decode()
    found: list[Asked] = []
    current: dict[str, Asked | None] = {}
    for entry in re.split(r"\n(?!\t)", said):
        read = ENTRY.match(entry.replace("\n\t", "\n"))
        if read is None or read[2] != "LOG":
            continue
        pid, text = read[1], read[3]
        if text.startswith("execute "):
            raise RuntimeError(f"Its parameters are apart, so it can't be replayed as it stands: {text}")
        if not text.startswith("statement: "):
            continue
        statement = text.removeprefix("statement: ").strip()
        if session := SESSION.search(statement):
            current[pid] = Asked(session[1]) if session[1] in sessions else None
            if (begun := current[pid]) is not None:
                found.append(begun)
        if (request := current.get(pid)) is not None:
            request.sent.append(statement)
    return found


def count(requests: Sequence[Asked]) -> float:
    """Statements a request: what most of them took."""
    return statistics.median_high(len(request.statements) for request in requests)


def replay(url: str, queues: Sequence[Sequence[Asked]], *, processes: int) -> float:
    """Seconds that bare psycopg takes for the same statements: each queue over a connection of its own, all at the
    same time, in as many processes and threads as the web server has.
    """
    context = get_context("fork")
    gate = context.Barrier(len(queues) + 1)
    parts = [queues[n::processes] for n in range(processes)]
    workers = [context.Process(target=_replay_side_by_side, args=(url, part, gate)) for part in parts]
    for worker in workers:
        worker.start()
    gate.wait(60)
    began = time.perf_counter()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - began
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("The statements could not be replayed.")
    return seconds


def _replay_side_by_side(url: str, queues: Sequence[Sequence[Asked]], gate: Barrier) -> None:
    with ThreadPoolExecutor(len(queues)) as threads:
        done = [threads.submit(_replay_one_after_the_other, url, queue, gate) for queue in queues]
    for each in done:
        each.result()


def _replay_one_after_the_other(url: str, queue: Sequence[Asked], gate: Barrier) -> None:
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection, connection.cursor() as cursor:
        gate.wait(60)
        for request in queue:
            for statement in request.sent:
                cursor.execute(statement)
                if cursor.description is not None:
                    cursor.fetchall()
