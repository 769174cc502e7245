"""What is read in a group in Geneva that orders in Swiss francs: CHF on every page, mail and paper, and no euro."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from icalendar import Calendar
from playwright.sync_api import expect

from cagette.money import Money
from deliveries.models import PickList, SignOffSheet
from deliveries.papers import sign_off_html
from deliveries.pdf import to_pdf
from orders.models import Order, Stall
from tests import cast
from tests.deliveries.test_printing import text_of
from tests.journeys import abroad
from tests.journeys.abroad import Phones, plain
from tests.journeys.test_order_sheet import line

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pytest_django.live_server_helper import LiveServer

TITLE = "La commande des Pâquis"


class Geneva:
    """A dairy with a deposit, a fishery that sells by weight, and a French farm whose prices are in euros."""

    def __init__(self) -> None:
        self.group = cast.a_neighbourhood(
            "Les Pâquis", slug="paquis", commune="Genève", country="CH", currency="CHF", time_zone="Europe/Zurich"
        )
        self.dairy = cast.a_producer(
            "Laiterie de Jussy", commune="Jussy", country="CH", vat_regime="liable",
            payment_means=["cash", "transfer"], iban="CH9300762011623852957", iban_holder="Laiterie de Jussy Sàrl",
        )  # fmt: skip
        self.cheeses = cast.a_catalog(self.dairy, currency="CHF")
        jar = cast.a_returnable(self.dairy, currency="CHF")
        self.tomme = cast.a_product(self.cheeses, "Tomme", "12.50", vat_rate=Decimal("2.6"), content=Decimal(400),
                                    content_unit="g", category="dairy")  # fmt: skip
        cast.a_product(self.cheeses, "Yogourt", "3.20", vat_rate=Decimal("2.6"), returnable=jar, position=1)
        self.fishery = cast.a_producer("Pêcherie d'Hermance", commune="Hermance", country="CH")
        self.fish = cast.a_catalog(self.fishery, "Lac", currency="CHF")
        cast.a_weighed_product(self.fish, "Féra", price_per_kg=Decimal("38.00"), vat_rate=Decimal("2.6"))
        self.across = cast.a_catalog(cast.a_producer("Ferme du Vuache"), products=1)
        self.coordinator = abroad.somebody(self.group, "Lucie", "fr", role=abroad.COORDINATOR)
        self.neighbour = abroad.somebody(self.group, "Favre", "fr")
        self.farmer, self.fisher = cast.a_farmer(self.dairy, "Odile"), cast.a_farmer(self.fishery, "Hugo")


@pytest.fixture
def geneva(django_db_serialized_rollback: None, transactional_db: None) -> Geneva:
    return Geneva()


@pytest.fixture
def phones(browser: Browser, live_server: LiveServer) -> Iterator[Phones]:
    with abroad.phones_in(browser, live_server, "fr") as phones:
        yield phones


def test_francs_from_the_proposal_to_the_hand_over(phones: Phones, geneva: Geneva) -> None:
    coordinator, neighbour, farmer, fisher = (
        phones.of(user) for user in (geneva.coordinator, geneva.neighbour, geneva.farmer, geneva.fisher)
    )

    # The catalogue, for the farm and for everybody.
    catalog = f"/catalogs/{geneva.cheeses.pk}/"
    words = abroad.read_all(
        phones, farmer, catalog, f"{catalog}edit/", f"{catalog}products/new/", f"{catalog}import/",
        f"/products/{geneva.tomme.pk}/edit/", f"/farms/{geneva.dairy.slug}/returnables/",
    )  # fmt: skip
    for amount in ("12,50 CHF", "31,25 CHF le kg", "0,50 CHF"):
        assert amount in words
    stranger = phones.of(None)
    words = abroad.read_all(phones, stranger, catalog, f"/farms/{geneva.dairy.slug}/")
    assert "12,50 CHF" in words and "31,25 CHF le kg" in words
    said = json.loads(stranger.locator("script[type='application/ld+json']").inner_text())
    prices = [offer["priceSpecification"] for offer in said["makesOffer"]]
    assert [(price["price"], price["priceCurrency"]) for price in prices] == [("12.50", "CHF"), ("3.20", "CHF")]

    # The farms in francs are invited; the one in euros isn't offered, and refused with a sentence.
    round = abroad.propose(phones, coordinator, geneva.group, TITLE, [geneva.dairy, geneva.fishery])
    assert round.currency == "CHF"
    phones.open(coordinator, f"/coordination/rounds/{round.pk}/invitation/")
    choice = coordinator.locator("select[name=catalog]")
    expect(choice.locator(f"option[value='{geneva.across.pk}']")).to_have_count(0)
    choice.evaluate("(choice, pk) => { choice.add(new Option('', pk)); choice.value = pk }", str(geneva.across.pk))
    coordinator.locator("main form button[type=submit]").tap()
    refusal = "Le catalogue « Ferme du Vuache · Automne » a ses prix en EUR, et ce groupe commande en CHF."
    expect(coordinator.locator("main")).to_contain_text(refusal)
    assert not Stall.objects.filter(catalog=geneva.across).exists()

    dairy, fishery = (Stall.objects.get(round=round, producer=farm) for farm in (geneva.dairy, geneva.fishery))
    said_to_farmer = abroad.accept(phones, farmer, dairy, minimum="CHF 20.–")
    assert "minimum de commande (chf)" in said_to_farmer.lower()
    dairy.refresh_from_db()
    assert dairy.minimum_amount is not None and dairy.minimum_amount == Money("20.00", "CHF")
    abroad.accept(phones, fisher, fishery)
    abroad.publish_and_open(phones, coordinator, round)

    # The sheet, the bar, the recap and the button.
    words = phones.open(neighbour, f"/rounds/{round.pk}/")
    for amount in ("12,50 CHF", "31,25 CHF/kg", "+ 0,50 CHF de consigne", "environ 11,40 CHF", "20,00 CHF"):
        assert amount in words
    tomme, yogourt, fera = cast.offers_of(round)
    assert "38,00 CHF/kg" in plain(line(neighbour, fera).inner_text())
    said = abroad.order(phones, neighbour, {tomme: 2, yogourt: 3, fera: 1})
    for amount in (
        "2 × 12,50 CHF", "25,00 CHF", "9,60 CHF", "15,20 CHF", "dont 1,50 CHF de consignes",
        "Commander avec obligation de paiement · environ 47,50 CHF, au plus 51,30 CHF", "Commandé · environ 47,50 CHF",
    ):  # fmt: skip
        assert amount in said
    order = abroad.the_order_of(geneva.neighbour)
    own = (f"/orders/{order.pk}/", "/orders/", "/")
    words = abroad.read_all(phones, neighbour, *own)
    assert "36,10 CHF" in words and "47,50 CHF" in words
    abroad.read_all(phones, coordinator, *everything_of(round.pk, order), f"/rounds/{round.pk}/")
    abroad.read_all(phones, farmer, "/desk/", f"/desk/stalls/{dairy.pk}/", f"{catalog}history/")

    # Who only reads: feeds, calendars.
    feed = phones.download(stranger, f"/neighbourhoods/{geneva.group.slug}/rounds.rss")
    assert TITLE in feed
    for address in (f"/rounds/{round.pk}/calendar.ics", f"/neighbourhoods/{geneva.group.slug}/deliveries.ics"):
        [event] = Calendar.from_ical(phones.download(stranger, address)).walk("VEVENT")
        assert event["DTSTART"].params["TZID"] == "Europe/Zurich"
        assert (event.decoded("DTSTART"), event.decoded("DTEND")) == abroad.hours_of(round)

    # Orders close. By transfer is by hand: the code is for euros alone.
    abroad.close(round)
    words = abroad.read_all(phones, neighbour, *own)
    assert "36,10 CHF" in words
    phones.open(neighbour, own[0])
    transfer = neighbour.locator(f"details:has(#iban-{dairy.pk})")
    transfer.locator("summary").tap()
    told = plain(transfer.inner_text())
    for written in ("CH9300762011623852957", "Laiterie de Jussy Sàrl", f"Cagette {order.pk} no 2 Favre"):
        assert written in told
    expect(transfer.locator("svg.qr")).to_have_count(0)
    assert "code" not in told and "attendez" not in told.lower()

    abroad.read_all(phones, coordinator, *everything_of(round.pk, order))
    pick_list = PickList.objects.get(stall=dairy)
    words = abroad.read_all(
        phones, farmer, f"/pick-lists/{pick_list.pk}/", "/desk/pick-lists/", f"/desk/stalls/{dairy.pk}/"
    )
    assert "36,10 CHF" in words and "25,00 CHF" in words, words

    text, sheets = abroad.pick_list_of(dairy, "fr")
    for written in ("2 × Tomme", "12,50 CHF", "25,00 CHF", "3 × Yogourt", "9,60 CHF", "36,10 CHF"):
        assert written in text
    headings = [heading for rows in sheets.values() for heading in rows[0]]
    assert "Prix (CHF)" in headings and "Montant (CHF)" in headings and "À payer (CHF)" in headings
    weighed, _sheets = abroad.pick_list_of(fishery, "fr")
    assert "38,00 CHF" in weighed
    sign_off = text_of(to_pdf(sign_off_html(SignOffSheet.objects.get(round=round).rows, "fr")))
    assert "36,10 CHF" in sign_off

    mails = abroad.mails_of(round)
    recap = next(text for key, text in mails.items() if key.startswith("deliveries/mail/recap") and "favre" in key)
    for amount in ("25,00 CHF", "36,10 CHF", "47,50 CHF", "au plus 15,20 CHF"):
        assert amount in recap

    no_euro_in(phones.read | mails | {"pick list": text, "fish": weighed, "sign-off": sign_off, "xlsx": str(sheets)})


def everything_of(round: int, order: Order) -> list[str]:
    """What the coordinator reads of the round."""
    of_round = f"/coordination/rounds/{round}/"
    tabs = [f"{of_round}{tab}" for tab in ("", "households/", "mails/", "history/")]
    return [*tabs, "/coordination/", f"/coordination/orders/{order.pk}/"]


def no_euro_in(read: dict[str, str]) -> None:
    assert len(read) > 30
    found = {where: text[max(0, at - 80) : at + 20] for where, text in read.items() if (at := text.find("€")) >= 0}
    assert found == {}
    assert [where for where, text in read.items() if "priceCurrency" in text and "EUR" in text] == []
