"""A worker killed in the middle of rendering: each farm gets the whole PDF, once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deliveries.models import PickList
from deliveries.rendering import RENDERING_LOCK
from tests.faults.backroom import Backroom, wait_until
from tests.smtp import SmtpSink

FIRST, SECOND = (f"SELECT pg_advisory_lock({RENDERING_LOCK}, hashtext('pick-list:{pk}'))" for pk in (1, 2))


def test_the_hands_are_killed_while_they_draw(open_backroom: Callable[..., Backroom], smtp_sink: SmtpSink) -> None:
    """Without anybody to start them again: the worker itself lives, and has to find new hands."""
    backroom = open_backroom()
    # Or the other hand might be killed with a recap that the mail server has just accepted.
    smtp_sink.behave("refuse")
    backroom.evening.come()
    wait_until(lambda: backroom.is_rendering("pick-list:1"))
    hands = backroom.worker.children()
    for hand in hands:
        os.kill(hand, signal.SIGSTOP)
    assert backroom.is_rendering("pick-list:1")
    assert PickList.objects.get(pk=1).rendered_at is None
    for hand in hands:
        os.kill(hand, signal.SIGKILL)
    smtp_sink.behave("accept")
    backroom.evening.everybody_has_their_mail()
    assert set(backroom.worker.children()).isdisjoint(hands)


def test_killed_with_the_files_stored_and_nothing_said_of_them(
    open_backroom: Callable[..., Backroom], settings: Any
) -> None:
    backroom = open_backroom()
    evening = backroom.evening
    # In a fresh database they will be the first two: kept from being drawn until their rows are there to be locked.
    with backroom.holding(FIRST, SECOND) as drawing:
        evening.come()
        wait_until(lambda: PickList.objects.count() == 2)
        with backroom.holding("SELECT 1 FROM deliveries_picklist FOR UPDATE"):
            drawing.execute("SELECT pg_advisory_unlock_all()")
            backroom.wait_until_stopped_at('UPDATE "deliveries_picklist" SET "pdf_name"')
            backroom.kill_worker()
    backroom.wait_until_nobody_is_left()
    stored = sorted(path for path in Path(settings.MEDIA_ROOT, "pick-lists").rglob("*") if path.is_file())
    assert sorted(path.suffix for path in stored) == [".pdf", ".pdf", ".xlsx", ".xlsx"]
    assert set(PickList.objects.values_list("rendered_at", flat=True)) == {None}
    # As when it had been killed a moment earlier.
    for path in stored[:2]:
        os.truncate(path, path.stat().st_size // 2)
    backroom.restart_worker()
    evening.everybody_has_their_mail()
