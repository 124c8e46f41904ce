"""Steps of all shapes tell what the relay reads of their log: keys, contents and order within a step."""

# Dagster reads a bare MaterializeResult otherwise than one with a type; its own decorators are not all typed.
# mypy: disable-error-code="type-arg, untyped-decorator"

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import dagster as dg
import pytest

from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster.in_step.watching import watched
from tests.in_step.telling import Told, assert_one_story, content, run, translated

INGESTION = {"phlo/stage": "ingestion"}
PUBLISH = {"phlo/stage": "publish"}
DAYS = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05")
NEVER = dg.BackfillPolicy.single_run()


def specs(*names: str, skippable: bool = True) -> list[dg.AssetSpec]:
    return [
        dg.AssetSpec(name, skippable=skippable, tags=INGESTION if name != "plain" else {}, group_name="raw")
        for name in names
    ]


@dg.multi_asset(specs=specs("orders", "items", "plain"), check_specs=[dg.AssetCheckSpec("filled", asset="orders")])
@watched
def loads(context: dg.AssetExecutionContext) -> Iterator[Any]:
    yield dg.MaterializeResult(asset_key="orders", metadata={"dagster/row_count": 2, "token": "s3cr3t-s3cr3t"})
    yield dg.AssetCheckResult(passed=True, asset_key="orders", metadata={"failed_rows": 0})
    yield dg.MaterializeResult(asset_key="plain", tags={"owner": "us"})


@dg.multi_asset(specs=specs("orders", "items"), can_subset=True)
@watched
def subset(context: dg.AssetExecutionContext) -> Iterator[Any]:
    for key in sorted(context.selected_asset_keys):
        yield dg.MaterializeResult(asset_key=key)


@dg.multi_asset(specs=specs("orders", "items", skippable=False))
@watched
def returns_several() -> tuple[dg.MaterializeResult, dg.MaterializeResult]:
    return dg.MaterializeResult(asset_key="orders"), dg.MaterializeResult(asset_key="items")


@dg.multi_asset(specs=specs("orders", "items", skippable=False))
@watched
def implicit():  # type: ignore[no-untyped-def]  # noqa: ANN201  # Dagster takes no None for several outputs
    return None


@dg.asset(
    tags=PUBLISH, check_specs=[dg.AssetCheckSpec("one", asset="checked"), dg.AssetCheckSpec("two", asset="checked")]
)
@watched
def checked() -> dg.MaterializeResult:
    results = [
        dg.AssetCheckResult(check_name="one", passed=True),
        dg.AssetCheckResult(check_name="two", passed=False, severity=dg.AssetCheckSeverity.WARN),
    ]
    return dg.MaterializeResult(check_results=results)


@dg.asset(tags=PUBLISH, check_specs=[dg.AssetCheckSpec("gate", asset="blocked", blocking=True)])
@watched
def blocked() -> dg.MaterializeResult:
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="gate", passed=False)])


@dg.asset
@watched
def twice(context: dg.AssetExecutionContext) -> Iterator[Any]:
    yield dg.AssetMaterialization("twice", metadata={"n": 1})
    yield dg.AssetMaterialization("elsewhere")
    yield dg.MaterializeResult(metadata={"n": 2})
    yield dg.AssetObservation("elsewhere", metadata={"seen": True})


@dg.multi_observable_source_asset(specs=[dg.AssetSpec("source"), dg.AssetSpec("second")])
@watched
def sources() -> Iterator[Any]:
    yield dg.ObserveResult(asset_key="source", metadata={"rows": 1}, data_version=dg.DataVersion("1"))
    yield dg.ObserveResult(asset_key="second")


@dg.asset_check(asset="checked")
@watched
def apart(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, description="it is late", metadata={"dagster/failed_row_count": 3})


@dg.multi_asset_check(specs=[dg.AssetCheckSpec("three", asset="checked"), dg.AssetCheckSpec("four", asset="checked")])
@watched
def several(context: dg.AssetCheckExecutionContext) -> Iterator[Any]:
    yield dg.AssetCheckResult(check_name="three", asset_key="checked", passed=True)
    raise RuntimeError("the fourth cannot be asked")


@pytest.mark.parametrize(
    "assets",
    [[loads], [returns_several], [implicit], [checked], [blocked], [twice], [checked, apart], [checked, several]],
    ids=["multi", "returned", "implicit", "checks", "blocking", "twice", "check", "checks apart"],
)
def test_steps_and_log_agree(assets: list[Any], instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """What a step tells is what its log says; all of it, unless Dagster still had a say."""
    told = run(instance, assets, hearing=hearing)

    assert_one_story(told)


def test_observations_agree(instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """Observable sources tell that they were observed."""
    told = run(instance, [sources], hearing=hearing, selection=["source", "second"])

    assert_one_story(told)
    assert [event.event_type for event in told.inside] == ["asset.observed", "asset.observed"]


def test_a_subset_tells_of_what_was_selected(instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """Assets that a run did not select have no start and no end."""
    told = run(instance, [subset], hearing=hearing, selection=["items"])

    assert_one_story(told)
    assert told.keys == ["subset|1|items|||ingestion.start", "subset|1|items|||ingestion.end"]


@dg.asset(partitions_def=DAYS, tags=INGESTION, backfill_policy=NEVER)
@watched
def daily(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    if context.has_partition_key:
        return dg.MaterializeResult(metadata={"dagster/row_count": 1})
    for key in context.partition_keys:
        context.add_asset_metadata({"dagster/partition_row_count": len(key)}, partition_key=key)
    return dg.MaterializeResult()


@pytest.mark.parametrize(
    "wanted",
    [
        {"partition_key": "2026-01-02"},
        {
            "tags": {
                "dagster/asset_partition_range_start": "2026-01-02",
                "dagster/asset_partition_range_end": "2026-01-04",
            }
        },
    ],
    ids=["one", "range"],
)
def test_each_partition_has_its_events(
    wanted: dict[str, Any], instance: dg.DagsterInstance, hearing: RecordingHook
) -> None:
    """One partition, or a range in a single run: each has its start and its end, with its own metadata."""
    told = run(instance, [daily], hearing=hearing, **wanted)

    assert_one_story(told)
    assert {event.correlation.partition_key for event in told.inside} >= {"2026-01-02"}


def flaky(raising: Callable[[], BaseException], *, after: int = 0, **arguments: Any) -> dg.AssetsDefinition:
    """Return a multi-asset whose first attempt raises after some of its items."""

    @dg.multi_asset(name="flaky", specs=specs("orders", "items"), **arguments)
    @watched
    def flaky_assets(context: dg.AssetExecutionContext) -> Iterator[Any]:
        for number, key in enumerate(("orders", "items")):
            if context.retry_number == 0 and number == after:
                raise raising()
            yield dg.MaterializeResult(asset_key=key)

    return flaky_assets


POLICY = dg.RetryPolicy(max_retries=2)


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize(
    ("raising", "policy", "statuses"),
    [
        (lambda: ValueError("once"), POLICY, ["retry", "success"]),
        (lambda: ValueError("once"), None, ["failure"]),
        (lambda: dg.RetryRequested(max_retries=1), None, ["retry", "success"]),
        (lambda: dg.RetryRequested(max_retries=0), None, ["failure"]),
        (lambda: dg.Failure("no use", allow_retries=False), POLICY, ["failure"]),
        (lambda: dg.Failure("try again"), POLICY, ["retry", "success"]),
        (lambda: dg.DagsterInvariantViolationError("Dagster's own"), POLICY, ["failure"]),
    ],
    ids=["policy", "error", "requested", "requested too often", "failure", "failure retried", "dagster"],
)
def test_retries_are_told_as_dagster_will_make_them(
    raising: Callable[[], BaseException],
    policy: Any,
    statuses: list[str],
    after: int,
    instance: dg.DagsterInstance,
    hearing: RecordingHook,
) -> None:
    """Whether an attempt is tried again is known in the step as Dagster then decides it."""
    told = run(instance, [flaky(raising, after=after, retry_policy=policy)], hearing=hearing)

    assert_one_story(told)
    ends: list[Any] = [each for each in told.inside if each.key.endswith("items|||ingestion.end")]
    assert [end.status for end in ends] == statuses


def ends(told: list[Any]) -> list[Any]:
    return [(each.key, each.status, each.reason, each.error.type) for each in told if each.key.endswith("end")]


@pytest.mark.parametrize("canceling", [False, True], ids=["stopped", "canceled"])
@pytest.mark.parametrize("policy", [None, dg.RetryPolicy(max_retries=1)], ids=["", "retried"])
def test_an_interrupt_is_told_as_the_relay_will(
    canceling: bool,  # noqa: FBT001
    policy: Any,
    instance: dg.DagsterInstance,
    hearing: RecordingHook,
) -> None:
    """An interrupted step's assets were canceled if the run is being canceled, failed if not, or are tried again."""

    def stopped(context: dg.AssetExecutionContext) -> None:
        if canceling:
            instance.report_run_canceling(context.run)
        raise KeyboardInterrupt

    asset: dg.AssetsDefinition = dg.asset(tags=INGESTION, retry_policy=policy)(watched(stopped))
    with suppress(KeyboardInterrupt):
        dg.materialize([asset], instance=instance, raise_on_error=False)

    events: list[Any] = hearing.events
    run_id = events[0].correlation.run_id
    outside = translated(instance, run_id, [asset])
    assert [content(each) for each in events if each.event_type.endswith("start")] == [
        content(each) for each in outside if each.event_type.endswith("start")
    ]
    inside_ends, relays_ends = (ends(told) for told in (events, outside))
    assert inside_ends == relays_ends


def test_mapped_steps_and_ops_without_assets_tell_nothing(instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """Ops of a graph asset run watched; the op that makes the asset tells of it, mapped ones have nothing to tell."""

    @dg.op(out=dg.DynamicOut(int))
    @watched
    def split() -> Iterator[Any]:
        yield dg.DynamicOutput(1, mapping_key="a")
        yield dg.DynamicOutput(2, mapping_key="b")

    @dg.op
    @watched
    def work(number: int) -> int:
        return number

    @dg.op(out=dg.Out(dg.Nothing))
    @watched
    def join(numbers: list[int]) -> None:
        return None

    @dg.graph_asset(tags=INGESTION)
    def whole() -> Any:
        return join(split().map(work).collect())

    told = run(instance, [whole], hearing=hearing)

    assert_one_story(told)
    assert [event.event_type for event in told.inside] == ["ingestion.start", "ingestion.end"]


def test_what_an_io_manager_stores_is_not_told_by_the_function(
    instance: dg.DagsterInstance, hearing: RecordingHook
) -> None:
    """A value may still fail to be stored: neither the function nor its end speaks of it."""

    @dg.asset(tags=INGESTION)
    @watched
    def value() -> int:
        return 1

    @dg.asset(tags=INGESTION)
    @watched
    def value_in_result() -> dg.MaterializeResult[int]:
        return dg.MaterializeResult(value=1)

    told = run(instance, [value, value_in_result], hearing=hearing)

    assert [event.event_type for event in told.inside] == ["ingestion.start", "ingestion.start"]


def test_events_of_the_log_make_the_same_story(instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """Out of an attempt's own events, as a run hook gets them, comes all that the relay tells of it."""
    from phlo_hooks_dagster.in_step.scope import StepScope
    from phlo_hooks_dagster.in_step.story import StepStory

    told: list[Any] = []

    def listen(context: dg.HookContext, events: Any) -> dg.HookExecutionResult:
        scope = StepScope.current(context)
        assert scope is not None
        told.extend(StepStory(scope).from_events(events))
        return dg.HookExecutionResult("listening")

    listening = dg.HookDefinition(name="listening", hook_fn=listen)
    asset = flaky(lambda: ValueError("once"), after=1, retry_policy=POLICY).with_hooks({listening})
    result = dg.materialize([asset], instance=instance)

    assert_one_story(Told(inside=told, outside=translated(instance, result.run_id, [asset])))
