"""The rows of tests/access/table.py about streams, asked from the process that serves them."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync

from tests.access.scene import PEOPLE, Scene
from tests.access.table import ROWS

# A stream gives its connection back while it waits: a test's own transaction would end with it.
pytestmark = pytest.mark.django_db(transaction=True)


def test_who_gets_what() -> None:
    scene = Scene()
    for row in [row for row in ROWS if row.stream]:
        path = scene.path(row.name, row.of, row.query)
        answers = {person: async_to_sync(scene.streamed)(person, path).word for person in PEOPLE}
        assert answers == dict(zip(PEOPLE, row.words, strict=True))
