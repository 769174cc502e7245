from __future__ import annotations

import hashlib

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cagette.models import OutgoingMail, User
from deliveries import closing, pick_lists
from deliveries.models import PickList
from orders.models import Round, Stall
from producers.models import Producer
from tests import cast

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def a_closed_round(farm: Producer, name: str = "Automne") -> tuple[Round, PickList]:
    """One household has ordered two of the farm's one product, and the stall is closed."""
    round = cast.an_open_round(None, cast.a_catalog(farm, name, products=1))
    (offer,) = cast.offers_of(round)
    cast.an_order(round, cast.a_household(round.neighbourhood, "Ferrand"), {offer: 2})
    closing.close(round.stalls.get().pk, by=cast.the_coordinator(round))
    return Round.objects.get(pk=round.pk), PickList.objects.get(stall__round=round)


def rendered(pick_list: PickList) -> None:
    names = [default_storage.save(f"pick-lists/x.{ending}", ContentFile(b"file")) for ending in ("pdf", "xlsx")]
    digest = hashlib.sha256(b"file").hexdigest()
    PickList.objects.filter(pk=pick_list.pk).update(
        pdf_name=names[0], xlsx_name=names[1], pdf_sha256=digest, xlsx_sha256=digest, rendered_at=timezone.now()
    )


def test_a_list_shows_products_households_and_where_it_went() -> None:
    farm = cast.a_producer()
    round, pick_list = a_closed_round(farm)
    page = signed_in(cast.a_farmer(farm)).get(reverse("deliveries:pick_list", args=[pick_list.pk])).content.decode()
    assert all(
        words in page
        for words in (
            "Tomme 1",
            "2\u00a0×",
            "Ferrand",
            "€9.00",
            round.place.name,
            farm.pick_list_recipients.get().email,
            "Seen, I deliver",
        )
    )


def test_all_lists_stand_on_one_page_and_those_of_others_dont() -> None:
    farm, other = cast.a_producer(), cast.a_producer("Le Rucher")
    _round, first = a_closed_round(farm)
    _round, second = a_closed_round(farm, "Hiver")
    a_closed_round(other)
    page = signed_in(cast.a_farmer(farm)).get(reverse("deliveries:pick_lists")).context["page"]
    assert {each.pk for each in page.object_list} == {first.pk, second.pk}


def test_the_farm_says_seen_once() -> None:
    farm = cast.a_producer()
    paul = cast.a_farmer(farm)
    _round, pick_list = a_closed_round(farm)
    address = reverse("deliveries:acknowledgement", args=[pick_list.pk])
    assert signed_in(paul).post(address).status_code == 302
    seen = PickList.objects.get(pk=pick_list.pk)
    assert (seen.acknowledged_how, seen.acknowledged_by) == ("page", paul)
    signed_in(paul).post(address)
    assert PickList.objects.get(pk=pick_list.pk).acknowledged_at == seen.acknowledged_at


def test_a_coordinator_has_told_the_farm_by_phone() -> None:
    round, pick_list = a_closed_round(cast.a_producer())
    lucie = cast.the_coordinator(round)
    answer = signed_in(lucie).post(reverse("deliveries:acknowledgement", args=[pick_list.pk]), {"channel": "phone"})
    assert answer["Location"] == reverse("deliveries:round", args=[round.pk])
    seen = PickList.objects.get(pk=pick_list.pk)
    assert (seen.acknowledged_how, seen.acknowledged_by) == ("phone", lucie)


def test_a_list_is_sent_again_to_addresses_added_since() -> None:
    farm = cast.a_producer()
    paul = cast.a_farmer(farm)
    _round, pick_list = a_closed_round(farm)
    farm.pick_list_recipients.create(email="new@example.org")
    signed_in(paul).post(reverse("deliveries:pick_list_mailing", args=[pick_list.pk]))
    mails = OutgoingMail.objects.filter(key__startswith=f"pick-list:{pick_list.stall_id}:1:")
    assert mails.filter(recipient="new@example.org").count() == 1
    assert mails.count() == 3


def test_files_come_when_they_are_made() -> None:
    farm = cast.a_producer()
    client = signed_in(cast.a_farmer(farm))
    _round, pick_list = a_closed_round(farm)
    addresses = [reverse(f"deliveries:pick_list_{kind}", args=[pick_list.pk]) for kind in ("pdf", "xlsx")]
    assert [client.get(address).status_code for address in addresses] == [302, 302]
    rendered(pick_list)
    for address in addresses:
        assert client.get(address).getvalue() == b"file"


def test_a_replaced_list_says_so() -> None:
    farm = cast.a_producer()
    _round, pick_list = a_closed_round(farm)
    stall = Stall.objects.get(pk=pick_list.stall_id)
    newer = pick_lists.freeze(stall, reason="Snow on the pass")
    client = signed_in(cast.a_farmer(farm))
    page = client.get(reverse("deliveries:pick_list", args=[pick_list.pk])).content.decode()
    assert reverse("deliveries:pick_list", args=[newer.pk]) in page
    assert "Seen, I deliver" not in page
    assert "Snow on the pass" in client.get(reverse("deliveries:pick_list", args=[newer.pk])).content.decode()
    assert client.get(reverse("deliveries:pick_lists")).context["page"].object_list[0].pk == newer.pk


def test_who_sees_a_pick_list_and_who_answers_for_it() -> None:
    farm = cast.a_producer()
    round, pick_list = a_closed_round(farm)
    people = {
        "farmer": cast.a_farmer(farm),
        "coordinator": cast.the_coordinator(round),
        "staff": cast.a_staff_user(),
        "member": cast.a_member(round.neighbourhood),
        "other farmer": cast.a_farmer(cast.a_producer("Le Rucher")),
        "stranger": cast.a_user(),
    }
    pages = {
        name: signed_in(user).get(reverse("deliveries:pick_list", args=[pick_list.pk])).status_code
        for name, user in people.items()
    }
    posts = {
        name: signed_in(user).post(reverse("deliveries:pick_list_mailing", args=[pick_list.pk])).status_code
        for name, user in people.items()
    }
    assert pages == {
        "farmer": 200,
        "coordinator": 200,
        "staff": 200,
        "member": 403,
        "other farmer": 404,
        "stranger": 404,
    }
    assert posts == {
        "farmer": 302,
        "coordinator": 302,
        "staff": 403,
        "member": 403,
        "other farmer": 404,
        "stranger": 404,
    }
    assert Client().get(reverse("deliveries:pick_list", args=[pick_list.pk])).status_code == 302
    assert (
        signed_in(people["farmer"]).get(reverse("deliveries:acknowledgement", args=[pick_list.pk])).status_code == 405
    )


def test_the_list_of_lists_costs_as_many_queries_with_three_rows_as_with_one() -> None:
    counts = []
    for size in (1, 3):
        farm = cast.a_producer()
        client = signed_in(cast.a_farmer(farm))
        for number in range(size):
            a_closed_round(farm, f"Catalogue {number}")
        client.get(reverse("deliveries:pick_lists"))
        for address in (reverse("deliveries:pick_lists"), "/desk/"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
