"""What an open page asks now and then: what is left, cases, minimums, and who has closed meanwhile."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalogs.models import Supply
from orders.models import Household, Neighbourhood, Offer, Round, Stall
from tests import cast
from tests.orders.sheets import signed_in, statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def round() -> Round:
    catalog = cast.a_catalog()
    cast.a_product(catalog, "Tomme", "8.50", stock=Decimal(12))
    cast.a_product(catalog, "Jus", "3.20", case_size=Decimal(6), position=1)
    cast.a_product(catalog, "Farine", position=2)
    return cast.an_open_round(None, catalog)


@pytest.fixture
def household(round: Round) -> Household:
    return cast.the_household(cast.a_member(round.neighbourhood))


def asked(round: Round, client: Client | None = None, **query: str) -> Any:
    address = reverse("orders:freshness", args=[round.pk])
    return (client or Client()).get(address, {"language": "fr", **query})


def test_it_tells_only_of_what_can_change(round: Round, offers: list[Offer]) -> None:
    told = asked(round).json()
    assert told["offers"] == {
        str(offers[0].pk): {"left": "12", "little": ""},
        str(offers[1].pk): {"case": ["vient par colis de 6", ""]},
    }
    assert told["stalls"] == {str(offers[0].stall_id): {"open": True}}
    assert told["near"] == 0
    assert told["until"].startswith("encore 2 jours")


def test_it_follows_what_is_confirmed(round: Round, household: Household, offers: list[Offer]) -> None:
    cast.an_order(round, household, {offers[0]: 9, offers[1]: 8})
    told = asked(round).json()["offers"]
    assert told[str(offers[0].pk)] == {"left": "3", "little": "il n’en reste que 3"}
    assert told[str(offers[1].pk)] == {"case": ["il manque 4 pour compléter le colis de 6", "2"]}


def test_what_was_withdrawn_is_sold_out(round: Round, offers: list[Offer]) -> None:
    Offer.objects.filter(pk=offers[2].pk).update(withdrawn_at=timezone.now())
    assert asked(round).json()["offers"][str(offers[2].pk)] == {"left": "0", "little": ""}


def test_a_minimum_is_told_with_what_is_missing(round: Round, household: Household, offers: list[Offer]) -> None:
    Stall.objects.update(minimum_amount=Decimal(20), below_minimum="drop")
    cast.an_order(round, household, {offers[0]: 1})
    (words, confirmed) = asked(round).json()["stalls"][str(offers[0].stall_id)]["minimum"]
    assert ("11,50" in words, confirmed) == (True, "8.50")


def test_a_farm_that_closes_earlier_says_when(round: Round, offers: list[Offer]) -> None:
    Stall.objects.update(closes_at=timezone.now() + timedelta(minutes=90, seconds=30))
    told = asked(round).json()["stalls"][str(offers[0].stall_id)]
    assert (told["near"], told["until"].startswith("encore 1 heure")) == (2, True)


@pytest.mark.parametrize(("left", "near"), [(25, 0), (23, 1), (1.9, 2), (0.2, 3)])
def test_deadlines_are_near_at_their_thresholds(round: Round, left: float, near: int) -> None:
    Round.objects.update(closes_at=timezone.now() + timedelta(hours=left))
    assert asked(round).json()["near"] == near


@pytest.mark.parametrize("how", ["by the clock", "by hand", "cancelled"])
def test_what_has_closed_is_said_to_be(round: Round, how: str) -> None:
    if how == "by the clock":
        cast.let_the_deadline_pass(round)
    elif how == "by hand":
        Stall.objects.update(state="closed", closed_at=timezone.now())
    else:
        Round.objects.update(state="cancelled", cancelled_at=timezone.now())
    told = asked(round).json()
    assert [each["open"] for each in told["stalls"].values()] == [False]
    assert told["offers"] == {}


def test_professionals_have_their_own_share(round: Round, offers: list[Offer]) -> None:
    Supply.objects.filter(offers=offers[0].pk).update(professional_share=Decimal(4))
    families = asked(round).json()["offers"][str(offers[0].pk)]
    professionals = asked(round, kind="professional").json()["offers"][str(offers[0].pk)]
    assert (families["left"], professionals["left"]) == ("8", "4")


def test_it_speaks_the_pages_language(round: Round) -> None:
    assert asked(round, language="it").json()["until"] != asked(round).json()["until"]
    assert asked(round, language="xx").json()["until"] == asked(round).json()["until"]


# What it costs


def test_a_page_that_knows_it_already_gets_an_empty_answer(
    round: Round, household: Household, offers: list[Offer]
) -> None:
    first = asked(round)
    address = reverse("orders:freshness", args=[round.pk]) + "?language=fr"
    again = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    cast.an_order(round, household, {offers[0]: 1})
    assert Client().get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_of_a_listed_round_everybody_gets_the_same_which_proxies_may_keep(
    round: Round, household: Household, offers: list[Offer]
) -> None:
    cast.an_order(round, household, {offers[0]: 1})
    mine, anybodys = asked(round, signed_in(household.memberships.get().user)), asked(round)
    assert (mine.content, mine["Cache-Control"]) == (anybodys.content, "public, max-age=0, s-maxage=10")
    assert "Cookie" not in mine.get("Vary", "")
    assert not mine.cookies


def test_of_an_unlisted_round_only_who_may_look_gets_it(round: Round, household: Household) -> None:
    Neighbourhood.objects.update(listed=False)
    member = signed_in(household.memberships.get().user)
    assert asked(round).status_code == 404
    assert asked(round, member)["Cache-Control"] == "private, max-age=0"


@pytest.mark.parametrize(("stalls", "products"), [(1, 1), (3, 3)])
def test_as_many_queries_for_one_product_as_for_nine(stalls: int, products: int) -> None:
    catalogs = [cast.a_catalog() for _n in range(stalls)]
    for catalog in catalogs:
        for position in range(products):
            cast.a_product(catalog, f"Tomme {position}", stock=5, case_size=6, position=position)
    round = cast.an_open_round(None, *catalogs)
    Supply.objects.update(professional_share=Decimal(1))
    Stall.objects.update(minimum_amount=Decimal(20))
    client = signed_in(cast.a_member(round.neighbourhood))
    with statements(at_most=5) as queries:
        assert asked(round, client).status_code == 200
    assert len(queries) == 5
