"""One run's log records in, events out; the same events whatever way the log is cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from dagster import DagsterEventType, EventLogRecord

from phlo_hooks.events import HookEvent
from phlo_hooks_dagster.identity.rules import TranslationRules
from phlo_hooks_dagster.snapshot import LocationSnapshot
from phlo_hooks_dagster.translator.artifacts import DbtArtifacts
from phlo_hooks_dagster.translator.assets import asset_materialized, asset_observed, asset_planned
from phlo_hooks_dagster.translator.checks import check_evaluated, check_planned
from phlo_hooks_dagster.translator.context import Learned, Recorded, RunContext
from phlo_hooks_dagster.translator.errors import TranslationError
from phlo_hooks_dagster.translator.facts import RunFacts
from phlo_hooks_dagster.translator.finish import conclude
from phlo_hooks_dagster.translator.record import LogRecord, read_record
from phlo_hooks_dagster.translator.riders import rider_written
from phlo_hooks_dagster.translator.runs import run_canceling, run_ended, run_found, run_lost, run_queued, run_started
from phlo_hooks_dagster.translator.state import dump, load
from phlo_hooks_dagster.translator.statement import StatementReader
from phlo_hooks_dagster.translator.steps import step_ended, step_retried, step_skipped, step_started

CHECKPOINT_EVERY: Final = 200
"""Records after which the way back from a bad record is made short again."""

_HANDLERS: Final[Mapping[DagsterEventType, Callable[[RunContext, LogRecord], list[HookEvent]]]] = {
    DagsterEventType.RUN_ENQUEUED: run_queued,
    DagsterEventType.RUN_START: run_started,
    DagsterEventType.RUN_SUCCESS: run_ended,
    DagsterEventType.RUN_FAILURE: run_ended,
    DagsterEventType.RUN_CANCELING: run_canceling,
    DagsterEventType.RUN_CANCELED: run_ended,
    DagsterEventType.STEP_START: step_started,
    DagsterEventType.STEP_RESTARTED: step_started,
    DagsterEventType.STEP_UP_FOR_RETRY: step_retried,
    DagsterEventType.STEP_SUCCESS: step_ended,
    DagsterEventType.STEP_FAILURE: step_ended,
    DagsterEventType.STEP_SKIPPED: step_skipped,
    DagsterEventType.ASSET_MATERIALIZATION_PLANNED: asset_planned,
    DagsterEventType.ASSET_MATERIALIZATION: asset_materialized,
    DagsterEventType.ASSET_OBSERVATION: asset_observed,
    DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED: check_planned,
    DagsterEventType.ASSET_CHECK_EVALUATION: check_evaluated,
    DagsterEventType.ENGINE_EVENT: rider_written,
}


class RunTranslator:
    """
    Translates one run; feed it the run's records in the order of their ids.

    Args:
        snapshot: What the run's code location was when the run started; ``None`` leaves datasets unresolved.
        state: What an earlier translator of this run returned as ``state``; the next record fed must be the one
            after the last it had been fed.
        artifacts: Reads dbt's artifacts, where they are on this host.
        reader: Reads SQL; without one, columns come from metadata alone.
        recorded: What earlier translations left behind.
    """

    def __init__(  # all but three have defaults
        self,
        facts: RunFacts,
        snapshot: LocationSnapshot | None,
        rules: TranslationRules,
        *,
        state: bytes = b"",
        artifacts: DbtArtifacts | None = None,
        reader: StatementReader | None = None,
        recorded: Recorded | None = None,
    ) -> None:
        self._context = RunContext(facts, snapshot, rules, load(state), artifacts, reader=reader, recorded=recorded)
        self._context.holds = True
        self._checkpoint = state
        self._since: list[LogRecord] = []

    def feed(self, record: EventLogRecord) -> list[HookEvent]:
        """
        Return the events that this record completes.

        Raises:
            TranslationError: No event can be made from it; the translator stands as if it had not been fed.
        """
        try:
            read = read_record(record)
        except Exception as error:  # whatever the log holds, in whatever version it was written
            raise _refusal(self._context, record, error) from error
        if read is None:
            return []
        try:
            events = self._translate(read)
        except Exception as error:  # whatever the log holds, in whatever version it was written
            self._go_back()
            raise _refusal(self._context, record, error) from error
        self._since.append(read)
        if len(self._since) >= CHECKPOINT_EVERY:
            self._mark()
        return events

    def finish(self) -> list[HookEvent]:
        """
        Return what must be concluded now that the run has ended and its log is quiet; nothing while it has not ended.

        It may be asked again, and more records may be fed after it.
        """
        events = conclude(self._context)
        self._mark()
        return events

    def lost(self, at: datetime) -> list[HookEvent]:
        """Return ``run.lost``: nothing has been heard of the run until ``at``."""
        events = run_lost(self._context, at)
        self._mark()
        return events

    def found(self, at: datetime) -> list[HookEvent]:
        """Return ``run.found`` if the run was lost."""
        events = run_found(self._context, at)
        self._mark()
        return events

    @property
    def state(self) -> bytes:
        """What must be remembered to go on after the last record fed."""
        self._mark()
        return self._checkpoint

    def learned(self) -> Mapping[str, Learned]:
        """Return the columns of the tables that were made since this was last asked, by dataset."""
        found, self._context.learned = self._context.learned, {}
        return found

    def _translate(self, record: LogRecord) -> list[HookEvent]:
        self._context.state.last = record.at
        return _HANDLERS[record.type](self._context, record)

    def _mark(self) -> None:
        self._checkpoint = dump(self._context.state)
        self._since = []

    def _go_back(self) -> None:
        """Restore the state of the last checkpoint and read again what was good since."""
        self._context.state = load(self._checkpoint)
        for record in self._since:
            self._translate(record)


def _refusal(context: RunContext, record: EventLogRecord, error: Exception) -> TranslationError:
    event = record.event_log_entry.dagster_event
    record_type = event.event_type_value if event is not None else "log line"
    return TranslationError(context.facts.run_id, record.storage_id, record_type, f"{type(error).__name__}: {error}")
