"""Proposing a round, and a farm's answer, on their pages."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cagette.models import OutgoingMail, User
from cagette.money import Money
from catalogs.models import Catalog
from orders import rounds
from orders.forms.rounds import copied
from orders.forms.times import HourField
from orders.models import Membership, Neighbourhood, Place, Round, Stall
from tests import cast

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def propose_path(neighbourhood: Neighbourhood) -> str:
    return reverse("orders:propose", args=[neighbourhood.slug])


def asked(*catalogs: Catalog, **changes: Any) -> dict[str, Any]:
    """A proposal for the first Thursday ten days from now or later, as the form sends it."""
    day = timezone.now().astimezone(PARIS).date() + timedelta(days=10)
    values = {
        "title": "La commande du jeudi",
        "delivery_day": day.isoformat(),
        "delivery_from": "17:00",
        "delivery_until": "19:00",
        "opens_day": (day - timedelta(days=6)).isoformat(),
        "opens_hour": "08:00",
        "closes_day": (day - timedelta(days=1)).isoformat(),
        "closes_hour": "20:00",
        "place": "",
        "place_name": "École",
        "place_address": "1 rue du Pont",
        "catalogs": [catalog.pk for catalog in catalogs],
        "note": "",
    }
    return values | changes


# Proposing


def test_any_member_proposes_and_runs_what_they_proposed() -> None:
    neighbourhood = cast.a_neighbourhood()
    member, catalog = cast.a_member(neighbourhood), cast.a_catalog(products=1)
    answer = signed_in(member).post(propose_path(neighbourhood), asked(catalog), follow=True)
    round = Round.objects.get()
    assert answer.redirect_chain == [(reverse("deliveries:round", args=[round.pk]), 302)]
    assert answer.status_code == 200
    assert (round.place.name, round.place.neighbourhood, round.title) == (
        "École",
        neighbourhood,
        "La commande du jeudi",
    )
    assert [stall.catalog for stall in round.stalls.all()] == [catalog]
    assert OutgoingMail.objects.filter(template="orders/mail/invitation").count() == 1
    local = round.delivery_starts_at.astimezone(PARIS)
    assert (local.hour, local.minute) == (17, 0)


def test_who_may_propose() -> None:
    neighbourhood = cast.a_neighbourhood()
    path = propose_path(neighbourhood)
    assert signed_in(cast.a_coordinator(neighbourhood)).get(path).status_code == 200
    waiting = cast.a_member(neighbourhood, state=Membership.State.PENDING)
    for user, status in ((waiting, 403), (cast.a_staff_user(), 403), (cast.a_user(), 404), (cast.a_member(), 404)):
        assert signed_in(user).get(path).status_code == status
        assert signed_in(user).post(path, asked()).status_code == status
    assert Client().get(path).status_code == 302
    assert signed_in(cast.a_coordinator(neighbourhood)).delete(path).status_code == 405
    assert not Round.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"delivery_day": "31/02/2030"}, "delivery_day"),
        ({"delivery_day": "2020-01-01", "opens_day": "2019-12-01", "closes_day": "2019-12-31"}, "delivery_day"),
        ({"delivery_from": "midi"}, "delivery_from"),
        ({"delivery_until": "16:00"}, "delivery_until"),
        ({"closes_day": "2099-01-01"}, "closes_day"),
        ({"opens_day": "2098-01-01"}, "closes_day"),
        ({"place_address": ""}, "place_address"),
        ({"catalogs": ["0"]}, "catalogs"),
        ({"catalogs": ["9" * 30]}, "catalogs"),
        ({"place": "9" * 30}, "place"),
        ({"delivery_from": "99"}, "delivery_from"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(changes: dict[str, Any], field: str) -> None:
    neighbourhood = cast.a_neighbourhood()
    answer = signed_in(cast.a_member(neighbourhood)).post(propose_path(neighbourhood), asked(note="Venez !") | changes)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "Venez !" in answer.content.decode()
    assert not Round.objects.exists() and not Place.objects.exists()


def test_a_farm_is_invited_with_one_catalog() -> None:
    neighbourhood, farm = cast.a_neighbourhood(), cast.a_producer()
    both = cast.a_catalog(farm, "Été"), cast.a_catalog(farm, "Hiver")
    answer = signed_in(cast.a_member(neighbourhood)).post(propose_path(neighbourhood), asked(*both))
    assert list(answer.context["form"].errors) == ["catalogs"]


def test_a_draft_is_not_invited() -> None:
    neighbourhood, draft = cast.a_neighbourhood(), cast.a_catalog(published_at=None)
    answer = signed_in(cast.a_member(neighbourhood)).post(propose_path(neighbourhood), asked(draft))
    assert list(answer.context["form"].errors) == ["catalogs"]


def test_a_place_of_another_neighbourhood_is_not_on_offer() -> None:
    neighbourhood, elsewhere = cast.a_neighbourhood(), cast.a_place(cast.a_neighbourhood("Ailleurs"))
    answer = signed_in(cast.a_member(neighbourhood)).post(propose_path(neighbourhood), asked(place=elsewhere.pk))
    assert list(answer.context["form"].errors) == ["place"]


def test_farms_without_an_address_are_to_be_rung() -> None:
    neighbourhood, catalog = cast.a_neighbourhood(), cast.a_catalog(cast.a_producer("Ferme sans adresse"), products=1)
    catalog.producer.pick_list_recipients.all().delete()
    answer = signed_in(cast.a_member(neighbourhood)).post(propose_path(neighbourhood), asked(catalog), follow=True)
    assert "No address for: Ferme sans adresse." in answer.content.decode()


def test_looking_for_a_farm_keeps_what_was_typed_and_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.forms.rounds.CATALOGS_SHOWN", 1)
    neighbourhood = cast.a_neighbourhood()
    first, second, third = (cast.a_catalog(cast.a_producer(name)) for name in ("Abeilles", "Biquettes", "Cerises"))
    client = signed_in(cast.a_member(neighbourhood))

    def shown(answer: Any) -> list[int]:
        return [value for value, _label in answer.context["form"].fields["catalogs"].widget.choices]

    assert shown(client.get(propose_path(neighbourhood))) == [first.pk]
    answer = client.post(propose_path(neighbourhood), asked(second, title="Mon titre", search="ceri", find="1"))
    assert (answer.status_code, shown(answer)) == (200, [second.pk, third.pk])
    content = answer.content.decode()
    assert "Mon titre" in content
    assert f'value="{second.pk}" id="id_catalogs_0" checked' in content.replace("\n", " ")
    assert not Round.objects.exists()


def test_odd_words_and_choices_are_looked_for_without_harm() -> None:
    neighbourhood = cast.a_neighbourhood()
    client = signed_in(cast.a_member(neighbourhood))
    for found in ({"find": "1"}, {}):
        odd = asked(search="ceri\0ses", title="Mon titre") | {"catalogs": ["9" * 5000, "x"]} | found
        answer = client.post(propose_path(neighbourhood), odd)
        assert (answer.status_code, "Mon titre" in answer.content.decode()) == (200 if found else 422, True)


@pytest.mark.parametrize("how", ["", "?from="])
def test_the_page_takes_as_many_queries_for_three_farms_as_for_one(how: str) -> None:
    counts = []
    for farms in (1, 3):
        neighbourhood = cast.a_neighbourhood()
        round = cast.an_open_round(neighbourhood, *(cast.a_catalog(products=1) for _n in range(farms)))
        client = signed_in(cast.a_member(neighbourhood))
        with CaptureQueriesContext(connection) as queries:
            query = f"{how}{round.pk}" if how else ""
            assert client.get(propose_path(neighbourhood) + query).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


# Times


def test_an_hour_that_the_clocks_jump_over_is_refused() -> None:
    neighbourhood = cast.a_neighbourhood()
    # The last Sunday of March 2035 is the 25th: 02:30 doesn't exist in Paris.
    times = {"delivery_day": "2035-03-25", "delivery_from": "02:30", "delivery_until": "04:00"}
    answer = signed_in(cast.a_member(neighbourhood)).post(propose_path(neighbourhood), asked(**times))
    assert list(answer.context["form"].errors) == ["delivery_from"]


def test_hours_are_the_neighbourhoods_own() -> None:
    neighbourhood = cast.a_neighbourhood(time_zone="Atlantic/Reykjavik")
    signed_in(cast.a_member(neighbourhood)).post(propose_path(neighbourhood), asked())
    assert Round.objects.get().delivery_starts_at.astimezone(UTC).hour == 17


@pytest.mark.parametrize(
    ("typed", "hour"),
    [
        ("17:30", time(17, 30)),
        ("17 h 30", time(17, 30)),
        ("17h", time(17)),
        ("8", time(8)),
        ("17.30", time(17, 30)),
        ("17:30:00", time(17, 30)),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str, hour: time) -> None:
    assert HourField().clean(typed) == hour


def test_copying_keeps_weekdays_and_hours_when_summer_time_ends_in_between() -> None:
    round = cast.a_past_round()
    start = datetime(2026, 10, 22, 17, tzinfo=PARIS)  # summer time; a week later it is winter
    times = {"opens_at": -6, "closes_at": -1, "delivery_starts_at": 0}
    Round.objects.filter(pk=round.pk).update(
        **{name: start + timedelta(days=days) for name, days in times.items()},
        delivery_ends_at=start + timedelta(hours=2),
    )
    initial = copied(Round.objects.get(pk=round.pk), [1])
    assert (initial["delivery_from"], initial["delivery_until"], initial["closes_hour"]) == (
        time(17),
        time(19),
        time(17),
    )
    day: date = initial["delivery_day"]
    assert day.weekday() == start.weekday()
    assert (day - initial["closes_day"], day - initial["opens_day"]) == (timedelta(days=1), timedelta(days=6))
    closes = datetime.combine(initial["closes_day"], initial["closes_hour"], PARIS)
    assert timezone.now() < closes <= timezone.now() + timedelta(days=8)


def test_a_copy_proposes_the_farms_that_took_part() -> None:
    neighbourhood = cast.a_neighbourhood()
    came, declined = cast.a_catalog(products=1), cast.a_catalog(products=1)
    round = cast.a_proposed_round(neighbourhood, came, declined)
    rounds.decline(round.stalls.get(catalog=declined), by=None, how="link")
    client = signed_in(cast.the_coordinator(round))
    answer = client.get(propose_path(neighbourhood) + f"?from={round.pk}")
    assert answer.context["form"].initial["catalogs"] == [came.pk]
    for wrong in ("x", "²", str(cast.an_open_round().pk)):
        assert client.get(propose_path(neighbourhood) + f"?from={wrong}").status_code == 404


# The farm's answer


def link_to(stall: Stall) -> str:
    return reverse("orders:answer_link", args=[rounds.invitation_token(stall)])


def terms(stall: Stall, **changes: str) -> dict[str, str]:
    closes = stall.closes_at.astimezone(PARIS)
    values = {"closes_day": f"{closes:%Y-%m-%d}", "closes_hour": f"{closes:%H:%M}", "below_minimum": "deliver"}
    return values | {"answer": "accepted", "minimum_amount": "", "word": ""} | changes


def reread(stall: Stall) -> Stall:
    return Stall.objects.get(pk=stall.pk)


def test_the_link_answers_without_a_login_once_the_button_is_pressed() -> None:
    stall = cast.a_proposed_round().stalls.get()
    opened = Client().get(link_to(stall))
    assert (opened.status_code, reread(stall).answer) == (200, "")
    assert "no-store" in opened["Cache-Control"]
    Client().post(link_to(stall), terms(stall, minimum_amount="50,00", below_minimum="ask", word="Bonjour"))
    stall = reread(stall)
    assert (stall.answer, stall.answered_how, stall.answered_by) == ("accepted", "link", None)
    assert (stall.minimum_amount, stall.below_minimum, stall.word) == (Money(50, "EUR"), "ask", "Bonjour")
    assert stall.closes_at == stall.round.closes_at
    Client().post(link_to(stall), {"answer": "declined", "word": "En vacances\0"})
    assert (reread(stall).state, reread(stall).word) == ("declined", "En vacances")


def test_a_link_that_was_not_made_here_opens_nothing() -> None:
    assert Client().get(reverse("orders:answer_link", args=["x"])).status_code == 404
    assert Client().post(reverse("orders:answer_link", args=["x"]), {"answer": "accepted"}).status_code == 404


def test_the_farms_people_answer_on_their_page_and_a_coordinator_by_phone() -> None:
    round = cast.a_proposed_round()
    stall = round.stalls.get()
    farmer, by = cast.a_farmer(stall.producer), cast.the_coordinator(round)
    path = reverse("orders:answer", args=[stall.pk])
    for user, how in ((farmer, "page"), (by, "phone")):
        signed_in(user).post(path, terms(stall))
        assert (reread(stall).answered_how, reread(stall).answered_by) == (how, user)


def test_who_may_answer() -> None:
    round = cast.an_open_round()
    path = reverse("orders:answer", args=[round.stalls.get().pk])
    other_farmer = cast.a_farmer(cast.a_producer("Ailleurs"))
    people = (
        (cast.a_member(round.neighbourhood), 403),
        (cast.a_staff_user(), 403),
        (cast.a_user(), 404),
        (other_farmer, 404),
    )
    for user, status in people:
        assert signed_in(user).get(path).status_code == status
        assert signed_in(user).post(path, {"answer": "declined"}).status_code == status
    assert Client().get(path).status_code == 302
    proposed = cast.a_proposed_round(round.neighbourhood).stalls.get()
    member = cast.a_member(round.neighbourhood)
    assert signed_in(member).get(reverse("orders:answer", args=[proposed.pk])).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"minimum_amount": "-5"}, "minimum_amount"),
        ({"minimum_amount": "beaucoup"}, "minimum_amount"),
        ({"closes_day": "2020-01-01"}, "closes_day"),
        ({"closes_hour": "99"}, "closes_hour"),
        ({"below_minimum": "x"}, "below_minimum"),
    ],
)
def test_terms_that_make_no_sense_are_refused_beside_their_field(changes: dict[str, str], field: str) -> None:
    stall = cast.a_proposed_round().stalls.get()
    answer = Client().post(link_to(stall), terms(stall, word="Bonjour", **changes))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert "Bonjour" in answer.content.decode()
    assert reread(stall).answer == ""


def test_once_it_is_too_late_the_page_says_so() -> None:
    overdue = cast.an_overdue_round().stalls.get()
    page = Client(headers={"accept-language": "en"}).get(link_to(overdue))
    assert not page.context["answerable"]
    answer = Client(headers={"accept-language": "en"}).post(link_to(overdue), {"answer": "declined"}, follow=True)
    assert "it can&#x27;t be answered any more" in answer.content.decode()
    assert reread(overdue).state == "open"


def test_after_the_publishing_a_late_farm_still_joins() -> None:
    round = cast.an_open_round()
    late = rounds.invite(round, cast.a_catalog(products=1), by=cast.the_coordinator(round))
    Client().post(link_to(late), terms(late))
    assert reread(late).state == "open"
