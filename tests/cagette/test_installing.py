"""Cagette on a phone: the manifest, the service worker, the page without a network, and which sheets may be kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from tests import cast
from tests.orders.sheets import signed_in, statements


@pytest.mark.parametrize(("language", "name"), [("fr", "Cagette, commandes groupées"), ("it", "Cagette, ordini")])
def test_the_manifest_installs_cagette_in_the_visitors_language(client: Client, language: str, name: str) -> None:
    response = client.get("/manifest.webmanifest", headers={"accept-language": language})
    manifest = response.json()
    assert response["Content-Type"] == "application/manifest+json"
    assert (manifest["lang"], manifest["start_url"], manifest["scope"]) == (language, "/", "/")
    assert manifest["name"].startswith(name)
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    assert all(finders.find(icon["src"].removeprefix("/static/")) for icon in manifest["icons"])


def test_the_worker_stands_at_the_root_is_asked_for_anew_and_names_files_that_exist(client: Client) -> None:
    response = client.get("/service-worker.js")
    head, _newline, script = response.content.decode().partition("\n")
    known = json.loads(head.removeprefix("const CAGETTE = ").removesuffix(";"))
    assert response["Content-Type"].startswith("text/javascript")
    assert "no-cache" in response["Cache-Control"]
    assert known["offline"] == "/offline/"
    assert all(finders.find(name.removeprefix("/static/")) for name in known["shell"])
    assert 'addEventListener("fetch"' in script


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/manifest.webmanifest", "/service-worker.js", "/offline/"])
def test_what_every_phone_gets_asks_the_database_nothing(path: str) -> None:
    client = signed_in(cast.a_user())
    with statements(at_most=0):
        response = client.get(path)
    assert "Set-Cookie" not in response.headers
    assert "script-src 'self'" in response["Content-Security-Policy"]


def kept_for(client: Client, path: str, **query: Any) -> str | None:
    kept: str | None = client.get(path, query).headers.get("X-Keep-For")
    return kept


@pytest.mark.django_db
def test_a_phone_may_keep_ones_own_sheet_and_nobody_elses() -> None:
    round = cast.an_open_round()
    member = cast.a_member(round.neighbourhood)
    coordinator = signed_in(cast.the_coordinator(round))
    sheet = reverse("orders:round", args=[round.pk])
    household = cast.the_household(member).pk
    assert kept_for(signed_in(member), sheet) == str(member.pk)
    assert kept_for(Client(), sheet) == ""
    assert kept_for(coordinator, sheet, household=household) is None
    assert kept_for(coordinator, f"/coordination/rounds/{round.pk}/") is None
    assert kept_for(signed_in(member), "/orders/") is None
