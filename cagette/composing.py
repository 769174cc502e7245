"""From a row to the mail people read: the same row gives the same text, subject, Message-ID and Date each time."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.loader import get_template
from django.utils import translation

from cagette.models import MailAttachment, OutgoingMail
from cagette.money import EUR


class ChangedFileError(Exception):
    """The file in storage isn't the one that was attached."""


@dataclass(frozen=True)
class Text:
    subject: str
    text: str
    html: str


def subject_of(mail: OutgoingMail) -> str:
    """What stands above it, in one line, in its reader's language."""
    with translation.override(mail.language):
        return " ".join(_rendered(f"{mail.template}.subject.txt", _context(mail), plain=True).split())


def text_of(mail: OutgoingMail) -> Text:
    """What `mail` says, in its reader's language. Not for erased mails: their data is gone."""
    context = _context(mail)
    with translation.override(mail.language):
        return Text(
            subject=subject_of(mail),
            # Tags that print nothing leave their lines behind.
            text=re.sub(r"\n\s*\n\s*\n", "\n\n", _rendered(f"{mail.template}.txt", context, plain=True)).strip() + "\n",
            html=_rendered(f"{mail.template}.html", context, plain=False),
        )


def _context(mail: OutgoingMail) -> dict[str, Any]:
    # What was written before there were currencies is in euros.
    return {"currency": EUR, **mail.data, "site": settings.SITE_URL, "language": mail.language}


def _rendered(name: str, context: dict[str, Any], *, plain: bool) -> str:
    # Only Django's own Template can be told that plain text needs no escaping.
    template = get_template(name).template  # type: ignore[attr-defined]
    return str(template.render(Context(context, autoescape=not plain)))


def compose(mail: OutgoingMail) -> EmailMultiAlternatives:
    """The message to hand to the mail server. Raises ChangedFileError, or what storage raises for a missing file."""
    said = text_of(mail)
    message = EmailMultiAlternatives(
        subject=said.subject,
        body=said.text,
        to=[mail.recipient],
        headers={
            "Message-ID": mail.message_id,
            "Date": format_datetime(mail.created_at),
            "Auto-Submitted": "auto-generated",
            "Content-Language": mail.language,
            **_way_out(mail),
        },
    )
    message.attach_alternative(said.html, "text/html")
    for attachment in mail.attachments.order_by("pk"):
        message.attach(attachment.filename, content_of(attachment), attachment.content_type)
    return message


def _way_out(mail: OutgoingMail) -> dict[str, str]:
    """What mail programs make their "unsubscribe" button of (RFC 8058); only where the mail may be declined."""
    link = mail.data.get("unsubscribe_link")
    if not link:
        return {}
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def content_of(attachment: MailAttachment) -> bytes:
    """The attachment's bytes, which are those whose SHA-256 was written down. Raises ChangedFileError."""
    with default_storage.open(attachment.storage_name) as file:
        content: bytes = file.read()
    if hashlib.sha256(content).hexdigest() != attachment.sha256:
        raise ChangedFileError(attachment.storage_name)
    return content
