"""
What a step's process tells of its step, made with the relay's own functions.

An event has the key that the relay's event of the same thing has, and an id of its own.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Final
from uuid import uuid4

from dagster import AssetCheckEvaluation, DagsterEvent, DagsterEventType

from phlo_hooks.events import HookEvent, LineageEvent, Status, StepEvent
from phlo_hooks_dagster import compat_step
from phlo_hooks_dagster.compat_outputs import AssetRecord, StepOutputs, record_as_event
from phlo_hooks_dagster.compat_recorded import OF_ASSETS, Recorded, recorded_in_attempt
from phlo_hooks_dagster.in_step.scope import StepScope
from phlo_hooks_dagster.translator.artifacts import DbtArtifacts
from phlo_hooks_dagster.translator.assets import asset_materialized, asset_observed, asset_starts
from phlo_hooks_dagster.translator.checks import check_evaluated
from phlo_hooks_dagster.translator.context import Origin, RunContext
from phlo_hooks_dagster.translator.record import LogRecord, partition_of
from phlo_hooks_dagster.translator.state import slot
from phlo_hooks_dagster.translator.steps import interrupts_explained, step_ended, step_retried, step_started

_Handler = Callable[[RunContext, LogRecord], list[HookEvent]]

_READ: Final[Mapping[DagsterEventType, _Handler]] = {
    DagsterEventType.STEP_START: step_started,
    DagsterEventType.STEP_RESTARTED: step_started,
    DagsterEventType.ASSET_MATERIALIZATION: asset_materialized,
    DagsterEventType.ASSET_OBSERVATION: asset_observed,
    DagsterEventType.ASSET_CHECK_EVALUATION: check_evaluated,
    DagsterEventType.STEP_UP_FOR_RETRY: step_retried,
    DagsterEventType.STEP_SUCCESS: step_ended,
    DagsterEventType.STEP_FAILURE: step_ended,
}
_LAST: Final = frozenset({DagsterEventType.STEP_SUCCESS, DagsterEventType.STEP_FAILURE})
_THE_RELAYS: Final = (LineageEvent, StepEvent)


class StepStory:
    """
    One attempt of a step: give it what happens, in order, and it returns the events of that.

    It tells assets, stages and checks. Lineage and the step's own events are the relay's: only it knows the tables of
    other steps, and how a step ended.

    Args:
        artifacts: dbt's own word on the nodes of this step.
    """

    def __init__(self, scope: StepScope, *, artifacts: DbtArtifacts | None = None) -> None:
        self._scope = scope
        self._artifacts = artifacts
        self._told = 0
        self._seen = Counter[tuple[str, str, str]]()
        self._name = uuid4().hex

    def starts(self) -> list[HookEvent]:
        """Return ``<stage>.start`` of each planned asset and partition that has a stage."""
        return asset_starts(self.context, self._origin())

    def yielded(self, item: object) -> list[HookEvent]:
        """Return the events of an item that Dagster has taken; none for what an IO manager has stored."""
        return self._recorded(self._outputs.taken(item))

    def returned(self, result: object) -> list[HookEvent]:
        """Return the events of a return value; none for what an IO manager is still to store."""
        return self._recorded(self._outputs.returned(result))

    def finished(self) -> list[HookEvent]:
        """Return the events of what was planned and not given, when the function has ended well and that is certain."""
        told = self._recorded(self._outputs.ended())
        if not self._outputs.certain:
            return told
        self._leave_to_dagster(self._outputs.coming)
        logged = [] if self._is_complete() else self.from_records(self._unread())
        return [*told, *logged, *self.from_events([compat_step.success_event(self._scope.step)])]

    def failed(self, error: BaseException) -> list[HookEvent]:
        """Return the ends of what was started and not ended, now that the step's function has raised."""
        logged = self.from_records(self._unread())
        return [*logged, *self.from_events([compat_step.failure_event(self._scope.step, error)])]

    def from_events(self, events: Iterable[DagsterEvent]) -> list[HookEvent]:
        """Return the events of what Dagster recorded just now; of a whole attempt from its start to its end."""
        now = time.time()
        return self.from_records(Recorded(at=now, event=event) for event in events)

    def from_records(self, records: Iterable[Recorded]) -> list[HookEvent]:
        """Return the events of what the log holds of an attempt, with the log's times."""
        context, told = self.context, list[HookEvent]()
        for each in records:
            if each.event.event_type == DagsterEventType.STEP_FAILURE:
                context.state.canceling = self._canceling()
            handler = _READ.get(each.event.event_type)
            if handler is not None:
                told.extend(self._read(each.event, handler, at=each.at))
        told.extend(interrupts_explained(context, Status.FAILURE))
        return [each for each in told if not isinstance(each, _THE_RELAYS)]

    @cached_property
    def context(self) -> RunContext:
        """The translator's context of this step."""
        context: RunContext = self._scope.run_context(artifacts=self._artifacts)
        return context

    @cached_property
    def _outputs(self) -> StepOutputs:
        return StepOutputs(self._scope.step)

    def _recorded(self, records: Iterable[AssetRecord]) -> list[HookEvent]:
        scope = self._scope
        events = (record_as_event(each, job_name=scope.job_name, step_key=scope.step_key) for each in records)
        told = (each for event in events for each in self._read(event, _READ[event.event_type]))
        return [each for each in told if not isinstance(each, _THE_RELAYS)]

    def _is_complete(self) -> bool:
        """Return whether all that was planned has its end."""
        state = self.context.state
        step, planned = state.steps[self._scope.step_key], state.planned.get(self._scope.step_key, {})
        return all(slot(key, each) in step.did for key, partitions in planned.items() for each in partitions)

    def _unread(self) -> list[Recorded]:
        """Return what Dagster has recorded in this attempt and was not told: what code logs, what a manager stored."""
        scope, read = self._scope, Counter(self._seen)
        unread = []
        for each in recorded_in_attempt(scope.instance, scope.run_id, scope.step_key):
            if each.event.event_type not in OF_ASSETS:
                continue
            if read[_subject(each.event)] > 0:
                read[_subject(each.event)] -= 1
            else:
                unread.append(each)
        return unread

    def _read(self, event: DagsterEvent, handler: _Handler, *, at: float | None = None) -> list[HookEvent]:
        now = time.time() if at is None else at
        self._seen[_subject(event)] += 1
        record = LogRecord(
            id=self._next_id(),
            at=now,
            type=event.event_type,
            step=self._scope.step_key,
            event=event,
            data=event.event_specific_data,
        )
        self.context.state.last = now
        if event.event_type in _LAST and self._scope.attempt > 1:
            self.context.state.done.update(self._materialized_before())
        return handler(self.context, record)

    def _canceling(self) -> bool:
        return compat_step.is_canceling(self._scope.instance, self._scope.run_id)

    def _materialized_before(self) -> set[str]:
        """Return what earlier attempts of the step have materialized: another process may have run them."""
        planned, found = self._scope.planned, set[str]()
        for key, partition in compat_step.materialized_in(self._scope.instance, self._scope.run_id):
            found.add(slot(key, "" if planned.get(key) == ("",) else partition_of(partition)))
        return found

    def _leave_to_dagster(self, keys: Iterable[str]) -> None:
        """Say nothing of assets that are yet to be stored."""
        planned = self.context.state.planned.get(self._scope.step_key, {})
        for key in keys:
            planned.pop(key, None)

    def _origin(self) -> Origin:
        now = time.time()
        self.context.state.last = now
        return Origin(at=now, record=self._next_id(), step=self._scope.step_key, attempt=self._scope.attempt)

    def _next_id(self) -> int:
        """Return a number below all of the log's, so that ids made from it are nobody else's."""
        self._told += 1
        return -int.from_bytes(hashlib.sha256(f"{self._name}|{self._told}".encode()).digest()[:6])


def _subject(event: DagsterEvent) -> tuple[str, str, str]:
    """Return what a record is about: its type, asset, and partition or check."""
    data = event.event_specific_data
    if isinstance(data, AssetCheckEvaluation):
        return event.event_type_value, data.asset_key.to_user_string(), data.check_name
    key = event.asset_key
    return event.event_type_value, key.to_user_string() if key else "", partition_of(event.partition)
