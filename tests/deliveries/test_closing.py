"""Closing a stall, exactly; then its round."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cagette.errors import WrongState
from cagette.models import OutgoingMail, User
from catalogs.models import Supply
from deliveries import closing
from deliveries.closing import Outcome
from deliveries.models import PickList
from orders import filling, rounds
from orders.models import Offer, OrderLine, Round, Stall
from producers.models import PickListRecipient
from tests import cast

pytestmark = pytest.mark.django_db

# Runs what waits for the commit: the round is closed after its last stall.
Committing = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def committing(django_capture_on_commit_callbacks: Committing) -> Committing:
    return lambda: django_capture_on_commit_callbacks(execute=True)


def a_round_with_an_order(quantity: int = 2, **terms: Any) -> tuple[Round, Stall]:
    """One farm, one product at 4,50 €, one household with a login that takes `quantity`; past its deadline."""
    round = cast.an_open_round(None, cast.a_catalog(products=1))
    Stall.objects.filter(round=round).update(**terms)
    household = cast.a_household(round.neighbourhood)
    cast.a_membership(household)
    if quantity:
        cast.an_order(round, household, {cast.offers_of(round)[0]: quantity})
    cast.let_the_deadline_pass(round)
    return Round.objects.get(pk=round.pk), round.stalls.get()


def templates() -> list[str]:
    mails = OutgoingMail.objects.exclude(template="orders/mail/invitation").order_by("template")
    return list(mails.values_list("template", flat=True))


def test_the_close_freezes_the_list_and_mails_it_and_then_the_round_is_closed(committing: Committing) -> None:
    round, stall = a_round_with_an_order()
    with committing():
        assert closing.close(stall.pk) is Outcome.CLOSED
    stall.refresh_from_db()
    round.refresh_from_db()
    assert (stall.state, round.state) == (Stall.State.CLOSED, Round.State.CLOSED)
    pick_list = PickList.objects.get()
    assert (pick_list.revision, pick_list.rows["totals"]) == (
        1,
        {"households": 1, "amount": "9.00", "deposit": "0.00", "at_most": "9.00", "vat_on_top": "0.00"},
    )
    assert OrderLine.objects.get().allocated == 2
    assert templates() == ["deliveries/mail/pick_list", "deliveries/mail/recap", "deliveries/mail/summary"]


def test_closing_again_changes_nothing(committing: Committing) -> None:
    round, stall = a_round_with_an_order()
    with committing():
        closing.close(stall.pk)
    mails = OutgoingMail.objects.count()
    with committing():
        assert closing.close(stall.pk) is Outcome.NOT_DUE
        assert closing.close(stall.pk, by=cast.the_coordinator(round)) is Outcome.NOT_DUE
        assert closing.close_round(round.pk) is True
    assert (PickList.objects.count(), round.sign_off_sheets.count()) == (1, 1)
    assert OutgoingMail.objects.count() == mails


def test_a_stall_is_closed_when_it_is_due_and_not_before() -> None:
    round = cast.an_open_round()
    stall = round.stalls.get()
    assert closing.close(stall.pk) is Outcome.NOT_DUE
    assert closing.due_stalls() == []
    cast.let_the_deadline_pass(round)
    assert closing.due_stalls() == [stall.pk]


def test_a_person_closes_early_and_nobody_orders_any_more(committing: Committing) -> None:
    round = cast.an_open_round()
    member = cast.a_member(round.neighbourhood)
    stall = round.stalls.get()
    with committing():
        assert closing.close(stall.pk, by=cast.the_coordinator(round)) is Outcome.CLOSED
    stall.refresh_from_db()
    assert stall.closes_at <= timezone.now()
    answer = filling.save_change(
        user_id=member.pk,
        round_id=round.pk,
        household_id=cast.the_household(member).pk,
        stall_id=stall.pk,
        offer_id=cast.offers_of(round)[0].pk,
        key="late",
        seen=Decimal(0),
        wanted=Decimal(1),
    )
    assert not answer.accepted


def test_before_the_opening_there_is_nothing_to_close() -> None:
    round = cast.an_upcoming_round()
    assert closing.close(round.stalls.get().pk, by=cast.the_coordinator(round)) is Outcome.NOT_DUE


def test_nobody_having_ordered_makes_a_list_too(committing: Committing) -> None:
    _round, stall = a_round_with_an_order(0)
    with committing():
        assert closing.close(stall.pk) is Outcome.CLOSED
    assert PickList.objects.get().rows["totals"]["households"] == 0
    assert templates() == ["deliveries/mail/pick_list", "deliveries/mail/summary"]


def test_what_was_only_filled_in_is_not_on_the_list(committing: Committing) -> None:
    round, stall = a_round_with_an_order(0)
    cast.a_sheet(round, cast.a_household(round.neighbourhood, "Blanc"), {cast.offers_of(round)[0]: 3})
    with committing():
        closing.close(stall.pk)
    assert PickList.objects.get().rows["products"] == []
    assert "deliveries/mail/recap" not in templates()


# Minimums


def test_below_the_minimum_a_farm_may_deliver_all_the_same(committing: Committing) -> None:
    _round, stall = a_round_with_an_order(minimum_amount=50, below_minimum="deliver")
    with committing():
        assert closing.close(stall.pk) is Outcome.CLOSED


def test_at_the_minimum_nobody_is_asked(committing: Committing) -> None:
    _round, stall = a_round_with_an_order(minimum_amount=9, below_minimum="drop")
    with committing():
        assert closing.close(stall.pk) is Outcome.CLOSED


def test_below_the_minimum_a_stall_is_dropped_and_each_household_told_why(committing: Committing) -> None:
    round, stall = a_round_with_an_order(minimum_amount=50, below_minimum="drop")
    supply = Supply.objects.get()
    assert supply.ordered == 2
    with committing():
        assert closing.close(stall.pk) is Outcome.DROPPED
    stall.refresh_from_db()
    supply.refresh_from_db()
    round.refresh_from_db()
    assert (stall.state, int(supply.ordered), round.state) == ("dropped", 0, "closed")
    assert templates() == [
        "deliveries/mail/stall_dropped",
        "deliveries/mail/stall_dropped_farm",
        "deliveries/mail/summary",
    ]
    assert OutgoingMail.objects.get(template="deliveries/mail/stall_dropped").data["below_minimum"] is True
    assert not PickList.objects.exists()


def test_below_the_minimum_the_coordinator_is_asked_and_the_stall_waits(committing: Committing) -> None:
    round, stall = a_round_with_an_order(minimum_amount=50, below_minimum="ask")
    with committing():
        assert closing.close(stall.pk) is Outcome.WAITING
    stall.refresh_from_db()
    round.refresh_from_db()
    assert (stall.state, round.state) == (Stall.State.WAITING, Round.State.PUBLISHED)
    assert stall.answer_by is not None and stall.answer_by > timezone.now()
    assert templates() == ["deliveries/mail/minimum_question"]
    assert not PickList.objects.exists()
    with committing():
        assert closing.close(stall.pk) is Outcome.NOT_DUE
    assert closing.due_stalls() == []


@pytest.mark.parametrize(("decision", "state"), [("deliver", Stall.State.CLOSED), ("drop", Stall.State.DROPPED)])
def test_a_waiting_stall_does_what_the_coordinator_says(decision: str, state: str, committing: Committing) -> None:
    round, stall = a_round_with_an_order(minimum_amount=50, below_minimum="ask")
    by = cast.the_coordinator(round)
    with committing():
        closing.close(stall.pk)
        closing.decide_minimum(stall, decision, by=by)
    stall.refresh_from_db()
    assert (stall.state, stall.minimum_decision, stall.decided_by) == (state, decision, by)
    with pytest.raises(WrongState):
        closing.decide_minimum(stall, "deliver", by=by)


@pytest.mark.parametrize(("fallback", "outcome"), [("deliver", Outcome.CLOSED), ("drop", Outcome.DROPPED)])
def test_a_waiting_stall_that_nobody_answers_for_falls_back(
    fallback: str, outcome: Outcome, committing: Committing
) -> None:
    _round, stall = a_round_with_an_order(minimum_amount=50, below_minimum="ask", fallback=fallback)
    with committing():
        closing.close(stall.pk)
    Stall.objects.update(answer_by=timezone.now() - timedelta(seconds=1))
    assert closing.due_stalls() == [stall.pk]
    with committing():
        assert closing.close(stall.pk) is outcome


def test_a_decision_is_asked_for_only_while_the_stall_waits() -> None:
    round, stall = a_round_with_an_order(minimum_amount=50, below_minimum="ask")
    with pytest.raises(WrongState):
        closing.decide_minimum(stall, "deliver", by=cast.the_coordinator(round))


# Cases


def a_case_round(*orders: tuple[int, int], supply: int | None = None, shared: bool = False) -> tuple[Round, Offer]:
    """Bottles in cases of 6; each order is (quantity, tolerance)."""
    catalog = cast.a_catalog()
    product = cast.a_product(catalog, "Jus", "3.20", case_size=6, stock=supply)
    if shared:
        Supply.objects.create(product=product, quantity=supply, shared=True)
    round = cast.an_open_round(None, catalog)
    offer = cast.offers_of(round)[0]
    for quantity, tolerance in orders:
        household = cast.a_household(round.neighbourhood)
        cast.an_order(round, household, {offer: quantity})
        if tolerance:
            line = OrderLine.objects.get(order__household=household)
            line.changes.model.objects.create(
                line=line,
                quantity_before=quantity,
                quantity_after=quantity,
                tolerance_before=0,
                tolerance_after=tolerance,
            )
            OrderLine.objects.filter(pk=line.pk).update(tolerance=tolerance, wanted_tolerance=tolerance)
    cast.let_the_deadline_pass(round)
    return round, offer


def allocated() -> list[int]:
    return [int(given or 0) for given in OrderLine.objects.order_by("pk").values_list("allocated", flat=True)]


@pytest.mark.parametrize(
    ("orders", "supply", "given"),
    [
        ([(8, 3)], None, [6]),
        ([(8, 4)], None, [12]),
        ([(5, 0), (3, 4)], None, [5, 7]),
        ([(4, 0), (4, 0)], None, [4, 2]),  # first come, first served
        ([(10, 2)], 10, [6]),
        ([(5, 0)], None, [0]),
    ],
)
def test_whole_cases_are_shared_out_and_the_supply_holds_what_was_taken(
    orders: list[tuple[int, int]], supply: int | None, given: list[int], committing: Committing
) -> None:
    round, offer = a_case_round(*orders, supply=supply)
    with committing():
        closing.close(round.stalls.get().pk)
    assert allocated() == given
    offer.supply.refresh_from_db()
    assert offer.supply.ordered == sum(given)
    products = PickList.objects.get().rows["products"]
    assert [row["cases"] for row in products] == ([str(sum(given) // 6)] if sum(given) else [])


def test_a_case_draws_on_what_other_rounds_left_of_a_shared_supply(committing: Committing) -> None:
    round, offer = a_case_round((8, 4), supply=20, shared=True)
    # Another round has confirmed nine more of the twenty: eleven are there for this one, so one case.
    Supply.objects.filter(pk=offer.supply_id).update(ordered=8 + 9)
    with committing():
        closing.close(round.stalls.get().pk)
    assert allocated() == [6]
    assert Supply.objects.get(shared=True).ordered == 6 + 9


# The round


def test_a_household_gets_one_recap_when_the_last_farm_it_ordered_from_has_closed(committing: Committing) -> None:
    round = cast.an_open_round(None, cast.a_catalog(products=1), cast.a_catalog(products=1))
    first, second = round.stalls.order_by("pk")
    both, only_first = cast.a_member(round.neighbourhood, "Ferrand"), cast.a_member(round.neighbourhood, "Blanc")
    offers = cast.offers_of(round)
    cast.an_order(round, cast.the_household(both), dict.fromkeys(offers, 1))
    cast.an_order(round, cast.the_household(only_first), {first.offers.get(): 1})

    def recaps() -> list[str]:
        mails = OutgoingMail.objects.filter(template="deliveries/mail/recap").order_by("pk")
        return list(mails.values_list("recipient", flat=True))

    with committing():
        closing.close(first.pk, by=cast.the_coordinator(round))
    round.refresh_from_db()
    assert (recaps(), round.state) == ([only_first.email], Round.State.PUBLISHED)
    with committing():
        closing.close(second.pk, by=cast.the_coordinator(round))
        closing.close_round(round.pk)
    round.refresh_from_db()
    assert (recaps(), round.state) == ([only_first.email, both.email], Round.State.CLOSED)


def test_the_round_waits_for_a_farm_that_may_still_accept(committing: Committing) -> None:
    round = cast.an_open_round()
    rounds.invite(round, cast.a_catalog(products=1), by=cast.the_coordinator(round))
    with committing():
        closing.close(round.stalls.filter(state="open").get().pk, by=cast.the_coordinator(round))
    round.refresh_from_db()
    assert round.state == Round.State.PUBLISHED
    cast.let_the_deadline_pass(round)
    assert closing.unfinished_rounds() == [round.pk]
    assert closing.close_round(round.pk) is True


def test_closing_the_round_now_brings_every_deadline_to_this_moment() -> None:
    round = cast.an_open_round(None, cast.a_catalog(products=1), cast.a_catalog(products=1))
    closing.close_now(round, by=cast.the_coordinator(round))
    round.refresh_from_db()
    assert round.closes_at <= timezone.now()
    assert closing.due_stalls() == list(round.stalls.order_by("pk").values_list("pk", flat=True))
    with pytest.raises(WrongState):
        closing.close_now(round, by=cast.the_coordinator(round))


def test_a_round_that_a_killed_worker_left_behind_is_found(committing: Committing) -> None:
    round, stall = a_round_with_an_order()
    closing.close(stall.pk)  # and killed before what comes after the commit
    assert closing.unfinished_rounds() == [round.pk]
    with committing():
        closing.close_round(round.pk)
    assert closing.unfinished_rounds() == []


def test_the_close_takes_as_many_statements_for_three_orders_as_for_one() -> None:
    counts = []
    for households in (1, 3):
        round = cast.an_open_round(None, cast.a_catalog(products=1))
        for number in range(households):
            household = cast.a_household(round.neighbourhood, f"Foyer {number}")
            cast.an_order(round, household, {cast.offers_of(round)[0]: 1})
        cast.let_the_deadline_pass(round)
        with CaptureQueriesContext(connection) as queries:
            closing.close(round.stalls.get().pk)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_longest_address_keeps_no_farm_and_no_round_from_closing() -> None:
    address = f"{'a' * 64}@{'.'.join(['b' * 60] * 2)}.{'c' * 50}.example.org"
    round = cast.an_open_round()
    PickListRecipient.objects.update(email=address)
    member = cast.a_member(round.neighbourhood)
    User.objects.filter(pk=member.pk).update(email=address)
    cast.an_order(round, cast.the_household(member), {cast.offers_of(round)[0]: 1})
    stall = round.stalls.get()
    assert closing.close(stall.pk, by=cast.the_coordinator(round)) is closing.Outcome.CLOSED
    assert closing.close_round(round.pk)
    assert set(OutgoingMail.objects.filter(recipient=address).values_list("template", flat=True)) >= {
        "deliveries/mail/pick_list", "deliveries/mail/recap",
    }  # fmt: skip
