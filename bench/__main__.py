"""`python -m bench NAME [options]`; without a name, the list."""

import importlib
import signal
import sys
from pathlib import Path

from bench.stage import stage

PARTS = {"__init__", "__main__", "stage", "statements", "visitors"}
NAMES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in PARTS)


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        sys.exit(f"bin/bench NAME, one of: {', '.join(NAMES)}")
    # Asked to end, it still takes its processes and its database away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = importlib.import_module(f"bench.{sys.argv[1]}")
    if not getattr(bench, "STAGED", True):
        bench.run(sys.argv[2:])
        return
    with stage() as files:
        bench.run(sys.argv[2:], files)


if __name__ == "__main__":
    main()
