"""How long column lineage of a whole dbt project takes, the first time and with what the state database keeps."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.dbt_project import write_target
from benchmarks.generated_models import EDGES, MODELS, make_project
from benchmarks.measure import Measurement

ROOT = Path(__file__).resolve().parents[1]
COLD, WARM, SIZE = 120, 5, 5
PROGRAM = """
import sys
from pathlib import Path

import msgspec

from phlo_hooks.lineage.from_dbt import graph_from_dbt
from phlo_hooks.outbox.store import Outbox

target, database, graph = map(Path, sys.argv[1:])
with Outbox.open(f"sqlite:///{database}") as outbox:
    graph.write_bytes(msgspec.json.encode(graph_from_dbt(target, cache=outbox.lineage_cache())))
"""


def lineage() -> Iterator[Measurement]:
    """Measure processes that make the graph of 708 models from dbt's files, and the graph."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_target(folder / "target", make_project())
        cold, warm = _seconds(folder), min(_seconds(folder) for _ in range(3))
        size = (folder / "graph.json").stat().st_size
    models = f"{MODELS} models, {EDGES:,} edges"
    yield Measurement(name="column lineage, nothing cached", value=cold, unit="s", limit=COLD, note=models)
    yield Measurement(name="column lineage, cached", value=warm, unit="s", limit=WARM, note="SQLite")
    yield Measurement(name="graph as JSON", value=size / 1e6, unit="MB", limit=SIZE, note="SQL and columns in it")


def _seconds(folder: Path) -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder / "target"), str(folder / "state.db"), str(folder / "graph.json")],
        check=True,
        cwd=ROOT,
    )
    return time.perf_counter() - started
