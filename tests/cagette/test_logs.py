"""Logs tell what happened and nothing of whom it happened to."""

import json
import logging
import sys

import pytest
from django.test import Client, RequestFactory
from django.urls import resolve

from cagette.logs import JsonFormatter, WithoutPaths


def line(message: str, *args: object, **more: object) -> dict[str, object]:
    record = logging.makeLogRecord({"msg": message, "args": args, "levelname": "INFO", "name": "cagette", **more})
    WithoutPaths().filter(record)
    found: dict[str, object] = json.loads(JsonFormatter().format(record))
    return found


def test_addresses_and_query_strings_are_blanked() -> None:
    assert line("to %s by /a/?token=%s", "Lea <zoe@cagette.example>", "s3cret")["message"] == "to Lea <…@…> by /a/?…"


def test_an_exception_leaves_its_class_and_place_but_not_its_words() -> None:
    try:
        raise ValueError("Key (name)=(Zoé Ferrand) already exists")
    except ValueError as error:
        found = line("Task raised unexpected: %r", error, exc_info=sys.exc_info())
    assert found["exception"] == "ValueError"
    assert str(found["frames"]).endswith(f"{test_an_exception_leaves_its_class_and_place_but_not_its_words.__name__}']")
    assert found["message"] == "Task raised unexpected: …"
    assert "Ferrand" not in json.dumps(found, ensure_ascii=False)


def test_of_a_request_only_the_route_is_told() -> None:
    request = RequestFactory().get("/accounts/password/reset/key/s3cret/?next=/")
    request.resolver_match = resolve("/accounts/login/")
    assert line("Not Found: %s", request.path, request=request)["message"] == "INFO: GET accounts/login/"


@pytest.mark.django_db
def test_each_request_leaves_one_line(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "cagette.requests"):
        client.get("/healthz?by=lea")
    [record] = [record for record in caplog.records if record.name == "cagette.requests"]
    assert (vars(record)["route"], vars(record)["status"]) == ("healthz", 200)
    assert "lea" not in record.getMessage()
