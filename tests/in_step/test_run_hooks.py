"""Run hooks tell what nobody told, when a step has ended."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest

from phlo_hooks.events import IngestionEvent
from phlo_hooks.filters import HookFilter
from phlo_hooks.registration import FailurePolicy
from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster import ingestion_asset, phlo_run_hooks
from phlo_hooks_dagster.in_step.configuration import StepOptions, using
from phlo_hooks_dagster.in_step.emitting import emit

HOOKS = phlo_run_hooks()
INGESTION = {"phlo/stage": "ingestion"}


@pytest.fixture
def hook() -> Iterator[RecordingHook]:
    """Return the one in-step hook of the process."""
    recorder = RecordingHook()
    with using(StepOptions(hooks=(recorder.registration(in_step=True),))):
        yield recorder


def run(*assets: Any, **arguments: Any) -> dg.ExecuteInProcessResult:
    """Materialize on an instance in memory; a failure is a result."""
    return dg.materialize(list(assets), raise_on_error=False, **arguments)


def statuses(hook: RecordingHook) -> list[tuple[str, str | None, int | None]]:
    """Return type, status and attempt of what was told."""
    return [(each.event_type, getattr(each, "status", None), each.correlation.attempt) for each in hook.events]


def test_what_an_io_manager_stored_is_told(hook: RecordingHook) -> None:
    """An asset that nobody decorated is told of, with its metadata, when its step has ended."""

    @dg.asset(hooks=HOOKS, tags=INGESTION)
    def orders() -> dg.Output[int]:
        assert not hook.events
        return dg.Output(1, metadata={"dagster/row_count": 3})

    run(orders)

    assert statuses(hook) == [("ingestion.start", "started", 1), ("ingestion.end", "success", 1)]
    assert getattr(hook.events[1], "rows", None) == 3


def test_times_are_those_of_the_log(hook: RecordingHook) -> None:
    """A start that is told when the step has ended has the time at which the step started."""
    inside: list[datetime] = []

    @dg.asset(hooks=HOOKS, tags=INGESTION)
    def orders() -> int:
        inside.append(datetime.now(UTC))
        return 1

    run(orders)

    start, end = hook.events
    assert start.timestamp < inside[0] < end.timestamp


def test_each_attempt_is_told(hook: RecordingHook) -> None:
    """A step that is tried again ends with status retry, then with its outcome."""

    @dg.asset(hooks=HOOKS, tags=INGESTION, retry_policy=dg.RetryPolicy(max_retries=1))
    def flaky(context: dg.AssetExecutionContext) -> int:
        if context.retry_number == 0:
            raise ValueError("not yet")
        return 1

    run(flaky)

    assert statuses(hook) == [
        ("ingestion.start", "started", 1),
        ("ingestion.end", "retry", 1),
        ("ingestion.start", "started", 2),
        ("ingestion.end", "success", 2),
    ]


def test_two_materializations_of_one_asset_are_two_events(hook: RecordingHook) -> None:
    """Keys may repeat: what happened twice is told twice, whether the decorator or the run hook tells it."""

    @dg.asset(hooks=HOOKS)
    def plain(context: dg.AssetExecutionContext) -> int:
        context.log_event(dg.AssetMaterialization("plain"))
        return 1

    @ingestion_asset(hooks=HOOKS)
    def decorated(context: dg.AssetExecutionContext) -> None:
        context.log_event(dg.AssetMaterialization("decorated"))

    run(plain)
    run(decorated)

    assert [(each.event_type, each.asset_key) for each in hook.events] == [  # type: ignore[attr-defined]  # of assets
        ("asset.materialized", "plain"),
        ("asset.materialized", "plain"),
        ("ingestion.start", "decorated"),
        ("ingestion.end", "decorated"),
        ("ingestion.end", "decorated"),
    ]


def test_what_code_logged_before_it_raised_is_told(hook: RecordingHook) -> None:
    """Dagster's own list of the step's events lacks it: it is read from the log."""

    @dg.asset(hooks=HOOKS)
    def careless(context: dg.AssetExecutionContext) -> int:
        context.log_event(dg.AssetMaterialization("elsewhere"))
        raise ValueError("too late")

    run(careless)

    assert [each.event_type for each in hook.events] == ["asset.materialized", "asset.failed"]


def test_steps_that_were_skipped_are_not_of_this_step(hook: RecordingHook) -> None:
    """A step that leaves an output out makes others skip; Dagster lists these skips with its events."""

    @dg.multi_asset(outs={"left": dg.AssetOut(is_required=False)})
    def pair() -> Iterator[Any]:
        yield from ()

    @dg.asset
    def after(left: int) -> None: ...

    run(pair.with_hooks(HOOKS), after.with_hooks(HOOKS))

    assert [(each.event_type, each.correlation.step_key) for each in hook.events] == [("asset.skipped", "pair")]


def test_ops_and_checks_are_told(hook: RecordingHook) -> None:
    """A job of ops tells what its ops log; a check outside of an asset its result."""

    @dg.op
    def writes(context: dg.OpExecutionContext) -> None:
        context.log_event(dg.AssetMaterialization("elsewhere"))

    @dg.job(hooks=HOOKS)
    def of_ops() -> None:
        writes()

    @dg.asset
    def orders() -> None: ...

    @dg.asset_check(asset=orders)
    def many() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False)

    of_ops.execute_in_process()
    run(orders, many.with_hooks(HOOKS))

    assert [(each.event_type, each.correlation.step_key) for each in hook.events] == [
        ("asset.materialized", "writes"),
        ("quality.result", "orders_many"),
    ]


def test_an_event_of_ones_own_takes_no_other_ones_place(hook: RecordingHook) -> None:
    """User code emits the end of its own asset: the end that Dagster records is told beside it, as the relay does."""

    @dg.asset(hooks=HOOKS, tags=INGESTION)
    def orders(context: dg.AssetExecutionContext) -> int:
        emit(IngestionEvent(event_type="ingestion.end", asset_key="orders", rows=7), context=context)
        return 1

    run(orders)

    ends = [each for each in hook.events if each.event_type == "ingestion.end"]
    assert [getattr(each, "rows", None) for each in ends] == [7, None]


def test_it_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A hook that fails, even with policy raise, is logged with step and run; the step and the other events stay."""
    broken, good = RecordingHook(fail_with=LookupError("the hook broke")), RecordingHook()
    options = StepOptions(
        hooks=(
            broken.registration(
                "broken",
                in_step=True,
                failure_policy=FailurePolicy.RAISE,
                filter=HookFilter(event_types=["ingestion.start"]),
            ),
            good.registration("good", in_step=True, priority=1),
        )
    )

    @dg.asset(hooks=HOOKS, tags=INGESTION)
    def orders() -> int:
        return 1

    with using(options), caplog.at_level(logging.ERROR, "phlo_hooks_dagster.run_hooks"):
        result = run(orders)

    assert result.success
    assert good.event_types == ["ingestion.start", "ingestion.end"]
    assert [record.getMessage() for record in caplog.records if record.name == "phlo_hooks_dagster.run_hooks"] == [
        f"run hook phlo_run_hook: step orders of run {result.run_id}"
    ]
    assert not [each for each in result.all_events if each.event_type is dg.DagsterEventType.HOOK_ERRORED]


def test_a_step_costs_one_record(hook: RecordingHook) -> None:
    """Attached by asset, job and hand, the run hook is one, and writes one record a step."""

    @dg.asset(hooks=HOOKS)
    def orders() -> int:
        return 1

    job = dg.define_asset_job("all", selection=[orders], hooks=phlo_run_hooks())
    defs = dg.Definitions(assets=[orders.with_hooks(phlo_run_hooks())], jobs=[job])

    result = defs.resolve_job_def("all").execute_in_process()

    told = [each.event_type for each in result.all_events if each.event_type and "HOOK" in each.event_type.value]
    assert told == [dg.DagsterEventType.HOOK_COMPLETED]
    assert hook.event_types == ["asset.materialized"]


def test_without_a_hook_nothing_is_loaded() -> None:
    """Where no hook has in_step=True, the run hook imports neither settings nor events nor the translator."""
    code = (
        "import sys, dagster as dg\n"
        "from phlo_hooks_dagster import phlo_run_hooks\n"
        "@dg.asset(hooks=phlo_run_hooks())\n"
        "def orders() -> int: return 1\n"
        "assert dg.materialize([orders]).success\n"
        "print(sorted(name for name in sys.modules if name.startswith(('phlo_hooks.', 'pydantic_settings'))))\n"
        "print(sorted(name for name in sys.modules if name.startswith('phlo_hooks_dagster.translator')))\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split("\n")[:2] == ["[]", "[]"]
