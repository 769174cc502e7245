"""The order sheet of rounds of different sizes, opened by a signed-in member who has an order of ten lines there.

First as a client asks for it, then in a real browser at a phone's size, behind the proxy of production: what travels,
and how soon a tap is answered on the screen and in the database.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.stage import copy, p95, proxied, report, server_log, web

if TYPE_CHECKING:
    from bench.visitors import Page

HOUSEHOLDS = 50
LINES = 10
PRODUCTS_EACH = 25
# The sizes take turns, so that a busy moment of the machine is shared by all.
TURNS, LOOKS_EACH = 6, 10
# As deploy/Caddyfile's proxy does: pages leave the web server as they are.
GZIP_LEVEL = 5
# The size at which a browser looks, how often it taps, and what a slow network adds each way.
BROWSED, TAPS, DELAY_MS = 200, 60, 100
TARGETS = {
    "queries": "all the same",
    "p95_ms": "<= 100 at 200",
    "page_bytes": "<= 100000",
    "js_bytes": "<= 20000",
    "requests": "<= 15",
    "tap_to_saved_p95_ms": "<= 150",
    "tap_to_paint_p95_ms": "<= 50",
}


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
    browsed = sheets.get(BROWSED) or next(iter(sheets.values()))
    with copy(base, f"{base}_browsed") as database, proxied(files, database) as site:
        seen = _browse(site, browsed.path, visitor.session)
    report(
        {
            "queries": {str(size): sheet.queries for size, sheet in sheets.items()},
            "p95_ms": {str(size): round(p95(sheet.times_ms), 1) for size, sheet in sheets.items()},
            "bytes": {str(size): sheet.bytes for size, sheet in sheets.items()},
            **seen,
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


def _browse(site: str, path: str, session: str) -> dict[str, Any]:
    """A first visit on a phone, then taps: each on another line, the next when the last has been saved."""
    from playwright.sync_api import sync_playwright

    from tests.running import CHROMIUM_FLAGS, PHONE

    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True, locale="fr-FR", base_url=site)  # type: ignore[arg-type]
        context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
        page = context.new_page()
        line = context.new_cdp_session(page)
        kinds: dict[str, str] = {}
        sizes: dict[str, int] = {}
        line.send("Network.enable")
        line.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
        line.on(
            "Network.loadingFinished",
            lambda event: sizes.update({event["requestId"]: round(event["encodedDataLength"])}),
        )
        page.goto(path, wait_until="networkidle")
        travelled = {
            kind: sum(size for request, size in sizes.items() if kinds.get(request) == kind)
            for kind in ("Document", "Stylesheet", "Script")
        }
        requests = len(kinds)
        page.evaluate(WATCH)
        _tap(page, range(TAPS))
        saved = page.evaluate("taps.saved")
        line.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 2 * DELAY_MS, "downloadThroughput": -1, "uploadThroughput": -1},
        )
        page.evaluate("taps.painted = []")
        _tap(page, range(TAPS, 2 * TAPS))
        painted = page.evaluate("taps.painted")
        browser.close()
    return {
        "page_bytes": sum(travelled.values()),
        "js_bytes": travelled["Script"],
        "requests": requests,
        "tap_to_saved_p95_ms": round(p95(saved), 1),
        "tap_to_paint_p95_ms": round(p95(painted), 1),
    }


# From the finger to the label that says it is saved, and to the first frame that shows the new number.
WATCH = """() => {
    const said = document.querySelector("[data-sheet]").dataset.saySaved;
    window.taps = { saved: [], painted: [] };
    document.addEventListener("click", (event) => {
        const label = event.target.closest("[data-line]")?.querySelector("[data-line-state]");
        if (!label) return;
        const observer = new MutationObserver(() => {
            if (label.textContent !== said) return;
            observer.disconnect();
            taps.saved.push(performance.now() - event.timeStamp);
        });
        observer.observe(label, { childList: true, characterData: true, subtree: true });
        requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => taps.painted.push(performance.now() - event.timeStamp);
            channel.port2.postMessage(null);
        });
    }, true);
}"""


def _tap(page: Any, lines: range) -> None:
    """Plus on each of these lines that can be filled, one after the other."""
    buttons = page.locator("[data-stake] button[data-step='1']")
    for number in lines:
        before = page.evaluate("taps.saved.length")
        buttons.nth(number).tap()
        page.wait_for_function("(before) => taps.saved.length > before", arg=before)
