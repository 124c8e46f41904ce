"""Pipeline statuses and table profiles: what is told of one moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.openmetadata_standin import shapes, vocabulary
from tests.openmetadata_standin.errors import bad, missing, must_not_be_null, no_such_value, refusal
from tests.openmetadata_standin.putting import allow
from tests.openmetadata_standin.wanted import check_fields
from tests.openmetadata_standin.world import Caller, Entity, World

Json = dict[str, Any]
EARLIEST_MS = 100_000_000_000


def put_run(world: World, caller: Caller, pipeline: Entity, request: object) -> None:
    """Store one run's status; the same timestamp is the same run."""
    allow(world, caller, "pipeline", "EditStatus")
    newer = frozenset[str]() if world.mode == "2.0" else shapes.RUN_NEWER
    run = check_fields(request, shapes.RUN - newer, "entity.data.PipelineStatus")
    if absent := [name for name in ("timestamp", "executionStatus") if run.get(name) is None]:
        raise must_not_be_null(*absent)
    _check_status(world, run["executionStatus"])
    if run.get("taskStatus") is None:
        message = 'Cannot invoke "java.util.List.iterator()" because the return value of "getTaskStatus()" is null'
        raise refusal(500, message)
    known = {task["name"] for task in pipeline.body.get("tasks") or []}
    newer = frozenset[str]() if world.mode == "2.0" else shapes.TASK_RUN_NEWER
    for task in run["taskStatus"]:
        check_fields(task, shapes.TASK_RUN - newer, "type.Status")
        if absent := [name for name in ("name", "executionStatus") if task.get(name) is None]:
            raise must_not_be_null(*absent)
        _check_status(world, task["executionStatus"])
        if task["name"] not in known:
            raise bad(f"Invalid task name {task['name']}")
    runs = world.runs.setdefault(pipeline.fqn, {})
    if runs.get(run["timestamp"]) != run:
        runs[run["timestamp"]] = run
        world.touch()


def _check_status(world: World, status: object) -> None:
    if not vocabulary.RUN_STATUSES.take(status, world.mode):
        raise no_such_value(vocabulary.RUN_STATUSES.what, status)


def list_runs(world: World, pipeline: Entity, query: Mapping[str, str]) -> Json:
    """Return the runs of a time, the newest first."""
    return _between(world.runs.get(pipeline.fqn, {}), query)


def _between(moments: Mapping[int, Json], query: Mapping[str, str]) -> Json:
    if absent := [name for name in ("startTs", "endTs") if name not in query]:
        raise bad(f"[query param {absent[0]} must not be null]")
    first, last = int(query["startTs"]), int(query["endTs"])
    found = [moments[each] for each in sorted(moments, reverse=True) if first <= each <= last]
    return {"data": found, "paging": {"total": len(found)}}


def list_results(world: World, case: str, query: Mapping[str, str]) -> Json:
    """Return the results of a time, the newest first."""
    return _between(world.results.get(case, {}), query)


def delete_run(world: World, pipeline: Entity, timestamp: int) -> None:
    """Delete one run."""
    if world.runs.get(pipeline.fqn, {}).pop(timestamp, None) is None:
        raise missing("pipelineStatus", str(timestamp))
    world.touch()


def check_ms(timestamp: object) -> None:
    """Raise the 400 for seconds."""
    if not isinstance(timestamp, int) or timestamp < EARLIEST_MS:
        raise bad(f"Timestamp {timestamp} is not valid, it should be in milliseconds since epoch")


def put_profile(world: World, caller: Caller, table: Entity, request: object) -> None:
    """Store a profile; a second one of the same time is a second row."""
    allow(world, caller, "table", "EditDataProfile")
    known = frozenset({"tableProfile", "columnProfile", "systemProfile"})
    profile = check_fields(request, known, "api.data.CreateTableProfile")
    if profile.get("tableProfile") is None:
        raise must_not_be_null("tableProfile")
    _check_moment(profile["tableProfile"], shapes.TABLE_PROFILE, "type.TableProfile")
    for each in profile.get("systemProfile") or []:
        _check_moment(each, shapes.SYSTEM_PROFILE, "type.SystemProfile")
        if not vocabulary.OPERATIONS.take(each.get("operation"), world.mode):
            raise no_such_value(vocabulary.OPERATIONS.what, each.get("operation"))
    names = {column["name"] for column in table.body["columns"]}
    stored: Json = {"tableProfile": profile["tableProfile"], "columnProfile": []}
    world.profiles.setdefault(table.id, []).append(stored)
    world.touch()
    for each in profile.get("columnProfile") or []:
        _check_moment(each, shapes.COLUMN_PROFILE, "type.ColumnProfile")
        if each.get("name") not in names:
            raise bad(f"Invalid column name {each.get('name')}")
        stored["columnProfile"].append(each)
    stored["systemProfile"] = profile.get("systemProfile") or []


def _check_moment(moment: object, known: frozenset[str], what: str) -> None:
    checked = check_fields(moment, known, what)
    if checked.get("timestamp") is None:
        raise must_not_be_null("timestamp")
    check_ms(checked["timestamp"])


def latest_profile(world: World, table: Entity) -> Json:
    """Return the table with its latest profile; of two of the same time the newer one."""
    rows = [each["tableProfile"] for each in world.profiles.get(table.id, [])]
    latest: Json | None = None
    for row in rows:
        if latest is None or row["timestamp"] >= latest["timestamp"]:
            latest = row
    return table.body | ({"profile": latest} if latest else {})


def list_profiles(world: World, table: Entity, kind: str, query: Mapping[str, str]) -> Json:
    """Return the profiles of a time: ``tableProfile`` or ``systemProfile``."""
    rows: list[Json] = []
    for each in world.profiles.get(table.id, []):
        rows += [each["tableProfile"]] if kind == "tableProfile" else each.get("systemProfile") or []
    if absent := [name for name in ("startTs", "endTs") if name not in query]:
        raise bad(f"[query param {absent[0]} must not be null]")
    first, last = int(query["startTs"]), int(query["endTs"])
    found = sorted((row for row in rows if first <= row["timestamp"] <= last), key=lambda row: -row["timestamp"])
    return {"data": found, "paging": {"total": len(found)}}


def put_data_model(world: World, caller: Caller, table: Entity, request: object) -> None:
    """Replace a table's dbt model; no new version."""
    allow(world, caller, "table", "EditAll")
    newer = frozenset[str]() if world.mode == "2.0" else shapes.DATA_MODEL_NEWER
    model = dict(check_fields(request, shapes.DATA_MODEL - newer, "type.DataModel"))
    if model.get("modelType") is None:
        raise must_not_be_null("modelType")
    if not vocabulary.MODEL_TYPES.take(model["modelType"], world.mode):
        raise no_such_value(vocabulary.MODEL_TYPES.what, model["modelType"])
    if "columns" in model:
        model["columns"] = world.columns.normal(model["columns"] or [], table.fqn)
    if "tags" in model:
        model["tags"] = world.tags.normal(model["tags"] or [])
    if table.body.get("dataModel") != model:
        table.body["dataModel"] = model
        world.touch()
