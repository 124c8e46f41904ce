"""What a step and a step's process cost more with us, in processor time, beside the same project without us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Measurement

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 5
ASSETS = 60
SDKS = ("httpx", "requests", "opentelemetry.sdk", "sqlalchemy", "alembic", "rich", "metadata", "apprise")
LOADING = """
import json, sys, time
import dagster
defs = dagster.Definitions()
dagster_seconds, had = time.process_time(), set(sys.modules)
import phlo_hooks_dagster
if sys.argv[-1] == "hook":
    from phlo_hooks import hook
    hook(events=["run.end"])(lambda event: None)
phlo_hooks_dagster.with_phlo_hooks(defs)
ours = time.process_time() - dagster_seconds
print(json.dumps({"ours": ours, "dagster": dagster_seconds, "new": sorted(set(sys.modules) - had)}))
"""


def child(*arguments: str) -> dict[str, object]:
    """Run our Python with these arguments, away from any instance, and return the JSON it prints last."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("DAGSTER_", "PHLO_HOOKS_"))}
        environment |= {"DAGSTER_DISABLE_TELEMETRY": "1", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)[:80]} failed:\n{done.stderr[-2000:]}")
    answer: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def number(answer: dict[str, object], name: str) -> float:
    """Return one number of an answer."""
    value = answer[name]
    assert isinstance(value, float)
    return value


def loading() -> Iterator[Measurement]:
    """Measure what our line adds to a process that has imported Dagster; the least of some rounds."""
    yield _loading("our line, in a step's process", ["api", "execute_step"], limit=100)
    yield _loading("the same, and a hook beside it", ["api", "execute_step", "hook"], limit=100)
    yield _loading("our line, in the code server", ["api", "grpc"], limit=None)


def _loading(name: str, command: list[str], *, limit: float | None) -> Measurement:
    answers = [child("-c", LOADING, *command) for _ in range(ROUNDS)]
    dagster = min(number(each, "dagster") for each in answers) * 1000
    new = answers[0]["new"]
    assert isinstance(new, list)
    loaded = [sdk for sdk in SDKS if sdk in new]
    return Measurement(
        name=name,
        value=min(number(each, "ours") for each in answers) * 1000,
        unit="ms CPU",
        limit=limit,
        note=f"import and call, after Dagster's {dagster:,.0f} ms; SDKs loaded: {', '.join(loaded) or 'none'}",
    )


def steps() -> Iterator[Measurement]:
    """Measure a step with and without us in turns, and without us once more: what that differs by is noise."""
    script = str(ROOT / "benchmarks" / "step_project.py")
    series = {"without": "without", "again": "without", "with": "with"}
    best = dict.fromkeys(series, float("inf"))
    for _ in range(ROUNDS):
        for name, kind in series.items():
            best[name] = min(best[name], number(child(script, kind, str(ASSETS)), "seconds_per_step") * 1000)
    noise = abs(best["without"] - best["again"])
    calls = number(child(script, "calls", str(ASSETS)), "calls_of_ours")
    yield Measurement(
        name="a step, without us",
        value=best["without"],
        unit="ms CPU",
        note=f"{ASSETS} assets, in-process executor, SQLite; least of {ROUNDS} runs",
    )
    yield Measurement(name="a step, with us", value=best["with"], unit="ms CPU", note="in turns with the others")
    yield Measurement(
        name="what we add to a step",
        value=best["with"] - best["without"],
        unit="ms CPU",
        limit=5,
        note=f"without us, measured twice, differs by {noise:.1f} ms: trust it on a quiet machine only",
    )
    yield Measurement(
        name="calls of our code in a run", value=calls, unit="calls", limit=1, note=f"counted over {ASSETS} steps"
    )
