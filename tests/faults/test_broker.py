"""Valkey dies and comes back empty: what it was told is asked of the database again."""

from __future__ import annotations

from collections.abc import Callable

from deliveries import closing
from tests import cast
from tests.faults.backroom import HANDS, Backroom, wait_until
from tests.faults.conftest import Ground
from tests.faults.evening import GOATS
from tests.smtp import SmtpSink


def test_it_is_away_when_a_round_closes_and_forgets_all_while_the_mails_go(
    open_backroom: Callable[..., Backroom], ground: Ground, smtp_sink: SmtpSink
) -> None:
    backroom = open_backroom()
    evening = backroom.evening
    smtp_sink.behave("hang before data")
    ground.valkey.kill()
    by = cast.the_coordinator(evening.round)
    assert closing.close(evening.stall(GOATS).pk, by=by) is closing.Outcome.CLOSED
    evening.come()
    ground.valkey.start()

    def every_hand_is_held() -> bool:
        backroom.tend()
        return smtp_sink.held == HANDS

    wait_until(every_hand_is_held)
    ground.valkey.kill()
    ground.valkey.start()
    smtp_sink.behave("accept")
    evening.everybody_has_their_mail()
