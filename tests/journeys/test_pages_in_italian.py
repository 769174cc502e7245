"""What is read in a group in Piemonte: every page, mail and paper in Italian, at the rates of Italy, 4 and 10 %."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from icalendar import Calendar
from playwright.sync_api import expect

from deliveries.models import PickList, SignOffSheet
from deliveries.papers import sign_off_html
from deliveries.pdf import to_pdf
from orders.models import Membership, Stall
from tests import cast
from tests.deliveries.test_printing import text_of
from tests.journeys import abroad
from tests.journeys.abroad import Phones, plain
from tests.journeys.test_order_sheet import line

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pytest_django.live_server_helper import LiveServer

TITLE = "L'ordine della valle"
# Words that no Italian page has.
OTHER_WORDS = re.compile(r"\b(VAT|TVA|HT|TTC|CHF|deposit|consigne|Commander|obligation|farm|ferme)\b")


class Piemonte:
    """A dairy farm with a deposit and a price for professionals, a trout farm; a household and a restaurant."""

    def __init__(self) -> None:
        self.group = cast.a_neighbourhood(
            "Oulx", slug="oulx", commune="Oulx", country="IT", currency="EUR", time_zone="Europe/Rome"
        )
        self.farm = cast.a_producer(
            "Cascina del Sole", commune="Bardonecchia", country="IT", vat_regime="liable",
            payment_means=["cash", "transfer"], iban="IT60X0542811101000000123456", iban_holder="Cascina del Sole",
        )  # fmt: skip
        self.catalog = cast.a_catalog(self.farm, "Autunno")
        jar = cast.a_returnable(self.farm, "vasetto")
        self.toma = cast.a_product(
            self.catalog, "Toma", "10.40", vat_rate=Decimal(4), professional_price=Decimal("10.00"),
            content=Decimal(500), content_unit="g", category="dairy",
        )  # fmt: skip
        cast.a_product(
            self.catalog, "Miele di castagno", "8.80", vat_rate=Decimal(10), professional_price=Decimal("8.00"),
            returnable=jar, position=1,
        )  # fmt: skip
        self.pond = cast.a_producer("Troticoltura della Dora", commune="Salbertrand", country="IT", vat_regime="liable")
        self.fish = cast.a_catalog(self.pond, "Pesce")
        cast.a_weighed_product(self.fish, "Trota", vat_rate=Decimal(10))
        self.coordinator = abroad.somebody(self.group, "Bruna", "it", role=abroad.COORDINATOR)
        self.neighbour = abroad.somebody(self.group, "Rossi", "it")
        kitchen = cast.a_household(self.group, "Trattoria", kind="professional")
        self.cook: Membership = cast.a_membership(kitchen, cast.a_user("Carlo", language="it"))
        self.farmer, self.fisher = (
            cast.a_farmer(farm, name) for farm, name in ((self.farm, "Piera"), (self.pond, "Ugo"))
        )


@pytest.fixture
def piemonte(django_db_serialized_rollback: None, transactional_db: None) -> Piemonte:
    return Piemonte()


@pytest.fixture
def phones(browser: Browser, live_server: LiveServer) -> Iterator[Phones]:
    with abroad.phones_in(browser, live_server, "it") as phones:
        yield phones


def test_an_order_in_italian_at_the_rates_of_italy(phones: Phones, piemonte: Piemonte) -> None:
    coordinator, neighbour, cook, farmer, fisher, stranger = (
        phones.of(user)
        for user in (
            piemonte.coordinator, piemonte.neighbour, piemonte.cook.user, piemonte.farmer, piemonte.fisher, None,
        )
    )  # fmt: skip

    # The farm chooses among the rates of its country; its catalogue and its page say the prices.
    catalog = f"/catalogs/{piemonte.catalog.pk}/"
    words = abroad.read_all(phones, farmer, catalog, f"{catalog}products/new/", f"/products/{piemonte.toma.pk}/edit/")
    assert "10,40 €" in words
    rates = [float(value) for value in values_of(farmer.locator("select[name=vat_rate] option")) if value]
    assert 4.0 in rates and 10.0 in rates and 5.5 not in rates and 2.6 not in rates
    assert "20,80 € al kg" in abroad.read_all(phones, stranger, catalog, f"/farms/{piemonte.farm.slug}/")
    said = json.loads(stranger.locator("script[type='application/ld+json']").inner_text())
    prices = [offer["priceSpecification"] for offer in said["makesOffer"]]
    assert [(price["price"], price["priceCurrency"]) for price in prices] == [("10.40", "EUR"), ("8.80", "EUR")]

    round = abroad.propose(phones, coordinator, piemonte.group, TITLE, [piemonte.farm, piemonte.pond])
    stall, pond = (Stall.objects.get(round=round, producer=farm) for farm in (piemonte.farm, piemonte.pond))
    abroad.accept(phones, farmer, stall, minimum="20,00 €")
    abroad.accept(phones, fisher, pond)
    abroad.publish_and_open(phones, coordinator, round)

    # The household reads prices with VAT, the restaurant without.
    words = phones.open(neighbour, f"/rounds/{round.pk}/")
    for amount in ("10,40 €", "20,80 €/kg", "circa 5,40 €", "al massimo 7,20 €", "+ 0,50 €"):
        assert amount in words
    toma, miele, trota = cast.offers_of(round)
    said_to_neighbour = abroad.order(phones, neighbour, {toma: 2, miele: 3, trota: 1})
    for amount in (
        "2 × 10,40 €", "20,80 €", "26,40 €", "di cui 1,50 € di cauzioni",
        "Ordine con obbligo di pagare · circa 54,10 €, al massimo 55,90 €", "Ordinato · circa 54,10 €",
    ):  # fmt: skip
        assert amount in said_to_neighbour
    assert "IVA esclusa" not in said_to_neighbour
    phones.open(cook, f"/rounds/{round.pk}/")
    assert "10,00 €" in plain(line(cook, toma).inner_text())
    said_to_cook = abroad.order(phones, cook, {toma: 10, miele: 5})
    for amount in (
        "10 × 10,00 €", "100,00 €", "140,00 € IVA esclusa", "IVA 4 % : 4,00 €", "IVA 10 % : 4,00 €",
        "di cui 2,50 € di cauzioni",
        "Ordine con obbligo di pagare · 150,50 €",
    ):  # fmt: skip
        assert amount.replace(" %", "%").replace("% :", "%:") in said_to_cook.replace(" %", "%").replace("% :", "%:")

    of_round = [f"/coordination/rounds/{round.pk}/{tab}" for tab in ("", "households/", "history/")]
    abroad.read_all(phones, coordinator, *of_round)
    assert TITLE in plain(phones.download(stranger, f"/neighbourhoods/{piemonte.group.slug}/rounds.rss"))
    [event] = Calendar.from_ical(phones.download(stranger, f"/rounds/{round.pk}/calendar.ics")).walk("VEVENT")
    assert event["DTSTART"].params["TZID"] == "Europe/Rome" and event["SUMMARY"] == f"Ritirare la cassetta: {TITLE}"
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == abroad.hours_of(round)

    # Orders close: the bank's app may read the transfer from the page.
    abroad.close(round)
    own = f"/orders/{abroad.the_order_of(piemonte.neighbour).pk}/"
    words = abroad.read_all(phones, neighbour, "/orders/", own)
    assert "48,70 €" in words and "Da portare" in words
    transfer = neighbour.locator(f"details:has(#iban-{stall.pk})")
    transfer.locator("summary").tap()
    expect(transfer.locator("svg.qr")).to_be_visible()
    abroad.read_all(phones, coordinator, *of_round)
    pick_list = PickList.objects.get(stall=stall)
    abroad.read_all(phones, farmer, f"/pick-lists/{pick_list.pk}/", f"/desk/stalls/{stall.pk}/")

    text, sheets = abroad.pick_list_of(stall, "it")
    for written in ("Lista di preparazione", "2 × Toma", "10,40 €", "10,00 €", "IVA esclusa", "48,70 €", "150,50 €"):
        assert written in text
    assert "Prezzo (EUR)" in sheets["Riepilogo per prodotto"][0] and "Da pagare (EUR)" in sheets["Da pagare"][0]
    sign_off = text_of(to_pdf(sign_off_html(SignOffSheet.objects.get(round=round).rows, "it")))
    assert "48,70 €" in sign_off and "150,50 €" in sign_off
    mails = abroad.mails_of(round)
    recap = next(text for key, text in mails.items() if key.startswith("deliveries/mail/recap") and "rossi" in key)
    for written in ("La tua cassetta", "48,70 €", "54,10 €", "al massimo 7,20 €", "IT60X0542811101000000123456"):
        assert written in recap
    net = next(text for key, text in mails.items() if key.startswith("deliveries/mail/recap") and "carlo" in key)
    assert "150,50 €" in net and "IVA esclusa" in net

    assert len(phones.read) > 20
    assert [where for where, page in phones.read.items() if "<html" in page and 'lang="it"' not in page] == []
    for words in (said_to_neighbour, said_to_cook, recap, net, text, sign_off):
        assert not OTHER_WORDS.search(words)


def values_of(options: object) -> list[str]:
    return [option.get_attribute("value") or "" for option in options.all()]  # type: ignore[attr-defined]
