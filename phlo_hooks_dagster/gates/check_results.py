"""What checks said of an upstream's newest materializations, and of nothing older."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from dagster import AssetCheckEvaluation, AssetCheckKey, EventLogRecord

from phlo_hooks_dagster.compat_gates import (
    checks_in_run,
    earlier_check_records,
    end_of_check_step,
    is_planned,
    newest_check_records,
    partitions_in_run,
)
from phlo_hooks_dagster.gates.gate import GateView, Upstream
from phlo_hooks_dagster.gates.history import newest, record_of

Results = dict[str | None, AssetCheckEvaluation]
"""Partition, ``None`` for an asset without, to what a check said of its newest materialization."""


@dataclass(frozen=True)
class Subject:
    """An upstream as its checks are to speak of it."""

    view: GateView
    upstream: Upstream

    @cached_property
    def slots(self) -> Mapping[str | None, int]:
        """The newest materialization of each partition."""
        return newest(self.view, self.upstream)

    @property
    def partitions(self) -> Sequence[str | None]:
        """The partitions that results must be there for; what nobody materializes has one result, of no partition."""
        return tuple(self.slots) or (None,)

    @property
    def checks(self) -> frozenset[str]:
        """Names of its checks: those defined here, and of what is made elsewhere those of the run that made it."""
        record = self._newest_record
        if self.upstream.local or record is None or not record.run_id:
            return self.upstream.checks
        return self.upstream.checks | checks_in_run(self.view.instance, record.run_id, self.upstream.key)

    def results(self, names: Sequence[str]) -> dict[str, Results | None]:
        """Return what each check said; ``None`` for one that this run is still to evaluate."""
        keys = [AssetCheckKey(self.upstream.key, name) for name in names]
        known = newest_check_records(self.view.instance, keys)
        return {key.name: self._results(known[key]) if key in known else {} for key in keys}

    def end_of(self, name: str) -> str | None:
        """Return how the step ended that this run evaluates a check in; ``None`` while it has not."""
        return end_of_check_step(self.view.instance, self.view.run_id, AssetCheckKey(self.upstream.key, name))

    def _results(self, last: Any) -> Results | None:
        found: Results = {}
        for record in chain([last], earlier_check_records(self.view.instance, last)):
            if is_planned(record):
                if record.run_id == self.view.run_id and self.end_of(last.key.name) is None:
                    return None
            elif record.evaluation is not None:
                for partition in self._speaks_of(record):
                    found.setdefault(partition, record.evaluation)
            if len(found) == len(self.partitions):
                break
        return found

    def _speaks_of(self, record: Any) -> tuple[str | None, ...]:
        """Return the partition whose newest materialization a result belongs to."""
        if not self.slots:
            return () if self.upstream.local else (None,)
        target = record.evaluation.target_materialization_data
        if target is not None and (judged := self._judged(record.run_id, target.storage_id)):
            return judged
        made = self._newest_record
        if len(self.slots) > 1 or made is None or record.event is None:
            return ()
        return tuple(self.slots) if _belongs(record, made) else ()

    def _judged(self, run_id: str, newest_then: int) -> tuple[str | None, ...]:
        """Return what was there of the run's partitions: one result speaks of a range, or of the whole, as it was."""
        older = any(storage_id < newest_then for storage_id in self.slots.values())
        theirs = self._partitions_in(run_id) if older else frozenset()
        return tuple(
            partition
            for partition, storage_id in self.slots.items()
            if storage_id == newest_then or (storage_id < newest_then and (theirs is None or partition in theirs))
        )

    def _partitions_in(self, run_id: str) -> frozenset[str] | None:
        if run_id not in self._of_runs:
            definition = self.upstream.partitions_def
            self._of_runs[run_id] = partitions_in_run(self.view.instance, run_id, definition)
        return self._of_runs[run_id]

    @cached_property
    def _of_runs(self) -> dict[str, frozenset[str] | None]:
        return {}

    @cached_property
    def _newest_record(self) -> EventLogRecord | None:
        if not self.slots:
            return None
        return record_of(self.view.instance, self.upstream.key, max(self.slots.values()))


def _belongs(record: Any, made: EventLogRecord) -> bool:
    """
    Say whether a result without the materialization as its target speaks of it all the same.

    One that was reported by hand has no target: it speaks of what was there. One that the materializing step told
    before the materialization has the one before as its target, or none; what an earlier attempt made is not that.
    """
    target = record.evaluation.target_materialization_data
    if target is None and record.event.timestamp >= made.timestamp:
        return True
    step, making = (record.run_id, record.event.step_key), (made.run_id, made.event_log_entry.step_key)
    return bool(made.run_id) and step == making and (target is None or target.run_id != made.run_id)
