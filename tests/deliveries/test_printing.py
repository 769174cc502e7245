"""One's order on paper: asked for, made by a worker, the same as on the screen."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from cagette import wording
from cagette.models import User
from deliveries import printing, rendering
from deliveries.models import PrintedRecap
from orders import bill
from orders.models import Order, Round
from tests import cast
from tests.orders.sheets import save

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    farm = cast.a_producer("Chèvrerie", payment_means=["cash", "cheque"], legal_name="EARL du Lac")
    catalog = cast.a_catalog(farm)
    cast.a_product(catalog, "Tomme", "8.55", category="dairy")
    cast.a_weighed_product(catalog, position=1)
    cast.a_product(catalog, "Carottes", "2.35", unit="kg", step=Decimal("0.1"), deposit=Decimal("0.10"), position=2)
    round = cast.an_open_round(None, catalog, latecomers="Chez Lucie")
    household = cast.the_household(cast.a_member(round.neighbourhood))
    return cast.an_order(round, household, dict(zip(cast.offers_of(round), ("2", "1", "0.7"), strict=True)))


def whose(order: Order) -> User:
    return order.household.memberships.get().user


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def path_of(order: Order) -> str:
    return reverse("deliveries:order_pdf", args=[order.pk])


def printed() -> None:
    """What the sweep has workers do."""
    for source in rendering.unfinished():
        rendering.render(source)


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


def test_it_is_asked_for_made_and_fetched(order: Order) -> None:
    client = signed_in(whose(order))
    waiting = client.get(path_of(order))
    assert (waiting.status_code, "put on paper" in waiting.content.decode()) == (202, True)
    printed()
    answer = client.get(path_of(order))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert "no-store" in answer["Cache-Control"]
    day = order.round.delivery_starts_at.astimezone(order.round.neighbourhood.zone).date()
    number = order.household.pick_up_number
    assert answer["Content-Disposition"] == f'inline; filename="cagette-{day}-{number}.pdf"'
    text = text_of(answer.content)
    assert f"Crate no. {number} · Ferrand" in text
    for words in (
        "cheque to the order of EARL du Lac",
        "A cool bag for: Tomme, Truite",
        "Chez Lucie",
        "this may still",
    ):
        assert words in text


def test_paper_and_screen_show_the_same_cents(order: Order) -> None:
    signed_in(whose(order)).get(path_of(order))
    printed()
    text = text_of(bytes(PrintedRecap.objects.get().pdf or b""))
    [stands] = bill.of_orders([order])
    due = stands.due
    assert (due.amount.amount, due.at_most.amount) == (Decimal("24.22"), Decimal("26.02"))
    for amount in (due.amount, due.at_most, *(row.amount for farm in stands.farms for row in farm.rows)):
        assert wording.money(amount) in text


def test_an_order_that_changed_is_printed_anew(order: Order) -> None:
    client = signed_in(whose(order))
    client.get(path_of(order))
    printed()
    save(whose(order), order.round, order.household, cast.offers_of(order.round)[0], 1, seen=2)
    assert client.get(path_of(order)).status_code == 202
    printed()
    assert "€15.67" in text_of(client.get(path_of(order)).content)


def test_each_language_has_its_own(order: Order) -> None:
    for language in ("fr", "en", "fr"):
        printing.on_paper(order, language)
    printed()
    said = {paper.language: text_of(bytes(paper.pdf or b"")) for paper in PrintedRecap.objects.all()}
    assert set(said) == {"fr", "en"}
    assert "Cagette n°" in said["fr"]


def test_it_is_kept_for_a_day(order: Order) -> None:
    printing.on_paper(order, "fr")
    assert printing.erase_old() == 0
    PrintedRecap.objects.update(asked_at=timezone.now() - timedelta(hours=25))
    assert printing.erase_old() == 1
    assert not PrintedRecap.objects.exists()


def test_what_was_called_off_says_so(order: Order) -> None:
    Round.objects.update(state="cancelled", cancelled_at=timezone.now(), cancel_reason="Neige")
    order.refresh_from_db()
    printing.on_paper(order, "en")
    printed()
    assert "Called off: there is nothing to fetch. Neige" in text_of(bytes(PrintedRecap.objects.get().pdf or b""))


def test_only_what_is_ordered_is_printed(order: Order) -> None:
    user = cast.a_member(order.round.neighbourhood, "Rey")
    sheet = cast.a_sheet(order.round, cast.the_household(user), {cast.offers_of(order.round)[0]: 1})
    assert signed_in(user).get(path_of(sheet)).status_code == 404
    assert signed_in(user).get(path_of(order)).status_code == 404
    assert signed_in(user).post(path_of(sheet)).status_code == 405
