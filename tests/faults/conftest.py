"""Servers that a test may break: a PostgreSQL of the fault tests' own, and the Valkey of this process."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from cagette.embedded import Postgres, Valkey, programs, temporary_home
from tests import services
from tests.faults.backroom import TEST_ITSELF, Backroom
from tests.running import Server, serving
from tests.smtp import SmtpSink


@dataclass(frozen=True)
class Ground:
    """What everything stands on: `kill()`, `stop()` and `start()` as you like; it stands again for the next test."""

    postgres: Postgres
    valkey: Valkey


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[Postgres]:
    """With a database `migrated` to copy. A killed process loses nothing without fsync; only a dead machine would. It
    shows the whole of a statement, by which a test knows where a worker has stopped."""
    with temporary_home() as home:
        postgres = Postgres(home, {"fsync": "off", "track_activity_query_size": "32kB"})
        postgres.start()
        postgres.ensure_database("migrated")
        if template := os.environ.get("TEST_DATABASE_TEMPLATE"):
            source, target = services.SERVICES.postgres.url(template), postgres.url("migrated")
            dumped = subprocess.run([programs() / "pg_dump", source], check=True, capture_output=True)
            psql = [str(programs() / "psql"), "--quiet", "--set=ON_ERROR_STOP=1", target]
            subprocess.run(psql, input=dumped.stdout, check=True, capture_output=True)
        else:
            environment = os.environ | {"DATABASE_URL": postgres.url("migrated")}
            subprocess.run([settings.BASE_DIR / "bin" / "run", "release"], env=environment, check=True)
        yield postgres
        postgres.stop(mode="immediate")


@pytest.fixture
def ground(own_postgres: Postgres, django_db_blocker: DjangoDbBlocker) -> Iterator[Ground]:
    """A fresh database on the tests' own PostgreSQL, which this process's ORM is turned to. Don't mark such a test
    with `django_db`: nothing is rolled back, everything is dropped."""
    own_postgres.start()
    with psycopg.connect(own_postgres.url("postgres"), autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS cagette WITH (FORCE)")
        admin.execute("CREATE DATABASE cagette TEMPLATE migrated")
    [valkey] = services.valkeys
    connection.close()
    before = dict(connection.settings_dict)
    connection.settings_dict |= {
        "NAME": "cagette",
        "HOST": "",
        "PORT": "",
        "USER": "postgres",
        "OPTIONS": {
            "host": str(own_postgres.sockets),
            "connect_timeout": 5,
            "application_name": TEST_ITSELF,
            # A test that waits for a lock of its own should fail, not wait.
            "options": "-c lock_timeout=20s",
        },
    }
    try:
        with django_db_blocker.unblock():
            yield Ground(own_postgres, valkey)
    finally:
        connection.close()
        connection.settings_dict |= before
        valkey.start()


@pytest.fixture
def server(ground: Ground, smtp_sink: SmtpSink, tmp_path: Path) -> Iterator[Server]:
    """Everything at work on `ground`."""
    with serving(smtp_sink, tmp_path, DATABASE_URL=ground.postgres.url("cagette")) as server:
        yield server


@pytest.fixture
def open_backroom(
    ground: Ground, smtp_sink: SmtpSink, tmp_path: Path, settings: Any
) -> Iterator[Callable[..., Backroom]]:
    """Start a worker and a beat on `ground`, with an evening for them to work on; settings may be changed."""
    settings.MEDIA_ROOT = tmp_path / "media"
    opened: list[Backroom] = []

    def open_it(**environment: str) -> Backroom:
        opened.append(Backroom(ground.postgres, smtp_sink, tmp_path, **environment))
        return opened[-1]

    yield open_it
    for backroom in opened:
        backroom.kill()
