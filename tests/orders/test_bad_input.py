"""What bad input gets, at each of the three doors by which a sheet comes in: a sentence, a 4xx, and no change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import Household, Offer, OrderChange, OrderLine, Round, Stall
from tests import cast
from tests.orders.sheets import BACKEND, a_change, fields, signed_in

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


class Table:
    """A member's sheet at a cheese, of which two are confirmed, and a flour by the half kilo."""

    def __init__(self) -> None:
        catalog = cast.a_catalog()
        cast.a_product(catalog, "Tomme", "8.50")
        cast.a_product(catalog, "Farine", "2.10", unit="kg", step=Decimal("0.5"), position=1)
        self.round: Round = cast.an_open_round(None, catalog)
        self.user = cast.a_member(self.round.neighbourhood)
        self.household: Household = cast.the_household(self.user)
        self.tomme, self.flour = cast.offers_of(self.round)
        cast.an_order(self.round, self.household, {self.tomme: 2})
        self.elsewhere: Offer = cast.offers_of(cast.an_open_round())[0]
        self.client = signed_in(self.user)
        self.before = self.stand

    @property
    def stand(self) -> object:
        lines = OrderLine.objects.order_by("pk").values_list("offer", "wanted", "wanted_tolerance", "quantity")
        return [*lines], OrderChange.objects.count()

    def address(self, door: str) -> str:
        return reverse(f"orders:{door}", args=[self.round.pk])


@pytest.fixture
def table() -> Table:
    return Table()


@dataclass(frozen=True)
class Bad:
    """One bad input: which offer it is about, what is typed, and what happens before it is sent."""

    offer: str
    typed: str
    before: Callable[[Table], object] = lambda table: None
    # The price is read off the recap alone: filling binds nobody to one.
    doors: tuple[str, ...] = ("change", "save", "confirmation")


def close(table: Table) -> None:
    Stall.objects.filter(pk=table.tomme.stall_id).update(state="closed", closed_at=timezone.now())


def cost_more(table: Table) -> None:
    Offer.objects.filter(pk=table.flour.pk).update(price=Decimal("2.40"))


BAD = {
    "minus one": Bad("flour", "-1"),
    "letters": Bad("flour", "abc"),
    "an exponent": Bad("flour", "1e9"),
    "off the step": Bad("flour", "0,333"),
    "far too much": Bad("flour", "999999,5"),
    "of another round": Bad("elsewhere", "1"),
    "at a closed stall": Bad("tomme", "3", close),
    "another price": Bad("flour", "1", cost_more, doors=("confirmation",)),
}
CASES = [pytest.param(door, bad, id=f"{door}: {name}") for name, bad in BAD.items() for door in bad.doors]


def posted(table: Table, door: str, bad: Bad) -> Any:
    offer: Offer = getattr(table, bad.offer)
    if door == "change":
        data = a_change(table.household, offer, bad.typed, seen=2 if offer == table.tomme else 0)
        bad.before(table)
        return table.client.post(table.address(door), data, headers=JSON)
    sheet = {table.tomme: 2, offer: bad.typed} if door == "confirmation" else {offer: bad.typed}
    data = fields(table.household, sheet)
    bad.before(table)
    return table.client.post(table.address(door), data)


@pytest.mark.parametrize(("door", "bad"), CASES)
def test_bad_input_gets_a_sentence_and_changes_nothing(table: Table, door: str, bad: Bad) -> None:
    response = posted(table, door, bad)
    offer: Offer = getattr(table, bad.offer)
    assert response.status_code in {409, 422}
    assert table.stand == table.before
    if door == "change":
        assert response.json()["refused"][str(offer.pk)]["sentence"]
    elif door == "save" and bad.offer == "flour":
        page = response.content.decode()
        assert f'id="error-{offer.pk}"' in page
        assert f'value="{bad.typed}"' in page
    else:
        assert 'role="alert"' in response.content.decode()


@pytest.mark.parametrize("door", ["change", "save", "confirmation"])
@pytest.mark.parametrize("token", [None, "x" * 64])
def test_a_form_with_a_stolen_or_missing_token_is_told_that_it_has_expired(
    table: Table, door: str, token: str | None
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(table.user, backend=BACKEND)
    form = fields(table.household, {table.flour: "1"}) | a_change(table.household, table.flour, 1)
    response = client.post(table.address(door), form if token is None else {**form, "csrfmiddlewaretoken": token})
    assert (response.status_code, "expiré" in response.content.decode()) == (403, True)
    assert table.stand == table.before


@pytest.mark.parametrize("door", ["change", "save", "confirmation"])
def test_ten_thousand_fields_are_told_that_they_are_too_many(table: Table, door: str) -> None:
    form = {"key": str(uuid4()), "household": table.household.pk} | {f"quantity-{n}": 1 for n in range(10_001)}
    page = table.client.post(table.address(door), form)
    assert (page.status_code, "trop long" in page.content.decode()) == (400, True)
    answer = table.client.post(table.address(door), form, headers=JSON)
    assert (answer.status_code, "trop long" in answer.json()["sentence"]) == (400, True)
    assert table.stand == table.before
