"""What goes back to the farms, as far as anybody knows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from catalogs.models import Catalog
from orders import bringing
from orders.models import Household, Neighbourhood, Order, OrderLine, Round, Stall
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def neighbourhood() -> Neighbourhood:
    return cast.a_neighbourhood()


@pytest.fixture
def honey() -> Catalog:
    catalog = cast.a_catalog(cast.a_producer("Rucher"))
    cast.a_product(catalog, "Miel", "8.00", deposit=Decimal("0.50"), unit="jar")
    cast.a_product(catalog, "Cire", "3.00", position=1)
    return catalog


@pytest.fixture
def household(neighbourhood: Neighbourhood) -> Household:
    return cast.the_household(cast.a_member(neighbourhood))


def taken(neighbourhood: Neighbourhood, catalog: Catalog, household: Household, quantity: int = 2) -> Round:
    """So many of each of its products, a week ago."""
    past = cast.a_past_round(neighbourhood, catalog)
    cast.an_order_of_the_past(past, household, dict.fromkeys(cast.offers_of(past), quantity))
    return past


def now(neighbourhood: Neighbourhood, catalog: Catalog, household: Household) -> Order:
    round = cast.an_open_round(neighbourhood, catalog)
    return cast.an_order(round, household, {cast.offers_of(round)[0]: 1})


def found(order: Order) -> list[tuple[str, str, str, Decimal]]:
    items = bringing.returnables([order])[order.pk]
    return [(item.producer, item.name, item.unit, item.quantity) for item in items]


def test_what_was_taken_with_a_deposit_lately_is_summed_by_product(
    neighbourhood: Neighbourhood, honey: Catalog, household: Household
) -> None:
    taken(neighbourhood, honey, household, 2)
    taken(neighbourhood, honey, household, 3)
    taken(neighbourhood, honey, cast.a_household(neighbourhood, "Rey"), 9)
    assert found(now(neighbourhood, honey, household)) == [("Rucher", "Miel", "jar", Decimal(5))]


def test_only_what_came_counts(neighbourhood: Neighbourhood, honey: Catalog, household: Household) -> None:
    order = now(neighbourhood, honey, household)
    past = taken(neighbourhood, honey, household)
    OrderLine.objects.filter(order__round=past).update(delivered=1)
    assert [item[-1] for item in found(order)] == [Decimal(1)]
    OrderLine.objects.filter(order__round=past).update(delivered=0)
    assert found(order) == []


def test_only_a_farm_that_comes_takes_its_jars_back(
    neighbourhood: Neighbourhood, honey: Catalog, household: Household
) -> None:
    taken(neighbourhood, honey, household)
    order = now(neighbourhood, cast.a_catalog(products=1), household)
    assert found(order) == []
    order = now(neighbourhood, honey, household)
    Stall.objects.filter(round=order.round).update(state=Stall.State.DROPPED)
    assert found(order) == []


def test_what_is_half_a_year_old_is_no_longer_asked_for(
    neighbourhood: Neighbourhood, honey: Catalog, household: Household
) -> None:
    order = now(neighbourhood, honey, household)
    past = taken(neighbourhood, honey, household)
    cast.shift(past, bringing.LATELY * -1 + timedelta(days=12))
    assert len(found(order)) == 1
    cast.shift(past, -timedelta(days=bringing.LATELY.days + 1))
    assert found(order) == []


def test_no_orders_bring_nothing_back() -> None:
    assert bringing.returnables([]) == {}
