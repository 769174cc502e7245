"""A round up to its close: each transition through its one door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone, translation

from cagette.errors import WrongState
from cagette.models import OutgoingMail, User
from cagette.money import Money
from catalogs.models import Product, Supply
from orders import rounds
from orders.models import Offer, Round, RoundCoordinator, Stall
from orders.rounds import RoundRefused
from tests import cast

pytestmark = pytest.mark.django_db

PAGE, PHONE, LINK = Stall.Channel.PAGE, Stall.Channel.PHONE, Stall.Channel.LINK


@pytest.fixture(autouse=True)
def _read_in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def test_whoever_proposes_coordinates_and_the_farms_are_asked_by_mail() -> None:
    member = cast.a_member(cast.a_neighbourhood(), "Ferrand")
    neighbourhood = cast.the_household(member).neighbourhood
    catalog = cast.a_catalog(products=1)
    round = cast.a_proposed_round(neighbourhood, catalog, by=member)
    assert round.state == Round.State.PROPOSED
    assert list(RoundCoordinator.objects.values_list("round", "user")) == [(round.pk, member.pk)]
    mail = OutgoingMail.objects.get(template="orders/mail/invitation")
    assert mail.recipient == catalog.producer.pick_list_recipients.get().email
    assert mail.about == f"round:{round.pk}"
    stall = round.stalls.get()
    assert mail.data["link"].endswith(f"/invitations/{rounds.invitation_token(stall)}/")
    assert stall.closes_at == round.closes_at


@pytest.mark.parametrize(
    "wrong",
    [
        {"closes_at": timedelta(hours=12)},  # before it opens
        {"closes_at": timedelta(days=5)},  # after the pick-up begins
        {"delivery_ends_at": timedelta(days=4)},  # ends as it begins
        {
            "opens_at": -timedelta(days=3),
            "closes_at": -timedelta(days=2),
            "delivery_starts_at": -timedelta(days=1),
            "delivery_ends_at": timedelta(hours=1),
        },
    ],
)
def test_times_out_of_order_are_refused(wrong: dict[str, timedelta]) -> None:
    now = timezone.now()
    times: dict[str, Any] = {name: now + offset for name, offset in wrong.items()}
    with pytest.raises(RoundRefused):
        cast.a_proposed_round(**times)
    assert not Round.objects.exists()


def test_a_place_of_another_neighbourhood_is_refused() -> None:
    with pytest.raises(RoundRefused):
        cast.a_proposed_round(place=cast.a_place(cast.a_neighbourhood("Ailleurs")))


def test_a_farm_is_invited_once_and_only_with_a_published_catalog() -> None:
    catalog = cast.a_catalog(products=1)
    round = cast.a_proposed_round(None, catalog)
    by = cast.the_coordinator(round)
    with pytest.raises(RoundRefused, match="already"):
        rounds.invite(round, cast.a_catalog(catalog.producer, "Autre"), by=by)
    with pytest.raises(RoundRefused, match="published"):
        rounds.invite(round, cast.a_catalog(published_at=None), by=by)
    assert round.stalls.count() == 1


def test_a_farm_answers_with_its_terms_and_may_change_them_until_the_publishing() -> None:
    round = cast.a_proposed_round()
    stall = round.stalls.get()
    early = round.closes_at - timedelta(days=1)
    rounds.accept(
        stall, by=None, how=LINK, closes_at=early, minimum_amount=Decimal(50), below_minimum="drop", word="Oui"
    )
    stall.refresh_from_db()
    assert (stall.answer, stall.answered_how, stall.answered_by, stall.state) == ("accepted", "link", None, "pending")
    assert (stall.closes_at, stall.minimum_amount, stall.below_minimum, stall.word) == (
        early,
        Money(50, "EUR"),
        "drop",
        "Oui",
    )
    rounds.accept(stall, by=None, how=LINK)
    stall.refresh_from_db()
    assert (stall.closes_at, stall.minimum_amount) == (round.closes_at, None)


@pytest.mark.parametrize("offset", [-timedelta(days=10), timedelta(days=10)])
def test_a_farms_close_lies_inside_the_window(offset: timedelta) -> None:
    stall = cast.a_proposed_round().stalls.get()
    with pytest.raises(RoundRefused):
        rounds.accept(stall, by=None, how=LINK, closes_at=stall.closes_at + offset)


def test_a_farms_close_that_has_passed_is_refused() -> None:
    round = cast.an_open_round()
    Round.objects.filter(pk=round.pk).update(opens_at=timezone.now() - timedelta(days=2))
    late = rounds.invite(round, cast.a_catalog(products=1), by=cast.the_coordinator(round))
    with pytest.raises(RoundRefused, match="passed"):
        rounds.accept(late, by=None, how=LINK, closes_at=timezone.now() - timedelta(hours=1))


def test_a_farm_may_decline_and_change_its_mind() -> None:
    stall = cast.a_proposed_round().stalls.get()
    rounds.decline(stall, by=None, how=LINK)
    stall.refresh_from_db()
    assert (stall.state, stall.answer) == (Stall.State.DECLINED, Stall.Answer.DECLINED)
    rounds.accept(stall, by=None, how=LINK)
    stall.refresh_from_db()
    assert (stall.state, stall.answer) == (Stall.State.PENDING, Stall.Answer.ACCEPTED)


def test_publishing_keeps_what_the_products_were() -> None:
    catalog = cast.a_catalog()
    tomme = cast.a_product(catalog, "Tomme", "8.50", stock=Decimal(20))
    cast.a_product(catalog, "Vendue ailleurs", available=False)
    round = cast.a_proposed_round(None, catalog)
    stall = round.stalls.get()
    rounds.accept(stall, by=None, how=LINK)
    rounds.publish(round, by=cast.the_coordinator(round))
    Product.objects.filter(pk=tomme.pk).update(price=Decimal("9.90"), name="Autre")
    offer = Offer.objects.get(stall=stall)
    assert (offer.name, offer.price, offer.supply.quantity) == ("Tomme", Decimal("8.50"), Decimal(20))
    stall.refresh_from_db()
    assert stall.state == Stall.State.OPEN


def test_a_shared_supply_serves_every_round() -> None:
    catalog = cast.a_catalog()
    product = cast.a_product(catalog)
    shared = Supply.objects.create(product=product, quantity=20, shared=True)
    first, second = cast.an_open_round(None, catalog), cast.an_open_round(None, catalog)
    assert {offer.supply_id for round in (first, second) for offer in cast.offers_of(round)} == {shared.pk}


def test_nothing_is_published_twice_nor_without_a_farm() -> None:
    round = cast.a_proposed_round()
    by = cast.the_coordinator(round)
    with pytest.raises(RoundRefused, match="No farm"):
        rounds.publish(round, by=by)
    rounds.accept(round.stalls.get(), by=None, how=LINK)
    rounds.publish(round, by=by)
    with pytest.raises(WrongState):
        rounds.publish(round, by=by)
    assert Offer.objects.count() == 2


def test_a_farm_that_accepts_after_the_publishing_opens_at_once() -> None:
    round = cast.an_open_round()
    stall = rounds.invite(round, cast.a_catalog(products=1), by=cast.the_coordinator(round))
    rounds.accept(stall, by=None, how=PAGE)
    stall.refresh_from_db()
    assert stall.state == Stall.State.OPEN
    assert stall.offers.count() == 1
    with pytest.raises(WrongState):
        rounds.decline(stall, by=None, how=PAGE)


def test_opening_now_is_for_published_rounds_that_are_not_open() -> None:
    round = cast.a_proposed_round()
    by = cast.the_coordinator(round)
    with pytest.raises(WrongState):
        rounds.open_now(round, by=by)
    upcoming = cast.an_upcoming_round()
    rounds.open_now(upcoming, by=by)
    upcoming.refresh_from_db()
    assert upcoming.is_open()
    with pytest.raises(WrongState):
        rounds.open_now(upcoming, by=by)


def test_extending_takes_along_the_farms_that_close_with_the_round() -> None:
    first, second = cast.a_catalog(products=1), cast.a_catalog(products=1)
    round = cast.an_open_round(None, first, second)
    early = round.closes_at - timedelta(days=1)
    Stall.objects.filter(catalog=second).update(closes_at=early)
    later = round.closes_at + timedelta(hours=6)
    rounds.extend(round, later, by=cast.the_coordinator(round))
    round.refresh_from_db()
    assert round.closes_at == later
    assert dict(round.stalls.values_list("catalog", "closes_at")) == {first.pk: later, second.pk: early}


@pytest.mark.parametrize("offset", [-timedelta(hours=1), timedelta(0), timedelta(days=2)])
def test_a_close_is_only_moved_later_and_before_the_pick_up(offset: timedelta) -> None:
    round = cast.an_open_round()
    with pytest.raises(RoundRefused):
        rounds.extend(round, round.closes_at + offset, by=cast.the_coordinator(round))


def test_a_deadline_that_has_passed_is_never_extended() -> None:
    round = cast.an_overdue_round()
    with pytest.raises(WrongState):
        rounds.extend(round, timezone.now() + timedelta(hours=1), by=cast.the_coordinator(round))


def test_a_token_answers_for_one_stall_and_none_that_was_not_made_here() -> None:
    stall = cast.a_proposed_round().stalls.get()
    token = rounds.invitation_token(stall)
    assert rounds.stall_from_token(token) == stall
    assert rounds.stall_from_token(token[:-1] + ("a" if token[-1] != "a" else "b")) is None
    assert rounds.stall_from_token("") is None


def test_mails_to_a_farm_go_to_its_list_else_to_its_people_else_nowhere() -> None:
    stall = cast.a_proposed_round().stalls.get()
    farmer = cast.a_farmer(stall.producer)
    assert len(rounds.producer_addresses(stall)) == 1
    stall.producer.pick_list_recipients.all().delete()
    assert rounds.producer_addresses(stall) == [(farmer.email, "fr")]
    User.objects.filter(pk=farmer.pk).update(is_active=False)
    assert rounds.producer_addresses(stall) == []
    stall.producer.members.all().delete()
    assert rounds.producer_addresses(stall) == []
