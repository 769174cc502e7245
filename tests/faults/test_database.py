"""PostgreSQL is stopped, or crashes, under a worker that lives on."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.backroom import HANDS, Backroom, wait_until
from tests.faults.conftest import Ground
from tests.faults.test_closing import AT_THE_SUPPLIES, SUPPLIES
from tests.smtp import SmtpSink


def test_it_is_restarted_while_stalls_close(open_backroom: Callable[..., Backroom], ground: Ground) -> None:
    backroom = open_backroom()
    with backroom.holding(SUPPLIES):
        backroom.evening.come()
        backroom.wait_until_stopped_at(AT_THE_SUPPLIES)
        ground.postgres.stop()
    ground.postgres.start()
    backroom.evening.everybody_has_their_mail()


def test_it_crashes_while_the_mail_server_accepts(
    open_backroom: Callable[..., Backroom], ground: Ground, smtp_sink: SmtpSink
) -> None:
    """The worker knows what was accepted: it writes it down when it can, and nothing goes twice."""
    backroom = open_backroom(MAIL_RETRY_SECONDS="20")
    smtp_sink.behave("answer late")
    backroom.evening.come()
    wait_until(lambda: smtp_sink.held == HANDS)
    ground.postgres.kill()
    smtp_sink.behave("accept")
    wait_until(lambda: smtp_sink.held == 0)
    ground.postgres.start()
    backroom.evening.everybody_has_their_mail()
