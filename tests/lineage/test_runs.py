from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from phlo_hooks.lineage import deliveries
from phlo_hooks.lineage.graph import Graph, GraphRun
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.testing import EPOCH, make_event
from tests.cli.recorded import bury
from tests.lineage.conftest import Build
from tests.lineage.many_events import fill
from tests.lineage.shop import FAILED, GOOD, LOST, QUEUED, RETRIED, RUNNING, shop_events
from tests.lineage.story import Story, table


@pytest.fixture
def runs(outbox: Outbox, build: Build) -> dict[str, GraphRun]:
    outbox.append(shop_events())
    return {run.id: run for run in build().runs}


def test_runs_are_listed_newest_first_with_how_they_stand(runs: dict[str, GraphRun]) -> None:
    """Queued, running, lost, failed and successful ones."""
    assert [(run_id, run.status) for run_id, run in runs.items()] == [
        (QUEUED, "queued"),
        (RUNNING, "started"),
        (LOST, "lost"),
        (RETRIED, "success"),
        (FAILED, "failure"),
        (GOOD, "success"),
    ]
    assert (runs[GOOD].queued_seconds, runs[GOOD].seconds, runs[GOOD].started_at) == (
        4,
        16,
        EPOCH + timedelta(seconds=4),
    )


def test_each_attempt_is_a_bar_of_its_own(runs: dict[str, GraphRun]) -> None:
    """With what went wrong in it."""
    assert [(step.attempt, step.status, step.start, step.seconds, step.error) for step in runs[RETRIED].steps] == [
        (1, "retry", 1, 2, "RuntimeError: timeout 1"),
        (2, "retry", 4, 2, "RuntimeError: timeout 2"),
        (3, "success", 7, 2, None),
    ]


def test_models_stand_in_their_step_with_their_own_times(runs: dict[str, GraphRun]) -> None:
    """The time that dbt took for a model ends when it was reported."""
    step = next(step for step in runs[GOOD].steps if step.key == "dbt")

    assert [(model.name, model.start, model.seconds) for model in step.models] == [
        ("odd", 8.5, 0.5),
        ("revenue", 8.5, 0.5),
        ("stg_orders", 8.5, 0.5),
    ]


def test_a_model_that_took_longer_than_its_step_has_no_place_on_the_axis(build: Build) -> None:
    """Only its length is known."""
    story = Story(run_id="r1").start().wait(1).step("dbt").wait(1)
    story.built("marts/a", table("shop.marts.a"), seconds=30.0)

    (run,) = build(story).runs

    assert [(model.start, model.seconds) for model in run.steps[0].models] == [(None, 30.0)]


def test_what_was_skipped_or_lost_says_why(runs: dict[str, GraphRun]) -> None:
    """The culprit is named; what is lost has no length."""
    export = next(step for step in runs[FAILED].steps if step.key == "export")
    (lost,) = runs[LOST].steps

    assert (export.status, export.error) == ("skipped", "upstream failed: dbt")
    assert (lost.status, lost.seconds) == ("lost", None)


def test_checks_stand_where_they_ran(runs: dict[str, GraphRun]) -> None:
    """By step and time."""
    assert [(check.name, check.outcome, check.step, check.at) for check in runs[GOOD].checks] == [
        ("not_null_total", "pass", "dbt", 9),
        ("fresh", "warn", "dbt", 9),
    ]


def test_a_run_that_is_heard_of_again_runs(build: Build) -> None:
    """Lost is taken back."""
    story = Story(run_id="r1").start().wait(60).tell("run.lost", status="lost").wait(5)
    story.tell("run.found", status="found")

    assert build(story).runs[0].status == "started"


def test_an_attempt_without_an_end_is_lost_when_its_run_is_over(build: Build) -> None:
    """It does not run for ever."""
    story = Story(run_id="r1").start().wait(1).step("load").wait(5).end("failure")

    assert build(story).runs[0].steps[0].status == "lost"


def test_a_corrected_event_counts_in_its_newest_form(outbox: Outbox, build: Build) -> None:
    """Nothing of the earlier revision is shown."""
    from phlo_hooks.source import Batch

    wrong, right = (
        make_event("run.end", run_id="r1", event_id="the-end", status=status, at=EPOCH)
        for status in ("failure", "success")
    )
    outbox.append([wrong])
    outbox.record("test", Batch(events=[right], revise=True))

    (run,) = build().runs

    assert (run.status, run.events) == ("success", 1)


def test_only_the_newest_runs_are_shown_and_it_is_said(build: Build) -> None:
    """Tables are there whenever they were last touched."""
    stories = [Story(run_id=f"r{number}", begin=number * 10).start().end() for number in range(1, 5)]
    stories[0].loaded("raw/old", table("shop.raw.old"))

    graph = build(*stories, runs=2)

    assert [run.id for run in graph.runs] == ["r4", "r3"]
    assert [each.name for each in graph.tables] == ["raw.old"]
    assert graph.notes == ("the newest 2 runs are shown; older ones are left out",)


def test_a_run_too_large_is_shown_without_its_steps(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page stays quick, and says what is missing."""
    monkeypatch.setattr("phlo_hooks.lineage.recorded.RUN_EVENTS", 3)
    large = Story(run_id="large").start().step("a").done("a").step("b").done("b").end()

    graph = build(large)

    assert [(run.status, run.events, run.steps) for run in graph.runs] == [("success", 6, ())]
    assert graph.notes == ("1 large run is shown without steps",)


def test_dead_letters_name_the_asset(outbox: Outbox) -> None:
    """With consumer and error; the newest first."""
    outbox.register_consumers(["bus", "mail:send"])
    events = shop_events()
    outbox.append(events)
    for number in (-1, 8):
        bury(outbox, "mail:send", events[number].event_id, error="token=abc123secret")

    consumers, dead = deliveries(outbox)

    assert [(each.name, each.dead) for each in consumers] == [("bus", 0), ("mail:send", 2)]
    assert [letter.asset_key for letter in dead] == [None, "staging/stg_orders"]
    assert "abc123secret" not in (dead[0].error or "")


def test_of_very_many_dead_letters_the_newest_are_listed(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page stays small; the consumer says how many there are."""
    monkeypatch.setattr("phlo_hooks.lineage.consumers.DEAD_LETTERS", 2)
    outbox.register_consumers(["mail:send"])
    events = shop_events()[:5]
    outbox.append(events)
    for event in events:
        bury(outbox, "mail:send", event.event_id, error="no")

    consumers, dead = deliveries(outbox)

    assert [letter.event_id for letter in dead] == [events[4].event_id, events[3].event_id]
    assert consumers[0].dead == 5


def test_a_check_says_what_it_counted(build: Build) -> None:
    """Beside what it says of itself; what every dbt test carries along is left out."""
    story = Story(run_id="r1").start()
    found = {"late": 3, "Execution Duration": 0.1, "dagster/x": 1}
    story.check("a", "fresh", "warn", description="Nothing is late.", metadata=found)

    assert build(story).runs[0].checks[0].message == "Nothing is late. late: 3"


def test_a_check_says_what_its_tool_said(build: Build) -> None:
    """The tool's own words win over what the check says of itself."""
    story = Story(run_id="r1").start()
    story.check(
        "a", "fresh", "fail", description="Nothing is late.", message="Got 3 results, configured to fail if != 0"
    )

    assert build(story).runs[0].checks[0].message == "Got 3 results, configured to fail if != 0"


def test_an_empty_database_is_an_empty_graph(build: Build) -> None:
    """Nothing is wrong with it."""
    graph = build()

    assert (graph.tables, graph.edges, graph.runs, graph.head, graph.notes) == ((), (), (), 0, ())


@pytest.mark.parametrize("number", [5_000, pytest.param(200_000, marks=pytest.mark.long)])
def test_the_graph_of_a_long_history_is_no_work(outbox: Outbox, build: Build, number: int) -> None:
    """What is read grows with the tables and runs shown, not with what was ever recorded."""
    fill(outbox, number=number, assets=10, steps=20)

    graph, decoded = _count_decoded(lambda: build(runs=2))

    assert (len(graph.tables), len(graph.edges), len(graph.runs)) == (10, 9, 2)
    assert decoded <= 2 * 122 + 10 * 40


def _count_decoded(make: Callable[[], Graph]) -> tuple[Graph, int]:
    """Return the graph and how many events were decoded for it."""
    from phlo_hooks.outbox.api import StoredEvent

    count = 0
    decode = StoredEvent.decode

    def counting(event: StoredEvent) -> object:
        nonlocal count
        count += 1
        return decode(event)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StoredEvent, "decode", counting)
        return make(), count
