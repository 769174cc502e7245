"""Which mails one takes: chosen signed in or by the links in the mails, declined in one click and never by looking."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cagette.composing import compose, text_of
from cagette.models import OutgoingMail, User
from deliveries import closing, correcting
from orders import preferences, reminding
from orders.models import Membership, Order
from tests import cast
from tests.orders.sheets import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return cast.a_member()


@pytest.fixture
def membership(user: User) -> Membership:
    return Membership.objects.get(user=user)


def path_of(membership: Membership, kind: str = "") -> str:
    name = "unsubscribe_link" if kind else "preferences_link"
    return urlsplit(preferences.links(membership.pk, kind)[name]).path


def wishes(membership: Membership) -> tuple[bool, bool, bool]:
    found = Membership.objects.get(pk=membership.pk)
    return found.mail_openings, found.mail_reminders, found.mail_recaps


def a_reminder(user: User) -> OutgoingMail:
    round = cast.an_open_round(cast.the_household(user).neighbourhood)
    order = cast.a_sheet(round, cast.the_household(user), {cast.offers_of(round)[0]: 2})
    Order.objects.filter(pk=order.pk).update(filled_at=timezone.now() - timedelta(hours=1))
    round.stalls.update(closes_at=timezone.now() + timedelta(hours=20))
    assert reminding.remind() == 1
    return OutgoingMail.objects.get(key__startswith="reminder:")


def a_closed_order(user: User) -> Order:
    round = cast.an_open_round(cast.the_household(user).neighbourhood)
    order = cast.an_order(round, cast.the_household(user), {cast.offers_of(round)[0]: 2})
    cast.let_the_deadline_pass(round)
    for stall in round.stalls.all():
        closing.close(stall.pk)
    closing.close_round(round.pk)
    return order


def headers_of(mail: OutgoingMail) -> dict[str, str]:
    """As they would leave; the files, which no worker has made here, apart."""
    mail.attachments.all().delete()
    return {name: value.strip() for name, value in message_from_bytes(compose(mail).message().as_bytes()).items()}


def test_a_reminder_can_be_declined_from_the_mail_program(user: User, membership: Membership) -> None:
    headers = headers_of(a_reminder(user))
    header = headers["List-Unsubscribe"]
    assert header == f"<{preferences.links(membership.pk, 'reminders')['unsubscribe_link']}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # As a mail program posts: no cookie, no token of a form, no page before.
    response = Client(enforce_csrf_checks=True).post(
        urlsplit(header.strip("<>")).path, {"List-Unsubscribe": "One-Click"}
    )
    assert response.status_code == 200
    assert wishes(membership) == (True, False, True)


def test_the_same_row_gives_the_same_headers(user: User) -> None:
    mail = a_reminder(user)
    first, again = headers_of(mail), headers_of(mail)
    for headers in (first, again):
        headers.pop("Content-Type")
    assert first == again


def test_a_recap_can_be_declined_and_its_correction_cannot(user: User, membership: Membership) -> None:
    order = a_closed_order(user)
    recap = OutgoingMail.objects.get(key__startswith="recap:")
    assert headers_of(recap)["List-Unsubscribe"].endswith("/recaps/>")
    line = order.lines.select_related("offer").get()
    correcting.correct_line(
        order, line.offer, line.quantity - 1, by=cast.the_coordinator(order.round), reason="Gel", cause="missing"
    )
    corrected = OutgoingMail.objects.filter(key__startswith=f"recap:{order.pk}:2").get()
    assert "List-Unsubscribe" not in headers_of(corrected)
    assert corrected.data["preferences_link"] == preferences.links(membership.pk)["preferences_link"]


def test_pick_lists_and_summaries_have_no_way_out(user: User) -> None:
    a_closed_order(user)
    others = OutgoingMail.objects.exclude(key__startswith="recap:")
    assert {mail.template.rpartition("/")[2] for mail in others} >= {"pick_list", "summary"}
    assert [mail.key for mail in others if "List-Unsubscribe" in headers_of(mail)] == []


def test_the_foot_says_who_writes_and_leads_to_the_choices(user: User) -> None:
    mail = a_reminder(user)
    said = text_of(mail)
    for text in (said.text, said.html):
        assert mail.data["neighbourhood"] in text
        assert mail.data["preferences_link"] in text
        assert mail.data["unsubscribe_link"] in text


def test_looking_at_the_page_declines_nothing(membership: Membership, client: Client) -> None:
    response = client.get(path_of(membership, "recaps"))
    assert (response.status_code, wishes(membership)) == (200, (True, True, True))


def test_there_is_a_way_back(membership: Membership, client: Client) -> None:
    client.post(path_of(membership, "openings"))
    assert wishes(membership) == (False, True, True)
    client.post(path_of(membership, "openings"), {"wanted": "on"})
    assert wishes(membership) == (True, True, True)


def test_the_choices_are_made_without_signing_in(membership: Membership, client: Client) -> None:
    assert client.get(path_of(membership)).status_code == 200
    client.post(path_of(membership), {"mail_recaps": "on"})
    assert wishes(membership) == (False, False, True)


@pytest.mark.parametrize("path", ["/mails/guess/", "/mails/guess/recaps/"])
def test_a_guess_opens_nothing(path: str, client: Client) -> None:
    assert [client.get(path).status_code, client.post(path).status_code] == [404, 404]


def test_an_unknown_kind_is_not_there(membership: Membership, client: Client) -> None:
    path = path_of(membership, "recaps").replace("/recaps/", "/codes/")
    assert client.post(path).status_code == 404


def test_who_has_left_is_told_so_and_a_scrubbed_persons_link_is_dead(membership: Membership, client: Client) -> None:
    Membership.objects.update(state=Membership.State.LEFT)
    assert "field-check" not in client.get(path_of(membership)).content.decode()
    User.objects.update(scrubbed_at=timezone.now())
    assert client.get(path_of(membership)).status_code == 404


def test_all_households_are_chosen_for_on_one_page(user: User, membership: Membership) -> None:
    other = cast.a_membership(cast.a_household(name="Rey"), user)
    client = signed_in(user)
    client.post("/mails/", {f"{membership.pk}-mail_recaps": "on", f"{other.pk}-mail_openings": "on"})
    assert (wishes(membership), wishes(other)) == ((False, False, True), (True, False, False))


def test_the_page_asks_the_same_however_many_households(user: User) -> None:
    client, counts = signed_in(user), []
    for more in ([], ["Rey", "Blanc"]):
        for name in more:
            cast.a_membership(cast.a_household(name=name), user)
        with CaptureQueriesContext(connection) as asked:
            client.get("/mails/")
        counts.append(len(asked))
    assert counts[0] == counts[1]
