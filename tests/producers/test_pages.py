from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from cagette.models import User
from orders import rounds
from orders.models import Stall
from producers.models import Certificate, Producer
from tests import cast

pytestmark = pytest.mark.django_db

FARM = {"name": "Ferme du Prorel", "vat_regime": "flat_rate"}


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def a_farm_and_its_farmer() -> tuple[Producer, User]:
    farm = cast.a_producer()
    return farm, cast.a_farmer(farm)


def a_photo() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (2000, 1000), "green").save(out, "PNG")
    return SimpleUploadedFile("me.png", out.getvalue(), "image/png")


def test_a_name_is_enough_to_start() -> None:
    ana = cast.a_user("Ana")
    answer = signed_in(ana).post(reverse("producers:new"), {"name": "Le Rucher", "country": "FR", "role": "owner"})
    assert (answer.status_code, answer["Location"]) == (302, "/desk/")
    assert [member.user for member in Producer.objects.get(name="Le Rucher").members.all()] == [ana]


def test_a_farm_without_a_name_keeps_what_else_was_typed() -> None:
    answer = signed_in(cast.a_user()).post(
        reverse("producers:new"), {"name": " ", "commune": "Névache", "country": "FR", "role": "editor"}
    )
    assert answer.status_code == 422
    assert "Névache" in answer.content.decode()
    assert not Producer.objects.exists()


def test_particulars_are_saved_and_the_photo_is_drawn_anew() -> None:
    farm, paul = a_farm_and_its_farmer()
    typed = {
        **FARM,
        "siren": "732 829 320",
        "siret": "732 829 320 00074",
        "iban": "FR14 2004 1010 0505 0001 3M02 606",
        "iban_holder": "EARL du Prorel",
        "payment_means": ["cheque", "transfer"],
        "languages": ["fr", "it"],
        "pick_list_emails": "a@example.org\nB@example.org",
        "photo": a_photo(),
    }
    assert signed_in(paul).post(reverse("producers:edit", args=[farm.slug]), typed).status_code == 302
    farm = Producer.objects.get(pk=farm.pk)
    assert (farm.siren, farm.siret, farm.iban) == ("732829320", "73282932000074", "FR1420041010050500013M02606")
    assert (farm.languages, farm.payment_means) == (["fr", "it"], ["cheque", "transfer"])
    assert set(farm.pick_list_recipients.values_list("email", flat=True)) == {"a@example.org", "b@example.org"}
    assert (farm.photo.width, farm.photo.height) == (1600, 800)
    assert str(farm.photo).endswith(".jpg")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"siren": "732829321"}, "One digit of this SIREN is wrong"),
        ({"siren": "732829320", "siret": "40483304800022"}, "A SIRET starts with the SIREN of its business"),
        ({"siren": "732829320", "vat_number": "FR40303265045"}, "A French VAT number ends with the SIREN"),
        ({"iban": "FR14 2004 1010 0505 0001 3M02 606"}, "Write whose account it is"),
        ({"iban_holder": "EARL"}, "Write the IBAN of this account"),
        ({"payment_means": "transfer"}, "Write the IBAN that transfers go to"),
        ({"payment_means": "gold"}, "Select a valid choice. gold is not one of the available choices."),
        ({"pick_list_emails": "a@example.org\nnobody"}, "“nobody” isn&#x27;t an e-mail address."),
        ({"pick_list_emails": f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 60}.org"}, "isn&#x27;t an e-mail address."),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_nothing_is_saved(typed: dict[str, str], sentence: str) -> None:
    farm, paul = a_farm_and_its_farmer()
    answer = signed_in(paul).post(
        reverse("producers:edit", args=[farm.slug]), {**FARM, "name": "Another name", "story": "Goats", **typed}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert all(f"{value.splitlines()[-1]}" in page for value in ["Goats", "Another name", *typed.values()])
    assert Producer.objects.get(pk=farm.pk).name == farm.name


@pytest.mark.parametrize("name", ["edit", "team"])
def test_a_farms_own_pages_are_for_its_people(name: str) -> None:
    farm, paul = a_farm_and_its_farmer()
    address = reverse(f"producers:{name}", args=[farm.slug])
    assert signed_in(paul).get(address).status_code == 200
    assert signed_in(cast.a_user("stranger")).get(address).status_code == 403
    assert Client().get(address).status_code == 302
    Producer.objects.update(retired_at=timezone.now())
    assert signed_in(cast.a_user("stranger")).get(address).status_code == 404


def test_adding_somebody_says_the_same_whether_or_not_they_have_an_account() -> None:
    farm, paul = a_farm_and_its_farmer()
    known = cast.a_user("Lea")
    address = reverse("producers:team", args=[farm.slug])
    for email in (known.email, "new@example.org"):
        page = signed_in(paul).post(address, {"email": email, "role": "editor"}, follow=True).content.decode()
        assert f"{email} now works for {farm}." in page
    assert farm.members.count() == 3


def test_the_last_owner_is_told_why_they_stay() -> None:
    farm, paul = a_farm_and_its_farmer()
    address = reverse("producers:team_removal", args=[farm.slug, farm.members.get().pk])
    page = signed_in(paul).post(address, follow=True).content.decode()
    assert "name another owner first" in page
    assert farm.members.count() == 1
    assert signed_in(paul).get(address).status_code == 405


def test_somebody_of_another_farm_is_not_removed_through_mine() -> None:
    farm, paul = a_farm_and_its_farmer()
    other = cast.a_producer("Le Rucher")
    cast.a_farmer(other)
    address = reverse("producers:team_removal", args=[farm.slug, other.members.get().pk])
    assert signed_in(paul).post(address).status_code == 404


def test_the_public_page_shows_what_is_on_sale_and_where_to_order() -> None:
    farm = cast.a_producer(story="Forty goats.")
    catalog = cast.a_catalog(farm)
    cast.a_product(catalog, "Tomme", labels=["organic"])
    cast.a_product(catalog, "Hidden cheese", available=False)
    cast.a_product(cast.a_catalog(farm, "Draft", published_at=None), "Draft cheese")
    round = cast.an_open_round(None, catalog, title="Jeudi à la gare")
    page = Client().get(reverse("producers:detail", args=[farm.slug])).content.decode()
    assert all(word in page for word in ("Forty goats.", "Tomme", "4,50", "Jeudi à la gare", f"/rounds/{round.pk}/"))
    assert "Hidden cheese" not in page
    assert "Draft cheese" not in page
    assert "label-organic" not in page


def test_the_leaf_is_on_the_public_page_while_the_certificate_is_valid() -> None:
    farm = cast.a_producer()
    cast.a_product(cast.a_catalog(farm), labels=["organic"], category="dairy")
    today = timezone.localdate()
    certificate = Certificate.objects.create(producer=farm, certifier_code="FR-BIO-01", expires_on=today)
    address = reverse("producers:detail", args=[farm.slug])
    assert "label-organic" in Client().get(address).content.decode()
    Certificate.objects.filter(pk=certificate.pk).update(expires_on=today - timedelta(days=1))
    assert "label-organic" not in Client().get(address).content.decode()


def test_a_retired_farm_has_no_page() -> None:
    farm = cast.a_producer(retired_at=timezone.now())
    assert Client().get(reverse("producers:detail", args=[farm.slug])).status_code == 404


def test_an_empty_desk_says_what_to_do() -> None:
    page = signed_in(cast.a_user()).get("/desk/").content.decode()
    assert reverse("producers:new") in page


def test_the_desk_shows_invitations_and_what_is_ordered() -> None:
    farm, paul = a_farm_and_its_farmer()
    catalog = cast.a_catalog(farm, products=2)
    asked = cast.a_proposed_round(None, catalog, title="À répondre")
    going = cast.an_open_round(None, catalog, title="En cours")
    first, second = cast.offers_of(going)
    for household in ("Ferrand", "Blanc"):
        cast.an_order(going, cast.a_household(going.neighbourhood, household), {first: 2, second: 1})
    stall = going.stalls.get()
    page = signed_in(paul).get("/desk/")
    (shown,) = page.context["farms"]
    assert [each.round for each in shown.invitations] == [asked]
    assert [(each.round, each.households, str(each.sum_goods)) for each in shown.running] == [(going, 2, "27.00")]
    assert reverse("orders:answer", args=[asked.stalls.get().pk]) in page.content.decode()
    offers = signed_in(paul).get(reverse("deliveries:stall", args=[stall.pk])).context["ordered"]
    assert [(str(offer.quantity), offer.households) for offer in offers] == [("4.000", 2), ("2.000", 2)]


def test_a_declined_or_past_round_leaves_the_desk() -> None:
    farm, paul = a_farm_and_its_farmer()
    declined = cast.a_proposed_round(None, cast.a_catalog(farm, "Printemps", products=1))
    rounds.decline(declined.stalls.get(), by=paul, how=Stall.Channel.PAGE)
    cast.a_past_round(None, cast.a_catalog(farm, products=1))
    (shown,) = signed_in(paul).get("/desk/").context["farms"]
    assert (shown.invitations, shown.running) == ([], [])


def test_what_is_ordered_is_for_the_farm_and_the_coordinators() -> None:
    farm, paul = a_farm_and_its_farmer()
    round = cast.an_open_round(None, cast.a_catalog(farm, products=1))
    address = reverse("deliveries:stall", args=[round.stalls.get().pk])
    statuses = {
        name: signed_in(user).get(address).status_code
        for name, user in {
            "farmer": paul,
            "coordinator": cast.the_coordinator(round),
            "other farmer": cast.a_farmer(cast.a_producer("Le Rucher")),
            "member": cast.a_member(round.neighbourhood),
        }.items()
    }
    assert statuses == {"farmer": 200, "coordinator": 200, "other farmer": 404, "member": 403}


def farms_with_rounds(size: int) -> tuple[Producer, User]:
    farm, paul = a_farm_and_its_farmer()
    for number in range(size):
        catalog = cast.a_catalog(farm, f"Catalogue {number}", products=size)
        cast.a_proposed_round(None, catalog)
        cast.an_open_round(None, catalog)
    for name in ("Le Rucher", "Le Moulin")[: size - 1]:
        other = cast.a_producer(name)
        cast.an_open_round(None, cast.a_catalog(other, products=1))
        other.members.create(user=paul)
    return farm, paul


@pytest.mark.parametrize(
    "address",
    [
        lambda farm: "/desk/",
        lambda farm: reverse("producers:detail", args=[farm.slug]),
        lambda farm: reverse("producers:team", args=[farm.slug]),
        lambda farm: reverse("deliveries:stall", args=[farm.stalls.filter(state="open").latest("pk").pk]),
    ],
    ids=["desk", "detail", "team", "stall"],
)
def test_pages_cost_as_many_queries_with_three_rows_as_with_one(address: Callable[[Producer], str]) -> None:
    counts = []
    for size in (1, 3):
        farm, paul = farms_with_rounds(size)
        for _number in range(size):
            farm.members.create(user=cast.a_user())
        client, path = signed_in(paul), address(farm)
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
