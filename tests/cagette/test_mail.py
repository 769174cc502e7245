"""Mails: written once, sent once, and what the mail server says of them kept."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cagette import mail, sending
from cagette.celery import app
from cagette.models import MailAttachment, OutgoingMail
from cagette.sending import Outcome
from tests.smtp import SmtpSink

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 the list"


class Sink(SmtpSink):
    """A mail server that may refuse one recipient, or every text, and counts its connections."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: dict[str, str] = {}
        self.answer_to_data = ""
        self.connections = 0

    @property
    def mails(self) -> list[EmailMessage]:
        return [received.message for received in self.received]

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return self.answer_to_data or await super().handle_DATA(server, session, envelope)


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    sink = Sink()
    sink.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    yield sink
    sink.stop()


def a_draft(key: str = "news:1", **fields: Any) -> mail.Draft:
    values = {"template": "cagette/mail/no_account", "data": {}, "recipient": "ferrand@example.org", **fields}
    return mail.Draft(key=key, **values)


def a_file(content: bytes = PDF) -> tuple[str, str]:
    return default_storage.save("lists/list.pdf", ContentFile(content)), hashlib.sha256(content).hexdigest()


def the_mail(key: str = "news:1") -> OutgoingMail:
    return OutgoingMail.objects.get(key=key)


def due_now() -> None:
    OutgoingMail.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def test_a_key_is_written_once_and_left_as_it_is() -> None:
    assert mail.queue([a_draft(recipient="first@example.org")]) == 1
    assert mail.queue([a_draft(recipient="second@example.org"), a_draft("news:2")]) == 1
    assert list(OutgoingMail.objects.order_by("key").values_list("key", "recipient")) == [
        ("news:1", "first@example.org"),
        ("news:2", "ferrand@example.org"),
    ]


@pytest.mark.parametrize("count", [1, 30])
def test_queueing_takes_four_statements_however_many_mails(count: int) -> None:
    file = mail.AttachmentDraft("list.pdf", "application/pdf", "pick-list:1:pdf")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        mail.queue([a_draft(f"news:{n}", attachments=(file,)) for n in range(count)])
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 4


def test_a_mail_says_the_same_in_text_and_html_in_its_readers_language(sink: Sink) -> None:
    mail.queue([a_draft(template="cagette/mail/sign_in_code", data={"code": "L'ÉTÉ<1>"}, language="en")])
    assert sending.send_due() is False
    [sent] = sink.mails
    assert sent["Subject"] == "L'ÉTÉ<1> is your sign-in code"
    assert "L'ÉTÉ<1>" in sink.received[0].text()
    assert "L&#x27;ÉTÉ&lt;1&gt;" in sent.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert (sent["Auto-Submitted"], sent["To"]) == ("auto-generated", "ferrand@example.org")
    assert the_mail().state == "sent"
    assert the_mail().subject == sent["Subject"]


def test_the_most_urgent_goes_first_over_one_connection(sink: Sink) -> None:
    mail.queue([a_draft(f"news:{n}", recipient=f"n{n}@example.org", priority=40 - n) for n in range(3)])
    sending.send_due()
    assert [sent["To"] for sent in sink.mails] == ["n2@example.org", "n1@example.org", "n0@example.org"]
    assert sink.connections == 1


def test_a_mail_waits_for_its_files_and_carries_them(sink: Sink) -> None:
    mail.queue([a_draft(attachments=(mail.AttachmentDraft("list.pdf", "application/pdf", "pick-list:1:pdf"),))])
    sending.send_due()
    assert sink.mails == []
    name, sha256 = a_file()
    assert MailAttachment.fulfil("pick-list:1:pdf", storage_name=name, sha256=sha256, at=timezone.now()) == 1
    sending.send_due()
    [file] = sink.mails[0].iter_attachments()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == ("list.pdf", "application/pdf", PDF)


def test_a_file_that_is_made_already_is_found_by_its_source(sink: Sink) -> None:
    name, sha256 = a_file()
    source = "pick-list:1:pdf"
    mail.queue([a_draft(attachments=(mail.AttachmentDraft("list.pdf", "application/pdf", source, name, sha256),))])
    mail.queue([a_draft("news:2", attachments=(mail.AttachmentDraft("list.pdf", "application/pdf", source),))])
    sending.send_due()
    assert len(sink.mails) == 2


def test_a_file_finished_while_the_mail_was_being_written_is_adopted(sink: Sink) -> None:
    file = mail.AttachmentDraft("list.pdf", "application/pdf", "pick-list:1:pdf")
    mail.queue([a_draft(attachments=(file,)), a_draft("news:2", attachments=(file,))])
    name, sha256 = a_file()
    # The renderer saw the first row only: the second was written by a transaction not yet committed.
    MailAttachment.objects.filter(mail__key="news:1").update(storage_name=name, sha256=sha256, ready_at=timezone.now())
    sending.send_due()
    assert len(sink.mails) == 2


def test_a_changed_file_is_not_sent(sink: Sink) -> None:
    name, _sha256 = a_file()
    file = mail.AttachmentDraft("list.pdf", "application/pdf", "pick-list:1:pdf", name, "0" * 64)
    mail.queue([a_draft(attachments=(file,)), a_draft("news:2")])
    sending.send_due()
    assert [sent["To"] for sent in sink.mails] == ["ferrand@example.org"]
    assert (the_mail().state, the_mail().attempts) == ("queued", 1)
    assert the_mail().last_error.startswith("ChangedFileError")


def test_a_refused_recipient_is_a_failure_and_stops_nobody_else(sink: Sink) -> None:
    sink.refusals["gone@example.org"] = "550 5.1.1 <gone@example.org>: no such user here"
    mail.queue([a_draft(recipient="gone@example.org"), a_draft("news:2")])
    sending.send_due()
    assert the_mail().state == "failed"
    assert the_mail().last_error == "SMTPRecipientsRefused: 550 5.1.1 <…@…>: no such user here"
    assert the_mail("news:2").state == "sent"


def test_an_address_that_no_mail_can_hold_stops_nobody_else(sink: Sink) -> None:
    too_much = "groupement’agricole’" * 8 + "@example.org"
    mail.queue([a_draft("news:1", recipient=too_much), a_draft("news:2", recipient="simon@élevage.example")])
    sending.send_due()
    assert [received.recipients for received in sink.received] == [["simon@xn--levage-9ua.example"]]
    assert the_mail("news:1").sent_at is None
    assert "@" not in the_mail("news:1").last_error


def test_a_recipient_put_off_is_tried_again_later(sink: Sink) -> None:
    sink.refusals["ferrand@example.org"] = "451 4.7.1 greylisted, come back"
    mail.queue([a_draft()])
    sending.send_due()
    assert (the_mail().state, the_mail().attempts) == ("queued", 1)
    assert the_mail().next_attempt_at > timezone.now() + timedelta(seconds=40)
    sink.refusals.clear()
    assert sending.send(the_mail().pk) is Outcome.TAKEN
    due_now()
    assert sending.send(the_mail().pk) is Outcome.SENT
    assert (the_mail().last_error, the_mail().attempts) == ("", 2)


def test_a_refused_text_is_a_failure(sink: Sink) -> None:
    sink.answer_to_data = "554 5.6.0 no"
    mail.queue([a_draft()])
    sending.send_due()
    assert (the_mail().state, the_mail().last_error) == ("failed", "SMTPDataError: 554 5.6.0 no")


def test_without_a_server_one_attempt_is_made_and_the_rest_waits(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    mail.queue([a_draft(), a_draft("news:2")])
    assert sending.send_due() is False
    assert [the_mail(key).attempts for key in ("news:1", "news:2")] == [1, 0]
    assert the_mail().last_error.startswith("ConnectionRefusedError")


def test_every_attempt_has_the_same_message_id_and_date(sink: Sink) -> None:
    mail.queue([a_draft()])
    for _attempt in range(2):
        due_now()
        sending.send_due()
        # As when the worker was killed after the server's 250.
        OutgoingMail.objects.update(sent_at=None)
    first, second = sink.mails
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])
    assert first["Message-ID"].strip("<>").count("@") == 1


def test_attempts_run_out(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    mail.queue([a_draft()])
    OutgoingMail.objects.update(attempts=sending.MAX_ATTEMPTS - 1)
    sending.send_due()
    assert the_mail().state == "failed"
    assert the_mail().last_error.startswith("ConnectionRefusedError")


def test_a_mail_that_kills_its_worker_each_time_is_given_up(sink: Sink) -> None:
    mail.queue([a_draft()])
    OutgoingMail.objects.update(attempts=sending.MAX_ATTEMPTS)
    sending.send_due()
    assert (the_mail().state, sink.mails) == ("failed", [])


def test_waits_double_from_a_minute_to_an_hour_for_two_days() -> None:
    waits = [sending.wait_after(n) for n in range(1, sending.MAX_ATTEMPTS)]
    assert waits[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert max(waits) == timedelta(hours=1)
    assert timedelta(days=1, hours=20) < sum(waits, timedelta()) < timedelta(days=2, hours=4)


def test_a_secret_text_is_gone_once_sent(sink: Sink) -> None:
    mail.queue([a_draft(template="cagette/mail/sign_in_code", data={"code": "ABCD"}, secret=True)])
    sending.send_due()
    assert "ABCD" in sink.received[0].text()
    row = the_mail()
    assert (row.data, row.state, row.erased_at is not None) == ({}, "sent", True)
    assert "ABCD" not in row.subject
    with pytest.raises(mail.NothingToSendAgain):
        mail.send_again(row, by=None)


def test_a_code_that_comes_too_late_is_not_sent(sink: Sink) -> None:
    mail.queue([a_draft(template="cagette/mail/sign_in_code", data={"code": "ABCD"}, secret=True)])
    OutgoingMail.objects.update(created_at=timezone.now() - sending.SECRET_LIFETIME - timedelta(seconds=1))
    sending.send_due()
    assert (sink.mails, the_mail().state, the_mail().data) == ([], "failed", {})


def test_an_older_revision_not_yet_sent_is_taken_back(sink: Sink) -> None:
    mail.queue([a_draft(f"pick-list:7:{revision}:1:1") for revision in (1, 2)] + [a_draft("pick-list:70:1:1:1")])
    assert mail.supersede("pick-list:7:", but="pick-list:7:2:") == 1
    sending.send_due()
    assert [the_mail(key).state for key in ("pick-list:7:1:1:1", "pick-list:7:2:1:1", "pick-list:70:1:1:1")] == [
        "superseded",
        "sent",
        "sent",
    ]


def test_sending_again_is_a_new_mail_with_the_same_text_and_files(sink: Sink) -> None:
    name, sha256 = a_file()
    file = mail.AttachmentDraft("list.pdf", "application/pdf", "pick-list:1:pdf", name, sha256)
    mail.queue([a_draft(attachments=(file,), about="round:1")])
    sending.send_due()
    again = mail.send_again(the_mail(), by=None)
    assert again.key == "news:1/2"
    assert mail.send_again(again, by=None).key == "news:1/3"
    sending.send_due()
    assert len({sent["Message-ID"] for sent in sink.mails}) == 3
    assert [len(list(sent.iter_attachments())) for sent in sink.mails] == [1, 1, 1]


def test_texts_are_erased_after_their_time(sink: Sink, settings: Any) -> None:
    mail.queue([a_draft(), a_draft("news:2", data={"name": "Ferrand"}), a_draft("news:3", data={"name": "Ferrand"})])
    old = timezone.now() - timedelta(days=settings.MAIL_KEPT_DAYS, hours=1)
    OutgoingMail.objects.filter(key="news:2").update(created_at=old, sent_at=old)
    OutgoingMail.objects.filter(key="news:3").update(created_at=old)
    assert mail.erase_old() == 1
    assert [the_mail(key).data for key in ("news:2", "news:3")] == [{}, {"name": "Ferrand"}]


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_each_mail_once(sink: Sink) -> None:
    mail.queue([a_draft(f"news:{n}", recipient=f"n{n}@example.org") for n in range(40)])

    def work() -> None:
        sending.send_due(seconds=30)
        connections.close_all()

    workers = [threading.Thread(target=work) for _n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(sent["To"] for sent in sink.mails) == sorted(f"n{n}@example.org" for n in range(40))
    assert set(OutgoingMail.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("broker", ["gone", "mute"])
def test_without_a_broker_the_mail_is_written_all_the_same_and_soon(
    broker: str, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as mute, broker_at(f"redis://127.0.0.1:{1 if broker == 'gone' else listening(mute)}/0"):
        began = time.monotonic()
        mail.queue([a_draft()])
        assert time.monotonic() - began < 1.5
    assert the_mail().state == "queued"
    assert "no worker could be asked to send mail: OperationalError" in caplog.messages


def listening(mute: socket.socket) -> int:
    mute.bind(("127.0.0.1", 0))
    mute.listen()
    port: int = mute.getsockname()[1]
    return port


@contextmanager
def broker_at(url: str) -> Iterator[None]:
    """Celery keeps its connections: it has to forget them before and afterwards."""
    celery: Any = app
    kept = celery.conf.broker_url
    try:
        celery.conf.broker_url, celery._pool, celery.amqp._producer_pool = url, None, None
        yield
    finally:
        celery.conf.broker_url, celery._pool, celery.amqp._producer_pool = kept, None, None


@pytest.mark.django_db(transaction=True)
def test_a_mail_being_sent_is_neither_claimed_nor_waited_for(sink: Sink) -> None:
    mail.queue([a_draft()])
    seen: list[object] = []

    def meanwhile() -> None:
        seen.extend([sending.send(pk), sending.send_due(), mail.supersede("news:")])
        connections.close_all()

    with transaction.atomic():
        pk = OutgoingMail.objects.select_for_update(no_key=True).get().pk
        other = threading.Thread(target=meanwhile)
        other.start()
        other.join(timeout=10)
    assert seen == [Outcome.TAKEN, False, 0]
    assert the_mail().attempts == 0
