"""Something to look at: Briançon for people, larger worlds for measurements."""

from __future__ import annotations

import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from deliveries import worlds
from deliveries.demo import loading, people

SIZES = {
    "households": "so many households, a hundred to a neighbourhood",
    "products": "so many products, twenty-five to a farm",
    "rounds": "so many open rounds with their orders",
    "history": "so many past orders",
}


class Command(BaseCommand):
    help = "Load Briançon, with made-up farms and neighbours, into an empty database; or a world of a given size."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="also where DEVELOPMENT is off")
        parser.add_argument("--if-empty", action="store_true", help="leave a database that holds something else alone")
        for name, sentence in SIZES.items():
            parser.add_argument(f"--{name}", type=int, metavar="N", help=sentence)

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEVELOPMENT or options["yes"]):
            raise CommandError(_("This is a real site: made-up farms and neighbours come into it only with --yes."))
        sizes = {name: options[name] for name in SIZES if options[name] is not None}
        if sizes:
            self.build(sizes)
            return
        if not loading.is_loaded():
            if not loading.is_empty():
                if options["if_empty"]:
                    return
                raise CommandError(
                    _("The database holds farms or neighbourhoods already; the demo wants an empty one.")
                )
            self.load()
        elif not options["if_empty"]:
            self.stdout.write(_("The demo is loaded already."))
        self.tell()

    def load(self) -> None:
        # Each verb tells the log of itself, as if it had been called by somebody.
        logging.disable(logging.INFO)
        try:
            loading.load()
        finally:
            logging.disable(logging.NOTSET)

    def build(self, sizes: dict[str, int]) -> None:
        if min(sizes.values()) < 0:
            raise CommandError(_("Sizes are not negative."))
        began = time.monotonic()
        worlds.build(
            households=sizes.get("households", worlds.HOUSEHOLDS_EACH),
            products=sizes.get("products", worlds.PRODUCTS_EACH),
            open_rounds=sizes.get("rounds", 1),
            history=sizes.get("history", 0),
        )
        self.stdout.write(_("Made in %(seconds).1f s.") % {"seconds": time.monotonic() - began})

    def tell(self) -> None:
        logins = [
            (_("staff"), people.STAFF[0]),
            (_("coordinator"), people.COORDINATOR),
            (_("producer"), people.PRODUCER),
            (_("consumer"), people.CONSUMER),
            (_("professional"), people.PROFESSIONAL),
        ]
        width = max(len(role) for role, _email in logins)
        self.stdout.write(settings.SITE_URL)
        for role, email in logins:
            self.stdout.write(f"  {role:{width}}  {email}")
        if settings.DEVELOPMENT:
            self.stdout.write(_("  with a password: %(password)s") % {"password": loading.PASSWORD})
