"""A word to a farm: saved as it is typed, fixed at the close, and shown to whom it concerns."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cagette.models import User
from orders import noting
from orders.models import Household, Offer, OrderNote, Round, Stall
from tests import cast
from tests.orders.sheets import fields, held, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def stall(round: Round) -> Stall:
    return round.stalls.get()


def say(phone: Client, household: Household, stall: Stall, text: str, seen: str = "") -> Any:
    posted = {"household": household.pk, "stall": stall.pk, "text": text, "seen": seen}
    return phone.post(reverse("orders:notes", args=[stall.round_id]), posted, headers={"Accept": "application/json"})


def kept() -> list[str]:
    return list(OrderNote.objects.values_list("text", flat=True))


def test_a_note_is_saved_changed_and_taken_back(phone: Client, household: Household, stall: Stall) -> None:
    assert say(phone, household, stall, "  Pain bien\tcuit ").json() == {"note": "Pain bien cuit"}
    assert say(phone, household, stall, "Pas trop cuit", "Pain bien cuit").json() == {"note": "Pas trop cuit"}
    assert kept() == ["Pas trop cuit"]
    say(phone, household, stall, "", "Pas trop cuit")
    assert kept() == [""]


def test_the_same_note_sent_twice_changes_nothing(phone: Client, household: Household, stall: Stall) -> None:
    say(phone, household, stall, "Bien cuit")
    first = OrderNote.objects.get()
    assert say(phone, household, stall, "Bien cuit").status_code == 200
    assert OrderNote.objects.get().at == first.at


def test_it_is_no_order(phone: Client, household: Household, stall: Stall) -> None:
    say(phone, household, stall, "Bien cuit")
    order = household.orders.get()
    assert (order.confirmed_at, order.lines.count()) == (None, 0)


def test_it_has_a_greatest_length(phone: Client, household: Household, stall: Stall) -> None:
    assert say(phone, household, stall, "é" * 200).status_code == 200
    refused = say(phone, household, stall, "é" * 201, "é" * 200)
    assert (refused.status_code, "200" in refused.json()["sentence"]) == (422, True)
    assert kept() == ["é" * 200]


def test_what_can_not_be_printed_is_left_out(phone: Client, household: Household, stall: Stall) -> None:
    assert say(phone, household, stall, "a\0b\x1b[31m\u202ec\r\nd \N{BREAD}").json() == {"note": "ab[31mc d \N{BREAD}"}


def test_the_database_keeps_it_on_one_line(phone: Client, household: Household, stall: Stall) -> None:
    say(phone, household, stall, "Bien cuit")
    with pytest.raises(IntegrityError, match="order_note_is_one_line"):
        OrderNote.objects.update(text="Bien\ncuit")


def test_another_device_has_written_meanwhile(phone: Client, household: Household, stall: Stall) -> None:
    say(phone, household, stall, "Bien cuit")
    refused = say(phone, household, stall, "Peu cuit", "")
    assert (refused.status_code, refused.json()["theirs"]) == (409, "Bien cuit")
    assert "Bien cuit" in refused.json()["sentence"]
    assert say(phone, household, stall, "Peu cuit", "Bien cuit").status_code == 200
    assert kept() == ["Peu cuit"]


@pytest.mark.parametrize("how", ["by the clock", "by hand", "cancelled"])
def test_a_farm_that_has_closed_takes_no_notes(
    how: str, phone: Client, round: Round, household: Household, stall: Stall
) -> None:
    if how == "by the clock":
        cast.let_the_deadline_pass(round)
    elif how == "by hand":
        Stall.objects.update(state="closed", closed_at=timezone.now())
    else:
        Round.objects.update(state="cancelled", cancelled_at=timezone.now())
    refused = say(phone, household, stall, "Bien cuit")
    assert (refused.status_code, bool(refused.json()["sentence"]), kept()) == (409, True, [])


def test_nor_one_whose_orders_are_not_open_yet_nor_one_of_another_round(phone: Client, household: Household) -> None:
    upcoming = cast.an_upcoming_round(household.neighbourhood).stalls.get()
    assert say(phone, household, upcoming, "Bien cuit").status_code == 409
    elsewhere = cast.an_open_round(household.neighbourhood).stalls.get()
    elsewhere.round_id = upcoming.round_id
    assert say(phone, household, elsewhere, "Bien cuit").status_code == 409
    assert kept() == []


def test_nobody_writes_for_others(round: Round, household: Household, stall: Stall) -> None:
    for stranger in (cast.a_user("Stranger"), cast.a_member(round.neighbourhood, "Rey"), cast.a_staff_user()):
        assert say(signed_in(stranger), household, stall, "Bien cuit").status_code == 404
    assert say(Client(), household, stall, "Bien cuit").status_code == 401
    assert kept() == []


def test_a_coordinator_writes_on_a_households_behalf(round: Round, household: Household, stall: Stall) -> None:
    say(signed_in(cast.the_coordinator(round)), household, stall, "Bien cuit")
    assert OrderNote.objects.get().on_behalf


@pytest.mark.parametrize("broken", [{"stall": "x"}, {"stall": 2**31}, {"household": ""}])
def test_what_no_page_of_ours_sends_is_refused(
    broken: dict[str, object], phone: Client, household: Household, stall: Stall
) -> None:
    posted = {"household": household.pk, "stall": stall.pk, "text": "Bien cuit", "seen": ""} | broken
    assert phone.post(reverse("orders:notes", args=[stall.round_id]), posted).status_code == 422


# The plain form


def test_the_plain_form_saves_notes_with_the_rest(
    phone: Client, round: Round, household: Household, stall: Stall, offers: list[Offer]
) -> None:
    form = fields(household, {offers[0]: 2}) | {f"note-{stall.pk}": "Bien cuit", f"noted-{stall.pk}": ""}
    assert phone.post(reverse("orders:save", args=[round.pk]), form).status_code == 302
    assert (kept(), held(household, offers[0])[0]) == (["Bien cuit"], 2)
    page = phone.get(reverse("orders:round", args=[round.pk])).content.decode()
    assert f'name="note-{stall.pk}" value="Bien cuit"' in page
    # Unchanged, it is not sent again.
    form |= {f"noted-{stall.pk}": "Bien cuit"}
    OrderNote.objects.update(text="Peu cuit")
    assert phone.post(reverse("orders:save", args=[round.pk]), form).status_code == 302


def test_what_could_not_be_saved_is_kept_beside_its_sentence(
    phone: Client, round: Round, household: Household, stall: Stall
) -> None:
    form = fields(household, {}) | {f"note-{stall.pk}": "é" * 201, f"noted-{stall.pk}": ""}
    response = phone.post(reverse("orders:save", args=[round.pk]), form)
    page = response.content.decode()
    assert response.status_code == 409
    assert f'value="{"é" * 201}"' in page
    assert f'aria-describedby="note-{stall.pk}-error" aria-invalid="true"' in page


# Who reads it


def test_it_is_on_the_recap_and_on_my_order(
    phone: Client, round: Round, household: Household, stall: Stall, offers: list[Offer]
) -> None:
    order = cast.an_order(round, household, {offers[0]: 1})
    say(phone, household, stall, "Bien cuit")
    for address in (reverse("orders:recap", args=[round.pk]), reverse("orders:detail", args=[order.pk])):
        assert "Bien cuit" in phone.get(address).content.decode()


def test_once_closed_the_sheet_still_shows_it(phone: Client, round: Round, household: Household, stall: Stall) -> None:
    say(phone, household, stall, "Bien cuit")
    Stall.objects.update(state="closed", closed_at=timezone.now())
    page = phone.get(reverse("orders:round", args=[round.pk])).content.decode()
    assert "Bien cuit" in page
    assert f'name="note-{stall.pk}"' not in page


def test_neighbours_and_visitors_do_not_see_it(phone: Client, round: Round, household: Household, stall: Stall) -> None:
    say(phone, household, stall, "Bien cuit")
    for visitor in (Client(), signed_in(cast.a_member(round.neighbourhood, "Rey"))):
        assert "Bien cuit" not in visitor.get(reverse("orders:round", args=[round.pk])).content.decode()


def test_the_farm_reads_those_of_who_has_ordered(round: Round, household: Household, stall: Stall, user: User) -> None:
    farmer = signed_in(cast.a_farmer(stall.producer))
    address = reverse("deliveries:stall", args=[stall.pk])
    noting.save_note(
        user_id=user.pk, round_id=round.pk, household_id=household.pk, stall_id=stall.pk, seen="", text="Bien cuit"
    )
    assert "Bien cuit" not in farmer.get(address).content.decode()
    order = cast.an_order(round, household, {cast.offers_of(round)[0]: 1})
    assert "Bien cuit" in farmer.get(address).content.decode()
    coordinator = signed_in(cast.the_coordinator(round))
    assert "Bien cuit" in coordinator.get(reverse("deliveries:order", args=[order.pk])).content.decode()
