"""Journeys get the static files that people get: folded, hashed, one request each."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings

from cagette.processes import collected_static


@pytest.fixture(autouse=True)
def released_static_files(request: pytest.FixtureRequest) -> Iterator[None]:
    """For the pages that a thread of the test serves; servers of their own have production settings anyway."""
    if "live_server" not in request.fixturenames:
        yield
        return
    released = settings.STORAGES | {"staticfiles": {"BACKEND": "cagette.static_files.FoldedStaticFilesStorage"}}
    root = collected_static()
    with override_settings(STATIC_ROOT=root, STATICFILES_DIRS=[root / "."], STORAGES=released):
        yield
