"""Records that belong to no run: what was reported from outside of Dagster, and what was emitted outside of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from dagster import DagsterEventType, EventLogRecord

from phlo_hooks.events import HookEvent
from phlo_hooks_dagster.identity.rules import TranslationRules
from phlo_hooks_dagster.riders import EventRider
from phlo_hooks_dagster.snapshot import LocationSnapshot
from phlo_hooks_dagster.translator.assets import asset_materialized, asset_observed
from phlo_hooks_dagster.translator.checks import check_evaluated
from phlo_hooks_dagster.translator.context import Recorded, RunContext
from phlo_hooks_dagster.translator.errors import TranslationError
from phlo_hooks_dagster.translator.facts import RunFacts
from phlo_hooks_dagster.translator.record import LogRecord, read_record
from phlo_hooks_dagster.translator.riders import about, rider_of, rider_written
from phlo_hooks_dagster.translator.state import RunState

_HANDLERS: Final[Mapping[DagsterEventType, Callable[[RunContext, LogRecord], list[HookEvent]]]] = {
    DagsterEventType.ASSET_MATERIALIZATION: asset_materialized,
    DagsterEventType.ASSET_OBSERVATION: asset_observed,
    DagsterEventType.ASSET_CHECK_EVALUATION: check_evaluated,
    DagsterEventType.ENGINE_EVENT: rider_written,
}


def translate_runless(
    record: EventLogRecord,
    snapshots: Iterable[LocationSnapshot],
    rules: TranslationRules,
    instance_id: str,
    *,
    recorded: Recorded | None = None,
) -> list[HookEvent]:
    """
    Return the events of a record that belongs to no run.

    The first code location that defines the asset, and executes or declares it, says what it is.

    Args:
        snapshots: The newest of each code location.
        recorded: Says which ids that user code gives are taken.

    Raises:
        TranslationError: No event can be made from it.
    """
    try:
        read = read_record(record)
        handler = _HANDLERS.get(read.type) if read is not None else None
        if read is None or handler is None:
            return []
        facts = RunFacts(run_id="", job_name="", status="", instance_id=instance_id)
        known = recorded if read.type is DagsterEventType.ENGINE_EVENT else None
        return handler(RunContext(facts, _owner(read, snapshots), rules, RunState(), recorded=known), read)
    except Exception as error:  # whatever the log holds, in whatever version it was written
        event = record.event_log_entry.dagster_event
        record_type = event.event_type_value if event is not None else "log line"
        raise TranslationError("", record.storage_id, record_type, f"{type(error).__name__}: {error}") from error


def _owner(record: LogRecord, snapshots: Iterable[LocationSnapshot]) -> LocationSnapshot | None:
    name = _about(record)
    having = [snapshot for snapshot in snapshots if name in snapshot.assets]
    having.sort(key=lambda each: (each.assets[name].stub, each.code_location))
    return having[0] if having else None


def _about(record: LogRecord) -> str:
    """Return the asset that a record speaks of, ``""`` for none."""
    if record.type is DagsterEventType.ENGINE_EVENT:
        rider = rider_of(record)
        return about(rider.event)[0] if isinstance(rider, EventRider) else ""
    key = record.event.asset_key or getattr(record.data, "asset_key", None)
    return key.to_user_string() if key is not None else ""
