"""For a container's health check: has this host's worker, or beat, turned lately?"""

import socket
from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cagette import heartbeats


class Command(BaseCommand):
    help = "Exit with 1 unless a worker, or the beat, of this host has turned within the last half minute."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=["worker", "beat"])

    def handle(self, *args: Any, kind: str, **options: Any) -> None:
        try:
            here = [name for name in heartbeats.seen(kind) if name.startswith(f"{socket.gethostname()}:")]
        except redis.RedisError:
            # The process may be well; the broker's own check tells of the broker.
            return
        if not here:
            raise CommandError(f"No {kind} has turned on {socket.gethostname()} lately.")
