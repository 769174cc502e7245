"""A group in Piemonte orders in euros, in Italian, with Italian VAT: from the farm's list to its pick list.

Every part is real, as in `test_main_job`; only the deadline is helped along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from catalogs.models import Catalog, Product
from deliveries.pick_lists import XLSX
from orders.models import Round
from producers.models import Producer
from tests import cast
from tests.journeys.test_main_job import (
    Person,
    accept,
    fill,
    follow,
    form_of,
    join,
    let_the_window_close,
    plain,
    publish_and_open,
    send,
    sign_up,
    text_of,
    window_of,
)
from tests.running import Server, phone
from tests.smtp import SmtpSink

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROME = ZoneInfo("Europe/Rome")

# Net prices with the Italian rates, as a farm's programme writes them; and one whose row names none.
PRICE_LIST = """\
Codice;Prodotto;Confezione;Prezzo IVA esclusa;IVA
T1;Toma d'alpeggio;pezzo 400 g;10,00 €;4 %
M1;Miele di castagno;vasetto 500 g;8,00 €;10 %
B1;Barbera;bottiglia 75 cl;10,00 €;22 %
P1;Pane di segale;pezzo 1 kg;5,00 €;
"""
# Incl. VAT: 10.40, 8.80, 12.20, and 5.20 at the rate that most food bears.
PRICES = {"Toma d'alpeggio": "10.40", "Miele di castagno": "8.80", "Barbera": "12.20", "Pane di segale": "5.20"}
RATES = {"Toma d'alpeggio": 4, "Miele di castagno": 10, "Barbera": 22, "Pane di segale": 4}


@pytest.fixture
def someone(browser: Browser, server: Server, smtp_sink: SmtpSink) -> Iterator[Callable[[str], Person]]:
    with ExitStack() as phones:
        yield lambda name: Person(
            name, phones.enter_context(phone(browser, server, locale="it-IT", zone="Europe/Rome")), smtp_sink
        )


def found_an_italian_farm(farmer: Person) -> Producer:
    page = farmer.page
    page.goto("/accounts/signup/?next=/desk/")
    sign_up(farmer)
    follow(page, "/farms/new/")
    page.locator("[name=name]").fill("Cascina del Bosco")
    send(page.locator("main form"))
    page.wait_for_url("**/desk/")
    producer = Producer.objects.get(name="Cascina del Bosco")
    page.goto(f"/farms/{producer.slug}/edit/")
    page.locator("[name=country]").select_option("IT")
    page.locator("[name=vat_regime]").select_option("liable")
    send(page.locator("main form:has([name=country])"))
    expect(page.locator("label[for=id_siren]")).to_contain_text("partita IVA")
    page.locator("[name=siren]").fill("IT 00743110157")
    send(page.locator("main form:has([name=country])"))
    expect(page.locator("[name=siren]")).to_have_value("00743110157")
    return producer


def bring_the_list(farmer: Person, producer: Producer) -> None:
    page = farmer.page
    page.goto(f"/farms/{producer.slug}/catalogs/new/")
    expect(page.locator("[name=currency]")).to_have_value("EUR")
    page.locator("[name=name]").fill("Autunno")
    send(page.locator("main form"))
    follow(page, "/import/")
    page.locator("[name=file]").set_input_files(
        {"name": "listino.csv", "mimeType": "text/csv", "buffer": PRICE_LIST.encode()}
    )
    send(page.locator("main form:has([name=file])"))
    page.wait_for_url("**/imports/**")
    if "/mapping/" in page.url:
        send(form_of(page, "/mapping/"))
    confirmation = form_of(page, "/confirmation/")
    expect(confirmation).to_be_visible()
    for box in confirmation.locator("[name=seen]").all():
        box.check()
    send(confirmation)
    catalog = Catalog.objects.get(producer=producer)
    follow(page, f"/catalogs/{catalog.pk}/")
    expect(page.locator("main")).to_contain_text("10,40 €")
    send(form_of(page, "/publication/"))
    expect(page.locator("h1 .badge-green")).to_be_visible()
    products = list(Product.objects.filter(catalog=catalog))
    assert {product.name: product.price for product in products} == {
        name: Decimal(price) for name, price in PRICES.items()
    }
    assert {product.name: product.vat_rate for product in products} == RATES
    # As its form would say: wine doesn't spoil.
    Product.objects.filter(name="Barbera").update(perishable=False)


def propose(coordinator: Person, opens: datetime, closes: datetime, delivery: datetime) -> Round:
    page = coordinator.page
    follow(page, "/rounds/new/")
    form = page.locator("main form:has([name=delivery_day])")
    values = {
        "title": "L'ordine del giovedì",
        "delivery_day": f"{delivery:%Y-%m-%d}",
        "delivery_from": "17:00",
        "delivery_until": "19:00",
        "place_name": "Sala civica",
        "place_address": "Via Roma 1, Susa",
        "opens_day": f"{opens:%Y-%m-%d}",
        "opens_hour": "08:00",
        "closes_day": f"{closes:%Y-%m-%d}",
        "closes_hour": "20:00",
    }
    for name, value in values.items():
        form.locator(f"[name={name}]").fill(value)
    form.locator("[name=catalogs]").check()
    form.locator(".form-actions button").tap()
    page.wait_for_url("**/coordination/rounds/*/")
    return Round.objects.get()


def order(person: Person, total: str) -> None:
    """By the button whose words Italian law wants."""
    page = person.page
    expect(page.locator("[data-bar]")).to_have_attribute("data-state", "filled")
    page.locator("[data-order]").tap()
    expect(page.locator("dialog[open] [data-recap-total]")).to_have_text(total)
    button = page.locator("[data-confirm]")
    expect(button).to_contain_text("Ordine con obbligo di pagare")
    expect(button).to_contain_text(total)
    button.tap()
    expect(page.locator("[data-bar]")).to_have_attribute("data-state", "ordered")


def test_a_group_in_piemonte_orders_in_italian(someone: Callable[[str], Person], smtp_sink: SmtpSink) -> None:
    neighbourhood = cast.a_neighbourhood("Susa", commune="Susa", country="IT", time_zone="Europe/Rome")
    today = timezone.now().astimezone(ROME)
    opens, closes, delivery = (today + timedelta(days=days) for days in (1, 3, 4))

    farmer = someone("Odilia")
    bring_the_list(farmer, found_an_italian_farm(farmer))

    claudia = someone("Claudia")
    join(claudia, neighbourhood, "Ferrero")
    round = propose(claudia, opens, closes, delivery)
    accept(farmer.reads("/invitations/"), someone)
    publish_and_open(claudia, round)

    claudia.page.goto(f"/rounds/{round.pk}/")
    fill(claudia, {"Toma d'alpeggio": 2, "Barbera": 1})
    order(claudia, "33,00 €")

    let_the_window_close(round)

    pick_list = farmer.gets("Lista di preparazione", "application/pdf")
    text = text_of(pick_list.attachments("application/pdf")[0])
    for words in (
        "2 × Toma d'alpeggio 400 g T1 10,40 € 20,80 €",
        "B1 12,20 € 12,20 €",
        "33,00 €",
        "1 · Ferrero",
        "Sala civica",
    ):
        assert words in text
    assert len(pick_list.attachments(XLSX)) == 1

    recap = claudia.gets("", "text/calendar")
    said = plain(recap.text())
    assert "33,00 €" in said
    # Wine doesn't spoil, and Italian law gives 14 days as French law does.
    assert "14 giorni" in said
    assert window_of(recap) == tuple(
        delivery.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in (17, 19)
    )
