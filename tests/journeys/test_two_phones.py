"""Two people of one household at the same order, each with a phone: both see the truth, and nobody's change is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests import cast
from tests.journeys.test_order_sheet import Kitchen, a_phone, bar, field, line, plus, state
from tests.orders.sheets import held

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

SAVED = "enregistré, à confirmer"


@pytest.fixture
def kitchen(transactional_db: None) -> Kitchen:
    return Kitchen()


@pytest.fixture
def phones(browser: Browser, live_server: LiveServer, kitchen: Kitchen) -> Iterator[list[Page]]:
    """Hers and his, both with the sheet open."""
    his = cast.a_membership(kitchen.household, cast.a_user("Jean")).user
    contexts = [a_phone(browser, live_server, user) for user in (kitchen.user, his)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.goto(kitchen.address)
    yield pages
    for context in contexts:
        context.close()


def picked_up(page: Page) -> None:
    """Somebody looks at their phone again."""
    page.evaluate("dispatchEvent(new Event('focus'))")


def test_what_one_changes_and_orders_the_other_sees(phones: list[Page], kitchen: Kitchen) -> None:
    (hers, his), tomme = phones, kitchen.offers[0]
    plus(hers, tomme).tap()
    expect(state(hers, tomme)).to_have_text(SAVED)
    picked_up(his)
    expect(field(his, tomme)).to_have_value("1")
    plus(his, tomme).tap()
    expect(state(his, tomme)).to_have_text(SAVED)
    assert held(kitchen.household, tomme) == (2, 0, 0, 0)
    his.locator("[data-order]").tap()
    his.locator("[data-confirm]").tap()
    expect(bar(his)).to_have_attribute("data-state", "ordered")
    picked_up(hers)
    expect(bar(hers)).to_have_attribute("data-state", "ordered")
    expect(hers.locator("[data-bar-total]")).to_contain_text("17,00")


@pytest.mark.parametrize(("taken", "quantity"), [("first", 3), ("last", 1)])
def test_both_values_are_shown_and_either_can_be_taken(
    phones: list[Page], kitchen: Kitchen, taken: str, quantity: int
) -> None:
    (hers, his), tomme = phones, kitchen.offers[0]
    field(hers, tomme).fill("3")
    field(hers, tomme).press("Enter")
    expect(state(hers, tomme)).to_have_text(SAVED)
    plus(his, tomme).tap()
    choices = line(his, tomme).locator(".field-error button")
    expect(choices).to_have_text(["Prendre 3", "Garder 1"])
    assert held(kitchen.household, tomme) == (3, 0, 0, 0)
    getattr(choices, taken).tap()
    expect(choices).to_have_count(0)
    expect(state(his, tomme)).to_have_text(SAVED)
    assert held(kitchen.household, tomme) == (quantity, 0, 0, 0)


def test_what_changed_under_an_open_recap_is_chosen_before_it_is_ordered(phones: list[Page], kitchen: Kitchen) -> None:
    (hers, his), tomme, jus = phones, kitchen.offers[0], kitchen.offers[1]
    plus(hers, tomme).tap()
    expect(state(hers, tomme)).to_have_text(SAVED)
    hers.locator("[data-order]").tap()
    expect(hers.locator("[data-recap-total]")).to_have_text("8,50 €")
    picked_up(his)
    expect(field(his, tomme)).to_have_value("1")
    plus(his, tomme).tap()
    plus(his, jus).tap()
    expect(state(his, jus)).to_have_text(SAVED)
    expect(state(his, tomme)).to_have_text(SAVED)
    hers.locator("[data-confirm]").tap()
    choices = line(hers, tomme).locator(".field-error button")
    expect(choices).to_have_text(["Prendre 2", "Garder 1"])
    assert held(kitchen.household, tomme) == (2, 0, 0, 0)
    choices.first.tap()
    line(hers, jus).locator(".field-error button").first.tap()
    hers.locator("[data-order]").tap()
    expect(hers.locator("[data-recap-total]")).to_have_text("20,50 €")
    hers.locator("[data-confirm]").tap()
    expect(bar(hers)).to_have_attribute("data-state", "ordered")
    assert held(kitchen.household, tomme) == (2, 0, 2, 0)
