"""Closed is not final: what is corrected, who is told, and what the papers say then."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cagette.errors import WrongState
from cagette.models import OutgoingMail, User
from catalogs.models import Supply
from deliveries import closing, correcting
from deliveries.correcting import NotAgreed
from deliveries.models import Correction, PickList
from orders.models import Household, Membership, Offer, Order, OrderChange, OrderLine, Round, Stall, Transition
from orders.rounds import RoundRefused
from tests import cast

pytestmark = pytest.mark.django_db

Committing = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def committing(django_capture_on_commit_callbacks: Committing) -> Committing:
    return lambda: django_capture_on_commit_callbacks(execute=True)


class Played:
    """Two farms of one product each (six pieces of supply), two households; Ferrand takes 2 of both, Blanc 1 of the
    first.
    """

    def __init__(self) -> None:
        catalogs = [cast.a_catalog(cast.a_producer(name)) for name in ("Chèvrerie", "Rucher")]
        for catalog in catalogs:
            cast.a_product(catalog, stock=6)
        self.round = cast.an_open_round(None, *catalogs)
        self.by = cast.the_coordinator(self.round)
        self.first, self.second = self.round.stalls.order_by("pk")
        self.offer, self.other = self.first.offers.get(), self.second.offers.get()
        self.ferrand, self.blanc = (cast.a_member(self.round.neighbourhood, name) for name in ("Ferrand", "Blanc"))
        self.order = self.ordered(self.ferrand, {self.offer: 2, self.other: 2})
        self.ordered(self.blanc, {self.offer: 1})

    def ordered(self, user: User, quantities: dict[Offer, int | str]) -> Order:
        return cast.an_order(self.round, cast.the_household(user), quantities)

    def reread(self) -> None:
        self.round = Round.objects.get(pk=self.round.pk)
        self.first, self.second = Stall.objects.get(pk=self.first.pk), Stall.objects.get(pk=self.second.pk)


@pytest.fixture
def running() -> Played:
    return Played()


@pytest.fixture
def closed(running: Played, committing: Committing) -> Played:
    cast.let_the_deadline_pass(running.round)
    with committing():
        closing.close(running.first.pk)
        closing.close(running.second.pk)
    running.reread()
    assert running.round.state == Round.State.CLOSED
    return running


def told(template: str) -> set[str]:
    return set(OutgoingMail.objects.filter(template=f"deliveries/mail/{template}").values_list("recipient", flat=True))


def recaps_of(user: User) -> int:
    return OutgoingMail.objects.filter(template="deliveries/mail/recap", recipient=user.email).count()


def revisions(stall: Stall) -> list[int]:
    return list(stall.pick_lists.order_by("revision").values_list("revision", flat=True))


def ordered_of(offer: Offer) -> int:
    return int(Supply.objects.get(pk=offer.supply_id).ordered)


def held(line: OrderLine) -> tuple[int, int]:
    """What the line has confirmed, and what it gets."""
    assert line.allocated is not None
    return int(line.quantity), int(line.allocated)


# Moving


def moved(played: Played, **change: Any) -> None:
    values: dict[str, Any] = {
        "place": played.round.place,
        "delivery_starts_at": played.round.delivery_starts_at + timedelta(days=1),
        "delivery_ends_at": played.round.delivery_ends_at + timedelta(days=1),
        "reason": "la neige",
    }
    correcting.move(played.round, by=played.by, **(values | change))


def test_moving_a_closed_round_revises_every_list_and_tells_those_with_an_order(closed: Played) -> None:
    was = closed.round.delivery_starts_at
    moved(closed)
    closed.reread()
    assert (closed.round.delivery_starts_at, closed.round.sequence) == (was + timedelta(days=1), 1)
    assert revisions(closed.first) == revisions(closed.second) == [1, 2]
    newest = PickList.objects.newest().filter(stall=closed.first).get()
    assert (newest.reason, newest.rows["replaces"]) == ("la neige", 1)
    assert closed.round.sign_off_sheets.count() == 2
    assert told("moved") == {closed.ferrand.email, closed.blanc.email}
    assert told("moved_farm") == set()  # they get the revised list
    change = Transition.objects.get(kind="moved")
    assert (change.by, change.reason) == (closed.by, "la neige")
    assert not Correction.objects.exists()


def test_moving_an_open_round_tells_its_farms(running: Played) -> None:
    place = cast.a_place(running.round.neighbourhood, "École")
    moved(running, place=place)
    running.reread()
    assert running.round.place == place
    assert told("moved_farm") == {
        stall.producer.pick_list_recipients.get().email for stall in running.round.stalls.all()
    }
    assert not PickList.objects.exists()


def test_a_farm_below_its_minimum_does_not_wait_past_an_earlier_delivery(running: Played) -> None:
    Stall.objects.filter(pk=running.first.pk).update(minimum_amount=500, below_minimum="ask")
    cast.let_the_deadline_pass(running.round)
    assert closing.close(running.first.pk) is closing.Outcome.WAITING
    running.reread()
    soon = timezone.now() + timedelta(hours=18)
    assert running.first.answer_by is not None and running.first.answer_by > soon
    moved(running, delivery_starts_at=soon, delivery_ends_at=soon + timedelta(hours=2))
    running.reread()
    assert running.first.answer_by == soon - closing.ANSWER_BEFORE_DELIVERY


def test_the_same_move_twice_is_told_once(closed: Played) -> None:
    change = {
        "delivery_starts_at": closed.round.delivery_starts_at + timedelta(days=1),
        "delivery_ends_at": closed.round.delivery_ends_at + timedelta(days=1),
    }
    moved(closed, **change)
    moved(closed, **change)
    assert (revisions(closed.first), Transition.objects.filter(kind="moved").count()) == ([1, 2], 1)


@pytest.mark.parametrize(
    "wrong", [{"delivery_starts_at": -timedelta(days=1)}, {"delivery_ends_at": timedelta(0)}, {"place": None}]
)
def test_a_move_that_makes_no_sense_is_refused(wrong: dict[str, Any], closed: Played) -> None:
    start = closed.round.delivery_starts_at
    change = {
        name: cast.a_place(cast.a_neighbourhood()) if name == "place" else start + offset - timedelta(days=5)
        for name, offset in wrong.items()
    }
    with pytest.raises(RoundRefused):
        moved(closed, **change)
    assert not Transition.objects.filter(kind="moved").exists()


def test_a_round_that_is_called_off_is_not_moved(running: Played) -> None:
    correcting.call_off_round(running.round, by=running.by, reason="neige")
    with pytest.raises(WrongState):
        moved(running)


# Calling one farm off


def test_calling_off_a_closed_farm_frees_its_supply_and_revises_what_it_was_on(closed: Played) -> None:
    recaps = recaps_of(closed.ferrand), recaps_of(closed.blanc)
    correcting.call_off_stall(closed.second, by=closed.by, reason="panne")
    closed.reread()
    assert (closed.second.state, closed.second.dropped_reason) == (Stall.State.DROPPED, "panne")
    assert (ordered_of(closed.offer), ordered_of(closed.other)) == (3, 0)
    assert told("stall_dropped") == {closed.ferrand.email}
    # A new recap for who had something there, none for the others.
    assert (recaps_of(closed.ferrand), recaps_of(closed.blanc)) == (recaps[0] + 1, recaps[1])
    assert (revisions(closed.first), revisions(closed.second)) == ([1], [1, 2])
    gone = PickList.objects.newest().filter(stall=closed.second).get().rows
    assert [(row["quantity"], row["before"]) for row in gone["products"]] == [("0", "2")]
    sheet = closed.round.sign_off_sheets.order_by("-revision")[0]
    assert [farm["producer"] for farm in sheet.rows["totals"]["farms"]] == [closed.first.producer.name]
    # What was confirmed stays on record.
    line = OrderLine.objects.get(offer=closed.other)
    assert held(line) == (2, 0)


def test_calling_off_an_open_farm_leaves_the_others_open(running: Played, committing: Committing) -> None:
    with committing():
        correcting.call_off_stall(running.second, by=running.by, reason="panne")
    running.reread()
    assert (running.first.state, running.second.state) == (Stall.State.OPEN, Stall.State.DROPPED)
    assert ordered_of(running.other) == 0
    assert not PickList.objects.exists()


def test_calling_off_the_last_open_farm_closes_the_round(running: Played, committing: Committing) -> None:
    with committing():
        closing.close(running.first.pk, by=running.by)
    with committing():
        correcting.call_off_stall(running.second, by=running.by, reason="panne")
    running.reread()
    assert running.round.state == Round.State.CLOSED
    assert recaps_of(running.ferrand) == 1


def test_a_recap_already_sent_is_corrected_while_other_farms_are_still_open(
    running: Played, committing: Committing
) -> None:
    with committing():
        closing.close(running.first.pk, by=running.by)
    assert (recaps_of(running.blanc), recaps_of(running.ferrand)) == (1, 0)
    with committing():
        correcting.call_off_stall(running.first, by=running.by, reason="panne")
    assert (recaps_of(running.blanc), recaps_of(running.ferrand)) == (2, 0)


def test_a_farm_is_called_off_once(closed: Played) -> None:
    correcting.call_off_stall(closed.second, by=closed.by, reason="panne")
    with pytest.raises(WrongState):
        correcting.call_off_stall(closed.second, by=closed.by, reason="panne")
    assert Transition.objects.filter(kind="dropped").count() == 1


# Calling the round off


def test_calling_off_a_closed_round_tells_everybody_and_frees_everything(closed: Played) -> None:
    correcting.call_off_round(closed.round, by=closed.by, reason="neige")
    closed.reread()
    assert (closed.round.state, closed.round.cancel_reason, closed.round.sequence) == ("cancelled", "neige", 1)
    assert {closed.first.state, closed.second.state} == {Stall.State.DROPPED}
    assert (ordered_of(closed.offer), ordered_of(closed.other)) == (0, 0)
    assert told("round_cancelled") == {closed.ferrand.email, closed.blanc.email}
    assert revisions(closed.first) == [1, 2]
    with pytest.raises(WrongState):
        correcting.call_off_round(closed.round, by=closed.by, reason="neige")


def test_calling_off_a_running_round_ends_it_for_the_clock_too(running: Played, committing: Committing) -> None:
    with committing():
        correcting.call_off_round(running.round, by=running.by, reason="neige")
    assert told("round_cancelled_farm") == {
        stall.producer.pick_list_recipients.get().email for stall in running.round.stalls.all()
    }
    cast.let_the_deadline_pass(running.round)
    assert (closing.due_stalls(), closing.unfinished_rounds()) == ([], [])
    assert closing.close(running.first.pk) is closing.Outcome.NOT_DUE


def test_who_had_something_of_a_dropped_farm_only_is_not_told_again(running: Played) -> None:
    correcting.call_off_stall(running.first, by=running.by, reason="panne")
    correcting.call_off_round(running.round, by=running.by, reason="neige")
    assert told("round_cancelled") == {running.ferrand.email}


# Correcting a line


def corrected(
    played: Played,
    quantity: int | str,
    offer: Offer | None = None,
    order: Order | None = None,
    cause: str = Correction.Cause.NOT_WANTED,
) -> None:
    correcting.correct_line(
        order or played.order, offer or played.offer, Decimal(quantity), by=played.by, reason="pot cassé", cause=cause
    )


def the_line(played: Played) -> OrderLine:
    return OrderLine.objects.get(order=played.order, offer=played.offer)


def stock_of(offer: Offer) -> tuple[int, int, int | None]:
    """The supply's quantity, what is ordered of it, and the professionals' share."""
    supply = Supply.objects.get(pk=offer.supply_id)
    assert supply.quantity is not None
    share = supply.professional_share
    return int(supply.quantity), int(supply.ordered), None if share is None else int(share)


def the_delivery_begins(played: Played) -> None:
    Round.objects.filter(pk=played.round.pk).update(delivery_starts_at=F("closes_at"))


def test_a_corrected_line_revises_the_list_the_recap_and_the_sheet(closed: Played) -> None:
    recaps, changes = (recaps_of(closed.ferrand), recaps_of(closed.blanc)), OrderChange.objects.count()
    corrected(closed, 1)
    line = the_line(closed)
    # What was ordered stays ordered.
    assert (int(line.wanted), *held(line), line.unit_price) == (2, 2, 1, Decimal("4.50"))
    assert OrderChange.objects.count() == changes
    newest = PickList.objects.newest().filter(stall=closed.first).get()
    assert newest.revision == 2
    [product] = newest.rows["products"]
    assert (product["quantity"], product["before"], product["amount"]) == ("2", "3", "9.00")
    assert {row["name"]: row["changed"] for row in newest.rows["households"]} == {"Ferrand": True, "Blanc": False}
    assert (recaps_of(closed.ferrand), recaps_of(closed.blanc)) == (recaps[0] + 1, recaps[1])
    assert closed.round.sign_off_sheets.count() == 2
    correction = Correction.objects.get()
    assert (correction.kind, correction.cause, correction.by) == ("line", "not_wanted", closed.by)
    assert correction.before == {"ordered": "2", "quantity": "2"}
    assert correction.after == {"ordered": "2", "quantity": "1"}


def test_what_is_not_wanted_is_free_for_others(closed: Played) -> None:
    corrected(closed, 1)
    assert stock_of(closed.offer) == (6, 2, None)


def test_what_is_missing_frees_nothing(closed: Played) -> None:
    corrected(closed, 1, cause="missing")
    assert stock_of(closed.offer) == (5, 2, None)


@pytest.mark.parametrize(("kind", "share_after"), [("home", 2), ("professional", 1)])
def test_what_is_missing_changes_what_is_left_for_neither_kind(kind: str, share_after: int, closed: Played) -> None:
    Supply.objects.filter(pk=closed.offer.supply_id).update(professional_share=2)
    Household.objects.filter(pk=closed.order.household_id).update(kind=kind)
    corrected(closed, 1, cause="missing")
    assert stock_of(closed.offer) == (5, 2, share_after)


def test_after_the_delivery_has_begun_the_yard_writes_what_was_delivered_and_nothing_returns(closed: Played) -> None:
    the_delivery_begins(closed)
    corrected(closed, 1)
    line = the_line(closed)
    assert (*held(line), line.delivered) == (2, 2, Decimal(1))
    assert stock_of(closed.offer) == (5, 2, None)


def test_after_the_delivery_has_begun_nothing_is_called_off_or_moved(closed: Played) -> None:
    the_delivery_begins(closed)
    with pytest.raises(WrongState, match=r"commencé|begun"):
        correcting.call_off_stall(closed.first, by=closed.by, reason="panne")
    with pytest.raises(WrongState, match=r"commencé|begun"):
        correcting.call_off_round(closed.round, by=closed.by, reason="neige")
    with pytest.raises(WrongState, match=r"commencé|begun"):
        moved(closed)
    assert not Correction.objects.exists()


def test_going_down_says_why_the_goods_are_gone(closed: Played) -> None:
    with pytest.raises(RoundRefused, match=r"missing or not wanted|n’est pas voulue"):
        corrected(closed, 1, cause="")
    assert stock_of(closed.offer) == (6, 3, None)


def test_a_line_corrected_to_nothing_is_gone_from_the_next_list(closed: Played) -> None:
    corrected(closed, 0)
    newest = PickList.objects.newest().filter(stall=closed.first).get().rows
    assert [(row["name"], row["lines"][0]["quantity"]) for row in newest["households"]] == [
        ("Ferrand", "0"),
        ("Blanc", "1"),
    ]
    assert ordered_of(closed.offer) == 1


def test_what_was_missing_is_given_back_once_found_and_no_more(closed: Played) -> None:
    corrected(closed, 0, cause="missing")
    with pytest.raises(NotAgreed):
        corrected(closed, 3)
    corrected(closed, 2)
    assert held(the_line(closed)) == (2, 2)
    assert stock_of(closed.offer) == (6, 3, None)
    with pytest.raises(NotAgreed):
        corrected(closed, 3)


def test_what_was_not_wanted_is_not_given_back_without_an_agreement(closed: Played) -> None:
    corrected(closed, 1)
    with pytest.raises(NotAgreed):
        corrected(closed, 2)
    assert (held(the_line(closed)), revisions(closed.first)) == ((2, 1), [1, 2])


def test_nobody_is_given_what_they_did_not_order(closed: Played) -> None:
    order = Order.objects.get(household=cast.the_household(closed.blanc))
    with pytest.raises(NotAgreed):
        corrected(closed, 3, closed.other, order)
    assert not OrderLine.objects.filter(order=order, offer=closed.other).exists()


def test_the_same_correction_twice_is_one(closed: Played) -> None:
    corrected(closed, 1)
    corrected(closed, 1)
    assert (revisions(closed.first), Correction.objects.count()) == ([1, 2], 1)


@pytest.mark.parametrize("quantity", ["-1", "0.5"])
def test_a_quantity_off_the_step_is_refused(quantity: str, closed: Played) -> None:
    with pytest.raises(RoundRefused):
        corrected(closed, quantity)


def test_while_it_is_open_the_order_is_changed_and_not_corrected(running: Played) -> None:
    with pytest.raises(WrongState):
        corrected(running, 1)


def test_an_order_of_another_round_is_not_corrected_here(closed: Played) -> None:
    elsewhere = cast.an_open_round()
    order = cast.a_sheet(elsewhere, cast.a_household(elsewhere.neighbourhood), {})
    with pytest.raises(WrongState):
        corrected(closed, 1, order=order)


def test_mails_that_have_not_left_are_replaced_by_the_revision(closed: Played) -> None:
    corrected(closed, 1)
    mails = OutgoingMail.objects.filter(key__startswith=f"pick-list:{closed.first.pk}:").order_by("pk")
    assert [mail.state for mail in mails] == ["superseded", "queued"]
    OutgoingMail.objects.filter(pk=mails[1].pk).update(sent_at=timezone.now())
    corrected(closed, 0)
    assert [mail.state for mail in mails.all()] == ["superseded", "sent", "queued"]


# Whom it concerns


def test_who_takes_no_recaps_is_told_all_the_same_that_nothing_comes(running: Played, committing: Committing) -> None:
    Membership.objects.filter(user=running.blanc).update(mail_recaps=False)
    with committing():
        closing.close(running.first.pk, by=running.by)
        closing.close(running.second.pk, by=running.by)
    assert (recaps_of(running.ferrand), recaps_of(running.blanc)) == (1, 0)
    running.reread()
    correcting.call_off_round(running.round, by=running.by, reason="Neige")
    assert {running.ferrand.email, running.blanc.email} <= told("round_cancelled")


def test_a_round_called_off_locks_the_supplies_of_all_its_farms_at_once(closed: Played) -> None:
    """Farm by farm they would be locked out of order, and cross a confirmation that draws on two shared supplies."""
    with CaptureQueriesContext(connection) as statements:
        correcting.call_off_round(closed.round, by=closed.by, reason="Neige")
    first = next(each["sql"] for each in statements if "catalogs_supply" in each["sql"])
    assert first.endswith("ORDER BY id FOR NO KEY UPDATE")
    listed = re.search(r"[{\[]([\d, ]+)[}\]]", first)
    assert listed is not None
    assert {int(pk) for pk in listed[1].split(",")} == {closed.first.pk, closed.second.pk}
