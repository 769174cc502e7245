"""Mails get there, whatever happens to workers, mail server and broker, with nobody's help."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from cagette import mail
from cagette.models import OutgoingMail
from tests.faults.conftest import Ground
from tests.running import Server, serving
from tests.smtp import Received, SmtpSink

PDF = b"%PDF-1.7 " + bytes(200_000)
TO = "ferme@example.org"


@pytest.fixture
def server(ground: Ground, smtp_sink: SmtpSink, tmp_path: Path) -> Iterator[Server]:
    """As everywhere, with waits short enough for a test."""
    address = ground.postgres.url("cagette")
    with serving(smtp_sink, tmp_path, DATABASE_URL=address, MAIL_RETRY_SECONDS="2", EMAIL_TIMEOUT="1.5") as server:
        yield server


def write(key: str) -> None:
    """One mail with a PDF, as a closing writes it."""
    digest = hashlib.sha256(PDF).hexdigest()
    name = default_storage.save("lists/list.pdf", ContentFile(PDF))
    file = mail.AttachmentDraft("list.pdf", "application/pdf", f"{key}:pdf", name, digest)
    mail.queue([mail.Draft(key, "cagette/mail/no_account", {}, TO, attachments=(file,))])


def kill_the_worker(server: Server) -> None:
    server.worker.kill()
    server.worker = server.start("worker")


def wait_until_sent(key: str, *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while OutgoingMail.objects.get(key=key).sent_at is None:
        assert time.monotonic() < deadline, OutgoingMail.objects.get(key=key).last_error
        time.sleep(0.05)


def came(sink: SmtpSink, key: str) -> list[Received]:
    message_id = OutgoingMail.objects.get(key=key).message_id
    return [received for received in sink.received if received.message_id == message_id]


@contextmanager
def outcomes_held_up(ground: Ground) -> Iterator[psycopg.Connection]:
    """No worker can record an outcome meanwhile: its UPDATE waits for this table lock (row locks go on)."""
    with psycopg.connect(ground.postgres.url("cagette")) as connection:
        connection.execute("LOCK TABLE cagette_outgoingmail IN SHARE MODE")
        yield connection


def wait_for_an_update_held_up(connection: psycopg.Connection) -> None:
    waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'cagette_outgoingmail'::regclass"
    deadline = time.monotonic() + 30
    while connection.execute(waiting).fetchone() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_worker_killed_while_sending_leaves_a_mail_that_goes_all_the_same(
    server: Server, ground: Ground, smtp_sink: SmtpSink
) -> None:
    server.environment["EMAIL_TIMEOUT"] = "60"
    kill_the_worker(server)
    for point, behaviour in (("before", "hang before data"), ("during", "hang during data")):
        smtp_sink.behave(behaviour)  # type: ignore[arg-type]
        write(f"{point}:1")
        assert smtp_sink.hanging.wait(60)
        kill_the_worker(server)
        smtp_sink.behave("accept")
        wait_until_sent(f"{point}:1")
        [received] = came(smtp_sink, f"{point}:1")
        assert received.attachments("application/pdf") == [PDF]
        assert OutgoingMail.objects.get(key=f"{point}:1").attempts == 2


def test_a_worker_killed_between_the_servers_250_and_our_commit_sends_the_same_again(
    server: Server, ground: Ground, smtp_sink: SmtpSink
) -> None:
    server.environment["EMAIL_TIMEOUT"] = "60"
    kill_the_worker(server)
    smtp_sink.behave("hang during data")
    write("after:1")
    assert smtp_sink.hanging.wait(60)
    with outcomes_held_up(ground) as connection:
        smtp_sink.behave("accept")
        wait_for_an_update_held_up(connection)
        kill_the_worker(server)
    wait_until_sent("after:1")
    first, second = came(smtp_sink, "after:1")
    assert first.attachments("application/pdf") == second.attachments("application/pdf") == [PDF]


def test_mails_outlast_a_mail_server_that_refuses_and_hangs_and_a_broker_that_loses_all(
    server: Server, ground: Ground, smtp_sink: SmtpSink
) -> None:
    smtp_sink.behave("refuse")
    for n in range(3):
        write(f"news:{n}")
    wait_until_tried()
    smtp_sink.behave("hang before data")
    assert smtp_sink.hanging.wait(60)
    ground.valkey.kill()
    write("news:3")
    ground.valkey.start()
    smtp_sink.behave("accept")
    for n in range(4):
        wait_until_sent(f"news:{n}", seconds=60)
        [received] = came(smtp_sink, f"news:{n}")
        assert received.attachments("application/pdf") == [PDF]


def wait_until_tried() -> None:
    deadline = time.monotonic() + 30
    while not OutgoingMail.objects.filter(last_error__contains="451 4.3.2 Try again later").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
