"""Two households agree at once to the last piece that both were offered: one gets it."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from catalogs.models import Supply
from deliveries import closing, granting, stock
from deliveries.stock import NotEnough
from orders.models import OrderLine
from orders.models.ordering import counted
from tests import cast
from tests.races.crowd import Crowd, blocked_on_rows, until

pytestmark = pytest.mark.django_db(transaction=True)


def queueing() -> int:
    """How many sessions wait behind another that waits for the same row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'tuple' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return int(cursor.fetchone()[0])


class Evening:
    """A supply of five pieces shared by two closed rounds; each household has two, and is offered the fifth."""

    def __init__(self) -> None:
        catalog = cast.a_catalog()
        product = cast.a_product(catalog)
        self.supply = Supply.objects.create(product=product, quantity=5, shared=True)
        self.agreeing = []
        for name in ("Ferrand", "Rey"):
            round = cast.an_open_round(None, catalog)
            offer, member = cast.offers_of(round)[0], cast.a_member(round.neighbourhood, name)
            order = cast.an_order(round, cast.the_household(member), {offer: 2})
            cast.let_the_deadline_pass(round)
            closing.close(offer.stall_id)
            by = cast.the_coordinator(round)
            grant = granting.offer_more(order, offer, Decimal(1), by=by, reason="Le dernier")
            self.agreeing.append(partial(granting.agree, grant, by=member))

    def at_once(self) -> list[Exception | None]:
        """Both stop at the supply, whose row somebody holds, and go on together."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM catalogs_supply WHERE id = %s FOR UPDATE", [self.supply.pk])
            both = Crowd(self.agreeing)
            until(lambda: blocked_on_rows() == queueing() == 1)
        return both.gone()

    def stands(self) -> tuple[int, int]:
        """What the supply says is taken, and what the households really have."""
        self.supply.refresh_from_db()
        return int(self.supply.ordered), int(OrderLine.objects.aggregate(n=Sum(counted()))["n"])


def test_the_last_piece_goes_to_one() -> None:
    evening = Evening()
    told = evening.at_once()
    assert sorted(type(each).__name__ for each in told) == ["NoneType", NotEnough.__name__]
    assert evening.stands() == (5, 5)


def test_control_without_the_supplys_lock_both_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "_locked", lambda supply_id: Supply.objects.get(pk=supply_id))
    evening = Evening()
    assert evening.at_once() == [None, None]
    assert evening.stands() == (5, 6)
