"""What one has ordered: the list and each order, who may see them, and what they come to."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cagette.models import User
from deliveries.models import Correction
from orders import bill
from orders.errands import errands
from orders.models import Household, Offer, Order, OrderLine, Round, Stall
from producers.models import Producer
from tests import cast
from tests.orders.sheets import save, signed_in, statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def round() -> Round:
    neighbourhood = cast.a_neighbourhood()
    first, second = cast.a_catalog(cast.a_producer("Chèvrerie")), cast.a_catalog(cast.a_producer("Verger"))
    cast.a_product(first, "Tomme", "8.50")
    cast.a_weighed_product(first, "Truite", position=1)
    cast.a_product(second, "Jus", "3.20", deposit=Decimal("0.30"), case_size=Decimal(6))
    return cast.an_open_round(neighbourhood, first, second)


@pytest.fixture
def order(round: Round, household: Household) -> Order:
    tomme, truite, jus = cast.offers_of(round)
    return cast.an_order(round, household, {tomme: 2, truite: 1, jus: 3})


def page_of(order: Order) -> str:
    return reverse("orders:detail", args=[order.pk])


def text_of(response: Any) -> str:
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " "))


def test_the_detail_says_what_from_whom_for_how_much_where_and_when(round: Round, user: User, order: Order) -> None:
    response = signed_in(user).get(page_of(order))
    text = text_of(response)
    assert response.status_code == 200
    for words in (
        "Chèvrerie",
        "Verger",
        "2 × 8,50 €",
        "17,00 €",
        "22,40 €",
        "3 × 3,20 €",
        "9,60 €",
        "0,90 €",
        "environ 32,90 €",
        "au plus 34,70 €",
    ):
        assert words in text
    assert round.place.address in text
    assert "Tomme : 0 → 2" in text


def test_what_was_allotted_counts_once_the_farm_has_closed(user: User, order: Order) -> None:
    OrderLine.objects.filter(offer__name="Jus").update(allocated=2)
    Stall.objects.update(state="closed", closed_at=timezone.now())
    text = text_of(signed_in(user).get(page_of(order)))
    assert "6,40 €" in text
    assert "9,60 €" not in text
    [found] = bill.of_orders([order])
    assert [line.line.offer.name for line in found.lines if line.differs] == ["Jus"]


def test_what_was_delivered_counts_most_of_all(order: Order) -> None:
    OrderLine.objects.filter(offer__name="Jus").update(allocated=3, delivered=1)
    [found] = bill.of_orders([order])
    assert (found.due.goods.gross, found.due.deposits) == (Decimal("25.60"), Decimal("0.30"))


def test_a_farm_that_was_called_off_is_owed_nothing(user: User, order: Order) -> None:
    stall = Stall.objects.get(producer__name="Verger")
    Stall.objects.filter(pk=stall.pk).update(state="dropped", dropped_reason="Gel sur les vergers")
    OrderLine.objects.filter(offer__stall=stall).update(allocated=0)
    text = text_of(signed_in(user).get(page_of(order)))
    assert "Gel sur les vergers" in text
    assert "22,40 €" in text


def test_each_state_of_an_order_has_its_words(round: Round, user: User, household: Household, order: Order) -> None:
    def words() -> tuple[str, str]:
        [found] = bill.of_orders([Order.objects.select_related("round").get(pk=order.pk)])
        notice = text_of(signed_in(user).get(page_of(order)))
        known = ("Vous pouvez la changer", "attend le bouton", "les fermes la préparent", "a été distribuée", "annulée")
        return found.state, "".join(word for word in known if word in notice)

    assert words() == ("ordered", "Vous pouvez la changer")
    save(user, round, household, cast.offers_of(round)[0], 4, seen=2)
    assert words() == ("wanted", "attend le bouton")
    cast.let_the_deadline_pass(round)
    assert words() == ("closed", "les fermes la préparent")
    cast.shift(Round.objects.get(pk=round.pk), -timedelta(days=30))
    assert words() == ("closed", "a été distribuée")
    Round.objects.filter(pk=round.pk).update(state="cancelled", cancelled_at=timezone.now())
    assert words() == ("cancelled", "annulée")


def test_a_sheet_not_confirmed_in_time_says_that_nothing_was_ordered(
    round: Round, user: User, household: Household
) -> None:
    sheet = cast.a_sheet(round, household, {cast.offers_of(round)[0]: 1})
    cast.let_the_deadline_pass(round)
    for path in (page_of(sheet), reverse("orders:mine")):
        assert "confirmé à temps" in text_of(signed_in(user).get(path))


def test_what_the_close_and_corrections_changed_is_said_with_its_reason(user: User, order: Order) -> None:
    OrderLine.objects.filter(offer__name="Jus").update(allocated=0)
    tomme = OrderLine.objects.select_related("offer").get(offer__name="Tomme")
    OrderLine.objects.filter(pk=tomme.pk).update(allocated=1)
    Correction.objects.create(
        round=order.round, stall_id=tomme.offer.stall_id, line=tomme, kind="line", cause="missing", by=user,
        before={"ordered": "2", "quantity": "2"}, after={"ordered": "2", "quantity": "1"}, reason="Une tomme moisie",
    )  # fmt: skip
    text = text_of(signed_in(user).get(page_of(order)))
    assert "commandé : 3, attribué : 0 (la ferme ne prépare que des colis entiers" in text
    assert "commandé : 2, attribué : 1 — Une tomme moisie" in text
    assert "2 → 1 · manquant" in text
    OrderLine.objects.filter(pk=tomme.pk).update(delivered=1)
    assert "commandé : 2, apporté : 1 — Une tomme moisie" in text_of(signed_in(user).get(page_of(order)))


def test_the_detail_says_what_to_bring_for_each_farm(user: User, order: Order) -> None:
    Producer.objects.filter(name="Verger").update(payment_means=["cash", "cheque"], legal_name="EARL du Verger")
    text = text_of(signed_in(user).get(page_of(order)))
    for words in (
        "espèces ou chèque à l’ordre de EARL du Verger · dont 0,90 € de consignes",
        "espèces (la ferme n’a pas dit ce qu’elle accepte d’autre)",
        "environ 22,40 €",
        "au plus 24,20 €",
        "Un sac isotherme pour : Truite",
    ):
        assert words in text


def test_a_transfer_has_its_code_once_the_amount_is_certain(user: User, order: Order) -> None:
    Producer.objects.update(payment_means=["transfer"], iban="FR7630006000011234567890189", iban_holder="EARL")
    open = signed_in(user).get(page_of(order)).content.decode()
    assert (open.count("FR7630006000011234567890189"), open.count("<svg viewBox")) == (2, 0)
    Stall.objects.update(state="closed", closed_at=timezone.now())
    closed = signed_in(user).get(page_of(order)).content.decode()
    # The other farm's trout has to be weighed.
    assert closed.count('class="qr"') == 1


def test_who_is_late_learns_the_rule_and_whom_to_ring(round: Round, user: User, order: Order) -> None:
    lucie = cast.the_coordinator(round)
    User.objects.filter(pk=lucie.pk).update(phone="06 00 00 00 01")
    assert "appelez-nous" in text_of(signed_in(user).get(page_of(order)))
    Round.objects.update(latecomers="Chez Lucie jusqu'à midi")
    text = text_of(signed_in(user).get(page_of(order)))
    assert "Chez Lucie jusqu&#x27;à midi" in text
    assert f"{lucie.name} · 06 00 00 00 01" in text


def test_what_waits_for_the_button_is_marked(round: Round, user: User, household: Household, order: Order) -> None:
    save(user, round, household, cast.offers_of(round)[0], 4, seen=2)
    page = signed_in(user).get(page_of(order)).content.decode()
    assert reverse("orders:recap", args=[round.pk]) in page


def test_an_order_is_its_households_and_the_coordinators(round: Round, user: User, order: Order) -> None:
    assert signed_in(user).get(page_of(order)).status_code == 200
    for coordinator in (cast.the_coordinator(round), cast.a_coordinator(round.neighbourhood), cast.a_staff_user()):
        assert signed_in(coordinator).get(page_of(order)).status_code == 200
    farmer = cast.a_farmer(Stall.objects.filter(round=round)[0].producer)
    for stranger in (cast.a_user("Stranger"), cast.a_member(round.neighbourhood, "Rey"), cast.a_coordinator(), farmer):
        assert signed_in(stranger).get(page_of(order)).status_code == 404
    assert Client().get(page_of(order))["Location"].startswith(reverse("account_login"))
    assert signed_in(user).post(page_of(order)).status_code == 405
    assert signed_in(user).get(reverse("orders:detail", args=[10**30])).status_code == 404


def test_the_list_holds_ones_own_orders_the_next_first(round: Round, user: User, order: Order) -> None:
    later = cast.an_open_round(round.neighbourhood, title="Commande de décembre")
    cast.shift(later, timedelta(days=7))
    household = cast.the_household(user)
    cast.a_sheet(later, household, {cast.offers_of(later)[0]: 1})
    past = cast.an_open_round(round.neighbourhood, title="Commande d'octobre")
    cast.an_order(past, household, {cast.offers_of(past)[0]: 1})
    cast.shift(past, -timedelta(days=30))
    other = cast.an_open_round(round.neighbourhood, title="Celle des autres")
    cast.an_order(other, cast.a_household(round.neighbourhood, "Rey"), {cast.offers_of(other)[0]: 1})
    text = text_of(signed_in(user).get(reverse("orders:mine")))
    found = [text.index(title) for title in ("Commande de novembre", "Commande de décembre", "Commande d&#x27;octobre")]
    assert found == sorted(found)
    assert "Celle des autres" not in text


def test_what_is_fetched_at_one_place_on_one_day_is_one_errand(user: User, round: Round, order: Order) -> None:
    with_same_farm = cast.an_open_round(round.neighbourhood, round.stalls.all()[1].catalog, place=round.place)
    elsewhere = cast.an_open_round(round.neighbourhood)
    for each in (with_same_farm, elsewhere):
        cast.an_order(each, cast.the_household(user), {cast.offers_of(each)[0]: 1})
    jus = Offer.objects.get(stall__round=cast.a_past_round(round.neighbourhood, with_same_farm.stalls.get().catalog))
    past = cast.an_order_of_the_past(jus.stall.round, cast.the_household(user), {jus: 2})
    orders = (
        Order.objects.exclude(pk=past.pk)
        .select_related("round__place", "round__neighbourhood", "household")
        .order_by("pk")
    )
    [first, second] = errands(bill.of_orders(orders))
    assert [len(first.bills), len(second.bills)] == [2, 1]
    assert (first.due.amount.amount, first.due.greatest, first.farms) == (Decimal("36.40"), Decimal("38.20"), 2)
    assert [(item.name, item.quantity) for item in first.returnables] == [("consigne", Decimal(2))]
    assert text_of(signed_in(user).get(reverse("orders:mine"))).count(round.place.address) == 2


def test_an_errand_says_what_every_farm_takes(user: User, order: Order) -> None:
    Producer.objects.filter(name="Verger").update(payment_means=["cash", "card"])
    assert "toutes acceptent : espèces" in text_of(signed_in(user).get(reverse("orders:mine")))
    Producer.objects.filter(name="Verger").update(payment_means=["card"])
    assert "voyez ferme par ferme" in text_of(signed_in(user).get(reverse("orders:mine")))


def test_a_past_order_leads_to_the_sheet_that_is_open_now(user: User, round: Round, household: Household) -> None:
    past = cast.a_past_round(round.neighbourhood)
    cast.an_order_of_the_past(past, household, {cast.offers_of(past)[0]: 1})
    again = f"{reverse('orders:round', args=[round.pk])}?household={household.pk}"
    assert again in signed_in(user).get(reverse("orders:mine")).content.decode()
    cast.let_the_deadline_pass(round)
    assert again not in signed_in(user).get(reverse("orders:mine")).content.decode()


def test_an_empty_list_says_what_to_do_next(user: User) -> None:
    assert reverse("home") in signed_in(user).get(reverse("orders:mine")).content.decode()


def test_a_sheet_that_was_emptied_is_no_order(round: Round, user: User, household: Household) -> None:
    cast.a_sheet(round, household, {cast.offers_of(round)[0]: 0})
    assert "Commande de novembre" not in text_of(signed_in(user).get(reverse("orders:mine")))


def test_the_list_is_for_who_is_signed_in() -> None:
    assert Client().get(reverse("orders:mine"))["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("rows", [1, 3])
def test_as_many_queries_for_one_order_as_for_three(rows: int) -> None:
    neighbourhood = cast.a_neighbourhood()
    user = cast.a_member(neighbourhood)
    household = cast.the_household(user)
    for _n in range(rows):
        coming, past = cast.an_open_round(neighbourhood), cast.an_open_round(neighbourhood)
        for each in (coming, past):
            cast.an_order(each, household, dict.fromkeys(cast.offers_of(each), 2))
        cast.shift(past, -timedelta(days=30))
    client = signed_in(user)
    with statements(at_most=11) as asked:
        assert client.get(reverse("orders:mine")).status_code == 200
    assert len(asked) == 11


@pytest.mark.parametrize("rows", [1, 3])
def test_as_many_queries_for_one_line_as_for_three(rows: int) -> None:
    round = cast.an_open_round(None, *[cast.a_catalog(products=rows) for _n in range(rows)])
    user = cast.a_member(round.neighbourhood)
    order = cast.an_order(round, cast.the_household(user), dict.fromkeys(cast.offers_of(round), 1))
    client = signed_in(user)
    with statements(at_most=14) as asked:
        assert client.get(page_of(order)).status_code == 200
    assert len(asked) == 14
