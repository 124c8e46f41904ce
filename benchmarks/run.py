"""Measure everything and print a table; ends with 1 when a promised limit is broken."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import in_step, lineage, openmetadata, page, steps, throughput
from benchmarks.measure import Measurement, show


def main() -> int:
    """Run each benchmark, alone."""
    measured: list[Measurement] = []
    stores = (throughput.codec, throughput.bus, throughput.outbox)
    projects = (lineage.lineage, openmetadata.openmetadata, page.page)
    for benchmark in (steps.loading, steps.steps, in_step.in_step, *stores, *projects):
        print(f"measuring {benchmark.__name__} …", file=sys.stderr, flush=True)
        measured += benchmark()
    show(measured)
    broken = [each.name for each in measured if not each.ok]
    if broken:
        print(f"over the limit: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
