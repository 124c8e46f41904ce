"""What is known of runs and of their tasks, and when a run's status is to be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from phlo_hooks.events import ErrorInfo, IngestionEvent, RunEvent, TransformEvent
from phlo_hooks.subscribers.openmetadata.facts import RunFact, TaskRun
from phlo_hooks.subscribers.openmetadata.learning import run_index
from tests.openmetadata.learning_shop import MART, NOON, RAW, STAGED, Learner, Run, edge, outside, table


def known(learner: Learner, run: Run) -> RunFact:
    """The run, which must be known."""
    fact = learner.known.run(run.id)
    assert fact is not None
    return fact


def test_a_run_has_its_times_job_partition_and_launcher() -> None:
    """All that the run's own events say is known, whichever of them says it."""
    learner, run = Learner(), Run()
    tags = {"dagster/asset_partition_range_start": "2026-01", "dagster/asset_partition_range_end": "2026-03"}

    queued = run.make(RunEvent, "run.queued", status="queued", launcher="schedule:nightly")
    started, ended = run.start(run_tags=tags), run.end("failure", error=ErrorInfo(type="RunFailure", message="no disk"))
    learner(queued, started, ended)

    fact = known(learner, run)
    assert (fact.status, fact.job, fact.code_location) == ("failure", "daily", "shop")
    assert (fact.queued_at, fact.started_at, fact.ended_at) == tuple(e.timestamp for e in (queued, started, ended))
    assert (fact.partition, fact.launcher) == ("2026-01 … 2026-03", "schedule:nightly")
    assert fact.error == "RunFailure: no disk"


@pytest.mark.parametrize(("first", "last"), [("a", "a"), ("b", "b")])
def test_a_range_of_one_partition_is_that_partition(first: str, last: str) -> None:
    """A single partition is named plainly, however it was asked for."""
    learner, single, ranged = Learner(), Run(1), Run(2)
    tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}

    learner(single.start(run_tags={"dagster/partition": first}), ranged.start(run_tags=tags))

    assert (known(learner, single).partition, known(learner, ranged).partition) == (first, last)


def test_a_run_that_was_lost_and_found_goes_on() -> None:
    """Lost is no end: its tasks count as lost only while it is; the end that comes at last holds."""
    learner, run = Learner(), Run()
    started = run.make(IngestionEvent, "ingestion.start", asset_key="raw/orders", dataset=RAW, status="started")
    learner(run.start(), started, run.make(RunEvent, "run.lost", status="lost"))
    lost = known(learner, run)

    learner(run.make(RunEvent, "run.found", status="found"))
    found = known(learner, run)
    learner(run.load(), run.end())

    assert (lost.status, lost.tasks["raw__orders"].status) == ("lost", "lost")
    assert (found.status, found.tasks["raw__orders"].status) == ("started", "started")
    assert known(learner, run).status == "success"


def test_an_end_holds_against_a_later_word_that_it_was_lost() -> None:
    """A run may be declared lost while the record of its end is on its way."""
    learner, run = Learner(), Run()
    end = run.end()

    learner(run.start(), run.make(RunEvent, "run.lost", status="lost"), end)

    assert known(learner, run).status == "success"


def test_an_ad_hoc_run_has_no_job_but_groups() -> None:
    """The jobs that Dagster makes up are none; each task belongs to its asset's group."""
    learner, run = Learner(), Run(job="__ASSET_JOB")

    learner(run.start(), run.load(), run.transform())

    fact = known(learner, run)
    assert fact.job is None
    assert fact.groups == {"raw__orders": "raw", "staging__orders": "staging"}


def task(learner: Learner, run: Run, name: str = "raw__orders") -> TaskRun:
    """One task of the run."""
    return known(learner, run).tasks[name]


def test_partitions_of_one_asset_are_one_task() -> None:
    """The worst status wins, rows add up, and the time is from the first start to the last end."""
    learner, run = Learner(), Run()
    start = run.make(
        IngestionEvent, "ingestion.start", asset_key="raw/orders", dataset=RAW, status="started", partition_key="a"
    )
    good = run.load(partition_key="a", rows=3)
    bad = run.load(partition_key="b", status="failure", reason="step_failed")
    late = run.load(partition_key="c", rows=4)

    learner(start, good, bad, late)

    found = task(learner, run)
    assert (found.status, found.reason, found.rows) == ("failure", "step_failed", 7)
    assert (found.started_at, found.ended_at) == (start.timestamp, late.timestamp)


def test_a_partition_fills_the_slot_that_was_planned_without_one() -> None:
    """A start without partition is answered by the end of any."""
    learner, run = Learner(), Run()
    start = run.make(IngestionEvent, "ingestion.start", asset_key="raw/orders", dataset=RAW, status="started")

    learner(start, run.load(partition_key="a"))

    assert task(learner, run).status == "success"
    assert task(learner, run).started_at == start.timestamp


def test_the_last_attempt_holds() -> None:
    """A later attempt that has begun replaces the end of the one before it, whichever comes first."""
    learner, run = Learner(), Run()
    first = run.transform(status="retry", where={"attempt": 1})
    second = run.make(
        TransformEvent,
        "transform.start",
        {"attempt": 2},
        asset_key="staging/orders",
        dataset=STAGED,
        status="started",
    )

    learner(second, first)
    running = task(learner, run, "staging__orders")
    learner(run.transform(where={"attempt": 2}))

    over = task(learner, run, "staging__orders")
    assert (running.status, running.attempt) == ("started", 2)
    assert (over.status, over.attempt) == ("success", 2)


def test_what_an_earlier_attempt_made_stays_made() -> None:
    """A retry ends for such an asset without anything having happened to it; its rows were counted before."""
    learner, run = Learner(), Run()
    made = run.transform(rows=5, where={"attempt": 1})
    again = run.transform(status="skipped", reason="materialized_earlier", where={"attempt": 2})

    learner(made, again)

    found = task(learner, run, "staging__orders")
    assert (found.status, found.reason, found.rows) == ("success", None, 5)


def test_a_model_takes_the_time_that_dbt_measured() -> None:
    """All models of a step start together; when each really did is known from its own time."""
    learner, run = Learner(), Run()
    end = run.transform(unique_id="model.shop.orders", seconds=0.25)

    learner(end)

    assert task(learner, run, "staging__orders").started_at == end.timestamp - timedelta(seconds=0.25)


def test_a_step_speaks_for_its_assets_while_they_are_silent() -> None:
    """An asset without a stage has no start of its own; a step that was lost says so of what it did not make."""
    learner, run = Learner(), Run()
    start = run.step("step.start", "build", "started", "marts/a", "marts/b")
    learner(run.start(), start)
    running = task(learner, run, "marts__b")

    learner(run.asset("asset.materialized", "marts/a", MART, rows=2), run.step("step.lost", "build", "lost"))

    made, lost = task(learner, run, "marts__a"), task(learner, run, "marts__b")
    assert running.status == "started"
    assert (made.status, made.started_at, made.rows) == ("success", start.timestamp, 2)
    assert lost.status == "lost"


@pytest.mark.parametrize(
    ("event_type", "reason", "status"),
    [
        ("asset.failed", "step_failed", "failure"),
        ("asset.failed", "step_lost", "lost"),
        ("asset.skipped", "upstream_failed", "skipped"),
        ("asset.canceled", "canceled", "canceled"),
        ("asset.observed", None, "success"),
    ],
)
def test_events_of_assets_say_how_they_ended(event_type: str, reason: str | None, status: str) -> None:
    """Events of assets that carry no status have one by their type."""
    learner, run = Learner(), Run()

    learner(run.asset(event_type, "raw/orders", RAW, reason=reason))

    assert (task(learner, run).status, task(learner, run).reason) == (status, reason)


def test_a_step_without_assets_is_a_task_unless_it_checks() -> None:
    """A step that evaluates checks is none: its results are tests."""
    learner, run = Learner(), Run()

    learner(
        run.step("step.start", "notify", "started"),
        run.step("step.start", "checks", "started"),
        run.check(where={"step_key": "checks"}),
    )

    assert list(known(learner, run).tasks) == ["notify"]


def test_a_running_run_is_told_at_most_once_a_minute() -> None:
    """It is told when it starts, when a new minute brings news, and when it ends; not for each of its events."""
    learner, run = Learner(), Run()
    queued = learner(run.make(RunEvent, "run.queued", status="queued"))
    started = learner(run.start())

    told = [bool(learner(run.step("step.start", f"step_{run.seconds}", "started")).runs) for _ in range(130)]

    assert not queued.runs
    assert started.runs == {run.id}
    assert sum(told) == 2
    assert learner(run.end()).runs == {run.id}


def test_what_comes_after_the_end_is_told_at_once() -> None:
    """A run that is over is told whenever an event changes something of it, and not otherwise."""
    learner, run = Learner(), Run()
    learner(run.start(), run.load())
    late, check = run.transform(), run.check()
    learner(run.end())

    assert learner(late).runs == {run.id}
    assert learner(late).runs == frozenset()
    assert learner(check).runs == frozenset()


def test_a_run_that_ends_without_having_started_is_told() -> None:
    """One that was canceled in the queue has an end all the same."""
    learner, run = Learner(), Run()

    learned = learner(run.make(RunEvent, "run.queued", status="queued"), run.end("canceled"))

    assert learned.runs == {run.id}


def test_only_the_newest_runs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Older ones are dropped with their tasks, and what comes of them later is left out."""
    monkeypatch.setattr(run_index, "MOST", 3)
    learner = Learner()
    runs = [Run(number) for number in range(5)]

    for run in runs:
        learner(run.start(), run.load(), run.lineage(edge(RAW, STAGED)))
    late = learner(runs[0].end())

    assert [fact.run_id for fact in learner.known.all_runs()] == ["run-2", "run-3", "run-4"]
    assert late.runs == frozenset()
    assert not [name for name, _ in learner.keep.items("run-") if "run-0" in name or "run-1" in name]


def test_runs_are_kept_for_90_days() -> None:
    """A run that is older than that is dropped when a new one comes; one that comes late is left out."""
    learner, old, new = Learner(), Run(1), Run(1 + 91 * 24)
    first = old.start()

    learner(first, new.start())

    assert [fact.run_id for fact in learner.known.all_runs()] == [new.id]
    assert learner(replace(first, timestamp=NOON)).runs == frozenset()


def test_a_dropped_run_still_teaches_its_tables() -> None:
    """Sync goes through years of events: what they say of datasets is learned whatever became of the runs."""
    learner, new = Learner(), Run(1 + 91 * 24)
    learner(new.start())

    learned = learner(Run(1).load())

    assert learned.tables == {table("raw.orders")}


def test_events_outside_of_runs_concern_no_run() -> None:
    """A materialization that was reported by hand has a table, and neither run nor pipeline."""
    learner, run = Learner(), Run()

    learned = learner(outside(run.load()))

    assert not list(learner.known.all_runs())
    assert learned.tables == {table("raw.orders")}


def test_a_run_knows_whose_lineage_it_told() -> None:
    """That is what its success settles."""
    learner, run = Learner(), Run()

    learner(run.start(), run.lineage(edge(RAW, STAGED)))

    assert known(learner, run).told == (table("staging.orders"),)


def test_how_a_run_stands_is_known_without_its_tasks() -> None:
    """It is the run's own status, while it runs and when it is over; of an unknown run there is none."""
    learner, run = Learner(), Run()
    learner(run.start("raw/orders"), run.load())

    started = learner.known.run_status(run.id)
    learner(run.end("failure"))

    assert (started, learner.known.run_status(run.id)) == ("started", "failure")
    assert learner.known.run_status("another") is None
