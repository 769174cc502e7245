"""A group's country and currency, and the catalogues that may be invited to its rounds."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from cagette.errors import WrongState
from catalogs import editing
from catalogs.models import Catalog
from orders import rounds, settling
from orders.forms.rounds import ProposalForm
from orders.models import Neighbourhood
from tests import cast

pytestmark = pytest.mark.django_db


def in_geneva() -> Neighbourhood:
    return cast.a_neighbourhood("Genève", country="CH", currency="CHF", time_zone="Europe/Zurich")


def test_a_round_has_the_currency_of_its_group() -> None:
    catalog = cast.a_catalog(products=1, currency="CHF")

    round = cast.a_proposed_round(in_geneva(), catalog)

    assert round.currency == "CHF"
    assert list(round.stalls.values_list("minimum_amount_currency", flat=True)) == ["CHF"]


def test_a_catalogue_in_another_currency_is_refused_with_a_sentence() -> None:
    round = cast.a_proposed_round(in_geneva(), cast.a_catalog(products=1, currency="CHF"))
    catalog = cast.a_catalog(products=1)

    with pytest.raises(rounds.RoundRefused, match=r"EUR.*CHF"):
        rounds.invite(round, catalog, by=cast.the_coordinator(round))

    assert round.stalls.count() == 1


def test_only_catalogues_in_the_groups_currency_are_offered() -> None:
    francs, _euros = cast.a_catalog(products=1, currency="CHF"), cast.a_catalog(products=1)

    form = ProposalForm(neighbourhood=in_geneva())

    assert [pk for pk, _label in form.fields["catalogs"].widget.choices] == [francs.pk]


def test_inviting_a_catalogue_in_another_currency_says_why_not(client: Client) -> None:
    round = cast.a_proposed_round(in_geneva(), cast.a_catalog(products=1, currency="CHF"))
    client.force_login(cast.the_coordinator(round))

    answer = client.post(reverse("deliveries:invitation", args=[round.pk]), {"catalog": cast.a_catalog(products=1).pk})

    assert "en EUR, et ce groupe commande en CHF" in answer.content.decode()
    assert round.stalls.count() == 1


def test_country_and_currency_can_change_before_the_first_published_round() -> None:
    neighbourhood = cast.a_neighbourhood()
    cast.a_proposed_round(neighbourhood)

    settling.settle(neighbourhood, country="CH", currency="CHF")

    now = Neighbourhood.objects.get(pk=neighbourhood.pk)
    assert (now.country, now.currency) == ("CH", "CHF")


def test_country_and_currency_stay_after_the_first_published_round() -> None:
    neighbourhood = cast.a_neighbourhood()
    cast.an_upcoming_round(neighbourhood)

    with pytest.raises(settling.Settled):
        settling.settle(neighbourhood, country="CH", currency="CHF")

    now = Neighbourhood.objects.get(pk=neighbourhood.pk)
    assert (now.country, now.currency) == ("FR", "EUR")


def test_a_round_proposed_in_the_currency_before_is_not_published() -> None:
    neighbourhood = cast.a_neighbourhood()
    round = cast.a_proposed_round(neighbourhood)
    rounds.accept(round.stalls.get(), by=None, how="link")
    settling.settle(neighbourhood, country="CH", currency="CHF")

    with pytest.raises(rounds.RoundRefused, match=r"CHF.*EUR"):
        rounds.publish(round, by=cast.the_coordinator(round))


def test_the_admin_settles_a_group_and_refuses_once_it_has_published(client: Client) -> None:
    client.force_login(cast.a_staff_user())
    neighbourhood = cast.a_neighbourhood()
    url = reverse("admin:orders_neighbourhood_change", args=[neighbourhood.pk])
    typed = {
        "name": "Carouge", "slug": "carouge", "commune": "Carouge", "country": "CH", "currency": "CHF",
        "time_zone": "Europe/Zurich", "joining": "open",
        "places-TOTAL_FORMS": "0", "places-INITIAL_FORMS": "0",
    }  # fmt: skip

    client.post(url, typed)
    neighbourhood.refresh_from_db()
    assert (neighbourhood.country, neighbourhood.currency, neighbourhood.time_zone) == ("CH", "CHF", "Europe/Zurich")

    cast.an_upcoming_round(neighbourhood, cast.a_catalog(products=1, currency="CHF"))
    client.post(url, typed | {"country": "FR", "currency": "EUR", "name": "Carouge 2"})
    neighbourhood.refresh_from_db()
    assert (neighbourhood.country, neighbourhood.currency, neighbourhood.name) == ("CH", "CHF", "Carouge 2")


def test_a_catalogue_has_the_currency_of_its_farms_country(client: Client) -> None:
    producer = cast.a_producer(country="CH")
    client.force_login(cast.a_farmer(producer))

    client.post(reverse("catalogs:new", args=[producer.slug]), {"name": "Fromages"})

    assert Catalog.objects.get(producer=producer).currency == "CHF"


def test_a_catalogues_currency_stays_once_it_was_published() -> None:
    producer = cast.a_producer()
    farmer = cast.a_farmer(producer)
    catalog = cast.a_catalog(producer, products=1, published_at=None)
    editing.change_catalog(catalog, {"currency": "CHF"}, by=farmer)
    editing.publish(catalog, by=farmer)
    editing.withdraw(catalog, by=farmer)

    with pytest.raises(WrongState):
        editing.change_catalog(catalog, {"currency": "EUR"}, by=farmer)

    assert Catalog.objects.get(pk=catalog.pk).currency == "CHF"
