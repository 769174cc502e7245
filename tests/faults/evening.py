"""A round of two farms and three households, and what everybody has in the mailbox once it has closed."""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Collection
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

from django.db import DatabaseError, connection
from pypdf import PdfReader

from cagette.models import MailAttachment, OutgoingMail
from catalogs.models import Catalog, Supply
from deliveries.models import PickList, SignOffSheet
from deliveries.pick_lists import XLSX
from orders import confirming, refusals
from orders.models import Round, Stall
from tests import cast
from tests.smtp import Received, SmtpSink

GOATS, BEES = "Chèvrerie du Prorel", "Rucher des Vigneaux"

# Who confirmed what, in this order. Juice and cider come in cases of six.
CONFIRMED = {
    "Ferrand": {"Tomme": 2, "Jus": 4, "Miel": 1},
    "Rey": {"Tomme": 1, "Jus": 4},
    "Blanc": {"Miel": 1, "Cidre": 6},
}
# Eight of the juice make one case; who came first has all of hers, the next what is left of it.
TOTALS = {
    GOATS: [("3", "Tomme"), ("6", "Jus")],
    BEES: [("2", "Miel"), ("6", "Cidre")],
}
CRATES = {
    GOATS: [("2", "Ferrand", "2 × Tomme, 4 × Jus"), ("3", "Rey", "1 × Tomme, 2 × Jus")],
    BEES: [("2", "Ferrand", "1 × Miel"), ("4", "Blanc", "1 × Miel, 6 × Cidre")],
}
RECAPS = {
    "Ferrand": [("2", "Tomme"), ("4", "Jus"), ("1", "Miel")],
    "Rey": [("1", "Tomme"), ("2", "Jus")],
    "Blanc": [("1", "Miel"), ("6", "Cidre")],
}
SIGNED_FOR = [("2", "Tomme"), ("4", "Jus"), ("1", "Miel"), ("1", "Tomme"), ("2", "Jus"), ("1", "Miel"), ("6", "Cidre")]
PICK_LIST, RECAP, SUMMARY = (f"deliveries/mail/{name}" for name in ("pick_list", "recap", "summary"))


class Evening:
    """The round is open, ordered from, and its invitations are out; `come()` brings its deadline."""

    def __init__(self, sink: SmtpSink, tend: Callable[[], None] = lambda: None) -> None:
        self.sink = sink
        self.tend = tend
        goats, bees = self._a_farm(GOATS), self._a_farm(BEES)
        cast.a_product(goats, "Tomme", "4.50", reference="T", position=0)
        cast.a_product(goats, "Jus", "3.00", reference="J", position=1, case_size=6)
        cast.a_product(bees, "Miel", "7.00", reference="M", position=0)
        cast.a_product(bees, "Cidre", "4.00", reference="C", position=1, case_size=6, stock=24)
        self.round = cast.an_open_round(None, goats, bees)
        self.offers = {offer.name: offer for offer in cast.offers_of(self.round)}
        self.logins = {name: cast.a_member(self.round.neighbourhood, name) for name in CONFIRMED}
        for name, quantities in CONFIRMED.items():
            household = cast.the_household(self.logins[name])
            cast.an_order(self.round, household, {self.offers[what]: many for what, many in quantities.items()})
        self._wait_until_all_is_sent()
        sink.received.clear()

    def _a_farm(self, name: str) -> Catalog:
        return cast.a_catalog(cast.a_producer(name, languages=["fr"]))

    def come(self) -> None:
        cast.let_the_deadline_pass(self.round)

    def stall(self, farm: str) -> Stall:
        return self.round.stalls.get(producer__name=farm)

    def sold(self) -> dict[str, Decimal]:
        """What is drawn from each supply."""
        return {supply.product.name: supply.ordered for supply in Supply.objects.select_related("product")}

    def a_late_order_is_refused(self) -> bool:
        login, offer = self.logins["Blanc"], self.offers["Miel"]
        line = confirming.Shown(offer.pk, Decimal(5), Decimal(0), offer.piece_price(), Decimal(1), Decimal(1))
        household = cast.the_household(login)
        answer = confirming.confirm(
            user_id=login.pk, round_id=self.round.pk, household_id=household.pk, key=uuid4().hex, lines=[line]
        )
        return {refusal.code for refusal in answer.refused.values()} == {refusals.CLOSED}

    def mails(self) -> dict[str, OutgoingMail]:
        """What the close has written, by Message-ID."""
        mails = OutgoingMail.objects.filter(about=f"round:{self.round.pk}", template__startswith="deliveries/")
        return {mail.message_id: mail for mail in mails}

    def everybody_has_their_mail(self, *, twice: Collection[str] = ()) -> None:
        """Wait until nothing is left to do; then everybody has the right mails once, or twice those with these
        Message-IDs, and no other mail has come."""
        self._wait_until_all_is_sent()
        assert Round.objects.get().state == Round.State.CLOSED
        assert set(self.round.stalls.values_list("state", flat=True)) == {Stall.State.CLOSED}
        mails = self.mails()
        assert Counter((mail.template, mail.recipient) for mail in mails.values()) == Counter(self._expected())
        assert {mail.state for mail in mails.values()} == {"sent"}
        came = Counter(received.message_id for received in self.sink.received)
        assert came == {message_id: 2 if message_id in twice else 1 for message_id in mails}
        for received in list(self.sink.received):
            mail = mails[received.message_id]
            assert received.recipients == [mail.recipient]
            match mail.template:
                case template if template == PICK_LIST:
                    self._is_the_pick_list(received)
                case template if template == RECAP:
                    self._is_the_recap(received)
                case _:
                    self._is_the_summary(received)
        assert sorted(PickList.objects.values_list("stall__producer__name", "revision")) == [(GOATS, 1), (BEES, 1)]
        assert self.sold() == {"Tomme": 3, "Jus": 6, "Miel": 2, "Cidre": 6}

    def _expected(self) -> list[tuple[str, str]]:
        farms = self.round.stalls.values_list("producer__pick_list_recipients__email", flat=True)
        return [
            *((PICK_LIST, email) for email in farms),
            *((RECAP, login.email) for login in self.logins.values()),
            (SUMMARY, cast.the_coordinator(self.round).email),
        ]

    def _is_the_pick_list(self, received: Received) -> None:
        pick_list = PickList.objects.get(stall__producer__pick_list_recipients__email=received.recipients[0])
        farm = pick_list.stall.producer.name
        [pdf] = received.attachments("application/pdf")
        [xlsx] = received.attachments(XLSX)
        assert (sha256(pdf), sha256(xlsx)) == (pick_list.pdf_sha256, pick_list.xlsx_sha256)
        text = text_of(pdf)
        assert re.findall(r"(\d+) × (\w+) [TJMC] ", text) == TOTALS[farm]
        assert re.findall(r"(\d+) · (\w+) (\d+ × \w+(?:, \d+ × \w+)*)", text) == CRATES[farm]

    def _is_the_recap(self, received: Received) -> None:
        [name] = [name for name, login in self.logins.items() if login.email == received.recipients[0]]
        assert re.findall(r"^ +(\d+)\s×\s(\w+)", received.text(), re.MULTILINE) == RECAPS[name]
        [calendar] = received.attachments("text/calendar")
        assert sha256(calendar) == MailAttachment.objects.get(mail__message_id=received.message_id).sha256

    def _is_the_summary(self, received: Received) -> None:
        sheet = SignOffSheet.objects.get()
        [pdf] = received.attachments("application/pdf")
        assert sha256(pdf) == sheet.pdf_sha256
        assert re.findall(r"(\d+) × (\w+)", text_of(pdf)) == SIGNED_FOR

    def _wait_until_all_is_sent(self, *, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while (left := self._left()) != []:
            assert time.monotonic() < deadline, f"Still to do: {left}"
            self.tend()
            time.sleep(0.05)

    def _left(self) -> list[str]:
        """What is still to be done; a database that is away says nothing."""
        try:
            rounds = Round.objects.filter(closes_at__lt=self.round.closes_at).exclude(state=Round.State.CLOSED)
            mails = OutgoingMail.objects.unfinished()
            return [*(f"close {round}" for round in rounds), *(f"{mail}: {mail.last_error}" for mail in mails)]
        except DatabaseError as error:
            connection.close()
            return [str(error)]


def text_of(pdf: bytes) -> str:
    """Its text, spaces and line breaks as single spaces."""
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
