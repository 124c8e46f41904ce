"""The gate that asks for the checks of what an asset is made from."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dagster import AssetCheckEvaluation, AssetCheckKey, AssetCheckSeverity

from phlo_hooks_dagster.compat_gates import check_records, checks_in_run, end_of_check_step, is_planned
from phlo_hooks_dagster.gates.durations import seconds_of
from phlo_hooks_dagster.gates.gate import Gate, GateView, Upstream
from phlo_hooks_dagster.gates.history import Slots, never_made, newest, place, record_of
from phlo_hooks_dagster.gates.text import listed

GATE_CHECK: Final = "phlo_gate_for_"
"""How the names of blocking checks begin that stand for gates; no gate waits for another's."""

_POLL: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class ChecksPassed(Gate):
    """
    Closed while a check of an upstream failed with severity ERROR, or did not run for what is now there.

    Attributes:
        checks: Only these, by name; each must be a check of one of the upstreams. ``None`` for all there are.
        warnings: Whether a check that failed with severity WARN closes the gate too.
        wait: How long to wait for checks that this run is still to evaluate: seconds, a timedelta, or ``"5m"``. Of use
            where steps run in parallel; where they do not, such a check never runs while this step waits for it.
    """

    checks: Sequence[str] | None = None
    warnings: bool = False
    wait: Any = 0

    def __post_init__(self) -> None:
        """Refuse a wait that is no time, and a bare string of checks."""
        seconds_of(self.wait, "ChecksPassed(wait=...)")
        if isinstance(self.checks, str):
            raise TypeError(f"ChecksPassed(checks={self.checks!r}): write checks=[{self.checks!r}]")

    def reason_to_stop(self, view: GateView) -> str | None:
        """Name each check that failed or is missing."""
        deadline = time.monotonic() + seconds_of(self.wait, "wait")
        while True:
            found = _Findings(view)
            known: set[str] = set()
            for upstream in view.upstreams:
                known |= found.look_at(upstream, only=self.checks, warnings=self.warnings)
            unknown = sorted(set(self.checks or ()) - known)
            if not found.pending or found.reasons or time.monotonic() >= deadline:
                break
            time.sleep(_POLL)
        missing = [f"no upstream has a check named {name!r}" for name in unknown]
        return listed([*missing, *found.reasons, *found.pending])


@dataclass
class _Findings:
    """What was found out about checks; ``pending`` are those that this run is still to evaluate."""

    view: GateView
    reasons: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)

    def look_at(self, upstream: Upstream, *, only: Sequence[str] | None, warnings: bool) -> set[str]:
        """Judge an upstream's checks and return the names of all it has."""
        slots = newest(self.view, upstream)
        names = set(upstream.checks) | (set() if upstream.local else self._told(upstream, slots))
        names = {name for name in names if not name.startswith(GATE_CHECK)}
        chosen = sorted(names if only is None else names.intersection(only))
        if chosen and not slots and upstream.local:
            self.reasons.append(f"{never_made(upstream)}, so that its checks say nothing of it")
            return names
        for name in chosen:
            self._judge(upstream, name, slots, warnings=warnings)
        return names

    def _told(self, upstream: Upstream, slots: Slots) -> set[str]:
        """Return the checks of an asset of another code location: those of the runs that made it."""
        names: set[str] = set()
        for run_id in {record.run_id for record in _records(self.view, upstream, slots)} - {""}:
            names |= checks_in_run(self.view.instance, run_id, upstream.key)
        return names

    def _judge(self, upstream: Upstream, name: str, slots: Slots, *, warnings: bool) -> None:
        results = _results(self.view, upstream, name, slots)
        if isinstance(results, str):
            if name not in upstream.awaited:
                self.pending.append(results)
            return
        for partition in slots or (None,):
            self._judge_one(upstream, name, partition, results.get(partition), warnings=warnings)

    def _judge_one(
        self, upstream: Upstream, name: str, partition: str | None, told: AssetCheckEvaluation | None, *, warnings: bool
    ) -> None:
        where = place(upstream, partition)
        if told is None:
            ended = end_of_check_step(self.view.instance, self.view.run_id, AssetCheckKey(upstream.key, name))
            why = f": its {ended} in this run" if ended else ""
            self.reasons.append(f"check {name} of {where} did not run for its newest materialization{why}")
        elif not told.passed and (warnings or told.severity is AssetCheckSeverity.ERROR):
            said = f" ({told.description})" if told.description else ""
            self.reasons.append(f"check {name} of {where} failed with severity {told.severity.value}{said}")


def _results(
    view: GateView, upstream: Upstream, name: str, slots: Slots
) -> dict[str | None, AssetCheckEvaluation] | str:
    """Return what the check said of each newest materialization; a sentence while this run is to ask it."""
    wanted = {storage_id: partition for partition, storage_id in slots.items()}
    steps = _steps(view, upstream, slots) if upstream.local or slots else {}
    found: dict[str | None, AssetCheckEvaluation] = {}
    check = AssetCheckKey(upstream.key, name)
    for record in check_records(view.instance, check):
        if is_planned(record):
            if record.run_id == view.run_id and not end_of_check_step(view.instance, view.run_id, check):
                return (
                    f"check {name} of {upstream.name} is planned in this run and not evaluated yet; "
                    "give the check blocking=True, so that this asset waits for it, or the gate wait="
                )
            continue
        told = record.evaluation
        if told is None:
            continue
        target = told.target_materialization_data
        step = (record.run_id, record.event.step_key if record.event else None)
        partition = wanted.get(target.storage_id, steps.get(step, "")) if target else steps.get(step, "")
        if not slots and not upstream.local:
            partition = None
        if partition != "":
            found.setdefault(partition, told)
        if len(found) == len(slots or (None,)):
            break
    return found


def _steps(view: GateView, upstream: Upstream, slots: Slots) -> dict[tuple[str, str | None], str | None]:
    """Return the steps that made the newest materializations: a check in the same step speaks of the same data."""
    if len(slots) != 1:
        return {}
    partition = next(iter(slots))
    return {(record.run_id, record.event_log_entry.step_key): partition for record in _records(view, upstream, slots)}


def _records(view: GateView, upstream: Upstream, slots: Slots) -> Iterator[Any]:
    for storage_id in list(slots.values())[-1:]:
        record = record_of(view.instance, upstream.key, storage_id)
        if record is not None:
            yield record
