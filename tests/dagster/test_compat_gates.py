"""Whether Dagster still does what gates need of it: each test is about one function of ``compat_gates``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from phlo_hooks_dagster import compat_gates as compat
from phlo_hooks_dagster.in_step.watching import watched

DAYS = dg.StaticPartitionsDefinition(["mon", "tue"])
UP, DOWN = dg.AssetKey("up"), dg.AssetKey("down")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


def asset(name: str, **given: Any) -> dg.AssetsDefinition:
    def make() -> None: ...

    made: dg.AssetsDefinition = dg.asset(name=name, **given)(make)
    return made


def check(*, passed: bool = True, raises: bool = False, **given: Any) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset="up", name="fine", **given)
    def fine() -> dg.AssetCheckResult:
        if raises:
            raise RuntimeError("no connection")
        return dg.AssetCheckResult(passed=passed)

    return fine


FINE = dg.AssetCheckKey(UP, "fine")


def test_a_graph_is_made_without_resources() -> None:
    """Assets, specs and checks make a graph; what is given twice counts once, and resources may be missing."""
    up = asset("up", required_resource_keys={"warehouse"})
    graph = compat.graph_of_definitions([up, up, dg.AssetSpec("far"), asset("down", deps=["up", "far"])], [check()])

    assert graph.get(DOWN).parent_keys == {UP, dg.AssetKey("far")}
    assert {key.name for key in graph.get(UP).check_keys} == {"fine"}
    assert compat.makes(graph, FINE) is not graph.get(UP).assets_def


def test_the_partitions_of_a_run_are_known_from_its_row(instance: dg.DagsterInstance) -> None:
    """One, a range, none for an asset as a whole; of a run that is gone nothing is known."""
    up = asset("up", partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
    ends = {"dagster/asset_partition_range_start": "mon", "dagster/asset_partition_range_end": "tue"}
    given: list[dict[str, Any]] = [{"partition_key": "mon"}, {"tags": ends}]
    runs = [
        dg.materialize([up], instance=instance, resources={"io_manager": dg.mem_io_manager}, **each) for each in given
    ]
    whole = dg.materialize([asset("plain")], instance=instance)

    found = [compat.partitions_in_run(instance, each.run_id, DAYS) for each in (*runs, whole)]

    assert found == [{"mon"}, {"mon", "tue"}, None]
    assert [compat.partitions_in_run(instance, run_id, DAYS) for run_id in ("gone", "")] == [frozenset(), frozenset()]


def test_partitions_of_an_upstream_are_mapped(instance: dg.DagsterInstance) -> None:
    """A partition maps to its own, all partitions to an asset without, dynamic ones are asked of the instance."""
    dynamic = dg.DynamicPartitionsDefinition(name="shops")
    instance.add_dynamic_partitions("shops", ["north"])
    graph = compat.graph_of_definitions(
        [asset("up", partitions_def=DAYS), asset("down", deps=["up"], partitions_def=DAYS), asset("whole", deps=["up"]),
         asset("shop", partitions_def=dynamic), asset("shops", deps=["shop", "none"]), asset("none")], []
    )  # fmt: skip

    def mapped(child: str, partition: str | None, parent: str) -> tuple[str, ...] | None:
        return compat.upstream_partitions(graph, instance, dg.AssetKey(child), partition, dg.AssetKey(parent))

    assert mapped("down", "mon", "up") == ("mon",)
    assert mapped("whole", None, "up") == ("mon", "tue")
    assert mapped("shops", None, "shop") == ("north",)
    assert mapped("shops", None, "none") is None


def test_newest_materializations_and_the_pointer_to_them(instance: dg.DagsterInstance) -> None:
    """The newest of each partition is found, and a downstream materialization points at what was newest then."""
    up, down = asset("up", partitions_def=DAYS), asset("down", deps=["up"], partitions_def=DAYS)
    for partition in ("mon", "tue", "tue"):
        dg.materialize([up], instance=instance, partition_key=partition)
    dg.materialize([down], instance=instance, partition_key="mon", selection=[down])
    records = {record.storage_id: record for record in instance.fetch_materializations(UP, limit=10).records}

    found = compat.newest_materializations(instance, UP, ["tue", "wed"])

    assert found == {"tue": max(records)}
    (last,) = instance.fetch_materializations(DOWN, limit=1).records
    assert last.asset_materialization is not None
    assert compat.input_pointer(last.asset_materialization.tags or {}, UP) == max(records)
    assert compat.input_pointer({}, UP) is None


def test_what_is_known_of_a_check(instance: dg.DagsterInstance) -> None:
    """Records come newest first over all pages; one that a run planned and did not evaluate is told apart."""
    up = asset("up")
    first = dg.materialize([up, check()], instance=instance)
    second = dg.materialize([up, check(raises=True)], instance=instance, raise_on_error=False)

    newest = compat.newest_check_records(instance, [FINE, dg.AssetCheckKey(UP, "other")])[FINE]
    (oldest,) = compat.earlier_check_records(instance, newest)

    assert (newest.run_id, compat.is_planned(newest)) == (second.run_id, True)
    assert (oldest.run_id, compat.is_planned(oldest)) == (first.run_id, False)
    assert oldest.evaluation is not None
    assert oldest.evaluation.target_materialization_data is not None
    assert compat.checks_in_run(instance, first.run_id, UP) == {"fine"}
    assert compat.checks_in_run(instance, first.run_id, DOWN) == frozenset()
    assert compat.end_of_check_step(instance, second.run_id, FINE) == "step up_fine failed"
    assert compat.end_of_check_step(instance, second.run_id, dg.AssetCheckKey(UP, "other")) is None


def test_records_of_a_check_are_read_in_pages(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, none is left out and none comes twice."""
    monkeypatch.setattr(compat, "_PAGE", 2)
    for _ in range(5):
        dg.materialize([asset("up"), check()], instance=instance)

    newest = compat.newest_check_records(instance, [FINE])[FINE]
    ids = [newest.id, *(record.id for record in compat.earlier_check_records(instance, newest))]

    assert ids == sorted(set(ids), reverse=True)
    assert len(ids) == 5


def test_a_step_knows_its_job_and_its_location(instance: dg.DagsterInstance) -> None:
    """In a step the job's assets are told from those of the code location, which knows further checks."""
    seen: list[Any] = []

    @dg.asset(name="down", deps=["up"])
    def down(context) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  # Dagster reads the annotation
        job, location = compat.graph_of_step(context)
        seen.extend([job.asset_check_keys, location.asset_check_keys])
        seen.extend([compat.runs(context, UP), compat.runs(context, DOWN), compat.runs(context, FINE)])

    job = dg.define_asset_job("some", selection=dg.AssetSelection.assets("down"))
    defs = dg.Definitions(assets=[asset("up"), down], asset_checks=[check()], jobs=[job])
    defs.resolve_job_def("some").execute_in_process(instance=instance)

    assert seen == [set(), {FINE}, False, True, False]


@pytest.mark.parametrize("blocking", [True, False])
def test_a_blocking_check_is_waited_for_in_its_run(instance: dg.DagsterInstance, *, blocking: bool) -> None:
    """The promise of Dagster's that gates of undecorated assets stand on."""
    assets = [asset("up"), asset("down", deps=["up"]), check(passed=False, blocking=blocking)]

    result = dg.materialize(assets, instance=instance, raise_on_error=False)

    assert bool(result.asset_materializations_for_node("down")) is not blocking


def test_a_watched_function_is_recognised() -> None:
    """A decorated function is found in an asset, also a changed one, and in the op that returns a graph's asset."""

    def work() -> None: ...

    made = dg.asset(name="up")(watched(work))
    op = dg.op(watched(work))

    @dg.op
    def last(value: object) -> object:
        return value

    @dg.graph
    def inner() -> Any:
        return op()

    @dg.graph_asset
    def graph() -> Any:
        return inner()

    @dg.graph_asset
    def begun() -> Any:
        return last(op())

    assert all(compat.is_watched(each) for each in (made, made.with_attributes(), graph))
    assert not any(compat.is_watched(each) for each in (begun, asset("up")))


def test_jobs_and_what_they_select() -> None:
    """Jobs, schedules and sensors that run assets are found with what they run, built ones included."""
    up, down = asset("up"), asset("down", deps=["up"])
    graph = compat.graph_of_definitions([up, down], [check()])
    job = dg.define_asset_job("some", selection=["up"])
    built = dg.Definitions(assets=[up, down], jobs=[job]).resolve_job_def("some")
    schedule = dg.ScheduleDefinition(name="daily", target=dg.AssetSelection.assets("down"), cron_schedule="@daily")
    other = dg.ScheduleDefinition(name="by_job", job=job, cron_schedule="@daily")

    found = dict(compat.jobs_with_assets([job, built], [schedule, other]))

    told: dict[str, Any] = {name: compat.selected(graph, each) for name, each in found.items()}
    assert told == {
        "job 'some'": ({UP}, frozenset()),
        "schedule 'daily'": ({DOWN}, frozenset()),
        "schedule 'by_job'": ({UP}, {FINE}),
    }
