"""A mail server that refuses, is gone, hangs, and comes back."""

from __future__ import annotations

from collections.abc import Callable

from cagette.models import OutgoingMail
from tests.faults.backroom import Backroom, wait_until
from tests.smtp import SmtpSink


def wait_until_told(why: str) -> None:
    wait_until(lambda: OutgoingMail.objects.filter(last_error__contains=why).exists())


def test_it_refuses_then_is_gone_then_hangs_then_comes_back(
    open_backroom: Callable[..., Backroom], smtp_sink: SmtpSink
) -> None:
    backroom = open_backroom(EMAIL_TIMEOUT="1")
    smtp_sink.behave("refuse")
    backroom.evening.come()
    wait_until_told("451 4.3.2 Try again later")
    smtp_sink.stop()
    wait_until_told("ConnectionRefusedError")
    smtp_sink.behave("hang before data")
    smtp_sink.start()
    wait_until_told("timed out")
    assert smtp_sink.received == []
    smtp_sink.behave("accept")
    backroom.evening.everybody_has_their_mail()
