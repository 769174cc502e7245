"""No page stands in anybody's way: axe finds nothing on any page of the table, for anyone who gets it, light or dark.

The scene is one transaction, so pages are asked for here and handed to the browser, with production's static files.
"""

from __future__ import annotations

import json
import mimetypes
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker

from cagette.processes import collected_static
from tests.access.scene import PEOPLE, Scene
from tests.access.table import ROWS, Row
from tests.access.test_every_url import scene
from tests.running import PHONE, nobody_is_shut_out

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

__all__ = ["scene"]

SITE = "http://cagette.example"
# The part that isn't on every page, and in it what means nothing to axe: text, numbers, addresses, tokens.
OWN = re.compile(r"<main.*", re.DOTALL)
TEXT = re.compile(r">[^<]+<")
VALUES = re.compile(r' (?:href|value|action|content|src|data-[\w-]+)="[^"]*"|\d+')

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True, locale="fr-FR", base_url=SITE)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def static_files() -> dict[str, str]:
    """The names pages here use for static files, and what production makes of them."""
    manifest: dict[str, str] = json.loads((collected_static() / "staticfiles.json").read_text())["paths"]
    return manifest | {hashed: hashed for hashed in manifest.values()}


def readers(row: Row) -> list[str]:
    return [person for person, word in zip(PEOPLE, row.words, strict=True) if word in ("200", "202")]


# Mails, which staff can read in the admin, are no pages; and the admin itself is Django's.
PAGES = [row for row in ROWS if row.method == "GET" and not row.stream and readers(row) and "admin:" not in row.name]


@pytest.mark.parametrize("row", PAGES, ids=str)
def test_axe_finds_nothing(
    row: Row, scene: Scene, phone: Page, static_files: dict[str, str], django_db_blocker: DjangoDbBlocker
) -> None:
    path = scene.path(row.name, row.of, row.query)
    pages = pages_of(scene, row, path)
    for person, html in pages.items():
        show(phone, path, html, static_files)
        nobody_is_shut_out(phone, dark=person == [*pages][-1], said=person)


def pages_of(scene: Scene, row: Row, path: str) -> dict[str, str]:
    """The different pages that people get here, the longest last: unless EVERYBODY is set, only the shortest and it."""
    different: dict[str, tuple[str, str]] = {}
    for person in readers(row):
        html = page_of(scene, person, path)
        if html is not None:
            different.setdefault(skeleton_of(html), (person, html))
    pages = sorted(different.values(), key=lambda page: len(page[1]))
    return dict(pages if os.environ.get("EVERYBODY") else [*pages[:1], *pages[-1:]])


def skeleton_of(html: str) -> str:
    own = OWN.search(html)
    return VALUES.sub("", TEXT.sub("><", own[0] if own else html))


def page_of(scene: Scene, person: str, path: str) -> str | None:
    """The page as this person gets it; None when it is no page."""
    client = Client(headers={"accept-language": "fr"})
    scene.sign_in(client.cookies, person)
    response = client.get(path)
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        if response.streaming:
            b"".join(response)
        return None
    return response.content.decode()


def show(phone: Page, path: str, html: str, static_files: dict[str, str]) -> None:
    root = collected_static()

    def answer(route: Route) -> None:
        name = route.request.url.partition("/static/")[2]
        if route.request.resource_type == "document":
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif name in static_files:
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            route.fulfill(body=(root / static_files[name]).read_bytes(), content_type=kind)
        else:
            route.fulfill(status=404)

    phone.unroute_all()
    phone.route("**/*", answer)
    phone.goto(path)
