"""As last time: what is filled in, what is told of the rest, and that nothing is ordered by it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from cagette.models import User
from catalogs.models import Catalog, Product
from orders import sheet, usual
from orders.models import Household, Offer, Order, OrderLine, Round
from tests import cast
from tests.orders.sheets import fields, held, nothing_ordered, save, signed_in, statements

pytestmark = pytest.mark.django_db


class Habit:
    """A household that took two Tommes and one Faisselle last time, where the same catalog is open again."""

    def __init__(self) -> None:
        self.catalog: Catalog = cast.a_catalog()
        for position, name in enumerate(("Tomme", "Faisselle", "Miel")):
            cast.a_product(self.catalog, name, position=position)
        self.neighbourhood = cast.a_neighbourhood()
        self.user: User = cast.a_member(self.neighbourhood)
        self.household: Household = cast.the_household(self.user)
        self.last = cast.an_open_round(self.neighbourhood, self.catalog)
        tomme, faisselle, _miel = cast.offers_of(self.last)
        self.order: Order = cast.an_order(self.last, self.household, {tomme: 2, faisselle: 1})
        cast.shift(self.last, -timedelta(days=7))
        self.client: Client = signed_in(self.user)

    def again(self, catalog: Catalog | None = None) -> Round:
        self.round = cast.an_open_round(self.neighbourhood, catalog or self.catalog)
        self.offers: list[Offer] = cast.offers_of(self.round)
        return self.round

    def usual(self) -> usual.Usual | None:
        return usual.of_sheet(sheet.of_round(self.round, self.household))

    def take(self, **more: object) -> list[str]:
        """Press the button of the plain form; returns what was said."""
        address = reverse("orders:usual", args=[self.round.pk])
        response = self.client.post(address, fields(self.household, {}) | more)
        assert (response.status_code, response["Location"]) == (302, reverse("orders:round", args=[self.round.pk]))
        return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.fixture
def habit() -> Habit:
    return Habit()


def wanted(habit: Habit) -> dict[str, Decimal]:
    lines = OrderLine.objects.filter(order__round=habit.round, wanted__gt=0)
    return {line.offer.name: line.wanted for line in lines.select_related("offer")}


def test_the_sheet_offers_what_was_taken_last_time(habit: Habit) -> None:
    page = habit.client.get(reverse("orders:round", args=[habit.again().pk])).content.decode()
    tomme, faisselle, _miel = habit.offers
    assert f'data-usual="{tomme.pk}:2 {faisselle.pk}:1"' in page


def test_one_tap_fills_the_sheet_and_orders_nothing(habit: Habit) -> None:
    habit.again()
    said = habit.take()
    assert wanted(habit) == {"Tomme": 2, "Faisselle": 1}
    assert len(said) == 1
    assert "2" in said[0]
    assert not OrderLine.objects.filter(order__round=habit.round, quantity__gt=0).exists()


def test_what_is_below_is_raised_and_nothing_is_lowered(habit: Habit) -> None:
    habit.again()
    tomme, _faisselle, miel = habit.offers
    cast.a_sheet(habit.round, habit.household, {tomme: 5, miel: 1})
    habit.take()
    assert wanted(habit) == {"Tomme": 5, "Faisselle": 1, "Miel": 1}
    assert habit.usual() is None


def test_what_was_typed_is_saved_first(habit: Habit) -> None:
    habit.again()
    tomme, _faisselle, miel = habit.offers
    habit.take(**fields(habit.household, {miel: 3, tomme: 4}))
    assert wanted(habit) == {"Tomme": 4, "Faisselle": 1, "Miel": 3}


def test_what_was_typed_wrong_comes_back_and_fills_nothing(habit: Habit) -> None:
    habit.again()
    form = fields(habit.household, {habit.offers[2]: "trois"})
    response = habit.client.post(reverse("orders:usual", args=[habit.round.pk]), form)
    assert response.status_code == 422
    assert 'value="trois"' in response.content.decode()
    assert wanted(habit) == {}


def test_a_product_imported_anew_is_found_by_its_name_unit_and_content(habit: Habit) -> None:
    anew = cast.a_catalog(habit.catalog.producer, "Hiver")
    cast.a_product(anew, "TOMME ")
    cast.a_product(anew, "Faisselle", content=500, content_unit="g", position=1)
    habit.again(anew)
    found = habit.usual()
    assert found is not None
    assert [(line.offer.name, quantity) for line, quantity in found.lines] == [("TOMME ", Decimal(2))]
    assert found.missing == ["Faisselle"]


def test_the_same_name_at_another_farm_is_another_product(habit: Habit) -> None:
    habit.again(cast.a_catalog(products=0))
    cast.a_product(cast.a_catalog(), "Tomme")
    assert habit.usual() is None


def test_what_is_short_or_not_there_is_named(habit: Habit) -> None:
    Product.objects.filter(name="Faisselle").update(available=False)
    Product.objects.filter(name="Tomme").update(stock=1)
    habit.again()
    (said,) = habit.take()
    assert wanted(habit) == {"Tomme": 1}
    assert "Tomme (1)" in said
    assert "Faisselle" in said


def test_todays_step_and_minimum_count(habit: Habit) -> None:
    Product.objects.filter(name="Tomme").update(step=Decimal("1.5"), minimum=Decimal(0))
    Product.objects.filter(name="Faisselle").update(step=Decimal(3), minimum=Decimal(3))
    habit.again()
    habit.take()
    assert wanted(habit) == {"Tomme": Decimal("1.5"), "Faisselle": 3}


def test_a_round_that_was_called_off_is_not_last_time(habit: Habit) -> None:
    Round.objects.filter(pk=habit.last.pk).update(state="cancelled", cancelled_at=habit.last.opens_at)
    habit.again()
    assert habit.usual() is None
    (said,) = habit.take()
    assert said
    assert wanted(habit) == {}


def test_each_line_goes_by_its_key_and_once(habit: Habit) -> None:
    habit.again()
    form = fields(habit.household, {}) | {"key": str(uuid4())}
    for _n in range(2):
        habit.client.post(reverse("orders:usual", args=[habit.round.pk]), form)
    order = Order.objects.get(round=habit.round)
    assert sorted(order.requests.values_list("key", flat=True)) == sorted(
        f"{form['key']}:usual:{offer.pk}" for offer in habit.offers[:2]
    )


def test_another_households_last_time_is_theirs(habit: Habit) -> None:
    habit.again()
    neighbour = cast.a_member(habit.neighbourhood, "Rey")
    shown = sheet.of_round(habit.round, cast.the_household(neighbour))
    assert usual.of_sheet(shown) is None
    assert nothing_ordered(cast.the_household(neighbour))


def test_last_time_costs_one_query_however_many_products(habit: Habit) -> None:
    habit.again()
    shown = sheet.of_round(habit.round, habit.household)
    with statements(at_most=1):
        assert usual.of_sheet(shown) is not None


def test_a_tolerance_that_is_there_stays(habit: Habit) -> None:
    Product.objects.filter(name="Tomme").update(case_size=6)
    habit.again()
    tomme = habit.offers[0]
    save(habit.user, habit.round, habit.household, tomme, 1, tolerance=2)
    habit.take()
    assert held(habit.household, tomme)[:2] == (2, 2)
