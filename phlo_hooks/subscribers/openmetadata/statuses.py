"""
Runs as pipeline statuses.

| Dagster, a run | OpenMetadata | | Dagster, a task | OpenMetadata |
|---|---|---|---|---|
| queued | nothing is told | | queued, started, retry, found | Pending |
| started, found | Pending | | success, no_data | Successful |
| success | Successful | | failure, canceled, lost | Failed |
| failure, canceled, lost | Failed | | skipped | Skipped |

The server has no more words. What an attempt or event left open is closed by the end of the run: a pending task of a
run that succeeded is Successful, of any other run Failed. A word that nobody knows is Pending.

A run of a job is one status. A run without a job of its own is one of each asset group it touched: Successful or
Skipped when all of the group's tasks were, whatever happened to other groups; else as the run ended.

A status is known by its time, the millisecond when the run started; the queue's when it never did. So a run that only
waits is not told: its time would be another once it starts. Two runs of one pipeline that start in the same
millisecond are one status, the server cannot hold two. Moving one of them would only make it meet a third, and
its start would be wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from phlo_hooks.events import Status
from phlo_hooks.lineage.links import run_url, step_url
from phlo_hooks.subscribers.openmetadata.facts import Facts, RunFact, TaskRun
from phlo_hooks.subscribers.openmetadata.names import EntityName
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.requests import PutStatus

PENDING: Final = "Pending"
SUCCESSFUL: Final = "Successful"
FAILED: Final = "Failed"
SKIPPED: Final = "Skipped"

RUN_STATUSES: Final[Mapping[str, str]] = {
    Status.QUEUED: PENDING,
    Status.STARTED: PENDING,
    Status.FOUND: PENDING,
    Status.SUCCESS: SUCCESSFUL,
    Status.FAILURE: FAILED,
    Status.CANCELED: FAILED,
    Status.LOST: FAILED,
}
"""How a run stands, to the server's word."""
TASK_STATUSES: Final[Mapping[str, str]] = {
    **RUN_STATUSES,
    Status.RETRY: PENDING,
    Status.NO_DATA: SUCCESSFUL,
    Status.SKIPPED: SKIPPED,
}
"""How a task went, to the server's word."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_MESSAGE: Final = 2000


def milliseconds(at: datetime) -> int:
    """Return a moment as the server writes it: milliseconds since 1970, cut, never rounded up."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def pipelines_of(run: RunFact, naming: Naming) -> tuple[EntityName, ...]:
    """Return the pipelines that a run is a run of: its job, or the groups of its assets; none while it only waits."""
    if _key_time(run) is None:
        return ()
    if run.job:
        return (naming.pipeline(run.code_location, run.job),)
    return tuple(sorted({naming.group(run.code_location, group) for group in run.groups.values()}))


def statuses_of(run: RunFact, known: Facts, naming: Naming, *, ui_url: str | None) -> Iterator[PutStatus]:
    """Yield the statuses of one run; tasks that a pipeline does not have are left out, as the server refuses them."""
    at = _key_time(run)
    if at is None:
        return
    for name in pipelines_of(run, naming):
        pipeline = known.pipeline(name)
        if pipeline is None:
            continue
        tasks = _own_tasks(run, pipeline.tasks, None if run.job else name, naming)
        timestamp = milliseconds(at)
        yield PutStatus(pipeline=name, timestamp=timestamp, body=_body(run, tasks, timestamp, ui_url=ui_url))


def _own_tasks(run: RunFact, tasks: Collection[str], group: EntityName | None, naming: Naming) -> dict[str, TaskRun]:
    """Return the run's tasks that the pipeline has; of a group, those that are in it in this run."""
    return {
        name: task
        for name, task in sorted(run.tasks.items())
        if name
        and name in tasks
        and (group is None or (name in run.groups and naming.group(run.code_location, run.groups[name]) == group))
    }


def _body(run: RunFact, tasks: Mapping[str, TaskRun], timestamp: int, *, ui_url: str | None) -> dict[str, Any]:
    """Return the status; the fields after ``taskStatus`` are those of a 2.0 server."""
    body: dict[str, Any] = {
        "timestamp": timestamp,
        "executionStatus": _run_status(run, tasks),
        "taskStatus": [_task_body(run, name, task, ui_url=ui_url) for name, task in tasks.items()],
        "executionId": run.run_id,
    }
    if run.ended_at is not None:
        body["endTime"] = milliseconds(run.ended_at)
    if parameters := {
        name: value for name, value in (("launcher", run.launcher), ("partition", run.partition)) if value
    }:
        body["parameters"] = parameters
    if body["executionStatus"] == FAILED:
        body["error"] = _error(run, tasks)
    return body


def _error(run: RunFact, tasks: Mapping[str, TaskRun]) -> dict[str, str]:
    """Return why the run did not succeed; Dagster's own word where nothing more is known."""
    error = {"errorType": run.status, "errorMessage": (run.error or f"The run ended as {run.status}.")}
    failed = sorted(
        (task.ended_at or task.at, name) for name, task in tasks.items() if _task_status(run, task) == FAILED
    )
    if failed:
        error["failedTask"] = failed[0][1]
    error["errorMessage"] = error["errorMessage"][:_LONGEST_MESSAGE]
    return error


def _task_body(run: RunFact, name: str, task: TaskRun, *, ui_url: str | None) -> dict[str, Any]:
    """Return one task's status; its link opens the run with the task's step selected."""
    step = task.step_key
    link = step_url(ui_url, run.run_id, step) if step else run_url(ui_url, run.run_id)
    body: dict[str, Any] = {"name": name, "executionStatus": _task_status(run, task)}
    if task.started_at is not None:
        body["startTime"] = milliseconds(task.started_at)
    if task.ended_at is not None:
        body["endTime"] = milliseconds(task.ended_at)
    if link:
        body["logLink"] = link
    if step:
        body["taskId"] = step
    if task.rows is not None:
        body["metrics"] = {"rowsWritten": task.rows}
    return body


def _run_status(run: RunFact, tasks: Mapping[str, TaskRun]) -> str:
    """Return the word for the run as far as these tasks go: all of a job's, or those of one group."""
    status = RUN_STATUSES.get(run.status, PENDING)
    if run.job or status != FAILED:
        return status
    words = {_task_status(run, task) for task in tasks.values()}
    return words.pop() if len(words) == 1 else status


def _task_status(run: RunFact, task: TaskRun) -> str:
    """Return the word for a task; a run that ended leaves nothing pending."""
    status = TASK_STATUSES.get(task.status, PENDING)
    whole = RUN_STATUSES.get(run.status, PENDING)
    return whole if status == PENDING else status


def _key_time(run: RunFact) -> datetime | None:
    """Return the time by which the server knows the run; ``None`` while it waits."""
    if run.started_at is not None:
        return run.started_at
    if RUN_STATUSES.get(run.status, PENDING) == PENDING:
        return None
    return run.queued_at or run.ended_at or run.at
