"""What machines and staff are told about the state of things."""

import pytest
from django.test import Client
from pytest_django import Settings

from cagette import heartbeats
from cagette.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_at_work() -> None:
    heartbeats.client().flushall()


def test_alive_with_its_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok"})


def test_not_ready_while_nobody_works(client: Client) -> None:
    answer = client.get("/readyz")
    ill = {"workers": "ill", "beat": "ill"}
    assert (answer.status_code, answer.json()) == (503, {"database": "ok", "broker": "ok", "overdue": "ok"} | ill)


def test_ready_when_worker_and_beat_turn(client: Client) -> None:
    heartbeats.stamp("worker")
    heartbeats.stamp("beat")
    answer = client.get("/readyz")
    assert (answer.status_code, set(answer.json().values())) == (200, {"ok"})


def test_a_broker_that_is_away_breaks_no_page_and_stops_no_stamp(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    heartbeats.stamp("beat")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (503, "ill")


def test_a_probe_that_finds_something_makes_it_not_ready(client: Client, settings: Settings) -> None:
    settings.READINESS_PROBES = [f"{__name__}.finds_something"]
    assert client.get("/readyz").json()["test_health"] == "ill"


def finds_something() -> str:
    return "Two stalls are late."


@pytest.mark.parametrize(("is_staff", "status"), [(True, 200), (False, 403)])
def test_the_page_is_for_staff(client: Client, *, is_staff: bool, status: int) -> None:
    client.force_login(User.objects.create_user("someone@cagette.example", is_staff=is_staff))
    assert client.get("/staff/health/").status_code == status


def test_the_page_names_each_worker(client: Client) -> None:
    heartbeats.stamp("worker")
    client.force_login(User.objects.create_user("staff@cagette.example", is_staff=True))
    [worker] = heartbeats.seen("worker")
    assert worker in client.get("/staff/health/").content.decode()


def test_a_stamp_fades() -> None:
    heartbeats.stamp("worker")
    [key] = heartbeats.client().scan_iter("cagette:worker:*")
    assert 0 < heartbeats.client().ttl(key) <= heartbeats.FADES_AFTER_SECONDS
