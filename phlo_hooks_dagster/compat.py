"""
What Dagster does not document and the relay needs all the same: one small function each.

``tests/dagster/test_compat.py`` asks each of them whether Dagster still behaves as it did.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from dagster import AssetKey, DagsterEventType, DagsterInstance, DagsterRun, EventLogEntry, EventLogRecord, RunRequest
from dagster._core.errors import DagsterEventLogInvalidForRun
from dagster._core.event_api import EventLogCursor
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._core.storage.event_log.in_memory import InMemoryEventLogStorage
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite import ConsolidatedSqliteEventLogStorage, SqliteEventLogStorage
from dagster._core.storage.runs.sqlite import SqliteRunStorage
from dagster._serdes import deserialize_value, serialize_value
from dagster_shared.serdes.errors import DeserializationError

from phlo_hooks_dagster.compat_recorded import event_log_storage
from phlo_hooks_dagster.compat_step import code_location_of as code_location_of  # noqa: PLC0414  # a public name here too

RUNLESS_RUN_ID: Final = ""

INSTANCE_VARIABLE: Final = "PHLO_HOOKS_INSTANCE_REF"
"""Names a file with a serialised instance reference, which may hold passwords: readable by its owner only."""

ChangeToken = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """
    Which records to read.

    Attributes:
        types: Of these types; of all when there are none.
        marked: Of these types, only records whose stored form holds the text, where the storage can look into it.
    """

    types: frozenset[DagsterEventType] = frozenset()
    marked: Mapping[DagsterEventType, str] = field(default_factory=dict)


ANY: Final = Wanted()


def read_records(
    instance: DagsterInstance, run_id: str, *, after: int, limit: int, wanted: Wanted = ANY
) -> Sequence[EventLogRecord]:
    """
    Return a run's records with ids above ``after``, oldest first.

    Raises:
        DagsterEventLogInvalidForRun: One of the rows cannot be decoded; it spoils the whole page.
    """
    storage = event_log_storage(instance)
    if not wanted.marked or not isinstance(storage, SqlEventLogStorage):
        return instance.get_records_for_run(
            run_id,
            cursor=EventLogCursor.from_storage_id(after).to_string(),
            of_type=set(wanted.types) or None,
            limit=limit,
        ).records
    rows = _rows(storage, SqlEventLogStorageTable.c.event, run_id, after=after, wanted=wanted, limit=limit)
    try:
        return [
            EventLogRecord(storage_id=int(number), event_log_entry=deserialize_value(body, EventLogEntry))
            for number, body in rows
        ]
    except (ValueError, DeserializationError, RecursionError) as error:
        raise DagsterEventLogInvalidForRun(run_id=run_id) from error  # type: ignore[no-untyped-call]  # as Dagster has it


def newest_record(instance: DagsterInstance, run_id: str) -> EventLogRecord | None:
    """Return the record of a run that was written last, of whatever type, lines of a user's logger included."""
    records = instance.get_records_for_run(run_id, limit=1, ascending=False).records
    return records[0] if records else None


def row_ids(
    instance: DagsterInstance, run_id: str, *, after: int, wanted: Wanted = ANY, limit: int | None = None
) -> Sequence[tuple[int, str]]:
    """Return ids and types of a run's rows without decoding them (decoding is what reading costs)."""
    storage = event_log_storage(instance)
    if not isinstance(storage, SqlEventLogStorage):
        found = read_records(instance, run_id, after=after, limit=limit or 1_000_000, wanted=wanted)
        return [(record.storage_id, _type_name(record)) for record in found]
    kinds = SqlEventLogStorageTable.c.dagster_event_type
    rows = _rows(storage, kinds, run_id, after=after, wanted=wanted, limit=limit)
    return [(int(number), str(kind or "")) for number, kind in rows]


def _rows(
    storage: SqlEventLogStorage, column: Any, run_id: str, *, after: int, wanted: Wanted, limit: int | None
) -> Sequence[Any]:
    """Return ids and one more column of a run's rows."""
    table = SqlEventLogStorageTable
    query = table.select().with_only_columns(table.c.id, column)
    query = query.where(table.c.run_id == run_id, table.c.id > after).order_by(table.c.id)
    kind = table.c.dagster_event_type
    if wanted.types:
        query = query.where(kind.in_(sorted(each.value for each in wanted.types)))
    for each, text in wanted.marked.items():
        query = query.where((kind != each.value) | table.c.event.contains(text, autoescape=True))
    with storage.run_connection(run_id) as connection:
        return connection.execute(query.limit(limit)).fetchall()


def has_log(instance: DagsterInstance, run_id: str) -> bool:
    """Say whether reading the run's log finds one; asking Dagster's SQLite storage would create a file for it."""
    storage = event_log_storage(instance)
    if _is_sharded(storage):
        return Path(storage.path_for_shard(run_id)).exists()
    return True


def change_token(instance: DagsterInstance, run_id: str) -> ChangeToken | None:
    """
    Return something that differs when the run's log has grown, without opening it.

    Only SQLite's run shards have one: their files' sizes and times. ``None`` means: read to find out.
    """
    storage = event_log_storage(instance)
    if not _is_sharded(storage):
        return None
    path = storage.path_for_shard(run_id)
    return (*_stat(path), *_stat(f"{path}-wal"))


def rows_commit_in_order(instance: DagsterInstance) -> bool:
    """Say whether a record with a lower id never appears after one with a higher id: SQLite and memory, one writer."""
    kinds = (SqliteEventLogStorage, ConsolidatedSqliteEventLogStorage, InMemoryEventLogStorage)
    return isinstance(event_log_storage(instance), kinds)


def instance_id(instance: DagsterInstance) -> str:
    """Return the id that Dagster gave this instance's run storage when it was made."""
    storage: Any = instance.run_storage
    return str(storage.get_run_storage_id())


def step_upstreams(instance: DagsterInstance, run: DagsterRun) -> Mapping[str, tuple[str, ...]]:
    """Return for each step that the run executes the steps it directly waits for; empty when no plan is stored."""
    if not run.execution_plan_snapshot_id:
        return {}
    plan = instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id)
    to_execute = set(plan.step_keys_to_execute)
    return {
        step.key: tuple(dict.fromkeys(key for item in step.inputs for key in item.upstream_step_keys))
        for step in plan.steps
        if step.key in to_execute
    }


def assets_of(instance: DagsterInstance, run: DagsterRun) -> set[AssetKey]:
    """Return the assets that the run selected, and those that its plan makes or checks; a job's run selects none."""
    found = set(run.asset_selection or ())
    if run.execution_plan_snapshot_id:
        plan = instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id)
        told = [output.properties for step in plan.steps for output in step.outputs if output.properties]
        found.update(each.asset_key for each in told if each.asset_key)
        found.update(each.asset_check_key.asset_key for each in told if each.asset_check_key)
    return found


def instance_ref_text(instance: DagsterInstance) -> str | None:
    """Return what another process needs to open the same instance; ``None`` for one that lives in memory."""
    return serialize_value(instance.get_ref()) if instance.is_persistent else None


def open_instance(ref_text: str) -> DagsterInstance:
    """Open the instance that ``instance_ref_text`` described."""
    return DagsterInstance.from_ref(deserialize_value(ref_text, InstanceRef))


def handed_on_instance() -> DagsterInstance:
    """
    Open the instance that a code server described in a file, else the one that ``DAGSTER_HOME`` names.

    Raises:
        DagsterHomeNotSetError: Neither is given.
    """
    path = os.environ.get(INSTANCE_VARIABLE)
    if path:
        return open_instance(Path(path).read_text(encoding="utf-8"))
    return DagsterInstance.get()


def storage_to_come() -> Path | None:
    """
    Return an SQLite file that Dagster has yet to make in ``DAGSTER_HOME``; ``None`` when there is nothing to wait for.

    Opening an instance makes its storage, and two processes that make it at once leave one that nobody can open again.
    """
    home = os.environ.get("DAGSTER_HOME")
    if not home or os.environ.get(INSTANCE_VARIABLE) or not Path(home).is_dir():
        return None
    ref = InstanceRef.from_dir(home)
    for data, kind, name in (
        (ref.run_storage_data, SqliteRunStorage, "runs.db"),
        (ref.event_storage_data, SqliteEventLogStorage, "index.db"),
    ):
        if data is not None and data.class_name == kind.__name__:
            path = Path(str(data.config_dict["base_dir"]), name)
            if not _is_complete(path):
                return path
    return None


def _is_complete(path: Path) -> bool:
    """Say whether Dagster has made a database to its end: it notes the schema's revision last."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT 1 FROM alembic_version").fetchone() is not None
    except sqlite3.Error:
        return False


def run_time(value: float | None) -> datetime | None:
    """Return a run record's start or end time as UTC."""
    return None if value is None else datetime.fromtimestamp(value, UTC)


def _is_sharded(storage: object) -> bool:
    return isinstance(storage, SqliteEventLogStorage)


def _type_name(record: EventLogRecord) -> str:
    event = record.event_log_entry.dagster_event
    return event.event_type_value if event else ""


def _stat(path: str) -> tuple[int, int]:
    try:
        found = Path(path).stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def replaced_request(request: RunRequest, **parts: Any) -> RunRequest:
    """Return a run request with some of its attributes changed."""
    return request.with_replaced_attrs(**parts)
