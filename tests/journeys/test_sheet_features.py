"""The order sheet beyond quantities, in a browser: as last time, stars, a word to a farm, a page that stays true."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from catalogs.models import Supply
from orders.models import Favourite, OrderNote, Stall
from tests import cast
from tests.journeys.test_order_sheet import Kitchen, a_phone, bar, field, kitchen, line, page, plus, state
from tests.orders.sheets import held
from tests.running import nobody_is_shut_out

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

__all__ = ["kitchen", "page"]

TOO_SMALL = """
[...document.querySelectorAll(".order-sheet :is(button, summary, input:not([type=hidden]), .category-row a)")]
    .filter((each) => each.checkVisibility() && !each.matches(".visually-hidden"))
    .filter((each) => each.getBoundingClientRect().height < 43.9).map((each) => each.outerHTML.slice(0, 120))
"""


def look_again(page: Page) -> None:
    """Somebody comes back to the page: it asks what has changed."""
    with page.expect_response("**/freshness/**"):
        page.evaluate("dispatchEvent(new Event('focus'))")


def the_week_before(kitchen: Kitchen) -> None:
    """Two Tommes and a product that is no longer there were taken then."""
    catalog = kitchen.offers[0].stall.catalog
    gone = cast.a_product(catalog, "Faisselle", position=9)
    before = cast.an_open_round(kitchen.round.neighbourhood, catalog)
    offers = {offer.name: offer for offer in cast.offers_of(before)}
    cast.an_order(before, kitchen.household, {offers["Tomme de chèvre"]: 2, offers["Faisselle"]: 1})
    cast.shift(before, -timedelta(days=7))
    Supply.objects.filter(product=kitchen.offers[0].product).update(ordered=0)
    gone.available = False
    gone.save()


def test_one_tap_fills_in_what_was_taken_last_time(page: Page, kitchen: Kitchen) -> None:
    tomme, jus, _truite = kitchen.offers
    the_week_before(kitchen)
    page.goto(kitchen.address)
    plus(page, jus).tap()
    page.locator("[data-usual] button").tap()
    expect(page.locator("[data-usual]")).to_contain_text("Faisselle")
    expect(field(page, tomme)).to_have_value("2")
    expect(state(page, tomme)).to_have_attribute("data-state", "waiting")
    expect(page.locator("[data-bar-total]")).to_have_text("20,50 €")
    expect(bar(page)).to_have_attribute("data-state", "filled")
    assert held(kitchen.household, tomme) == (2, 0, 0, 0)


def test_a_star_is_kept_and_finds_its_product(page: Page, kitchen: Kitchen) -> None:
    _tomme, jus, _truite = kitchen.offers
    page.goto(kitchen.address)
    star = line(page, jus).locator(".order-line-star")
    with page.expect_response("**/favourites/"):
        star.tap()
    expect(star).to_have_attribute("aria-pressed", "true")
    assert Favourite.objects.get().product == jus.product
    page.reload()
    page.locator("a[data-category=favourites]").tap()
    expect(page.locator("[data-line]:visible")).to_have_count(1)
    expect(line(page, jus)).to_be_visible()


def test_one_finds_farms_labels_and_what_one_takes(page: Page, kitchen: Kitchen) -> None:
    tomme, _jus, _truite = kitchen.offers
    page.goto(kitchen.address)
    page.locator("#find").fill("PROREL")
    expect(page.locator("[data-found]")).to_contain_text("3")
    page.locator("#find").fill("")
    plus(page, tomme).tap()
    page.locator("a[data-category=mine]").tap()
    expect(page.locator("[data-line]:visible")).to_have_count(1)
    expect(line(page, tomme)).to_be_visible()


def test_a_word_to_the_farm_saves_itself_and_survives_the_network(page: Page, kitchen: Kitchen) -> None:
    page.goto(kitchen.address)
    note = page.locator(".stall-note")
    note.locator("summary").tap()
    note.locator("input[name^=note-]").fill("Bien affinée")
    expect(note.locator(".save-state")).to_have_attribute("data-state", "saved")
    assert OrderNote.objects.get().text == "Bien affinée"
    page.context.set_offline(True)
    note.locator("input[name^=note-]").fill("Peu affinée")
    expect(note.locator(".save-state")).to_have_attribute("data-state", "waiting")
    page.context.set_offline(False)
    expect(note.locator(".save-state")).to_have_attribute("data-state", "saved")
    assert OrderNote.objects.get().text == "Peu affinée"


def test_the_page_stays_true_and_touches_nothing_that_is_typed(page: Page, kitchen: Kitchen) -> None:
    tomme, jus, _truite = kitchen.offers
    Stall.objects.update(minimum_amount=Decimal(100), below_minimum="drop")
    page.goto(kitchen.address)
    field(page, jus).fill("4")
    kitchen.another_buys(8)
    other = cast.the_household(cast.a_member(kitchen.round.neighbourhood, "Bo"))
    cast.an_order(kitchen.round, other, {jus: 8})
    look_again(page)
    expect(line(page, tomme).locator(".order-line-left")).to_contain_text("2")
    expect(line(page, jus).locator(".progress-text")).to_contain_text("4")
    expect(line(page, jus).locator("progress")).to_have_attribute("value", "2")
    expect(page.locator("[data-minimum]")).to_contain_text("6,40")
    expect(field(page, jus)).to_have_value("4")
    cast.an_order(kitchen.round, cast.the_household(cast.a_member(kitchen.round.neighbourhood, "Li")), {tomme: 2})
    look_again(page)
    expect(line(page, tomme)).to_have_attribute("data-state", "soldout")
    expect(plus(page, tomme)).to_be_disabled()


def test_a_farm_that_closes_while_one_looks_becomes_read_only(page: Page, kitchen: Kitchen) -> None:
    tomme, jus, _truite = kitchen.offers
    cast.an_order(kitchen.round, kitchen.household, {tomme: 2})
    page.goto(kitchen.address)
    field(page, jus).fill("3")
    field(page, jus).press("Enter")
    expect(state(page, jus)).to_have_attribute("data-state", "waiting")
    Stall.objects.update(state="closed", closed_at=timezone.now())
    look_again(page)
    expect(page.locator("[data-news]")).to_contain_text("Ferme du Prorel")
    expect(field(page, tomme)).to_be_disabled()
    expect(field(page, tomme)).to_have_value("2")
    expect(line(page, jus).locator(".field-error")).to_contain_text("3")
    expect(bar(page)).to_have_attribute("data-state", "ordered")
    expect(page.locator("[data-bar-total]")).to_contain_text("17,00 €")


def test_without_javascript_there_is_all_of_it(browser: Browser, live_server: LiveServer, kitchen: Kitchen) -> None:
    tomme, jus, _truite = kitchen.offers
    the_week_before(kitchen)
    context = a_phone(browser, live_server, kitchen.user, script=False)
    page = context.new_page()
    page.goto(kitchen.address)
    page.locator(".stall-note summary").click()
    page.locator(".stall-note input[name^=note-]").fill("Bien affinée")
    line(page, jus).locator(".order-line-star").click()
    assert (Favourite.objects.get().product, OrderNote.objects.get().text) == (jus.product, "Bien affinée")
    field(page, jus).fill("3")
    field(page, jus).press("Enter")
    assert held(kitchen.household, jus) == (3, 0, 0, 0)
    page.locator("[data-usual] button").click()
    assert held(kitchen.household, tomme) == (2, 0, 0, 0)
    page.locator("a[data-category=favourites]").click()
    expect(page.locator("[data-line]:visible")).to_have_count(1)
    context.close()


@pytest.mark.parametrize("width", [390, 320])
def test_nothing_stands_in_anybodys_way(page: Page, kitchen: Kitchen, width: int) -> None:
    tomme = kitchen.offers[0]
    the_week_before(kitchen)
    Stall.objects.update(minimum_amount=Decimal(100), word="Bonne saison !" * 20)
    type(tomme).objects.filter(pk=tomme.pk).update(name="Grande tomme de montagne affinée " * 3, price="1234.50")
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(kitchen.address)
    page.locator(".stall-note summary").tap()
    line(page, tomme).locator(".order-line-star").tap()
    nobody_is_shut_out(page)
    assert page.evaluate(TOO_SMALL) == []
