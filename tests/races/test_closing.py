"""What was confirmed is on the pick list, what is on the pick list was confirmed, and the close happens once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from cagette.models import OutgoingMail
from deliveries import closing, recaps, tasks
from deliveries.models import PickList, SignOffSheet
from orders import confirming, refusals
from orders.locks import STALL_LOCK
from orders.models import OrderLine, Round, Stall, Transition
from orders.requests import Answer
from orders.rounds import database_now
from tests import cast
from tests.races.crowd import Crowd, at_once, blocked_on_rows, buying, gate, holders, until, waiting
from tests.races.test_supplies import households

pytestmark = pytest.mark.django_db(transaction=True)


def on_the_list(stall: Stall) -> dict[int, str]:
    """What the pick list says of its one product, by pick-up number."""
    pick_list = PickList.objects.get(stall=stall)
    return {each["number"]: each["lines"][0]["quantity"] for each in pick_list.rows["households"]}


def confirmed(stall: Stall) -> dict[int, str]:
    lines = OrderLine.objects.filter(offer__stall=stall, quantity__gt=0)
    return {
        line.order.household.pick_up_number: f"{line.quantity:.0f}" for line in lines.select_related("order__household")
    }


@pytest.mark.parametrize("time_of_day", range(20))
def test_a_stream_of_orders_meets_the_close(time_of_day: int) -> None:
    round = cast.an_open_round(None, cast.a_catalog(products=1))
    offer, by = cast.offers_of(round)[0], cast.the_coordinator(round)
    customers = iter(households(round, 60))
    turn, accepted, stop = threading.Lock(), set[int](), threading.Event()
    enough = threading.Event()

    def keep_ordering() -> None:
        while not stop.is_set():
            with turn:
                household = next(customers, None)
            if household is None:
                return
            answer = buying(household, offer, user_id=by.pk)()
            if answer.accepted:
                accepted.add(household.pick_up_number)
            else:
                assert {refusal.code for refusal in answer.refused.values()} == {refusals.CLOSED}
            if len(accepted) > time_of_day:
                enough.set()

    stream = Crowd([keep_ordering] * 6)
    assert enough.wait(30)
    assert closing.close(offer.stall_id, by=by) is closing.Outcome.CLOSED
    stop.set()
    assert stream.gone() == [None] * 6

    assert set(on_the_list(offer.stall)) == accepted
    assert on_the_list(offer.stall) == confirmed(offer.stall)


def test_nobody_overtakes_the_closer() -> None:
    """One request is in flight, the closer asks, twenty more come: it waits for the one, and they for it."""
    round = cast.an_open_round(None, cast.a_catalog(products=1))
    offer, by = cast.offers_of(round)[0], cast.the_coordinator(round)
    in_flight, late = households(round, 21)[0], households(round, 20)
    supply = offer.supply_id

    with transaction.atomic(), connection.cursor() as cursor:
        # Stop the first request where it draws on the supply: it holds the stall's lock by then.
        cursor.execute("SELECT 1 FROM catalogs_supply WHERE id = %s FOR UPDATE", [supply])
        first = Crowd([buying(in_flight, offer, user_id=by.pk)])
        until(lambda: holders(offer.stall) == 1)
        closer = Crowd([lambda: closing.close(offer.stall_id, by=by)])
        until(lambda: waiting(offer.stall) == 1)
        others = Crowd([buying(household, offer, user_id=by.pk) for household in late])
        until(lambda: waiting(offer.stall) == 21)
    assert [answer.accepted for answer in first.gone()] == [True]  # type: ignore[union-attr]
    assert closer.gone() == [closing.Outcome.CLOSED]
    assert [answer.accepted for answer in others.gone()] == [False] * 20  # type: ignore[union-attr]
    assert on_the_list(offer.stall) == confirmed(offer.stall) == {in_flight.pick_up_number: "1"}


def nothing(stall_ids: Iterable[int]) -> None:
    """The lock function, replaced."""


def test_control_without_the_shared_lock_an_accepted_order_misses_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirming, "hold_stalls_shared", nothing)
    round = cast.an_open_round(None, cast.a_catalog(products=1))
    offer, by = cast.offers_of(round)[0], cast.the_coordinator(round)
    household = cast.a_household(round.neighbourhood)

    with transaction.atomic(), connection.cursor() as cursor:
        # The request has read the stall as open, and stops at its supply; nothing keeps the closer out.
        cursor.execute("SELECT 1 FROM catalogs_supply WHERE id = %s FOR UPDATE", [offer.supply_id])
        request = Crowd([buying(household, offer, user_id=by.pk)])
        until(lambda: blocked_on_rows() == 1)
        assert Crowd([lambda: closing.close(offer.stall_id, by=by)]).gone() == [closing.Outcome.CLOSED]
    assert [answer.accepted for answer in request.gone()] == [True]  # type: ignore[union-attr]
    assert on_the_list(offer.stall) == {}
    assert confirmed(offer.stall) == {household.pick_up_number: "1"}


def two_stalls() -> Round:
    round = cast.an_open_round(None, cast.a_catalog(products=1), cast.a_catalog(products=1))
    by = cast.the_coordinator(round)
    for household in [cast.a_membership(cast.a_household(round.neighbourhood)).household for _n in range(3)]:
        cast.an_order(round, household, dict.fromkeys(cast.offers_of(round), 2), by=by)
    cast.let_the_deadline_pass(round)
    return round


def test_ten_workers_and_two_beats_close_each_stall_once() -> None:
    round = two_stalls()
    stalls = list(round.stalls.order_by("pk"))
    workers: list[Callable[[], None]] = [partial(tasks.close_stall, stall.pk) for stall in stalls for _n in range(5)]
    beats: list[Callable[[], None]] = [partial(tasks.tick), partial(tasks.tick)]
    with gate(*stalls):
        crowd = Crowd([*workers, *beats])
        until(lambda: sum(waiting(stall) for stall in stalls) == 10)
    assert crowd.gone() == [None] * 12
    assert at_once(*[lambda: tasks.close_round(round.pk)] * 10) == [None] * 10

    round.refresh_from_db()
    assert round.state == Round.State.CLOSED
    assert sorted(PickList.objects.values_list("stall", "revision")) == [(stall.pk, 1) for stall in stalls]
    closes = Transition.objects.filter(kind="closed").order_by("stall_id")
    assert [(each.stall_id, each.state_before, each.by) for each in closes] == [
        *((stall.pk, "open", None) for stall in stalls), (None, "published", None),
    ]  # fmt: skip
    assert SignOffSheet.objects.count() == 1
    mails = OutgoingMail.objects.values_list("template", flat=True).exclude(template="orders/mail/invitation")
    assert sorted(mails) == [
        *["deliveries/mail/pick_list"] * 2,
        *["deliveries/mail/recap"] * 3,
        "deliveries/mail/summary",
    ]


def test_the_last_two_stalls_close_at_the_same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both commit before either looks at the round: the later look finds both closed."""
    round = two_stalls()
    meet = threading.Barrier(2, timeout=20)
    close_round = closing.close_round

    def meet_then_close_round(round_id: int) -> bool:
        meet.wait()
        return close_round(round_id)

    monkeypatch.setattr(closing, "close_round", meet_then_close_round)
    one, other = round.stalls.order_by("pk").values_list("pk", flat=True)
    assert at_once(lambda: closing.close(one), lambda: closing.close(other)) == [closing.Outcome.CLOSED] * 2
    round.refresh_from_db()
    assert round.state == Round.State.CLOSED
    assert OutgoingMail.objects.filter(template="deliveries/mail/recap").count() == 3
    assert OutgoingMail.objects.filter(template="deliveries/mail/summary").count() == 1


def test_a_stall_closes_while_the_recaps_are_being_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last stall commits just after the round's recaps were looked up: nobody is left without one."""
    round = two_stalls()
    one, other = round.stalls.order_by("pk").values_list("pk", flat=True)
    write_recaps, meanwhile = recaps.write_recaps, Once(lambda: closing.close(other))

    def write_then_let_the_other_close(round: Round) -> int:
        written = write_recaps(round)
        meanwhile()
        return written

    monkeypatch.setattr(recaps, "write_recaps", write_then_let_the_other_close)
    closing.close(one)
    meanwhile.crowd.gone()
    round.refresh_from_db()
    assert round.state == Round.State.CLOSED
    assert OutgoingMail.objects.filter(template="deliveries/mail/recap").count() == 3


class Once:
    """A call made in another thread the first time it is asked for; waits until its stall is closed."""

    def __init__(self, call: Callable[[], closing.Outcome]) -> None:
        self.call = call
        self.crowd: Crowd[closing.Outcome]
        self.asked = False

    def __call__(self) -> None:
        if not self.asked:
            self.asked = True
            self.crowd = Crowd([self.call])
            until(lambda: PickList.objects.count() == 2)


def test_control_without_the_exclusive_lock_two_workers_close_the_same_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    meet = threading.Barrier(2, timeout=20)
    monkeypatch.setattr(closing, "hold_stalls_exclusively", nothing)
    settle = closing._settle_minimum

    def meet_then_settle(stall: Stall, now: object) -> closing.Outcome:
        meet.wait()
        return settle(stall, now)  # type: ignore[arg-type]

    monkeypatch.setattr(closing, "_settle_minimum", meet_then_settle)
    round = two_stalls()
    stall = round.stalls.order_by("pk")[0].pk
    outcomes = at_once(lambda: closing.close(stall), lambda: closing.close(stall))
    # Neither finds it done: the second makes a pick list too, or runs into the constraint on revisions.
    assert closing.Outcome.NOT_DUE not in outcomes
    assert (
        PickList.objects.filter(stall=stall).count() + sum(isinstance(each, IntegrityError) for each in outcomes) == 2
    )


def test_a_request_that_waited_past_the_deadline_is_refused() -> None:
    round = cast.an_open_round(None, cast.a_catalog(products=1))
    offer, by = cast.offers_of(round)[0], cast.the_coordinator(round)
    household = cast.a_household(round.neighbourhood)
    deadline = database_now() + timedelta(seconds=1)
    Stall.objects.filter(pk=offer.stall_id).update(closes_at=deadline)
    with gate(offer.stall):
        crowd = Crowd([buying(household, offer, user_id=by.pk)])
        until(lambda: waiting(offer.stall) == 1)
        assert database_now() < deadline
        until(lambda: database_now() > deadline)
    (answer,) = crowd.gone()
    assert isinstance(answer, Answer)
    assert [refusal.code for refusal in answer.refused.values()] == [refusals.CLOSED]


def test_control_a_clock_read_with_the_lock_lets_the_late_in() -> None:
    """The same wait, with the clock read in the lock's own statement: it is as old as the wait."""
    round = cast.an_open_round(None, cast.a_catalog(products=1))
    stall = round.stalls.get()
    deadline = database_now() + timedelta(seconds=1)
    Stall.objects.filter(pk=stall.pk).update(closes_at=deadline)

    def ask() -> bool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock_shared(%s, %s), statement_timestamp() < closes_at FROM orders_stall"
                " WHERE id = %s",
                [STALL_LOCK, stall.pk, stall.pk],
            )
            in_time: bool = cursor.fetchone()[1]
            assert database_now() > deadline
            return in_time

    with gate(stall):
        crowd = Crowd([ask])
        until(lambda: waiting(stall) == 1)
        until(lambda: database_now() > deadline)
    assert crowd.gone() == [True]
