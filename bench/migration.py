"""A world made by the version before is migrated: nobody owes another cent for it, and how long that takes.

The version before comes out of git into a directory of its own and runs there, with this checkout's packages, on an
empty database: it makes the demo, its history, and some hundred corrections, call-offs and withdrawals by its own
verbs. What is due is read before and after: by the bills of each version, by the sums it shows coordinators, and by a
reckoning of fractions straight from the columns.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import psycopg

from bench.stage import CHECKOUT, compile_words, empty_database, report, servers

# This brings its own database, which is the version before's.
STAGED = False

# The parent of "Give lines, groups and catalogues the columns that their facts will live in".
BEFORE = "2a3fd33c5c545770af1cbdc156add122662d931f"
INSIDE = Path(__file__).parent / "inside"
SEED = 9
TARGETS = {
    "orders_differing": "0",
    "order_farms_differing": "0",
    "round_farms_differing": "0",
    "rounds_differing": "0",
    "farms_differing": "0",
    "desks_differing": "0",
    "unlike_the_bills": "0",
    "supplies_differing": "0",
    "supplies_unlike_what_counts": "0",
    "lines_not_gross": "0",
    "ordered_lost": "0",
    "granted_short": "0",
    "papers_failed": "0",
    "papers_with_missing_amounts": "0",
    "papers_with_strange_amounts": "0",
}
TABLES = (
    *("orders_order", "orders_orderline", "orders_orderchange", "orders_orderrequest", "orders_offer"),
    *("catalogs_supply", "deliveries_correction", "deliveries_picklist", "cagette_outgoingmail"),
)


class NoSuchVersion(Exception):
    """The commit isn't in this clone."""


def run(arguments: list[str]) -> None:
    options = argparse.ArgumentParser("migration")
    options.add_argument("--before", metavar="COMMIT", default=BEFORE, help="the version that made the world")
    options.add_argument("--history", type=int, default=50_000, help="past orders, besides the demo and the cases")
    options.add_argument("--cases", type=int, default=200, help="corrections, call-offs and withdrawals")
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument(
        "--overwritten", action="store_true", help="old corrections may stand as they overwrote lines: only count them"
    )
    asked = options.parse_args(arguments)
    with (
        servers() as (services, files),
        version(asked.before, files) as before,
        empty_database(services.postgres.url("postgres"), f"bench_{os.getpid()}") as url,
    ):
        surroundings = {"DATABASE_URL": url, "REDIS_URL": services.valkey.url}
        proof = prove(
            Side(before, files, surroundings),
            Side(CHECKOUT, files, surroundings),
            history=asked.history,
            cases=asked.cases,
            seed=asked.seed,
        )
    for sentence in proof.examples:
        print(sentence)
    report(proof.figures, targets=TARGETS)
    tolerated = {"ordered_lost", "granted_short"} if asked.overwritten else set()
    if failed := [name for name in TARGETS if proof.figures[name] and name not in tolerated]:
        sys.exit(f"Not as it should be: {', '.join(failed)}.")


@contextmanager
def version(commit: str, files: Path) -> Iterator[Path]:
    """A checkout of this repository as it was at `commit`, gone afterwards. Raises NoSuchVersion."""
    checkout, packed = files / "before", files / "before.tar"
    command = ["git", "archive", f"--output={packed}", commit]
    packing = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if packing.returncode:
        raise NoSuchVersion(f"{commit} isn't in this clone; git says: {packing.stderr.strip()}")
    try:
        checkout.mkdir()
        subprocess.run(["tar", "-xf", packed, "-C", checkout], check=True)
        packed.unlink()
        compile_words(checkout)
        yield checkout
    finally:
        shutil.rmtree(checkout, ignore_errors=True)


@dataclass(frozen=True)
class Side:
    """A checkout whose code works on the database; its own virtual environment isn't needed."""

    checkout: Path
    files: Path
    surroundings: Mapping[str, str]

    def manage(self, *arguments: str) -> str:
        return self._python(["manage.py", *arguments])

    def inside(self, script: str, *arguments: object) -> None:
        self._python(["-", *map(str, arguments)], (INSIDE / f"{script}.py").read_text())

    def papers(self, name: str) -> dict[str, Any]:
        self.inside("papers", self.files / name)
        drawn: dict[str, Any] = json.loads((self.files / name).read_text())
        return drawn

    def _python(self, arguments: list[str], script: str = "") -> str:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "LANG": "C.UTF-8",
            "DEVELOPMENT": "on",
            "DEBUG": "off",
            "DJANGO_SETTINGS_MODULE": "cagette.settings",
            "MEDIA_ROOT": str(self.files / "media"),
            "EMAIL_URL": f"filemail://{self.files}/mail",
            **self.surroundings,
        }
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.checkout,
            env=environment,
            input=script,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)} in {self.checkout}:\n{done.stdout[-2000:]}{done.stderr[-6000:]}")
        return done.stdout


@dataclass
class Proof:
    """The figures, and sentences about the first few of whatever differs."""

    figures: dict[str, Any] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)

    def differing(self, name: str, before: Mapping[Any, Any], after: Mapping[Any, Any]) -> None:
        """Count what is compared and what differs; what is missing on one side is nothing there."""
        keys = before.keys() | after.keys()
        found = [key for key in keys if before.get(key, 0) != after.get(key, 0)]
        self.figures[name.removesuffix("_differing")] = len(keys)
        self.figures[name] = len(found)
        self.examples += [f"{name}: {key}: {before.get(key)}, now {after.get(key)}" for key in sorted(found)[:5]]

    def wrong(self, name: str, found: list[str]) -> None:
        self.figures[name] = len(found)
        self.examples += [f"{name}: {each}" for each in found[:5]]


def prove(before: Side, after: Side, *, history: int, cases: int, seed: int = SEED, thorough: bool = True) -> Proof:
    """Make the world with the one version, migrate it with the other, and compare.

    Unless `thorough`, the demo is no part of the world, and the version before doesn't draw the papers too.
    """
    url, files, proof = before.surroundings["DATABASE_URL"], before.files, Proof()
    with timed(proof, "world_s"):
        before.manage("migrate", "--verbosity=0", "--skip-checks")
        if thorough:
            before.manage("demo", "--skip-checks")
        if history:
            before.manage("demo", f"--history={history}", "--skip-checks")
    with timed(proof, "cases_s"):
        before.inside("cases", files / "cases.json", cases, seed)
    made = json.loads((files / "cases.json").read_text())
    proof.figures["cases"] = sum(made["cases"].values())
    proof.figures |= {"cases_by_kind": made["cases"]} | made["also"]
    with timed(proof, "read_before_s"):
        old = Reading.of(before, "due-before")
    drawn_before = before.papers("papers-before.json") if thorough else {}
    proof.figures["rows"] = {table: count for table, count in _counts(url).items() if count}

    with timed(proof, "migrate_s"):
        said = after.manage("migrate", "--no-input", "--verbosity=2")
    proof.figures["migrations_s"] = {name: float(seconds) for name, seconds in APPLIED.findall(said)}
    with timed(proof, "read_after_s"):
        new = Reading.of(after, "due-after")
    _compare(proof, old, new)
    _look_at_lines(proof, url, made["confirmed"])
    _look_at_papers(proof, drawn_before, after.papers("papers-after.json"))
    return proof


APPLIED = re.compile(r"Applying ([\w.]+)\.\.\..*? OK \(([\d.]+)s\)", re.DOTALL)


@contextmanager
def timed(proof: Proof, name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    proof.figures[name] = round(time.monotonic() - began, 1)


# What is due


Order: TypeAlias = int
Round: TypeAlias = int
Farm: TypeAlias = int
Key = TypeVar("Key")
To = TypeVar("To")


@dataclass
class Reading:
    """What is due in cents, deposits in it: by the bills, by coordinators' desks, and by the columns themselves."""

    orders: dict[Order, int]
    order_farms: dict[tuple[Order, Farm], int]
    desks: dict[tuple[Round, Farm], int]
    reckoned: dict[tuple[Order, Farm], int]
    round_of: dict[Order, Round]
    ordered: dict[int, Decimal]

    @classmethod
    def of(cls, side: Side, name: str) -> Reading:
        side.inside("due", side.files / name)
        orders: dict[Order, int] = {}
        order_farms: Counter[tuple[Order, Farm]] = Counter()
        desks: dict[tuple[Round, Farm], int] = {}
        for row in (side.files / name).read_text().splitlines():
            match row.split():
                case ["order", order, cents]:
                    orders[int(order)] = int(cents)
                case ["farm", order, farm, cents]:
                    order_farms[int(order), int(farm)] += int(cents)
                case ["desk", round, farm, cents]:
                    desks[int(round), int(farm)] = int(cents)
        with psycopg.connect(side.surroundings["DATABASE_URL"]) as connection:
            rounds: dict[Order, Round] = dict(connection.execute("SELECT id, round_id FROM orders_order").fetchall())
            ordered: dict[int, Decimal] = dict(connection.execute("SELECT id, ordered FROM catalogs_supply").fetchall())
            return cls(orders, dict(order_farms), desks, reckoned(connection), rounds, ordered)

    def per_round_and_farm(self) -> dict[tuple[Round, Farm], int]:
        return _sums({key: (self.round_of[key[0]], key[1]) for key in self.order_farms}, self.order_farms)

    def per_farm(self) -> dict[Farm, int]:
        return _sums({key: key[1] for key in self.order_farms}, self.order_farms)

    def per_round(self) -> dict[Round, int]:
        return _sums(self.round_of, self.orders)


def _sums(of: Mapping[Key, To], cents: Mapping[Key, int]) -> dict[To, int]:
    sums: Counter[To] = Counter()
    for key, amount in cents.items():
        sums[of[key]] += amount
    return dict(sums)


LINES = """
SELECT l.order_id, s.producer_id, COALESCE(l.delivered, l.allocated, l.quantity), l.unit_price, l.deposit
FROM orders_orderline l JOIN orders_offer f ON f.id = l.offer_id JOIN orders_stall s ON s.id = f.stall_id
"""


def reckoned(connection: psycopg.Connection) -> dict[tuple[Order, Farm], int]:
    """What each order owes each farm in cents, from the columns: lines and their deposits, each rounded half up."""
    due: Counter[tuple[Order, Farm]] = Counter()
    with connection.cursor("lines") as lines:
        for order, farm, quantity, price, deposit in lines.execute(LINES):
            for each in (price, deposit):
                due[order, farm] += math.floor(Fraction(quantity) * Fraction(each or 0) * 100 + Fraction(1, 2))
    return dict(due)


def _compare(proof: Proof, old: Reading, new: Reading) -> None:
    proof.differing("orders_differing", old.orders, new.orders)
    proof.differing("order_farms_differing", old.order_farms, new.order_farms)
    proof.differing("round_farms_differing", old.per_round_and_farm(), new.per_round_and_farm())
    proof.differing("rounds_differing", old.per_round(), new.per_round())
    proof.differing("farms_differing", old.per_farm(), new.per_farm())
    proof.differing("desks_differing", old.desks, new.desks)
    proof.differing("supplies_differing", old.ordered, new.ordered)
    proof.figures["due_in_all"] = f"{sum(new.orders.values()) / 100:.2f}"
    others = []
    for when, reading in (("before", old), ("now", new)):
        others += _unlike(f"order and farm, {when}, by the columns", reading.order_farms, reading.reckoned)
        others += _unlike(f"round and farm, {when}, at the desk", reading.per_round_and_farm(), reading.desks)
    proof.wrong("unlike_the_bills", others)


def _unlike(name: str, bills: Mapping[Any, int], others: Mapping[Any, int]) -> list[str]:
    keys = sorted(key for key in bills.keys() | others.keys() if bills.get(key, 0) != others.get(key, 0))
    return [f"{name}: {key}: {others.get(key, 0)}, and {bills.get(key, 0)} by the bills" for key in keys]


# What lines remember


def _look_at_lines(proof: Proof, url: str, confirmed: Mapping[str, Mapping[str, str | None]]) -> None:
    """Corrected lines show what was ordered, what exceeds it was granted; supplies have ordered what counts."""
    with psycopg.connect(url) as connection:
        lines = {pk: rest for pk, *rest in connection.execute(CORRECTED, [list(map(int, confirmed))]).fetchall()}
        not_gross = connection.execute("SELECT id FROM orders_orderline WHERE basis <> 'gross' ORDER BY id").fetchall()
        unlike = connection.execute(UNLIKE).fetchall()
    lost, short, generous = [], [], 0
    for pk, was in confirmed.items():
        quantity, tolerance, granted, counted = lines[int(pk)]
        ordered, extra = Decimal(was["quantity"] or 0), Decimal(was["tolerance"] or 0)
        if (quantity, tolerance) != (ordered, extra):
            lost.append(f"line {pk} shows {quantity} + {tolerance}; {ordered} + {extra} was ordered")
        above = max(counted - ordered - extra, Decimal(0))
        if granted < above:
            short.append(f"line {pk}: {granted} granted of {above} above what was ordered")
        generous += granted > above
    proof.figures["corrected_lines"] = len(confirmed)
    proof.wrong("ordered_lost", lost)
    proof.wrong("granted_short", short)
    # A grant stays a grant, also where less of it came in the end.
    proof.figures["granted_beyond_what_counts"] = generous
    proof.wrong("lines_not_gross", [f"line {pk}" for (pk,) in not_gross])
    proof.wrong(
        "supplies_unlike_what_counts", [f"supply {pk}: {ordered}, {sums} counts" for pk, ordered, sums in unlike]
    )


CORRECTED = """
SELECT id, quantity, tolerance, granted, COALESCE(delivered, allocated, quantity) FROM orders_orderline
WHERE id = ANY(%s)
"""
UNLIKE = """
SELECT s.id, s.ordered, COALESCE(sum(COALESCE(l.delivered, l.allocated, l.quantity)), 0) AS counted
FROM catalogs_supply s LEFT JOIN orders_offer f ON f.supply_id = s.id LEFT JOIN orders_orderline l ON l.offer_id = f.id
GROUP BY s.id HAVING s.ordered <> COALESCE(sum(COALESCE(l.delivered, l.allocated, l.quantity)), 0) ORDER BY s.id
"""


def _counts(url: str) -> dict[str, int]:
    counts = {}
    with psycopg.connect(url) as connection:
        for table in TABLES:
            statement = psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(table))
            (counts[table],) = connection.execute(statement).fetchone() or (0,)
    return counts


# What is on paper


def _look_at_papers(proof: Proof, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """What was frozen before is drawn without error, with all that is due by it, and no amount that it doesn't hold."""
    proof.figures["papers"] = len(new)
    # The version before shows whether the questions are right.
    both = [(f"{name}{when}", told) for of, when in ((old, " before"), (new, "")) for name, told in of.items()]
    failed = [f"{name}: {told['error']}" for name, told in both if "error" in told]
    proof.wrong("papers_failed", failed + [f"{name} is gone" for name in old.keys() - new.keys()])
    for what in ("missing", "strange"):
        found = [f"{name}: {', '.join(told[what])}" for name, told in both if told.get(what)]
        proof.wrong(f"papers_with_{what}_amounts", found)
    # One sum where there were two, and the like.
    others = [name for name in old if old[name].get("amounts") != new.get(name, {}).get("amounts")]
    proof.figures["papers_that_show_more_or_less"] = len(others)
