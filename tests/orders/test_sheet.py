"""The order sheet as pages: looking, filling with and without script, the recap, the button, and bad input."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cagette.models import User
from catalogs.models import Catalog, Product
from orders.models import Household, Offer, Order, OrderChange, OrderRequest, Round, Stall
from producers.models import Certificate
from tests import cast
from tests.orders.sheets import a_change, facts, fields, held, nothing_ordered, save, signed_in, statements

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


def a_full_catalog() -> Catalog:
    catalog = cast.a_catalog()
    cast.a_product(catalog, "Tomme", "8.50", stock=Decimal(10), category="dairy", allergens=["milk"])
    cast.a_product(catalog, "Farine", "2.10", unit="kg", step=Decimal("0.5"), minimum=Decimal(1), position=1)
    cast.a_product(catalog, "Jus", "3.20", case_size=Decimal(6), deposit=Decimal("0.30"), position=2)
    cast.a_weighed_product(catalog, "Truite", position=3)
    return catalog


@pytest.fixture
def round() -> Round:
    return cast.an_open_round(cast.a_neighbourhood(), a_full_catalog())


@pytest.fixture
def user(round: Round) -> User:
    return cast.a_member(round.neighbourhood)


@pytest.fixture
def household(user: User) -> Household:
    return cast.the_household(user)


@pytest.fixture
def offers(round: Round) -> list[Offer]:
    return cast.offers_of(round)


@pytest.fixture
def client(user: User) -> Client:
    return signed_in(user)


def page_of(round: Round) -> str:
    return reverse("orders:round", args=[round.pk])


def change_of(round: Round) -> str:
    return reverse("orders:change", args=[round.pk])


def text_of(response: Any) -> str:
    """The page's text in one line, without tags, its spaces plain."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " "))


# Looking


def test_anyone_sees_a_published_round_and_may_fill_it_in(round: Round) -> None:
    response = Client().get(page_of(round))
    text = text_of(response)
    assert response.status_code == 200
    for words in ("Tomme", "8,50 €", "2,10 €/kg", "18,00 €/kg", "5,40 €", "7,20 €", "0,30 €"):
        assert words in text
    assert "data-guest" in response.content.decode()
    assert 'name="household"' not in response.content.decode()


def test_a_member_gets_a_sheet_to_fill(round: Round, client: Client, offers: list[Offer]) -> None:
    page = client.get(page_of(round)).content.decode()
    assert f'name="quantity-{offers[0].pk}"' in page
    assert f'name="shown-{offers[0].pk}" value="{offers[0].stall_id}/0/0/0/0/8.50"' in page


def test_photos_cost_a_sheet_neither_a_query_nor_a_file() -> None:
    queries = []
    for products in (3, 30):
        round = cast.an_open_round(None, cast.a_catalog(products=products))
        # Nothing is stored under this name: whoever opened the file would fail.
        Product.objects.update(photo=f"products/{'a' * 24}-1600x1200.jpg")
        with statements(at_most=10) as asked:
            page = Client().get(page_of(round)).content.decode()
        assert page.count(f'"/media/products/{"a" * 24}-1600x1200-thumb.jpg" alt="" width="72" height="72"') == products
        queries.append(len(asked))
    assert queries[0] == queries[1]


def test_an_unlisted_round_opens_by_its_link_which_the_session_remembers(round: Round) -> None:
    type(round.neighbourhood).objects.update(listed=False)
    visitor = Client()
    assert visitor.get(page_of(round)).status_code == 404
    assert visitor.get(page_of(round), {"link": "guessed"}).status_code == 404
    assert visitor.get(page_of(round), {"link": "made up\0"}).status_code == 404
    assert visitor.get(page_of(round), {"link": round.share_token}).status_code == 200
    assert visitor.get(page_of(round)).status_code == 200


def test_a_proposed_round_is_not_public() -> None:
    proposed = cast.a_proposed_round()
    assert Client().get(page_of(proposed)).status_code == 404
    assert signed_in(cast.the_coordinator(proposed)).get(page_of(proposed)).status_code == 200


@pytest.mark.parametrize("make", [cast.an_upcoming_round, cast.a_past_round, cast.an_overdue_round])
def test_a_round_that_is_not_open_shows_its_products_and_no_fields(make: Any) -> None:
    round = make()
    user = cast.a_member(round.neighbourhood)
    page = signed_in(user).get(page_of(round)).content.decode()
    assert "Tomme 1" in page
    assert 'name="quantity-' not in page


def test_a_closed_stall_inside_an_open_round_shows_what_one_has(household: Household, client: Client) -> None:
    two = cast.an_open_round(household.neighbourhood, cast.a_catalog(products=1), cast.a_catalog(products=1))
    closed, still_open = cast.offers_of(two)
    cast.an_order(two, household, {closed: 2})
    Stall.objects.filter(pk=closed.stall_id).update(state="closed", closed_at=timezone.now())
    page = client.get(page_of(two)).content.decode()
    assert f'name="quantity-{closed.pk}"' not in page
    assert f'name="quantity-{still_open.pk}"' in page
    assert 'data-fixed="9"' in page


def test_the_leaf_shows_only_while_a_certificate_covers_it(user: User) -> None:
    catalog = cast.a_catalog()
    cast.a_product(catalog, "Tomme", category="dairy", labels=["organic", "farmhouse"])
    round = cast.an_open_round(None, catalog)
    certificate = Certificate.objects.create(
        producer=catalog.producer, certifier_code="FR-BIO-01", expires_on=timezone.localdate()
    )
    assert "label-organic" in Client().get(page_of(round)).content.decode()
    Certificate.objects.filter(pk=certificate.pk).update(scope=["vegetables"])
    assert "label-organic" not in Client().get(page_of(round)).content.decode()


def test_little_that_is_left_is_told_and_nothing_left_can_not_be_filled(
    round: Round, client: Client, offers: list[Offer]
) -> None:
    other = cast.the_household(cast.a_member(round.neighbourhood, "Rey"))
    order = cast.an_order(round, other, {offers[0]: 7})
    assert 'class="order-line-left"' in client.get(page_of(round)).content.decode()
    save(other.memberships.get().user, round, other, offers[0], 10, seen=7)
    assert order.lines.get(offer=offers[0]).wanted == 10
    cast.an_order(round, cast.the_household(cast.a_member(round.neighbourhood, "Bo")), {offers[0]: 3})
    page = client.get(page_of(round)).content.decode()
    assert f'name="quantity-{offers[0].pk}"' not in page
    assert 'data-state="soldout"' in page


def test_case_progress_counts_what_everybody_confirmed(round: Round, client: Client, offers: list[Offer]) -> None:
    cast.an_order(round, cast.the_household(cast.a_member(round.neighbourhood, "Rey")), {offers[2]: 8})
    assert 'progress max="6" value="2"' in client.get(page_of(round)).content.decode()


def test_a_professional_sees_the_professional_price() -> None:
    catalog = cast.a_catalog()
    cast.a_product(catalog, "Tomme", "8.50", professional_price=Decimal("7.00"), content=500, content_unit="g")
    round = cast.an_open_round(None, catalog)
    cook = cast.a_membership(cast.a_household(round.neighbourhood, "La Table", kind="professional")).user
    text = text_of(signed_in(cook).get(page_of(round)))
    assert "7,39 €" in text
    assert "14,78 €/kg" in text


@pytest.mark.parametrize(("stalls", "products"), [(1, 1), (3, 3)])
def test_as_many_queries_for_one_product_as_for_nine(stalls: int, products: int) -> None:
    neighbourhood = cast.a_neighbourhood()
    catalogs = []
    for _n in range(stalls):
        catalog = cast.a_catalog()
        for position in range(products):
            cast.a_product(catalog, f"Tomme {position}", stock=5, case_size=6, position=position)
        catalogs.append(catalog)
    round = cast.an_open_round(neighbourhood, *catalogs)
    user = cast.a_member(neighbourhood)
    cast.an_order(round, cast.the_household(user), dict.fromkeys(cast.offers_of(round), 1))
    client = signed_in(user)
    with statements(at_most=11) as asked:
        assert client.get(page_of(round)).status_code == 200
    assert len(asked) == 11


# One change, by script


def test_a_change_takes_five_statements(
    round: Round, client: Client, household: Household, offers: list[Offer]
) -> None:
    with statements(at_most=5):
        response = client.post(change_of(round), a_change(household, offers[0], 2), headers=JSON)
    assert facts(response.status_code, response.json()["wanted"], response.json()["quantity"]) == (200, "2", "0")
    assert held(household, offers[0]) == (2, 0, 0, 0)


@pytest.mark.parametrize("typed", ["-1", "abc", "1e9", "1.2.3", "NaN", "Infinity", "0,0001", "9" * 40, "²", "٣"])
def test_what_is_not_a_number_gets_a_sentence(
    typed: str, round: Round, client: Client, household: Household, offers: list[Offer]
) -> None:
    response = client.post(change_of(round), a_change(household, offers[0], typed), headers=JSON)
    refused = response.json()["refused"][str(offers[0].pk)]
    assert (response.status_code, refused["code"], refused["possible"]) == (422, "not_a_number", None)
    assert refused["sentence"]
    assert not Order.objects.exists()


@pytest.mark.parametrize(("typed", "code"), [("1,333", "step"), ("0,5", "minimum"), ("999999999", "step")])
def test_what_is_off_gets_a_sentence(
    typed: str, code: str, round: Round, client: Client, household: Household, offers: list[Offer]
) -> None:
    if code == "step" and typed == "999999999":
        code = "too_much"
    response = client.post(change_of(round), a_change(household, offers[1], typed), headers=JSON)
    refused = response.json()["refused"][str(offers[1].pk)]
    assert (response.status_code, refused["code"]) == (409, code)
    assert refused["sentence"]


def test_a_comma_is_as_good_as_a_point(round: Round, client: Client, household: Household, offers: list[Offer]) -> None:
    assert client.post(change_of(round), a_change(household, offers[1], " 1,5 "), headers=JSON).status_code == 200
    assert held(household, offers[1])[0] == Decimal("1.5")


@pytest.mark.parametrize(
    "broken",
    [
        {"key": "not-a-uuid"}, {"key": ""}, {"offer": "abc"}, {"offer": "9" * 25}, {"offer": 2**63}, {"offer": -1},
        {"stall": 2**31}, {"stall": ""}, {"household": "x"}, {"household": "0"}, {"seen": "-1"}, {"seen": "x"},
    ],
)  # fmt: skip
def test_what_no_page_of_ours_sends_is_refused(
    broken: dict[str, Any], round: Round, client: Client, household: Household, offers: list[Offer]
) -> None:
    posted = a_change(household, offers[0], 1) | broken
    response = client.post(change_of(round), posted, headers=JSON)
    assert response.status_code == 422
    assert response.json()["sentence"]
    assert not Order.objects.exists()


@pytest.mark.parametrize("unknown", [2**63 - 1, 123456789])
def test_an_offer_that_is_not_there_is_unknown(
    unknown: int, round: Round, client: Client, household: Household, offers: list[Offer]
) -> None:
    posted = a_change(household, offers[0], 1) | {"offer": unknown}
    assert client.post(change_of(round), posted, headers=JSON).json()["refused"][str(unknown)]["code"] == "unknown"


def test_a_round_that_is_not_there_takes_nothing(client: Client, household: Household, offers: list[Offer]) -> None:
    for pk in (987654321, 9 * 10**30):
        address = reverse("orders:change", args=[pk])
        assert client.post(address, a_change(household, offers[0], 1), headers=JSON).status_code == 404


def test_nobody_changes_the_order_of_others(round: Round, household: Household, offers: list[Offer]) -> None:
    for stranger in (cast.a_user("Stranger"), cast.a_member(round.neighbourhood, "Neighbour"), cast.a_staff_user()):
        response = signed_in(stranger).post(change_of(round), a_change(household, offers[0], 1), headers=JSON)
        assert response.status_code == 404
        assert response.json()["sentence"]
    assert not Order.objects.exists()


def test_who_is_signed_out_is_told_so(round: Round, household: Household, offers: list[Offer]) -> None:
    response = Client().post(change_of(round), a_change(household, offers[0], 1), headers=JSON)
    assert response.status_code == 401
    assert response.json()["sentence"]


def test_a_change_without_the_pages_token_is_refused(
    round: Round, user: User, household: Household, offers: list[Offer]
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    posted = a_change(household, offers[0], 1, csrfmiddlewaretoken="x" * 64)
    assert client.post(change_of(round), posted, headers=JSON).status_code == 403
    assert not Order.objects.exists()


def test_changes_are_posted(round: Round, client: Client) -> None:
    for name in ("orders:change", "orders:save", "orders:confirmation"):
        assert client.get(reverse(name, args=[round.pk])).status_code == 405
    assert client.post(page_of(round)).status_code == 405


# The plain form


def test_the_plain_form_saves_every_change(
    round: Round, client: Client, household: Household, offers: list[Offer]
) -> None:
    form = fields(household, {offers[0]: "2", offers[1]: "1,5", offers[2]: "0"}, then="sheet")
    response = client.post(reverse("orders:save", args=[round.pk]), form)
    assert (response.status_code, response["Location"]) == (302, page_of(round))
    assert facts(held(household, offers[0])[0], held(household, offers[1])[0]) == (2, Decimal("1.5"))
    assert nothing_ordered(household)


def test_the_plain_forms_other_button_leads_to_the_recap(
    round: Round, client: Client, household: Household, offers: list[Offer]
) -> None:
    response = client.post(
        reverse("orders:save", args=[round.pk]), fields(household, {offers[0]: "2"}, then="recap"), follow=True
    )
    assert response.redirect_chain == [(reverse("orders:recap", args=[round.pk]), 302)]
    assert "17,00 €" in text_of(response)


def test_what_was_typed_is_kept_beside_its_sentence(
    round: Round, client: Client, household: Household, offers: list[Offer]
) -> None:
    form = fields(household, {offers[0]: "2", offers[1]: "abc"}, then="recap")
    response = client.post(reverse("orders:save", args=[round.pk]), form)
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="abc"' in page
    assert f'id="error-{offers[1].pk}"' in page
    assert held(household, offers[0])[0] == 2
    assert nothing_ordered(household)


def test_sending_the_form_twice_saves_once(
    round: Round, client: Client, household: Household, offers: list[Offer]
) -> None:
    form = fields(household, {offers[0]: "2"})
    for _n in range(2):
        assert client.post(reverse("orders:save", args=[round.pk]), form).status_code == 302
    assert OrderRequest.objects.count() == 1


def test_a_stale_form_shows_both_values(
    round: Round, client: Client, user: User, household: Household, offers: list[Offer]
) -> None:
    form = fields(household, {offers[0]: "2"})
    save(user, round, household, offers[0], 5)
    response = client.post(reverse("orders:save", args=[round.pk]), form)
    text = text_of(response)
    assert response.status_code == 409
    assert 'value="2"' in response.content.decode()
    assert re.search(r"\b5\b.*\b2\b", text)
    assert held(household, offers[0])[0] == 5


@pytest.mark.parametrize("shown", ["", "1", "1/2/3", "x/0/0/0/0/1", "1/0/0/0/0/NaN", "1/0/0/0/0/-1", "1/0/0/0/0/1/1"])
def test_a_form_that_is_not_ours_is_refused(
    shown: str, round: Round, client: Client, household: Household, offers: list[Offer]
) -> None:
    form = fields(household, {offers[0]: "2"}) | {f"shown-{offers[0].pk}": shown}
    for name in ("orders:save", "orders:confirmation"):
        assert client.post(reverse(name, args=[round.pk]), form).status_code == 422
    assert not Order.objects.exists()


def test_ten_thousand_fields_are_refused(round: Round, client: Client, household: Household) -> None:
    form = {"key": str(uuid4()), "household": household.pk} | {f"quantity-{n}": 1 for n in range(10_000)}
    for name in ("orders:save", "orders:confirmation", "orders:change"):
        assert client.post(reverse(name, args=[round.pk]), form).status_code == 400
    assert not Order.objects.exists()


def test_thousands_of_lines_are_refused(
    round: Round, client: Client, household: Household, offers: list[Offer]
) -> None:
    for lines in (3_100, 500):
        form: dict[str, Any] = {"key": str(uuid4()), "household": household.pk}
        for n in range(lines):
            form |= {f"quantity-{n + 1}": 1, f"shown-{n + 1}": f"{offers[0].stall_id}/0/0/0/0/1"}
        assert client.post(reverse("orders:save", args=[round.pk]), form).status_code == 422
    assert not Order.objects.exists()


# The recap and the button


def recap(client: Client, round: Round, **query: Any) -> dict[str, str]:
    """The fields of the recap's form, as a browser would send them."""
    page = client.get(reverse("orders:recap", args=[round.pk]), query).content.decode()
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: value for name, value in found if name not in ("next", "csrfmiddlewaretoken", "language")}


def confirmation_of(round: Round) -> str:
    return reverse("orders:confirmation", args=[round.pk])


def test_the_recap_shows_what_is_ordered_and_the_words_the_law_wants(
    round: Round, client: Client, user: User, household: Household, offers: list[Offer]
) -> None:
    save(user, round, household, offers[0], 2)
    save(user, round, household, offers[2], 3, tolerance=3)
    save(user, round, household, offers[3], 1)
    response = client.get(reverse("orders:recap", args=[round.pk]))
    text = text_of(response)
    for words in ("2 × 8,50 €", "17,00 €", "3 × 3,20 €", "9,60 €", "5,40 €", "7,20 €", "32,00 €", "0,90 €"):
        assert words in text
    assert response.content.decode().count("data-confirm") == 1


def test_the_button_orders_and_the_sheet_says_so(
    round: Round, client: Client, user: User, household: Household, offers: list[Offer]
) -> None:
    save(user, round, household, offers[0], 2)
    save(user, round, household, offers[2], 3, tolerance=3)
    response = client.post(confirmation_of(round), recap(client, round), follow=True)
    assert response.redirect_chain == [(page_of(round), 302)]
    assert held(household, offers[0]) == (2, 0, 2, 0)
    assert held(household, offers[2]) == (3, 3, 3, 3)
    assert 'data-bar data-state="ordered"' in response.content.decode()
    assert "26,60 €" in text_of(response)


def test_after_an_increase_the_bar_says_by_how_much(
    round: Round, client: Client, user: User, household: Household, offers: list[Offer]
) -> None:
    cast.an_order(round, household, {offers[0]: 2})
    save(user, round, household, offers[0], 3, seen=2)
    response = client.get(page_of(round))
    assert 'data-bar data-state="more"' in response.content.decode()
    assert "+ 8,50 €" in text_of(response)


@pytest.mark.parametrize("lines", [1, 10])
def test_a_confirmation_takes_fourteen_statements_at_most(lines: int) -> None:
    neighbourhood = cast.a_neighbourhood()
    catalog = cast.a_catalog()
    for position in range(lines):
        cast.a_product(catalog, f"P{position}", stock=Decimal(5), position=position)
    round = cast.an_open_round(neighbourhood, catalog)
    user = cast.a_member(neighbourhood)
    offers, client = cast.offers_of(round), signed_in(user)
    form = fields(cast.the_household(user), dict.fromkeys(offers, 1))
    with statements(at_most=12):
        response = client.post(confirmation_of(round), form, headers=JSON)
    assert response.status_code == 200
    assert len(response.json()["lines"]) == lines
    assert response.json()["next"] == page_of(round)


def test_a_conflict_puts_what_is_possible_into_the_recap_and_one_more_tap_orders_it(
    round: Round, client: Client, user: User, household: Household, offers: list[Offer]
) -> None:
    save(user, round, household, offers[0], 5)
    form = recap(client, round)
    cast.an_order(round, cast.the_household(cast.a_member(round.neighbourhood, "Rey")), {offers[0]: 7})
    response = client.post(confirmation_of(round), form)
    page = response.content.decode()
    assert response.status_code == 409
    assert "25,50 €" in text_of(response)
    assert f'name="quantity-{offers[0].pk}" value="3"' in page
    again = dict(
        re.findall(r'<input type="hidden" name="((?:quantity|extra|shown)-\d+|key|household)" value="([^"]*)"', page)
    )
    assert client.post(confirmation_of(round), again).status_code == 302
    assert held(household, offers[0]) == (3, 0, 3, 0)


def test_a_conflict_in_json_names_what_is_possible(
    round: Round, client: Client, household: Household, offers: list[Offer]
) -> None:
    cast.an_order(round, cast.the_household(cast.a_member(round.neighbourhood, "Rey")), {offers[0]: 7})
    response = client.post(confirmation_of(round), fields(household, {offers[0]: 5}), headers=JSON)
    refused = response.json()["refused"][str(offers[0].pk)]
    assert (response.status_code, refused["code"], refused["possible"]) == (409, "short", "3")
    assert "3" in refused["sentence"]


def test_a_price_that_is_not_the_one_shown_is_refused_and_the_new_one_shown(
    round: Round, client: Client, user: User, household: Household, offers: list[Offer]
) -> None:
    save(user, round, household, offers[0], 2)
    form = recap(client, round)
    Offer.objects.filter(pk=offers[0].pk).update(price=Decimal("9.00"))
    response = client.post(confirmation_of(round), form)
    assert response.status_code == 409
    assert "18,00 €" in text_of(response)
    assert nothing_ordered(household)


def test_an_offer_of_another_round_is_refused_by_name(
    round: Round, client: Client, household: Household, offers: list[Offer]
) -> None:
    elsewhere = cast.offers_of(cast.an_open_round())[0]
    response = client.post(confirmation_of(round), fields(household, {offers[0]: 1, elsewhere: 1}))
    assert response.status_code == 409
    assert 'role="alert"' in response.content.decode()
    assert nothing_ordered(household)


def test_pressing_the_button_twice_orders_once(
    round: Round, client: Client, user: User, household: Household, offers: list[Offer]
) -> None:
    save(user, round, household, offers[0], 2)
    form = recap(client, round)
    for _n in range(2):
        assert client.post(confirmation_of(round), form).status_code == 302
    assert OrderChange.objects.count() == 1


def test_an_empty_sheet_has_nothing_to_order(round: Round, client: Client, household: Household) -> None:
    form = {"key": str(uuid4()), "household": household.pk}
    assert client.post(confirmation_of(round), form).status_code == 409
    response = client.post(confirmation_of(round), form, headers=JSON)
    assert facts(response.status_code, bool(response.json()["sentence"])) == (409, True)


def test_what_is_not_a_number_is_not_ordered(
    round: Round, client: Client, household: Household, offers: list[Offer]
) -> None:
    form = fields(household, {offers[0]: "abc", offers[1]: 1})
    assert client.post(confirmation_of(round), form, headers=JSON).status_code == 422
    assert client.post(confirmation_of(round), form).status_code == 422
    assert nothing_ordered(household)


def test_the_recap_is_for_who_orders_here(round: Round) -> None:
    address = reverse("orders:recap", args=[round.pk])
    assert Client().get(address)["Location"].startswith(reverse("account_login"))
    assert signed_in(cast.a_user("Stranger")).get(address)["Location"] == page_of(round)


# On a household's behalf


@pytest.mark.parametrize("of_all_rounds", [True, False])
def test_a_coordinator_fills_and_orders_for_a_household(
    round: Round, offers: list[Offer], *, of_all_rounds: bool
) -> None:
    nobody = cast.a_household(round.neighbourhood, "Sans téléphone")
    coordinator = cast.a_coordinator(round.neighbourhood) if of_all_rounds else cast.the_coordinator(round)
    client = signed_in(coordinator)
    page = client.get(page_of(round), {"household": nobody.pk}).content.decode()
    assert "Sans téléphone" in page
    assert "data-on-behalf" in page
    client.post(change_of(round), a_change(nobody, offers[0], 2), headers=JSON)
    done = client.post(confirmation_of(round), recap(client, round, household=nobody.pk))
    assert done["Location"] == f"{page_of(round)}?household={nobody.pk}"
    assert held(nobody, offers[0]) == (2, 0, 2, 0)
    assert OrderChange.objects.get().on_behalf


def test_ones_own_sheet_is_not_on_anybodys_behalf(round: Round, client: Client, household: Household) -> None:
    response = client.get(page_of(round), {"household": household.pk})
    assert response.status_code == 200
    assert "data-on-behalf" not in response.content.decode()


def test_nobody_opens_the_sheet_of_others(round: Round, client: Client) -> None:
    other = cast.a_household(round.neighbourhood, "Rey")
    elsewhere = cast.a_household()
    for household in (other.pk, elsewhere.pk, "abc", "-1", "9" * 30):
        for name in ("orders:round", "orders:recap"):
            assert client.get(reverse(name, args=[round.pk]), {"household": household}).status_code == 404
    coordinator = signed_in(cast.a_coordinator(round.neighbourhood))
    assert coordinator.get(page_of(round), {"household": elsewhere.pk}).status_code == 404
