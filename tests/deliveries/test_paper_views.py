"""The round's own files, and "seen, I deliver" from the mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cagette.models import User
from deliveries import closing, correcting, pick_lists
from deliveries.models import PickList
from orders.models import Round
from tests import cast

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def closed() -> Round:
    round = cast.an_open_round()
    cast.let_the_deadline_pass(round)
    closing.close(round.stalls.get().pk)
    closing.close_round(round.pk)
    return Round.objects.get(pk=round.pk)


def seen_path(pick_list: PickList) -> str:
    return reverse("deliveries:acknowledgement_link", args=[pick_lists.acknowledgement_token(pick_list)])


def test_opening_the_link_is_not_yet_seeing(closed: Round) -> None:
    pick_list = PickList.objects.get()
    client = Client(headers={"accept-language": "en"})
    for request in (client.get, client.head):
        assert request(seen_path(pick_list)).status_code == 200
    pick_list.refresh_from_db()
    assert pick_list.acknowledged_at is None
    answer: Any = client.post(seen_path(pick_list), follow=True)
    assert "Thank you" in answer.content.decode()
    pick_list.refresh_from_db()
    first = pick_list.acknowledged_at
    assert (pick_list.acknowledged_how, pick_list.acknowledged_by, first is None) == ("link", None, False)
    client.post(seen_path(pick_list))
    pick_list.refresh_from_db()
    assert pick_list.acknowledged_at == first


def test_a_link_that_was_not_made_here_opens_nothing() -> None:
    path = reverse("deliveries:acknowledgement_link", args=["x"])
    assert (Client().get(path).status_code, Client().post(path).status_code) == (404, 404)


def test_a_replaced_list_says_so(closed: Round) -> None:
    pick_list = PickList.objects.get()
    start = closed.delivery_starts_at + timedelta(days=1)
    ends = closed.delivery_ends_at + timedelta(days=1)
    correcting.move(
        closed, place=closed.place, delivery_starts_at=start, delivery_ends_at=ends,
        by=cast.the_coordinator(closed), reason="neige",
    )  # fmt: skip
    content = Client(headers={"accept-language": "en"}).get(seen_path(pick_list)).content.decode()
    assert "the newest is revision 2" in content


def test_the_sign_off_sheet_is_for_coordinators_and_kept_by_no_cache(closed: Round) -> None:
    path = reverse("deliveries:sign_off_pdf", args=[closed.pk])
    by = cast.the_coordinator(closed)
    waiting = signed_in(by).get(path)
    assert (waiting.status_code, waiting["Location"]) == (302, reverse("deliveries:round", args=[closed.pk]))
    name = default_storage.save("sheets/sheet.pdf", ContentFile(b"%PDF-1.7"))
    closed.sign_off_sheets.update(pdf_name=name, pdf_sha256="0" * 64, rendered_at=timezone.now())
    answer: Any = signed_in(by).get(path)
    assert b"".join(answer.streaming_content) == b"%PDF-1.7"
    assert "no-store" in answer["Cache-Control"]
    day = closed.delivery_starts_at.astimezone(closed.neighbourhood.zone).date()
    assert answer["Content-Disposition"] == f'attachment; filename="emargement-{day}-r1.pdf"'
    assert answer["Content-Type"] == "application/pdf"
    for user, status in ((cast.a_member(closed.neighbourhood), 403), (cast.a_user(), 404)):
        assert signed_in(user).get(path).status_code == status
    assert signed_in(by).post(path).status_code == 405
    assert Client().get(path).status_code == 302


def test_before_the_close_there_is_no_sheet() -> None:
    round = cast.an_open_round()
    assert (
        signed_in(cast.the_coordinator(round)).get(reverse("deliveries:sign_off_pdf", args=[round.pk])).status_code
        == 404
    )


def test_the_calendar_file_is_for_whoever_may_see_the_round() -> None:
    public, proposed = cast.an_open_round(), cast.a_proposed_round()
    hidden = cast.an_open_round(cast.a_neighbourhood("Secret", listed=False))

    def status(round: Round, query: str = "") -> int:
        return Client().get(reverse("deliveries:round_ics", args=[round.pk]) + query).status_code

    assert (status(public), status(proposed), status(hidden)) == (200, 404, 404)
    assert status(hidden, f"?link={hidden.share_token}") == 200
    answer = Client().get(reverse("deliveries:round_ics", args=[public.pk]))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert b"BEGIN:VEVENT" in answer.content and b"SEQUENCE:0" in answer.content
    assert Client().post(reverse("deliveries:round_ics", args=[public.pk])).status_code == 405
