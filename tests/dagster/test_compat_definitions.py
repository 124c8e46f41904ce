"""Whether Dagster still does what it does not document about definitions, and about what an attempt has recorded."""

import dagster as dg
import pytest
from dagster._serdes import deserialize_value
from dagster_shared.record import get_record_annotations

from phlo_hooks_dagster import compat_definitions as compat
from phlo_hooks_dagster import compat_recorded
from phlo_hooks_dagster.compat_recorded import recorded_in_attempt

HOOK = dg.HookDefinition(name="one", hook_fn=lambda context, events: dg.HookExecutionResult("one"))
OTHER = dg.HookDefinition(name="other", hook_fn=lambda context, events: dg.HookExecutionResult("other"))


@dg.asset(hooks={OTHER})
def orders() -> int:
    return 1


@dg.asset_check(asset=orders)
def many() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.op
def one() -> int:
    return 1


@dg.job
def of_ops() -> None:
    one()


@dg.observable_source_asset
def upstream() -> dg.DataVersion:
    return dg.DataVersion("1")


def test_rebuilt_definitions_lose_no_field() -> None:
    """All fields but those given are the same objects; a field that Dagster adds is kept without our knowing it."""
    tree = dg.ComponentTree.for_test()
    values = {
        "assets": [orders],
        "schedules": [dg.ScheduleDefinition(name="nightly", job=of_ops, cron_schedule="@daily")],
        "sensors": [],
        "jobs": [of_ops],
        "resources": {"warehouse": "duckdb"},
        "executor": dg.in_process_executor,
        "loggers": {"console": dg.colored_console_logger},
        "asset_checks": [many],
        "metadata": {"team": dg.TextMetadataValue("data")},
        "component_tree": tree,
    }
    assert set(get_record_annotations(dg.Definitions)) == set(values)

    defs = compat.rebuilt(dg.Definitions(**values), jobs=[])  # type: ignore[arg-type]  # one of each

    assert {name: getattr(defs, name) for name in values} == {**values, "jobs": []}
    assert defs.component_tree is tree


@pytest.mark.parametrize("definition", [orders, many])
def test_hooks_are_added_to_what_is_there(definition: dg.AssetsDefinition) -> None:
    """Hooks that were there stay, and the class does, also of checks."""
    hooked = compat.with_hooks_kept(definition, {HOOK})

    assert hooked.hook_defs == definition.hook_defs | {HOOK}
    assert type(hooked) is type(definition)
    assert compat.with_hooks_kept(hooked, {HOOK}) is hooked


def test_an_observable_source_is_an_asset_that_runs() -> None:
    """Dagster makes an asset of it itself; a source that is only read is none."""
    made = compat.observable(upstream)

    assert made is not None
    assert (made.keys, made.is_executable) == ({dg.AssetKey("upstream")}, True)
    assert compat.observable(dg.SourceAsset("read")) is None


def test_schedules_and_sensors_give_their_assets_and_take_jobs() -> None:
    """Targets that are objects are found; a changed job replaces the one that was held, an unchanged one nothing."""
    schedule = dg.ScheduleDefinition(name="nightly", target=[orders], cron_schedule="@daily")
    sensor = dg.SensorDefinition(name="both", evaluation_fn=lambda: dg.SkipReason("no"), jobs=[of_ops])
    by_name = dg.SensorDefinition(name="named", evaluation_fn=lambda: dg.SkipReason("no"), job_name="of_ops")

    assert list(compat.target_assets(schedule)) == [orders]
    changed = compat.with_jobs(sensor, lambda job: job.with_hooks({HOOK}))
    assert isinstance(changed, dg.SensorDefinition)
    assert [job.hook_defs for job in changed.jobs] == [{HOOK}]  # type: ignore[union-attr]  # a job of ops
    assert compat.with_jobs(sensor, lambda job: job) is sensor
    assert compat.with_jobs(by_name, lambda job: job.with_hooks({HOOK})) is by_name


@pytest.mark.filterwarnings("error::dagster.BetaWarning")
def test_copying_a_sensor_or_schedule_warns_of_nothing() -> None:
    """Dagster names parameters in beta, once in each step's process, which are not the user's but the copy's."""
    sensor = dg.SensorDefinition(name="both", evaluation_fn=lambda: dg.SkipReason("no"), jobs=[of_ops])
    schedule = dg.ScheduleDefinition(name="hourly", job=of_ops, cron_schedule="@hourly")

    for instigator in (sensor, schedule):
        assert compat.with_jobs(instigator, lambda job: job.with_hooks({HOOK})) is not instigator


def test_a_sensor_remembers_its_function_through_copies() -> None:
    """What a sensor was made from is found again after Dagster has copied it."""

    def evaluate() -> dg.SkipReason:
        return dg.SkipReason("no")

    sensor = dg.SensorDefinition(name="both", evaluation_fn=evaluate, jobs=[of_ops])

    assert compat.sensor_function(sensor.with_updated_jobs([of_ops.with_hooks({HOOK})])) is evaluate


def test_the_last_attempt_is_read_back_to_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its start, what it has recorded, its end, oldest first, page by page, without other attempts and other steps."""
    monkeypatch.setattr(compat_recorded, "_PAGE", 2)

    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
    def twice(context: dg.AssetExecutionContext) -> int:
        for number in range(5):
            context.log_event(dg.AssetMaterialization(f"logged_{context.retry_number}_{number}"))
        if context.retry_number == 0:
            raise ValueError("not yet")
        return 1

    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize([orders, twice], instance=instance)
        found = recorded_in_attempt(instance, run.run_id, "twice")
        nothing = recorded_in_attempt(instance, run.run_id, "no_such_step")

    keys = [each.event.asset_key for each in found if each.event.is_step_materialization]
    assert [key.to_user_string() for key in keys if key] == [*(f"logged_1_{number}" for number in range(5)), "twice"]
    assert (found[0].event.event_type, found[-1].event.event_type) == (
        dg.DagsterEventType.STEP_RESTARTED,
        dg.DagsterEventType.STEP_SUCCESS,
    )
    assert [each.at for each in found] == sorted(each.at for each in found)
    assert nothing == []


def test_an_attempt_is_read_without_what_other_steps_have_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long run's log only the rows of the step are decoded."""
    decoded: list[str] = []

    def decode(body: str, kind: type[dg.EventLogEntry]) -> dg.EventLogEntry:
        decoded.append(body)
        return deserialize_value(body, kind)

    monkeypatch.setattr(compat_recorded, "deserialize_value", decode)
    many = [dg.AssetsDefinition.from_op(dg.op(name=f"step_{number}")(lambda: 1)) for number in range(12)]

    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize([*many, orders], instance=instance)
        found = recorded_in_attempt(instance, run.run_id, "orders")

    assert [each.event.event_type.value for each in found] == ["STEP_START", "ASSET_MATERIALIZATION", "STEP_SUCCESS"]
    assert len(decoded) == len(found)


def test_a_storage_that_is_not_sql_is_read_by_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the log cannot be asked for one step, it is read backwards to the step's start."""
    monkeypatch.setattr(compat_recorded, "_sql_storage", lambda _: None)
    monkeypatch.setattr(compat_recorded, "_PAGE", 2)
    other = dg.AssetsDefinition.from_op(dg.op(name="step_other")(lambda: 1))

    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize([orders, other], instance=instance)
        found = recorded_in_attempt(instance, run.run_id, "orders")

    assert [each.event.event_type.value for each in found] == ["STEP_START", "ASSET_MATERIALIZATION", "STEP_SUCCESS"]


def test_a_job_knows_its_assets() -> None:
    """A job over a selection names the assets it makes, and a job of ops names none."""

    @dg.asset
    def orders() -> None: ...

    @dg.asset(deps=[orders])
    def totals() -> None: ...

    @dg.op
    def greet() -> None: ...

    @dg.job
    def hello() -> None:
        greet()

    half = dg.define_asset_job("half", selection=[totals])
    repository = dg.Definitions(assets=[orders, totals], jobs=[half, hello]).get_repository_def()

    made = {name: compat.assets_of_job(repository.get_job(name)) for name in ("half", "hello")}

    assert made == {"half": {dg.AssetKey("totals")}, "hello": set()}
