"""Sending the mails that are due: by any number of workers at once, each mail once.

A sending is two transactions. The first counts the attempt and puts off the next one. The second holds the row's lock
while the mail goes out, and records the outcome: a worker that is killed in it leaves the row unfinished and its lock
free, and a later `send_due` tries again under the same Message-ID. A worker that loses the database meanwhile keeps
what the server accepted in mind until it can write it down. Only a worker killed between the server's 250 and our
commit makes a mail go twice.
"""

from __future__ import annotations

import logging
import smtplib
import time
from datetime import timedelta
from email.errors import MessageError
from enum import Enum

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from cagette.composing import compose
from cagette.logs import scrubbed
from cagette.models import MailAttachment, OutgoingMail

logger = logging.getLogger(__name__)

# With the waits of `wait_after`: six attempts in the first hour, then one an hour for two days.
MAX_ATTEMPTS = 53
LONGEST_WAIT_FACTOR = 60
# A sign-in code is of no use any more by then.
SECRET_LIFETIME = timedelta(minutes=15)
# How long one run goes on before it makes room for others. A sending that has begun is finished.
BATCH_SECONDS = 5.0
# How long a worker waits for a database that went away while the server took its mail: with the sending, less than a
# task may take (CELERY_TASK_SOFT_TIME_LIMIT).
RECORDING_PATIENCE_SECONDS = 150
RECORDING_PAUSE_SECONDS = 0.5


class Outcome(Enum):
    SENT = "sent"
    REFUSED = "refused"  # this mail, for good
    PUT_OFF = "put off"  # this mail, for now
    UNREACHABLE = "unreachable"  # no mail at all can leave just now
    TAKEN = "taken"  # somebody else has it, or it is done


def wait_after(attempts: int) -> timedelta:
    """How long after its `attempts`-th attempt a mail waits: doubling from MAIL_RETRY_SECONDS to sixty times that."""
    factor = min(2 ** (attempts - 1), LONGEST_WAIT_FACTOR)
    return timedelta(seconds=settings.MAIL_RETRY_SECONDS * factor)


class Postman:
    """One connection to the mail server, opened when first needed and dropped after any trouble."""

    def __init__(self) -> None:
        self.connection: BaseEmailBackend | None = None

    def __enter__(self) -> Postman:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.drop()

    def deliver(self, message: EmailMessage) -> None:
        """Returns once the server has accepted the message, and raises otherwise."""
        if self.connection is None:
            self.connection = get_connection()
            try:
                self.connection.open()
            except ValueError as error:
                # A host or a password that can't be sent: the same for the next mail.
                raise OSError(f"{type(error).__name__} while connecting") from None
        self.connection.send_messages([message])
        if not settings.EMAIL_HOST:
            # Mails that become files become one file each.
            self.drop()

    def drop(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            try:
                connection.close()
            except (smtplib.SMTPException, OSError):
                logger.debug("the connection was gone already")


def send(mail_id: int) -> Outcome:
    """Send this mail if it is due."""
    with Postman() as postman:
        return _send(mail_id, postman) if _claim(mail_id) is not None else Outcome.TAKEN


def send_due(*, seconds: float = BATCH_SECONDS) -> bool:
    """Send what is due, the most urgent first, for about `seconds`; returns whether there may be more to send now."""
    _adopt_finished_files()
    ends = time.monotonic() + seconds
    with Postman() as postman:
        while time.monotonic() < ends:
            mail_id = _claim()
            if mail_id is None or _send(mail_id, postman) is Outcome.UNREACHABLE:
                return False
    return True


def _claim(mail_id: int | None = None) -> int | None:
    """Count an attempt on the most urgent mail that is due (or on this one), in a transaction of its own."""
    with transaction.atomic():
        due = OutgoingMail.objects.claimable().select_for_update(no_key=True, skip_locked=True, of=("self",))
        mail = (due if mail_id is None else due.filter(pk=mail_id)).first()
        if mail is None:
            return None
        attempts = mail.attempts + 1
        OutgoingMail.objects.filter(pk=mail.pk).update(
            attempts=F("attempts") + 1, next_attempt_at=Now() + wait_after(attempts)
        )
    return mail.pk


def _send(mail_id: int, postman: Postman) -> Outcome:
    accepted: list[OutgoingMail] = []
    try:
        return _send_held(mail_id, postman, accepted)
    except (OperationalError, InterfaceError):
        if not accepted:
            raise
    _record_late(accepted[0])
    return Outcome.SENT


def _send_held(mail_id: int, postman: Postman, accepted: list[OutgoingMail]) -> Outcome:
    """Send the mail with its row locked. What the server took is put into `accepted`, whatever our commit does."""
    with transaction.atomic():
        unfinished = OutgoingMail.objects.unfinished().filter(pk=mail_id)
        # Waits, if need be: another worker looking for its next mail may hold the row for a moment, find that it has
        # been claimed, and let it go. Passing over it here would put the mail off for nothing.
        mail = unfinished.select_for_update(no_key=True).first()
        if mail is None:
            return Outcome.TAKEN
        if mail.attempts > MAX_ATTEMPTS:
            return _fail(mail, mail.last_error or "Every attempt was cut short.", Outcome.REFUSED)
        if mail.secret and mail.created_at < timezone.now() - SECRET_LIFETIME:
            return _fail(mail, "It came too late to be of use.", Outcome.REFUSED)
        try:
            message = compose(mail)
        except DatabaseError:
            raise
        except Exception as error:
            # Whatever is wrong with this one (its template, its data, its files), the others still have to go.
            logger.exception("mail %s could not be written", mail.pk)
            return _fail(mail, reason(error), Outcome.PUT_OFF)
        try:
            postman.deliver(message)
        except (smtplib.SMTPException, OSError) as error:
            postman.drop()
            outcome = judge(error)
            logger.warning("mail %s: %s, %s", mail.pk, outcome.value, reason(error))
            return _fail(mail, reason(error), outcome)
        except (ValueError, MessageError) as error:
            # An address or a header that no mail can hold: the others still have to go.
            postman.drop()
            logger.warning("mail %s can't be written as bytes: %s", mail.pk, reason(error))
            return _fail(mail, reason(error), Outcome.PUT_OFF)
        mail.sent_at, mail.last_error = timezone.now(), ""
        # The subject of a sign-in code is the code.
        mail.subject = "" if mail.secret else message.subject[:300]
        accepted.append(mail)
        _finish(mail)
    return Outcome.SENT


def _record_late(mail: OutgoingMail) -> None:
    """Write down that the server has the mail, as soon as the database is back; otherwise it would go again."""
    ends = time.monotonic() + RECORDING_PATIENCE_SECONDS
    while True:
        connection.close()
        try:
            with transaction.atomic():
                row = OutgoingMail.objects.unfinished().filter(pk=mail.pk).select_for_update(no_key=True)
                if row.first() is not None:
                    _finish(mail)
            return
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() > ends:
                raise
            logger.warning("mail %s is sent, and could not be recorded: %s", mail.pk, type(error).__name__)
        time.sleep(RECORDING_PAUSE_SECONDS)


def judge(error: Exception) -> Outcome:
    """What an error says of the mail: refused for good only by a permanent (5xx) answer about this very mail."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            codes = [code for code, _answer in error.recipients.values()]
            return Outcome.REFUSED if all(code >= 500 for code in codes) else Outcome.PUT_OFF
        case smtplib.SMTPDataError():
            return Outcome.REFUSED if error.smtp_code >= 500 else Outcome.PUT_OFF
        case _:
            # The sender, the greeting, the password, the network: the same for the next mail.
            return Outcome.UNREACHABLE


def reason(error: Exception) -> str:
    """The class of the error and what the server answered, without anybody's address."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, answer = next(iter(error.recipients.values()))
            said = f"{code} {_decoded(answer)}"
        case smtplib.SMTPResponseException():
            said = f"{error.smtp_code} {_decoded(error.smtp_error)}"
        case _:
            said = str(error)
    return scrubbed(f"{type(error).__name__}: {said}")[:500]


def _decoded(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer


def _fail(mail: OutgoingMail, why: str, outcome: Outcome) -> Outcome:
    mail.last_error = why
    if outcome is Outcome.REFUSED or mail.attempts >= MAX_ATTEMPTS:
        mail.failed_at = timezone.now()
    _finish(mail)
    return outcome


def _finish(mail: OutgoingMail) -> None:
    if mail.secret and (mail.sent_at or mail.failed_at):
        mail.data, mail.erased_at = {}, timezone.now()
    mail.save(update_fields=["subject", "sent_at", "failed_at", "last_error", "data", "erased_at"])


def _adopt_finished_files() -> None:
    """Fill in attachments whose file was finished for another mail in the moment they were written."""
    waiting = MailAttachment.objects.filter(ready_at=None, mail__in=OutgoingMail.objects.unfinished())
    sources = list(waiting.values_list("source", flat=True).distinct())
    made = MailAttachment.objects.filter(source__in=sources, ready_at__isnull=False)
    # As good as never is there one; so the others must cost next to nothing.
    for file in made.order_by("source", "-pk").distinct("source"):
        MailAttachment.fulfil(file.source, storage_name=file.storage_name, sha256=file.sha256, at=timezone.now())
