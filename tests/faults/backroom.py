"""A worker and a beat as in production, to be broken at an exact point, and looks at what they are doing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import redis
from django.conf import settings

from cagette import processes
from cagette.embedded import Postgres
from cagette.processes import Process
from deliveries.rendering import RENDERING_LOCK
from tests.faults.evening import Evening
from tests.smtp import SmtpSink

PATIENCE_S = 60
HANDS = 2
# The name under which this process's own sessions appear to PostgreSQL.
TEST_ITSELF: LiteralString = "test"


def wait_until(holds: Callable[[], object], *, seconds: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "It never came about."
        time.sleep(0.01)


class Backroom:
    """One worker with two hands, and one beat that ticks every second, mailing to `sink`."""

    def __init__(self, postgres: Postgres, sink: SmtpSink, logs: Path, **environment: str) -> None:
        self.postgres = postgres
        self.sink = sink
        # A predecessor's messages are about rows that no longer exist.
        redis.Redis.from_url(settings.REDIS_URL).flushall()
        self.environment = processes.environment(
            port=processes.free_port(),
            EMAIL_URL=sink.url,
            DATABASE_URL=postgres.url("cagette"),
            TICK_SECONDS="1",
            WORKERS=str(HANDS),
            **{"MAIL_RETRY_SECONDS": "0.5", **environment},
        )
        self.worker = Process("worker", self.environment, logs / "worker.log")
        self.beat = Process("beat", self.environment, logs / "beat.log")
        self.beat.start()
        self.worker.start()
        self.evening = Evening(sink, self.tend)

    def kill(self) -> None:
        self.worker.kill()
        self.beat.kill()

    def kill_worker(self) -> None:
        """SIGKILL to the worker and its hands at once; returns when the mail server has noticed."""
        self.worker.kill()
        wait_until(lambda: self.sink.held == 0)

    def wait_until_nobody_is_left(self) -> None:
        """Until PostgreSQL has noticed: a killed worker's session that waits for a lock ends when it gets it."""
        wait_until(lambda: self._count("SELECT count(*) FROM pg_stat_activity WHERE {others}") == 0)

    def tend(self) -> None:
        """Celery gives up at times when its broker goes."""
        self.worker.tend()
        self.beat.tend()

    def restart_worker(self) -> None:
        """What the process manager does when a worker has ended; everything else has to happen by itself."""
        self.worker.start()

    @contextmanager
    def holding(self, *statements: LiteralString) -> Iterator[psycopg.Connection]:
        """Keep the locks that these statements take, until the block ends."""
        connection = psycopg.connect(self.postgres.url("cagette"), application_name=TEST_ITSELF)
        try:
            for statement in statements:
                connection.execute(statement)
            yield connection
        finally:
            connection.close()

    def wait_until_stopped_at(self, statement: str) -> None:
        """Until each hand waits for a lock in a statement like this, so that none is in the middle of anything else."""
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE {others} AND wait_event_type = 'Lock' AND query LIKE %s"
        try:
            wait_until(lambda: self._count(waiting, f"%{statement}%") == HANDS)
        except AssertionError:
            raise AssertionError(f"Not all stopped at {statement}, but: {self._doing()}") from None

    def is_rendering(self, what: str) -> bool:
        """A hand is at it, and not with PostgreSQL at this moment."""
        held = (
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE {others} AND locktype = 'advisory'"
            " AND classid = %s AND objid = hashtext(%s)::bit(32)::bigint::oid AND granted"
            " AND state = 'idle in transaction'"
        )
        return self._count(held, RENDERING_LOCK, what) == 1

    def _doing(self) -> list[tuple[Any, ...]]:
        return self._rows("SELECT state, wait_event, query FROM pg_stat_activity WHERE {others}")

    def _count(self, query: LiteralString, *values: Any) -> int:
        [(count,)] = self._rows(query, *values)
        return int(count)

    def _rows(self, query: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        """With `{others}` for: sessions of the database that aren't this process's own."""
        others = f"datname = 'cagette' AND application_name <> '{TEST_ITSELF}'"
        with psycopg.connect(self.postgres.url("cagette"), application_name=TEST_ITSELF) as connection:
            return connection.execute(query.replace("{others}", others), values).fetchall()
