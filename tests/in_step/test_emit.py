"""Events of the user's own: recorded first, then told; from wherever they are emitted."""

# mypy: disable-error-code="type-arg, untyped-decorator"

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from textwrap import dedent
from typing import Any

import dagster as dg
import pytest

from phlo_hooks import (
    AssetEvent,
    GenericEvent,
    HookCorrelation,
    QualityResultEvent,
    RunEvent,
    StepEvent,
    TelemetryEvent,
)
from phlo_hooks.exceptions import CodecError, EventError
from phlo_hooks.registration import FailurePolicy
from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster import HooksResource, drain
from phlo_hooks_dagster.in_step.configuration import StepOptions, using
from phlo_hooks_dagster.riders import LIMIT, RIDER
from tests.in_step.telling import translated

HOOKS = {"hooks": HooksResource()}


def counted(**data: Any) -> GenericEvent:
    return GenericEvent(event_type="shop.counted", data=data)


def riders(instance: dg.DagsterInstance, run_id: str) -> list[Any]:
    """Return the bodies of the riders in a run's log, and the steps they name."""
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    events: list[Any] = [entry.dagster_event for entry in entries]
    return [
        (event.step_key, event.engine_event_data.metadata[RIDER].value)
        for event in events
        if RIDER in event.engine_event_data.metadata
    ]


def emitting(emit: Any, **arguments: Any) -> dg.AssetsDefinition:
    def orders(context: dg.AssetExecutionContext, hooks: HooksResource) -> None:
        emit(context, hooks)

    asset: dg.AssetsDefinition = dg.asset(name="orders", **arguments)(orders)
    return asset


def materialize(instance: dg.DagsterInstance, *assets: Any, **arguments: Any) -> Any:
    return dg.materialize(assets, instance=instance, resources=HOOKS, **arguments)


def test_an_emitted_event_is_in_the_log_and_with_the_hooks(
    instance: dg.DagsterInstance, hearing: RecordingHook, tmp_path: Path
) -> None:
    """The relay's event and the step's are the same: id, key, place, content."""
    event = counted(rows=3, nested={"a": [1, 2]})

    asset = emitting(lambda _, hooks: hooks.emit(event))

    result = materialize(instance, asset, tags={"team": "shop"})

    outside, defs = RecordingHook(), dg.Definitions([asset], resources=HOOKS)
    drain(instance, hooks=[outside.registration()], defs=defs, database=f"sqlite:///{tmp_path / 'state.db'}")
    (relayed,) = [each for each in outside.events if each.event_type == "shop.counted"]
    (told,) = hearing.events
    place = HookCorrelation(
        run_id=result.run_id,
        root_run_id=result.run_id,
        job_name=result.dagster_run.job_name,
        step_key="orders",
        attempt=1,
        code_location="in-process",
    )
    assert isinstance(told, GenericEvent)
    assert isinstance(relayed, GenericEvent)
    assert (told.event_id, told.key, told.correlation, told.tags) == (event.event_id, relayed.key, place, relayed.tags)
    assert (told.event_id, told.data, told.source) == (relayed.event_id, relayed.data, relayed.source)
    assert told.tags == {"team": "shop"}


def test_what_the_user_says_of_assets_stays(instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """Asset, partition and check are the event's own; run and step are never what it claims."""
    event = QualityResultEvent(
        asset_key="elsewhere",
        check_name="by hand",
        passed=False,
        correlation=HookCorrelation(run_id="forged", step_key="forged", partition_key="2026-01-01"),
    )

    result = materialize(instance, emitting(lambda _, hooks: hooks.emit(event)))

    where = hearing.events[0].correlation
    assert (where.run_id, where.step_key) == (result.run_id, "orders")
    assert (where.asset_key, where.partition_key, where.check_name) == ("elsewhere", "2026-01-01", "by hand")


def test_an_event_emitted_twice_is_one(instance: dg.DagsterInstance, hearing: RecordingHook, tmp_path: Path) -> None:
    """Under one id a run emits one event, in the step as for the relay; another run emits its own."""
    event, outside = counted(), RecordingHook()

    def twice(_: Any, hooks: HooksResource) -> None:
        hooks.emit(event)
        hooks.emit(event)

    asset = emitting(twice)
    runs = [materialize(instance, asset).run_id for _ in range(2)]

    drain(instance, hooks=[outside.registration()], database=f"sqlite:///{tmp_path / 'state.db'}")
    relayed = [each.correlation.run_id for each in outside.events if each.event_type == "shop.counted"]
    assert [each.correlation.run_id for each in hearing.events] == runs
    assert relayed == runs


def test_each_attempt_tells_its_number(instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """An event of a second attempt says so in the step as in the log."""

    def once(context: Any, hooks: HooksResource) -> None:
        hooks.emit(counted())
        if context.retry_number == 0:
            raise ValueError("once")

    materialize(instance, emitting(once, retry_policy=dg.RetryPolicy(max_retries=1)))

    assert [event.correlation.attempt for event in hearing.events] == [1, 2]


@pytest.mark.parametrize(
    "event",
    [
        RunEvent(event_type="run.end", status="success"),
        StepEvent(event_type="step.start", status="started"),
        AssetEvent(event_type="asset.materialized", asset_key="orders", status="success"),
        GenericEvent(event_type="run.pretended"),
    ],
    ids=lambda event: event.event_type,
)
def test_what_dagster_tells_cannot_be_emitted(event: Any, instance: dg.DagsterInstance) -> None:
    """Runs, steps and assets are told from Dagster's log; the error says what to do instead."""
    with pytest.raises(EventError, match="give the event a type of your own"):
        HooksResource().emit(event, instance=instance)


def test_what_is_no_event_cannot_be_emitted(instance: dg.DagsterInstance) -> None:
    """A dictionary is no event, and the error does not show what is in it; what has no JSON form cannot travel."""
    with pytest.raises(TypeError, match=r"only a HookEvent can be emitted, not a dict$"):
        HooksResource().emit({"password": "hunter2"}, instance=instance)
    with pytest.raises(TypeError, match=r"not the class GenericEvent; make one$"):
        HooksResource().emit(GenericEvent, instance=instance)
    with pytest.raises(CodecError, match=r"no JSON form at data.what:"):
        HooksResource().emit(counted(what=object()), instance=instance)


def test_secrets_stay_in_the_process(instance: dg.DagsterInstance, hearing: RecordingHook, tmp_path: Path) -> None:
    """Neither Dagster's log nor a hook gets a secret, those that the settings name included."""
    event = counted(password="hunter2-hunter2", url="postgres://me:pa55word@db/x", customer_name="Ada")
    options = StepOptions(
        hooks=(hearing.registration(in_step=True),),
        overrides={"redaction": {"names": ["customer_*"]}},
        root=tmp_path,
    )

    with using(options):
        result = materialize(instance, emitting(lambda _, hooks: hooks.emit(event)))

    written = json.dumps(riders(instance, result.run_id)) + str(hearing.events)
    assert not [secret for secret in ("hunter2", "pa55word", "Ada") if secret in written]
    assert "db/x" in written


def test_a_large_event_is_cut_field_by_field(instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """What is longest is shortened, what is short stays, and the event says what was cut."""
    event = counted(sql="select " + "x" * 50_000, rows=list(range(30_000)), small="kept", deep={"text": "y" * 9_000})

    result = materialize(instance, emitting(lambda _, hooks: hooks.emit(event)))

    ((_, body),) = riders(instance, result.run_id)
    told: Any = hearing.events[0]
    assert len(json.dumps(body, separators=(",", ":"))) <= LIMIT
    assert set(body["cut"]) == {"sql", "rows"}
    assert told.tags["phlo/cut"] == "sql, rows"
    assert told.data["sql"].endswith(" … (cut)")
    assert list(told.data["rows"][:3]) == [0, 1, 2]
    assert (told.data["small"], told.data["deep"]["text"]) == ("kept", "y" * 9_000)


def test_a_large_event_of_a_class_stays_one(instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """Cut fields keep their types."""
    event = TelemetryEvent(
        event_type="telemetry.log", name="n" * 40_000, attributes={f"name{number}": "v" * 90 for number in range(1_000)}
    )

    materialize(instance, emitting(lambda _, hooks: hooks.emit(event)))

    told: Any = hearing.events[0]
    assert isinstance(told, TelemetryEvent)
    assert told.event_id == event.event_id


def test_an_event_of_very_many_fields_stays_itself(instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """However much must go, type, id and place stay."""
    event = counted(**{f"name{number}": "v" * 60 for number in range(2_000)})

    materialize(instance, emitting(lambda _, hooks: hooks.emit(event)))

    told: Any = hearing.events[0]
    assert (told.event_type, told.event_id, told.correlation.step_key) == (event.event_type, event.event_id, "orders")
    assert told.tags["phlo/cut"].startswith("name")


def test_ops_and_checks_emit_too(instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """In an op, an asset check and an async asset the step is found without being named."""

    @dg.asset
    async def awaited(hooks: HooksResource) -> None:
        await asyncio.to_thread(hooks.emit, counted())

    @dg.asset_check(asset=awaited)
    def checked(hooks: HooksResource) -> dg.AssetCheckResult:
        hooks.emit(counted())
        return dg.AssetCheckResult(passed=True)

    @dg.op
    def worked(hooks: HooksResource) -> None:
        hooks.emit(counted())

    @dg.job(resource_defs=HOOKS)
    def work() -> None:
        worked()

    dg.materialize([awaited, checked], instance=instance, resources=HOOKS)
    work.execute_in_process(instance=instance)

    emitted = [event for event in hearing.events if event.event_type == "shop.counted"]
    assert [event.correlation.step_key for event in emitted] == ["awaited", "awaited_checked", "worked"]


def test_a_thread_must_say_whose_it_is(instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """In a thread of the user's own the step is not known: a clear error, or the context."""
    errors: list[str] = []

    def from_a_thread(context: Any, hooks: HooksResource) -> None:
        def work() -> None:
            try:
                hooks.emit(counted())
            except EventError as error:
                errors.append(str(error))
            hooks.emit(counted(), context=context)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    materialize(instance, emitting(from_a_thread))

    assert "hooks.emit(event, context=context)" in errors[0]
    assert [event.correlation.step_key for event in hearing.events] == ["orders"]


def test_a_refusing_hook_fails_the_step_and_the_event_is_recorded(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """A hook with policy raise that fails on an emitted event fails the step; the log has the event all the same."""
    refusing = RecordingHook(fail_with=ValueError("not that")).registration(
        in_step=True, failure_policy=FailurePolicy.RAISE
    )

    with using(StepOptions(hooks=(refusing,), root=tmp_path)):
        result = materialize(instance, emitting(lambda _, hooks: hooks.emit(counted(n=1))), raise_on_error=False)

    assert not result.success
    assert [body["event"]["n"] for _, body in riders(instance, result.run_id)] == [1]


def test_outside_of_a_run_an_event_belongs_to_none(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It goes to the instance given, to that of DAGSTER_HOME, or nowhere with a clear error."""
    with pytest.raises(EventError, match="set DAGSTER_HOME, or pass instance="):
        HooksResource().emit(counted())

    HooksResource().emit(counted(n=1), instance=instance)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    HooksResource().emit(counted(n=2))

    assert [body["event"]["n"] for _, body in riders(instance, "")] == [1]
    with dg.DagsterInstance.get() as opened:
        assert [body["event"]["n"] for _, body in riders(opened, "")] == [2]


def test_sensors_and_schedules_emit_to_their_instance(instance: dg.DagsterInstance) -> None:
    """The context of a sensor or schedule, or the resource made for one, knows the instance."""

    @dg.sensor(job_name="any")
    def watching(context: dg.SensorEvaluationContext, hooks: HooksResource) -> dg.SkipReason:
        HooksResource().emit(counted(n=1), context=context)
        hooks.emit(counted(n=2))
        return dg.SkipReason("nothing")

    watching(dg.build_sensor_context(instance=instance, resources=HOOKS))

    assert [body["event"]["n"] for _, body in riders(instance, "")] == [1, 2]


def test_run_less_events_are_relayed(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """The relay tells an event that belongs to no run, with the id it was given."""
    event, outside = counted(n=1), RecordingHook()
    HooksResource().emit(event, instance=instance)

    drain(instance, hooks=[outside.registration()], database=f"sqlite:///{tmp_path / 'state.db'}")

    assert [each.event_id for each in outside.events if each.event_type == "shop.counted"] == [event.event_id]


CODE = dedent(
    """
    import os
    import signal

    import dagster as dg

    from phlo_hooks import GenericEvent
    from phlo_hooks_dagster import HooksResource


    @dg.op
    def dies(hooks: HooksResource) -> None:
        hooks.emit(GenericEvent(event_type="shop.last_words", data={"said": "all of it"}))
        os.kill(os.getpid(), signal.SIGKILL)


    @dg.job(resource_defs={"hooks": HooksResource()}, executor_def=dg.multiprocess_executor)
    def deadly():
        dies()


    defs = dg.Definitions(jobs=[deadly])
    """
)


def test_kill_9_in_the_next_line_loses_nothing(tmp_path: Path) -> None:
    """A step process that is killed right after emit has told: the event is delivered, once."""
    home, file = tmp_path / "home", tmp_path / "deadly.py"
    home.mkdir()
    file.write_text(CODE)
    environment = {**os.environ, "DAGSTER_HOME": str(home)}
    command = [shutil.which("dagster", path=str(Path(sys.executable).parent)) or "dagster", "job", "execute"]

    done = subprocess.run(
        [*command, "-f", str(file), "-j", "deadly"], env=environment, capture_output=True, text=True, check=False
    )

    outside = RecordingHook()
    with dg.DagsterInstance.from_config(str(home)) as instance:
        drain(instance, hooks=[outside.registration()], database=f"sqlite:///{tmp_path / 'state.db'}")
    last: list[Any] = [event for event in outside.events if event.event_type == "shop.last_words"]
    lost: list[Any] = [event for event in outside.events if event.event_type == "step.end"]
    assert f"signal {int(signal.SIGKILL)}" in done.stderr
    assert [(event.data["said"], event.correlation.step_key) for event in last] == [("all of it", "dies")]
    assert [event.status for event in lost] == ["failure"]


def test_emitted_quality_is_translated_like_any(instance: dg.DagsterInstance, hearing: RecordingHook) -> None:
    """An event of our own classes keeps its class on both ways."""
    asset = emitting(lambda _, hooks: hooks.emit(QualityResultEvent(asset_key="orders", check_name="c", passed=True)))

    result = materialize(instance, asset)

    relayed = [
        each
        for each in translated(instance, result.run_id, [asset], resources=HOOKS)
        if each.event_type == "quality.result"
    ]
    assert [type(each) for each in relayed] == [QualityResultEvent]
    assert [each.key for each in relayed] == [each.key for each in hearing.events]
