"""Saving one change of a sheet: what is kept, what is refused, and that nothing happens twice."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from cagette.models import User
from catalogs.models import Supply
from orders.models import Household, Offer, Order, OrderChange, OrderRequest, Round, Stall
from orders.requests import NoSuchOrder
from tests import cast
from tests.orders.sheets import facts, held, line_of, save, statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def round() -> Round:
    neighbourhood = cast.a_neighbourhood()
    catalog = cast.a_catalog()
    cast.a_product(catalog, "Tomme", "8.50", stock=Decimal(10))
    cast.a_product(catalog, "Farine", "2.10", unit="kg", step=Decimal("0.5"), minimum=Decimal(1), position=1)
    cast.a_product(catalog, "Jus", "3.20", case_size=Decimal(6), position=2)
    return cast.an_open_round(neighbourhood, catalog)


def test_a_change_is_kept_and_reserves_nothing(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    answer = save(user, round, household, offers[0], 2)
    assert facts(answer.status, answer.data["wanted"], answer.data["quantity"]) == (200, "2", "0")
    assert held(household, offers[0]) == (2, 0, 0, 0)
    assert Supply.objects.get(pk=offers[0].supply_id).ordered == 0
    assert not OrderChange.objects.exists()


def test_three_statements_whether_new_or_known(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    with statements(at_most=3):
        save(user, round, household, offers[0], 2)
    with statements(at_most=3):
        save(user, round, household, offers[0], 3, seen=2)


def test_the_same_key_gets_the_same_answer_and_changes_nothing(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    key = str(uuid4())
    first = save(user, round, household, offers[0], 2, key=key)
    save(user, round, household, offers[0], 5, seen=2)
    again = save(user, round, household, offers[0], 2, key=key)
    assert again.replayed
    assert facts(again.status, again.data) == (first.status, first.data)
    assert held(household, offers[0])[0] == 5


def test_the_same_key_with_something_else_is_told_so(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    key = str(uuid4())
    save(user, round, household, offers[0], 2, key=key)
    answer = save(user, round, household, offers[0], 3, seen=2, key=key)
    assert facts(answer.status, answer.data) == (422, {"code": "key_reused"})
    assert held(household, offers[0])[0] == 2


def test_a_refusal_is_remembered_too(round: Round, user: User, household: Household, offers: list[Offer]) -> None:
    key = str(uuid4())
    refused = save(user, round, household, offers[1], "0.5", key=key)
    Offer.objects.filter(pk=offers[1].pk).update(minimum=0)
    assert save(user, round, household, offers[1], "0.5", key=key).data == refused.data


def test_a_stale_change_is_answered_with_both_values(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    save(user, round, household, offers[0], 3)
    answer = save(user, round, household, offers[0], 2, seen=1)
    refusal = answer.refused[offers[0].pk]
    assert facts(answer.status, refusal.code) == (409, "stale")
    assert facts(Decimal(refusal.figures["theirs"]), Decimal(refusal.figures["yours"])) == (3, 2)
    assert held(household, offers[0])[0] == 3


def test_two_devices_that_agree_are_no_conflict(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    save(user, round, household, offers[0], 3)
    assert save(user, round, household, offers[0], 3, seen=1).accepted


@pytest.mark.parametrize(
    ("position", "wanted", "tolerance", "code"),
    [
        (1, "1.333", 0, "step"),
        (1, "0.5", 0, "minimum"),
        (0, 10_000, 0, "too_much"),
        (0, 999_999_999, 0, "too_much"),
        (2, 1, "0.5", "step"),
        (2, 1, 999_999_999, "too_much"),
    ],
)
def test_what_is_off_is_refused_and_nothing_is_kept(
    round: Round,
    user: User,
    household: Household,
    offers: list[Offer],
    position: int,
    wanted: int | str,
    tolerance: int | str,
    code: str,
) -> None:
    answer = save(user, round, household, offers[position], wanted, tolerance=tolerance)
    assert answer.status == 409
    assert answer.refused[offers[position].pk].code == code
    assert str(answer.refused[offers[position].pk])
    assert not Order.objects.get(household=household).lines.exists()


def test_none_needs_no_minimum_and_leaves_no_tolerance(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    save(user, round, household, offers[2], 2, tolerance=4)
    assert held(household, offers[2]) == (2, 4, 0, 0)
    save(user, round, household, offers[2], 0, seen=2, tolerance=4)
    assert held(household, offers[2]) == (0, 0, 0, 0)
    assert not Order.objects.unconfirmed().exists()


def test_a_decrease_applies_at_once_frees_the_supply_and_is_written_down(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    cast.an_order(round, household, {offers[0]: 5})
    answer = save(user, round, household, offers[0], 2, seen=5)
    assert facts(answer.data["wanted"], Decimal(answer.data["quantity"])) == ("2", 2)
    assert held(household, offers[0]) == (2, 0, 2, 0)
    assert Supply.objects.get(pk=offers[0].supply_id).ordered == 2
    change = OrderChange.objects.order_by("pk").last()
    assert change is not None
    assert facts(change.quantity_before, change.quantity_after, change.by, change.on_behalf) == (5, 2, user, False)
    assert change.request == OrderRequest.objects.order_by("pk").last()


def test_an_increase_of_what_is_ordered_waits_for_the_button(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    cast.an_order(round, household, {offers[0]: 2})
    save(user, round, household, offers[0], 4, seen=2)
    assert held(household, offers[0]) == (4, 0, 2, 0)
    assert Supply.objects.get(pk=offers[0].supply_id).ordered == 2
    assert Order.objects.unconfirmed().count() == 1


def test_a_decrease_keeps_the_price_agreed_on(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    cast.an_order(round, household, {offers[0]: 5})
    Offer.objects.filter(pk=offers[0].pk).update(price=Decimal("9.90"))
    save(user, round, household, offers[0], 3, seen=5)
    assert line_of(household, offers[0]).unit_price == Decimal("8.50")


def test_a_replayed_decrease_frees_the_supply_once(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    cast.an_order(round, household, {offers[0]: 5})
    key = str(uuid4())
    for _n in range(3):
        save(user, round, household, offers[0], 1, seen=5, key=key)
    assert Supply.objects.get(pk=offers[0].supply_id).ordered == 1
    assert OrderChange.objects.count() == 2


def test_after_the_deadline_nothing_changes_though_no_worker_has_come(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    cast.an_order(round, household, {offers[0]: 2})
    cast.let_the_deadline_pass(round)
    for wanted in (0, 1, 3):
        answer = save(user, round, household, offers[0], wanted, seen=2)
        assert facts(answer.status, answer.refused[offers[0].pk].code) == (409, "closed")
    assert held(household, offers[0]) == (2, 0, 2, 0)


def test_one_stall_closed_and_the_other_open(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    other = cast.a_catalog(cast.a_producer("Rucher de Cervières"), products=1)
    two = cast.an_open_round(round.neighbourhood, offers[0].stall.catalog, other)
    mine, theirs = cast.offers_of(two)[0], cast.offers_of(two)[-1]
    Stall.objects.filter(pk=mine.stall_id).update(state="closed", closed_at=timezone.now())
    assert save(user, two, household, mine, 1).refused[mine.pk].code == "closed"
    assert save(user, two, household, theirs, 1).accepted


def test_before_the_opening_it_says_so(user: User, household: Household, round: Round) -> None:
    upcoming = cast.an_upcoming_round(round.neighbourhood)
    offer = cast.offers_of(upcoming)[0]
    assert save(user, upcoming, household, offer, 1).refused[offer.pk].code == "not_open_yet"


def test_a_withdrawn_product_can_only_become_less(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    cast.an_order(round, household, {offers[0]: 3})
    Offer.objects.filter(pk=offers[0].pk).update(withdrawn_at=timezone.now())
    more = save(user, round, household, offers[0], 4, seen=3)
    assert facts(more.refused[offers[0].pk].code, more.refused[offers[0].pk].possible) == ("withdrawn", 3)
    assert save(user, round, household, offers[0], 2, seen=3).accepted
    assert held(household, offers[0]) == (2, 0, 2, 0)


def test_an_offer_of_another_round_is_unknown(round: Round, user: User, household: Household) -> None:
    elsewhere = cast.offers_of(cast.an_open_round())[0]
    assert save(user, round, household, elsewhere, 1).refused[elsewhere.pk].code == "unknown"
    assert not elsewhere.lines.exists()


def test_an_offer_of_another_stall_is_unknown(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    """The stall named is the one that is locked: an offer can't be changed under another one's lock."""
    two = cast.an_open_round(round.neighbourhood, cast.a_catalog(products=1), cast.a_catalog(products=1))
    one, other = cast.offers_of(two)
    other.stall_id = one.stall_id
    assert save(user, two, household, other, 1).refused[other.pk].code == "unknown"


def test_nobody_fills_for_others(round: Round, household: Household, offers: list[Offer]) -> None:
    for stranger in (cast.a_user("Stranger"), cast.a_member(round.neighbourhood, "Neighbour"), cast.a_staff_user()):
        with pytest.raises(NoSuchOrder):
            save(stranger, round, household, offers[0], 1)
    assert not Order.objects.exists()


def test_who_has_left_the_household_fills_no_more(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    user.memberships.update(state="left")
    with pytest.raises(NoSuchOrder):
        save(user, round, household, offers[0], 1)


@pytest.mark.parametrize("of_all_rounds", [True, False])
def test_a_coordinator_fills_on_behalf_and_it_is_marked(
    round: Round, offers: list[Offer], *, of_all_rounds: bool
) -> None:
    nobody = cast.a_household(round.neighbourhood, "Sans téléphone")
    coordinator = cast.a_coordinator(round.neighbourhood) if of_all_rounds else cast.the_coordinator(round)
    cast.an_order(round, nobody, {offers[0]: 3}, by=coordinator)
    save(coordinator, round, nobody, offers[0], 1, seen=3)
    assert set(OrderChange.objects.values_list("by", "on_behalf")) == {(coordinator.pk, True)}


def test_a_coordinator_elsewhere_fills_nothing_here(round: Round, household: Household, offers: list[Offer]) -> None:
    with pytest.raises(NoSuchOrder):
        save(cast.a_coordinator(), round, household, offers[0], 1)


def test_a_household_of_another_neighbourhood_has_no_order_here(round: Round, offers: list[Offer]) -> None:
    stranger = cast.a_member()
    with pytest.raises(NoSuchOrder):
        save(stranger, round, cast.the_household(stranger), offers[0], 1)


def test_a_proposed_round_takes_nothing(user: User, household: Household, round: Round) -> None:
    proposed = cast.a_proposed_round(round.neighbourhood)
    offer = Offer(pk=1, stall_id=1)
    with pytest.raises(NoSuchOrder):
        save(user, proposed, household, offer, 1)
