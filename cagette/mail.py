"""Writing mails. A mail is a row first, written in the transaction of what it tells of; cagette/sending.py sends it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from cagette.errors import WrongState
from cagette.models import MailAttachment, OutgoingMail, User
from cagette.tasks import send_due_mail

logger = logging.getLogger(__name__)

# How many bodies one run erases, so that no run takes long.
ERASED_AT_ONCE = 2_000


class NothingToSendAgain(WrongState):
    """The text is gone: it was secret, or its time is over."""


@dataclass(frozen=True)
class AttachmentDraft:
    """A file to go with a mail, made from `source` (`pick-list:12:pdf`).

    `MailAttachment.fulfil` fills it in once it has been made. Where that has happened already, give its name in storage
    and its SHA-256 here; a source that another mail has ready is found by itself.
    """

    filename: str
    content_type: str
    source: str
    storage_name: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Draft:
    """A mail to write. `key` says what it is, once and for all: the same key is the same mail."""

    key: str
    template: str
    data: dict[str, Any]
    recipient: str
    language: str = "fr"
    priority: int = OutgoingMail.Priority.NEWS
    about: str = ""
    attachments: tuple[AttachmentDraft, ...] = ()
    secret: bool = False
    # Who wants it, where a person does: it is sent again, or people are reminded.
    asked_by: User | None = None


def queue(drafts: Iterable[Draft]) -> int:
    """Write the mails in the current transaction, and ask a worker to send them once it is committed; those that wait
    for a file, whoever finishes it lets go.

    Mails whose key is there already are left as they are. Returns how many were new. Two statements, four when there
    are attachments, however many mails.
    """
    by_key = {draft.key: draft for draft in drafts}
    if not by_key:
        return 0
    now = timezone.now()
    with transaction.atomic():
        OutgoingMail.objects.bulk_create([_row(draft, now) for draft in by_key.values()], ignore_conflicts=True)
        # Where a key was there already the row is older; ours carry this very moment.
        new = dict(OutgoingMail.objects.filter(key__in=by_key, created_at=now).values_list("pk", "key"))
        waiting = _attach({pk: by_key[key].attachments for pk, key in new.items()})
        if to_send := len(new) - len(waiting):
            wake(1 + to_send // 25)
    return len(new)


def _row(draft: Draft, now: Any) -> OutgoingMail:
    return OutgoingMail(
        key=draft.key,
        about=draft.about,
        priority=draft.priority,
        template=draft.template,
        data=draft.data,
        language=draft.language,
        recipient=draft.recipient,
        secret=draft.secret,
        asked_by=draft.asked_by,
        message_id=OutgoingMail.message_id_for(draft.key, settings.SITE_HOST),
        created_at=now,
    )


def _attach(drafts: dict[int, tuple[AttachmentDraft, ...]]) -> set[int]:
    """Write the attachments of mails by their ids; returns the mails that have to wait for one."""
    sources = {draft.source for attachments in drafts.values() for draft in attachments}
    if not sources:
        return set()
    made = MailAttachment.objects.filter(source__in=sources, ready_at__isnull=False)
    made = made.order_by("source", "-pk").distinct("source")
    ready = {source: (name, sha) for source, name, sha in made.values_list("source", "storage_name", "sha256")}
    now = timezone.now()
    rows = []
    for pk, attachments in drafts.items():
        for draft in attachments:
            name, sha = (draft.storage_name, draft.sha256) if draft.storage_name else ready.get(draft.source, ("", ""))
            rows.append(
                MailAttachment(
                    mail_id=pk,
                    filename=draft.filename,
                    content_type=draft.content_type,
                    source=draft.source,
                    storage_name=name,
                    sha256=sha,
                    ready_at=now if name else None,
                )
            )
    MailAttachment.objects.bulk_create(rows, ignore_conflicts=True)
    return {row.mail_id for row in rows if row.ready_at is None}


def wake(workers: int = 1) -> None:
    """Ask up to four workers, once the current transaction is committed, to send what is due.

    To be called too when attachments have become ready. A broker that is away costs a second and nothing else: the
    sweep finds the mails.
    """
    transaction.on_commit(partial(_wake, min(workers, 4)), robust=True)


def _wake(workers: int) -> None:
    try:
        for _n in range(workers):
            send_due_mail.apply_async(retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("no worker could be asked to send mail: %s", type(error).__name__)


def supersede(prefix: str, *, but: str = "") -> int:
    """Take back the mails whose key starts with `prefix` (and not with `but`) that haven't left; returns how many.

    One that is being sent at this moment is past recall, and isn't waited for.
    """
    with transaction.atomic():
        mails = OutgoingMail.objects.unfinished().filter(key__startswith=prefix)
        if but:
            mails = mails.exclude(key__startswith=but)
        pks = [mail.pk for mail in mails.select_for_update(no_key=True, skip_locked=True).only("pk")]
        return OutgoingMail.objects.filter(pk__in=pks).update(superseded_at=timezone.now())


def send_again(mail: OutgoingMail, *, by: User | None) -> OutgoingMail:
    """A new mail with the same text and files, keyed `<key>/2`, `<key>/3` and so on; it remembers who asked for it.

    Raises NothingToSendAgain for sign-in codes and for mails whose text has been erased.
    """
    if mail.secret or mail.erased_at is not None:
        raise NothingToSendAgain(_("The text of this mail has been erased: it can't be sent again."))
    first = re.sub(r"/\d+$", "", mail.key)
    sendings = OutgoingMail.objects.filter(Q(key=first) | Q(key__startswith=f"{first}/")).count()
    draft = Draft(
        key=f"{first}/{sendings + 1}",
        template=mail.template,
        data=mail.data,
        recipient=mail.recipient,
        language=mail.language,
        priority=mail.priority,
        about=mail.about,
        asked_by=by,
        attachments=tuple(
            AttachmentDraft(file.filename, file.content_type, file.source, file.storage_name, file.sha256)
            for file in mail.attachments.all()
        ),
    )
    # No lock: the first row's is held while it is being sent. Two people who press at once have asked for one sending.
    queue([draft])
    logger.info("mail %s sent again by user %s", mail.pk, by.pk if by else "none")
    return OutgoingMail.objects.get(key=draft.key)


def erase_old() -> int:
    """Erase the text of mails that are done and older than MAIL_KEPT_DAYS; returns how many."""
    horizon = timezone.now() - timedelta(days=settings.MAIL_KEPT_DAYS)
    done = OutgoingMail.objects.exclude(sent_at=None, failed_at=None, superseded_at=None)
    old = done.filter(erased_at=None, created_at__lt=horizon).order_by("pk").values("pk")[:ERASED_AT_ONCE]
    return OutgoingMail.objects.filter(pk__in=old).update(data={}, subject="", erased_at=timezone.now())
