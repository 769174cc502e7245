"""Fixtures that any test may ask for. What a run stands on (PostgreSQL, Valkey) is started by tests/services.py."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.template.base import Template
from django.template.context import Context
from django.test.signals import template_rendered
from django.utils import translation
from hypothesis import HealthCheck, settings

from tests.running import browser, page, server, sign_in, smtp_sink

__all__ = ["browser", "page", "server", "sign_in", "smtp_sink"]

# Machines are noisy: how long an example takes proves nothing.
settings.register_profile("cagette", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cagette")

# These start processes and break things on purpose, and wait more than they work. So do journeys on all of Cagette at
# work; those on pages alone run apart from the rest: Playwright's loop would be in the way of asynchronous tests.
SERIAL = {"faults", "races"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        fixtures = getattr(item, "fixturenames", [])
        if item.path.relative_to(here).parts[0] in SERIAL or "server" in fixtures:
            item.add_marker(pytest.mark.serial)
        elif "browser" in fixtures:
            item.add_marker(pytest.mark.browser)
            if item.path.relative_to(here).parts[0] != "journeys":
                raise pytest.UsageError(f"bin/check tries browsers in tests/journeys alone: {item.nodeid}")
        if isinstance(item, pytest.Function) and _empties_tables(item):
            # Emptying takes the rows that migrations wrote (the VAT rates) too; this brings them back.
            item.fixturenames.append("django_db_serialized_rollback")


def _empties_tables(item: pytest.Function) -> bool:
    marker = item.get_closest_marker("django_db")
    return "transactional_db" in item.fixturenames or (marker is not None and bool(marker.kwargs.get("transaction")))


@pytest.fixture(scope="session", autouse=True)
def only_pages_are_recorded(django_test_environment: None) -> Iterator[None]:
    """Keep for `response.context` what a page was rendered with, not each of the hundred parts it includes: Django's
    recording copies the context for every one of them, which takes the tests of pages some 7 % longer.
    """

    def render(template: Template, context: Context) -> str:
        if context.template is template:
            template_rendered.send(sender=template, template=template, context=context)
        return template.nodelist.render(context)

    with mock.patch.object(Template, "_render", render):
        yield


@pytest.fixture(autouse=True)
def in_the_language_of_the_site() -> None:
    """A page that an earlier test asked for leaves its language active."""
    translation.deactivate()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Keep what migrations wrote for all connections: while a browser is open its loop runs in this thread, and Django
    takes another connection there, which otherwise would have nothing to bring back after the tables were emptied.
    """
    written = getattr(connection, "_test_serialized_contents", None)
    if written is not None:
        mock.patch.object(DatabaseWrapper, "_test_serialized_contents", written, create=True).start()


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest) -> bool:
    """Databases that tests/services.py named go with the run, whoever is still connected to them."""
    return "TEST_DATABASE" in os.environ or bool(request.config.getvalue("reuse_db"))
