"""From the recap to the button that orders, and what has changed between the two."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from cagette.models import User
from orders.models import Household, Offer, OrderChange, Round
from tests import cast
from tests.orders.sheets import (
    JSON,
    a_change,
    a_full_catalog,
    change_of,
    facts,
    fields,
    held,
    nothing_ordered,
    page_of,
    save,
    signed_in,
    statements,
    text_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def round() -> Round:
    return cast.an_open_round(cast.a_neighbourhood(), a_full_catalog())


def recap(phone: Client, round: Round, **query: Any) -> dict[str, str]:
    """The fields of the recap's form, as a browser would send them."""
    page = phone.get(reverse("orders:recap", args=[round.pk]), query).content.decode()
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: value for name, value in found if name not in ("next", "csrfmiddlewaretoken", "language")}


def confirmation_of(round: Round) -> str:
    return reverse("orders:confirmation", args=[round.pk])


def test_the_recap_shows_what_is_ordered_and_the_words_the_law_wants(
    round: Round, phone: Client, user: User, household: Household, offers: list[Offer]
) -> None:
    save(user, round, household, offers[0], 2)
    save(user, round, household, offers[2], 3, tolerance=3)
    save(user, round, household, offers[3], 1)
    response = phone.get(reverse("orders:recap", args=[round.pk]))
    text = text_of(response)
    for words in (
        "2 × 8,50 €",
        "17,00 €",
        "3 × 3,20 €",
        "9,60 €",
        "5,40 €",
        "7,20 €",
        "environ 32,90 €",
        "au plus 45,20 €",
        "0,90 €",
    ):
        assert words in text
    assert response.content.decode().count("data-confirm") == 1


def test_the_button_orders_and_the_sheet_says_so(
    round: Round, phone: Client, user: User, household: Household, offers: list[Offer]
) -> None:
    save(user, round, household, offers[0], 2)
    save(user, round, household, offers[2], 3, tolerance=3)
    response = phone.post(confirmation_of(round), recap(phone, round), follow=True)
    assert response.redirect_chain == [(page_of(round), 302)]
    assert held(household, offers[0]) == (2, 0, 2, 0)
    assert held(household, offers[2]) == (3, 3, 3, 3)
    assert 'data-bar data-state="ordered"' in response.content.decode()
    assert "Commandé · environ 27,50 €" in text_of(response)


def test_after_an_increase_the_bar_says_by_how_much(
    round: Round, phone: Client, user: User, household: Household, offers: list[Offer]
) -> None:
    cast.an_order(round, household, {offers[0]: 2})
    save(user, round, household, offers[0], 3, seen=2)
    response = phone.get(page_of(round))
    assert 'data-bar data-state="more"' in response.content.decode()
    assert "+ 8,50 €" in text_of(response)


@pytest.mark.parametrize("lines", [1, 10])
def test_a_confirmation_takes_fourteen_statements_at_most(lines: int) -> None:
    neighbourhood = cast.a_neighbourhood()
    catalog = cast.a_catalog()
    for position in range(lines):
        cast.a_product(catalog, f"P{position}", stock=Decimal(5), position=position)
    round = cast.an_open_round(neighbourhood, catalog)
    user = cast.a_member(neighbourhood)
    offers, phone = cast.offers_of(round), signed_in(user)
    form = fields(cast.the_household(user), dict.fromkeys(offers, 1))
    with statements(at_most=12):
        response = phone.post(confirmation_of(round), form, headers=JSON)
    assert response.status_code == 200
    assert len(response.json()["lines"]) == lines
    assert response.json()["next"] == page_of(round)


def test_a_conflict_puts_what_is_possible_into_the_recap_and_one_more_tap_orders_it(
    round: Round, phone: Client, user: User, household: Household, offers: list[Offer]
) -> None:
    save(user, round, household, offers[0], 5)
    form = recap(phone, round)
    cast.an_order(round, cast.the_household(cast.a_member(round.neighbourhood, "Rey")), {offers[0]: 7})
    response = phone.post(confirmation_of(round), form)
    page = response.content.decode()
    assert response.status_code == 409
    assert "25,50 €" in text_of(response)
    assert f'name="quantity-{offers[0].pk}" value="3"' in page
    again = dict(
        re.findall(r'<input type="hidden" name="((?:quantity|extra|shown)-\d+|key|household)" value="([^"]*)"', page)
    )
    assert phone.post(confirmation_of(round), again).status_code == 302
    assert held(household, offers[0]) == (3, 0, 3, 0)


def test_a_conflict_in_json_names_what_is_possible(
    round: Round, phone: Client, household: Household, offers: list[Offer]
) -> None:
    cast.an_order(round, cast.the_household(cast.a_member(round.neighbourhood, "Rey")), {offers[0]: 7})
    response = phone.post(confirmation_of(round), fields(household, {offers[0]: 5}), headers=JSON)
    refused = response.json()["refused"][str(offers[0].pk)]
    assert (response.status_code, refused["code"], refused["possible"]) == (409, "short", "3")
    assert "3" in refused["sentence"]


def test_a_price_that_is_not_the_one_shown_is_refused_and_the_new_one_shown(
    round: Round, phone: Client, user: User, household: Household, offers: list[Offer]
) -> None:
    save(user, round, household, offers[0], 2)
    form = recap(phone, round)
    Offer.objects.filter(pk=offers[0].pk).update(price=Decimal("9.00"))
    response = phone.post(confirmation_of(round), form)
    assert response.status_code == 409
    assert "18,00 €" in text_of(response)
    assert nothing_ordered(household)


def test_an_offer_of_another_round_is_refused_by_name(
    round: Round, phone: Client, household: Household, offers: list[Offer]
) -> None:
    elsewhere = cast.offers_of(cast.an_open_round())[0]
    response = phone.post(confirmation_of(round), fields(household, {offers[0]: 1, elsewhere: 1}))
    assert response.status_code == 409
    assert 'role="alert"' in response.content.decode()
    assert nothing_ordered(household)


def test_pressing_the_button_twice_orders_once(
    round: Round, phone: Client, user: User, household: Household, offers: list[Offer]
) -> None:
    save(user, round, household, offers[0], 2)
    form = recap(phone, round)
    for _n in range(2):
        assert phone.post(confirmation_of(round), form).status_code == 302
    assert OrderChange.objects.count() == 1


def test_an_empty_sheet_has_nothing_to_order(round: Round, phone: Client, household: Household) -> None:
    form = {"key": str(uuid4()), "household": household.pk}
    assert phone.post(confirmation_of(round), form).status_code == 409
    response = phone.post(confirmation_of(round), form, headers=JSON)
    assert facts(response.status_code, bool(response.json()["sentence"])) == (409, True)


def test_what_is_not_a_number_is_not_ordered(
    round: Round, phone: Client, household: Household, offers: list[Offer]
) -> None:
    form = fields(household, {offers[0]: "abc", offers[1]: 1})
    assert phone.post(confirmation_of(round), form, headers=JSON).status_code == 422
    assert phone.post(confirmation_of(round), form).status_code == 422
    assert nothing_ordered(household)


def test_the_recap_is_for_who_orders_here(round: Round) -> None:
    address = reverse("orders:recap", args=[round.pk])
    assert Client().get(address)["Location"].startswith(reverse("account_login"))
    assert signed_in(cast.a_user("Stranger")).get(address)["Location"] == page_of(round)


# On a household's behalf


@pytest.mark.parametrize("of_all_rounds", [True, False])
def test_a_coordinator_fills_and_orders_for_a_household(
    round: Round, offers: list[Offer], *, of_all_rounds: bool
) -> None:
    nobody = cast.a_household(round.neighbourhood, "Sans téléphone")
    coordinator = cast.a_coordinator(round.neighbourhood) if of_all_rounds else cast.the_coordinator(round)
    phone = signed_in(coordinator)
    page = phone.get(page_of(round), {"household": nobody.pk}).content.decode()
    assert "Sans téléphone" in page
    assert "data-on-behalf" in page
    phone.post(change_of(round), a_change(nobody, offers[0], 2), headers=JSON)
    done = phone.post(confirmation_of(round), recap(phone, round, household=nobody.pk))
    assert done["Location"] == f"{page_of(round)}?household={nobody.pk}"
    assert held(nobody, offers[0]) == (2, 0, 2, 0)
    assert OrderChange.objects.get().on_behalf


def test_ones_own_sheet_is_not_on_anybodys_behalf(round: Round, phone: Client, household: Household) -> None:
    response = phone.get(page_of(round), {"household": household.pk})
    assert response.status_code == 200
    assert "data-on-behalf" not in response.content.decode()


def test_nobody_opens_the_sheet_of_others(round: Round, phone: Client) -> None:
    other = cast.a_household(round.neighbourhood, "Rey")
    elsewhere = cast.a_household()
    for household in (other.pk, elsewhere.pk, "abc", "-1", "9" * 30):
        for name in ("orders:round", "orders:recap"):
            assert phone.get(reverse(name, args=[round.pk]), {"household": household}).status_code == 404
    coordinator = signed_in(cast.a_coordinator(round.neighbourhood))
    assert coordinator.get(page_of(round), {"household": elsewhere.pk}).status_code == 404
