"""Favourites: a star for the household, kept across rounds, and what a sheet can be cut down to."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from cagette.models import User
from orders.models import Favourite, Household, Offer, Round
from tests import cast
from tests.orders.sheets import JSON, fields, held, save, signed_in

pytestmark = pytest.mark.django_db


def star(phone: Client, round: Round, household: Household, word: str) -> int:
    posted = {"star": word, "household": household.pk}
    return phone.post(reverse("orders:favourites", args=[round.pk]), posted, headers=JSON).status_code


def starred() -> list[tuple[int, int]]:
    return list(Favourite.objects.values_list("household", "product"))


def hidden(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'<li class="order-line" id="offer-(\d+)"[^>]* hidden>', page)]


def test_a_star_is_set_and_taken_away_and_saying_it_twice_changes_nothing(
    phone: Client, round: Round, household: Household, offers: list[Offer]
) -> None:
    for _n in range(2):
        assert star(phone, round, household, f"{offers[0].pk}:on") == 200
    assert starred() == [(household.pk, offers[0].product_id)]
    for _n in range(2):
        assert star(phone, round, household, f"{offers[0].pk}:off") == 200
    assert starred() == []


def test_it_holds_in_the_next_round_too(phone: Client, round: Round, household: Household, offers: list[Offer]) -> None:
    star(phone, round, household, f"{offers[0].pk}:on")
    again = cast.an_open_round(round.neighbourhood, offers[0].stall.catalog)
    page = phone.get(reverse("orders:round", args=[again.pk])).content.decode()
    assert f'value="{cast.offers_of(again)[0].pk}:off"' in page
    assert f'value="{cast.offers_of(again)[1].pk}:on"' in page


def test_without_script_a_star_saves_what_was_typed_and_comes_back_to_its_line(
    phone: Client, round: Round, household: Household, offers: list[Offer]
) -> None:
    form = fields(household, {offers[1]: 2}) | {"star": f"{offers[0].pk}:on", "show": "favourites"}
    response = phone.post(reverse("orders:favourites", args=[round.pk]), form)
    page = reverse("orders:round", args=[round.pk])
    assert response["Location"] == f"{page}?show=favourites#offer-{offers[0].pk}"
    assert starred() == [(household.pk, offers[0].product_id)]
    assert held(household, offers[1])[0] == 2


@pytest.mark.parametrize("word", ["", "abc", "1", "1:maybe", "9" * 30 + ":on", "-1:on", ":on"])
def test_what_no_page_of_ours_sends_is_not_there(word: str, phone: Client, round: Round, household: Household) -> None:
    assert star(phone, round, household, word) == 404
    assert starred() == []


def test_a_product_of_another_round_is_not_there(phone: Client, round: Round, household: Household) -> None:
    elsewhere = cast.offers_of(cast.an_open_round())[0]
    assert star(phone, round, household, f"{elsewhere.pk}:on") == 404


def test_nobody_stars_for_others(round: Round, household: Household, offers: list[Offer]) -> None:
    word = f"{offers[0].pk}:on"
    assert star(signed_in(cast.a_member(round.neighbourhood, "Rey")), round, household, word) == 404
    assert star(Client(), round, household, word) == 401
    assert starred() == []


def test_a_coordinator_stars_for_the_household_they_fill_in_for(
    round: Round, household: Household, offers: list[Offer]
) -> None:
    assert star(signed_in(cast.the_coordinator(round)), round, household, f"{offers[0].pk}:on") == 200
    assert starred() == [(household.pk, offers[0].product_id)]


@pytest.mark.parametrize(
    ("show", "left"), [("favourites", [0]), ("mine", [1]), ("other", [0, 1]), ("dairy", []), ("x", [0, 1])]
)
def test_the_sheet_is_cut_down_without_script(
    show: str, left: list[int], phone: Client, user: User, round: Round, household: Household, offers: list[Offer]
) -> None:
    star(phone, round, household, f"{offers[0].pk}:on")
    save(user, round, household, offers[1], 1)
    page = phone.get(reverse("orders:round", args=[round.pk]), {"show": show}).content.decode()
    assert hidden(page) == [offer.pk for n, offer in enumerate(offers) if n not in left]
    # All of it is still on the page: the total counts, and saving forgets nothing.
    assert all(f'name="quantity-{offer.pk}"' in page for offer in offers)


def test_who_only_looks_has_no_favourites(round: Round) -> None:
    page = Client().get(reverse("orders:round", args=[round.pk]), {"show": "favourites"}).content.decode()
    assert "order-line-star" not in page
    assert hidden(page) == []
