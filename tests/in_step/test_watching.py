"""What a watched function tells, and what Dagster sees of it: nothing."""

# Dagster reads a bare MaterializeResult otherwise than one with a type.
# mypy: disable-error-code="type-arg, untyped-decorator"

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any, cast

import dagster as dg
import pytest

from phlo_hooks import HookFilter
from phlo_hooks.registration import FailurePolicy
from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster.in_step.bus import step_bus
from phlo_hooks_dagster.in_step.configuration import StepOptions, using
from phlo_hooks_dagster.in_step.scope import StepScope
from phlo_hooks_dagster.in_step.watching import watched
from tests.in_step.telling import assert_one_story, run

INGESTION = {"phlo/stage": "ingestion"}


@dg.asset(tags=INGESTION)
@watched
def streamed(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    context.add_output_metadata({"added": 1})
    yield dg.MaterializeResult(metadata={"dagster/row_count": 3}, data_version=dg.DataVersion("7"))


@dg.asset(tags=INGESTION)
@watched
def returned() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows_loaded": 0})


@dg.asset
@watched
def silent() -> None:
    return None


@dg.asset(tags=INGESTION)
@watched
async def awaited() -> dg.MaterializeResult:
    await asyncio.sleep(0)
    return dg.MaterializeResult(metadata={"dagster/row_count": 5})


@dg.asset(tags=INGESTION)
@watched
async def awaited_stream():  # type: ignore[no-untyped-def]  # noqa: ANN201  # Dagster takes no annotation here
    await asyncio.sleep(0)
    yield dg.MaterializeResult(metadata={"dagster/row_count": 5})


@dg.asset(tags=INGESTION)
@watched
def generator_object() -> Any:
    return (dg.MaterializeResult(metadata={"n": number}) for number in (1,))


@pytest.mark.parametrize(
    "asset", [streamed, returned, silent, awaited, awaited_stream, generator_object], ids=lambda each: each.key.path[0]
)
def test_every_kind_of_function_tells_its_story(
    asset: dg.AssetsDefinition, instance: dg.DagsterInstance, hearing: RecordingHook
) -> None:
    """A generator, a function and their async forms tell what the relay reads of the log, and all of it."""
    told = run(instance, [asset], hearing=hearing)

    assert_one_story(told)
    assert told.inside


async def a_stream() -> AsyncIterator[int]:
    yield 1


@pytest.mark.parametrize(
    "fn",
    [
        lambda: None,
        lambda: (yield),
        asyncio.sleep,
        a_stream,
    ],
    ids=["function", "generator", "async", "async generator"],
)
def test_a_watched_function_is_of_the_same_kind(fn: Any) -> None:
    """What Dagster asks of a function has the same answer for the watched one."""
    asked = (inspect.isgeneratorfunction, inspect.isasyncgenfunction, inspect.iscoroutinefunction, inspect.signature)

    assert [ask(watched(fn)) for ask in asked] == [ask(fn) for ask in asked]


def test_a_stream_passes_through_unchanged() -> None:
    """Items, what is sent and thrown, and what is returned are those of the function itself."""
    seen: list[object] = []

    def talk() -> Generator[Any, Any, str]:
        try:
            seen.append((yield "first"))
        except KeyError:
            yield "caught"
        return "end"

    sent, thrown = watched(talk)(), watched(talk)()

    assert (next(sent), next(thrown)) == ("first", "first")
    with pytest.raises(StopIteration) as ended:
        sent.send("hello")
    assert ended.value.value == "end"
    assert thrown.throw(KeyError()) == "caught"
    assert seen == ["hello"]


class Notes:
    """An observer that notes what it hears."""

    artifacts = None

    def __init__(self, scope: StepScope) -> None:
        self.heard: list[Any] = [("made", scope.step_key, scope.attempt)]
        ALL.append(self)

    def pulled(self, item: object) -> None:
        self.heard.append(("pulled", type(item).__name__))

    def failed(self, error: BaseException) -> None:
        self.heard.append(("failed", type(error).__name__))

    def ended(self) -> None:
        self.heard.append(("ended",))


ALL: list[Notes] = []


@pytest.fixture(autouse=True)
def _no_notes() -> None:
    ALL.clear()


def test_an_observer_hears_without_any_hook(instance: dg.DagsterInstance) -> None:
    """An observer is made for each attempt, hears each item before Dagster has it, and one last word."""

    def flaky(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yield dg.AssetObservation("elsewhere")
        if context.retry_number == 0:
            raise ValueError("once")
        yield dg.MaterializeResult()

    asset = dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))(watched(flaky, observer=Notes))

    dg.materialize([asset], instance=instance)

    assert [each.heard for each in ALL] == [
        [("made", "flaky", 1), ("pulled", "AssetObservation"), ("failed", "ValueError")],
        [("made", "flaky", 2), ("pulled", "AssetObservation"), ("pulled", "MaterializeResult"), ("ended",)],
    ]


def one_result() -> dg.MaterializeResult:
    return dg.MaterializeResult()


def test_an_observer_never_breaks_a_step(instance: dg.DagsterInstance, caplog: pytest.LogCaptureFixture) -> None:
    """What an observer raises is logged, and the step succeeds."""

    class Broken(Notes):
        def pulled(self, item: object) -> None:
            raise LookupError("broken observer")

    asset = dg.asset(name="fine")(watched(one_result, observer=Broken))

    result = dg.materialize([asset], instance=instance)

    assert result.success
    assert "broken observer" in caplog.text


def test_a_stream_that_dagster_closes_tells_the_observer(instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """When a type check fails behind a yield, no end is made up, and the observer hears of it once it is closed."""

    @dg.asset(tags=INGESTION, dagster_type=dg.DagsterType(lambda _, value: isinstance(value, int), name="number"))
    @dagster_watched(observer=Notes)
    def mistyped() -> Iterator[Any]:
        yield dg.Output("no number")

    dg.materialize([mistyped], instance=instance, raise_on_error=False)
    gc.collect()

    assert ALL[0].heard[-1] == ("failed", "GeneratorExit")
    assert hearing.event_types == ["ingestion.start"]


@pytest.mark.parametrize("style", ["sync", "async"])
def test_a_stream_that_fails_when_it_is_closed_is_over_all_the_same(
    style: str, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    """A hook refuses an end, and the stream's own clean-up fails too: the observer hears its last word."""

    def unclean() -> Iterator[Any]:
        try:
            yield dg.MaterializeResult()
        finally:
            raise OSError("the file cannot be closed")

    async def unclean_async():  # type: ignore[no-untyped-def]  # noqa: ANN202  # Dagster takes no annotation here
        try:
            yield dg.MaterializeResult()
        finally:
            raise OSError("the file cannot be closed")

    refusing = RecordingHook(fail_with=ValueError("no")).registration(
        in_step=True, failure_policy=FailurePolicy.RAISE, filter=HookFilter(event_types=["ingestion.end"])
    )
    fn: Any = unclean if style == "sync" else unclean_async
    with using(StepOptions(hooks=(refusing,), root=tmp_path)):
        asset = dg.asset(name="unclean", tags=INGESTION)(watched(fn, observer=Notes))
        result = dg.materialize([asset], instance=instance, raise_on_error=False)

    assert not result.success
    assert ALL[0].heard[-1] == ("failed", "Failure")


def dagster_watched(**arguments: Any) -> Any:
    """Return ``watched`` as a decorator with arguments."""
    return lambda fn: watched(fn, **arguments)


def test_a_direct_call_only_calls(hearing: RecordingHook) -> None:
    """In a unit test, with or without a context, the function runs and nobody is told."""
    assert isinstance(returned(), dg.MaterializeResult)
    assert [type(each) for each in cast("Any", streamed(dg.build_asset_context()))] == [dg.MaterializeResult]
    assert hearing.events == []


def test_a_call_from_another_step_only_calls(instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """An asset that calls another asset's function tells of itself, once, and not of the other."""

    @dg.asset(tags=INGESTION)
    @watched
    def outer() -> dg.MaterializeResult:
        returned()
        return dg.MaterializeResult()

    @dg.asset
    def plain() -> None:
        returned()

    def compute(context, inputs):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  # as Dagster asks
        returned()
        yield dg.Output(1)

    op = dg.OpDefinition(name="raw", compute_fn=compute, outs={"result": dg.Out()})
    raw = dg.AssetsDefinition.from_op(op, tags_by_output_name={"result": INGESTION})

    told = run(instance, [outer, plain, raw], hearing=hearing)

    assert told.keys == ["outer|1|outer|||ingestion.start", "outer|1|outer|||ingestion.end"]


def test_nothing_is_told_without_a_hook(instance: dg.DagsterInstance, tmp_path: Any) -> None:
    """Without hook, gate or observer a watched function is not watched at all."""
    with using(StepOptions(root=tmp_path)):
        result = dg.materialize([streamed], instance=instance)

        assert step_bus() is None
    assert result.success
