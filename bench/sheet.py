"""The order sheet of rounds of different sizes, opened by a signed-in member who has an order of ten lines there."""

from __future__ import annotations

import argparse
import gzip
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.stage import copy, p95, report, server_log, web

if TYPE_CHECKING:
    from bench.visitors import Page

HOUSEHOLDS = 50
LINES = 10
PRODUCTS_EACH = 25
# The sizes take turns, so that a busy moment of the machine is shared by all.
TURNS, LOOKS_EACH = 6, 10
# As deploy/Caddyfile's proxy does: pages leave the web server as they are.
GZIP_LEVEL = 5
TARGETS = {"queries": "all the same", "p95_ms": "<= 100 at 200"}


@dataclass
class Measured:
    path: str
    times_ms: list[float] = field(default_factory=list)
    queries: int = 0
    bytes: int = 0


def run(arguments: list[str], files: Path) -> None:
    options = argparse.ArgumentParser("sheet")
    options.add_argument("--products", default="50,200,1000", help="sizes of the rounds, with commas between")
    sizes = [int(size) for size in options.parse_args(arguments).products.split(",")]

    from django.db import connection

    from bench import statements
    from bench.visitors import Visitor, crowd
    from cagette import processes
    from deliveries import worlds
    from orders.models import Household

    place = worlds.neighbourhood("Banc d'essai", HOUSEHOLDS)
    sheets = {}
    for size in sizes:
        stalls = max(1, round(size / PRODUCTS_EACH))
        round_ = worlds.open_round(place, worlds.farms(stalls, -(-size // stalls), stock=100_000))
        worlds.confirmed_orders(round_, lines=LINES)
        sheets[size] = Measured(f"/rounds/{round_.pk}/")
    member = Household.objects.filter(neighbourhood=place).order_by("pk")[1].memberships.get().user
    visitor = Visitor.of(member)
    base = str(connection.settings_dict["NAME"])
    port = processes.free_port()
    with copy(base, f"{base}_logged") as logged:
        with web(port, files / "timed.log", processes.database_url(base)):
            for sheet in sheets.values():
                sheet.bytes = _size(visitor.look(port, sheet.path))
                crowd(port, [[visitor.looking(port, sheet.path)] * 3] * 2)
            for _turn in range(TURNS):
                for sheet in sheets.values():
                    visit = crowd(port, [[visitor.looking(port, sheet.path)] * LOOKS_EACH])
                    if visit.errors:
                        raise RuntimeError(visit.errors[0])
                    sheet.times_ms += visit.times_ms
        with web(port, files / "logged.log", logged, **statements.LOGGED):
            for sheet in sheets.values():
                offset = server_log().stat().st_size
                visitor.look(port, sheet.path)
                (asked,) = statements.asked_since(server_log(), offset, {visitor.session})
                sheet.queries = len(asked.statements)
    report(
        {
            "queries": {str(size): sheet.queries for size, sheet in sheets.items()},
            "p95_ms": {str(size): round(p95(sheet.times_ms), 1) for size, sheet in sheets.items()},
            "bytes": {str(size): sheet.bytes for size, sheet in sheets.items()},
        },
        targets=TARGETS,
    )


def _size(page: Page) -> int:
    """What travels, compressed."""
    if page.status != 200:
        raise RuntimeError(f"{page.status}: {page.body[:500].decode(errors='replace')}")
    if "Content-Encoding" in page.headers:
        return len(page.body)
    return len(gzip.compress(page.body, GZIP_LEVEL))
