"""A word to a farm that meets the close: it is on the pick list, or refused."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection, transaction

from deliveries import closing
from deliveries.models import PickList
from orders import noting
from orders.models import Order, OrderNote
from orders.noting import NoteRefused
from tests import cast
from tests.races.crowd import Crowd, blocked_on_rows, gate, holders, until, waiting
from tests.races.test_closing import nothing

pytestmark = pytest.mark.django_db(transaction=True)


class Evening:
    """One household with an order, about to write to the farm."""

    def __init__(self) -> None:
        round = cast.an_open_round(None, cast.a_catalog(products=1))
        offer = cast.offers_of(round)[0]
        self.stall, self.by = offer.stall, cast.the_coordinator(round)
        household = cast.the_household(cast.a_member(round.neighbourhood))
        self.order: Order = cast.an_order(round, household, {offer: 1})
        self.write = partial(
            noting.save_note,
            user_id=self.by.pk,
            round_id=round.pk,
            household_id=household.pk,
            stall_id=self.stall.pk,
            seen="",
            text="Bien cuit",
        )

    def close(self) -> closing.Outcome:
        return closing.close(self.stall.pk, by=self.by)

    def frozen(self) -> list[str]:
        return [household["note"] for household in PickList.objects.get(stall=self.stall).rows["households"]]


def test_who_comes_while_the_farm_closes_is_refused() -> None:
    evening = Evening()
    with gate(evening.stall):
        writer = Crowd([evening.write])
        until(lambda: waiting(evening.stall) == 1)
        assert evening.close() is closing.Outcome.CLOSED
    assert isinstance(writer.gone()[0], NoteRefused)
    assert evening.frozen() == [""]
    assert not OrderNote.objects.exists()


def test_the_close_waits_for_who_came_before() -> None:
    evening = Evening()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM orders_order WHERE id = %s FOR UPDATE", [evening.order.pk])
        writer = Crowd([evening.write])
        until(lambda: holders(evening.stall) == 1)
        closer = Crowd([evening.close])
        until(lambda: waiting(evening.stall) == 1)
    assert writer.gone() == ["Bien cuit"]
    assert closer.gone() == [closing.Outcome.CLOSED]
    assert evening.frozen() == ["Bien cuit"]


def test_control_without_the_shared_lock_a_saved_note_misses_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noting, "hold_stalls_shared", nothing)
    evening = Evening()
    with transaction.atomic():
        # The writer has read the farm as open, and stops where the note goes in: one is there that is never kept.
        OrderNote.objects.create(order=evening.order, stall=evening.stall)
        writer = Crowd([evening.write])
        until(lambda: blocked_on_rows() == 1)
        closer = Crowd([evening.close])
        until(lambda: PickList.objects.exists())
        transaction.set_rollback(True)
    assert writer.gone() == ["Bien cuit"]
    assert closer.gone() == [closing.Outcome.CLOSED]
    assert evening.frozen() == [""]
