"""The first page, a neighbourhood's page, its people and a household's page, as each reader may see them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cagette.models import User
from deliveries import correcting
from orders import joining
from orders.models import Household, Membership, Neighbourhood, Place
from tests.cast import (
    a_coordinator,
    a_household,
    a_member,
    a_neighbourhood,
    a_past_round,
    a_proposed_round,
    a_sheet,
    a_staff_user,
    a_user,
    an_open_round,
    an_order,
    an_overdue_round,
    an_upcoming_round,
    offers_of,
    shift,
    the_coordinator,
    the_household,
)

pytestmark = pytest.mark.django_db


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_first_page_shows_listed_neighbourhoods_with_their_next_rounds(client: Client) -> None:
    sainte_catherine = a_neighbourhood("Sainte-Catherine")
    a_neighbourhood("Hidden", listed=False)
    an_open_round(sainte_catherine, title="La commande du jeudi")
    a_proposed_round(sainte_catherine, title="Not yet")
    page = client.get("/").content.decode()
    assert "Sainte-Catherine" in page
    assert "La commande du jeudi" in page
    assert "Hidden" not in page
    assert "Not yet" not in page


def found(client: Client, words: str) -> list[str]:
    return [
        neighbourhood.name for neighbourhood, _rounds in client.get("/", {"commune": words}).context["neighbourhoods"]
    ]


@pytest.mark.parametrize("words", ["Briancon", "BRIANÇON", " brian ", "05100", "051", "gare", "gare, briançon"])
def test_one_finds_a_neighbourhood_whatever_the_accents(client: Client, words: str) -> None:
    a_neighbourhood("Gare", postcode="05100")
    a_neighbourhood("Serre", commune="Embrun", postcode="05200")
    assert found(client, words) == ["Gare"]


@pytest.mark.parametrize(
    "words", ["St Chaffrey", "saint-chaffrey", "ST. CHAFFREY", "chaffrey", "st chafrey", "Saint Chaffray"]
)
@pytest.mark.parametrize("commune", ["Saint-Chaffrey", "St-Chaffrey"])
def test_saints_are_found_however_they_are_written(client: Client, words: str, commune: str) -> None:
    a_neighbourhood("Serre", commune=commune)
    a_neighbourhood("Gare", commune="Embrun")
    assert found(client, words) == ["Serre"]


def test_what_is_only_nearly_found_is_said_to_be(client: Client) -> None:
    a_neighbourhood("Gare")
    exactly, nearly = (client.get("/", {"commune": words}).context["nearly"] for words in ("briancon", "briancnon"))
    assert (exactly, nearly) == (False, True)


@pytest.mark.parametrize("words", ["%", "_", "\0", "'", "!!", "x" * 81, "☃"])
def test_a_search_for_signs_is_no_error(client: Client, words: str) -> None:
    a_neighbourhood("Gare")
    assert client.get("/", {"commune": words}).status_code == 200


def test_a_search_that_finds_nothing_says_so_and_repeats_what_was_typed(client: Client) -> None:
    assert "<Gap>" not in (page := client.get("/", {"commune": "<Gap>"}).content.decode())
    assert "&lt;Gap&gt;" in page


def test_a_member_finds_their_rounds_first_and_whether_they_have_ordered(client: Client) -> None:
    neighbourhood = a_neighbourhood()
    member = a_member(neighbourhood)
    ordered, to_confirm = an_open_round(neighbourhood, title="Pain"), an_open_round(neighbourhood, title="Agneau")
    an_order(ordered, the_household(member), {offers_of(ordered)[0]: 1})
    a_sheet(to_confirm, the_household(member), {offers_of(to_confirm)[0]: 2})
    client.force_login(member)
    response = client.get("/")
    states = {round.title: (order.is_ordered, order.is_to_confirm) for round, order in response.context["mine"]}
    assert states == {"Pain": (True, False), "Agneau": (False, True)}


@pytest.mark.parametrize("signed_in", [False, True])
def test_the_first_page_costs_the_same_for_one_and_for_three(client: Client, signed_in: bool) -> None:
    neighbourhoods = [a_neighbourhood()]
    member = a_member(neighbourhoods[0])
    if signed_in:
        client.force_login(member)
    an_open_round(neighbourhoods[0])
    before = queries_of(client, "/")
    for _n in range(2):
        neighbourhood = a_neighbourhood()
        round = an_open_round(neighbourhood)
        joining.join(neighbourhood, member, name="Ferrand")
        an_order(round, Household.objects.of(member).get(neighbourhood=neighbourhood), {offers_of(round)[0]: 1})
    assert queries_of(client, "/") == before


def test_a_neighbourhoods_page_costs_the_same_for_one_and_for_three(client: Client) -> None:
    neighbourhood = a_neighbourhood()
    client.force_login(a_coordinator(neighbourhood))
    url = f"/neighbourhoods/{neighbourhood.slug}/"

    def more() -> None:
        for make in (an_open_round, an_upcoming_round, a_past_round):
            make(neighbourhood)

    more()
    before = queries_of(client, url)
    more()
    more()
    assert queries_of(client, url) == before


def test_the_people_page_costs_the_same_for_one_and_for_three(client: Client) -> None:
    neighbourhood = a_neighbourhood(joining=Neighbourhood.Joining.APPROVAL)
    client.force_login(a_coordinator(neighbourhood))
    url = f"/neighbourhoods/{neighbourhood.slug}/people/"

    def more() -> None:
        a_household(neighbourhood)
        a_member(neighbourhood)
        joining.join(neighbourhood, a_user(), name="Rostolan")

    more()
    before = queries_of(client, url)
    more()
    more()
    assert queries_of(client, url) == before


def test_a_busy_neighbourhood_shows_the_rounds_that_close_first_and_says_how_many_there_are(client: Client) -> None:
    neighbourhood = a_neighbourhood()
    for number in range(5):
        shift(an_open_round(neighbourhood, title=f"Commande {number}"), timedelta(hours=number))
    an_open_round(a_neighbourhood("Forville"), title="Ailleurs")
    shown = {each.name: rounds for each, rounds in client.get("/").context["neighbourhoods"]}
    assert [round.title for round in shown["Gare"]] == ["Commande 0", "Commande 1", "Commande 2"]
    assert (shown["Gare"][0].ahead, shown["Forville"][0].ahead) == (5, 1)


def test_a_neighbourhoods_page_shows_its_rounds_and_its_farms(client: Client) -> None:
    neighbourhood = a_neighbourhood()
    open_round, upcoming, past = (make(neighbourhood) for make in (an_open_round, an_upcoming_round, a_past_round))
    overdue = an_overdue_round(neighbourhood)
    a_proposed_round(neighbourhood)
    shown = client.get(f"/neighbourhoods/{neighbourhood.slug}/").context
    assert shown["shelves"] == {"open": [open_round], "upcoming": [upcoming], "coming": [overdue]}
    assert list(shown["page"]) == [past]
    assert len(shown["producers"]) == 4


def test_what_was_called_off_is_said_until_its_day_and_then_gone(client: Client) -> None:
    round = an_open_round()
    url = f"/neighbourhoods/{round.neighbourhood.slug}/"
    correcting.call_off_round(round, by=the_coordinator(round), reason="Neige")
    shown = client.get(url).context
    assert (shown["shelves"]["coming"], list(shown["page"]), list(shown["producers"])) == ([round], [], [])
    shift(round, timedelta(days=-30))
    shown = client.get(url).context
    assert (shown["shelves"]["coming"], list(shown["page"])) == ([], [])


def test_past_rounds_come_page_by_page(client: Client) -> None:
    neighbourhood = a_neighbourhood()
    for number in range(12):
        shift(a_past_round(neighbourhood, title=f"Commande {number}"), timedelta(days=-number))
    url = f"/neighbourhoods/{neighbourhood.slug}/"
    titles = [[round.title for round in client.get(url, {"page": page}).context["page"]] for page in (1, 2, "x")]
    assert titles[0] == titles[2] == [f"Commande {number}" for number in range(10)]
    assert titles[1] == ["Commande 10", "Commande 11"]


def test_how_to_get_in_is_for_members(client: Client) -> None:
    round = an_open_round()
    Place.objects.filter(pk=round.place_id).update(access="Portail vert, code 12")
    url = f"/neighbourhoods/{round.neighbourhood.slug}/"
    page = client.get(url).content.decode()
    assert ("2 rue de la Gare" in page, "Portail vert" in page) == (True, False)
    client.force_login(a_member(round.neighbourhood))
    assert "Portail vert" in client.get(url).content.decode()


def test_the_feeds_are_linked_where_programs_look(client: Client) -> None:
    neighbourhood = a_neighbourhood()
    page = client.get(f"/neighbourhoods/{neighbourhood.slug}/").content.decode()
    assert '<link rel="alternate" type="application/rss+xml" title="' in page
    assert f'href="/neighbourhoods/{neighbourhood.slug}/rounds.rss"' in page
    assert f'href="webcal://127.0.0.1:8000/neighbourhoods/{neighbourhood.slug}/deliveries.ics"' in page


def test_an_invitation_to_an_unlisted_group_opens_its_rounds_but_not_its_feeds(client: Client) -> None:
    neighbourhood = a_neighbourhood(listed=False)
    round = an_open_round(neighbourhood)
    page = client.get(
        f"/neighbourhoods/{neighbourhood.slug}/invitation/{neighbourhood.invitation_token}/"
    ).content.decode()
    link = f"/rounds/{round.pk}/?link={round.share_token}"
    assert (link in page, client.get(link).status_code) == (True, 200)
    assert neighbourhood.feed_token not in page


def test_an_unlisted_neighbourhood_is_for_its_members(client: Client) -> None:
    neighbourhood = a_neighbourhood(listed=False)
    url = f"/neighbourhoods/{neighbourhood.slug}/"
    member = a_member(neighbourhood)
    assert client.get(url).status_code == 404
    client.force_login(a_user())
    assert (client.get(url).status_code, client.post(url + "joining/").status_code) == (404, 404)
    client.force_login(member)
    assert client.get(url).status_code == 200


def test_joining_from_the_page(client: Client) -> None:
    neighbourhood, user = a_neighbourhood(), a_user()
    url = f"/neighbourhoods/{neighbourhood.slug}/"
    assert client.post(url + "joining/", {"name": "Rostolan"}).status_code == 302
    assert Household.objects.count() == 0
    client.force_login(user)
    refused = client.post(url + "joining/", {"name": "Rostolan", "phone": ""})
    assert (refused.status_code, "Rostolan" in refused.content.decode()) == (422, True)
    client.post(url + "joining/", {"name": "Rostolan", "phone": "06 12 34 56 78"})
    assert the_household(user).name == "Rostolan"
    assert "Rostolan" in client.get(url).content.decode()


def test_joining_by_invitation_from_the_page(client: Client) -> None:
    neighbourhood = a_neighbourhood(joining=Neighbourhood.Joining.INVITATION, listed=False)
    user = a_user()
    url = f"/neighbourhoods/{neighbourhood.slug}/invitation/{neighbourhood.invitation_token}/"
    page = client.get(url).content.decode()
    assert f"?next={url}" in page
    client.force_login(user)
    assert client.post(url, {"name": "Rostolan", "phone": "06 12"}).status_code == 302
    assert the_household(user).neighbourhood == neighbourhood


def people() -> tuple[Neighbourhood, dict[str, User | None]]:
    neighbourhood = a_neighbourhood(joining=Neighbourhood.Joining.APPROVAL)
    return neighbourhood, {
        "anonymous": None,
        "stranger": a_user(),
        "member": a_member(neighbourhood),
        "coordinator elsewhere": a_coordinator(),
        "coordinator": a_coordinator(neighbourhood),
        "staff": a_staff_user(),
    }


@pytest.mark.parametrize("page", ["people/", "households/", "people/{asked}/approval/", "invitation/"])
def test_only_coordinators_and_staff_run_a_neighbourhood(page: str) -> None:
    neighbourhood, cast = people()
    asked = joining.join(neighbourhood, a_user(), name="Rostolan")
    url = f"/neighbourhoods/{neighbourhood.slug}/" + page.format(asked=asked.pk)
    answers = {}
    for name, user in cast.items():
        client = Client()
        if user:
            client.force_login(user)
        answers[name] = (client.get(url) if page == "people/" else client.post(url, {"name": ""})).status_code
    done = {"people/": 200, "households/": 422}.get(page, 302)
    assert answers == {
        "anonymous": 302,
        "stranger": 404,
        "member": 403,
        "coordinator elsewhere": 404,
        "coordinator": done,
        "staff": done,
    }


def test_a_coordinator_answers_from_the_page(client: Client) -> None:
    neighbourhood, cast = people()
    yes, no = (joining.join(neighbourhood, a_user(), name=name) for name in ("Rostolan", "Arduin"))
    client.force_login(cast["coordinator"])  # type: ignore[arg-type]
    url = f"/neighbourhoods/{neighbourhood.slug}/people/"
    assert "Rostolan" in client.get(url).content.decode()
    client.post(f"{url}{yes.pk}/approval/", {"answer": "yes"})
    client.post(f"{url}{no.pk}/approval/", {"answer": "no"})
    assert [Membership.objects.get(pk=each.pk).state for each in (yes, no)] == ["active", "left"]


def test_a_request_elsewhere_is_none_of_ones_business(client: Client) -> None:
    neighbourhood, cast = people()
    elsewhere = joining.join(a_neighbourhood(joining=Neighbourhood.Joining.APPROVAL), a_user(), name="Rostolan")
    client.force_login(cast["coordinator"])  # type: ignore[arg-type]
    url = f"/neighbourhoods/{neighbourhood.slug}/people/{elsewhere.pk}/approval/"
    assert client.post(url, {"answer": "yes"}).status_code == 404
    assert Membership.objects.get(pk=elsewhere.pk).state == "pending"


def test_a_coordinator_writes_down_a_household_without_login(client: Client) -> None:
    neighbourhood, cast = people()
    client.force_login(cast["coordinator"])  # type: ignore[arg-type]
    url = f"/neighbourhoods/{neighbourhood.slug}/households/"
    client.post(url, {"name": "Mme Arduin", "phone": "04 92 00 00 00", "kind": "family"})
    household = Household.objects.get(name="Mme Arduin")
    assert (household.neighbourhood, household.memberships.count()) == (neighbourhood, 0)


def test_a_restaurant_needs_what_its_invoice_needs(client: Client) -> None:
    neighbourhood, cast = people()
    client.force_login(cast["coordinator"])  # type: ignore[arg-type]
    url = f"/neighbourhoods/{neighbourhood.slug}/households/"
    restaurant = {"name": "Le Rempart", "kind": "professional", "siren": "123 456 789"}
    form = client.post(url, restaurant).context["form"]
    assert set(form.errors) == {"legal_name", "siren", "billing_address"}
    right = {"siren": "732 829 320", "legal_name": "Le Rempart SARL", "billing_address": "Grande Rue, Briançon"}
    assert client.post(url, restaurant | right).status_code == 302
    assert Household.objects.get(name="Le Rempart").siren == "732829320"


def test_a_households_page_is_for_its_members_and_coordinators() -> None:
    cast = people()[1]
    member = cast["member"]
    assert member is not None
    url = f"/households/{the_household(member).pk}/"
    answers = {}
    for name, user in cast.items():
        client = Client()
        if user:
            client.force_login(user)
        answers[name] = client.get(url).status_code
    assert answers == {
        "anonymous": 302,
        "stranger": 404,
        "member": 200,
        "coordinator elsewhere": 404,
        "coordinator": 200,
        "staff": 200,
    }


def test_members_change_their_name_and_phone_and_nothing_else(client: Client) -> None:
    member = a_member()
    client.force_login(member)
    url = f"/households/{the_household(member).pk}/"
    client.post(url, {"name": "Ferrand-Roux", "phone": "06 12", "kind": "professional"})
    household = the_household(member)
    assert (household.name, household.phone, household.kind) == ("Ferrand-Roux", "06 12", "family")
    assert "Ferrand-Roux" in client.post(url, {"name": "", "phone": "06"}).content.decode()


def test_a_member_chooses_which_mails_come(client: Client) -> None:
    member = a_member()
    household = the_household(member)
    url = f"/households/{household.pk}/preferences/"
    client.force_login(a_member(household.neighbourhood))
    assert client.post(url, {}).status_code == 404
    client.force_login(member)
    client.post(url, {"mail_recaps": "on"})
    membership = Membership.objects.get(user=member)
    assert (membership.mail_openings, membership.mail_reminders, membership.mail_recaps) == (False, False, True)


def test_preferences_write_nothing_but_themselves(client: Client) -> None:
    """Who leaves in the same moment has left."""
    member = a_member()
    client.force_login(member)
    with CaptureQueriesContext(connection) as statements:
        client.post(f"/households/{the_household(member).pk}/preferences/", {})
    written = [each["sql"] for each in statements if each["sql"].startswith('UPDATE "orders_membership"')]
    assert [("mail_recaps" in sql, '"state"' in sql) for sql in written] == [(True, False)]


def test_leaving_from_the_page(client: Client) -> None:
    member = a_member()
    household = the_household(member)
    client.force_login(member)
    assert client.post(f"/households/{household.pk}/leaving/").status_code == 302
    assert client.get(f"/households/{household.pk}/").status_code == 404
