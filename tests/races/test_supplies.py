"""No oversell: a hundred households, twenty cheeses."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

import pytest
from django.db.models import Sum

from catalogs.models import Supply
from orders import confirming, refusals
from orders.models import Household, Offer, OrderLine, Round
from orders.requests import Answer
from tests import cast
from tests.races.crowd import Crowd, at_once, buying, gate, until, waiting

pytestmark = pytest.mark.django_db(transaction=True)


def households(round: Round, number: int) -> list[Household]:
    """So many of the round's neighbourhood, without a login: its coordinator orders for them."""
    first = cast.a_household(round.neighbourhood)
    rows = [
        Household(neighbourhood=round.neighbourhood, name=f"Foyer {n}", pick_up_number=first.pick_up_number + n)
        for n in range(1, number)
    ]
    return [first, *Household.objects.bulk_create(rows)]


def a_sale(rounds: int, pieces: int) -> tuple[list[Offer], Supply]:
    """The same cheese in so many rounds; of one round its own supply, of several a shared one."""
    catalog = cast.a_catalog()
    product = cast.a_product(catalog, stock=pieces)
    if rounds > 1:
        Supply.objects.create(product=product, quantity=pieces, shared=True)
    offers = [cast.offers_of(cast.an_open_round(None, catalog))[0] for _n in range(rounds)]
    supply = Supply.objects.get(product=product)
    assert {offer.supply_id for offer in offers} == {supply.pk}
    return offers, supply


@pytest.mark.parametrize("rounds", [1, 5], ids=["one round", "a supply shared by five rounds"])
def test_a_hundred_households_share_twenty_pieces(rounds: int) -> None:
    offers, supply = a_sale(rounds, pieces=20)
    calls = [
        buying(household, offer, user_id=cast.the_coordinator(offer.stall.round).pk)
        for offer in offers
        for household in households(offer.stall.round, 100 // rounds)
    ]
    with gate(*[offer.stall for offer in offers]):
        crowd = Crowd(calls)
        until(lambda: sum(waiting(offer.stall) for offer in offers) == len(calls))
    answers = crowd.gone()

    told = Counter(answer if isinstance(answer, Exception) else reason(answer) for answer in answers)
    assert told == {"sold": 20, refusals.SOLD_OUT: 80}
    supply.refresh_from_db()
    lines = OrderLine.objects.filter(offer__supply=supply).aggregate(total=Sum("quantity"))
    assert lines["total"] == supply.ordered == supply.quantity == Decimal(20)


def reason(answer: Answer) -> str:
    return "sold" if answer.accepted else next(iter(answer.refused.values())).code


def test_two_last_orders_meet_and_one_is_told_what_is_left() -> None:
    assert meeting() == [refusals.SHORT, "sold"]


def test_control_without_the_supplies_lock_they_both_believe_it_is_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    meet = threading.Barrier(2, timeout=20)

    def read_without_lock(deltas: Mapping[int, Decimal]) -> dict[int, confirming.Stock]:
        stocks = {
            supply.pk: confirming.Stock(supply.quantity, supply.ordered, supply.professional_share)
            for supply in Supply.objects.filter(pk__in=deltas)
        }
        meet.wait()
        return stocks

    monkeypatch.setattr(confirming, "_lock_supplies", read_without_lock)
    assert meeting() == ["SuppliesRaced", "sold"]


def meeting() -> list[str]:
    """Two households want 15 each of 20 at the same moment; what becomes of them, sorted."""
    offers, _supply = a_sale(1, pieces=20)
    round = offers[0].stall.round
    by = cast.the_coordinator(round).pk
    one, other = households(round, 2)
    answers = at_once(buying(one, offers[0], 15, user_id=by), buying(other, offers[0], 15, user_id=by))
    return sorted(type(a).__name__ if isinstance(a, Exception) else reason(a) for a in answers)
