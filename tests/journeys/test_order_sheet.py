"""The order sheet in a browser: it saves itself, says so, survives the network, and orders by its one button.

Pages are all it takes: they are served by a thread of the test, with neither workers nor mail.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from cagette.models import User
from orders.models import Household, Offer, OrderChange, OrderRequest, Round, Stall
from tests import cast
from tests.orders.sheets import facts, held, save, signed_in
from tests.running import PHONE, nobody_is_shut_out, nothing_breaks

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page
    from pytest_django.live_server_helper import LiveServer


class Kitchen:
    """Somebody with a phone, in front of an open round with a cheese (ten of them) and a juice that comes in cases."""

    def __init__(self) -> None:
        neighbourhood = cast.a_neighbourhood()
        catalog = cast.a_catalog()
        cast.a_product(catalog, "Tomme de chèvre", "8.50", stock=Decimal(10), category="dairy", allergens=["milk"])
        cast.a_product(
            catalog, "Jus", "3.20", case_size=Decimal(6), deposit=Decimal("0.30"), category="drinks", position=1
        )
        cast.a_weighed_product(catalog, "Truite", position=2)
        self.round: Round = cast.an_open_round(neighbourhood, catalog)
        self.user: User = cast.a_member(neighbourhood)
        self.household: Household = cast.the_household(self.user)
        self.offers: list[Offer] = cast.offers_of(self.round)
        self.address = f"/rounds/{self.round.pk}/"

    def another_buys(self, quantity: int) -> None:
        other = cast.the_household(cast.a_member(self.round.neighbourhood, "Rey"))
        cast.an_order(self.round, other, {self.offers[0]: quantity})


@pytest.fixture
def kitchen(transactional_db: None) -> Kitchen:
    return Kitchen()


def a_phone(browser: Browser, live_server: LiveServer, user: User | None, *, script: bool = True) -> BrowserContext:
    """Somebody's browser, signed in as `user`."""
    context = browser.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
        is_mobile=True,
        has_touch=True,
        locale="fr-FR",
        timezone_id="Europe/Paris",
        base_url=live_server.url,
        java_script_enabled=script,
    )
    context.set_default_timeout(15_000)
    if user is not None:
        cookie = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    return context


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, kitchen: Kitchen) -> Iterator[Page]:
    """The member's phone. What breaks the content security policy, or throws, fails the test."""
    context = a_phone(browser, live_server, kitchen.user)
    page = context.new_page()
    with nothing_breaks(page):
        yield page
        context.close()


def line(page: Page, offer: Offer) -> Locator:
    return page.locator(f"[data-line='{offer.pk}']")


def field(page: Page, offer: Offer) -> Locator:
    return line(page, offer).locator(f"[name='quantity-{offer.pk}']")


def plus(page: Page, offer: Offer) -> Locator:
    return line(page, offer).locator("button[data-step='1']")


def state(page: Page, offer: Offer) -> Locator:
    return line(page, offer).locator("[data-line-state]")


def bar(page: Page) -> Locator:
    return page.locator("[data-bar]")


# Two cheeses, three bottles with their deposit, and up to two more bottles.
IN_ALL = "environ 27,50 €"


def test_from_the_first_tap_to_the_order(page: Page, kitchen: Kitchen) -> None:
    tomme, jus, _truite = kitchen.offers
    page.goto(kitchen.address)
    expect(bar(page)).to_have_attribute("data-state", "empty")
    plus(page, tomme).tap()
    plus(page, tomme).tap()
    field(page, jus).fill("3")
    field(page, jus).press("Enter")
    page.locator(f"[name='extra-{jus.pk}']").fill("2")
    page.locator(f"[name='extra-{jus.pk}']").press("Enter")
    expect(page.locator("[data-bar-total]")).to_have_text(IN_ALL)
    expect(bar(page)).to_have_attribute("data-state", "filled")
    page.locator("[data-order]").tap()
    expect(page.locator("dialog[open] [data-recap-total]")).to_have_text(IN_ALL)
    assert facts(*held(kitchen.household, tomme), *held(kitchen.household, jus)) == (2, 0, 0, 0, 3, 2, 0, 0)
    page.locator("[data-confirm]").tap()
    expect(bar(page)).to_have_attribute("data-state", "ordered")
    expect(page.locator("[data-bar-total]")).to_contain_text(IN_ALL)
    expect(page.locator("[data-order]")).to_be_hidden()
    assert facts(*held(kitchen.household, tomme), *held(kitchen.household, jus)) == (2, 0, 2, 0, 3, 2, 3, 2)


def test_an_increase_waits_for_the_button_and_a_decrease_does_not(page: Page, kitchen: Kitchen) -> None:
    tomme = kitchen.offers[0]
    cast.an_order(kitchen.round, kitchen.household, {tomme: 3})
    page.goto(kitchen.address)
    expect(bar(page)).to_have_attribute("data-state", "ordered")
    plus(page, tomme).tap()
    expect(page.locator("[data-bar-state]")).to_contain_text("+\u00a08,50\u00a0€")
    expect(bar(page)).to_have_attribute("data-state", "more")
    field(page, tomme).fill("1")
    field(page, tomme).press("Enter")
    expect(bar(page)).to_have_attribute("data-state", "ordered")
    expect(state(page, tomme)).to_have_attribute("data-state", "saved")
    expect(page.locator("[data-bar-total]")).to_contain_text("8,50")
    assert held(kitchen.household, tomme) == (1, 0, 1, 0)


def test_without_a_network_it_waits_and_goes_once_when_it_returns(page: Page, kitchen: Kitchen) -> None:
    tomme = kitchen.offers[0]
    page.goto(kitchen.address)
    page.context.set_offline(True)
    plus(page, tomme).tap()
    expect(state(page, tomme)).to_have_attribute("data-state", "waiting")
    plus(page, tomme).tap()
    page.locator("[data-order]").tap()
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.context.set_offline(False)
    expect(state(page, tomme)).to_have_text(page.locator("[data-sheet]").get_attribute("data-say-saved") or "?")
    page.wait_for_timeout(700)
    assert held(kitchen.household, tomme) == (2, 0, 0, 0)
    assert OrderRequest.objects.count() == 2


def test_a_conflict_says_what_is_possible_and_one_more_tap_orders_it(page: Page, kitchen: Kitchen) -> None:
    tomme = kitchen.offers[0]
    save(kitchen.user, kitchen.round, kitchen.household, tomme, 5)
    page.goto(kitchen.address)
    page.locator("[data-order]").tap()
    expect(page.locator("[data-recap-total]")).to_have_text("42,50 €")
    kitchen.another_buys(7)
    page.locator("[data-confirm]").tap()
    expect(page.locator("dialog[open] [role=alert]")).to_contain_text("3")
    expect(page.locator("[data-recap-total]")).to_have_text("25,50 €")
    expect(field(page, tomme)).to_have_value("3")
    page.locator("[data-confirm]").tap()
    expect(bar(page)).to_have_attribute("data-state", "ordered")
    assert held(kitchen.household, tomme) == (3, 0, 3, 0)


def test_another_device_has_changed_the_same_line(page: Page, kitchen: Kitchen) -> None:
    tomme = kitchen.offers[0]
    page.goto(kitchen.address)
    save(kitchen.user, kitchen.round, kitchen.household, tomme, 4)
    plus(page, tomme).tap()
    expect(line(page, tomme)).to_have_attribute("data-state", "refused")
    assert held(kitchen.household, tomme) == (4, 0, 0, 0)
    line(page, tomme).locator(".field-error button").last.tap()
    expect(line(page, tomme)).to_have_attribute("data-state", "wanted")
    expect(state(page, tomme)).to_have_attribute("data-state", "waiting")
    assert held(kitchen.household, tomme) == (1, 0, 0, 0)


def test_a_farm_that_closed_meanwhile_says_so_and_keeps_what_was_ordered(page: Page, kitchen: Kitchen) -> None:
    tomme = kitchen.offers[0]
    cast.an_order(kitchen.round, kitchen.household, {tomme: 2})
    page.goto(kitchen.address)
    Stall.objects.update(state="closed", closed_at=timezone.now())
    plus(page, tomme).tap()
    expect(line(page, tomme).locator(".field-error")).to_be_visible()
    expect(field(page, tomme)).to_have_value("2")
    expect(field(page, tomme)).to_be_disabled()
    assert held(kitchen.household, tomme) == (2, 0, 2, 0)


def test_what_is_not_a_number_is_said_at_the_field_and_kept(page: Page, kitchen: Kitchen) -> None:
    tomme = kitchen.offers[0]
    page.goto(kitchen.address)
    field(page, tomme).fill("deux")
    field(page, tomme).press("Enter")
    expect(line(page, tomme).locator(".field-error")).to_be_visible()
    expect(field(page, tomme)).to_have_value("deux")
    field(page, tomme).fill("1,5")
    field(page, tomme).press("Enter")
    expect(line(page, tomme).locator(".field-error")).to_be_visible()
    expect(field(page, tomme)).to_have_value("1,5")
    assert not OrderChange.objects.exists()


def test_finding_a_product_needs_no_accents(page: Page, kitchen: Kitchen) -> None:
    page.goto(kitchen.address)
    page.locator("#find").fill("chevre")
    expect(page.locator("[data-line]:visible")).to_have_count(1)
    page.locator("#find").fill("camembert")
    expect(page.locator("[data-found-none]")).to_be_visible()
    page.locator("#find").fill("")
    page.locator("a[data-category=drinks]").tap()
    expect(page.locator("[data-line]:visible")).to_have_count(1)


def test_without_javascript_it_is_one_form_with_two_buttons(
    browser: Browser, live_server: LiveServer, kitchen: Kitchen
) -> None:
    tomme = kitchen.offers[0]
    context = a_phone(browser, live_server, kitchen.user, script=False)
    page = context.new_page()
    page.goto(kitchen.address)
    field(page, tomme).fill("abc")
    page.locator("button[name=then][value=sheet]").click()
    expect(page.locator(f"#error-{tomme.pk}")).to_be_visible()
    field(page, tomme).fill("2")
    page.locator("button[name=then][value=recap]").click()
    expect(page.locator("[data-recap-total]")).to_have_text("17,00 €")
    assert held(kitchen.household, tomme) == (2, 0, 0, 0)
    page.locator("[data-confirm]").click()
    expect(bar(page)).to_have_attribute("data-state", "ordered")
    assert held(kitchen.household, tomme) == (2, 0, 2, 0)
    context.close()


def test_nothing_stands_in_anybodys_way(page: Page, kitchen: Kitchen) -> None:
    tomme, jus, _truite = kitchen.offers
    order = cast.an_order(kitchen.round, kitchen.household, {tomme: 1})
    save(kitchen.user, kitchen.round, kitchen.household, jus, 3, tolerance=2)
    for address in (kitchen.address, f"{kitchen.address}recap/", "/orders/", f"/orders/{order.pk}/"):
        page.goto(address)
        nobody_is_shut_out(page)
    page.goto(kitchen.address)
    page.locator("[data-order]").tap()
    expect(page.locator("dialog[open]")).to_be_visible()
    nobody_is_shut_out(page)
