"""A stream that tells a coordinator's open page that something has changed; what, it asks the page itself.

Served by the ASGI process (`bin/run live`). The database is asked every few seconds, by one small statement, and no
connection is held in between: a stream costs a waiting task and nothing else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from cagette.models import User
from deliveries.access import coordinated_round

POLL_SECONDS = 3.0
# Proxies end connections that say nothing.
SILENCE_SECONDS = 15.0
# Then the browser connects anew, and is asked again who it is.
LONGEST_SECONDS = 600.0

# All that the page shows comes down to these; every change of an order touches its `filled_at`.
FINGERPRINT = """
SELECT md5(concat_ws('|',
    (SELECT concat_ws(',', state, opens_at, closes_at, delivery_starts_at, place_id, cancelled_at)
        FROM orders_round WHERE id = %(round)s),
    (SELECT concat_ws(',', count(*), max(filled_at)) FROM orders_order WHERE round_id = %(round)s),
    (SELECT string_agg(concat_ws(',', state, answer, closes_at, minimum_amount), ';' ORDER BY id)
        FROM orders_stall WHERE round_id = %(round)s),
    (SELECT concat_ws(',', count(*), count(p.rendered_at), count(p.acknowledged_at))
        FROM deliveries_picklist p JOIN orders_stall s ON s.id = p.stall_id WHERE s.round_id = %(round)s),
    (SELECT concat_ws(',', count(*), count(sent_at), count(failed_at))
        FROM cagette_outgoingmail WHERE about = %(about)s)
))
"""


@login_required
@require_safe
async def round(request: HttpRequest, pk: int) -> HttpResponseBase:
    """`changed` events for one round, for who coordinates it."""
    if not isinstance(request, ASGIRequest):
        # Under WSGI a stream would keep a thread for as long as it lasts.
        return HttpResponse(status=501)
    user = await request.auser()
    assert isinstance(user, User)
    await sync_to_async(_let_in)(user, pk)
    response = StreamingHttpResponse(changes(pk), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def changes(round_id: int, *, poll: float = POLL_SECONDS, longest: float = LONGEST_SECONDS) -> AsyncIterator[str]:
    """A `changed` event each time the round is no longer what it was, and now and then a comment."""
    began = spoke = time.monotonic()
    seen = await sync_to_async(fingerprint)(round_id)
    yield ": here\n\n"
    while time.monotonic() - began < longest:
        await asyncio.sleep(poll)
        now = await sync_to_async(fingerprint)(round_id)
        if now != seen:
            seen, spoke = now, time.monotonic()
            yield "event: changed\ndata:\n\n"
        elif time.monotonic() - spoke > SILENCE_SECONDS:
            spoke = time.monotonic()
            yield ": still here\n\n"


def _let_in(user: User, pk: int) -> None:
    try:
        coordinated_round(user, pk)
    finally:
        # A stream outlives its request's thread-bound connection by far: back into the pool with it.
        connection.close()


def fingerprint(round_id: int) -> str:
    """What changes whenever something changes that the round's page shows."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(FINGERPRINT, {"round": round_id, "about": f"round:{round_id}"})
            found: str = cursor.fetchone()[0]
    finally:
        connection.close()
    return found
