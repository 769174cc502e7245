"""Rounds and stalls whatever people do, in whatever order: random sequences of every verb, and what must hold after
each of them.

Two rounds share one supply. Verbs that don't fit the moment are refused, and a refusal changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cagette.errors import DomainError
from cagette.models import OutgoingMail
from catalogs.models import Supply
from deliveries import closing, correcting, pick_lists
from deliveries.models import Correction, PickList
from orders import confirming, filling, rounds
from orders.models import Household, Offer, Order, OrderLine, Round, Stall, Transition
from orders.models.ordering import counted
from tests import cast

ZERO = Decimal(0)
R, S = Round.State, Stall.State

# From each state to those it may be found in after one verb, itself aside.
ROUND_STEPS = {R.PROPOSED: {R.PUBLISHED, R.CANCELLED}, R.PUBLISHED: {R.CLOSED, R.CANCELLED}, R.CLOSED: {R.CANCELLED}}
STALL_STEPS = {
    S.PENDING: {S.OPEN, S.DECLINED, S.DROPPED},
    S.DECLINED: {S.PENDING, S.OPEN},
    S.OPEN: {S.WAITING, S.CLOSED, S.DROPPED},
    S.WAITING: {S.CLOSED, S.DROPPED},
    S.CLOSED: {S.DROPPED},
}

CAUSE = st.sampled_from(["missing", "not_wanted"])
WHICH = st.integers(0, 1)
QUANTITIES = st.lists(st.integers(0, 3), min_size=5, max_size=5)
MINIMA = st.sampled_from([Decimal(60), None])
BELOW = st.sampled_from([Stall.BelowMinimum.ASK, Stall.BelowMinimum.DROP, Stall.BelowMinimum.DELIVER])
DECISIONS = st.sampled_from([Stall.Decision.DELIVER, Stall.Decision.DROP])


def there_is(*states: Round.State | Stall.State) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A verb worth trying: most others that don't fit the moment are refused at the same place."""
    wanted = {("round" if isinstance(state, Round.State) else "stall", state) for state in states}
    return precondition(lambda season: any((kind, state) in wanted for (kind, _pk), state in season.seen.items()))


class Season(RuleBasedStateMachine):
    """Two rounds of the same neighbourhood and the same two farms, three households (one without any login)."""

    def __init__(self) -> None:
        super().__init__()
        self.undone = ExitStack()
        self.undone.enter_context(transaction.atomic())
        self.by = cast.a_coordinator()
        neighbourhood = cast.the_household(self.by).neighbourhood
        self.households: list[Household] = [
            cast.the_household(cast.a_member(neighbourhood, "Ferrand")),
            cast.the_household(cast.a_member(neighbourhood, "Rey")),
            cast.a_household(neighbourhood, "Blanc"),
        ]
        cheese, fruit = cast.a_catalog(), cast.a_catalog()
        shared = cast.a_product(cheese, "Tomme")
        Supply.objects.create(product=shared, quantity=Decimal(12), shared=True)
        cast.a_product(cheese, "Faisselle", stock=Decimal(6))
        cast.a_product(fruit, "Jus", case_size=Decimal(6), stock=Decimal(20), deposit=Decimal("0.30"))
        cast.a_product(fruit, "Cidre", case_size=Decimal(4))
        cast.a_weighed_product(fruit, "Truite")
        self.rounds = [cast.a_proposed_round(neighbourhood, cheese, fruit, by=self.by).pk for _each in range(2)]
        self.resent: dict[int, int] = {}
        self.seen = self._states()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.close()

    def _round(self, which: int) -> Round:
        return Round.objects.select_related("neighbourhood", "place").get(pk=self.rounds[which])

    def _stall(self, which: int, farm: int) -> Stall:
        return Stall.objects.filter(round=self.rounds[which]).order_by("pk")[farm]

    def _states(self) -> dict[tuple[str, int], str]:
        found = {("round", pk): state for pk, state in Round.objects.values_list("pk", "state")}
        return found | {("stall", pk): state for pk, state in Stall.objects.values_list("pk", "state")}

    def _try(self, verb: Callable[..., object], *arguments: Any, **named: Any) -> None:
        with suppress(DomainError):
            verb(*arguments, **named)

    @initialize(far=st.integers(0, 3), minimum=MINIMA, below=BELOW, all_of_it=QUANTITIES)
    def one_has_come_so_far(self, far: int, minimum: Decimal | None, below: str, all_of_it: list[int]) -> None:
        """The first round is only proposed, is open, has orders, or is past its deadline."""
        if far > 0:
            self.everybody_accepts_and_orders_open(0, minimum, below)
        if far > 1:
            self.everybody_orders(0, all_of_it)
        if far > 2:
            self.the_window_closes_by_itself(0)
        self.seen = self._states()

    # Before the publishing

    @there_is(S.PENDING, S.DECLINED)
    @rule(which=WHICH, farm=WHICH, minimum=MINIMA, below=BELOW)
    def accept(self, which: int, farm: int, minimum: Decimal | None, below: str) -> None:
        terms = {"minimum_amount": minimum, "below_minimum": below}
        self._try(rounds.accept, self._stall(which, farm), by=self.by, how=Stall.Channel.PHONE, **terms)

    @there_is(S.PENDING)
    @rule(which=WHICH, farm=WHICH)
    def decline(self, which: int, farm: int) -> None:
        self._try(rounds.decline, self._stall(which, farm), by=self.by, how=Stall.Channel.PHONE)

    @there_is(R.PROPOSED)
    @rule(which=WHICH)
    def publish(self, which: int) -> None:
        self._try(rounds.publish, self._round(which), by=self.by)

    @there_is(R.PROPOSED)
    @rule(which=WHICH, minimum=MINIMA, below=BELOW)
    def everybody_accepts_and_orders_open(self, which: int, minimum: Decimal | None, below: str) -> None:
        for farm in (0, 1):
            self.accept(which, farm, minimum, below)
        self.publish(which)
        self._try(rounds.open_now, self._round(which), by=self.by)

    # While orders are open

    @rule(which=WHICH, hours=st.integers(-2, 12))
    def extend(self, which: int, hours: int) -> None:
        round = self._round(which)
        self._try(rounds.extend, round, round.closes_at + timedelta(hours=hours), by=self.by)

    @rule(which=WHICH, whose=st.integers(0, 2), quantities=QUANTITIES, tolerance=st.integers(0, 4))
    def confirm(self, which: int, whose: int, quantities: list[int], tolerance: int) -> None:
        household = self.households[whose]
        lines = {line.offer_id: line for line in OrderLine.objects.filter(order__household=household)}
        shown = []
        for offer, quantity in zip(cast.offers_of(self._round(which)), quantities, strict=False):
            line = lines.get(offer.pk, OrderLine(wanted=ZERO, quantity=ZERO))
            extra = Decimal(tolerance if offer.case_size and quantity else 0)
            page = confirming.Shown.of(offer, Decimal(quantity), extra)
            shown.append(replace(page, seen_wanted=line.wanted, seen_quantity=line.quantity))
        self._try(
            confirming.confirm,
            user_id=self.by.pk,
            round_id=self.rounds[which],
            household_id=household.pk,
            key=uuid4().hex,
            lines=shown,
        )

    @rule(which=WHICH, all_of_it=QUANTITIES)
    def everybody_orders(self, which: int, all_of_it: list[int]) -> None:
        for whose in range(3):
            self.confirm(which, whose, all_of_it[whose:] + all_of_it[:whose], whose)

    @rule(which=WHICH, whose=st.integers(0, 2), what=st.integers(0, 4), quantity=st.integers(0, 5))
    def fill(self, which: int, whose: int, what: int, quantity: int) -> None:
        """A decrease applies at once; an increase only waits."""
        offers = cast.offers_of(self._round(which))
        if what >= len(offers):
            return
        line = OrderLine.objects.filter(order__household=self.households[whose], offer=offers[what]).first()
        self._try(
            filling.save_change,
            user_id=self.by.pk,
            round_id=self.rounds[which],
            household_id=self.households[whose].pk,
            stall_id=offers[what].stall_id,
            offer_id=offers[what].pk,
            key=uuid4().hex,
            seen=line.wanted if line else ZERO,
            wanted=Decimal(quantity),
        )

    # The close

    @there_is(S.OPEN)
    @rule(which=WHICH)
    def the_window_closes_by_itself(self, which: int) -> None:
        self.the_deadline_passes(which)
        self.tick()

    @there_is(S.OPEN)
    @rule(which=WHICH)
    def the_deadline_passes(self, which: int) -> None:
        cast.let_the_deadline_pass(self._round(which))

    @there_is(S.WAITING)
    @rule(which=WHICH, farm=WHICH)
    def an_answer_is_too_late(self, which: int, farm: int) -> None:
        Stall.objects.filter(pk=self._stall(which, farm).pk, state=S.WAITING).update(answer_by=timezone.now())

    @rule()
    def tick(self) -> None:
        """What beat and the workers do, twice over."""
        for stall in closing.due_stalls() * 2:
            closing.close(stall)
        for round in closing.unfinished_rounds() * 2:
            closing.close_round(round)

    @rule(which=WHICH)
    def a_worker_comes_by(self, which: int) -> None:
        closing.close_round(self.rounds[which])

    @there_is(S.OPEN)
    @rule(which=WHICH, farm=WHICH)
    def close_early(self, which: int, farm: int) -> None:
        closing.close(self._stall(which, farm).pk, by=self.by)

    @there_is(S.OPEN)
    @rule(which=WHICH)
    def close_now(self, which: int) -> None:
        self._try(closing.close_now, self._round(which), by=self.by)

    @there_is(S.WAITING)
    @rule(which=WHICH, farm=WHICH, decision=DECISIONS)
    def decide(self, which: int, farm: int, decision: str) -> None:
        self._try(closing.decide_minimum, self._stall(which, farm), decision, by=self.by)

    # Closed is not final

    @there_is(S.WAITING, S.CLOSED, S.DROPPED)
    @rule(which=WHICH, farm=WHICH)
    def call_off_stall(self, which: int, farm: int) -> None:
        self._try(correcting.call_off_stall, self._stall(which, farm), by=self.by, reason="neige")

    @there_is(R.CLOSED)
    @rule(which=WHICH)
    def call_off_round(self, which: int) -> None:
        self._try(correcting.call_off_round, self._round(which), by=self.by, reason="neige")

    @there_is(S.WAITING, S.CLOSED)
    @rule(which=WHICH, days=st.integers(1, 3))
    def move(self, which: int, days: int) -> None:
        round, later = self._round(which), timedelta(days=days)
        starts, ends = round.delivery_starts_at + later, round.delivery_ends_at + later
        where = {"place": round.place, "delivery_starts_at": starts, "delivery_ends_at": ends}
        self._try(correcting.move, round, by=self.by, reason="neige", **where)

    @there_is(S.CLOSED)
    @rule(which=WHICH, whose=st.integers(0, 2), what=st.integers(0, 4), quantity=st.integers(0, 9), cause=CAUSE)
    def correct_line(self, which: int, whose: int, what: int, quantity: int, cause: str) -> None:
        order = Order.objects.filter(round=self.rounds[which], household=self.households[whose]).first()
        offers = cast.offers_of(self._round(which))
        if order is not None and what < len(offers):
            self._try(
                correcting.correct_line, order, offers[what], Decimal(quantity), by=self.by, reason="casse", cause=cause
            )

    @there_is(S.CLOSED)
    @rule(which=st.integers(0, 9))
    def resend(self, which: int) -> None:
        lists = list(PickList.objects.order_by("pk"))
        pick_list = lists[which % len(lists)]
        with suppress(DomainError):
            pick_lists.resend(pick_list, by=self.by)
            self.resent[pick_list.pk] = self.resent.get(pick_list.pk, 0) + 1

    # What holds after each of them

    @invariant()
    def states_follow_one_another(self) -> None:
        now = self._states()
        for thing, before in self.seen.items():
            steps: dict[Any, Any] = ROUND_STEPS if thing[0] == "round" else STALL_STEPS
            assert now[thing] == before or now[thing] in steps.get(before, set()), (thing, before, now[thing])
        self.seen = now

    @invariant()
    def every_step_is_written_down(self) -> None:
        """From nothing to the state that is now, each row goes on where the one before it ended."""
        reached: dict[tuple[str, int], str] = {}
        for row in Transition.objects.order_by("pk"):
            thing = ("stall", row.stall_id) if row.stall_id else ("round", row.round_id)
            assert row.state_before == reached.get(thing, ""), (thing, row)
            reached[thing] = row.state_after
        assert reached == self._states()

    @invariant()
    def nothing_is_oversold_and_each_supply_knows_what_is_taken(self) -> None:
        taken = counted("offers__lines")
        for supply in Supply.objects.annotate(taken=Coalesce(Sum(taken), ZERO)):
            assert supply.ordered == supply.taken
            assert supply.quantity is None or supply.ordered <= supply.quantity

    @invariant()
    def what_was_confirmed_is_on_the_list_and_nothing_else(self) -> None:
        for stall in Stall.objects.all():
            newest = stall.pick_lists.order_by("-revision").first()
            if newest is None:
                assert stall.state != S.CLOSED
                continue
            assert stall.state in (S.CLOSED, S.DROPPED)
            assert list(stall.pick_lists.order_by("revision").values_list("revision", flat=True)) == list(
                range(1, newest.revision + 1)
            )
            given: dict[int, Decimal] = {}
            crates: dict[tuple[int, int], Decimal] = {}
            for line in OrderLine.objects.filter(offer__stall=stall, allocated__gt=0).select_related(
                "order__household"
            ):
                assert line.allocated is not None
                given[line.offer_id] = given.get(line.offer_id, ZERO) + line.allocated
                crates[line.order.household.pick_up_number, line.offer_id] = line.allocated
            assert given == {
                row["offer"]: Decimal(row["quantity"]) for row in newest.rows["products"] if row["quantity"] != "0"
            }
            assert crates == {
                (household["number"], line["offer"]): Decimal(line["quantity"])
                for household in newest.rows["households"]
                for line in household["lines"]
                if line["quantity"] != "0"
            }

    @invariant()
    def only_a_close_allocates(self) -> None:
        for line in OrderLine.objects.select_related("offer__stall"):
            settled = line.offer.stall.state in (S.CLOSED, S.DROPPED)
            assert line.allocated is None or settled
            assert line.allocated is not None or not settled or not line.quantity

    @invariant()
    def cases_leave_whole(self) -> None:
        """Until somebody corrects a line of them."""
        in_cases = Offer.objects.filter(stall__state=S.CLOSED, case_size__isnull=False, lines__allocated__isnull=False)
        corrected = Correction.objects.filter(line__isnull=False).values("line__offer")
        for offer in in_cases.exclude(pk__in=corrected).annotate(leaving=Sum("lines__allocated")):
            assert offer.case_size is not None
            assert offer.leaving % offer.case_size == 0  # type: ignore[attr-defined]

    @invariant()
    def a_finished_round_has_no_open_stall(self) -> None:
        for round in Round.objects.all():
            states = set(round.stalls.values_list("state", flat=True))
            if round.state == R.CLOSED:
                assert not states & {S.OPEN, S.WAITING}
                assert round.sign_off_sheets.exists()
            if round.state == R.CANCELLED:
                assert states <= {S.DROPPED, S.DECLINED}
            if round.state == R.PROPOSED:
                assert not states & {S.OPEN, S.WAITING, S.CLOSED}

    @invariant()
    def each_paper_is_mailed_once(self) -> None:
        """To the farm's one address, but for the copies somebody asked for; a recap to each of its readers."""
        for pick_list in PickList.objects.all():
            keys = OutgoingMail.objects.filter(key__startswith=f"pick-list:{pick_list.stall_id}:{pick_list.revision}:")
            assert keys.count() == 1 + self.resent.get(pick_list.pk, 0)
        for order in Order.objects.annotate(readers=Count("household__memberships")):
            recaps = OutgoingMail.objects.filter(key__startswith=f"recap:{order.pk}:")
            assert recaps.count() == order.recaps * order.readers  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_whatever_people_do_in_whatever_order() -> None:
    run_state_machine_as_test(
        Season,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
