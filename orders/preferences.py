"""Which mails somebody takes, chosen without signing in: by signed links at the foot of the mails themselves.

What concerns an order that is confirmed (news, a recap that corrects another) is nobody's to decline, so it carries no
link to unsubscribe by; the link to all choices stands under every mail to a household.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.core import signing
from django.urls import reverse

from orders.models import Membership

logger = logging.getLogger(__name__)

SIGNER = signing.Signer(salt="orders.mails")

# What may be declined, with the field that says whether it is wanted.
KINDS = {"openings": "mail_openings", "reminders": "mail_reminders", "recaps": "mail_recaps"}


def links(membership_id: int, kind: str = "") -> dict[str, str]:
    """What goes into the data of a mail to this member: the link to all choices, and of a kind that may be declined the
    one that declines it (RFC 8058). They work for as long as the membership does.
    """
    token = SIGNER.sign_object(membership_id)
    found = {"preferences_link": settings.SITE_URL + reverse("orders:mails", args=[token])}
    if kind:
        found["unsubscribe_link"] = settings.SITE_URL + reverse("orders:unsubscription", args=[token, kind])
    return found


def membership_from_token(token: str) -> Membership | None:
    """Whose link it is; theirs as well who have left the household since. None for a guess, and for who has left us."""
    try:
        pk = SIGNER.unsign_object(token)
    except signing.BadSignature:
        return None
    memberships = Membership.objects.select_related("household__neighbourhood", "user")
    return memberships.filter(pk=pk, user__scrubbed_at=None).first()


def choose(membership: Membership, kind: str, *, wanted: bool) -> None:
    """Take or decline one kind of mail; saying it twice changes nothing."""
    Membership.objects.filter(pk=membership.pk).update(**{KINDS[kind]: wanted})
    logger.info("membership %s: %s %s by link", membership.pk, kind, "wanted" if wanted else "declined")
