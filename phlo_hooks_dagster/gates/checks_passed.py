"""The gate that asks for the checks of what an asset is made from."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from dagster import AssetCheckEvaluation, AssetCheckSeverity

from phlo_hooks_dagster.gates.check_results import Subject
from phlo_hooks_dagster.gates.durations import seconds_of
from phlo_hooks_dagster.gates.gate import Gate, GateView
from phlo_hooks_dagster.gates.history import never_made, place
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

    needs_upstreams: ClassVar[bool] = True

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
            found = self._look(view)
            if found.reasons or not found.pending or time.monotonic() >= deadline:
                return listed([*found.reasons, *found.pending])
            time.sleep(_POLL)

    def _look(self, view: GateView) -> _Findings:
        found = _Findings()
        known: set[str] = set()
        for upstream in view.upstreams:
            subject = Subject(view, upstream)
            names = {name for name in subject.checks if not name.startswith(GATE_CHECK)}
            known |= names
            chosen = sorted(names if self.checks is None else names.intersection(self.checks))
            if chosen and not subject.slots and upstream.local:
                found.reasons.append(f"{never_made(upstream)}, so that its checks say nothing of it")
            elif chosen:
                self._judge(subject, chosen, found)
        unknown = sorted(set(self.checks or ()) - known)
        found.reasons[:0] = [f"no upstream has a check named {name!r}" for name in unknown]
        return found

    def _judge(self, subject: Subject, names: Sequence[str], found: _Findings) -> None:
        for name, results in subject.results(names).items():
            if results is not None:
                for partition in subject.partitions:
                    found.reasons += self._verdict(subject, name, partition, results.get(partition))
            elif name not in subject.upstream.awaited:
                found.pending.append(
                    f"check {name} of {subject.upstream.name} is planned in this run and not evaluated yet; "
                    "give the check blocking=True, so that this asset waits for it, or the gate wait="
                )

    def _verdict(
        self, subject: Subject, name: str, partition: str | None, told: AssetCheckEvaluation | None
    ) -> Iterator[str]:
        where = f"check {name} of {place(subject.upstream, partition)}"
        if told is None:
            ended = subject.end_of(name)
            why = f": its {ended} in this run" if ended else ""
            yield f"{where} did not run for its newest materialization{why}"
        elif not told.passed and (self.warnings or told.severity is AssetCheckSeverity.ERROR):
            said = f" ({told.description})" if told.description else ""
            yield f"{where} failed with severity {told.severity.value}{said}"


@dataclass
class _Findings:
    """What was found out about checks; ``pending`` are those that this run is still to evaluate."""

    reasons: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
