"""The rows of tests/access/table.py about streams, asked from the process that serves them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from asgiref.sync import async_to_sync
from django.db import connection

from tests.access.scene import PEOPLE, Scene
from tests.access.table import ROWS

# A stream gives its connection back while it waits: a test's own transaction would end with it.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _connections_of_threads() -> Iterator[None]:
    """Django makes the pages of its errors in threads whose connections nobody closes: the database would be kept."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_who_gets_what() -> None:
    scene = Scene()
    for row in [row for row in ROWS if row.stream]:
        path = scene.path(row.name, row.of, row.query)
        answers = {person: async_to_sync(scene.streamed)(person, path).word for person in PEOPLE}
        assert answers == dict(zip(PEOPLE, row.words, strict=True))
