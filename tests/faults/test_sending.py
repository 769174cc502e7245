"""A worker killed in the middle of sending: every mail arrives, once unless the mail server already had it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pytest

from tests.faults.backroom import HANDS, Backroom, wait_until
from tests.faults.evening import sha256
from tests.smtp import Behaviour, SmtpSink

RECORDING = 'UPDATE "cagette_outgoingmail" SET %"sent_at"'


@pytest.mark.parametrize("point", ["hang before data", "hang during data"])
def test_killed_before_the_mail_server_has_it(
    open_backroom: Callable[..., Backroom], smtp_sink: SmtpSink, point: Behaviour
) -> None:
    backroom = open_backroom()
    evening = backroom.evening
    smtp_sink.behave(point)
    evening.come()
    wait_until(lambda: smtp_sink.held == HANDS)
    backroom.kill_worker()
    smtp_sink.behave("accept")
    backroom.wait_until_nobody_is_left()
    assert smtp_sink.received == []
    assert sorted(mail.attempts for mail in evening.mails().values() if mail.attempts) == [1] * HANDS
    backroom.restart_worker()
    evening.everybody_has_their_mail()


def test_killed_after_the_servers_250_and_before_our_commit(
    open_backroom: Callable[..., Backroom], smtp_sink: SmtpSink
) -> None:
    """The one moment at which nobody can know: those mails come twice, and can be told to be the same."""
    backroom = open_backroom()
    evening = backroom.evening
    smtp_sink.behave("answer late")
    evening.come()
    wait_until(lambda: smtp_sink.held == HANDS)
    # Row locks go on; whoever wants to write down that a mail is sent waits.
    with backroom.holding("LOCK TABLE cagette_outgoingmail IN SHARE MODE"):
        smtp_sink.behave("accept")
        backroom.wait_until_stopped_at(RECORDING)
        backroom.kill_worker()
        accepted = {received.message_id for received in smtp_sink.received}
    backroom.wait_until_nobody_is_left()
    assert len(accepted) == HANDS
    assert {evening.mails()[message_id].state for message_id in accepted} == {"queued"}
    backroom.restart_worker()
    evening.everybody_has_their_mail(twice=accepted)
    files = defaultdict(list)
    for received in smtp_sink.received:
        attached = [bytes(part.get_payload(decode=True)) for part in received.message.iter_attachments()]
        files[received.message_id].append([sha256(content) for content in attached])
    for message_id in accepted:
        first, second = files[message_id]
        assert first == second != []
