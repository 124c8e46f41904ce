"""``live=True`` attaches run hooks to all that a project runs, and changes nothing else."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.assets.definition.cacheable_assets_definition import (
    AssetsDefinitionCacheableData,
    CacheableAssetsDefinition,
)

from phlo_hooks_dagster import phlo_run_hooks, with_phlo_hooks
from phlo_hooks_dagster.live import with_run_hooks
from phlo_hooks_dagster.sensor import SENSOR_NAME

HOOKS = phlo_run_hooks()


@dg.asset
def orders() -> int:
    return 1


@dg.multi_asset(outs={"left": dg.AssetOut(), "right": dg.AssetOut(is_required=False)}, can_subset=True)
def pair() -> Iterator[Any]:
    yield dg.Output(1, "left")


@dg.op
def one() -> int:
    return 1


@dg.op
def plus(number: int) -> int:
    return number + 1


@dg.graph_asset
def through_ops() -> Any:
    return plus(one())


@dg.observable_source_asset
def upstream() -> dg.DataVersion:
    return dg.DataVersion("1")


@dg.multi_observable_source_asset(specs=[dg.AssetSpec("watched")])  # type: ignore[untyped-decorator]  # Dagster's
def watching() -> Iterator[dg.ObserveResult]:
    yield dg.ObserveResult(asset_key="watched")


@dg.asset_check(asset=orders)
def orders_are_many() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.job(tags={"team": "data"}, metadata={"wiki": "page"}, description="Ops.")
def of_ops() -> None:
    plus(one())


def made(name: str) -> dg.AssetsDefinition:
    """Return an asset as a factory makes it."""

    @dg.asset(name=name)
    def factory_made() -> None: ...

    return factory_made


class Cached(CacheableAssetsDefinition):
    """One asset that is known when the code location loads."""

    def compute_cacheable_data(self) -> list[AssetsDefinitionCacheableData]:
        return [AssetsDefinitionCacheableData(keys_by_output_name={"result": dg.AssetKey("cached")})]

    def build_definitions(self, data: Sequence[AssetsDefinitionCacheableData]) -> list[dg.AssetsDefinition]:
        @dg.asset
        def cached() -> None: ...

        assert len(data) == 1
        return [cached]


def hooked_steps(defs: dg.Definitions, job: str | None = None) -> dict[str, int]:
    """Run a job and return how often run hooks were called for each step."""
    found = defs.resolve_job_def(job) if job else defs.resolve_implicit_global_asset_job_def()
    result = found.execute_in_process(raise_on_error=False)
    counts: dict[str, int] = {}
    for event in result.all_events:
        if event.event_type is dg.DagsterEventType.HOOK_COMPLETED:
            counts[event.step_key or ""] = counts.get(event.step_key or "", 0) + 1
    return counts


def test_whatever_runs_has_the_run_hook_once() -> None:
    """Assets of every kind and their checks are told of once a step, ops within graphs too; specs stay as they are."""
    spec = dg.AssetSpec("outside")
    defs = dg.Definitions(
        assets=[orders, pair, through_ops, upstream, watching, spec, made("a"), made("b"), Cached("cached")],
        asset_checks=[orders_are_many],
    )

    live = with_run_hooks(defs)

    assert spec in list(live.assets or ())
    assert hooked_steps(live) == dict.fromkeys(
        (
            *("orders", "pair", "through_ops.one", "through_ops.plus", "upstream", "watching", "a", "b", "cached"),
            "orders_orders_are_many",
        ),
        1,
    )


def test_jobs_have_it_once_however_it_came() -> None:
    """Op jobs have it themselves, asset jobs through their assets; attaching it by hand as well changes nothing."""
    by_hand = dg.define_asset_job("by_hand", selection=[orders], hooks=HOOKS)
    defs = dg.Definitions(
        assets=[orders.with_hooks(HOOKS)], jobs=[of_ops.with_hooks(HOOKS), dg.define_asset_job("every"), by_hand]
    )

    live = with_run_hooks(defs)

    assert hooked_steps(live, "of_ops") == {"one": 1, "plus": 1}
    assert hooked_steps(live, "every") == {"orders": 1}
    assert hooked_steps(live, "by_hand") == {"orders": 1}


def test_decorators_and_live_attach_one_hook() -> None:
    """What has the hook already is the same object afterwards, and so are the definitions."""
    live = with_run_hooks(dg.Definitions(assets=[orders, upstream, Cached("x")], jobs=[of_ops]))

    assert with_run_hooks(live) is live


def test_everything_else_stays_as_it_was() -> None:
    """Keys, groups, policies, checks, tags, resources, loggers, executor, metadata: only hooks are added."""

    @dg.asset(
        group_name="raw",
        owners=["team:data"],
        tags={"a": "b"},
        kinds={"duckdb"},
        metadata={"x": 1},
        code_version="3",
        retry_policy=dg.RetryPolicy(max_retries=2),
        automation_condition=dg.AutomationCondition.eager(),
        backfill_policy=dg.BackfillPolicy.single_run(),
        partitions_def=dg.StaticPartitionsDefinition(["p"]),
        check_specs=[dg.AssetCheckSpec("fine", asset="rich")],
    )
    def rich(warehouse: dg.ResourceParam[str]) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads it
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=warehouse == "duckdb")])

    defs = dg.Definitions(
        assets=[rich],
        jobs=[of_ops],
        resources={"warehouse": dg.ResourceDefinition.hardcoded_resource("duckdb")},
        loggers={"console": dg.colored_console_logger},
        executor=dg.in_process_executor,
        metadata={"team": "data"},
    )

    live = with_run_hooks(defs)

    [after] = list(live.assets or ())
    assert isinstance(after, dg.AssetsDefinition)
    assert after.hook_defs == HOOKS
    assert list(after.specs) == list(rich.specs)
    ours = {"hook_defs": None, "specs": None}
    assert {**after.get_attributes_dict(), **ours} == {**rich.get_attributes_dict(), **ours}
    assert (live.resources, live.loggers, live.executor, live.metadata, live.component_tree) == (
        *(defs.resources, defs.loggers, defs.executor, defs.metadata, defs.component_tree),
    )
    [job] = live.jobs or ()
    assert (job.name, job.tags, job.metadata, job.description) == (
        *(of_ops.name, of_ops.tags, of_ops.metadata, of_ops.description),
    )
    dg.Definitions.validate_loadable(live)


def test_checks_stay_checks() -> None:
    """A check definition keeps its class: Dagster finds it by that."""
    live = with_run_hooks(dg.Definitions(assets=[orders], asset_checks=[orders_are_many]))

    assert isinstance(next(iter(live.asset_checks or ())), dg.AssetChecksDefinition)
    assert live.get_asset_checks_def(dg.AssetCheckKey(dg.AssetKey("orders"), "orders_are_many")).hook_defs == HOOKS


def test_schedules_and_sensors_hold_the_job_that_runs() -> None:
    """A job that a schedule or sensor names as an object, in ``jobs`` or nowhere else, is the one with the hook."""

    @dg.job
    def scheduled_only() -> None:
        one()

    @dg.schedule(cron_schedule="@daily", job=scheduled_only, tags={"a": "b"})
    def nightly() -> dg.RunRequest:
        return dg.RunRequest()

    @dg.sensor(jobs=[of_ops, scheduled_only], description="Two.")
    def either() -> dg.SkipReason:
        return dg.SkipReason("nothing")

    @dg.run_failure_sensor(monitored_jobs=[of_ops], request_job=scheduled_only)
    def on_failure() -> dg.SkipReason:
        return dg.SkipReason("nothing")

    live = with_run_hooks(dg.Definitions(jobs=[of_ops], schedules=[nightly], sensors=[either, on_failure]))

    dg.Definitions.validate_loadable(live)
    repository = live.get_repository_def()
    assert hooked_steps(live, "of_ops") == {"one": 1, "plus": 1}
    assert hooked_steps(live, "scheduled_only") == {"one": 1}
    assert repository.get_schedule_def("nightly").tags == {"a": "b"}
    assert [job.name for job in repository.get_sensor_def("either").jobs] == ["of_ops", "scheduled_only"]
    assert repository.get_sensor_def("on_failure").job.name == "scheduled_only"


def test_a_job_held_by_a_schedule_gets_the_resources_of_the_project() -> None:
    """Dagster binds resources to the changed job in all places, as it does to the job it came from."""

    @dg.op
    def reads(warehouse: dg.ResourceParam[str]) -> None:
        assert warehouse == "duckdb"

    @dg.job
    def needing() -> None:
        reads()

    schedule = dg.ScheduleDefinition(name="at_night", job=needing, cron_schedule="@daily")
    defs = dg.Definitions(
        schedules=[schedule], resources={"warehouse": dg.ResourceDefinition.hardcoded_resource("duckdb")}
    )

    live = with_run_hooks(defs)

    assert hooked_steps(live, "needing") == {"reads": 1}


def test_an_object_given_twice_stays_one() -> None:
    """Modules import each other's assets, so that a project's definitions hold the same object several times."""
    schedule = dg.ScheduleDefinition(name="at_night", target=[orders], cron_schedule="@daily")
    twice = dg.Definitions(
        assets=[orders, upstream, orders, upstream],
        asset_checks=[orders_are_many, orders_are_many],
        jobs=[of_ops, of_ops],
        schedules=[schedule],
    )

    live = with_run_hooks(twice)

    dg.Definitions.validate_loadable(live)
    assert hooked_steps(live) == {"orders": 1, "orders_orders_are_many": 1, "upstream": 1}


def test_assets_known_by_a_target_alone_have_it() -> None:
    """An asset that only a schedule's or sensor's ``target`` holds runs with the hook too."""
    schedule = dg.ScheduleDefinition(name="at_night", target=[orders], cron_schedule="@daily")

    @dg.sensor(target=[pair, orders])
    def either() -> dg.SkipReason:
        return dg.SkipReason("nothing")

    live = with_run_hooks(dg.Definitions(schedules=[schedule], sensors=[either]))

    dg.Definitions.validate_loadable(live)
    assert hooked_steps(live) == {"orders": 1, "pair": 1}


def test_a_partitioned_schedule_still_resolves() -> None:
    """A schedule made from a job of partitioned assets is left to Dagster, which resolves it later."""

    @dg.asset(partitions_def=dg.DailyPartitionsDefinition("2026-01-01"))
    def daily() -> None: ...

    job = dg.define_asset_job("days", selection=[daily])
    live = with_run_hooks(
        dg.Definitions(assets=[daily], jobs=[job], schedules=[dg.build_schedule_from_partitioned_job(job)])
    )

    dg.Definitions.validate_loadable(live)
    assert live.get_repository_def().get_schedule_def("days_schedule").job_name == "days"


def test_a_subset_of_an_asset_keeps_it() -> None:
    """A run of some assets of a multi-asset calls the hook for its step."""
    live = with_run_hooks(dg.Definitions(assets=[pair], jobs=[dg.define_asset_job("left_only", selection="left")]))

    assert hooked_steps(live, "left_only") == {"pair": 1}


@pytest.mark.parametrize("live_first", [True, False])
def test_live_is_added_to_definitions_that_have_the_sensor(*, live_first: bool) -> None:
    """A component added the sensor and a call in code says ``live=True``, or the other way round: both hold."""
    defs = with_phlo_hooks(dg.Definitions(assets=[orders]), live=live_first)

    both = with_phlo_hooks(defs, live=not live_first)

    assert [sensor.name for sensor in both.sensors or ()] == [SENSOR_NAME]
    assert hooked_steps(both) == {"orders": 1}


def test_without_live_nothing_is_attached() -> None:
    """The plain line leaves every asset the object that it was."""
    defs = dg.Definitions(assets=[orders, upstream], jobs=[of_ops])

    hooked = with_phlo_hooks(defs)

    assert (list(hooked.assets or ()), list(hooked.jobs or ())) == ([orders, upstream], [of_ops])
