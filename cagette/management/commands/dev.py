"""Everything on one machine: what `bin/dev` runs once the machine is set up."""

import io
import os
import signal
import socket
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.urls import reverse
from django.utils.translation import gettext as _
from honcho.manager import Manager

from cagette import embedded

# In development one ASGI process serves pages and streams at one address.
PROCESSES = {"site": "bin/run live --reload", "worker": "bin/run worker", "beat": "bin/run beat"}


class Command(BaseCommand):
    help = "Start the database, the broker and every process, with the demo loaded."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError("This is for a developer's machine; docs/operations.md tells how to run the real thing.")
        port = int(os.environ.get("PORT") or 8000)
        refuse_taken(port)
        for name in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, leave)
        home = settings.EMBEDDED.home
        if not os.environ.get("DATABASE_URL"):
            embedded.warn_root(home)
        with settings.EMBEDDED.held(
            postgres=not os.environ.get("DATABASE_URL"), valkey=not os.environ.get("REDIS_URL")
        ):
            if not os.environ.get("DATABASE_URL"):
                settings.EMBEDDED.postgres.ensure_database("cagette")
            call_command("migrate", verbosity=0)
            call_command("createcachetable", verbosity=0)
            logins = io.StringIO()
            call_command("demo", if_empty=True, stdout=logins)
            connections.close_all()
            run(port, greeting(logins.getvalue() or settings.SITE_URL))


def greeting(logins: str) -> str:
    """Where Cagette is, who may come in, and where its mail goes."""
    lines = [*logins.splitlines(), ""]
    if settings.EMAIL_FILE_PATH:
        lines.append(_("Mail that leaves is in %(path)s") % {"path": settings.EMAIL_FILE_PATH})
    mails = settings.SITE_URL + reverse("admin:cagette_outgoingmail_changelist")
    lines += [_("All mail, for staff: %(address)s") % {"address": mails}, _("Ctrl-C ends it.")]
    return "\n".join(f"  {line}".rstrip() for line in lines)


def run(port: int, greeting: str) -> None:
    manager = Manager()
    for name, command in PROCESSES.items():
        # That root runs it has been said, in one line.
        quiet = "ignore:You're running the worker with superuser privileges"
        environment = os.environ | {"PORT": str(port), "PYTHONWARNINGS": quiet}
        manager.add_process(name, command, cwd=str(settings.BASE_DIR), env=environment)
    threading.Thread(target=tell_when_ready, args=(port, greeting), daemon=True).start()
    manager.loop()
    if manager.returncode:
        sys.exit(manager.returncode)


def tell_when_ready(port: int, greeting: str) -> None:
    for _attempt in range(600):
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
            print(f"\n{greeting}\n", flush=True)
            return
        time.sleep(0.1)


def refuse_taken(port: int) -> None:
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            raise CommandError(f"Something else listens on port {port}. Another one: PORT={port + 1} bin/dev") from None


def leave(signal_number: int, frame: FrameType | None) -> None:
    """End in order, so that the embedded servers are stopped too."""
    sys.exit(128 + signal_number)
