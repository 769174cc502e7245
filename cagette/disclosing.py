"""What is kept about a person in this app, as plain JSON; docs/operations.md has the shape of the whole."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from cagette.models import OutgoingMail, User


def of(user: User) -> dict[str, Any]:
    """The account itself, how it is signed in to, and the mails it got or had sent. Six statements."""
    return {
        "account": {
            "email": user.email,
            "name": user.name,
            "phone": user.phone,
            "language": user.language,
            "joined": user.date_joined,
            "last_signed_in": user.last_login,
            "staff": user.is_staff,
            "password": user.has_usable_password(),
            "addresses": list(
                EmailAddress.objects.filter(user=user).order_by("pk").values("email", "verified", "primary")
            ),
            "ways_in": [
                {
                    "kind": found.type,
                    "name": found.data.get("name", ""),
                    "added": found.created_at,
                    "last_used": found.last_used_at,
                }
                for found in Authenticator.objects.filter(user=user).order_by("pk")
            ],
            "devices": [
                {
                    "since": found.created_at,
                    "last_seen": found.last_seen_at,
                    "ip": found.ip,
                    "browser": found.user_agent,
                }
                for found in UserSession.objects.filter(user=user).order_by("pk")
            ],
        },
        "mails": [
            {"written": mail.created_at, "sent": mail.sent_at, "state": mail.state, "subject": mail.subject}
            for mail in OutgoingMail.objects.filter(recipient__in=addresses_of(user)).order_by("pk").defer("data")
        ],
        # Their text is their readers'.
        "mails_asked_for": [
            {"written": mail.created_at, "sent": mail.sent_at, "state": mail.state, "subject": mail.subject}
            for mail in OutgoingMail.objects.filter(asked_by=user).order_by("pk").defer("data")
        ],
    }


def addresses_of(user: User) -> set[str]:
    """All the addresses by which we know them."""
    return {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
