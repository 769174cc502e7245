"""Somebody never seen before, from a link that a neighbour shared to a confirmed order, with one code by mail."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from orders.models import Household, Offer, Round
from tests import cast
from tests.orders.sheets import held
from tests.running import PHONE, Server
from tests.smtp import SmtpSink

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROSE = "rose@example.org"


@pytest.fixture
def round(transactional_db: None) -> Round:
    catalog = cast.a_catalog()
    cast.a_product(catalog, "Tomme de chèvre", "8.50", stock=Decimal(10))
    cast.a_product(catalog, "Miel", "9.00", position=1)
    return cast.an_open_round(None, catalog)


@pytest.fixture
def tomme(round: Round) -> Offer:
    return cast.offers_of(round)[0]


def say_who(page: Page, sink: SmtpSink) -> None:
    """The address and the name, then the code from the mail."""
    page.locator("[name=email]").fill(ROSE)
    page.locator("[name=name]").fill("Rostolan")
    page.locator("main form .button-primary").click()
    page.wait_for_url("**/accounts/login/code/**")
    code = re.search(r"^\s+(\S+)\s*$", sink.wait_for(1, to=ROSE)[0].text(), re.MULTILINE)
    assert code is not None
    page.locator("[name=code]").fill(code[1])
    page.locator("main form .button-primary").first.click()


def test_from_the_shared_link_to_the_order(
    page: Page, round: Round, tomme: Offer, server: Server, smtp_sink: SmtpSink
) -> None:
    page.goto(f"/rounds/{round.pk}/")
    field = page.locator(f"[name=quantity-{tomme.pk}]")
    plus = page.locator(f"[data-line='{tomme.pk}'] button[data-step='1']")
    plus.tap()
    plus.tap()
    expect(page.locator("[data-bar-total]")).to_have_text("17,00 €")
    page.reload()
    expect(field).to_have_value("2")
    page.locator("[data-order]").tap()
    expect(page.locator("[name=email]")).to_be_visible()
    found = Axe().run(page, options={"preload": False})
    assert found.violations_count == 0, found.generate_report()
    say_who(page, smtp_sink)
    expect(page.locator("dialog[open] [data-recap-total]")).to_have_text("17,00 €")
    household = Household.objects.get(name="Rostolan")
    assert held(household, tomme) == (2, 0, 0, 0)
    page.locator("[data-confirm]").tap()
    expect(page.locator("[data-bar]")).to_have_attribute("data-state", "ordered")
    expect(field).to_have_value("2")
    assert held(household, tomme) == (2, 0, 2, 0)
    # As released, a sheet is readable without a network, too.
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("[data-pocket] .notice-warning")).to_be_visible()
    expect(page.locator("[data-bar]")).to_have_attribute("data-state", "ordered")


def test_without_javascript_it_is_the_same_way(
    browser: Browser, round: Round, tomme: Offer, server: Server, smtp_sink: SmtpSink
) -> None:
    context = browser.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
        locale="fr-FR",
        base_url=server.url,
        java_script_enabled=False,
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(f"/rounds/{round.pk}/")
    page.locator(f"[name=quantity-{tomme.pk}]").fill("2")
    page.locator("[data-order]").click()
    say_who(page, smtp_sink)
    expect(page.locator("[data-recap-total]")).to_have_text("17,00 €")
    page.locator("[data-confirm]").click()
    expect(page.locator("[data-bar]")).to_have_attribute("data-state", "ordered")
    assert held(Household.objects.get(name="Rostolan"), tomme) == (2, 0, 2, 0)
    context.close()
