"""Whether Dagster still does what it does not document of a step: each test is about a function of ``compat_step``."""

# mypy: disable-error-code="type-arg, untyped-decorator"

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster import DagsterEventType, DagsterInstance
from dagster._core.definitions.reconstruct import ReconstructableJob

from phlo_hooks_dagster import compat_step
from phlo_hooks_dagster.translator.assets import planned_partitions

DAYS = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05")
GRID = dg.MultiPartitionsDefinition({"day": DAYS, "shop": dg.StaticPartitionsDefinition(["a", "b"])})
NAMES = dg.DynamicPartitionsDefinition(name="names")
SEEN: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    SEEN.clear()


def look(context: Any) -> None:
    """Note what the compat functions say of the step."""
    step = compat_step.step_of(context)
    assert step is not None
    SEEN.append((step.step.key, compat_step.planned_assets(step), compat_step.planned_checks(step)))


def logged(instance: DagsterInstance) -> dict[str, Any]:
    """Return what the newest run's planned records say: step to asset, or asset and check, to partitions."""
    run_id = instance.get_run_records(limit=1)[0].dagster_run.run_id
    kinds = {DagsterEventType.ASSET_MATERIALIZATION_PLANNED, DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED}
    found: dict[str, Any] = {}
    for entry in instance.all_logs(run_id, of_type=kinds):
        event: Any = entry.dagster_event
        data = event.event_specific_data
        name = getattr(data, "check_name", None)
        key = data.asset_key.to_user_string()
        place = found.setdefault(event.step_key, ({}, {}))[0 if name is None else 1]
        place.setdefault(key if name is None else (key, name), []).extend(planned_partitions(data))
    return found


def agree(instance: DagsterInstance) -> None:
    """Compare what was seen in steps with what the log says."""
    planned = logged(instance)
    assert SEEN
    for step, assets, checks in SEEN:
        told = planned.get(step, ({}, {}))
        assert {key: list(each) for key, each in assets.items()} == {key: sorted(each) for key, each in told[0].items()}
        assert {key: list(each) for key, each in checks.items()} == {key: sorted(each) for key, each in told[1].items()}


def looking(**arguments: Any) -> dg.AssetsDefinition:
    def orders(context: dg.AssetExecutionContext) -> None:
        look(context)

    made: dg.AssetsDefinition = dg.asset(name="orders", **arguments)(orders)
    return made


SPAN = {"dagster/asset_partition_range_start": "2026-01-02", "dagster/asset_partition_range_end": "2026-01-03"}


@pytest.mark.parametrize(
    ("definition", "wanted"),
    [
        (None, {}),
        (DAYS, {"partition_key": "2026-01-02"}),
        (DAYS, {"tags": SPAN}),
        (GRID, {"partition_key": dg.MultiPartitionKey({"day": "2026-01-01", "shop": "b"})}),
        (NAMES, {"partition_key": "Ada"}),
    ],
    ids=["none", "one", "range", "grid", "dynamic"],
)
def test_what_is_planned_is_known_in_the_step(definition: Any, wanted: Any) -> None:
    """Assets and partitions planned for a step are those of the run's own records."""
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("names", ["Ada"])
        policy = dg.BackfillPolicy.single_run() if definition is DAYS else None
        beside = dg.asset(name="beside")(lambda: None)
        dg.materialize(
            [looking(partitions_def=definition, backfill_policy=policy), beside], instance=instance, **wanted
        )

        agree(instance)


def test_subsets_and_checks_are_known_in_the_step() -> None:
    """Of a multi-asset with checks only what was selected is planned, checks of their own step included."""

    @dg.multi_asset(
        specs=[dg.AssetSpec("a", skippable=True), dg.AssetSpec("b", skippable=True)],
        check_specs=[dg.AssetCheckSpec("one", asset="a"), dg.AssetCheckSpec("two", asset="b")],
        can_subset=True,
    )
    def both(context: dg.AssetExecutionContext) -> Iterator[Any]:
        look(context)
        yield dg.MaterializeResult(asset_key="b")
        yield dg.AssetCheckResult(asset_key="b", check_name="two", passed=True)

    @dg.asset_check(asset="b")
    def apart(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        look(context)
        return dg.AssetCheckResult(passed=True)

    with DagsterInstance.ephemeral() as instance:
        dg.materialize([both, apart], selection=["b"], instance=instance)

        agree(instance)
    assert [sorted(assets) for _, assets, _ in SEEN] == [["b"], []]


def test_a_mapped_step_is_planned_for_nothing() -> None:
    """Steps over dynamic outputs have keys that no planned record names; the op behind them has the asset."""

    @dg.op(out=dg.DynamicOut(int))
    def split(context: dg.OpExecutionContext) -> Iterator[Any]:
        look(context)
        yield dg.DynamicOutput(1, mapping_key="a")

    @dg.op
    def work(context: dg.OpExecutionContext, number: int) -> int:
        look(context)
        return number

    @dg.op
    def join(context: dg.OpExecutionContext, numbers: list[int]) -> int:
        look(context)
        return sum(numbers)

    @dg.graph_asset
    def whole() -> Any:
        return join(split().map(work).collect())

    with DagsterInstance.ephemeral() as instance:
        dg.materialize([whole], instance=instance)

        agree(instance)
    assert {step: list(assets) for step, assets, _ in SEEN} == {
        "whole.split": [],
        "whole.work[a]": [],
        "whole.join": ["whole"],
    }


def test_a_context_leads_to_its_step() -> None:
    """Contexts of assets, ops, checks, run hooks and IO managers lead to their step; one that a test made does not."""

    def hooked(context: dg.HookContext, _events: Any) -> dg.HookExecutionResult:
        look(context)
        assert compat_step.current_context() is None
        return dg.HookExecutionResult("hooked")

    def orders(context: dg.OpExecutionContext) -> None:
        look(context)
        look(compat_step.current_context())

    asset = dg.asset(orders).with_hooks({dg.HookDefinition(name="hooked", hook_fn=hooked)})
    with DagsterInstance.ephemeral() as instance:
        dg.materialize([asset], instance=instance)

    assert [step for step, _, _ in SEEN] == ["orders", "orders", "orders"]
    assert compat_step.current_context() is None
    made_by_tests = dg.build_asset_context(), dg.build_op_context(), dg.build_input_context(), dg.build_output_context()
    for made in (*made_by_tests, object()):
        assert compat_step.step_of(made) is None


ERRORS: list[Any] = [
    ValueError("plain"),
    dg.Failure("may be tried again"),
    dg.Failure("may not", allow_retries=False),
    dg.RetryRequested(max_retries=1),
    dg.RetryRequested(max_retries=0),
    dg.DagsterInvariantViolationError("Dagster's own"),
]


@pytest.mark.parametrize(
    "policy", [None, dg.RetryPolicy(max_retries=1), dg.RetryPolicy(max_retries=0)], ids=["no policy", "once", "never"]
)
@pytest.mark.parametrize(
    "error", ERRORS, ids=["error", "failure", "failure for good", "requested", "requested too often", "dagster"]
)
def test_a_retry_is_known_before_dagster_decides(error: Exception, policy: Any) -> None:
    """In each attempt the step knows whether another follows, and the event that Dagster will write of the error."""
    said: list[Any] = []

    def orders(context: dg.AssetExecutionContext) -> None:
        step = compat_step.step_of(context)
        assert step is not None
        said.append((compat_step.attempt_of(step), compat_step.will_retry(step, error)))
        try:
            raise error  # noqa: TRY301  # it needs a traceback of its own
        except Exception as raised:
            said.append(compat_step.failure_event(step, raised))
            raise

    with DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [dg.asset(orders, retry_policy=policy)],
            instance=instance,
            raise_on_error=False,
        )
        kinds = {DagsterEventType.STEP_FAILURE, DagsterEventType.STEP_UP_FOR_RETRY}
        written: list[Any] = [entry.dagster_event for entry in instance.all_logs(result.run_id, of_type=kinds)]

    attempts, made = said[::2], said[1::2]
    assert attempts == [
        (number, event.event_type is DagsterEventType.STEP_UP_FOR_RETRY) for number, event in enumerate(written, 1)
    ]
    assert [event.event_type for event in made] == [event.event_type for event in written]
    last, own = written[-1].event_specific_data, made[-1].event_specific_data
    assert getattr(own, "user_failure_data", None) == getattr(last, "user_failure_data", None)


FORBIDDING = """
import dagster as dg
from phlo_hooks_dagster import compat_step

@dg.op(retry_policy=dg.RetryPolicy(max_retries=3))
def flaky(context: dg.OpExecutionContext) -> None:
    raise ValueError(f"will retry: {compat_step.will_retry(compat_step.step_of(context), ValueError())}")

@dg.job(executor_def=dg.in_process_executor.configured({"retries": {"disabled": {}}}))
def once():
    flaky()
"""


def test_a_job_that_forbids_retries_has_none(instance: DagsterInstance, tmp_path: Path) -> None:
    """A run whose retries are disabled has none, whatever the policy says."""
    file = tmp_path / "forbidding.py"
    file.write_text(FORBIDDING)

    with dg.execute_job(ReconstructableJob.for_file(str(file), "once"), instance) as result:
        errors = [event.step_failure_data.error for event in result.all_node_events if event.is_step_failure]

    assert len(errors) == 1
    assert "will retry: False" in str(errors[0])


def test_a_rider_is_stored_when_it_is_reported() -> None:
    """An engine event with metadata is in the log at once, of a step or of no run."""
    with DagsterInstance.ephemeral() as instance:
        metadata = {"phlo/rider": dg.MetadataValue.json({"v": 1})}
        for run_id, step in (("run-1", "step-1"), ("", None)):
            compat_step.report_rider(
                instance, run_id=run_id, job_name="job", step_key=step, message="hello", metadata=metadata
            )

            (entry,) = instance.all_logs(run_id, of_type=DagsterEventType.ENGINE_EVENT)
            event: Any = entry.dagster_event
            assert event.engine_event_data.metadata["phlo/rider"].value == {"v": 1}
            assert event.step_key == step


def test_the_instance_of_the_home_is_opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DAGSTER_HOME names the instance; where it names none, there is none."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    assert compat_step.home_instance() is None

    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with compat_step.home_instance() or pytest.fail("no instance") as opened:
        assert opened.root_directory == str(home)


def test_a_step_knows_its_own_function() -> None:
    """Behind an op Dagster keeps the function it was given, wrappers that name what they wrap included."""

    def inner() -> None:
        raise NotImplementedError

    def orders(context: dg.AssetExecutionContext) -> None:
        step = compat_step.step_of(context)
        SEEN.extend([compat_step.runs(step, orders), compat_step.runs(step, inner)])  # type: ignore[arg-type]

    with DagsterInstance.ephemeral() as instance:
        dg.materialize([dg.asset(orders)], instance=instance)

    assert SEEN == [True, False]


def test_a_cancel_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that somebody asked to stop says so in its status."""
    with DagsterInstance.ephemeral() as instance:
        run = instance.create_run_for_job(dg.Definitions([looking()]).resolve_implicit_global_asset_job_def())

        before = compat_step.is_canceling(instance, run.run_id)
        instance.report_run_canceling(run)

        assert (before, compat_step.is_canceling(instance, run.run_id)) == (False, True)


def test_what_a_run_has_materialized_is_read_back() -> None:
    """Assets and partitions in the run's log, whoever wrote them."""
    with DagsterInstance.ephemeral() as instance:
        result = dg.materialize([looking(partitions_def=DAYS)], instance=instance, partition_key="2026-01-02")

        assert list(compat_step.materialized_in(instance, result.run_id)) == [("orders", "2026-01-02")]
