"""What a measurement stands on: its own database on the embedded servers, and the processes of production."""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from cagette import embedded

CHECKOUT = Path(__file__).resolve().parent.parent


@contextmanager
def stage() -> Iterator[Path]:
    """Set Django up on an empty, migrated database of this run alone; yields a directory for its files.

    PostgreSQL runs with its own durable defaults: a commit is on the disk when it is counted.
    """
    home = embedded.home_of(CHECKOUT, "bench")
    services = embedded.Services(home)
    name = f"bench_{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="cagette-bench-") as files, services.held():
        services.postgres.ensure_database(name)
        os.environ |= {
            "DEVELOPMENT": "on",
            "DJANGO_SETTINGS_MODULE": "cagette.settings",
            "DATABASE_URL": services.postgres.url(name),
            "REDIS_URL": services.valkey.url,
            "MEDIA_ROOT": f"{files}/media",
            "EMAIL_URL": f"filemail://{files}/mail",
        }
        try:
            _set_up()
            yield Path(files)
        finally:
            _drop(services.postgres.url("postgres"), name)


def _set_up() -> None:
    import django

    django.setup()
    import redis
    from django.conf import settings
    from django.core.management import call_command

    redis.Redis.from_url(settings.REDIS_URL).flushall()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


def _drop(url: str, name: str) -> None:
    if "django.db" in sys.modules:
        from django.db import connections

        connections.close_all()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(psycopg.sql.Identifier(name))
        )


def report(figures: Mapping[str, Any], *, targets: Mapping[str, str] | None = None) -> None:
    """The table, each figure beside what it should be; then the figures as one JSON object, on the last line."""
    targets = targets or {}
    width = max(map(len, figures))
    for key, value in figures.items():
        shown = json.dumps(value) if isinstance(value, dict) else str(value)
        sys.stdout.write(f"{key:<{width}}  {shown:>14}  {targets.get(key, '')}\n")
    sys.stdout.write(f"{json.dumps(dict(figures))}\n")


def p95(times: list[float]) -> float:
    """The 95th percentile, in whatever unit the times have."""
    return statistics.quantiles(times, n=20)[-1]
