"""The button: all lines together or none, at the prices shown."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from cagette.keys import body_hash
from cagette.models import User
from catalogs.models import Supply
from orders import confirming
from orders.models import Household, Offer, Order, OrderChange, OrderLine, OrderRequest, Round, Stall
from orders.requests import Answer, NoSuchOrder
from tests import cast
from tests.orders.sheets import facts, held, line_of, nothing_ordered, save, statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def round() -> Round:
    neighbourhood = cast.a_neighbourhood()
    catalog = cast.a_catalog()
    cast.a_product(catalog, "Tomme", "8.50", stock=Decimal(10), deposit=Decimal("0.30"))
    cast.a_product(catalog, "Farine", "2.10", unit="kg", step=Decimal("0.5"), minimum=Decimal(1), position=1)
    cast.a_product(catalog, "Jus", "3.20", case_size=Decimal(6), position=2)
    cast.a_weighed_product(catalog, "Truite", position=3)
    return cast.an_open_round(neighbourhood, catalog)


def confirm(
    user: Any, round: Round, household: Any, quantities: Mapping[Offer, Any], *, key: str = "", **seen: Any
) -> Answer:
    """Press the button of a page made just now; `seen` changes what all of its lines say."""
    lines = []
    for offer, quantity in quantities.items():
        line = offer.lines.filter(order__household=household).first()
        shown: dict[str, Any] = vars(
            confirming.Shown.of(offer, Decimal(quantity), professional=household.professional)
        ) | {
            "seen_wanted": line.wanted if line else Decimal(0),
            "seen_quantity": line.quantity if line else Decimal(0),
        }
        lines.append(confirming.Shown(**(shown | seen)))
    return confirming.confirm(
        user_id=user.pk, round_id=round.pk, household_id=household.pk, key=key or str(uuid4()), lines=lines
    )


def code_of(answer: Answer, offer: Offer) -> str:
    assert answer.status == 409
    return answer.refused[offer.pk].code


def test_what_is_confirmed_is_kept_with_its_terms(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    tomme, farine, _jus, truite = offers
    answer = confirm(user, round, household, {tomme: 2, farine: "1.5", truite: 1})
    assert answer.accepted
    line = line_of(household, tomme)
    assert facts(line.wanted, line.quantity, line.unit_price, line.vat_rate, line.deposit) == (
        2, 2, Decimal("8.50"), Decimal("5.50"), Decimal("0.30"),
    )  # fmt: skip
    weighed = line_of(household, truite)
    assert facts(weighed.unit_price, weighed.price_per_kg, weighed.typical_weight_g, weighed.greatest_weight_g) == (
        Decimal("5.40"), Decimal("18.00"), 300, 400,
    )  # fmt: skip
    assert Supply.objects.get(pk=tomme.supply_id).ordered == 2
    assert Order.objects.get(household=household).confirmed_at is not None
    assert OrderChange.objects.filter(by=user, on_behalf=False, line__order__household=household).count() == 3


@pytest.mark.parametrize("lines", [1, 40])
def test_as_many_statements_for_one_line_as_for_forty(lines: int) -> None:
    neighbourhood = cast.a_neighbourhood()
    catalog = cast.a_catalog()
    for position in range(lines):
        cast.a_product(catalog, f"P{position}", stock=Decimal(5), position=position)
    round = cast.an_open_round(neighbourhood, catalog)
    user = cast.a_member(neighbourhood)
    household = cast.the_household(user)
    nothing = (Decimal(1), Decimal(0), Decimal("4.50"), Decimal(0), Decimal(0))
    shown = [confirming.Shown(offer.pk, *nothing) for offer in cast.offers_of(round)]
    with statements(at_most=10):
        answer = confirming.confirm(
            user_id=user.pk, round_id=round.pk, household_id=household.pk, key=str(uuid4()), lines=shown
        )
    assert answer.accepted


def test_the_same_key_gets_the_same_answer_and_orders_once(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    key = str(uuid4())
    quantities = {offers[0]: 2}
    first = confirm(user, round, household, quantities, key=key)
    again = confirm(user, round, household, quantities, key=key, seen_wanted=Decimal(0), seen_quantity=Decimal(0))
    assert again.replayed
    assert again.data == first.data
    assert Supply.objects.get(pk=offers[0].supply_id).ordered == 2
    assert OrderChange.objects.count() == 1


def test_the_same_key_answers_the_same_after_the_close(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    key = str(uuid4())
    confirm(user, round, household, {offers[0]: 2}, key=key)
    cast.let_the_deadline_pass(round)
    again = confirm(user, round, household, {offers[0]: 2}, key=key, seen_wanted=Decimal(0), seen_quantity=Decimal(0))
    assert facts(again.status, again.replayed) == (200, True)


def test_the_same_key_with_something_else_is_told_so(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    key = str(uuid4())
    confirm(user, round, household, {offers[0]: 2}, key=key)
    assert confirm(user, round, household, {offers[0]: 3}, key=key).data == {"code": "key_reused"}
    assert held(household, offers[0])[2] == 2


def test_a_refusal_is_remembered_and_changes_nothing(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    key = str(uuid4())
    save(user, round, household, offers[0], 11)
    seen: dict[str, Any] = {"seen_wanted": Decimal(11), "seen_quantity": Decimal(0)}
    refused = confirm(user, round, household, {offers[0]: 11, offers[1]: 1}, key=key, **seen)
    Supply.objects.filter(pk=offers[0].supply_id).update(quantity=20)
    again = confirm(user, round, household, {offers[0]: 11, offers[1]: 1}, key=key, **seen)
    assert facts(again.data, again.replayed) == (refused.data, True)
    assert nothing_ordered(household)
    assert held(household, offers[0]) == (11, 0, 0, 0)


def test_all_or_nothing_and_what_is_left_is_said(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    cast.an_order(round, cast.the_household(cast.a_member(round.neighbourhood, "Rey")), {offers[0]: 7})
    answer = confirm(user, round, household, {offers[0]: 5, offers[1]: 2})
    refusal = answer.refused[offers[0].pk]
    assert facts(refusal.code, refusal.possible) == ("short", 3)
    assert set(answer.refused) == {offers[0].pk}
    assert nothing_ordered(household)
    assert Supply.objects.get(pk=offers[0].supply_id).ordered == 7
    assert confirm(user, round, household, {offers[0]: 3, offers[1]: 2}).accepted


def test_ones_own_part_of_the_supply_counts_as_left(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    cast.an_order(round, household, {offers[0]: 4})
    cast.an_order(round, cast.the_household(cast.a_member(round.neighbourhood, "Rey")), {offers[0]: 5})
    refusal = confirm(user, round, household, {offers[0]: 6}).refused[offers[0].pk]
    assert facts(refusal.code, refusal.possible) == ("short", 5)
    assert confirm(user, round, household, {offers[0]: 5}).accepted


def test_sold_out(round: Round, user: User, household: Household, offers: list[Offer]) -> None:
    cast.an_order(round, cast.the_household(cast.a_member(round.neighbourhood, "Rey")), {offers[0]: 10})
    refusal = confirm(user, round, household, {offers[0]: 1}).refused[offers[0].pk]
    assert facts(refusal.code, refusal.possible) == ("sold_out", 0)


def test_a_supply_shared_by_two_rounds_is_never_oversold(offers: list[Offer]) -> None:
    catalog = cast.a_catalog()
    product = cast.a_product(catalog, "Reblochon")
    supply = Supply.objects.create(product=product, quantity=5, shared=True)
    first, second = cast.an_open_round(None, catalog), cast.an_open_round(None, catalog)
    one, two = cast.a_member(first.neighbourhood), cast.a_member(second.neighbourhood)
    assert confirm(one, first, cast.the_household(one), {cast.offers_of(first)[0]: 3}).accepted
    offer = cast.offers_of(second)[0]
    assert confirm(two, second, cast.the_household(two), {offer: 3}).refused[offer.pk].possible == 2
    assert confirm(two, second, cast.the_household(two), {offer: 2}).accepted
    assert Supply.objects.get(pk=supply.pk).ordered == 5


def test_no_one_pays_a_price_not_seen(round: Round, user: User, household: Household, offers: list[Offer]) -> None:
    save(user, round, household, offers[0], 2)
    Offer.objects.filter(pk=offers[0].pk).update(price=Decimal("9.00"))
    refusal = confirm(user, round, household, {offers[0]: 2}).refused[offers[0].pk]
    assert facts(refusal.code, refusal.figures["price"]) == ("price", "9.00")
    assert "9" in str(refusal)
    assert nothing_ordered(household)


def test_a_lower_price_not_seen_is_told_too(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    answer = confirm(user, round, household, {offers[0]: 1}, price=Decimal("9.99"))
    assert code_of(answer, offers[0]) == "price"


def test_what_stays_as_confirmed_keeps_its_price_and_what_grows_takes_todays(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    confirm(user, round, household, {offers[0]: 2, offers[1]: 1})
    Offer.objects.filter(pk__in=[offer.pk for offer in offers[:2]]).update(price=Decimal("9.00"))
    tomme, farine = cast.offers_of(round)[:2]
    assert confirm(user, round, household, {tomme: 3, farine: 1}).accepted
    assert facts(line_of(household, tomme).unit_price, line_of(household, farine).unit_price) == (
        Decimal("9.00"), Decimal("2.10"),
    )  # fmt: skip


def test_what_shrinks_keeps_the_price_agreed_on(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    confirm(user, round, household, {offers[0]: 3})
    Offer.objects.filter(pk=offers[0].pk).update(price=Decimal("9.00"))
    assert confirm(user, round, household, {offers[0]: 2}, price=Decimal("8.50")).accepted
    assert line_of(household, offers[0]).unit_price == Decimal("8.50")
    assert Supply.objects.get(pk=offers[0].supply_id).ordered == 2


def test_one_can_empty_ones_order_until_the_close(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    confirm(user, round, household, {offers[0]: 3})
    assert confirm(user, round, household, {offers[0]: 0}).accepted
    assert held(household, offers[0]) == (0, 0, 0, 0)
    assert Supply.objects.get(pk=offers[0].supply_id).ordered == 0


def test_an_empty_sheet_has_nothing_to_order(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    assert confirm(user, round, household, {}).data == {"code": "nothing"}
    assert confirm(user, round, household, {offers[0]: 0}).data == {"code": "nothing"}


@pytest.mark.parametrize(
    ("position", "quantity", "code"), [(1, "1.333", "step"), (1, "0.5", "minimum"), (1, 10_000, "too_much")]
)
def test_what_is_off_is_refused(
    round: Round, user: User, household: Household, offers: list[Offer], position: int, quantity: object, code: str
) -> None:
    assert code_of(confirm(user, round, household, {offers[position]: quantity}), offers[position]) == code


def test_weighed_goods_come_in_whole_pieces(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    assert code_of(confirm(user, round, household, {offers[3]: "0.5"}), offers[3]) == "step"


def test_an_offer_of_another_round_is_unknown(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    elsewhere = cast.offers_of(cast.an_open_round())[0]
    assert code_of(confirm(user, round, household, {offers[0]: 1, elsewhere: 1}), elsewhere) == "unknown"
    assert nothing_ordered(household)


def test_after_the_deadline_nothing_is_ordered_though_no_worker_has_come(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    save(user, round, household, offers[0], 2)
    cast.let_the_deadline_pass(round)
    refusal = confirm(user, round, household, {offers[0]: 2}).refused[offers[0].pk]
    assert facts(refusal.code, refusal.possible) == ("closed", 0)
    assert nothing_ordered(household)


def test_before_the_opening_nothing_is_ordered(round: Round, user: User, household: Household) -> None:
    upcoming = cast.an_upcoming_round(round.neighbourhood)
    offer = cast.offers_of(upcoming)[0]
    assert code_of(confirm(user, upcoming, household, {offer: 1}), offer) == "not_open_yet"


def test_a_closed_stall_keeps_what_it_has_and_the_others_go_on(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    two = cast.an_open_round(round.neighbourhood, cast.a_catalog(products=1), cast.a_catalog(products=1))
    closed, still_open = cast.offers_of(two)
    cast.an_order(two, household, {closed: 2})
    Stall.objects.filter(pk=closed.stall_id).update(state="closed", closed_at=timezone.now())
    assert confirm(user, two, household, {closed: 2, still_open: 1}).accepted
    assert code_of(confirm(user, two, household, {closed: 3, still_open: 1}), closed) == "closed"
    assert confirm(user, two, household, {still_open: 2}).accepted
    assert facts(held(household, closed)[2], held(household, still_open)[2]) == (2, 2)


def test_another_device_has_changed_the_sheet(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    save(user, round, household, offers[0], 4)
    answer = confirm(user, round, household, {offers[0]: 2}, seen_wanted=Decimal(2))
    assert code_of(answer, offers[0]) == "stale"
    assert Decimal(answer.refused[offers[0].pk].figures["theirs"]) == 4


def test_another_device_has_added_a_line(round: Round, user: User, household: Household, offers: list[Offer]) -> None:
    save(user, round, household, offers[1], 2)
    answer = confirm(user, round, household, {offers[0]: 1})
    assert code_of(answer, offers[1]) == "stale"
    assert nothing_ordered(household)


def test_another_device_has_confirmed_meanwhile(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    confirm(user, round, household, {offers[0]: 4})
    old: dict[str, Any] = {"seen_wanted": Decimal(0), "seen_quantity": Decimal(0)}
    assert code_of(confirm(user, round, household, {offers[0]: 2}, **old), offers[0]) == "stale"
    assert confirm(user, round, household, {offers[0]: 4}, **old).accepted
    assert Supply.objects.get(pk=offers[0].supply_id).ordered == 4


def test_the_tolerance_is_confirmed_with_the_rest(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    assert confirm(user, round, household, {offers[2]: 2}, tolerance=Decimal(3)).accepted
    assert held(household, offers[2]) == (2, 3, 2, 3)
    assert confirm(user, round, household, {offers[2]: 2}, tolerance=Decimal(1)).accepted
    change = OrderChange.objects.order_by("pk").last()
    assert change is not None
    assert facts(change.quantity_before, change.quantity_after) == (2, 2)
    assert facts(change.tolerance_before, change.tolerance_after) == (3, 1)


def test_a_tolerance_saved_and_not_confirmed_is_settled_by_the_button(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    confirm(user, round, household, {offers[2]: 2})
    save(user, round, household, offers[2], 2, seen=2, tolerance=4)
    assert Order.objects.unconfirmed().count() == 1
    assert confirm(user, round, household, {offers[2]: 2}, tolerance=Decimal(0)).accepted
    assert Order.objects.unconfirmed().count() == 0


def test_a_professional_confirms_the_price_without_vat_and_its_line_keeps_it(offers: list[Offer]) -> None:
    catalog = cast.a_catalog()
    cast.a_product(catalog, "Tomme", "8.50", professional_price=Decimal("7.00"))
    cast.a_weighed_product(catalog, "Truite", professional_price=Decimal("15.00"))
    round = cast.an_open_round(None, catalog)
    restaurant = cast.a_household(round.neighbourhood, "La Table", kind="professional")
    cook = cast.a_membership(restaurant).user
    tomme, truite = cast.offers_of(round)
    for seen in ({"price": Decimal("8.50")}, {"vat_rate": Decimal(20)}, {"basis": "gross"}):
        assert code_of(confirm(cook, round, restaurant, {tomme: 1}, **seen), tomme) == "price"
    assert confirm(cook, round, restaurant, {tomme: 1, truite: 1}).accepted
    line, weighed = line_of(restaurant, tomme), line_of(restaurant, truite)
    assert facts(line.basis, line.unit_price, line.vat_rate, line.vat_regime) == ("net", 7, Decimal("5.5"), "flat_rate")
    assert facts(weighed.basis, weighed.price_per_kg, weighed.unit_price) == ("net", 15, Decimal("4.5"))


def test_a_page_from_before_there_were_two_bases_still_orders(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    tomme, truite = offers[0], offers[3]
    old = {"basis": None, "vat_rate": None}
    assert confirm(user, round, household, {tomme: 1, truite: 1}, **old, key="k").accepted
    assert (line_of(household, tomme).basis, line_of(household, tomme).vat_regime) == ("gross", "flat_rate")
    # The hash of its request is what it was, so that a replay across a deployment gets the same answer.
    lines = [[str(offer.pk), "1", "0", str(price), "0", "0"] for offer, price in ((tomme, "8.50"), (truite, "5.40"))]
    assert OrderRequest.objects.get(key="k").body_hash == body_hash(lines)


def test_the_share_of_professionals_is_kept_for_them(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    Supply.objects.filter(pk=offers[0].supply_id).update(professional_share=6)
    restaurant = cast.a_household(round.neighbourhood, "La Table", kind="professional")
    cook = cast.a_membership(restaurant).user
    assert confirm(user, round, household, {offers[0]: 5}).refused[offers[0].pk].possible == 4
    assert confirm(user, round, household, {offers[0]: 4}).accepted
    assert confirm(cook, round, restaurant, {offers[0]: 7}).refused[offers[0].pk].possible == 6
    assert confirm(cook, round, restaurant, {offers[0]: 6}).accepted
    assert Supply.objects.get(pk=offers[0].supply_id).ordered == 10


def test_a_withdrawn_product_can_only_become_less(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    confirm(user, round, household, {offers[0]: 3})
    Offer.objects.filter(pk=offers[0].pk).update(withdrawn_at=timezone.now())
    refusal = confirm(user, round, household, {offers[0]: 4}).refused[offers[0].pk]
    assert facts(refusal.code, refusal.possible) == ("withdrawn", 3)
    assert confirm(user, round, household, {offers[0]: 1}).accepted


def test_a_coordinator_confirms_on_behalf_and_it_is_marked(round: Round, offers: list[Offer]) -> None:
    nobody = cast.a_household(round.neighbourhood, "Sans téléphone")
    coordinator = cast.the_coordinator(round)
    assert confirm(coordinator, round, nobody, {offers[0]: 1}).accepted
    assert set(OrderChange.objects.values_list("by", "on_behalf")) == {(coordinator.pk, True)}


def test_nobody_confirms_for_others(round: Round, household: Household, offers: list[Offer]) -> None:
    for stranger in (cast.a_user("Stranger"), cast.a_member(round.neighbourhood, "Neighbour"), cast.a_staff_user()):
        with pytest.raises(NoSuchOrder):
            confirm(stranger, round, household, {offers[0]: 1})
    assert not Order.objects.exists()


def test_a_round_called_off_takes_nothing(round: Round, user: User, household: Household, offers: list[Offer]) -> None:
    Round.objects.filter(pk=round.pk).update(state="cancelled", cancelled_at=timezone.now())
    assert code_of(confirm(user, round, household, {offers[0]: 1}), offers[0]) == "closed"


def test_a_share_of_a_supply_for_several_rounds_is_free_again_when_a_farm_is_called_off(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    Supply.objects.filter(pk=offers[0].supply_id).update(professional_share=6)
    assert confirm(user, round, household, {offers[0]: 4}).accepted
    # As `deliveries.closing.release` leaves it, with the offer of another round drawing from the same supply.
    OrderLine.objects.filter(offer=offers[0]).update(allocated=0)
    Supply.objects.filter(pk=offers[0].supply_id).update(ordered=0)
    neighbour = cast.a_member(round.neighbourhood, "Blanc")
    assert confirm(neighbour, round, cast.the_household(neighbour), {offers[0]: 4}).accepted
