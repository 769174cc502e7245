"""Each URL, asked by each kind of person: the answers of tests/access/table.py, and none besides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import DjangoDbBlocker

from tests.access.scene import PEOPLE, Scene
from tests.access.table import OTHERS, ROWS, Row

APPS = ("cagette.", "producers.", "catalogs.", "orders.", "deliveries.")
METHODS = {"GET", "POST", "DELETE"}

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    """Built once: every test and every request is rolled back inside this transaction."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Scene()
        transaction.set_rollback(True)


def patterns(resolver: URLResolver, namespaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """The name of every URL with the module of its view."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield ":".join([*namespaces, entry.name or ""]), entry.callback.__module__
        else:
            inside = entry.namespace
            yield from patterns(entry, (*namespaces, inside) if inside else namespaces)


ALL = list(patterns(get_resolver()))
OURS = {name for name, module in ALL if module.startswith(APPS)}


def rolled_back(scene: Scene, person: str, method: str, path: str, data: Any = None) -> str:
    with transaction.atomic():
        word = scene.asked(person, method, path, data).word
        transaction.set_rollback(True)
    return word


def test_every_url_of_ours_is_in_the_table_and_no_other() -> None:
    named = {row.name for row in ROWS}
    assert OURS - named == set()
    assert named - {name for name, _module in ALL} == set()


def test_every_url_of_others_is_known() -> None:
    strange = {(name, module) for name, module in ALL if not module.startswith((*APPS, *OTHERS))}
    assert strange == set()
    assert [prefix for prefix in OTHERS if not any(module.startswith(prefix) for _name, module in ALL)] == []


def test_each_row_says_something_for_each_person() -> None:
    assert [str(row) for row in ROWS if len(row.words) != len(PEOPLE)] == []
    assert len({str(row) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", [row for row in ROWS if not row.stream], ids=str)
def test_who_gets_what(scene: Scene, row: Row) -> None:
    path = scene.path(row.name, row.of, row.query)
    data = getattr(scene, row.data)() if isinstance(row.data, str) else row.data
    answers = {person: rolled_back(scene, person, row.method, path, data) for person in PEOPLE}
    assert answers == dict(zip(PEOPLE, row.words, strict=True))


@pytest.mark.parametrize("name", sorted(OURS))
def test_any_other_method_is_refused(scene: Scene, name: str) -> None:
    rows = [row for row in ROWS if row.name == name]
    path = scene.path(name, rows[0].of)
    for method in METHODS - {row.method for row in rows}:
        assert rolled_back(scene, "staff", method, path) == "405"
