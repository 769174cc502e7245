"""A worker killed in the middle of closing: all of it happens, once, when there is a worker again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from deliveries.models import PickList
from orders.models import Round, Stall
from tests.faults.backroom import Backroom, wait_until

SUPPLIES = "SELECT 1 FROM catalogs_supply FOR UPDATE"
PICK_LISTS = "SELECT pg_advisory_xact_lock(2, hashtext('pick-list:' || id)) FROM generate_series(1, 99) AS id"
AT_THE_SUPPLIES = '"catalogs_supply"%FOR NO KEY UPDATE'


@pytest.mark.parametrize(
    ("lock", "statement"),
    [
        (SUPPLIES, AT_THE_SUPPLIES),
        ("LOCK TABLE cagette_mailattachment IN SHARE MODE", 'INSERT INTO "cagette_mailattachment"'),
    ],
    ids=["before anything is allocated", "with the pick list and its mails written"],
)
def test_killed_while_it_closes_a_stall(open_backroom: Callable[..., Backroom], lock: str, statement: str) -> None:
    backroom = open_backroom()
    evening = backroom.evening
    with backroom.holding(lock):
        evening.come()
        backroom.wait_until_stopped_at(statement)
        backroom.kill_worker()
    backroom.wait_until_nobody_is_left()
    assert (PickList.objects.count(), len(evening.mails())) == (0, 0)
    assert evening.sold() == {"Tomme": 3, "Jus": 8, "Miel": 2, "Cidre": 6}
    assert set(evening.round.stalls.values_list("state", flat=True)) == {Stall.State.OPEN}
    assert evening.a_late_order_is_refused()
    backroom.restart_worker()
    evening.everybody_has_their_mail()


def test_killed_between_closing_the_last_stall_and_closing_the_round(open_backroom: Callable[..., Backroom]) -> None:
    backroom = open_backroom()
    evening = backroom.evening
    with ExitStack() as at_the_round:
        with backroom.holding(SUPPLIES):
            evening.come()
            backroom.wait_until_stopped_at(AT_THE_SUPPLIES)
            # A worker leaves a round, and a pick list, that somebody else has in hand.
            at_the_round.enter_context(backroom.holding("SELECT 1 FROM orders_round FOR NO KEY UPDATE", PICK_LISTS))
        wait_until(lambda: not evening.round.stalls.exclude(state=Stall.State.CLOSED).exists())
        backroom.kill_worker()
    backroom.wait_until_nobody_is_left()
    assert [round.state for round in Round.objects.all()] == [Round.State.PUBLISHED]
    assert {mail.template for mail in evening.mails().values()} == {"deliveries/mail/pick_list"}
    backroom.restart_worker()
    evening.everybody_has_their_mail()
