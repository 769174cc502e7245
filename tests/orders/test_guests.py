"""Filling a sheet before one may order: kept in the session, reserved nowhere, and claimed once one is in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cagette.models import OutgoingMail, User
from orders import joining
from orders.models import Household, Membership, Neighbourhood, Offer, Order, Round, Stall
from tests import cast
from tests.orders.sheets import facts, held, nothing_ordered, save, signed_in

pytestmark = pytest.mark.django_db

CONFIRM = "/accounts/login/code/confirm/"
WHATSAPP = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Version/4.0 Chrome/119.0 Mobile WhatsApp/2.24"


@pytest.fixture(autouse=True)
def no_limits_used_up() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def round() -> Round:
    catalog = cast.a_catalog()
    cast.a_product(catalog, "Tomme", "8.50", stock=Decimal(10))
    cast.a_product(catalog, "Farine", "2.10", unit="kg", step=Decimal("0.5"), minimum=Decimal(1), position=1)
    cast.a_product(catalog, "Jus", "3.20", case_size=Decimal(6), position=2)
    return cast.an_open_round(None, catalog)


def page(name: str, round: Round) -> str:
    return reverse(f"orders:{name}", args=[round.pk])


def filled(quantities: Mapping[Offer, object], **more: object) -> dict[str, Any]:
    """What a guest's form posts."""
    form: dict[str, Any] = {"key": str(uuid4()), "then": "recap", **more}
    for offer, quantity in quantities.items():
        form[f"quantity-{offer.pk}"] = quantity
        form[f"shown-{offer.pk}"] = f"{offer.stall_id}/0/0/0/0/{offer.price}"
    return form


def mails_to(email: str) -> list[str]:
    return list(OutgoingMail.objects.filter(recipient=email).values_list("template", flat=True))


def fill(client: Client, round: Round, quantities: Mapping[Offer, object], **more: object) -> Any:
    return client.post(page("save", round), filled(quantities, **more))


def come_in(client: Client, round: Round, email: str = "rose@example.org", **said: str) -> Any:
    """From the entrance to where the code leads."""
    asked = client.post(page("entrance", round), {"email": email, **said})
    assert asked["Location"].startswith(CONFIRM)
    form = client.get(asked["Location"]).content.decode()
    then = re.search(r'name="next" value="([^"]*)"', form)
    assert then is not None
    code = OutgoingMail.objects.latest("pk").data["code"]
    return client.post(CONFIRM, {"code": code, "next": then[1]}, follow=True)


def test_what_a_guest_fills_in_is_kept_and_nothing_is_reserved(
    client: Client, round: Round, offers: list[Offer]
) -> None:
    response = fill(client, round, {offers[0]: "2", offers[1]: "1,5", offers[2]: "0"})
    assert (response.status_code, response["Location"]) == (302, page("entrance", round))
    shown = client.get(page("round", round)).content.decode()
    assert f'name="quantity-{offers[0].pk}" value="2"' in shown
    assert f'name="quantity-{offers[1].pk}" value="1,5"' in shown
    assert 'data-bar data-state="filled"' in shown
    assert not Order.objects.exists()


def test_enter_in_a_field_keeps_the_sheet_and_stays_there(client: Client, round: Round, offers: list[Offer]) -> None:
    response = fill(client, round, {offers[0]: "2"}, then="")
    assert response["Location"] == page("round", round)
    assert f'name="quantity-{offers[0].pk}" value="2"' in client.get(page("round", round)).content.decode()


def test_from_the_filled_sheet_to_the_recap_with_one_code(client: Client, round: Round, offers: list[Offer]) -> None:
    fill(client, round, {offers[0]: "2", offers[2]: "3"})
    response = come_in(client, round, name="Rostolan")
    assert [path for path, _status in response.redirect_chain] == [page("arrival", round), page("recap", round)]
    user = User.objects.get(email="rose@example.org")
    household = cast.the_household(user)
    assert facts(household.name, household.phone, user.name) == ("Rostolan", "", "Rostolan")
    assert facts(*held(household, offers[0]), *held(household, offers[2])) == (2, 0, 0, 0, 3, 0, 0, 0)
    assert nothing_ordered(household)
    assert mails_to(user.email) == ["cagette/mail/sign_in_code"]
    client.get(page("arrival", round))
    assert Household.objects.filter(memberships__user=user).count() == 1


def test_with_script_the_sheet_opens_its_recap(client: Client, round: Round, offers: list[Offer]) -> None:
    fill(client, round, {offers[0]: "2"}, script="1")
    response = come_in(client, round, name="Rostolan")
    assert response.redirect_chain[-1][0] == page("round", round) + "#recap"


def test_a_known_address_comes_to_its_own_household(client: Client, round: Round, offers: list[Offer]) -> None:
    user = cast.a_member(round.neighbourhood)
    fill(client, round, {offers[0]: "2"})
    come_in(client, round, user.email, name="Somebody else")
    assert held(cast.the_household(user), offers[0]) == (2, 0, 0, 0)
    assert not Household.objects.filter(name="Somebody else").exists()


def test_known_and_unknown_addresses_are_answered_alike(round: Round) -> None:
    known = cast.a_member(round.neighbourhood).email
    answers = []
    for email in (known, "unknown@example.org"):
        client = Client()
        response = client.post(page("entrance", round), {"email": email, "name": "Rostolan"}, follow=True)
        text = re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]+"', "", response.content.decode())
        answers.append((response.status_code, response.redirect_chain, text.replace(email, "")))
    assert answers[0] == answers[1]
    assert mails_to(known) == mails_to("unknown@example.org") == ["cagette/mail/sign_in_code"]


def test_an_account_that_was_shut_gets_no_code(client: Client, round: Round) -> None:
    shut = cast.a_user(is_active=False)
    response = client.post(page("entrance", round), {"email": shut.email})
    assert response["Location"].startswith(CONFIRM)
    assert mails_to(shut.email) == ["cagette/mail/no_account"]


def test_without_a_name_it_is_asked_after_the_code(client: Client, round: Round, offers: list[Offer]) -> None:
    fill(client, round, {offers[0]: "2"})
    response = come_in(client, round)
    assert response.redirect_chain[-1][0] == page("entrance", round)
    assert 'name="email"' not in response.content.decode()
    response = client.post(page("entrance", round), {"name": "Rostolan"}, follow=True)
    assert response.redirect_chain[-1][0] == page("recap", round)
    assert held(Household.objects.get(name="Rostolan"), offers[0]) == (2, 0, 0, 0)


def test_where_a_coordinator_lets_people_in_the_sheet_waits_for_it(
    client: Client, round: Round, offers: list[Offer]
) -> None:
    Neighbourhood.objects.update(joining="approval")
    fill(client, round, {offers[0]: "2"})
    response = come_in(client, round, name="Rostolan")
    assert response.redirect_chain[-1][0] == page("entrance", round)
    assert not Order.objects.exists()
    membership = Membership.objects.get(user__email="rose@example.org")
    assert f'name="quantity-{offers[0].pk}" value="2"' in client.get(page("round", round)).content.decode()
    joining.approve(membership, by=cast.the_coordinator(round))
    response = client.get(page("round", round), follow=True)
    assert response.redirect_chain[-1][0] == page("recap", round)
    assert held(membership.household, offers[0]) == (2, 0, 0, 0)


def test_where_one_is_invited_nobody_joins_without_the_link(client: Client, round: Round, offers: list[Offer]) -> None:
    Neighbourhood.objects.update(joining="invitation")
    fill(client, round, {offers[0]: "2"})
    response = come_in(client, round, name="Rostolan")
    assert (response.redirect_chain[-1][0], 'name="name"' in response.content.decode()) == (
        page("entrance", round),
        False,
    )
    assert not Membership.objects.filter(user__email="rose@example.org").exists()
    neighbourhood = Neighbourhood.objects.get(pk=round.neighbourhood_id)
    link = reverse("orders:invitation", args=[neighbourhood.slug, neighbourhood.invitation_token])
    joined = client.post(link, {"name": "Rostolan", "phone": "06 12 34 56 78"}, follow=True)
    assert [path for path, _status in joined.redirect_chain] == [page("arrival", round), page("recap", round)]
    assert held(Household.objects.get(name="Rostolan"), offers[0]) == (2, 0, 0, 0)


@pytest.mark.parametrize(("typed", "status"), [("-1", 422), ("abc", 422), ("1e9", 422), ("1,333", 409), ("0,5", 409)])
def test_what_is_off_is_said_at_its_field_before_anything_is_asked(
    typed: str, status: int, client: Client, round: Round, offers: list[Offer]
) -> None:
    response = fill(client, round, {offers[0]: "2", offers[1]: typed})
    shown = response.content.decode()
    assert response.status_code == status
    assert f'id="error-{offers[1].pk}"' in shown
    assert f'name="quantity-{offers[1].pk}" value="{typed}"' in shown
    assert f'name="quantity-{offers[0].pk}" value="2"' in shown


def test_an_offer_of_another_round_is_not_kept(client: Client, round: Round) -> None:
    other = cast.offers_of(cast.an_open_round())[0]
    assert fill(client, round, {other: "2"}).status_code == 422
    assert "guests" not in client.session


def test_a_farm_that_closed_meanwhile_is_named(client: Client, round: Round, offers: list[Offer]) -> None:
    two = cast.an_open_round(round.neighbourhood, cast.a_catalog(products=1), cast.a_catalog(products=1))
    closed, still_open = cast.offers_of(two)
    fill(client, two, {closed: "1", still_open: "2"})
    Stall.objects.filter(pk=closed.stall_id).update(state="closed", closed_at=timezone.now())
    response = come_in(client, two, name="Rostolan")
    household = Household.objects.get(name="Rostolan")
    assert response.status_code == 409
    assert f'href="#offer-{closed.pk}"' in response.content.decode()
    assert held(household, still_open) == (2, 0, 0, 0)
    assert not Order.objects.filter(household=household, lines__offer=closed).exists()


def test_another_price_is_told_before_the_button(client: Client, round: Round, offers: list[Offer]) -> None:
    fill(client, round, {offers[0]: "2"})
    Offer.objects.filter(pk=offers[0].pk).update(price=Decimal("9.00"))
    response = come_in(client, round, name="Rostolan")
    assert (response.status_code, "9,00\N{NO-BREAK SPACE}€" in response.content.decode()) == (409, True)
    assert held(Household.objects.get(name="Rostolan"), offers[0]) == (2, 0, 0, 0)


def test_what_the_household_had_filled_in_itself_is_not_overwritten(
    client: Client, round: Round, offers: list[Offer]
) -> None:
    user = cast.a_member(round.neighbourhood)
    household = cast.the_household(user)
    save(user, round, household, offers[0], 5)
    fill(client, round, {offers[0]: "2"})
    response = come_in(client, round, user.email)
    assert (response.status_code, held(household, offers[0])) == (409, (5, 0, 0, 0))
    assert f'name="quantity-{offers[0].pk}" value="2"' in response.content.decode()


def test_a_member_whose_session_has_ended_loses_nothing(client: Client, round: Round, offers: list[Offer]) -> None:
    user = cast.a_member(round.neighbourhood)
    household = cast.the_household(user)
    save(user, round, household, offers[0], 5)
    form = filled({offers[0]: "1"}, household=household.pk)
    form[f"shown-{offers[0].pk}"] = f"{offers[0].stall_id}/5/0/0/0/8.50"
    form |= {f"note-{offers[0].stall_id}": "Bien fait", f"noted-{offers[0].stall_id}": ""}
    response = client.post(page("save", round), form)
    assert response["Location"].startswith("/accounts/login/")
    stranger = cast.a_member(round.neighbourhood, "Rey")
    client.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    client.get(page("arrival", round))
    assert not Order.objects.filter(household=cast.the_household(stranger)).exists()
    fresh = Client()
    fresh.post(page("save", round), form)
    fresh.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    fresh.get(page("arrival", round))
    assert held(household, offers[0]) == (1, 0, 0, 0)
    assert household.orders.get().notes.get().text == "Bien fait"


def test_signing_out_forgets_what_a_guest_had_filled_in(client: Client, round: Round, offers: list[Offer]) -> None:
    fill(client, round, {offers[0]: "2"})
    client.force_login(cast.a_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert f'name="quantity-{offers[0].pk}" value="2"' in client.get(page("round", round)).content.decode()
    client.post("/accounts/logout/")
    assert f'name="quantity-{offers[0].pk}" value="0"' in client.get(page("round", round)).content.decode()


def test_only_the_last_rounds_are_kept_and_hundreds_of_changes_at_once_are_not(client: Client) -> None:
    neighbourhood = cast.a_neighbourhood()
    rounds = [cast.an_open_round(neighbourhood, cast.a_catalog(products=1)) for _n in range(6)]
    for each in rounds:
        fill(client, each, {cast.offers_of(each)[0]: "1"})
    assert list(client.session["guests"]) == [str(each.pk) for each in rounds[1:]]
    many = {f"shown-{n}": "1/0/0/0/0/1" for n in range(1, 402)} | {f"quantity-{n}": "1" for n in range(1, 402)}
    assert client.post(page("save", rounds[0]), {"key": str(uuid4()), **many}).status_code == 422


def test_a_chat_apps_browser_offers_signing_in_early(round: Round) -> None:
    plain, inside = (Client(headers={"user-agent": agent}) for agent in ("Mozilla/5.0 Firefox/140", WHATSAPP))
    words = 'form="sheet" name="then" value="recap">'
    counts = [client.get(page("round", round)).content.decode().count(words) for client in (plain, inside)]
    assert counts == [0, 1]


def test_a_member_has_no_business_at_the_entrance(round: Round) -> None:
    client = signed_in(cast.a_member(round.neighbourhood))
    response = client.get(page("entrance", round), follow=True)
    assert response.redirect_chain == [(page("arrival", round), 302), (page("round", round), 302)]


# What the household's phones ask for


def test_a_second_phone_sees_what_the_household_has(round: Round, offers: list[Offer]) -> None:
    user = cast.a_member(round.neighbourhood)
    cast.an_order(round, cast.the_household(user), {offers[0]: 2})
    save(user, round, cast.the_household(user), offers[0], 3, seen=2)
    answer = signed_in(user).get(page("lines", round)).json()
    assert answer["person"] == str(user.pk)
    assert answer["lines"] == {str(offers[0].pk): ["3", "0", "2", "0", "g5.5:8.5,8.5,0"]}
    assert Client().get(page("lines", round)).status_code == 302
    assert Client().get(page("lines", round), headers={"accept": "application/json"}).status_code == 401


def test_somebody_elses_page_changes_nothing(round: Round, offers: list[Offer]) -> None:
    """Two people of one household share a phone: a page says whose it is."""
    user = cast.a_member(round.neighbourhood)
    household = cast.the_household(user)
    other = cast.a_membership(household, cast.a_user("Autre")).user
    posted = {"key": str(uuid4()), "household": household.pk, "stall": offers[0].stall_id, "offer": offers[0].pk}
    posted |= {"seen": 0, "wanted": 2, "person": user.pk}
    change = page("change", round)
    assert signed_in(other).post(change, posted, headers={"accept": "application/json"}).status_code == 401
    assert not Order.objects.exists()
    assert signed_in(user).post(change, posted, headers={"accept": "application/json"}).status_code == 200


def test_who_was_refused_asks_again_only_by_saying_so(client: Client, round: Round, offers: list[Offer]) -> None:
    Neighbourhood.objects.update(joining="approval")
    fill(client, round, {offers[0]: "2"})
    come_in(client, round, name="Rostolan")
    membership = Membership.objects.get(user__email="rose@example.org")
    joining.refuse(membership, by=cast.the_coordinator(round))
    client.get(page("arrival", round))
    membership.refresh_from_db()
    assert membership.state == Membership.State.LEFT


def test_what_was_withdrawn_meanwhile_is_told_by_its_name(client: Client, round: Round, offers: list[Offer]) -> None:
    fill(client, round, {offers[0]: "2", offers[2]: "1"})
    Offer.objects.filter(pk=offers[2].pk).update(withdrawn_at=timezone.now())
    response = come_in(client, round, name="Rostolan")
    assert (response.status_code, "<li>Jus : " in response.content.decode()) == (409, True)
    assert held(Household.objects.get(name="Rostolan"), offers[0]) == (2, 0, 0, 0)
