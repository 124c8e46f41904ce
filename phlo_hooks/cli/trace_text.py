"""A run as a waterfall of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from phlo_hooks.cli.lineage_text import CHECK_STYLES, STYLES
from phlo_hooks.cli.output import Column, Output
from phlo_hooks.cli.text import at, clean, count, span
from phlo_hooks.lineage.graph import GraphModel, GraphRun, GraphStep, RunCheck
from phlo_hooks.lineage.tracing import Trace

_BAD: Final = frozenset(["failure", "lost", "retry", "error", "canceled", "started"])
_MARKS: Final = {"fail": "✗", "error": "✗", "warn": "!"}
_STATUS: Final = 8
_TIME: Final = 11
_GAP: Final = 2
_LEAST_NAME: Final = 8
_LEAST_BAR: Final = 5
_NARROW: Final = 70
_DELIVERIES: Final = (
    Column(title="consumer"),
    Column(title="handled", right=True, whole=True),
    Column(title="waiting", right=True, whole=True),
    Column(title="dead", right=True, whole=True),
    Column(title="to come", right=True, whole=True),
    Column(title="before its time", right=True, whole=True, optional=True),
    Column(title="last error", optional=True),
)
Timed = TypeVar("Timed", GraphStep, GraphModel)


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """How wide each column of the waterfall is, and how long the run is."""

    name: int
    bar: int
    seconds: float
    with_start: bool

    def line(self, name: str, status: str, start: float | None, took: float | None, bar: str) -> list[tuple[str, str]]:
        """Return one line of the waterfall."""
        style = STYLES.get(status, "")
        cells = [(_fit(name, self.name) + " " * _GAP, ""), (_fit(status, _STATUS) + " " * _GAP, style)]
        if self.with_start:
            cells.append((_right(span(start) if start is not None else "-"), "dim"))
        cells.append((_right(span(took) if took is not None else "-"), ""))
        return [*cells, (" " * _GAP + bar, style)]

    def bar_of(self, start: float | None, took: float | None, mark: str) -> str:
        """Return a bar on the time axis; nothing when it is not known where it begins."""
        if start is None:
            return ""
        left = min(self.bar - 1, int(self.bar * start / self.seconds))
        length = 1 if took is None else max(1, round(self.bar * took / self.seconds))
        return " " * left + mark * min(self.bar - left, length)


def print_trace(output: Output, trace: Trace, *, limit: int | None, now: datetime) -> None:
    """
    Print a run.

    Args:
        limit: How many steps, and how many models in each; ``None`` for all.
        now: Where the bars of what still runs end.
    """
    run = trace.run
    _print_head(output, run, trace.last_at, now)
    seconds = _length(trace, now)
    sheet = _sheet(output, run, seconds)
    if run.steps:
        output.line()
        title = [("step", sheet.name), ("status", _STATUS)]
        head = "".join(_fit(text.upper(), width) + " " * _GAP for text, width in title)
        head += (_right("START") if sheet.with_start else "") + _right("TOOK") + " " * _GAP
        end = span(seconds)
        output.pieces((head + "0 s" + end.rjust(max(0, sheet.bar - len("0 s"))), "bold"))
    shown = _choose(run.steps, limit)
    checks = _by_step(run)
    last = {step.key: step.attempt for step in shown}
    for step in shown:
        of_step = checks.get(step.key, ()) if last[step.key] == step.attempt else ()
        for line in _step_lines(step, of_step, sheet, limit, run.status):
            output.pieces(*line)
    if len(shown) < len(run.steps):
        left = count(len(run.steps) - len(shown), "step")
        comfort = ", none of which failed" if _all_good(run.steps, shown) else ""
        output.line(f"… {left} left out{comfort}; --limit 0 shows all")
    _print_foot(output, trace, checks.get("", ()))


def _print_head(output: Output, run: GraphRun, last_at: datetime, now: datetime) -> None:
    took = f"  {span(run.seconds)}" if run.seconds is not None else ""
    output.pieces(
        (f"run {run.id}", "bold"),
        (f"  {run.job or ''}", ""),
        (f"  {run.status}", STYLES.get(run.status, "")),
        (took, ""),
    )
    began = "queued" if run.status == "queued" else "started"
    queued = f", after {span(run.queued_seconds)} in the queue" if run.queued_seconds else ""
    silent = run.status in ("started", "queued")
    output.fields(
        {
            began: f"{at(run.started_at)} UTC{queued}",
            "last event": f"{at(last_at)} UTC, {span(max(0.0, (now - last_at).total_seconds()))} ago"
            if silent
            else None,
            "launched by": run.launcher,
            "partition": run.partition,
            "location": run.code_location,
            "error": run.error,
            "Dagster": run.url,
        },
        indent=2,
    )


def _print_foot(output: Output, trace: Trace, loose: Sequence[RunCheck]) -> None:
    outcomes = Counter(check.outcome for check in trace.run.checks)
    output.line()
    for line in _check_lines(loose, 0):
        output.pieces(*line)
    if outcomes:
        words = ", ".join(f"{number} {word}" for word, number in sorted(outcomes.items()))
        output.line(f"{count(sum(outcomes.values()), 'check')}: {words}")
    types = ", ".join(f"{name} {number}" for name, number in trace.event_types.items())
    output.line(f"{count(trace.run.events, 'event')}: {types}")
    output.line()
    output.heading("deliveries of this run")
    output.table(
        _DELIVERIES,
        [
            (each.consumer, each.handled, each.waiting, each.dead, each.to_come, each.before or None, each.last_error)
            for each in trace.deliveries
        ],
    )


def _step_lines(
    step: GraphStep, checks: Sequence[RunCheck], sheet: _Sheet, limit: int | None, run_status: str
) -> Iterator[list[tuple[str, str]]]:
    runs_on = step.status == "started" and run_status == "started"
    took = max(0.0, sheet.seconds - step.start) if runs_on else step.seconds
    name = step.key if step.attempt == 1 else f"{step.key} (attempt {step.attempt})"
    mark = "░" if runs_on else "·" if step.seconds is None else "█"
    yield sheet.line(name, step.status, step.start, took, sheet.bar_of(step.start, took, mark))
    if step.error:
        yield [("  " + _one_line(step.error), STYLES.get(step.status, ""))]
    models = _choose(step.models, limit)
    for model in models:
        bar = sheet.bar_of(model.start, model.seconds, "▒")
        yield sheet.line(f"  {model.name}", model.status, model.start, model.seconds, bar)
        if model.message and model.status in _BAD:
            yield [("    " + _one_line(model.message), STYLES.get(model.status, ""))]
    if len(models) < len(step.models):
        yield [(f"  … {count(len(step.models) - len(models), 'model')} left out", "dim")]
    yield from _check_lines(checks, 2)


def _check_lines(checks: Iterable[RunCheck], indent: int) -> Iterator[list[tuple[str, str]]]:
    """Yield the checks that did not pass."""
    for check in checks:
        if check.outcome in _MARKS:
            message = f": {_one_line(check.message)}" if check.message else ""
            text = f"{' ' * indent}{_MARKS[check.outcome]} {check.outcome} {check.name}{message}"
            yield [(text, CHECK_STYLES.get(check.outcome, ""))]


def _by_step(run: GraphRun) -> dict[str, list[RunCheck]]:
    found: dict[str, list[RunCheck]] = {}
    keys = {step.key for step in run.steps}
    for check in run.checks:
        found.setdefault(check.step if check.step in keys and check.step else "", []).append(check)
    return found


def _choose(steps: Sequence[Timed], limit: int | None) -> Sequence[Timed]:
    """Return what failed, and else what took longest, in their own order."""
    if limit is None or len(steps) <= limit:
        return steps
    ranked = sorted(
        range(len(steps)), key=lambda place: (steps[place].status not in _BAD, -(steps[place].seconds or 0.0))
    )
    kept = set(ranked[:limit])
    return [step for place, step in enumerate(steps) if place in kept]


def _all_good(steps: Sequence[GraphStep], shown: Sequence[GraphStep]) -> bool:
    bad = sum(step.status in _BAD for step in steps)
    return bad == sum(step.status in _BAD for step in shown)


def _length(trace: Trace, now: datetime) -> float:
    run = trace.run
    ends = [run.seconds or 0.0, *(step.start + (step.seconds or 0.0) for step in run.steps)]
    ends += [check.at for check in run.checks]
    if run.status == "started":
        ends.append((now - run.started_at).total_seconds())
    ends.append((trace.last_at - run.started_at).total_seconds())
    return max(*ends, 0.001)


def _sheet(output: Output, run: GraphRun, seconds: float) -> _Sheet:
    width = output.width
    names = [len(step.key) + 13 * (step.attempt > 1) for step in run.steps]
    names += [len(model.name) + 2 for step in run.steps for model in step.models]
    with_start = width >= _NARROW
    fixed = _STATUS + 2 * _GAP + _TIME * (1 + with_start) + _GAP
    name = max(_LEAST_NAME, min(max(names, default=0), (width - fixed) // 2))
    return _Sheet(name=name, bar=max(_LEAST_BAR, width - fixed - name), seconds=seconds, with_start=with_start)


def _fit(text: str, width: int) -> str:
    """Return printable text of exactly so many cells, cut when it is longer."""
    from rich.cells import cell_len, set_cell_size

    text = clean(text)
    return set_cell_size(text, width - 1) + "…" if cell_len(text) > width else set_cell_size(text, width)


def _right(text: str) -> str:
    return text.rjust(_TIME)


def _one_line(text: str) -> str:
    return " ".join(text.split())
