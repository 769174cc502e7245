"""A round from the proposal to the hand-over in a group outside France, by hand on phones, in one language.

What each group has of its own (currency, rates, words) stands in its journey.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import expect

from cagette import composing
from cagette.models import OutgoingMail, User
from deliveries import closing
from deliveries.models import PickList
from deliveries.papers import pick_list_html
from deliveries.pdf import to_pdf
from deliveries.workbooks import pick_list_xlsx
from orders.models import Membership, Neighbourhood, Offer, Order, Round, Stall
from producers.models import Producer
from tests import cast
from tests.deliveries.test_printing import text_of
from tests.journeys.test_order_sheet import a_phone, field
from tests.running import nothing_breaks

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

PLACE = {"place_name": "La halle", "place_address": "1 place de la Halle"}


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def somebody(neighbourhood: Neighbourhood, name: str, language: str, **fields: str) -> User:
    """With a household there, who reads `language`; `fields` go to the membership."""
    household = cast.a_household(neighbourhood, name)
    return cast.a_membership(household, cast.a_user(name, language=language), **fields).user


class Phones:
    """Each person's own, in one language. Every page that was read is kept: `read` has its whole source."""

    def __init__(self, browser: Browser, live_server: LiveServer, language: str) -> None:
        self.browser, self.live_server, self.language = browser, live_server, language
        self.stack = ExitStack()
        self.read: dict[str, str] = {}

    def of(self, user: User | None) -> Page:
        context = self.stack.enter_context(a_phone(self.browser, self.live_server, user))
        cookie = {"name": settings.LANGUAGE_COOKIE_NAME, "value": self.language, "url": self.live_server.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        self.stack.enter_context(nothing_breaks(page))
        return page

    def open(self, page: Page, address: str) -> str:
        """Go there; returns the words that stand on the page."""
        answer = page.goto(address)
        assert answer is not None and answer.ok, f"{address}: {answer and answer.status}"
        return self.note(page)

    def note(self, page: Page, what: str = "") -> str:
        self.read[f"{page.url}{what}"] = page.content()
        return plain(page.locator("body").inner_text())

    def download(self, page: Page, address: str) -> str:
        """A file of text, as a calendar or a feed reader gets it."""
        answer = page.request.get(address)
        assert answer.ok, f"{address}: {answer.status}"
        self.read[address] = answer.text()
        return self.read[address]


@contextmanager
def phones_in(browser: Browser, live_server: LiveServer, language: str) -> Iterator[Phones]:
    phones = Phones(browser, live_server, language)
    with phones.stack:
        yield phones


def propose(
    phones: Phones, coordinator: Page, neighbourhood: Neighbourhood, title: str, farms: list[Producer]
) -> Round:
    """Invite `farms`, which must be all that the page offers."""
    phones.open(coordinator, f"/neighbourhoods/{neighbourhood.slug}/rounds/new/")
    form = coordinator.locator("main form:has([name=delivery_day])")
    opens, closes, delivery = (timezone.now() + timedelta(days=days) for days in (1, 3, 4))
    values = PLACE | {
        "title": title,
        "delivery_day": f"{delivery:%Y-%m-%d}",
        "delivery_from": "17:00",
        "delivery_until": "19:00",
        "opens_day": f"{opens:%Y-%m-%d}",
        "opens_hour": "08:00",
        "closes_day": f"{closes:%Y-%m-%d}",
        "closes_hour": "20:00",
    }
    for name, value in values.items():
        form.locator(f"[name={name}]").fill(value)
    offered = form.locator("[name=catalogs]")
    expect(offered).to_have_count(len(farms))
    for box in offered.all():
        box.check()
    form.locator(".form-actions button").tap()
    coordinator.wait_for_url("**/coordination/rounds/*/")
    phones.note(coordinator)
    round = Round.objects.get()
    assert {stall.producer_id for stall in round.stalls.all()} == {farm.pk for farm in farms}
    return round


def accept(phones: Phones, farmer: Page, stall: Stall, minimum: str = "") -> str:
    """The farm says yes on its page, with a minimum as its people write it; returns what the page said before."""
    said = phones.open(farmer, f"/stalls/{stall.pk}/answer/")
    if minimum:
        terms = farmer.locator("details:has([name=minimum_amount])")
        if terms.get_attribute("open") is None:
            terms.locator("summary").tap()
        said = phones.note(farmer, " terms")
        farmer.locator("[name=minimum_amount]").fill(minimum)
    farmer.locator("button[name=answer][value=accepted]").tap()
    expect(farmer.locator("main .notice-success")).to_be_visible()
    phones.note(farmer, " accepted")
    return said


def publish_and_open(phones: Phones, coordinator: Page, round: Round) -> None:
    phones.open(coordinator, f"/coordination/rounds/{round.pk}/")
    for action in ("/publication/", "/opening/"):
        with coordinator.expect_navigation():
            coordinator.locator(f"form[action$='{action}'] button").tap()
        phones.note(coordinator, action)
    expect(coordinator.locator("[data-state=open]").first).to_be_visible()


def order(phones: Phones, page: Page, quantities: Mapping[Offer, int]) -> str:
    """Fill the sheet and press the button; returns what bar, recap and button said."""
    for offer, quantity in quantities.items():
        field(page, offer).fill(str(quantity))
        field(page, offer).press("Enter")
    expect(page.locator("[data-bar]")).to_have_attribute("data-state", "filled")
    filled = phones.note(page, " filled")
    page.locator("[data-order]").tap()
    recap = page.locator("dialog[open]")
    expect(recap.locator("[data-confirm]")).to_be_visible()
    said = plain(recap.inner_text())
    phones.note(page, " recap")
    recap.locator("[data-confirm]").tap()
    expect(page.locator("[data-bar]")).to_have_attribute("data-state", "ordered")
    return " | ".join([filled, said, phones.note(page, " ordered")])


def close(round: Round) -> None:
    """The deadline passes and the clock does its work."""
    cast.let_the_deadline_pass(round)
    for stall in round.stalls.all():
        closing.close(stall.pk)
    closing.close_round(round.pk)


def mails_of(round: Round) -> dict[str, str]:
    """The words of each mail that went out about the round, with its subject and its HTML."""
    found = {}
    for mail in OutgoingMail.objects.about(f"round:{round.pk}"):
        composed = composing.text_of(mail)
        found[f"{mail.template} {mail.recipient}"] = plain(f"{composed.subject} {composed.text} {composed.html}")
    return found


def pick_list_of(stall: Stall, language: str) -> tuple[str, dict[str, list[list[Any]]]]:
    """The words of the PDF, and the sheets of the workbook."""
    rows = PickList.objects.get(stall=stall).rows
    book = load_workbook(BytesIO(pick_list_xlsx(rows, language)))
    sheets = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}
    return text_of(to_pdf(pick_list_html(rows, language))), sheets


def read_all(phones: Phones, page: Page, *addresses: str) -> str:
    return " | ".join(phones.open(page, address) for address in addresses)


def the_order_of(user: User) -> Order:
    return Order.objects.get(household=cast.the_household(user))


def hours_of(round: Round) -> tuple[datetime, datetime]:
    return round.delivery_starts_at, round.delivery_ends_at


COORDINATOR = Membership.Role.COORDINATOR
