"""After the close, whatever follows whatever: a supply's `ordered` is what is really promised of it."""

from __future__ import annotations

from contextlib import ExitStack
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cagette.errors import DomainError, WrongState
from catalogs.models import Supply
from deliveries import closing, correcting, granting, withdrawing
from deliveries.correcting import NotAgreed
from deliveries.stock import NotEnough
from deliveries.withdrawing import NotWithdrawn
from orders.models import Household, Offer, Order, OrderLine, Round
from orders.models.ordering import counted
from tests import cast

ROUNDS, QUANTITY = st.integers(0, 2), st.integers(0, 5)
WHOSE = st.sampled_from(["home", "professional"])
CAUSES = st.sampled_from(["missing", "not_wanted"])
Key = tuple[int, str]


class Promises(RuleBasedStateMachine):
    """One supply of fourteen shared by three closed rounds, in each of which a household and a restaurant have two.

    The model knows the rules in plain numbers: what is promised to each, how much exists, what is free for whom.
    """

    SHARE: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self.undone = ExitStack()
        self.undone.enter_context(transaction.atomic())
        catalog = cast.a_catalog()
        product = cast.a_product(catalog, perishable=False)
        self.supply = Supply.objects.create(product=product, quantity=14, professional_share=self.SHARE, shared=True)
        self.orders: dict[Key, Order] = {}
        self.offers: list[Offer] = []
        for place in range(3):
            round = cast.an_open_round(None, catalog)
            self.offers.append(cast.offers_of(round)[0])
            for kind in ("home", "professional"):
                household = cast.the_household(cast.a_member(round.neighbourhood))
                Household.objects.filter(pk=household.pk).update(kind=kind)
                self.orders[place, kind] = cast.an_order(round, household, {self.offers[-1]: 2})
            cast.let_the_deadline_pass(round)
            closing.close(self.offers[-1].stall_id)
            closing.close_round(round.pk)
        self.promised = dict.fromkeys(self.orders, 2)
        self.ceiling = dict.fromkeys(self.orders, 2)
        self.lost = dict.fromkeys(self.orders, 0)
        self.exists = 14
        self.free = {"home": 1, "professional": 1} if self.SHARE else {"all": 2}
        self.begun: set[int] = set()
        self.gone: set[int] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.close()

    def _freed(self, kind: str, pieces: int) -> None:
        self.free[kind if self.SHARE else "all"] += pieces

    # What people do

    @rule(place=ROUNDS, kind=WHOSE, quantity=QUANTITY, cause=CAUSES)
    def correct(self, place: int, kind: str, quantity: int, cause: str) -> None:
        key, had = (place, kind), self.promised[place, kind]
        order, offer = self.orders[key], self.offers[place]
        by = cast.the_coordinator(order.round)

        def verb() -> None:
            correcting.correct_line(order, offer, Decimal(quantity), by=by, reason="casse", cause=cause)

        if place in self.gone:
            with pytest.raises(WrongState):
                verb()
        elif quantity > had + max(0, min(self.lost[key], self.ceiling[key] - had)):
            with pytest.raises(NotAgreed):
                verb()
        else:
            verb()
            self.promised[key] = quantity
            if quantity > had or cause == "missing":
                self.lost[key] += had - quantity
            if quantity > had or cause == "missing" or place in self.begun:
                self.exists -= had - quantity
            else:
                self._freed(kind, had - quantity)

    @rule(place=ROUNDS, kind=WHOSE, more=st.integers(1, 3))
    def agree(self, place: int, kind: str, more: int) -> None:
        key, order = (place, kind), self.orders[place, kind]
        if place in self.gone:
            return
        grant = granting.offer_more(
            order, self.offers[place], Decimal(more), by=cast.the_coordinator(order.round), reason="en trop"
        )
        member = order.household.memberships.get().user
        if more > self.free[kind if self.SHARE else "all"]:
            with pytest.raises(NotEnough):
                granting.agree(grant, by=member)
            granting.take_back(grant, by=cast.the_coordinator(order.round))
            return
        granting.agree(grant, by=member)
        self.promised[key] += more
        self.ceiling[key] = max(self.ceiling[key], self.promised[key])
        self._freed(kind, -more)

    @rule(place=ROUNDS)
    def withdraw(self, place: int) -> None:
        order = Order.objects.select_related("round__neighbourhood", "round__place", "household").get(
            pk=self.orders[place, "home"].pk
        )
        line, member = order.lines.get(), order.household.memberships.get().user
        key = f"w{place}-{order.withdrawals.count()}"
        try:
            withdrawing.withdraw(order, [line.pk], key=key, name="Ana", email=member.email, by=member)
        except NotWithdrawn:
            return
        if place not in self.begun:
            self._freed("home", self.promised[place, "home"])
            self.promised[place, "home"] = 0

    @rule(place=ROUNDS, whole=st.booleans())
    def call_off(self, place: int, whole: bool) -> None:
        round, stall = Round.objects.get(pk=self.orders[place, "home"].round_id), self.offers[place].stall
        by = cast.the_coordinator(round)
        try:
            if whole:
                correcting.call_off_round(round, by=by, reason="neige")
            else:
                correcting.call_off_stall(stall, by=by, reason="neige")
        except DomainError:
            assert place in self.begun | self.gone
            return
        assert place not in self.begun
        if place not in self.gone:
            self.gone.add(place)
            for kind in ("home", "professional"):
                self._freed(kind, self.promised[place, kind])
                self.promised[place, kind] = 0

    @rule(place=ROUNDS)
    def the_pick_up_begins(self, place: int) -> None:
        Round.objects.filter(pk=self.orders[place, "home"].round_id).update(delivery_starts_at=F("closes_at"))
        self.begun.add(place)

    # What holds after each step

    @invariant()
    def ordered_is_what_is_promised(self) -> None:
        supply = Supply.objects.get(pk=self.supply.pk)
        held = OrderLine.objects.aggregate(n=Sum(counted()))["n"]
        assert supply.ordered == held == sum(self.promised.values())
        assert supply.quantity == self.exists
        assert supply.quantity is not None and supply.ordered <= supply.quantity

    @invariant()
    def each_has_what_was_promised_and_what_was_ordered_stays(self) -> None:
        for key, order in self.orders.items():
            line = order.lines.get()
            assert (int(line.quantity), int(line.counted_now)) == (2, self.promised[key])

    @invariant()
    def nothing_is_freed_wrongly(self) -> None:
        supply = Supply.objects.get(pk=self.supply.pk)
        assert supply.quantity is not None
        if self.SHARE is None:
            assert supply.quantity - supply.ordered == self.free["all"]
            return
        share = supply.professional_share
        assert share is not None
        held = {kind: sum(n for (_place, whose), n in self.promised.items() if whose == kind) for kind in self.free}
        assert share - held["professional"] == self.free["professional"]
        assert supply.quantity - share - held["home"] == self.free["home"]


class SharedOut(Promises):
    """The same, half of it the professionals'."""

    SHARE = 7


few = settings(max_examples=8, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck))
Promises.TestCase.settings = few
SharedOut.TestCase.settings = few
TestPromises = pytest.mark.django_db(Promises.TestCase)
TestSharedOut = pytest.mark.django_db(SharedOut.TestCase)
