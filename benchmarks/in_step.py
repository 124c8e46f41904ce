"""What a decorated step costs, in processor time, beside the same step undecorated; and what it must not do."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import Measurement
from benchmarks.steps import ROOT, child, number

COUNT = 20
ROUNDS = 7
LIMIT = 10
KINDS = {
    "decorated": ("a decorator, no in-step hook", LIMIT),
    "hook": ("a decorator and an in-step hook", LIMIT),
    "live": ("live=True and an in-step hook", LIMIT),
    "rider": ("a decorator, a hook and an event emitted", None),
}
FIRST_LIMIT = 20


def in_step() -> Iterator[Measurement]:
    """Measure each kind against undecorated assets, in turns in one process; the least of some rounds."""
    connections: list[object] = []
    files: list[object] = []
    script = str(ROOT / "benchmarks" / "in_step_project.py")
    for kind, (name, limit) in KINDS.items():
        answer = child(script, kind, str(COUNT), str(ROUNDS))
        plain = number(answer, "plain") * 1000
        calls = number(answer, "calls") / (COUNT * (ROUNDS + 1))
        yield Measurement(
            name=name,
            value=number(answer, "measured") * 1000 - plain,
            unit="ms CPU",
            limit=limit,
            note=f"beside a step's {plain:.1f} ms; hook called {calls:g} times; {_stored(kind)}",
        )
        connections += _listed(answer, "connections")
        files += _listed(answer, "files")
    yield _first_step(script)
    yield Measurement(
        name="connections to a network", value=len(connections), unit="", limit=1, note="in all steps above"
    )
    shown = ", ".join(sorted({str(each) for each in files}))
    yield Measurement(name="files of ours in a step", value=len(files), unit="", limit=1, note=shown)


def _stored(kind: str) -> str:
    return "one record more in Dagster's log" if kind in {"rider", "live"} else "Dagster's log as before"


def _first_step(script: str) -> Measurement:
    """Measure what a process pays once: imports, settings and the bus, until its first step has ended."""
    least = {
        kind: min(number(child(script, kind, "1", "1"), "first") for _ in range(ROUNDS)) * 1000
        for kind in ("plain", "hook")
    }
    ours = least["hook"] - least["plain"]
    return Measurement(
        name="once in a step's process, with a hook",
        value=100 * ours / least["plain"],
        unit="% CPU",
        limit=FIRST_LIMIT,
        note=f"{ours:.0f} ms for imports, settings and the bus, beside the {least['plain']:.0f} ms of a process and "
        "its first step without us",
    )


def _listed(answer: dict[str, object], name: str) -> list[object]:
    listed = answer[name]
    assert isinstance(listed, list)
    return listed
