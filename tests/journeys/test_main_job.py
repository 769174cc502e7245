"""What Cagette is for, once through, by hand: a farm's own spreadsheet becomes a catalogue, somebody proposes a
grouped order, the farm accepts, neighbours order on their phones, the window closes by itself, and everybody finds in
the mailbox what they need.

Every part is real: browsers, server, worker, beat, PostgreSQL, Valkey, SMTP. The one thing helped along is the
deadline: nobody waits for three days.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from icalendar import Calendar
from playwright.sync_api import expect
from pypdf import PdfReader

from cagette.models import OutgoingMail
from catalogs.models import Catalog
from deliveries.pick_lists import XLSX
from orders.models import Neighbourhood, Round, Stall
from tests import cast
from tests.running import Server, phone
from tests.smtp import Received, SmtpSink

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

PARIS = ZoneInfo("Europe/Paris")
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
          "décembre")  # fmt: skip

# As a farm keeps it: a title and a date above the header, a section, prices as people write them.
PRICE_LIST = """\
Ferme du Villard;;;
Tarifs d'automne – prix TTC, consigne en plus;;;
;;;
Réf;Produit;Conditionnement;Prix TTC
;Fromages et œufs;;
T1;Tomme de chèvre;pièce 400 g;8,50 €
F1;Faisselle;pot de 500 g;3,20 €
O1;Œufs de plein air;boîte de 6;2,90 €
;Épicerie;;
M1;Miel de montagne;pot de 500 g;1 012,50 €
"""

# What the farm has to prepare, and for whom, after the orders below.
PICK_LIST = (
    "Bon de préparation · La commande du marché, Sainte-Catherine Ferme du Villard",
    "5 × Tomme de chèvre 400 g T1 8,50 € 42,50 €",
    "3 boîtes Œufs de plein air 6 pièces O1 2,90 € 8,70 €",
    "1 pot Miel de montagne 500 g M1 1 012,50 € 1 012,50 €",
    "Total 1 063,70 €",
    "1 · Ferrand 1 × Tomme de chèvre 400 g, 3 boîtes Œufs de plein air 6 pièces — 17,20 €",
    "2 · Rey 4 × Tomme de chèvre 400 g, 1 pot Miel de montagne 500 g — 1 046,50 €",
)


@dataclass
class Person:
    """Somebody in front of a phone of their own."""

    name: str
    page: Page
    sink: SmtpSink

    @property
    def email(self) -> str:
        return f"{self.name.lower()}@example.org"

    def reads(self, words: str) -> Received:
        """The mail that says `words`, once it has come."""
        return the_mail(self.sink, self.email, lambda mail: words in mail.text())

    def gets(self, subject: str, content_type: str) -> Received:
        """The mail with such a file, once it has come."""
        return the_mail(
            self.sink, self.email, lambda mail: subject in mail.subject and bool(mail.attachments(content_type))
        )


@pytest.fixture
def someone(browser: Browser, server: Server, smtp_sink: SmtpSink) -> Iterator[Callable[[str], Person]]:
    """Give somebody a phone: `someone("Odile")`."""
    with ExitStack() as phones:
        yield lambda name: Person(name, phones.enter_context(phone(browser, server)), smtp_sink)


def the_mail(sink: SmtpSink, address: str, wanted: Callable[[Received], bool]) -> Received:
    count = 1
    while True:
        for mail in sink.wait_for(count, to=address):
            if wanted(mail):
                return mail
        count = len(sink.to(address)) + 1


def link_in(mail: Received, part: str) -> str:
    """The address in a mail's text that holds `part`."""
    found = re.search(rf"https?://\S*{part}\S*", mail.text())
    assert found, mail.text()
    return found[0]


def send(form: Locator) -> None:
    """Press the form's own button."""
    form.locator("button[type=submit], .form-actions button").first.tap()


def form_of(page: Page, action: str) -> Locator:
    """The form that posts to an address with this ending."""
    return page.locator(f"form[action$='{action}']")


def follow(page: Page, ending: str) -> None:
    page.locator(f"main a[href$='{ending}']").first.tap()


def text_of(pdf: bytes) -> str:
    """The words of all pages, with plain spaces."""
    return plain(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def window_of(recap: Received) -> tuple[datetime, datetime]:
    """From when until when the calendar file of a recap says."""
    [event] = Calendar.from_ical(recap.attachments("text/calendar")[0]).walk("VEVENT")
    return event.decoded("DTSTART"), event.decoded("DTEND")


# The steps


def sign_up(person: Person, name: str = "") -> None:
    """From the form that is open now, with the code from the mail."""
    page = person.page
    page.locator("[name=email]").fill(person.email)
    page.locator("[name=name]").fill(name or person.name)
    send(page.locator("main form:has([name=name])"))
    field = page.locator("[name=code]")
    expect(field).to_be_visible()
    code = re.search(r"^ {4}(\S+)\s*$", person.sink.wait_for(1, to=person.email)[0].text(), re.MULTILINE)
    assert code
    field.fill(code[1])
    send(page.locator("main form:has([name=code])"))


def found_a_farm(farmer: Person) -> None:
    page = farmer.page
    page.goto("/accounts/signup/?next=/desk/")
    sign_up(farmer)
    follow(page, "/farms/new/")
    page.locator("[name=name]").fill("Ferme du Villard")
    page.locator("[name=commune]").fill("Villar-Saint-Pancrace")
    send(page.locator("main form"))
    follow(page, "/catalogs/new/")
    page.locator("[name=name]").fill("Automne")
    send(page.locator("main form"))


def bring_the_price_list(farmer: Person) -> None:
    """From the catalogue's page: upload, columns if asked, preview, confirmation, publication."""
    page = farmer.page
    follow(page, "/import/")
    page.locator("[name=file]").set_input_files(
        {"name": "tarifs.csv", "mimeType": "text/csv", "buffer": PRICE_LIST.encode("cp1252")}
    )
    send(page.locator("main form:has([name=file])"))
    if "/mapping/" in page.url:
        send(form_of(page, "/mapping/"))
    lines = page.locator("main table").first
    for name in ("Tomme de chèvre", "Faisselle", "Œufs de plein air", "Miel de montagne"):
        expect(lines).to_contain_text(name)
    confirmation = form_of(page, "/confirmation/")
    for box in confirmation.locator("[name=seen]").all():
        box.check()
    send(confirmation)
    follow(page, f"/catalogs/{Catalog.objects.get().pk}/")
    send(form_of(page, "/publication/"))
    expect(page.locator("h1 .badge-green")).to_be_visible()


def join(person: Person, neighbourhood: Neighbourhood, household: str) -> None:
    """From the neighbourhood's page, with a new account."""
    page = person.page
    page.goto(f"/neighbourhoods/{neighbourhood.slug}/")
    page.locator("#joining a[href*='/signup/']").tap()
    sign_up(person)
    fill_in_household(person, household)


def fill_in_household(person: Person, household: str) -> None:
    joining = form_of(person.page, "/joining/")
    joining.locator("[name=name]").fill(household)
    joining.locator("[name=phone]").fill("06 12 34 56 78")
    send(joining)


def propose(coordinator: Person, opens: datetime, closes: datetime, delivery: datetime) -> Round:
    page = coordinator.page
    follow(page, "/rounds/new/")
    form = page.locator("main form:has([name=delivery_day])")
    values = {
        "title": "La commande du marché",
        "delivery_day": f"{delivery:%Y-%m-%d}",
        "delivery_from": "17:00",
        "delivery_until": "19:00",
        "place_name": "Salle du Prorel",
        "place_address": "2 rue de la Gare, Briançon",
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


def accept(invitation: Received, someone: Callable[[str], Person]) -> None:
    """By the link in the mail, on a phone where nobody is signed in."""
    page = someone("nobody").page
    page.goto(link_in(invitation, "/invitations/"))
    page.locator("button[name=answer][value=accepted]").tap()
    expect(page.locator("main .notice-success")).to_be_visible()


def publish_and_open(coordinator: Person, round: Round) -> None:
    page = coordinator.page
    page.goto(f"/coordination/rounds/{round.pk}/")
    send(form_of(page, "/publication/"))
    send(form_of(page, "/opening/"))
    expect(page.locator("[data-state=open]").first).to_be_visible()


def fill(person: Person, wanted: dict[str, int]) -> None:
    """One tap on "plus" where it is one, else typed."""
    for name, quantity in wanted.items():
        line = person.page.locator("[data-line]", has_text=name)
        if quantity == 1:
            line.locator("button[data-step='1']").tap()
        else:
            line.locator("[name^=quantity-]").fill(str(quantity))
            line.locator("[name^=quantity-]").press("Enter")
        expect(line.locator("[data-line-state]")).to_have_attribute("data-state", "waiting")


def order(person: Person, total: str) -> None:
    page = person.page
    expect(page.locator("[data-bar]")).to_have_attribute("data-state", "filled")
    page.locator("[data-order]").tap()
    confirm(person, total)


def confirm(person: Person, total: str) -> None:
    """By the recap that is open now."""
    page = person.page
    expect(page.locator("dialog[open] [data-recap-total]")).to_have_text(total)
    button = page.locator("[data-confirm]")
    expect(button).to_contain_text("Commander avec obligation de paiement")
    expect(button).to_contain_text(total)
    button.tap()
    expect(page.locator("[data-bar]")).to_have_attribute("data-state", "ordered")


def let_the_window_close(round: Round) -> None:
    """The deadline is in two seconds; the rest is the clock's and the workers' part."""
    closes_at = timezone.now() + timedelta(seconds=2)
    Round.objects.filter(pk=round.pk).update(closes_at=closes_at)
    Stall.objects.filter(round=round).update(closes_at=closes_at)


def say_seen(pick_list: Received, someone: Callable[[str], Person]) -> None:
    """By the link in the mail, on a phone where nobody is signed in."""
    page = someone("nobody").page
    page.goto(link_in(pick_list, "/seen/"))
    page.locator("main form button").tap()
    expect(page.locator("main .notice-success")).to_be_visible()


def everything_went_once(round: Round, sink: SmtpSink) -> None:
    mails = OutgoingMail.objects.about(f"round:{round.pk}")
    assert [mail.key for mail in mails if mail.sent_at is None] == []
    ids = [received.message_id for received in sink.received]
    assert {mail.message_id: ids.count(mail.message_id) for mail in mails} == {mail.message_id: 1 for mail in mails}
    assert Round.objects.get(pk=round.pk).state == Round.State.CLOSED


def test_from_the_price_list_to_the_pick_list(
    someone: Callable[[str], Person], server: Server, smtp_sink: SmtpSink
) -> None:
    neighbourhood = cast.a_neighbourhood("Sainte-Catherine")
    today = timezone.now().astimezone(PARIS)
    opens, closes, delivery = (today + timedelta(days=days) for days in (1, 3, 4))
    day = f"{DAYS[delivery.weekday()]} {delivery.day} {MONTHS[delivery.month - 1]}"

    farmer = someone("Odile")
    found_a_farm(farmer)
    bring_the_price_list(farmer)

    claude = someone("Claude")
    join(claude, neighbourhood, "Ferrand")
    round = propose(claude, opens, closes, delivery)
    invitation = farmer.reads("/invitations/")
    assert day in invitation.subject and "Salle du Prorel" in invitation.subject
    accept(invitation, someone)
    publish_and_open(claude, round)
    opening = claude.reads(f"/rounds/{round.pk}/")
    assert day in opening.subject and "Salle du Prorel" in opening.subject

    claude.page.goto(f"/rounds/{round.pk}/")
    fill(claude, {"Tomme de chèvre": 1, "Œufs de plein air": 3})
    order(claude, "17,20 €")
    mina = someone("Mina")
    mina.page.goto(f"/rounds/{round.pk}/")
    fill(mina, {"Tomme de chèvre": 4, "Miel de montagne": 1})
    mina.page.locator("[data-order]").tap()
    sign_up(mina, "Rey")
    confirm(mina, "1 046,50 €")
    fill(mina, {"Faisselle": 2})

    let_the_window_close(round)

    pick_list = farmer.gets("Bon de préparation", "application/pdf")
    assert day in pick_list.subject and "Salle du Prorel" in pick_list.subject
    assert len(pick_list.attachments(XLSX)) == 1
    text = text_of(pick_list.attachments("application/pdf")[0])
    for words in PICK_LIST:
        assert words in text
    assert f"{day}, 17 h – 19 h Salle du Prorel 2 rue de la Gare, Briançon" in text
    # It was on a sheet, and never confirmed.
    assert "Faisselle" not in text

    say_seen(pick_list, someone)
    claude.page.goto(f"/coordination/rounds/{round.pk}/")
    expect(claude.page.locator(".farm-card [data-state=acknowledged]")).to_be_visible()

    recaps = [person.gets("Votre cagette", "text/calendar") for person in (claude, mina)]
    assert [day in recap.subject and "Salle du Prorel" in recap.subject for recap in recaps] == [True, True]
    assert "1 046,50 €" in plain(recaps[1].text()) and "Votre numéro de retrait : 2" in plain(recaps[1].text())
    for recap in recaps:
        assert window_of(recap) == tuple(
            delivery.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in (17, 19)
        )

    sign_off = text_of(claude.gets("bilan", "application/pdf").attachments("application/pdf")[0])
    for words in (day, "1 Ferrand", "17,20 €", "2 Rey", "1 046,50 €"):
        assert words in sign_off

    everything_went_once(round, smtp_sink)
