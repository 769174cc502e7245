"""Delete somebody's account who asks for it otherwise than on their own page: by letter, without their mailbox."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cagette.models import User
from deliveries import scrubbing


class Command(BaseCommand):
    help = "Delete the account with this address, as its owner can under My account. See docs/operations.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = User.objects.filter(email=email.lower(), scrubbed_at=None).first()
        if user is None:
            raise CommandError("There is no account with this address.")
        try:
            scrubbing.scrub(user)
        except scrubbing.StillNeeded as error:
            lines = [f"  {found.about}: {found.why}" for found in scrubbing.obstacles(user)]
            raise CommandError("\n".join([str(error), *lines])) from None
        self.stdout.write(f"User {user.pk} is forgotten.")
