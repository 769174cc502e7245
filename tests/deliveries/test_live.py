"""The stream that says when a round has changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient, Client
from django.urls import reverse

from cagette.models import OutgoingMail, User
from deliveries.views import live
from orders import rounds
from orders.models import Round, Stall
from tests import cast

# The stream gives its connection back between two looks: a test's own transaction would end with it.
pytestmark = pytest.mark.django_db(transaction=True)


async def events(round: Round, between: Callable[[], object], count: int) -> list[str]:
    """What the stream says when `between` happens after its first word."""
    stream = live.changes(round.pk, poll=0.01, longest=2)
    said = [await anext(stream)]
    await sync_to_async(between)()
    while len(said) < count:
        said.append(await anext(stream))
    await stream.aclose()  # type: ignore[attr-defined]
    return said


def an_order(round: Round) -> None:
    cast.an_order(round, cast.a_household(round.neighbourhood), {cast.offers_of(round)[0]: 1})


def a_sheet(round: Round) -> None:
    cast.a_sheet(round, cast.a_household(round.neighbourhood), {cast.offers_of(round)[0]: 1})


def a_failure(round: Round) -> None:
    OutgoingMail.objects.update(failed_at="2026-01-01T00:00Z")


def an_invitation(round: Round) -> None:
    rounds.invite(round, cast.a_catalog(products=1), by=cast.the_coordinator(round))


def a_close(round: Round) -> None:
    Stall.objects.filter(round=round).update(state="dropped")


@pytest.mark.parametrize("change", [an_order, a_sheet, a_failure, an_invitation, a_close])
def test_a_change_is_told(change: Callable[[Round], None]) -> None:
    round = cast.an_open_round()
    said = async_to_sync(events)(round, lambda: change(round), 2)
    assert said == [": here\n\n", "event: changed\ndata:\n\n"]


def test_what_happens_elsewhere_is_not() -> None:
    round, other = cast.an_open_round(), cast.an_open_round()

    async def watched() -> list[str]:
        stream = live.changes(round.pk, poll=0.01, longest=0.1)
        said = [await anext(stream)]
        await sync_to_async(an_order)(other)
        return said + [word async for word in stream]

    assert async_to_sync(watched)() == [": here\n\n"]


def opened(user: User | None, round: Round) -> Any:
    client = AsyncClient()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return async_to_sync(client.get)(reverse("deliveries:live", args=[round.pk]))


def test_the_stream_is_for_who_coordinates_the_round() -> None:
    round = cast.an_open_round()
    answer = opened(cast.the_coordinator(round), round)
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200,
        "text/event-stream",
        "no-store",
    )
    for user, status in ((cast.a_member(round.neighbourhood), 403), (cast.a_user(), 404), (None, 302)):
        assert opened(user, round).status_code == status


def test_a_process_that_serves_pages_keeps_no_stream() -> None:
    round = cast.an_open_round()
    client = Client()
    client.force_login(cast.the_coordinator(round), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("deliveries:live", args=[round.pk])).status_code == 501
    assert client.post(reverse("deliveries:live", args=[round.pk])).status_code == 405


def test_the_page_gives_its_fragment_alone_when_the_script_asks() -> None:
    round = cast.an_open_round()
    client = Client()
    client.force_login(cast.the_coordinator(round), backend="django.contrib.auth.backends.ModelBackend")
    path = reverse("deliveries:round", args=[round.pk])
    whole, part = client.get(path).content.decode(), client.get(path, headers={"hx-request": "true"}).content.decode()
    assert "<html" in whole and "<html" not in part
    assert part.strip().startswith('<div class="page stack" data-live=')
    assert without_tokens(part).strip() in without_tokens(whole)


def without_tokens(page: str) -> str:
    """Each form's token is masked anew on each page."""
    return re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", page)
