"""What hooks with each failure policy do to a step, and what a process remembers of what was told."""

# mypy: disable-error-code="type-arg, untyped-decorator"

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from phlo_hooks import HookEvent, HookFilter, hook
from phlo_hooks.registration import FailurePolicy, HookRegistration
from phlo_hooks.testing import RecordingHook, make_event
from phlo_hooks_dagster import DagsterHooksTranslator
from phlo_hooks_dagster.in_step import telling
from phlo_hooks_dagster.in_step.configuration import StepOptions, using
from phlo_hooks_dagster.in_step.scope import StepScope
from phlo_hooks_dagster.in_step.watching import watched
from tests.in_step.telling import assert_one_story, run

INGESTION = {"phlo/stage": "ingestion"}
RAN: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    RAN.clear()


def asset(**arguments: Any) -> dg.AssetsDefinition:
    def orders() -> Iterator[Any]:
        RAN.append("orders")
        yield dg.MaterializeResult()

    make: Callable[..., dg.AssetsDefinition] = dg.asset(name="orders", tags=INGESTION, **arguments)
    return make(watched(orders))


def refusing(error: Exception, on: str = "ingestion.start", policy: str = "raise") -> HookRegistration:
    return RecordingHook(fail_with=error).registration(
        "gatekeeper",
        plugin="shop",
        in_step=True,
        failure_policy=FailurePolicy(policy),
        filter=HookFilter(event_types=[on]),
    )


class Later(Exception):  # noqa: N818  # named for what it asks
    """An error that asks to be tried again."""

    retry = True


def failure_of(instance: dg.DagsterInstance) -> Any:
    run_id = instance.get_run_records(limit=1)[0].dagster_run.run_id
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    event = entries[0].dagster_event
    assert event is not None
    return event.step_failure_data


def test_a_refusal_stops_the_step_before_its_code(
    instance: dg.DagsterInstance, hearing: RecordingHook, tmp_path: Path
) -> None:
    """A hook with policy raise at the start: the function never runs, and Dagster's failure says who, where and why."""
    hooks = (hearing.registration(in_step=True, priority=1), refusing(PermissionError("closed, password=hunter22")))

    with using(StepOptions(hooks=hooks, root=tmp_path)):
        told = run(instance, [asset(retry_policy=dg.RetryPolicy(max_retries=3))], hearing=hearing)

    failed = failure_of(instance)
    metadata = {name: value.value for name, value in failed.user_failure_data.metadata.items()}
    assert RAN == []
    assert metadata == {
        "phlo/hook": "shop:gatekeeper",
        "phlo/event": "ingestion.start",
        "phlo/reason": "PermissionError: closed, password=[redacted]",
    }
    assert "hook shop:gatekeeper stopped the step at ingestion.start of orders" in failed.user_failure_data.description
    assert_one_story(told)
    end: Any = told.inside[-1]
    assert (end.event_type, end.status, end.reason) == ("ingestion.end", "failure", "stopped_by_hook")


def test_a_refusal_that_asks_for_it_is_retried(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """An error with retry=True leaves the step to its retry policy."""
    refusal = RecordingHook(fail_with=Later("not yet"), fail_times=1).registration(
        in_step=True, failure_policy=FailurePolicy.RAISE
    )

    with using(StepOptions(hooks=(refusal,), root=tmp_path)):
        result = dg.materialize([asset(retry_policy=dg.RetryPolicy(max_retries=1))], instance=instance)

    assert result.success
    assert RAN == ["orders"]


def test_a_refusal_at_an_end_fails_the_step_after_its_work(
    instance: dg.DagsterInstance, hearing: RecordingHook, tmp_path: Path
) -> None:
    """Dagster has the materialization already; the step fails, and both halves say so."""
    hooks = (hearing.registration(in_step=True, priority=1), refusing(ValueError("too few rows"), on="ingestion.end"))

    with using(StepOptions(hooks=hooks, root=tmp_path)):
        told = run(instance, [asset()], hearing=hearing)

    assert_one_story(told)
    assert RAN == ["orders"]
    assert failure_of(instance).user_failure_data.metadata["phlo/event"].value == "ingestion.end"


@pytest.mark.parametrize("policy", ["ignore", "log"])
def test_other_policies_let_the_step_go_on(policy: str, instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """Only policy raise has a say in the step."""
    with using(StepOptions(hooks=(refusing(ValueError("whatever"), policy=policy),), root=tmp_path)):
        result = dg.materialize([asset()], instance=instance)

    assert result.success


def test_a_failing_step_keeps_its_own_error(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """A hook that refuses the end of a step that failed anyway does not hide why it failed."""

    @dg.asset(tags=INGESTION)
    @watched
    def broken() -> None:
        raise LookupError("the user's own")

    with using(StepOptions(hooks=(refusing(ValueError("me too"), on="ingestion.end"),), root=tmp_path)):
        dg.materialize([broken], instance=instance, raise_on_error=False)

    assert "the user's own" in failure_of(instance).error.to_string()
    assert failure_of(instance).user_failure_data is None


def test_all_starts_are_told_before_the_first_refusal_counts(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """Of a multi-asset every start is told, to every hook, and each has its end."""
    hearing = RecordingHook()

    @dg.multi_asset(specs=[dg.AssetSpec(name, tags=INGESTION) for name in ("a", "b")])
    @watched
    def both() -> Iterator[Any]:
        yield dg.MaterializeResult(asset_key="a")

    hooks = (hearing.registration(in_step=True, priority=1), refusing(ValueError("no")))
    with using(StepOptions(hooks=hooks, root=tmp_path)):
        told = run(instance, [both], hearing=hearing)

    assert_one_story(told)
    assert [event.event_type for event in told.inside] == ["ingestion.start"] * 2 + ["ingestion.end"] * 2


class Confused(DagsterHooksTranslator):
    """A translator that raises."""

    def get_dataset(self, spec: dg.AssetSpec) -> str | None:
        raise LookupError("no idea")


@pytest.mark.parametrize(("policy", "succeeds"), [("log", True), ("raise", False)])
def test_a_step_that_cannot_be_told_goes_on_unless_hooks_may_stop_it(
    policy: str, *, succeeds: bool, instance: dg.DagsterInstance, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A mistake in a translator costs events, never a step; but a hook that may stop steps is not passed by."""
    listening = RecordingHook().registration(in_step=True, failure_policy=FailurePolicy(policy))

    with using(StepOptions(hooks=(listening,), translator=Confused(), root=tmp_path)):
        result = dg.materialize([asset()], instance=instance, raise_on_error=False)

    assert result.success is succeeds
    assert "Confused.get_dataset of asset 'orders' raised LookupError: no idea" in caplog.text
    assert (["orders"] if succeeds else []) == RAN
    if not succeeds:
        assert "they cannot be asked" in failure_of(instance).user_failure_data.description


def test_only_in_step_hooks_are_called(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """Hooks of the relay stay with the relay."""
    outside, inside = RecordingHook(), RecordingHook()
    hooks = (outside.registration("outside"), inside.registration("inside", in_step=True))

    with using(StepOptions(hooks=hooks, root=tmp_path)):
        dg.materialize([asset()], instance=instance)

    assert outside.calls == []
    assert inside.event_types == ["ingestion.start", "ingestion.end"]


def test_async_hooks_hear_too(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """An async hook is called in async steps as in others."""
    heard: list[str] = []

    @hook(in_step=True)
    async def listen(event: HookEvent) -> None:
        heard.append(event.event_type)

    @dg.asset(tags=INGESTION)
    @watched
    async def awaited() -> None:
        return None

    with using(StepOptions(hooks=(listen,), root=tmp_path)):
        dg.materialize([awaited], instance=instance)

    assert heard == ["ingestion.start", "ingestion.end"]


def test_runs_side_by_side_do_not_mix(hearing: RecordingHook) -> None:
    """Steps that run at once in threads of one process each tell of their own run."""
    together = threading.Barrier(4, timeout=60)

    @dg.asset(tags=INGESTION)
    @watched
    def orders() -> Iterator[Any]:
        together.wait()
        yield dg.MaterializeResult()

    def one_run(_: int) -> str:
        with dg.DagsterInstance.ephemeral() as own:
            return str(dg.materialize([orders], instance=own).run_id)

    with ThreadPoolExecutor(4) as pool:
        run_ids = list(pool.map(one_run, range(4)))

    for run_id in run_ids:
        mine = [event.event_type for event in hearing.events if event.correlation.run_id == run_id]
        assert mine == ["ingestion.start", "ingestion.end"]


def test_a_run_inside_of_a_step_is_its_own(instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """A step that materializes something else: the inner run is told as such, and the outer step goes on as itself."""
    inner = asset()

    @dg.asset(tags=INGESTION)
    @watched
    def outer() -> None:
        with dg.DagsterInstance.ephemeral() as own:
            dg.materialize([inner], instance=own)

    dg.materialize([outer], instance=instance)

    assert [event.correlation.asset_key for event in hearing.events] == ["outer", "orders", "orders", "outer"]
    assert len({event.correlation.run_id for event in hearing.events}) == 2


def scope_of(number: int) -> StepScope:
    return StepScope(
        run_id=f"run-{number}",
        job_name="job",
        step_key="step",
        attempt=1,
        root_run_id=f"run-{number}",
        parent_run_id=None,
        run_tags={},
        context=None,
        step=None,
    )


def test_a_process_forgets_old_steps(hearing: RecordingHook) -> None:
    """What was told is remembered of the last steps only, so that a long run does not fill the memory."""
    for number in range(telling.REMEMBERED + 5):
        telling.tell([make_event("ingestion.end", asset_key="orders")], scope_of(number))

    assert not telling.told(scope_of(0))
    assert sum(telling.told(scope_of(telling.REMEMBERED)).values()) == 1
