"""A group in Geneva orders in Swiss francs: from the farm's list to its pick list, with a catalogue in euros refused.

Every part is real, as in `test_main_job`; only the deadline is helped along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import expect

from catalogs.models import Catalog, Product
from deliveries.pick_lists import XLSX
from orders.models import Order, Round
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
    order,
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

ZURICH = ZoneInfo("Europe/Zurich")

PRICE_LIST = """\
Réf;Produit;Conditionnement;Prix CHF
T1;Tomme vaudoise;pièce 400 g;CHF 12.50
O1;Œufs de plein air;boîte de 6;Fr. 5.-
M1;Miel de tilleul;pot de 500 g;1'012.50 Fr.
V1;Vin de pays;bouteille 75 cl;18.00 €
"""

PICK_LIST = (
    "2 × Tomme vaudoise 400 g T1 12,50 CHF 25,00 CHF",
    "1 boîte Œufs de plein air 6 pièces O1 5,00 CHF 5,00 CHF",
    "Total 30,00 CHF",
    "1 · Favre 2 × Tomme vaudoise 400 g, 1 boîte Œufs de plein air 6 pièces — 30,00 CHF",
)


@pytest.fixture
def someone(browser: Browser, server: Server, smtp_sink: SmtpSink) -> Iterator[Callable[[str], Person]]:
    with ExitStack() as phones:
        yield lambda name: Person(name, phones.enter_context(phone(browser, server, zone="Europe/Zurich")), smtp_sink)


def found_a_swiss_farm(farmer: Person) -> Producer:
    page = farmer.page
    page.goto("/accounts/signup/?next=/desk/")
    sign_up(farmer)
    follow(page, "/farms/new/")
    page.locator("[name=name]").fill("Ferme du Salève")
    send(page.locator("main form"))
    page.wait_for_url("**/desk/")
    producer = Producer.objects.get(name="Ferme du Salève")
    page.goto(f"/farms/{producer.slug}/edit/")
    page.locator("[name=country]").select_option("CH")
    page.locator("[name=iban]").fill("CH93 0076 2011 6238 5295 7")
    page.locator("[name=iban_holder]").fill("Ferme du Salève")
    page.locator("[name=payment_means][value=transfer]").check()
    send(page.locator("main form:has([name=country])"))
    expect(page.locator("[name=siren]")).to_be_visible()
    expect(page.locator("label[for=id_siren]")).to_contain_text("IDE")
    expect(page.locator("[name=siret]")).to_have_count(0)
    page.locator("[name=siren]").fill("CHE-100.155.212")
    send(page.locator("main form:has([name=country])"))
    expect(page.locator("[name=siren]")).to_have_value("CHE100155212")
    producer.refresh_from_db()
    assert (producer.country, producer.siren, producer.vat_regime) == ("CH", "CHE100155212", "franchise")
    return producer


def bring_the_list(farmer: Person, producer: Producer) -> Catalog:
    page = farmer.page
    page.goto(f"/farms/{producer.slug}/catalogs/new/")
    expect(page.locator("[name=currency]")).to_have_value("CHF")
    page.locator("[name=name]").fill("Automne")
    send(page.locator("main form"))
    follow(page, "/import/")
    page.locator("[name=file]").set_input_files(
        {"name": "tarifs.csv", "mimeType": "text/csv", "buffer": PRICE_LIST.encode()}
    )
    send(page.locator("main form:has([name=file])"))
    if "/mapping/" in page.url:
        send(form_of(page, "/mapping/"))
    expect(page.locator("main")).to_contain_text("n’est pas en francs suisses")
    expect(page.locator("main")).to_contain_text("12,50 CHF")
    confirmation = form_of(page, "/confirmation/")
    for box in confirmation.locator("[name=seen]").all():
        box.check()
    send(confirmation)
    catalog = Catalog.objects.get(producer=producer)
    follow(page, f"/catalogs/{catalog.pk}/")
    expect(page.locator("main")).to_contain_text("1 012,50 CHF")
    expect(page.locator("main")).not_to_contain_text("€")
    send(form_of(page, "/publication/"))
    expect(page.locator("h1 .badge-green")).to_be_visible()
    # Elsewhere one could withdraw from what doesn't spoil.
    Product.objects.filter(catalog=catalog).update(perishable=False)
    return catalog


def propose(coordinator: Person, opens: datetime, closes: datetime, delivery: datetime, euros: Catalog) -> Round:
    """The catalogue in euros isn't offered; sent all the same, it is refused with a sentence."""
    page = coordinator.page
    follow(page, "/rounds/new/")
    form = page.locator("main form:has([name=delivery_day])")
    values = {
        "title": "La commande du lac",
        "delivery_day": f"{delivery:%Y-%m-%d}",
        "delivery_from": "17:00",
        "delivery_until": "19:00",
        "place_name": "Maison de quartier",
        "place_address": "Rue du Lac 1, Genève",
        "opens_day": f"{opens:%Y-%m-%d}",
        "opens_hour": "08:00",
        "closes_day": f"{closes:%Y-%m-%d}",
        "closes_hour": "20:00",
    }
    for name, value in values.items():
        form.locator(f"[name={name}]").fill(value)
    box = form.locator("[name=catalogs]")
    expect(box).to_have_count(1)
    box.evaluate("(box, pk) => { box.value = pk }", str(euros.pk))
    box.check()
    form.locator(".form-actions button").tap()
    expect(page.locator("main")).to_contain_text("a ses prix en EUR, et ce groupe commande en CHF")
    form.locator("[name=catalogs]").check()
    form.locator(".form-actions button").tap()
    page.wait_for_url("**/coordination/rounds/*/")
    return Round.objects.get()


def test_a_group_in_geneva_orders_in_francs(someone: Callable[[str], Person], smtp_sink: SmtpSink) -> None:
    neighbourhood = cast.a_neighbourhood(
        "Eaux-Vives", commune="Genève", country="CH", currency="CHF", time_zone="Europe/Zurich"
    )
    today = timezone.now().astimezone(ZURICH)
    opens, closes, delivery = (today + timedelta(days=days) for days in (1, 3, 4))
    euros = cast.a_catalog(products=1)

    farmer = someone("Odile")
    producer = found_a_swiss_farm(farmer)
    bring_the_list(farmer, producer)
    farmer.page.goto(f"/farms/{producer.slug}/")
    told = farmer.page.locator("script[type='application/ld+json']").text_content() or ""
    assert '"priceCurrency": "CHF"' in told and "EUR" not in told

    claude = someone("Claude")
    join(claude, neighbourhood, "Favre")
    round = propose(claude, opens, closes, delivery, euros)
    assert round.currency == "CHF"
    accept(farmer.reads("/invitations/"), someone)
    publish_and_open(claude, round)

    claude.page.goto(f"/rounds/{round.pk}/")
    expect(claude.page.locator("[data-line]", has_text="Tomme vaudoise")).to_contain_text("12,50 CHF")
    fill(claude, {"Tomme vaudoise": 2, "Œufs de plein air": 1})
    order(claude, "30,00 CHF")
    assert "€" not in (claude.page.locator("main").text_content() or "")
    feed = claude.page.request.get(f"/neighbourhoods/{neighbourhood.slug}/rounds.rss").text()
    assert round.title in feed and "€" not in feed

    let_the_window_close(round)

    pick_list = farmer.gets("Bon de préparation", "application/pdf")
    text = text_of(pick_list.attachments("application/pdf")[0])
    for words in PICK_LIST:
        assert words in text
    assert "€" not in text
    [workbook] = pick_list.attachments(XLSX)
    cells = [
        (cell.value, cell.number_format)
        for sheet in load_workbook(BytesIO(workbook)).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    assert any("CHF" in f"{value} {form}" for value, form in cells)
    assert not any("€" in f"{value} {form}" or "EUR" in f"{value} {form}" for value, form in cells)

    recap = claude.gets("Votre cagette", "text/calendar")
    said = plain(recap.text())
    assert "30,00 CHF" in said and "€" not in said
    # Swiss law gives no right to withdraw from what was ordered online.
    assert "14 jours" not in said and "/withdrawal" not in said
    assert window_of(recap) == tuple(
        delivery.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in (17, 19)
    )

    page = claude.page
    page.goto(f"/orders/{Order.objects.get().pk}/")
    main = page.locator("main")
    expect(main).to_contain_text("30,00 CHF")
    expect(main).to_contain_text("CH9300762011623852957")
    expect(page.locator("svg.qr")).to_have_count(0)
    expect(main).not_to_contain_text("Se rétracter")
