"""What it takes to bring a large dbt project to OpenMetadata, and what a run costs that changes nothing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.generated_models import EDGES, MODELS
from benchmarks.measure import Measurement
from benchmarks.steps import child, number

ROOT = Path(__file__).resolve().parents[1]
FIRST, QUIET, MEMORY, LOADING = 60, 20, 250, 500
LATENCY = 0.01
ROUNDS = 5
IMPORTS = """
import json, sys, time
import phlo_hooks.relay, phlo_hooks.dispatcher, phlo_hooks.attaching
relay = time.process_time()
import phlo_hooks.subscribers.openmetadata.plugin
alone = time.process_time()
import phlo_hooks.subscribers.openmetadata.handling
print(json.dumps({"plugin": alone - relay, "all": time.process_time() - alone, "sdk": "metadata" in sys.modules}))
"""
SERVER = """
import sys
from tests.openmetadata_standin import running
with running("2.0") as server:
    server.faults.latency = float(sys.argv[1])
    print(server.url, server.jwt, flush=True)
    sys.stdin.read()
"""
PROGRAM = str(ROOT / "benchmarks" / "openmetadata_project.py")


def openmetadata() -> Iterator[Measurement]:
    """Measure a first sync, a quiet run, and the import, in processes of their own; the server is another one."""
    loaded = [child("-c", IMPORTS) for _ in range(ROUNDS)]
    assert not any(each["sdk"] for each in loaded)
    plugin = min(number(each, "plugin") for each in loaded) * 1000
    rest = min(number(each, "all") for each in loaded) * 1000
    note = f"after what a relay imports; {rest:.0f} ms more with the first event"
    yield Measurement(name="openmetadata: import", value=plugin + rest, unit="ms CPU", limit=LOADING, note=note)
    with tempfile.TemporaryDirectory() as folder, _serving() as (url, jwt):
        database = f"sqlite:///{folder}/state.db"
        recorded = _run("record", database, url, jwt)
        first = _run("sync", database, url, jwt)
        again = _run("sync", database, url, jwt)
        quiet = _run("quiet", database, url, jwt)
    project = f"{MODELS} models, {EDGES:,} edges with columns"
    yield Measurement(
        name="openmetadata: first sync",
        value=first["seconds"],
        unit="s",
        limit=FIRST,
        note=f"{project}; {first['calls']:,.0f} calls of {LATENCY * 1000:g} ms; the process took {first['cpu']:.1f} s",
    )
    yield Measurement(
        name="openmetadata: sync again",
        value=again["seconds"],
        unit="s",
        note=f"{again['calls']:,.0f} calls, {again['changed']:.0f} changes",
    )
    yield Measurement(
        name="openmetadata: memory of a sync",
        value=first["megabytes"] - recorded["megabytes"],
        unit="MB",
        limit=MEMORY,
        note=f"beside {recorded['megabytes']:.0f} MB for recording {recorded['events']:,.0f} events",
    )
    yield Measurement(
        name="openmetadata: a quiet run",
        value=quiet["calls"],
        unit="calls",
        limit=QUIET,
        note=f"all {MODELS} models anew, nothing changed; {quiet['events'] / quiet['seconds']:,.0f} events/s",
    )


def _run(*arguments: str) -> dict[str, float]:
    answer = child(PROGRAM, *arguments)
    return {name: number(answer, name) for name in answer}


@contextmanager
def _serving() -> Iterator[tuple[str, str]]:
    """Run the stand-in server; yield its address and the bot's token."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(LATENCY)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        url, jwt = server.stdout.readline().split()
        yield url, jwt
        server.stdin.close()
