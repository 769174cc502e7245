"""Fifty households fill in their sheets and order, eight of them at a time, through the web server of production.

Three passes do the same on copies of one world: one is timed, one is logged by PostgreSQL, and in the last bare
psycopg replays what the log holds, commits and all: that is the floor. Each does the changes first (every household
fills in ten lines, four times over), then the confirmations (each of all ten lines, one piece more every time).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg

from bench.stage import WEB_WORKERS, copy, p95, report, server_log, web

if TYPE_CHECKING:
    from bench.statements import Asked
    from bench.visitors import Visitor
    from orders.models import Household, Offer

HOUSEHOLDS = 50
AT_A_TIME = 8
STALLS, PRODUCTS_EACH = 6, 10
LINES = 10
CHANGES_EACH = 40
CONFIRMATIONS_EACH = 8
# Orders of other sizes, to see that their statements are as many.
SIZES = (1, 10, 40)
TARGETS = {
    "change_p95_ms": "<= 100",
    "confirmation_p95_ms": "<= 150",
    "statements_per_change": "<= 5",
    "statements_per_confirmation": "<= 14",
    "errors": "0",
    "change_ratio": ">= 0.2",
    "confirmation_ratio": ">= 0.2",
    "statements_by_lines": "all the same",
}


@dataclass
class Sheet:
    """A household's sheet as its phone has it, and who fills it in."""

    household: Household
    visitor: Visitor
    offers: list[Offer]
    wanted: dict[int, int] = field(default_factory=dict)
    confirmed: dict[int, int] = field(default_factory=dict)

    def changes(self, port: int, round_id: int, number: int) -> list[bytes]:
        """One piece more of one offer after the other."""
        return [self._change(port, round_id, self.offers[n % len(self.offers)]) for n in range(number)]

    def confirmations(self, port: int, round_id: int, number: int) -> list[bytes]:
        """What the sheet holds; and then, each time, one piece more of everything."""
        return [self._confirmation(port, round_id, more=min(n, 1)) for n in range(number)]

    def _change(self, port: int, round_id: int, offer: Offer) -> bytes:
        seen = self.wanted.get(offer.pk, 0)
        self.wanted[offer.pk] = seen + 1
        form = {
            "key": uuid4(),
            "household": self.household.pk,
            "stall": offer.stall_id,
            "offer": offer.pk,
            "seen": seen,
            "wanted": seen + 1,
            "tolerance": 0,
        }
        return self.visitor.posting(port, f"/rounds/{round_id}/changes/", form)

    def _confirmation(self, port: int, round_id: int, *, more: int) -> bytes:
        form: dict[str, object] = {"key": uuid4(), "household": self.household.pk}
        for offer in self.offers:
            wanted, confirmed = self.wanted[offer.pk], self.confirmed.get(offer.pk, 0)
            form[f"quantity-{offer.pk}"] = wanted + more
            form[f"extra-{offer.pk}"] = 0
            form[f"shown-{offer.pk}"] = f"{offer.stall_id}/{wanted}/0/{confirmed}/0/{offer.price}"
            self.wanted[offer.pk] = self.confirmed[offer.pk] = wanted + more
        return self.visitor.posting(port, f"/rounds/{round_id}/confirmation/", form)


def run(arguments: list[str], files: Path) -> None:
    from django.db import connection

    from bench import statements
    from bench.visitors import crowd
    from cagette import processes

    if arguments:
        raise SystemExit("bin/bench ordering takes no options.")
    round_id, sheets, samples = _world()
    port = processes.free_port()
    sessions = {sheet.visitor.session for sheet in [*sheets, *samples]}
    base = str(connection.settings_dict["NAME"])
    with copy(base, f"{base}_logged") as logged, copy(base, f"{base}_floor") as floor:
        with web(port, files / "timed.log", processes.database_url(base)):
            _look_around(port, round_id, [*sheets, *samples])
            changes = _dealt([sheet.changes(port, round_id, CHANGES_EACH) for sheet in sheets])
            confirmations = _dealt([sheet.confirmations(port, round_id, CONFIRMATIONS_EACH) for sheet in sheets])
            changing = crowd(port, changes)
            confirming = crowd(port, confirmations)
        with web(port, files / "logged.log", logged, **statements.LOGGED):
            changes_asked = _logged(port, changes, sessions)
        # Lines have got their ids meanwhile, in whatever order: the confirmations' floor starts from these.
        with copy(f"{base}_logged", f"{base}_floor_2") as floor_2:
            with web(port, files / "logged_2.log", logged, **statements.LOGGED):
                confirmations_asked = _logged(port, confirmations, sessions)
                by_lines = _statements_by_lines(port, round_id, samples, sessions)
            change_floor = _floor(floor, changes_asked, sheets)
            confirmation_floor = _floor(floor_2, confirmations_asked, sheets)
            _expect_the_same(processes.database_url(base), floor_2)
    errors = [*changing.errors, *confirming.errors]
    for error in errors[:5]:
        print(error)
    report(
        {
            "changes": len(changing.times_ms),
            "changes_per_s": round(changing.per_second, 1),
            "change_p95_ms": round(p95(changing.times_ms), 1),
            "statements_per_change": statements.count(changes_asked),
            "confirmations": len(confirming.times_ms),
            "confirmations_per_s": round(confirming.per_second, 1),
            "confirmation_p95_ms": round(p95(confirming.times_ms), 1),
            "statements_per_confirmation": statements.count(confirmations_asked),
            "statements_by_lines": by_lines,
            "errors": len(errors),
            "change_floor_per_s": round(change_floor, 1),
            "change_ratio": round(changing.per_second / change_floor, 3),
            "confirmation_floor_per_s": round(confirmation_floor, 1),
            "confirmation_ratio": round(confirming.per_second / confirmation_floor, 3),
        },
        targets=TARGETS,
    )


def _world() -> tuple[int, list[Sheet], list[Sheet]]:
    """An open round with 60 offers; the sheets of the crowd, and one for each of `SIZES`.

    Orders exist before the copies are made, so that they have the same ids in all of them.
    """
    from bench.visitors import Visitor
    from deliveries import worlds
    from orders.models import Household, Offer, Order

    place = worlds.neighbourhood("Banc d'essai", HOUSEHOLDS + len(SIZES))
    round = worlds.open_round(place, worlds.farms(STALLS, PRODUCTS_EACH, stock=100_000))
    offers = list(Offer.objects.filter(stall__round=round).order_by("pk"))
    sheets = []
    for n, household in enumerate(Household.objects.filter(neighbourhood=place).order_by("pick_up_number")):
        lines = LINES if n < HOUSEHOLDS else SIZES[n - HOUSEHOLDS]
        # Seven and the number of offers have no common divisor: different offers of several farms.
        chosen = [offers[(n + 7 * k) % len(offers)] for k in range(lines)]
        Order.objects.create(round=round, household=household)
        sheets.append(Sheet(household, Visitor.of(household.memberships.get().user), chosen))
    return round.pk, sheets[:HOUSEHOLDS], sheets[HOUSEHOLDS:]


def _look_around(port: int, round_id: int, sheets: Sequence[Sheet]) -> None:
    """Everybody opens their sheet, which gives them its token, and wakes the web server."""
    for sheet in sheets:
        page = sheet.visitor.look(port, f"/rounds/{round_id}/")
        if page.status != 200 or not sheet.visitor.token:
            raise RuntimeError(f"{page.status}: {page.body[:2000].decode()}")


def _dealt(of_households: Sequence[Sequence[bytes]]) -> list[list[bytes]]:
    """What the households have to send, dealt out to so many queues as there are at a time; in a queue they take
    turns.
    """
    queues = []
    for first in range(AT_A_TIME):
        turns = zip(*of_households[first::AT_A_TIME], strict=True)
        queues.append([request for turn in turns for request in turn])
    return queues


def _logged(port: int, queues: Sequence[Sequence[bytes]], sessions: set[str]) -> list[Asked]:
    """Send it all once more, and read what PostgreSQL was asked."""
    from bench import statements
    from bench.visitors import crowd

    offset = server_log().stat().st_size
    visit = crowd(port, queues)
    if visit.errors:
        raise RuntimeError(f"In the logged pass: {visit.errors[0]}")
    asked = statements.asked_since(server_log(), offset, sessions)
    if len(asked) != len(visit.times_ms):
        raise RuntimeError(f"{len(visit.times_ms)} requests were sent, and the log tells of {len(asked)}.")
    return asked


def _statements_by_lines(port: int, round_id: int, samples: Sequence[Sheet], sessions: set[str]) -> dict[str, int]:
    """How many statements a first confirmation of so many lines takes."""
    counted = {}
    for sheet in samples:
        filling = sheet.changes(port, round_id, len(sheet.offers))
        asked = _logged(port, [filling + sheet.confirmations(port, round_id, 1)], sessions)
        counted[str(len(sheet.offers))] = len(asked[-1].statements)
    return counted


# A confirmation's history names the request it belongs to: the one this session has just recorded.
REQUEST_ID = re.compile(r"(, (?:true|false), )\d+(, '', clock_timestamp\(\)\nFROM unnest)")


def _floor(url: str, asked: Sequence[Asked], sheets: Sequence[Sheet]) -> float:
    """Requests per second of bare psycopg."""
    from bench import statements

    queue_of = {sheet.visitor.session: n % AT_A_TIME for n, sheet in enumerate(sheets)}
    queues: list[list[Asked]] = [[] for _n in range(AT_A_TIME)]
    for request in asked:
        request.sent = [REQUEST_ID.sub(r"\1currval('orders_orderrequest_id_seq')\2", text) for text in request.sent]
        queues[queue_of[request.session]].append(request)
    return len(asked) / statements.replay(url, queues, processes=WEB_WORKERS)


def _expect_the_same(timed: str, floor: str) -> None:
    """What was replayed has done what the requests did: the same orders, the same history."""
    found = []
    for url in (timed, floor):
        with psycopg.connect(url) as connection:
            found.append(connection.execute(RESULT, {"households": HOUSEHOLDS}).fetchall())
    if found[0] != found[1]:
        raise RuntimeError(f"The floor did something else: {found}")


RESULT = """
SELECT h.pick_up_number, sum(l.wanted), sum(l.quantity),
    (SELECT count(*) FROM orders_orderrequest q WHERE q.order_id = o.id AND q.status = 200),
    (SELECT sum(c.quantity_after - c.quantity_before) FROM orders_orderchange c
        JOIN orders_orderline k ON k.id = c.line_id WHERE k.order_id = o.id)
FROM orders_order o JOIN orders_household h ON h.id = o.household_id JOIN orders_orderline l ON l.order_id = o.id
WHERE h.pick_up_number <= %(households)s GROUP BY o.id, h.pick_up_number ORDER BY 1
"""
