"""Whether Dagster records of an output what ``compat_outputs`` says it will."""

# mypy: disable-error-code="type-arg, untyped-decorator"

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg
import pytest
from dagster import DagsterEventType, DagsterInstance

from phlo_hooks_dagster import compat_step
from phlo_hooks_dagster.compat_outputs import StepOutputs, record_as_event

SAID: list[Any] = []
TYPES = {
    DagsterEventType.ASSET_MATERIALIZATION,
    DagsterEventType.ASSET_OBSERVATION,
    DagsterEventType.ASSET_CHECK_EVALUATION,
}
DAYS = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05")


@pytest.fixture(autouse=True)
def _nothing_said() -> None:
    SAID.clear()


def outputs_of_this_step() -> StepOutputs:
    step = compat_step.step_of(compat_step.current_context())
    assert step is not None
    return StepOutputs(step)


def saying(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Note what Dagster is expected to record of what the function yields or returns."""

    @functools.wraps(fn)
    def stream(*args: Any, **kwargs: Any) -> Any:
        outputs = outputs_of_this_step()
        for item in fn(*args, **kwargs):
            yield item
            SAID.extend(outputs.taken(item))
        SAID.extend(outputs.ended())

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        outputs, result = outputs_of_this_step(), fn(*args, **kwargs)
        SAID.extend([*outputs.returned(result), *outputs.ended()])
        return result

    return stream if inspect.isgeneratorfunction(fn) else call


def shown(record: Any) -> dict[str, Any]:
    """Return what a record says, without the pointers that Dagster alone can add."""
    tags = {
        name: value for name, value in (getattr(record, "tags", None) or {}).items() if not name.endswith("_pointer")
    }
    found = {
        "kind": type(record).__name__,
        "key": record.asset_key,
        "partition": record.partition,
        "metadata": dict(record.metadata),
        "data_version": tags.get("dagster/data_version"),
        "own tags": {name: value for name, value in tags.items() if not name.startswith("dagster/")},
    }
    if isinstance(record, dg.AssetCheckEvaluation):
        found |= {
            name: getattr(record, name) for name in ("check_name", "passed", "severity", "description", "blocking")
        }
    return found


def recorded(instance: DagsterInstance) -> list[dict[str, Any]]:
    run_id = instance.get_run_records(limit=1)[0].dagster_run.run_id
    found = []
    for entry in instance.all_logs(run_id, of_type=TYPES):
        data: Any = entry.dagster_event.event_specific_data  # type: ignore[union-attr]
        found.append(shown(getattr(data, "materialization", None) or getattr(data, "asset_observation", None) or data))
    return found


@dg.asset(code_version="3")
@saying
def with_metadata(context: dg.AssetExecutionContext) -> Iterator[Any]:
    context.add_output_metadata({"added": 1})
    context.add_asset_metadata({"besides": 2})
    yield dg.MaterializeResult(metadata={"own": 3}, tags={"team": "shop"})


@dg.asset
@saying
def with_version() -> dg.MaterializeResult:
    return dg.MaterializeResult(data_version=dg.DataVersion("7"))


@dg.asset(deps=[with_metadata])
@saying
def depending() -> None:
    return None


@dg.multi_asset(specs=[dg.AssetSpec("left"), dg.AssetSpec("right")])
@saying
def implicit(context: dg.AssetExecutionContext) -> Iterator[Any]:
    yield dg.AssetMaterialization("elsewhere", description="by hand")
    yield dg.Output(None, output_name="left", metadata={"n": 1})


@dg.asset(check_specs=[dg.AssetCheckSpec("inside", asset="judged", blocking=False, description="one")])
@saying
def judged() -> dg.MaterializeResult:
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=False, metadata={"n": 1})])


@dg.multi_observable_source_asset(specs=[dg.AssetSpec("seen")])
@saying
def observing() -> Iterator[Any]:
    yield dg.ObserveResult(asset_key="seen", metadata={"n": 1}, tags={"team": "shop"})


@dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
@saying
def spanning(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    context.add_asset_metadata({"only": 1}, partition_key="2026-01-03")
    return dg.MaterializeResult(metadata={"all": 2})


SPAN = {"dagster/asset_partition_range_start": "2026-01-02", "dagster/asset_partition_range_end": "2026-01-03"}


@pytest.mark.parametrize(
    ("assets", "arguments"),
    [
        ([with_metadata], {}),
        ([with_version], {}),
        ([with_metadata, depending], {}),
        ([implicit], {}),
        ([judged], {}),
        ([observing], {"selection": ["seen"]}),
        ([spanning], {"tags": SPAN}),
    ],
    ids=["metadata", "version", "dependent", "implicit", "check", "observed", "partitions"],
)
def test_records_are_foretold(assets: list[Any], arguments: dict[str, Any]) -> None:
    """Key, partition, metadata, tags and data version of each record are known when the item was given."""
    with DagsterInstance.ephemeral() as instance:
        dg.materialize(assets, instance=instance, **arguments)

        assert [shown(record) for record in SAID] == recorded(instance)


def test_a_partitioned_check_names_its_partition() -> None:
    """A check evaluation has the step's partition where the check has partitions of its own."""

    @dg.asset_check(asset="spanning", partitions_def=DAYS)
    @saying
    def daily() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True, description="fine", severity=dg.AssetCheckSeverity.WARN)

    with DagsterInstance.ephemeral() as instance:
        dg.materialize([spanning, daily], instance=instance, partition_key="2026-01-03")

        assert [shown(record) for record in SAID] == recorded(instance)


def test_what_an_io_manager_stores_is_coming() -> None:
    """A value, an Output with one and a result with one are stored after the function has returned."""
    seen: list[Any] = []

    def noting(value: Any) -> Callable[[], Any]:
        def orders():  # type: ignore[no-untyped-def]  # noqa: ANN202  # Dagster reads the annotation
            outputs = outputs_of_this_step()
            seen.append((outputs.returned(value), outputs.ended(), outputs.coming))
            return value

        return orders

    for value in (1, dg.Output(1), dg.MaterializeResult(value=1)):
        with DagsterInstance.ephemeral() as instance:
            dg.materialize([dg.asset(noting(value))], instance=instance)

    assert seen == [([], [], {"orders"})] * 3


def test_a_record_becomes_dagsters_event() -> None:
    """The event made of a record says of itself what Dagster's own does."""
    with DagsterInstance.ephemeral() as instance:
        result = dg.materialize([with_metadata], instance=instance)
        (written,) = result.asset_materializations_for_node("with_metadata")
        made = record_as_event(written, job_name="job", step_key="with_metadata")

    assert made.event_type is DagsterEventType.ASSET_MATERIALIZATION
    assert made.asset_key == dg.AssetKey("with_metadata")
    assert made.step_materialization_data.materialization == written
