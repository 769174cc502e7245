"""Forgetting a person who leaves: names and contacts go, amounts stay. Each app forgets its own part, in one
transaction that deliveries/scrubbing.py holds; docs/operations.md says what stays, why and for how long.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cagette.disclosing import addresses_of
from cagette.models import OutgoingMail, User


@dataclass(frozen=True)
class Obstacle:
    """What has to be done before somebody can leave: about what, why, and where it is done."""

    about: str
    why: str
    link: str = ""


@contextmanager
def redaction() -> Iterator[None]:
    """Lets the personal columns of append-only tables be emptied, and nothing else, until the block ends."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('cagette.redaction', 'on', true)")
        yield
        cursor.execute("SELECT set_config('cagette.redaction', '', true)")


def give_up(user: User) -> list[Obstacle]:
    """Somebody has to be able to run the site."""
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if user.is_superuser and not others.exists():
        return [Obstacle(_("Administration"), _("You are the last who runs this site: name somebody else first."))]
    return []


def scrub(user: User) -> None:
    """The account: its ways in, its mails, and at last its row, which others refer to and which stays, empty."""
    _forget_mails(user)
    OutgoingMail.objects.filter(asked_by=user).update(asked_by=None)
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=kind, object_id=str(user.pk)).update(object_repr=f"User {user.pk}")
    user.groups.clear()
    user.user_permissions.clear()
    user.email, user.name, user.phone = placeholder(user), "", ""
    user.set_unusable_password()
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login, user.scrubbed_at = None, timezone.now()
    user.save()


def placeholder(user: User, nth: int = 0) -> str:
    """An address that is nobody's (RFC 2606) and theirs alone; `nth` for those they had beside their own."""
    return f"gone-{user.pk}{f'-{nth}' if nth else ''}@scrubbed.invalid"


def _forget_mails(user: User) -> None:
    """What hasn't left never will; of what was sent it is kept that it was. One that is just leaving is waited for."""
    replaced = {address: placeholder(user, nth) for nth, address in enumerate(sorted(addresses_of(user)))}
    now = timezone.now()
    mails = list(OutgoingMail.objects.filter(recipient__in=replaced).order_by("pk").select_for_update(no_key=True))
    for mail in mails:
        if mail.state == "queued":
            mail.superseded_at = now
        mail.key = mail.key.replace(mail.recipient, replaced[mail.recipient])
        mail.message_id = OutgoingMail.message_id_for(mail.key, settings.SITE_HOST)
        mail.recipient, mail.data, mail.subject, mail.last_error = replaced[mail.recipient], {}, "", ""
        mail.erased_at = mail.erased_at or now
    fields = ["superseded_at", "key", "message_id", "recipient", "data", "subject", "last_error", "erased_at"]
    OutgoingMail.objects.bulk_update(mails, fields, batch_size=500)
