"""What a farm's country decides: its numbers, its VAT regimes, what is missing before the first sale."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import translation

from producers import founding, numbers
from producers.models import Producer
from producers.regimes import REGIMES
from tests import cast


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("FR", "732 829 320", "732829320"),
        ("IT", "IT 00743110157", "00743110157"),
        ("CH", "CHE-100.155.212", "CHE100155212"),
    ],
)
def test_businesses_have_the_number_of_their_country(country: str, typed: str, kept: str) -> None:
    assert numbers.business_number_field(country).clean(typed) == kept


@pytest.mark.parametrize(
    ("country", "typed", "sentence"),
    [
        ("IT", "00743110158", "One digit of this partita IVA is wrong"),
        ("IT", "0074", "has 11 digits, this has 4"),
        ("CH", "CHE-100.155.213", "One digit of this UID is wrong"),
        ("CH", "CHE-100.155", "A UID is made of CHE and 9 digits"),
        # Nine digits that a French number may have.
        ("CH", "100155212", "A UID is made of CHE and 9 digits"),
    ],
)
def test_a_wrong_number_is_refused_with_a_sentence(country: str, typed: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        numbers.business_number_field(country).clean(typed)


def test_the_example_that_pages_give_is_a_uid() -> None:
    assert numbers.business_number_field("CH").clean("CHE-123.456.788") == "CHE123456788"


@pytest.mark.parametrize(
    ("country", "regime", "missing"),
    [
        ("FR", "flat_rate", ["legal name", "SIREN", "address", "consumer mediator"]),
        ("FR", "liable", ["legal name", "SIREN", "address", "consumer mediator", "VAT number"]),
        ("IT", "flat_rate", ["legal name", "partita IVA", "address"]),
        ("IT", "liable", ["legal name", "partita IVA", "address"]),
        ("CH", "franchise", ["legal name", "address"]),
        ("CH", "liable", ["legal name", "address", "UID", "VAT number"]),
    ],
)
def test_what_is_missing_follows_the_country(country: str, regime: str, missing: list[str]) -> None:
    assert founding.still_wanted(Producer(name="Ferme", country=country, vat_regime=regime)) == missing


@pytest.mark.parametrize(
    ("country", "regimes"),
    [
        ("FR", {"franchise": False, "flat_rate": False, "liable": True}),
        # Under the special scheme buyers are charged the product's own rate.
        ("IT", {"franchise": False, "flat_rate": True, "liable": True}),
        ("CH", {"franchise": False, "liable": True}),
    ],
)
def test_regimes_charge_vat_or_not_as_the_country_has_them(country: str, regimes: dict[str, bool]) -> None:
    farms = [Producer(country=country, vat_regime=regime) for regime, _label in REGIMES[country].items()]
    assert {farm.vat_regime: farm.charges_vat for farm in farms} == regimes


@pytest.mark.django_db
@pytest.mark.parametrize(("country", "regime"), [("FR", "flat_rate"), ("IT", "franchise"), ("CH", "franchise")])
def test_a_new_farm_begins_in_its_country_without_vat(client: Client, country: str, regime: str) -> None:
    client.force_login(cast.a_user())

    answer = client.post(reverse("producers:new"), {"name": "Le Rucher", "country": country, "role": "owner"})

    farm = Producer.objects.get()
    assert (answer.status_code, farm.country, farm.vat_regime, farm.charges_vat) == (302, country, regime, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seen", "chosen", "kept"),
    [
        # The French flat rate, on a page that still asked for what France wants, says nothing of Italy's.
        ("FR", "flat_rate", "franchise"),
        ("FR", "liable", "liable"),
        ("IT", "flat_rate", "flat_rate"),
    ],
)
def test_a_flat_rate_of_one_country_is_not_that_of_another(client: Client, seen: str, chosen: str, kept: str) -> None:
    farm = cast.a_producer(vat_regime="flat_rate")

    status, _page = edited(client, farm, country="IT", asked_country=seen, vat_regime=chosen, siren="00743110157")

    farm.refresh_from_db()
    assert (status, farm.country, farm.vat_regime) == (302, "IT", kept)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("IT 00743110157", "00743110157"), ("rcc mnl 83s18 d969h", "RCCMNL83S18D969H")],
)
def test_a_buyer_in_italy_may_have_a_codice_fiscale(typed: str, kept: str) -> None:
    assert numbers.buyer_number_field("IT").clean(typed) == kept


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("RCCMNL83S18D969", "A partita IVA has 11 digits, a codice fiscale 16"),
        ("RCCMNL83S18D969A", "One character of this number is wrong"),
        ("00743110158", "One character of this number is wrong"),
    ],
)
def test_a_wrong_codice_fiscale_is_refused_with_a_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        numbers.buyer_number_field("IT").clean(typed)


def edited(client: Client, farm: Producer, **typed: str) -> tuple[int, str]:
    client.force_login(cast.a_farmer(farm))
    form = {"name": farm.name, "vat_regime": "liable", **typed}
    answer = client.post(reverse("producers:edit", args=[farm.slug]), form, headers={"accept-language": "en"})
    return answer.status_code, answer.content.decode()


@pytest.mark.django_db
def test_a_farm_moves_to_switzerland_with_its_uid_and_keeps_what_it_had(client: Client) -> None:
    farm = cast.a_producer(siret="73282932000074")

    status, _page = edited(client, farm, country="CH", siren="CHE-107.787.577", vat_number="CHE-107.787.577 TVA")

    farm.refresh_from_db()
    assert (status, farm.country, farm.siren, farm.vat_number) == (302, "CH", "CHE107787577", "CHE107787577TVA")
    assert (farm.siret, farm.number_shown) == ("73282932000074", "CHE-107.787.577")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "typed", "sentence"),
    [
        ("IT", {"siren": "00743110157", "vat_number": "IT00905811006"}, "An Italian VAT number is IT and"),
        ("CH", {"siren": "CHE-100.155.212", "vat_number": "CHE-107.787.577 TVA"}, "begins with the UID"),
        ("CH", {"vat_regime": "flat_rate"}, "Select a valid choice"),
    ],
)
def test_what_does_not_fit_the_country_is_refused(
    client: Client, country: str, typed: dict[str, str], sentence: str
) -> None:
    farm = cast.a_producer(country=country)

    status, page = edited(client, farm, country=country, **typed)

    assert status == 422
    with translation.override("fr"):
        assert sentence in page or translation.gettext(sentence) in page


@pytest.mark.django_db
def test_the_page_of_a_swiss_farm_says_its_uid_and_why_there_is_no_vat(client: Client) -> None:
    farm = cast.a_producer(country="CH", siren="CHE100155212", vat_regime="franchise")

    page = client.get(reverse("producers:detail", args=[farm.slug])).content.decode()

    assert "<dt>IDE</dt><dd>CHE-100.155.212</dd>" in page
    assert "293 B" not in page


@pytest.mark.django_db
def test_a_buyer_in_piemonte_is_written_down_by_the_codice_fiscale(client: Client) -> None:
    neighbourhood = cast.a_neighbourhood(country="IT")
    client.force_login(cast.a_coordinator(neighbourhood))
    typed = {"name": "Rocca", "kind": "professional", "legal_name": "Manuel Rocca", "billing_address": "Oulx"}
    url = reverse("orders:household_founding", args=[neighbourhood.slug])

    assert client.post(url, typed | {"siren": "RCC MNL 83S18 D969H"}).status_code == 302

    assert neighbourhood.households.get(name="Rocca").siren == "RCCMNL83S18D969H"


@pytest.mark.django_db
def test_a_restaurant_in_geneva_has_a_uid(client: Client) -> None:
    neighbourhood = cast.a_neighbourhood(country="CH", currency="CHF")
    client.force_login(cast.a_coordinator(neighbourhood))
    typed = {
        "name": "Le Rempart", "kind": "professional", "legal_name": "Le Rempart SA", "billing_address": "Rue du Lac 1",
    }  # fmt: skip
    url = reverse("orders:household_founding", args=[neighbourhood.slug])

    assert client.post(url, typed | {"siren": "732829320"}).status_code == 422
    assert client.post(url, typed | {"siren": "CHE-100.155.212"}).status_code == 302

    assert neighbourhood.households.get(name="Le Rempart").siren == "CHE100155212"
