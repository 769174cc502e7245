"""What goes back to the farms, as far as anybody knows: so many jars and crates, whatever came in them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cagette.money import Money
from catalogs.models import Catalog, Returnable
from catalogs.returnables import change
from orders import returnables
from orders.models import Household, Neighbourhood, Offer, Order, OrderLine, Round, Stall
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def neighbourhood() -> Neighbourhood:
    return cast.a_neighbourhood()


@pytest.fixture
def honey() -> Catalog:
    """Honey and jam in jars of one kind, jelly in another, and wax for which nothing goes back."""
    catalog = cast.a_catalog(cast.a_producer("Rucher"))
    jar = cast.a_returnable(catalog.producer, "bocal 500 g", "0.50")
    cast.a_product(catalog, "Miel", "8.00", returnable=jar)
    cast.a_product(catalog, "Cire", "3.00", position=1)
    cast.a_product(catalog, "Confiture", "6.00", returnable=jar, position=2)
    cast.a_product(catalog, "Gelée", "4.00", returnable=cast.a_returnable(catalog.producer, "pot", "0.20"), position=3)
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


def found(order: Order) -> list[tuple[str, str, Decimal]]:
    items = returnables.to_give_back([order])[order.pk]
    return [(item.producer, item.name, item.quantity) for item in items]


def jars(order: Order) -> Decimal:
    return sum((quantity for _producer, name, quantity in found(order) if name == "bocal 500 g"), Decimal(0))


def test_what_was_taken_with_a_deposit_lately_is_counted_over_its_products(
    neighbourhood: Neighbourhood, honey: Catalog, household: Household
) -> None:
    taken(neighbourhood, honey, household, 2)
    taken(neighbourhood, honey, household, 3)
    taken(neighbourhood, honey, cast.a_household(neighbourhood, "Rey"), 9)
    assert found(now(neighbourhood, honey, household)) == [
        ("Rucher", "bocal 500 g", Decimal(10)),
        ("Rucher", "pot", Decimal(5)),
    ]


def test_bottles_of_an_old_and_a_new_deposit_are_the_same_bottles(
    neighbourhood: Neighbourhood, honey: Catalog, household: Household
) -> None:
    taken(neighbourhood, honey, household, 2)
    jar = Returnable.objects.get(name="bocal 500 g")
    change(jar, name="bocal 500 g", amount=Money("0.80", "EUR"), by=cast.a_farmer(honey.producer))
    taken(neighbourhood, honey, household, 3)
    assert jars(now(neighbourhood, honey, household)) == 10


def test_what_a_farm_calls_them_now_is_what_people_read(
    neighbourhood: Neighbourhood, honey: Catalog, household: Household
) -> None:
    taken(neighbourhood, honey, household)
    Returnable.objects.filter(name="pot").update(name="petit pot")
    assert [item[1] for item in found(now(neighbourhood, honey, household))] == ["bocal 500 g", "petit pot"]


def test_only_what_came_counts(neighbourhood: Neighbourhood, honey: Catalog, household: Household) -> None:
    order = now(neighbourhood, honey, household)
    past = taken(neighbourhood, honey, household)
    lines = OrderLine.objects.filter(order__round=past)
    lines.update(delivered=1)
    assert jars(order) == 2
    lines.update(delivered=0)
    assert found(order) == []


def test_what_was_only_granted_came_too(neighbourhood: Neighbourhood, honey: Catalog, household: Household) -> None:
    past = taken(neighbourhood, honey, household)
    OrderLine.objects.filter(order__round=past).update(granted=2, quantity=0, allocated=2)
    assert jars(now(neighbourhood, honey, household)) == 4


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
    cast.shift(past, returnables.LATELY * -1 + timedelta(days=12))
    assert len(found(order)) == 2
    cast.shift(past, -timedelta(days=returnables.LATELY.days + 1))
    assert found(order) == []


def test_a_line_that_names_none_goes_by_its_offer(
    neighbourhood: Neighbourhood, honey: Catalog, household: Household
) -> None:
    past = taken(neighbourhood, honey, household)
    OrderLine.objects.filter(order__round=past).update(returnable=None)
    order = now(neighbourhood, honey, household)
    assert jars(order) == 4
    # And where neither says what the deposit was for, nothing is asked back.
    Offer.objects.filter(stall__round=past).update(returnable=None, deposit=0)
    assert found(order) == []


def test_many_orders_ask_as_much_as_one(neighbourhood: Neighbourhood, honey: Catalog, household: Household) -> None:
    taken(neighbourhood, honey, household)
    for _order in range(3):
        now(neighbourhood, honey, household)
    orders = list(Order.objects.select_related("round").order_by("-pk")[:3])
    for some in (orders[:1], orders):
        with CaptureQueriesContext(connection) as asked:
            returnables.to_give_back(some)
        assert len(asked) == 2


def test_no_orders_bring_nothing_back() -> None:
    assert returnables.to_give_back([]) == {}


def test_publishing_keeps_what_is_given_back_and_its_deposit(neighbourhood: Neighbourhood, honey: Catalog) -> None:
    offers = cast.offers_of(cast.an_open_round(neighbourhood, honey))
    jar, pot = Returnable.objects.order_by("name")
    assert [(offer.returnable, offer.deposit) for offer in offers] == [
        (jar, Decimal("0.50")), (None, Decimal(0)), (jar, Decimal("0.50")), (pot, Decimal("0.20")),
    ]  # fmt: skip
    assert jar.since == timezone.localdate()


def test_a_confirmed_line_keeps_what_it_was_sold_with(
    neighbourhood: Neighbourhood, honey: Catalog, household: Household
) -> None:
    round = cast.an_open_round(neighbourhood, honey)
    jars, wax, *_others = cast.offers_of(round)
    order = cast.an_order(round, household, {jars: 2, wax: 1})
    jar = Returnable.objects.get(name="bocal 500 g")
    change(jar, name="bocal", amount=Money("0.80", "EUR"), by=cast.a_farmer(honey.producer))
    assert list(order.lines.order_by("offer").values_list("offer", "returnable", "deposit")) == [
        (jars.pk, jar.pk, Decimal("0.50")),
        (wax.pk, None, Decimal(0)),
    ]
