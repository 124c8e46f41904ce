from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from phlo_hooks.events import Status
from phlo_hooks.subscribers.openmetadata.facts import PipelineFact, RunFact, TaskFact, TaskRun
from phlo_hooks.subscribers.openmetadata.requests import PutStatus
from phlo_hooks.subscribers.openmetadata.statuses import (
    RUN_STATUSES,
    TASK_STATUSES,
    milliseconds,
    pipelines_of,
    statuses_of,
)
from tests.openmetadata.known_shop import AT, GROUP, JOB, NAMING, UI, KnownFacts, run_of, shop

START = 1795154400250
RAW = NAMING.group("shop", "raw")


def told(run: RunFact, known: KnownFacts | None = None, ui_url: str | None = UI) -> list[PutStatus]:
    return [*statuses_of(run, known or shop(), NAMING, ui_url=ui_url)]


def body_of(run: RunFact) -> dict[str, Any]:
    (status,) = told(run)
    return dict(status.body)


def words(body: Any) -> dict[str, str]:
    return {task["name"]: task["executionStatus"] for task in body["taskStatus"]}


def ad_hoc(status: str, tasks: dict[str, tuple[str, str]]) -> RunFact:
    """Make a run without a job: task to its group and status."""
    run = run_of("ad-hoc", status, **{name: word for name, (_, word) in tasks.items()})
    return replace(run, job=None, groups={name: group for name, (group, _) in tasks.items()})


def groups() -> KnownFacts:
    known = KnownFacts()
    for name, group in ((RAW, "raw"), (GROUP, "marts")):
        tasks = {f"{group}__{each}": TaskFact(name=f"{group}__{each}") for each in "ab"}
        known.put(PipelineFact(name=name, code_location="shop", group=group, tasks=tasks))
    return known


def test_status_of_a_run() -> None:
    """A run that failed says when it began and ended, who started what, why it failed, and how each task went."""
    run = replace(
        run_of("run-1", "failure", raw__orders="success", staging__stg_orders="failure", marts__revenue="skipped"),
        launcher="schedule:nightly",
        partition="2026-11-20",
        error="Division by zero",
    )

    (status,) = told(run)

    assert (status.pipeline, status.timestamp) == (JOB, START)
    assert {key: value for key, value in status.body.items() if key != "taskStatus"} == {
        "timestamp": START,
        "executionStatus": "Failed",
        "executionId": "run-1",
        "endTime": START + 60_000,
        "parameters": {"launcher": "schedule:nightly", "partition": "2026-11-20"},
        "error": {
            "errorType": "failure",
            "errorMessage": "Division by zero",
            "failedTask": "staging__stg_orders",
        },
    }
    assert words(status.body) == {
        "marts__revenue": "Skipped",
        "raw__orders": "Successful",
        "staging__stg_orders": "Failed",
    }


def test_status_of_a_task() -> None:
    """A task says when it began and ended, its rows, and where its log is: the run with the step selected."""
    task = TaskRun(
        status="success", at=AT, started_at=AT, ended_at=AT + timedelta(seconds=1), rows=7, step_key="dlt[orders]"
    )

    body = body_of(replace(run_of("run 1"), tasks={"raw__orders": task}))

    assert body["taskStatus"] == [
        {
            "name": "raw__orders",
            "executionStatus": "Successful",
            "startTime": START,
            "endTime": START + 1000,
            "logLink": "http://dagster.example:3000/runs/run%201?selection=dlt%5Borders%5D&logs=step%3Adlt%5Borders%5D",
            "taskId": "dlt[orders]",
            "metrics": {"rowsWritten": 7},
        }
    ]


def test_task_without_step_links_to_the_run() -> None:
    """A task whose step nobody knows links to its run; without a web server to nothing."""
    run = replace(run_of("run-1"), tasks={"raw__orders": TaskRun(status="success", at=AT)})

    (bare,) = told(run, ui_url=None)

    assert body_of(run)["taskStatus"][0]["logLink"] == "http://dagster.example:3000/runs/run-1"
    assert bare.body["taskStatus"] == [{"name": "raw__orders", "executionStatus": "Successful"}]


def test_task_that_the_pipeline_does_not_have_is_left_out() -> None:
    """One unknown task would make the server refuse the whole status."""
    assert words(body_of(run_of("run-1", raw__orders="success", elsewhere="failure"))) == {"raw__orders": "Successful"}


def test_run_without_tasks_has_an_empty_list() -> None:
    """A run that failed before its first step has no tasks, and says so: without the list the server breaks."""
    body = body_of(run_of("run-1", "failure"))

    assert body["taskStatus"] == []
    assert body["error"] == {"errorType": "failure", "errorMessage": "The run ended as failure."}


def test_every_word_of_dagster_has_one_of_openmetadata() -> None:
    """No outcome is without a word, and no word is one that the server does not know."""
    known = {value for name, value in vars(Status).items() if name.isupper()}

    assert set(TASK_STATUSES) == known
    assert known - set(RUN_STATUSES) == {"retry", "skipped", "no_data"}
    assert set(TASK_STATUSES.values()) == {"Pending", "Successful", "Failed", "Skipped"}


@pytest.mark.parametrize(
    ("run", "task", "expected"),
    [
        ("started", "retry", "Pending"),
        ("started", "success", "Successful"),
        ("started", "failure", "Failed"),
        ("started", "no_data", "Successful"),
        ("success", "skipped", "Skipped"),
        ("success", "started", "Successful"),
        ("canceled", "started", "Failed"),
        ("canceled", "canceled", "Failed"),
        ("lost", "retry", "Failed"),
        ("failure", "success", "Successful"),
        ("failure", "of tomorrow", "Failed"),
        ("started", "of tomorrow", "Pending"),
    ],
)
def test_word_for_a_task(run: str, task: str, expected: str) -> None:
    """A task is told as it went; the end of a run leaves none pending."""
    assert words(body_of(run_of("run-1", run, raw__orders=task))) == {"raw__orders": expected}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("started", "Pending"),
        ("found", "Pending"),
        ("success", "Successful"),
        ("failure", "Failed"),
        ("canceled", "Failed"),
        ("lost", "Failed"),
    ],
)
def test_word_for_a_run(word: str, expected: str) -> None:
    """Canceled and lost runs have failed; the server has no other word for them."""
    assert body_of(run_of("run-1", word))["executionStatus"] == expected


def test_run_that_waits_is_not_told() -> None:
    """A queued run has no status yet: its time would be another when it starts, and the first would stay forever."""
    waiting = replace(run_of("run-1", "queued"), started_at=None)

    assert told(waiting) == []
    assert pipelines_of(waiting, NAMING) == ()


def test_run_that_never_started_is_told_at_its_queue_s_time() -> None:
    """A run that was canceled in the queue is told when it ends, at the time when it was queued."""
    canceled = replace(run_of("run-1", "canceled"), started_at=None)

    assert told(canceled)[0].timestamp == START - 5000


def test_run_without_a_job_has_a_status_in_each_group() -> None:
    """An ad-hoc run is told for each asset group, with the group's tasks; a group that went well is Successful."""
    run = ad_hoc("failure", {"raw__a": ("raw", "success"), "marts__a": ("marts", "failure"), "op": ("raw", "failure")})

    statuses = told(run, groups())

    assert [(each.pipeline, each.body["executionStatus"], words(each.body)) for each in statuses] == [
        (GROUP, "Failed", {"marts__a": "Failed"}),
        (RAW, "Successful", {"raw__a": "Successful"}),
    ]


@pytest.mark.parametrize(
    ("run", "first", "second", "expected"),
    [
        ("failure", "skipped", "skipped", "Skipped"),
        ("failure", "success", "skipped", "Failed"),
        ("failure", "success", "success", "Successful"),
        ("canceled", "started", "success", "Failed"),
        ("success", "success", "skipped", "Successful"),
        ("started", "success", "success", "Pending"),
    ],
)
def test_word_for_a_group(run: str, first: str, second: str, expected: str) -> None:
    """A group is as its run, unless all its tasks went one way while the run failed."""
    (status,) = told(ad_hoc(run, {"raw__a": ("raw", first), "raw__b": ("raw", second)}), groups())

    assert status.body["executionStatus"] == expected


def test_unknown_pipeline_has_no_status() -> None:
    """A pipeline that nothing is known of is not put there, so its runs are not told."""
    assert told(run_of("run-1"), KnownFacts()) == []


def test_milliseconds() -> None:
    """Moments are cut to milliseconds, exactly."""
    assert milliseconds(datetime(2026, 11, 20, 6, 0, 0, 250_999, tzinfo=UTC)) == START
