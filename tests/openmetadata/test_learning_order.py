"""Facts are the same, whatever order events come in, and however often."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from phlo_hooks.codec import decode_event
from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import HookEvent, QualityResultEvent, RunEvent
from phlo_hooks.subscribers.openmetadata.facts import Learned
from phlo_hooks.subscribers.openmetadata.learning import learn
from tests.openmetadata.learning_shop import (
    API,
    MART,
    NAMING,
    RAW,
    STAGED,
    UNKNOWN,
    Learner,
    Run,
    columns,
    edge,
    everything,
    load_with_child,
    outside,
    ref,
)

FLIGHTS = Path(__file__).parent / "fixtures" / "flights_run.jsonl"


def first_run() -> list[HookEvent]:
    """A job that loads by partition, retries, builds, checks and publishes, and succeeds."""
    run = Run(1)
    return [
        run.make(RunEvent, "run.queued", status="queued"),
        run.start("raw/orders", "staging/orders", "out/sales"),
        run.step("step.start", "load", "started", "raw/orders"),
        load_with_child(run, partition_key="a"),
        load_with_child(run, partition_key="b", sources=(API + "/b",)),
        run.step("step.end", "load", "success", "raw/orders"),
        run.step("step.start", "checks", "started"),
        run.check(where={"step_key": "checks"}),
        run.check("late", passed=False, data_outcome="fail", failed_rows=2, where={"step_key": "checks"}),
        run.step("step.end", "checks", "success"),
        run.step("step.start", "notify", "started"),
        run.step("step.end", "notify", "success"),
        run.transform(status="retry", reason="step_failed", where={"attempt": 1}),
        run.transform(columns=columns("id", "total"), rows=3, where={"attempt": 2}),
        run.lineage(edge(RAW, STAGED, "id", "total", upstream_asset_key="raw/orders"), sql="select 1"),
        run.transform(MART, "marts/sales", columns=columns("total")),
        run.lineage(edge(STAGED, MART, "total", upstream_asset_key="staging/orders"), key="marts/sales"),
        run.publish({"public.sales": "marts.sales"}, ref("shop.public"), rows=3),
        run.lineage(edge(MART, ref("shop.public"), upstream_asset_key="marts/sales"), key="out/sales"),
        run.end(),
    ]


def second_run() -> list[HookEvent]:
    """A run without a job, that drops a dependency and fails in the end."""
    run = Run(2, job="__ASSET_JOB")
    dropped = ref("shop.raw.customers")
    return [
        run.start("staging/orders"),
        run.transform(columns=columns("id", "name"), rows=4),
        run.lineage(edge(dropped, STAGED, "name"), edge(UNKNOWN, STAGED, upstream_asset_key="raw/orders")),
        run.check("not_null", dataset=STAGED, asset_key="staging/orders", column="id"),
        run.asset("asset.failed", "marts/sales", MART, reason="step_failed", group_name="marts"),
        run.make(RunEvent, "run.lost", status="lost"),
        run.make(RunEvent, "run.found", status="found"),
        run.end("failure"),
    ]


def third_run() -> list[HookEvent]:
    """Another job moves an asset to another dataset; something is observed and told outside of runs."""
    run = Run(3, job="hourly")
    return [
        run.start("raw/orders"),
        load_with_child(run, dataset=ref("shop.raw.orders_v2"), sources=()),
        run.asset("asset.observed", "raw/customers", ref("shop.raw.Customers"), columns=columns("name"), rows=9),
        outside(run.lineage(edge(RAW, MART, "total"), key=None)),
        run.asset("asset.skipped", "staging/orders", STAGED, reason="upstream_failed", group_name="staging"),
        run.end("canceled"),
    ]


def fourth_run() -> list[HookEvent]:
    """Another job and, by another tool, the same table; other targets; another code location's asset of a known key."""
    run = Run(4, job="hourly")
    again, elsewhere = Run(5), Run(6, location="zoo")
    return [
        run.transform(tool="python", rows=8),
        run.publish({"public.orders": "staging.orders"}, ref("shop.public")),
        run.end(),
        again.start("staging/orders"),
        again.transform(tool="python", where={"step_key": "build"}),
        again.end(),
        elsewhere.load(ref("shop.zoo.orders")),
        elsewhere.load(ref("shop.zoo.orders_v2")),
        elsewhere.end(),
    ]


EVENTS = [*first_run(), *second_run(), *third_run(), *fourth_run()]
EXPECTED = Learner()
EXPECTED(*EVENTS)


@given(st.permutations(EVENTS), st.lists(st.sampled_from(EVENTS), max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_order_and_any_duplication_give_the_same_facts(
    events: Sequence[HookEvent], twice: Sequence[HookEvent]
) -> None:
    """Events may come in any order, and again: what is known in the end is the same."""
    learner = Learner()

    learner(*events, *twice)

    assert everything(learner.known) == everything(EXPECTED.known)


@given(st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_runs_that_interleave_give_the_same_facts(random: Random) -> None:
    """Runs may overlap in any way, each in its own order."""
    runs = [first_run(), second_run(), third_run(), fourth_run()]
    learner = Learner()

    while runs:
        run = random.choice(runs)
        learner(run.pop(0))
        runs = [each for each in runs if each]

    assert everything(learner.known) == everything(EXPECTED.known)


@given(st.randoms(use_true_random=False))
@settings(max_examples=5, deadline=None)
def test_recorded_events_in_any_order_give_the_same_facts(random: Random) -> None:
    """The same holds for what a real run recorded."""
    events = recorded()
    in_order, shuffled = Learner(), Learner()
    in_order(*events)

    random.shuffle(events)
    shuffled(*events)

    assert everything(shuffled.known) == everything(in_order.known)


def test_what_was_learned_before_is_no_news() -> None:
    """A replay, in whatever order, changes nothing and tells nothing."""
    learner = Learner()
    learner(*EVENTS)

    assert learner(*reversed(EVENTS)) == Learned()


def test_again_tells_everything_once_more() -> None:
    """Asked for, a replay tells what the first time told."""
    learner = Learner()
    first = learner(*EVENTS)

    again = learner(*EVENTS, again=True)

    assert again.tables == first.tables
    assert again.lineages == first.lineages
    assert again.runs == first.runs
    assert again.settled == first.settled
    assert again.pipelines == first.pipelines
    assert again.results == first.results
    assert again.profiles == first.profiles


def test_a_discarded_event_is_learned_anew() -> None:
    """What was not committed was never learned: the event is news when it comes again."""
    learner, run = Learner(), Run()
    event = run.load(columns=columns("id"))
    learner(run.start())

    first = learn(event, learner.known, NAMING)
    learner.known.discard()

    assert learner(event) == first


def test_a_later_revision_of_an_event_holds() -> None:
    """An event that was corrected replaces what it said before, and the former one, late, changes nothing."""
    learner, run = Learner(), Run()
    wrong = run.check(passed=True)
    right = QualityResultEvent(
        event_id=wrong.event_id,
        timestamp=wrong.timestamp,
        correlation=wrong.correlation,
        source="dagster",
        asset_key="raw/orders",
        check_name="not_null",
        passed=False,
        data_outcome="fail",
        severity="WARN",
        dataset=RAW,
    )

    learner(wrong)
    told = learner(right, revision=2)
    learner(wrong)

    assert [result.data_outcome for result in told.results] == ["fail"]
    assert [check.severity for check in learner.known.all_checks()] == ["WARN"]


def recorded() -> list[HookEvent]:
    """The events of one real run of the example."""
    return [decode_event(line.encode()) for line in FLIGHTS.read_text().splitlines()]


def test_datasets_nobody_knows_are_not_told() -> None:
    """No fact is about a dataset that was not resolved."""
    learner, run = Learner(), Run()

    learned = learner(
        run.load(DatasetRef(namespace="dagster://shop", name="raw/orders", resolved=False), columns=columns("id"))
    )

    assert not learned.tables
    assert not list(learner.known.all_tables())
