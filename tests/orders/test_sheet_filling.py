"""Filling in the sheet, with script and as one plain form, and bad input."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from cagette.models import User
from orders.models import Household, Offer, Order, OrderRequest, Round
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


# One change, by script


def test_a_change_takes_five_statements(round: Round, phone: Client, household: Household, offers: list[Offer]) -> None:
    with statements(at_most=5):
        response = phone.post(change_of(round), a_change(household, offers[0], 2), headers=JSON)
    assert facts(response.status_code, response.json()["wanted"], response.json()["quantity"]) == (200, "2", "0")
    assert held(household, offers[0]) == (2, 0, 0, 0)


@pytest.mark.parametrize("typed", ["-1", "abc", "1e9", "1.2.3", "NaN", "Infinity", "0,0001", "9" * 40, "²", "٣"])
def test_what_is_not_a_number_gets_a_sentence(
    typed: str, round: Round, phone: Client, household: Household, offers: list[Offer]
) -> None:
    response = phone.post(change_of(round), a_change(household, offers[0], typed), headers=JSON)
    refused = response.json()["refused"][str(offers[0].pk)]
    assert (response.status_code, refused["code"], refused["possible"]) == (422, "not_a_number", None)
    assert refused["sentence"]
    assert not Order.objects.exists()


@pytest.mark.parametrize(("typed", "code"), [("1,333", "step"), ("0,5", "minimum"), ("999999999", "step")])
def test_what_is_off_gets_a_sentence(
    typed: str, code: str, round: Round, phone: Client, household: Household, offers: list[Offer]
) -> None:
    if code == "step" and typed == "999999999":
        code = "too_much"
    response = phone.post(change_of(round), a_change(household, offers[1], typed), headers=JSON)
    refused = response.json()["refused"][str(offers[1].pk)]
    assert (response.status_code, refused["code"]) == (409, code)
    assert refused["sentence"]


def test_a_comma_is_as_good_as_a_point(round: Round, phone: Client, household: Household, offers: list[Offer]) -> None:
    assert phone.post(change_of(round), a_change(household, offers[1], " 1,5 "), headers=JSON).status_code == 200
    assert held(household, offers[1])[0] == Decimal("1.5")


@pytest.mark.parametrize(
    "broken",
    [
        {"key": "not-a-uuid"}, {"key": ""}, {"offer": "abc"}, {"offer": "9" * 25}, {"offer": 2**63}, {"offer": -1},
        {"stall": 2**31}, {"stall": ""}, {"household": "x"}, {"household": "0"}, {"seen": "-1"}, {"seen": "x"},
    ],
)  # fmt: skip
def test_what_no_page_of_ours_sends_is_refused(
    broken: dict[str, Any], round: Round, phone: Client, household: Household, offers: list[Offer]
) -> None:
    posted = a_change(household, offers[0], 1) | broken
    response = phone.post(change_of(round), posted, headers=JSON)
    assert response.status_code == 422
    assert response.json()["sentence"]
    assert not Order.objects.exists()


@pytest.mark.parametrize("unknown", [2**63 - 1, 123456789])
def test_an_offer_that_is_not_there_is_unknown(
    unknown: int, round: Round, phone: Client, household: Household, offers: list[Offer]
) -> None:
    posted = a_change(household, offers[0], 1) | {"offer": unknown}
    assert phone.post(change_of(round), posted, headers=JSON).json()["refused"][str(unknown)]["code"] == "unknown"


def test_a_round_that_is_not_there_takes_nothing(phone: Client, household: Household, offers: list[Offer]) -> None:
    for pk in (987654321, 9 * 10**30):
        address = reverse("orders:change", args=[pk])
        assert phone.post(address, a_change(household, offers[0], 1), headers=JSON).status_code == 404


def test_nobody_changes_the_order_of_others(round: Round, household: Household, offers: list[Offer]) -> None:
    for stranger in (cast.a_user("Stranger"), cast.a_member(round.neighbourhood, "Neighbour"), cast.a_staff_user()):
        response = signed_in(stranger).post(change_of(round), a_change(household, offers[0], 1), headers=JSON)
        assert response.status_code == 404
        assert response.json()["sentence"]
    assert not Order.objects.exists()


def test_who_is_signed_out_is_told_so(round: Round, household: Household, offers: list[Offer]) -> None:
    response = Client().post(change_of(round), a_change(household, offers[0], 1), headers=JSON)
    assert response.status_code == 401
    assert response.json()["sentence"]


def test_a_change_without_the_pages_token_is_refused(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    phone = Client(enforce_csrf_checks=True)
    phone.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    posted = a_change(household, offers[0], 1, csrfmiddlewaretoken="x" * 64)
    assert phone.post(change_of(round), posted, headers=JSON).status_code == 403
    assert not Order.objects.exists()


def test_changes_are_posted(round: Round, phone: Client) -> None:
    for name in ("orders:change", "orders:save", "orders:confirmation"):
        assert phone.get(reverse(name, args=[round.pk])).status_code == 405
    assert phone.post(page_of(round)).status_code == 405


# The plain form


def test_the_plain_form_saves_every_change(
    round: Round, phone: Client, household: Household, offers: list[Offer]
) -> None:
    form = fields(household, {offers[0]: "2", offers[1]: "1,5", offers[2]: "0"}, then="sheet")
    response = phone.post(reverse("orders:save", args=[round.pk]), form)
    assert (response.status_code, response["Location"]) == (302, page_of(round))
    assert facts(held(household, offers[0])[0], held(household, offers[1])[0]) == (2, Decimal("1.5"))
    assert nothing_ordered(household)


def test_the_plain_forms_other_button_leads_to_the_recap(
    round: Round, phone: Client, household: Household, offers: list[Offer]
) -> None:
    response = phone.post(
        reverse("orders:save", args=[round.pk]), fields(household, {offers[0]: "2"}, then="recap"), follow=True
    )
    assert response.redirect_chain == [(reverse("orders:recap", args=[round.pk]), 302)]
    assert "17,00 €" in text_of(response)


def test_what_was_typed_is_kept_beside_its_sentence(
    round: Round, phone: Client, household: Household, offers: list[Offer]
) -> None:
    form = fields(household, {offers[0]: "2", offers[1]: "abc"}, then="recap")
    response = phone.post(reverse("orders:save", args=[round.pk]), form)
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="abc"' in page
    assert f'id="error-{offers[1].pk}"' in page
    assert held(household, offers[0])[0] == 2
    assert nothing_ordered(household)


def test_sending_the_form_twice_saves_once(
    round: Round, phone: Client, household: Household, offers: list[Offer]
) -> None:
    form = fields(household, {offers[0]: "2"})
    for _n in range(2):
        assert phone.post(reverse("orders:save", args=[round.pk]), form).status_code == 302
    assert OrderRequest.objects.count() == 1


def test_a_stale_form_shows_both_values(
    round: Round, phone: Client, user: User, household: Household, offers: list[Offer]
) -> None:
    form = fields(household, {offers[0]: "2"})
    save(user, round, household, offers[0], 5)
    response = phone.post(reverse("orders:save", args=[round.pk]), form)
    text = text_of(response)
    assert response.status_code == 409
    assert 'value="2"' in response.content.decode()
    assert re.search(r"\b5\b.*\b2\b", text)
    assert held(household, offers[0])[0] == 5


@pytest.mark.parametrize("shown", ["", "1", "1/2/3", "x/0/0/0/0/1", "1/0/0/0/0/NaN", "1/0/0/0/0/-1", "1/0/0/0/0/1/1"])
def test_a_form_that_is_not_ours_is_refused(
    shown: str, round: Round, phone: Client, household: Household, offers: list[Offer]
) -> None:
    form = fields(household, {offers[0]: "2"}) | {f"shown-{offers[0].pk}": shown}
    for name in ("orders:save", "orders:confirmation"):
        assert phone.post(reverse(name, args=[round.pk]), form).status_code == 422
    assert not Order.objects.exists()


def test_ten_thousand_fields_are_refused(round: Round, phone: Client, household: Household) -> None:
    form = {"key": str(uuid4()), "household": household.pk} | {f"quantity-{n}": 1 for n in range(10_000)}
    for name in ("orders:save", "orders:confirmation", "orders:change"):
        assert phone.post(reverse(name, args=[round.pk]), form).status_code == 400
    assert not Order.objects.exists()


def test_thousands_of_lines_are_refused(round: Round, phone: Client, household: Household, offers: list[Offer]) -> None:
    for lines in (3_100, 500):
        form: dict[str, Any] = {"key": str(uuid4()), "household": household.pk}
        for n in range(lines):
            form |= {f"quantity-{n + 1}": 1, f"shown-{n + 1}": f"{offers[0].stall_id}/0/0/0/0/1"}
        assert phone.post(reverse("orders:save", args=[round.pk]), form).status_code == 422
    assert not Order.objects.exists()
