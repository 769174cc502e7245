"""The processes come back to servers that went away, with nobody's help."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from django.db import connection

from cagette.models import User
from tests.faults.conftest import Ground
from tests.running import Server


def state(server: Server) -> dict[str, str]:
    try:
        with urllib.request.urlopen(f"{server.url}/readyz", timeout=20) as answer:
            found: dict[str, str] = json.load(answer)
    except urllib.error.HTTPError as error:
        found = json.load(error)
    return found


def wait_until(holds: Callable[[], bool], *, seconds: float = 150) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def all_well(server: Server) -> bool:
    server.tend()
    return set(state(server).values()) == {"ok"}


def test_everything_returns_after_postgres_was_killed(server: Server, ground: Ground) -> None:
    User.objects.create_user("kept@example.org")
    ground.postgres.kill()
    assert state(server)["database"] == "ill"
    ground.postgres.start()
    connection.close()
    wait_until(lambda: all_well(server))
    assert [user.email for user in User.objects.all()] == ["kept@example.org"]


def test_worker_and_beat_return_to_a_valkey_that_came_back_empty(server: Server, ground: Ground) -> None:
    ground.valkey.kill()
    assert state(server)["broker"] == "ill"
    ground.valkey.start()
    wait_until(lambda: all_well(server))
    done = server.worker.said().count("received")
    wait_until(lambda: server.worker.said().count("received") > done)
