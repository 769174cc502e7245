"""The lines of a sheet are drawn once for all who see the same: whatever differs for somebody must be drawn anew."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from cagette.money import Price
from catalogs.models import Label, Supply
from orders import sheet
from orders.lines import Line
from orders.models import Household, Offer, Round
from orders.progress import Case
from orders.requests import Refusal
from orders.templatetags import sheets
from tests import cast
from tests.orders.sheets import page_of, save, signed_in

pytestmark = pytest.mark.django_db

OTHER: dict[str, Any] = {
    "is_open": False,
    "price": Price("gross", Decimal("9.99"), Decimal("5.50")),
    "measure": (Decimal("9.99"), "kg"),
    "currency": "CHF",
    "net": True,
    "brought": Decimal(7),
    "labels": [Label.ORGANIC],
    "left": Decimal(3),
    "case": Case(Decimal(6), Decimal(1), Decimal(0)),
    "photo": "products/other.jpg",
    "returnable": "bottle",
    "favourite": True,
    "hidden": True,
    "wanted": Decimal(2),
    "extra": Decimal(2),
    "quantity": Decimal(2),
    "confirmed_extra": Decimal(2),
    "agreed": Price("gross", Decimal("1.11"), Decimal("5.50")),
    "typed": "abc",
    "typed_extra": "def",
}


@pytest.fixture
def line(round: Round) -> Line:
    return sheet.of_round(round, None).lines[0]


@pytest.mark.parametrize("name", OTHER)
def test_a_line_of_which_anything_differs_looks_different(line: Line, name: str) -> None:
    assert replace(line, **{name: OTHER[name]}).seen != line.seen


def test_nothing_of_a_line_was_forgotten() -> None:
    assert {each.name for each in fields(Line)} == OTHER.keys() | {"offer", "refusal"}


def test_an_offer_of_which_anything_differs_looks_different(line: Line) -> None:
    for each in Offer._meta.concrete_fields:
        other = Offer(**{field.attname: getattr(line.offer, field.attname) for field in Offer._meta.concrete_fields})
        setattr(other, each.attname, ["changed"] if isinstance(getattr(other, each.attname), list) else "changed")
        assert replace(line, offer=other).seen != line.seen, each.attname


def test_a_refused_line_is_drawn_for_itself(line: Line) -> None:
    assert replace(line, refusal=Refusal("step")).seen is None


def test_two_who_have_the_same_share_a_drawing_and_a_change_is_seen_at_once(
    round: Round, phone: Client, household: Household, offers: list[Offer]
) -> None:
    neighbour = cast.a_member(round.neighbourhood)
    other = signed_in(neighbour)
    before = phone.get(page_of(round)).content.decode()
    assert drawn(before, offers[0]) == drawn(other.get(page_of(round)).content.decode(), offers[0])
    save(neighbour, round, cast.the_household(neighbour), offers[0], 2)
    assert 'value="2"' in drawn(other.get(page_of(round)).content.decode(), offers[0])
    assert drawn(phone.get(page_of(round)).content.decode(), offers[0]) == drawn(before, offers[0])
    Supply.objects.filter(pk=offers[0].supply_id).update(quantity=3)
    assert "3" in drawn(phone.get(page_of(round)).content.decode(), offers[0]).partition("order-line-left")[2]
    Offer.objects.filter(pk=offers[0].pk).update(withdrawn_at=timezone.now())
    assert drawn(phone.get(page_of(round)).content.decode(), offers[0]) == ""


def test_each_language_has_its_own_drawing(round: Round, offers: list[Offer]) -> None:
    visitor = Client()
    french, english = (
        drawn(visitor.get(page_of(round), headers={"accept-language": language}).content.decode(), offers[0])
        for language in ("fr", "en")
    )
    with translation.override("en"):
        assert str(offers[0].get_unit_display()) in english
    assert french != english


def test_what_was_seen_before_is_not_drawn_again(round: Round, phone: Client) -> None:
    phone.get(page_of(round))
    kept = len(sheets._draw_once.cache)
    signed_in(cast.a_member(round.neighbourhood)).get(page_of(round))
    assert len(sheets._draw_once.cache) == kept > 0


def test_a_guest_has_no_star_and_a_closed_farm_no_field(round: Round, phone: Client, offers: list[Offer]) -> None:
    mine = drawn(phone.get(page_of(round)).content.decode(), offers[0])
    guests = drawn(Client().get(page_of(round)).content.decode(), offers[0])
    assert ("order-line-star" in mine, "order-line-star" in guests) == (True, False)
    assert f'name="quantity-{offers[0].pk}"' in mine
    assert f'name="quantity-{offers[0].pk}"' in guests
    cast.let_the_deadline_pass(round)
    assert f'name="quantity-{offers[0].pk}"' not in drawn(phone.get(page_of(round)).content.decode(), offers[0])


def test_a_sheet_without_products_has_nothing_to_press(empty_round: Round) -> None:
    page = Client().get(page_of(empty_round)).content.decode()
    assert "data-bar" not in page
    assert "data-sheet" not in page


@pytest.fixture
def empty_round() -> Round:
    return cast.an_open_round(cast.a_neighbourhood(), cast.a_catalog())


def drawn(page: str, offer: Offer) -> str:
    """One line of the page, without the stamp of its form."""
    _before, found, rest = page.partition(f'<li class="order-line" id="offer-{offer.pk}"')
    return found and rest.partition("</li>\n")[0]
