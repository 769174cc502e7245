"""An order on paper, in a browser: it waits for the worker and then opens by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from playwright.sync_api import expect

from deliveries import printing
from deliveries.models import PrintedRecap
from tests import cast
from tests.orders.sheets import signed_in
from tests.running import PHONE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Response, Route
    from pytest_django.live_server_helper import LiveServer


@pytest.mark.django_db(transaction=True)
def test_the_page_that_waits_goes_and_gets_the_file(browser: Browser, live_server: LiveServer) -> None:
    round = cast.an_open_round()
    user = cast.a_member(round.neighbourhood)
    order = cast.an_order(round, cast.the_household(user), {cast.offers_of(round)[0]: 1})
    context = browser.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
        locale="fr-FR",
        base_url=live_server.url,
        service_workers="block",
    )
    cookie = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"/orders/{order.pk}/")

    kinds: list[str] = []

    def instead_of_the_viewer(route: Route) -> None:
        """The browser's own reader of PDFs keeps the test from ending, at times."""
        answer = route.fetch()
        if answer.status == 200 and route.request.method == "GET":
            kinds.append(answer.headers["content-type"])
            route.fulfill(body="", content_type="text/plain")
        else:
            route.fulfill(response=answer)

    def the_file(response: Response) -> bool:
        return response.headers.get("content-type") == "text/plain"

    page.route("**/recap.pdf", instead_of_the_viewer)
    with page.expect_response(the_file, timeout=30_000):
        page.get_by_role("link", name="À imprimer").click()
        expect(page.locator("[data-waiting]")).to_contain_text("s’ouvre toute seule")
        printing.make(PrintedRecap.objects.get().pk)
    assert kinds == ["application/pdf"]
    context.close()
