"""A phone without a network: what is changed there is kept, sent when it returns, and told of where it was late."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from playwright.sync_api import expect

from cagette.models import User
from orders.models import Household, Offer, OrderLine, OrderRequest, Round, Stall
from orders.views import sheets
from tests import cast
from tests.journeys.test_order_sheet import a_phone, field, plus, state
from tests.orders.sheets import held, signed_in
from tests.races.crowd import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page
    from pytest_django.live_server_helper import LiveServer


# Resolves once the service worker has put this page aside.
KEPT = """async () => {
  while (!(await caches.match(location.href))) await new Promise((done) => setTimeout(done, 50));
}"""


class Valley:
    """A household at an open round of two farms: one with four products, one with a single honey."""

    def __init__(self) -> None:
        neighbourhood = cast.a_neighbourhood()
        market, hives = cast.a_catalog(products=4), cast.a_catalog(cast.a_producer("Le Rucher"))
        cast.a_product(hives, "Miel de montagne")
        self.round: Round = cast.an_open_round(neighbourhood, market, hives)
        self.user: User = cast.a_member(neighbourhood)
        self.household: Household = cast.the_household(self.user)
        self.offers: list[Offer] = cast.offers_of(self.round)
        self.honey = self.offers[-1]
        self.address = f"/rounds/{self.round.pk}/"

    def hives_close(self) -> None:
        Stall.objects.filter(pk=self.honey.stall_id).update(state="closed", closed_at=timezone.now())

    @property
    def saved(self) -> dict[str, int]:
        lines = OrderLine.objects.filter(order__household=self.household)
        return {line.offer.name: int(line.wanted) for line in lines.select_related("offer").order_by("offer")}


@pytest.fixture
def valley(transactional_db: None) -> Valley:
    return Valley()


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer, valley: Valley) -> Iterator[BrowserContext]:
    context = a_phone(browser, live_server, valley.user)
    yield context
    context.close()


def opened(phone: BrowserContext, valley: Valley) -> Page:
    """The sheet, once this phone has kept it."""
    page = phone.new_page()
    page.goto(valley.address)
    page.evaluate(KEPT)
    return page


def test_five_changes_without_a_network_end_as_saved_or_named(phone: BrowserContext, valley: Valley) -> None:
    page = opened(phone, valley)
    phone.set_offline(True)
    for offer in valley.offers:
        plus(page, offer).tap()
    expect(page.locator("[data-line-state][data-state=waiting]")).to_have_count(5)
    page.close()
    valley.hives_close()
    page = phone.new_page()
    page.goto(valley.address)
    expect(page.locator("[data-pocket] .notice-warning")).to_be_visible()
    for offer in valley.offers:
        expect(field(page, offer)).to_have_value("1")
    plus(page, valley.offers[0]).tap()
    phone.set_offline(False)
    expect(page.locator("[data-pocket] li")).to_have_count(1)
    expect(page.locator("[data-pocket] li")).to_contain_text("Miel de montagne")
    expect(page.locator("html[data-offline-copy]")).to_have_count(0)
    assert valley.saved == {"Tomme 1": 2, "Tomme 2": 1, "Tomme 3": 1, "Tomme 4": 1}
    assert OrderRequest.objects.count() == 6
    page.goto("/orders/")
    expect(page.locator("[data-pocket] li")).to_contain_text("Miel de montagne")
    page.locator("[data-pocket] button").tap()
    expect(page.locator("[data-pocket]")).to_be_hidden()
    page.goto(valley.address)
    expect(field(page, valley.offers[0])).to_have_value("2")
    expect(page.locator("[data-pocket]")).to_be_hidden()


def test_what_waits_goes_from_any_page(phone: BrowserContext, valley: Valley) -> None:
    page = opened(phone, valley)
    phone.set_offline(True)
    plus(page, valley.offers[0]).tap()
    expect(state(page, valley.offers[0])).to_have_attribute("data-state", "waiting")
    page.goto("/orders/")
    expect(page.locator(f"[data-kept] a[href$='{valley.address}']")).to_be_visible()
    phone.set_offline(False)
    expect(page.locator("h1")).not_to_have_class("empty-title", timeout=15_000)
    expect(page.locator("[data-pocket]")).to_be_hidden()
    page.goto(valley.address)
    expect(field(page, valley.offers[0])).to_have_value("1")
    assert valley.saved == {"Tomme 1": 1}


def test_a_sheet_drawn_before_the_answer_came_shows_it_all_the_same(
    phone: BrowserContext, valley: Valley, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next page is asked for while a change is on its way: drawn before, seen after."""
    page = opened(phone, valley)
    drawn = sheets.sheet_page

    def slow(*asked: Any, **how: Any) -> HttpResponse:
        response = drawn(*asked, **how)
        until(lambda: bool(valley.saved))
        # Long enough for the page that asked to hear of it.
        time.sleep(0.5)
        return response

    monkeypatch.setattr(sheets, "sheet_page", slow)
    plus(page, valley.offers[0]).tap()
    page.goto(valley.address)
    expect(field(page, valley.offers[0])).to_have_value("1")
    assert OrderRequest.objects.count() == 1


def test_a_session_that_ended_keeps_what_waits_for_its_person_alone(
    phone: BrowserContext, valley: Valley, live_server: LiveServer
) -> None:
    tomme = valley.offers[0]
    page = opened(phone, valley)
    mine = next(each["value"] for each in phone.cookies() if each["name"] == settings.SESSION_COOKIE_NAME)
    phone.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    plus(page, tomme).tap()
    expect(page.locator("[data-pocket] a[href*='/accounts/login/']")).to_be_visible()
    page.goto(valley.address)
    expect(page.locator("[data-pocket] a[href*='/accounts/login/']")).to_be_visible()
    expect(field(page, tomme)).to_have_value("0")
    other = signed_in(cast.a_membership(valley.household, cast.a_user("Autre")).user)
    theirs = other.cookies[settings.SESSION_COOKIE_NAME].value
    phone.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": theirs, "url": live_server.url}])
    page.goto(valley.address)
    plus(page, valley.offers[1]).tap()
    expect(state(page, valley.offers[1])).to_have_text("enregistré, à confirmer")
    expect(page.locator("[data-pocket]")).to_be_hidden()
    assert valley.saved == {"Tomme 2": 1}
    phone.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": mine, "url": live_server.url}])
    page.goto(valley.address)
    expect(state(page, tomme)).to_have_text("enregistré, à confirmer")
    assert held(valley.household, tomme) == (1, 0, 0, 0)


def test_a_form_whose_token_went_stale_goes_on_with_a_fresh_one(phone: BrowserContext, valley: Valley) -> None:
    page = opened(phone, valley)
    phone.clear_cookies(name=settings.CSRF_COOKIE_NAME)
    plus(page, valley.offers[0]).tap()
    expect(state(page, valley.offers[0])).to_have_text("enregistré, à confirmer")
    assert valley.saved == {"Tomme 1": 1}


def test_signing_out_leaves_no_sheet_on_the_phone(phone: BrowserContext, valley: Valley) -> None:
    page = opened(phone, valley)
    page.goto("/orders/")
    page.locator(".site-account summary").tap()
    page.locator(".site-account-menu form button").tap()
    expect(page.locator(".site-sign-in")).to_be_visible()
    assert page.evaluate("caches.open('pages').then((pages) => pages.keys()).then((keys) => keys.length)") == 0
    phone.set_offline(True)
    page.goto(valley.address)
    expect(page.locator("h1.empty-title")).to_be_visible()


def test_where_nothing_can_be_kept_the_page_works_while_it_is_open(phone: BrowserContext, valley: Valley) -> None:
    phone.add_init_script("Object.defineProperty(window, 'indexedDB', { get() { throw new Error('private'); } })")
    page = opened(phone, valley)
    phone.set_offline(True)
    plus(page, valley.offers[0]).tap()
    words = page.locator("[data-bar]").get_attribute("data-say-fleeting")
    expect(page.locator("[data-bar-state]")).to_have_text(words or "?")
    phone.set_offline(False)
    expect(state(page, valley.offers[0])).to_have_text("enregistré, à confirmer")
    assert valley.saved == {"Tomme 1": 1}
