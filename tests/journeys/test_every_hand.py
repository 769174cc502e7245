"""The same order by keyboard alone, in large type, without motion, and in each language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests import cast
from tests.journeys.test_order_sheet import Kitchen, a_phone, bar, field, kitchen, line, plus
from tests.orders.sheets import held, signed_in
from tests.running import PHONE, nothing_breaks

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page
    from pytest_django.live_server_helper import LiveServer

__all__ = ["kitchen"]

OVERFLOW = "document.documentElement.scrollWidth - innerWidth"
# Whether whoever looks sees where the focus is.
OUTLINED = """() => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
}"""


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, kitchen: Kitchen) -> Iterator[Page]:
    context = a_phone(browser, live_server, kitchen.user)
    page = context.new_page()
    with nothing_breaks(page):
        yield page
        context.close()


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until `target` has the focus, and see it on each stop."""
    for _n in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate(OUTLINED), page.evaluate("document.activeElement.outerHTML")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("It can't be reached by the keyboard.")


def test_the_keyboard_is_enough(page: Page, kitchen: Kitchen) -> None:
    tomme, jus, _truite = kitchen.offers
    page.goto(kitchen.address)
    tab_to(page, field(page, tomme))
    page.keyboard.type("2")
    tab_to(page, plus(page, jus))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("[data-order]"))
    page.keyboard.press("Enter")
    expect(page.locator("[data-confirm]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("[data-order]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-confirm]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(bar(page)).to_have_attribute("data-state", "ordered")
    assert (held(kitchen.household, tomme), held(kitchen.household, jus)) == ((2, 0, 2, 0), (1, 0, 1, 0))


@pytest.mark.parametrize(
    ("width", "height"),
    [(195, 422), (320, 568), (640, 360)],
    ids=["a phone zoomed to 200 %", "a small phone", "a laptop zoomed to 200 %"],
)
def test_narrow_windows_leave_everything_in_reach(page: Page, kitchen: Kitchen, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    for address in (kitchen.address, "/", "/orders/", f"/neighbourhoods/{kitchen.round.neighbourhood.slug}/"):
        page.goto(address)
        assert page.evaluate(OVERFLOW) <= 0, address
    page.goto(kitchen.address)
    plus(page, kitchen.offers[0]).tap()
    page.locator("[data-order]").tap()
    page.locator("[data-confirm]").tap()
    expect(bar(page)).to_have_attribute("data-state", "ordered")


def test_who_wants_no_motion_sees_none(page: Page, kitchen: Kitchen) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(kitchen.address)
    plus(page, kitchen.offers[0]).tap()
    page.locator("[data-order]").tap()
    expect(page.locator("dialog[open]")).to_be_visible()
    moving = "document.getAnimations().filter((each) => each.effect.getComputedTiming().duration > 1).length"
    assert page.evaluate(moving) == 0
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


@pytest.mark.parametrize(
    ("language", "button", "ordered"),
    [
        ("fr", "Commander avec obligation de paiement", "Commandé · 8,50\u00a0€"),
        ("en", "Order with obligation to pay", "Ordered · €8.50"),
        ("it", "Ordine con obbligo di pagare", "8,50\u00a0€"),
    ],
)
def test_an_order_in_each_language(
    browser: Browser, live_server: LiveServer, kitchen: Kitchen, language: str, button: str, ordered: str
) -> None:
    context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True, base_url=live_server.url)  # type: ignore[arg-type]
    cookie = signed_in(kitchen.user).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [
            {"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url},
            {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url},
        ]
    )
    page = context.new_page()
    page.goto(kitchen.address)
    expect(page.locator("html")).to_have_attribute("lang", language)
    plus(page, kitchen.offers[0]).tap()
    page.locator("[data-order]").tap()
    expect(page.locator("[data-confirm]")).to_contain_text(button)
    page.locator("[data-confirm]").tap()
    expect(page.locator("[data-bar-total]")).to_contain_text(ordered)
    expect(line(page, kitchen.offers[0])).to_have_attribute("data-state", "ordered")
    context.close()


def test_prices_and_names_of_any_length_fit(page: Page, kitchen: Kitchen) -> None:
    offer = kitchen.offers[0]
    type(offer).objects.filter(pk=offer.pk).update(
        name="Assortiment de fromages de chèvre fermiers affinés de l'alpage du Haut-Guisane-sur-Clarée"[:80],
        price="1234.50",
    )
    cast.an_order(kitchen.round, kitchen.household, {kitchen.offers[1]: 99})
    for width in (320, 390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        for address in (kitchen.address, f"{kitchen.address}recap/", "/orders/"):
            page.goto(address)
            assert page.evaluate(OVERFLOW) <= 0, f"{address} at {width}"
