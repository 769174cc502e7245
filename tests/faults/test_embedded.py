"""The embedded servers start once, are attached to, survive a crash, and end with their last holder."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from cagette.embedded import Services, temporary_home

HOLDER = """
import sys
from pathlib import Path
from cagette.embedded import Services
with Services(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def services() -> Iterator[Services]:
    with temporary_home() as home:
        services = Services(home)
        yield services
        services.stop()


def holder(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def running(services: Services) -> tuple[int | None, int | None]:
    return services.postgres.pid(), services.valkey.pid()


def test_what_was_committed_outlives_a_crash(services: Services) -> None:
    services.start()
    services.postgres.ensure_database("kept")
    with psycopg.connect(services.postgres.url("kept")) as connection:
        connection.execute("CREATE TABLE word AS SELECT 'Briançon' AS word")
    services.postgres.kill()
    assert services.postgres.pid() is None
    services.postgres.start()
    with psycopg.connect(services.postgres.url("kept")) as connection:
        assert connection.execute("SELECT upper(word) FROM word").fetchone() == ("BRIANÇON",)


def test_valkey_comes_back_empty(services: Services) -> None:
    services.valkey.start()
    assert services.valkey._ask("SET", "a", "1") == "+OK\r\n"
    services.valkey.kill()
    services.valkey.start()
    assert services.valkey._ask("GET", "a") == "$-1\r\n"


def test_starting_again_attaches(services: Services) -> None:
    services.start()
    first = running(services)
    Services(services.home).start()
    assert running(services) == first


def test_the_last_holder_to_leave_stops_them(services: Services) -> None:
    first, second = holder(services.home), holder(services.home)
    first.communicate()
    assert None not in running(services)
    second.communicate()
    assert running(services) == (None, None)


def test_a_killed_holder_leaves_them_to_the_next(services: Services) -> None:
    first = holder(services.home)
    first.kill()
    first.communicate()
    left = running(services)
    assert None not in left
    second = holder(services.home)
    assert running(services) == left
    second.communicate()
    assert running(services) == (None, None)
