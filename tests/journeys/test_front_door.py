"""From the first page to one's neighbourhood, its farms and its next round, in a browser, and open to everyone.

Pages are all it takes: they are served by a thread of the test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from orders.models import Round
from producers.models import Certificate
from tests import cast
from tests.journeys.test_order_sheet import a_phone
from tests.running import nobody_is_shut_out, nothing_breaks

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer


@pytest.fixture
def round(transactional_db: None) -> Round:
    """Open in a neighbourhood that has a past, with a farm that has all that its page can show."""
    neighbourhood = cast.a_neighbourhood("Serre", commune="Saint-Chaffrey", postcode="05330", welcome="Bienvenue !")
    cast.a_neighbourhood("Gare", postcode="05100")
    farm = cast.a_producer(story="Quarante chèvres.", legal_name="EARL du Prorel", siren="732829320")
    catalog = cast.a_catalog(farm)
    cast.a_product(catalog, "Tomme", labels=["organic"], category="dairy", allergens=["milk"])
    round: Round = cast.an_open_round(neighbourhood, catalog, title="La commande du mois")
    Certificate.objects.create(producer=farm, certifier_code="FR-BIO-01", expires_on=round.delivery_ends_at.date())
    for _number in range(12):
        cast.a_past_round(neighbourhood, catalog)
    return round


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, round: Round) -> Iterator[Page]:
    """A visitor's phone. What breaks the content security policy, or throws, fails the test."""
    context = a_phone(browser, live_server, None)
    page = context.new_page()
    with nothing_breaks(page):
        yield page
        context.close()


def test_a_neighbourhood_is_found_as_one_types_and_leads_to_its_round(page: Page, round: Round) -> None:
    page.goto("/")
    expect(page.get_by_role("link", name="Gare")).to_be_visible()
    page.get_by_role("searchbox").press_sequentially("st chaf")
    expect(page.get_by_role("link", name="Gare")).to_have_count(0)
    expect(page.get_by_role("status")).to_have_text("1 groupe pour « st chaf »")
    expect(page).to_have_url(re.compile(r"/\?commune=st\+chaf$"))
    page.get_by_role("link", name="Serre").click()
    page.get_by_role("link", name="Commander").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("La commande du mois")


def test_without_script_the_button_finds_the_same(browser: Browser, live_server: LiveServer, round: Round) -> None:
    context = a_phone(browser, live_server, None, script=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("searchbox").fill("05330")
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_role("heading", level=3)).to_have_text(["Serre"])
    context.close()


def test_the_public_doors_shut_nobody_out(page: Page, round: Round) -> None:
    farm = round.stalls.get().producer
    hood = f"/neighbourhoods/{round.neighbourhood.slug}/"
    for path in ("/", "/?commune=zzz", hood, f"{hood}?page=2", "/farms/", "/farms/?q=prorell", f"/farms/{farm.slug}/"):
        page.goto(path)
        nobody_is_shut_out(page)
