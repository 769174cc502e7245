"""Whether this checkout is as fast as another: `bin/bench pairs ordering --against PATH`.

Both run the same measurement in turns, now the one first, now the other, so that what else the machine does meets both.
Each has its own servers and its own code, bench included; the other runs with this checkout's packages unless it has a
virtual environment. What counts is the median of the pairs' ratios, this checkout's figure by the other's.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.stage import CHECKOUT, compile_words, report

# Each run sets its own up.
STAGED = False

# What is compared of a measurement: what should stay the same, and of what more is better.
SAME = {"ordering": ("statements_per_change", "statements_per_confirmation", "statements_by_lines", "errors")}
FASTER = {"ordering": ("changes_per_s", "confirmations_per_s", "change_ratio", "confirmation_ratio")}


def run(arguments: list[str]) -> None:
    options = argparse.ArgumentParser("pairs")
    options.add_argument("measurement", choices=sorted(FASTER))
    options.add_argument("--against", type=Path, required=True, metavar="PATH", help="another checkout")
    options.add_argument("--pairs", type=int, default=8)
    asked = options.parse_args(arguments)
    other = asked.against.resolve()
    for checkout in (CHECKOUT, other):
        compile_words(checkout)
    pairs = []
    for n in range(asked.pairs):
        order = (CHECKOUT, other) if n % 2 else (other, CHECKOUT)
        found = {checkout: _measured(checkout, asked.measurement) for checkout in order}
        pairs.append((found[CHECKOUT], found[other]))
        print(f"pair {n + 1}: {_in_short(asked.measurement, *pairs[-1])}", flush=True)
    report(figures(asked.measurement, pairs), targets=_targets(asked.measurement))


def _measured(checkout: Path, name: str) -> dict[str, Any]:
    """The last line of `bin/bench NAME`, which has all figures. It sets nothing up: that would take other packages."""
    own = checkout / ".venv" / "bin" / "python"
    python = own if own.exists() else Path(sys.executable)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    # Where there is no virtual environment, the processes it starts are found here.
    environment["PATH"] = f"{python.parent}:{environment['PATH']}"
    done = subprocess.run(
        [str(python), "-m", "bench", name],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"bench {name} in {checkout}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    # Both start with the same rest of the machine.
    time.sleep(2)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


Pair = tuple[Mapping[str, Any], Mapping[str, Any]]


def _in_short(name: str, here: Mapping[str, Any], there: Mapping[str, Any]) -> str:
    return ", ".join(f"{figure} {here[figure]} by {there[figure]}" for figure in FASTER[name])


def figures(name: str, pairs: Sequence[Pair]) -> dict[str, Any]:
    figures: dict[str, Any] = {"pairs": len(pairs)}
    for figure in SAME[name]:
        # A list of each that was seen: one, unless something is wrong.
        here, there = (_seen(side, figure) for side in zip(*pairs, strict=True))
        figures |= {figure: here, f"{figure}_against": there}
    for figure in FASTER[name]:
        ratios = sorted(here[figure] / there[figure] for here, there in pairs)
        figures[f"{figure}_by_the_other"] = round(statistics.median(ratios), 3)
        figures[f"{figure}_least_and_most"] = f"{ratios[0]:.3f}-{ratios[-1]:.3f}"
    return figures


def _seen(runs: Sequence[Mapping[str, Any]], figure: str) -> Any:
    seen = [run[figure] for run in runs]
    different = [value for n, value in enumerate(seen) if value not in seen[:n]]
    return different[0] if len(different) == 1 else different


def _targets(name: str) -> dict[str, str]:
    return dict.fromkeys(SAME[name], "as against") | {f"{figure}_by_the_other": ">= 0.95" for figure in FASTER[name]}
