"""What was changed, as coordinators and farms read it: who, when, from what to what, why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from cagette import mail, wording
from cagette.models import OutgoingMail, User
from deliveries import changes, closing, correcting, pick_lists
from deliveries.changes import Change, Detail
from deliveries.models import Correction, PickList
from orders import reminding, rounds
from orders.models import Round, Stall, Transition
from tests import cast

pytestmark = pytest.mark.django_db

WHY = "Le col est fermé par la neige."


@pytest.fixture(autouse=True)
def _read_in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def told(round: Round) -> list[Change]:
    return changes.told(changes.rows_of(round), round)


def latest(round: Round) -> Change:
    return told(round)[0]


def said(change: Change) -> tuple[str, str, str]:
    return change.who, change.title, change.farm


def test_the_story_of_a_round_reads_from_its_end() -> None:
    by = cast.a_coordinator(name="Solène")
    neighbourhood = cast.the_household(by).neighbourhood
    goats, honey = (cast.a_producer(name) for name in ("Bergerie", "Rucher"))
    catalogs = [cast.a_catalog(goats, products=1), cast.a_catalog(honey, products=1)]
    round = cast.a_proposed_round(neighbourhood, *catalogs, by=by)
    cheese, bees = round.stalls.order_by("pk")
    rounds.accept(cheese, by=cast.a_farmer(goats, "Paul"), how="page")
    rounds.accept(bees, by=None, how="link", minimum_amount=Decimal(50), below_minimum="ask")
    rounds.publish(round, by=by)
    rounds.open_now(round, by=by)
    order = cast.an_order(round, cast.a_household(neighbourhood), dict.fromkeys(cast.offers_of(round), 2))
    rounds.extend(round, round.closes_at + timedelta(hours=3), by=by)
    cast.let_the_deadline_pass(round)
    for stall in (cheese, bees):
        closing.close(stall.pk)
    closing.decide_minimum(bees, "deliver", by=by)
    closing.close_round(round.pk)
    correcting.correct_line(
        order, cheese.offers.get(), Decimal(1), by=by, reason="Une tomme est tombée.", cause="missing"
    )
    correcting.call_off_stall(bees, by=by, reason=WHY)
    round = Round.objects.select_related("neighbourhood", "place").get(pk=round.pk)
    story = told(round)
    assert [said(each) for each in story] == [
        ("Solène", "Farm called off", "Rucher"),
        ("Solène", "Line corrected · missing: the goods don't exist", "Bergerie"),
        ("by itself", "Order closed", ""),
        ("Solène", "Farm closed", "Rucher"),
        ("Solène", "Decided about the minimum", "Rucher"),
        ("by itself", "Below its minimum: an answer is awaited", "Rucher"),
        ("by itself", "Farm closed", "Bergerie"),
        ("Solène", "Extended", ""),
        ("Solène", "Opened earlier than announced", ""),
        ("Solène", "Order published", ""),
        ("by the link in the mail", "Farm takes part", "Rucher"),
        ("Paul", "Farm takes part", "Bergerie"),
        ("Solène", "Order proposed", ""),
    ]
    assert [each.reason for each in story[:2]] == [WHY, "Une tomme est tombée."]
    assert story[0].details == [Detail("state", "closed", "called off")]
    assert story[1].details == [Detail("Tomme 1", "2", "1")]
    assert story[4].details == [Detail("decision", "", "deliver all the same")]
    assert story[9].details == [Detail("state", "proposed", "published"), Detail("farms", "", "Bergerie, Rucher")]
    assert story[10].details == [
        Detail("minimum order", "", "€50.00"),
        Detail("below the minimum", "deliver all the same", "ask the coordinator"),
    ]
    answer = signed_in(by).get(reverse("deliveries:history", args=[round.pk])).content.decode()
    for words in ("Farm called off · Rucher", WHY, "Solène", "by itself", "Une tomme est tombée."):
        assert words in answer


def test_times_are_the_neighbourhoods() -> None:
    zone = "Indian/Reunion"
    round = cast.an_open_round(cast.a_neighbourhood(time_zone=zone))
    later = (round.closes_at + timedelta(days=0, hours=2)).replace(minute=0)
    rounds.extend(round, later, by=cast.the_coordinator(round))
    [detail, farms] = latest(Round.objects.get(pk=round.pk)).details
    assert detail == Detail("orders close", wording.moment(round.closes_at, zone), wording.moment(later, zone))
    assert f"{later.astimezone(ZoneInfo(zone)):%H:%M}" in detail.after
    assert (farms.label, farms.before) == ("farms", "")


def test_a_move_says_both_places_as_they_were_called_then() -> None:
    round = cast.an_open_round()
    hall = cast.a_place(round.neighbourhood, "Halle")
    starts, ends = round.delivery_starts_at, round.delivery_ends_at
    correcting.move(
        round, place=hall, delivery_starts_at=starts, delivery_ends_at=ends, by=cast.the_coordinator(round), reason=WHY
    )
    hall.name = "Ancienne halle"
    hall.save()
    assert latest(round).details == [Detail("pick-up point", "Salle du Prorel", "Halle")]


def test_terms_that_a_farm_takes_back_are_said_to_be_gone() -> None:
    round = cast.a_proposed_round()
    stall = round.stalls.get()
    rounds.accept(stall, by=None, how="link", minimum_amount=Decimal(50))
    rounds.accept(stall, by=cast.the_coordinator(round), how="phone")
    change = latest(round)
    assert (change.who, change.details) == ("Lucie, by phone", [Detail("minimum order", "€50.00", "")])
    answer = signed_in(cast.the_coordinator(round)).get(reverse("deliveries:history", args=[round.pk]))
    assert "none" in answer.content.decode()


def test_whose_account_is_gone_is_still_somebody() -> None:
    round = cast.an_open_round()
    by = cast.the_coordinator(round)
    User.objects.filter(pk=by.pk).update(name="", scrubbed_at=timezone.now())
    assert latest(round).who == "somebody who has left"
    assert changes.who(None, "page") == "somebody who has left"
    assert changes.who(None, "link") == "by the link in the mail"


def test_what_was_noted_before_there_were_transitions_is_shown_as_it_was() -> None:
    round = cast.a_past_round()
    by = cast.the_coordinator(round)
    Correction.objects.create(round=round, kind="dropped", stall=round.stalls.get(), by=by, reason=WHY)
    Correction.objects.create(round=round, kind="moved", by=None, before={"place": {"name": "Halle"}})
    assert [(*said(each), each.reason) for each in told(round)[:2]] == [
        ("", "Day or place moved", "", ""),
        ("Lucie", "Farm called off", round.stalls.get().producer.name, WHY),
    ]


def test_many_rows_come_page_by_page() -> None:
    round = cast.an_open_round()
    by = cast.the_coordinator(round)
    for n in range(60):
        Transition.objects.create(
            round=round, kind="extended", state_before="published", state_after="published", by=by, how="page",
            before={"closes_at": round.closes_at.isoformat()},
            after={"closes_at": (round.closes_at + timedelta(minutes=n + 1)).isoformat()}, reason=f"no {n}",
        )  # fmt: skip
    page = reverse("deliveries:history", args=[round.pk])
    client = signed_in(by)
    first, second = client.get(page), client.get(page, {"page": "2"})
    assert [each.reason for each in first.context["changes"][:2]] == ["no 59", "no 58"]
    assert [len(first.context["changes"]), len(second.context["changes"])] == [50, 14]
    for odd in ("0", "99", "x"):
        assert client.get(page, {"page": odd}).status_code == 200
    on_the_round = client.get(reverse("deliveries:round", args=[round.pk]))
    assert [each.reason for each in on_the_round.context["changes"]] == [f"no {n}" for n in range(59, 54, -1)]
    assert page in on_the_round.content.decode()


def test_a_round_from_before_says_that_nothing_is_written_down() -> None:
    round = cast.an_open_round()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE orders_transition DISABLE TRIGGER append_only")
        cursor.execute("DELETE FROM orders_transition")
        cursor.execute("ALTER TABLE orders_transition ENABLE TRIGGER append_only")
    answer = signed_in(cast.the_coordinator(round)).get(reverse("deliveries:history", args=[round.pk]))
    assert (answer.status_code, answer.context["changes"]) == (200, [])
    assert "Nothing is written down yet" in answer.content.decode()


def test_the_list_takes_three_statements_however_many_rows() -> None:
    counts = []
    for count in (1, 4):
        catalogs = [cast.a_catalog(products=1) for _n in range(count)]
        round = cast.an_open_round(None, *catalogs)
        for n in range(count):
            rounds.extend(round, round.closes_at + timedelta(hours=n + 1), by=cast.the_coordinator(round))
            round.refresh_from_db()
        rows = list(changes.rows_of(round))
        with CaptureQueriesContext(connection) as queries:
            changes.told(rows, round)
        counts.append(len(queries))
    assert counts == [3, 3]


# For the farm


def farm_page(stall: Stall, user: User) -> Any:
    return signed_in(user).get(reverse("deliveries:stall", args=[stall.pk]))


def test_a_farm_reads_what_became_of_its_own_part_and_of_the_day() -> None:
    goats, honey = (cast.a_catalog(cast.a_producer(name), products=1) for name in ("Bergerie", "Rucher"))
    round = cast.an_open_round(None, goats, honey)
    by = cast.the_coordinator(round)
    mine, other = round.stalls.order_by("pk")
    correcting.call_off_stall(other, by=by, reason="autre ferme")
    later = timedelta(days=1)
    correcting.move(
        round, place=round.place, delivery_starts_at=round.delivery_starts_at + later,
        delivery_ends_at=round.delivery_ends_at + later, by=by, reason=WHY,
    )  # fmt: skip
    answer = farm_page(mine, cast.a_farmer(mine.producer))
    titles = [each.title for each in answer.context["changes"]]
    assert titles == ["Moved", "On sale", "Farm takes part", "Farm invited"]
    content = answer.content.decode()
    assert WHY in content and "autre ferme" not in content and "Rucher" not in content


def test_the_farms_page_takes_the_same_queries_for_more_rows() -> None:
    counts = []
    for extensions in (1, 3):
        round = cast.an_open_round()
        stall, by = round.stalls.get(), cast.the_coordinator(round)
        for n in range(extensions):
            rounds.extend(round, round.closes_at + timedelta(hours=n + 1), by=by)
            round.refresh_from_db()
        farmer = cast.a_farmer(stall.producer)
        with CaptureQueriesContext(connection) as queries:
            assert farm_page(stall, farmer).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


# Mails that somebody asked for


def test_mails_remember_who_asked_for_them() -> None:
    round = cast.an_open_round()
    member, by = cast.a_member(round.neighbourhood, "Ferrand"), cast.the_coordinator(round)
    cast.a_sheet(round, cast.the_household(member), {cast.offers_of(round)[0]: 1})
    assert reminding.remind_round(round, by=by) == 1
    closing.close(round.stalls.get().pk, by=by)
    pick_list = PickList.objects.get()
    assert pick_lists.resend(pick_list, by=by) == 1
    invitation = OutgoingMail.objects.get(template="orders/mail/invitation")
    staff = cast.a_staff_user("Basile")
    assert mail.send_again(invitation, by=staff).asked_by == staff
    asked = OutgoingMail.objects.filter(asked_by=by).order_by("pk")
    assert [each.key.split(":")[0] for each in asked] == ["reminder", "pick-list"]
    by_itself = OutgoingMail.objects.filter(key__endswith=":1").get()
    assert by_itself.asked_by is None
    content = signed_in(by).get(reverse("deliveries:mails", args=[round.pk])).content.decode()
    assert content.count("asked for by Lucie") == 2
    assert content.count("asked for by Basile") == 1


def test_mails_asked_for_by_several_take_as_many_queries_as_by_one() -> None:
    counts = []
    for people in (1, 3):
        round = cast.an_open_round()
        invitation = OutgoingMail.objects.filter(template="orders/mail/invitation").latest("pk")
        for _n in range(people):
            mail.send_again(invitation, by=cast.a_coordinator(round.neighbourhood))
        client = signed_in(cast.the_coordinator(round))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("deliveries:mails", args=[round.pk]))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_in_french_dates_and_states_are_in_words() -> None:
    round = cast.an_open_round()
    correcting.call_off_stall(round.stalls.get(), by=cast.the_coordinator(round), reason=WHY)
    with translation.override("fr"):
        change = latest(round)
        assert (change.title, change.details) == ("Ferme annulée", [Detail("état", "ouverte", "annulée")])
