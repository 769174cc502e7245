"""A restaurant and a household order the same goods: one reads prices without VAT, the other never does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from cagette import composing
from cagette.models import OutgoingMail, User
from deliveries import closing
from deliveries.models import PickList
from deliveries.papers import pick_list_html
from deliveries.pdf import to_pdf
from orders.models import Offer, OrderLine, Round
from tests import cast
from tests.deliveries.test_printing import text_of
from tests.journeys.test_order_sheet import a_phone, field, line
from tests.orders.sheets import facts
from tests.running import nothing_breaks

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

Open = Callable[[User], "Page"]
WITHOUT_VAT = re.compile(r"\bHT\b|\bTVA\b")


class Village:
    """A mill with a price for professionals, and a brewery that has none; a household and a restaurant."""

    def __init__(self) -> None:
        neighbourhood = cast.a_neighbourhood()
        mill = cast.a_catalog(cast.a_producer("Moulin", vat_regime="liable"))
        cast.a_product(mill, "Farine", "1.45", professional_price=Decimal("1.37"))
        brewery = cast.a_catalog(cast.a_producer("Brasserie", vat_regime="liable"))
        cast.a_product(brewery, "Bière", "3.00", vat_rate=Decimal(20), deposit=Decimal("0.30"))
        self.round: Round = cast.an_open_round(neighbourhood, mill, brewery)
        self.beer, self.flour = cast.offers_of(self.round)
        self.cook = cast.a_membership(cast.a_household(neighbourhood, "La Table", kind="professional")).user
        self.neighbour = cast.a_member(neighbourhood, "Ferrand")


@pytest.fixture
def village(transactional_db: None) -> Village:
    return Village()


@pytest.fixture
def opened(browser: Browser, live_server: LiveServer, village: Village) -> Iterator[Open]:
    with ExitStack() as phones:

        def open_for(user: User) -> Page:
            page = phones.enter_context(a_phone(browser, live_server, user)).new_page()
            phones.enter_context(nothing_breaks(page))
            page.goto(f"/rounds/{village.round.pk}/")
            return page

        yield open_for


def order(page: Page, quantities: dict[Offer, int]) -> str:
    """Fill the sheet and order it; returns what the recap said."""
    for offer, quantity in quantities.items():
        field(page, offer).fill(str(quantity))
        field(page, offer).press("Enter")
    page.locator("[data-order]").tap()
    recap = page.locator("dialog[open]")
    said = plain(recap.inner_text())
    recap.locator("[data-confirm]").tap()
    expect(page.locator("[data-bar]")).to_have_attribute("data-state", "ordered")
    return said


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def mailed(user: User) -> str:
    mail = OutgoingMail.objects.get(template="deliveries/mail/recap", recipient=user.email)
    return plain(composing.text_of(mail).text)


def test_each_reads_its_prices_and_the_farm_both(opened: Open, village: Village) -> None:
    cook = opened(village.cook)
    assert "1,37 €" in plain(line(cook, village.flour).inner_text())
    recap = order(cook, {village.flour: 100, village.beer: 10})
    # 137.00 + 7.54 of VAT (5.5 %); of the beer 30.00 incl. VAT, 5.00 of it VAT (20 %); 3.00 of deposits.
    for words in ("100 × 1,37 €", "137,00 €", "TVA 5,5 % 7,54 €", "25,00 €", "TVA 20 % 5,00 €", "177,54 €"):
        assert words in recap
    bar = plain(cook.locator("[data-bar]").inner_text())
    for words in ("Commandé · 177,54 €", "162,00 € HT", "TVA 5,5 % : 7,54 €", "TVA 20 % : 5,00 €"):
        assert words in bar

    neighbour = opened(village.neighbour)
    recap = order(neighbour, {village.flour: 100, village.beer: 10})
    assert "100 × 1,45 €" in recap and "178,00 €" in recap
    assert not WITHOUT_VAT.search(recap + plain(neighbour.locator("main").inner_text()))

    lines = OrderLine.objects.filter(offer=village.flour).order_by("order__household__pick_up_number")
    kept = [(each.basis, each.unit_price, each.vat_rate, each.vat_regime) for each in lines]
    assert facts(*kept) == (
        ("net", Decimal("1.37"), Decimal("5.5"), "liable"),
        ("gross", Decimal("1.45"), Decimal("5.5"), "liable"),
    )

    cast.let_the_deadline_pass(village.round)
    for stall in village.round.stalls.all():
        closing.close(stall.pk)
    cooks, neighbours = mailed(village.cook), mailed(village.neighbour)
    for words in ("137,00 €", "TVA 5,5 % : 7,54 €", "177,54 €"):
        assert words in cooks
    assert "178,00 €" in neighbours and not WITHOUT_VAT.search(neighbours)
    rows = PickList.objects.get(stall=village.flour.stall_id).rows
    text = text_of(to_pdf(pick_list_html(rows, "fr")))
    for words in ("100 × Farine", "1,45 €", "145,00 €", "1,37 € HT", "137,00 €", "7,54 €", "289,54 €"):
        assert words in text
    for client, seen in ((cook, "177,54 €"), (neighbour, "178,00 €")):
        client.goto("/orders/")
        expect(client.locator("main")).to_contain_text(seen)
