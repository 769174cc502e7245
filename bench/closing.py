"""A round of a thousand orders closes: how long stalls are locked, until when the farms have their pick lists.

The floor is bare WeasyPrint over the very HTML of the run's pick lists, in as many processes as the workers are,
alternated with the same lines as plain five-column tables: three times each, the medians count. Beside it stands what
our own way of printing (`deliveries.pdf`) takes for the same: it keeps fonts unpacked and the collector quiet.
"""

from __future__ import annotations

import argparse
import html
import io
import re
import statistics
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.stage import report

WORKERS = 2
TARGETS = {
    "lock_max_ms": "<= 300",
    "frozen_s": "<= 5",
    "render_ratio": "<= 1.3",
    "render_speedup": ">= 3",
    "lost": "0",
    "doubled": "0",
}
HELD = re.compile(r"held (\d+(?:\.\d+)?) ms")


def run(arguments: list[str], files: Path) -> None:
    options = argparse.ArgumentParser("closing")
    options.add_argument("--orders", type=int, default=1000)
    options.add_argument("--lines", type=int, default=20)
    options.add_argument("--stalls", type=int, default=30)
    asked = options.parse_args(arguments)

    from django.db.models import Max, Min

    from cagette import processes
    from cagette.models import OutgoingMail
    from deliveries import worlds
    from deliveries.models import PickList
    from orders.models import Round, Stall
    from tests.smtp import SmtpSink

    place = worlds.neighbourhood("Banc d'essai", asked.orders)
    round = worlds.open_round(place, worlds.farms(asked.stalls, max(10, asked.lines // 2), cases=False))
    worlds.confirmed_orders(round, lines=asked.lines)
    OutgoingMail.objects.all().delete()
    sink = SmtpSink()
    sink.start()
    # A clock that starts in the past would count the start of the processes: they are up before the deadline passes.
    # Every tick asks once more for what isn't done yet; in production it is twelve times slower than here.
    surroundings = processes.environment(
        port=processes.free_port(), EMAIL_URL=sink.url, TICK_SECONDS="5", WORKERS=str(WORKERS)
    )
    with (
        processes.Process("worker", surroundings, files / "worker.log") as worker,
        processes.Process("beat", surroundings, files / "beat.log"),
    ):
        _wait_until_a_worker_answers(worker)
        Round.objects.filter(pk=round.pk).update(
            closes_at=datetime.now(UTC) - timedelta(seconds=1), opens_at=datetime.now(UTC) - timedelta(days=1)
        )
        Stall.objects.filter(round=round).update(closes_at=datetime.now(UTC) - timedelta(seconds=1))
        expected = asked.stalls
        lists = _wait_for(lambda: _pick_lists(sink), expected, seconds=300)
        everything = asked.orders + asked.stalls + 1
        _wait_for(lambda: sink.received, everything, seconds=300)
        # Whatever goes twice goes soon.
        time.sleep(3)
        said = worker.said()
    sink.stop()

    began = Stall.objects.filter(round=round).aggregate(began=Min("closed_at"))["began"]
    frozen = PickList.objects.aggregate(last=Max("created_at"))["last"]
    # The sink's clock is monotonic, the database's the wall's: bridge them once.
    offset = time.time() - time.monotonic()
    mailed_s = max(received.at for received in lists) + offset - began.timestamp()
    floor_s, table_s, printed_s = _floors()
    lost, doubled = _compare(sink)
    report(
        {
            "orders": asked.orders,
            "lines": asked.orders * asked.lines,
            "stalls": asked.stalls,
            "lock_max_ms": max(float(held) for held in HELD.findall(said)),
            "frozen_s": (frozen - began).total_seconds().__round__(3),
            "mailed_s": mailed_s.__round__(2),
            "render_floor_s": floor_s.__round__(2),
            "render_ratio": (mailed_s / floor_s).__round__(2),
            "printed_s": printed_s.__round__(2),
            "table_s": table_s.__round__(2),
            "render_speedup": (table_s / floor_s).__round__(2),
            "mails": len(sink.received),
            "expected_mails": everything,
            "lost": lost,
            "doubled": doubled,
        },
        targets=TARGETS,
    )


def _wait_until_a_worker_answers(worker: Any) -> None:
    from cagette.celery import app

    deadline = time.monotonic() + 60
    while not app.control.ping(timeout=0.5):
        if time.monotonic() > deadline:
            raise TimeoutError(worker.said())


def _pick_lists(sink: Any) -> list[Any]:
    return [received for received in list(sink.received) if received.recipients[0].startswith("ferme-")]


def _wait_for(found: Any, number: int, *, seconds: float) -> list[Any]:
    deadline = time.monotonic() + seconds
    while len(now := list(found())) < number:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(now)} of {number} after {seconds} s")
        time.sleep(0.1)
    return now


def _floors() -> tuple[float, float, float]:
    """Seconds to print all pick lists: bare from their own HTML, bare as five-column tables, and as workers print."""
    from deliveries.models import PickList
    from deliveries.papers import pick_list_html

    own = [pick_list_html(each.rows, "fr", revision=1, written_at=each.created_at) for each in PickList.objects.all()]
    tables = [_table(each.rows) for each in PickList.objects.all()]
    ways = [(_print_bare, own), (_print_bare, tables), (_print, own)]
    times: list[list[float]] = [[] for _way in ways]
    with get_context("fork").Pool(WORKERS, initializer=_load) as pool:
        pool.map(_print, own[:WORKERS], chunksize=1)
        for _n in range(3):
            for (way, pages), took in zip(ways, times, strict=True):
                began = time.perf_counter()
                pool.map(way, pages, chunksize=1)
                took.append(time.perf_counter() - began)
    floor, table, printed = map(statistics.median, times)
    return floor, table, printed


def _load() -> None:
    import weasyprint  # noqa: F401


def _print_bare(page: str) -> int:
    """As WeasyPrint's documentation calls it, in the variant of our papers; of ours there are the font files alone."""
    from weasyprint import HTML

    from deliveries.pdf import fetch

    return len(HTML(string=page, url_fetcher=fetch).write_pdf(pdf_variant="pdf/ua-1"))


def _print(page: str) -> int:
    from deliveries.pdf import to_pdf

    return len(to_pdf(page))


def _table(rows: dict[str, Any]) -> str:
    """One row per household and product: number, name, product, quantity, price."""
    products = {product["offer"]: product for product in rows["products"]}
    body = "".join(
        f"<tr><td>{household['number']}</td><td>{html.escape(household['name'])}</td>"
        f"<td>{html.escape(products[line['offer']]['name'])}</td><td>{line['quantity']}</td>"
        f"<td>{products[line['offer']]['unit_price']}</td></tr>"
        for household in rows["households"]
        for line in household["lines"]
    )
    title = html.escape(rows["producer"]["name"])
    return f"<!doctype html><html lang=fr><title>{title}</title><table>{body}</table></html>"


def _compare(sink: Any) -> tuple[int, int]:
    """Lines that are confirmed but not on paper, and what came twice: mails, or lines on paper beyond those
    confirmed.
    """
    from django.db.models import F, Sum
    from django.utils import translation
    from pypdf import PdfReader

    from deliveries.counting import counted, named
    from orders.models import OrderChange

    confirmed = (
        OrderChange.objects.values(
            "line__offer__stall__producer__pick_list_recipients__email",
            "line__order__household__pick_up_number",
            "line__offer__name",
            "line__offer__unit",
        )
        .annotate(quantity=Sum(F("quantity_after") - F("quantity_before")))
        .filter(quantity__gt=0)
    )
    crates: dict[str, dict[int, list[str]]] = {}
    with translation.override("fr"):
        for row in confirmed:
            quantity = format(row["quantity"].normalize(), "f")
            words = f"{counted(quantity, row['line__offer__unit'])} {named(row['line__offer__name'], '')}"
            of_farm = crates.setdefault(row["line__offer__stall__producer__pick_list_recipients__email"], {})
            of_farm.setdefault(row["line__order__household__pick_up_number"], []).append(_tight(words))
    lost = doubled = 0
    for email, households in crates.items():
        mails = sink.to(email)
        lost += not mails
        for received in mails:
            (pdf,) = received.attachments("application/pdf")
            text = _tight("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))
            on_paper = {int(number): crate for number, crate in CRATE.findall(text)}
            doubled += len(set(on_paper) - set(households))
            for number, wanted in households.items():
                found = Counter(on_paper.get(number, "").split(","))
                lost += sum((Counter(wanted) - found).values())
                doubled += sum((found - Counter(wanted)).values()) if number in on_paper else 0
    keys = Counter(received.message_id for received in sink.received)
    return lost, doubled + sum(keys.values()) - len(keys)


# ☐ 12 · Foyer 12 <tab> 2 tommes, 1 pain — 12,30 €
CRATE = re.compile(r"☐(\d+)·Foyer\1(.*?)—[\d,]+€")


def _tight(text: str) -> str:
    return re.sub(r"\s", "", text)
