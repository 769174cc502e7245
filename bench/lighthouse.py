"""What Lighthouse says of the pages people see first, on a simulated phone with a slow network.

Lighthouse comes from npm into `.run/`, without a lock file; the browser is Debian's chromium. The pages come through
the proxy of production, which compresses them. Each page is looked at three times, in turns, and the median counts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.stage import CHECKOUT, proxied, report

# The newest that runs on Debian's Node.
LIGHTHOUSE = "lighthouse@12"
HOME = CHECKOUT / ".run" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
HOUSEHOLDS, PRODUCTS, FARMS, LINES = 50, 200, 8, 10


def run(arguments: list[str], files: Path) -> None:
    options = argparse.ArgumentParser("lighthouse")
    options.add_argument("--times", type=int, default=3, help="how often each page is looked at")
    options.add_argument("--reports", type=Path, help="a directory to keep the reports in")
    asked = options.parse_args(arguments)
    command = _lighthouse()

    from django.db import connection

    from bench.visitors import Visitor
    from cagette import processes
    from deliveries import worlds
    from orders.models import Household
    from producers.models import Producer

    place = worlds.neighbourhood("Sainte-Catherine", HOUSEHOLDS)
    round = worlds.open_round(place, worlds.farms(FARMS, PRODUCTS // FARMS, stock=1_000))
    worlds.confirmed_orders(round, lines=LINES)
    household = Household.objects.filter(neighbourhood=place).order_by("pk")[1]
    session = Visitor.of(household.memberships.get().user).session
    pages = {
        "order_sheet": (f"/rounds/{round.pk}/", session),
        "landing": ("/", ""),
        "neighbourhood": (f"/neighbourhoods/{place.slug}/", ""),
        "farm": (f"/farms/{Producer.objects.order_by('pk')[0].slug}/", ""),
        "my_orders": ("/orders/", session),
    }
    scores: dict[str, list[dict[str, int]]] = {name: [] for name in pages}
    reports = asked.reports or files
    reports.mkdir(parents=True, exist_ok=True)
    with proxied(files, processes.database_url(str(connection.settings_dict["NAME"]))) as site:
        for turn in range(asked.times):
            for name, (path, cookie) in pages.items():
                scores[name].append(_look(command, site + path, cookie, reports / f"{name}-{turn}.json"))
    report(
        {name: _median(seen) for name, seen in scores.items()},
        targets=dict.fromkeys(pages, "performance >= 95, accessibility 100, best_practices 100, seo >= 95"),
    )


def _lighthouse() -> Path:
    """The command, installed where it isn't there yet."""
    command = HOME / "node_modules" / ".bin" / "lighthouse"
    if not command.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--prefix", str(HOME), "--no-package-lock", "--no-save", "--silent", LIGHTHOUSE]
        subprocess.run(install, check=True)
    return command


def _look(command: Path, url: str, session: str, to: Path) -> dict[str, int]:
    """The four scores of a page, each of 100."""
    headers = {"Accept-Language": "fr"} | ({"Cookie": f"sessionid={session}"} if session else {})
    subprocess.run(
        [
            str(command), url, "--quiet", "--output=json", f"--output-path={to}", f"--chrome-flags={FLAGS}",
            f"--only-categories={','.join(CATEGORIES)}", f"--extra-headers={json.dumps(headers)}",
        ],
        env=os.environ | {"CHROME_PATH": os.environ.get("CHROMIUM", "/usr/bin/chromium")},
        check=True,
        timeout=180,
    )  # fmt: skip
    found = json.loads(to.read_text())["categories"]
    return {name.replace("-", "_"): round(100 * (found[name]["score"] or 0)) for name in CATEGORIES}


def _median(seen: Sequence[Mapping[str, int]]) -> dict[str, int]:
    return {name: int(statistics.median(each[name] for each in seen)) for name in seen[0]}
