"""The test helper: a run's events in one line, told well when they are not as expected, and nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from phlo_hooks import hook
from phlo_hooks.events import HookEvent, IngestionEvent, QualityResultEvent, RunEvent
from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster import ingestion_asset, publish_asset, with_phlo_hooks
from phlo_hooks_dagster.gates import ChecksPassed
from phlo_hooks_dagster.in_step import configuration
from phlo_hooks_dagster.in_step.configuration import StepOptions, configure
from phlo_hooks_dagster.testing import RecordedEvents, job_events, materialize_events

DAYS = dg.StaticPartitionsDefinition(["mon", "tue"])


@dg.asset(key_prefix="raw", tags={"phlo/stage": "ingestion"})
def orders() -> dg.MaterializeResult[None]:
    """Load three rows."""
    return dg.MaterializeResult(metadata={"dagster/row_count": 3})


@dg.asset_check(asset=orders)
def not_empty() -> dg.AssetCheckResult:
    """Pass."""
    return dg.AssetCheckResult(passed=True)


@dg.asset(deps=[orders])
def broken() -> None:
    """Fail."""
    raise RuntimeError("the shop is closed")


@ingestion_asset(partitions_def=DAYS)
def visits() -> None:
    """Be partitioned, and decorated."""


class Shop(dg.ConfigurableResource[str]):
    """A shop."""

    name: str


@dg.op
def work() -> None:
    """Do something."""


@dg.job
def alone() -> None:
    """Be a job without assets."""
    work()


@pytest.fixture(scope="module")
def recorded() -> RecordedEvents:
    return materialize_events([orders, not_empty, broken], raise_on_error=False)


def test_events_are_those_of_the_relay(recorded: RecordedEvents) -> None:
    """Everything that a relay tells of a run is there, typed, in recorded order."""
    assert recorded.types[0] == "run.start"
    assert recorded.types[-1] == "run.end"
    assert [event.asset_key for event in recorded.of(IngestionEvent)] == ["raw/orders", "raw/orders"]
    assert recorded.one(QualityResultEvent).passed
    assert not recorded.success
    assert isinstance(recorded.events[0], RunEvent)


def test_picking(recorded: RecordedEvents) -> None:
    """Events are picked by type, glob or class; by key, asset, check, step and status."""
    end = recorded.one("ingestion.end", status="success")

    assert recorded.one("ingestion.end", asset=orders) is end
    assert recorded.one("ingestion.end", asset=dg.AssetKey(["raw", "orders"])) is end
    assert recorded.one("ingestion.end", asset="raw/*") is end
    assert recorded.one(IngestionEvent, status="success") is end
    assert recorded.one("quality.result", check="not_*", status="pass").correlation.check_name == "not_empty"
    assert recorded.of("step.*", step="broken") == recorded.of("step.*", asset="broken")
    assert recorded.of("ingestion.end", asset="nothing") == []
    recorded.none("publish.*")


def test_a_message_shows_what_there_was(recorded: RecordedEvents) -> None:
    """What is not found is named with all that there was, errors included."""
    with pytest.raises(AssertionError) as caught:
        recorded.one("publish.end", asset="report", status="success")

    said = str(caught.value).splitlines()
    assert said[0] == "no events of publish.end asset='report' status='success'; there were:"
    assert "  ingestion.end       raw/orders  success" in said
    assert "  asset.failed        broken  failure  RuntimeError: the shop is closed" in said
    assert "  quality.result      raw/orders  not_empty  pass" in said


def test_too_many_and_unwanted(recorded: RecordedEvents) -> None:
    """More than one, or one where none should be, is told by number."""
    with pytest.raises(AssertionError, match=r"^3 events of step\.start; there were:"):
        recorded.one("step.start")
    with pytest.raises(AssertionError, match=r"^1 event of run\.end; there were:"):
        recorded.none("run.end")


def test_a_misspelt_part(recorded: RecordedEvents) -> None:
    """A part that events are not picked by is refused by name."""
    with pytest.raises(TypeError, match="not picked by assets, but by asset, partition, check, step, status"):
        recorded.of("*", assets="raw/orders")


def test_a_failure_is_raised_unless_it_is_asked_for() -> None:
    """As with materialize, an asset's error reaches the test."""
    with pytest.raises(RuntimeError, match="the shop is closed"):
        materialize_events([orders, broken])


def test_partitions() -> None:
    """A partition is run, and its events are of it."""
    events = materialize_events([visits], partition_key="mon")

    assert events.one("ingestion.end", partition="mon").correlation.partition_key == "mon"
    events.none("ingestion.end", partition="tue")


def test_in_step_events_have_the_relays_keys() -> None:
    """What decorated steps tell is there too, with the keys that the relay's events have."""
    events = materialize_events([visits], partition_key="mon")

    assert [event.event_type for event in events.in_step] == ["ingestion.start", "ingestion.end"]
    assert [event.key for event in events.in_step] == [event.key for event in events.of("ingestion.*")]


def test_selection_and_resources() -> None:
    """What is selected runs; resources are given as to materialize."""

    @dg.asset
    def named(shop: Shop) -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata={"name": shop.name})

    events = materialize_events([orders, named], selection=[named], resources={"shop": Shop(name="corner")})

    assert events.one("asset.materialized", asset="named").metadata["name"] == "corner"  # type: ignore[attr-defined]
    events.none("*", asset=orders)


def test_a_job_of_definitions() -> None:
    """A job of the project is run by its name; with a list of assets there is none."""
    defs = dg.Definitions(assets=[orders, broken], jobs=[dg.define_asset_job("load", selection=[orders])])

    events = materialize_events(defs, job="load")

    assert events.one("run.end").correlation.job_name == "load"
    events.one("ingestion.end", asset=orders)
    with pytest.raises(TypeError, match=r"job='load'\) needs the Definitions"):
        materialize_events([orders], job="load")


def test_a_job_alone() -> None:
    """A job without assets is run as it is."""
    assert job_events(alone).types == ["run.start", "step.start", "step.end", "run.end"]


def test_hooks_are_called_where_they_belong() -> None:
    """Hooks get the events of the relay, those with in_step=True those of the steps; each gets each once."""
    relayed, stepped = RecordingHook(), RecordingHook()

    events = materialize_events(
        [visits],
        partition_key="mon",
        hooks=[relayed.registration("relayed"), stepped.registration("stepped", in_step=True)],
    )

    assert relayed.event_types == events.types
    assert stepped.events == list(events.in_step)
    assert events.report.complete


def test_a_hook_that_fails_is_reported() -> None:
    """A hook's failure fails no pipeline; the report says that it did not take the event."""

    @hook(events=["run.end"], failure_policy="raise")
    def failing(event: HookEvent) -> None:
        raise ValueError("no")

    events = materialize_events([orders], hooks=[failing])

    assert events.success
    assert sum(events.report.dead.values()) == 1


def test_a_gate_closes() -> None:
    """A gate is asked as in production, and the events say why nothing was published."""

    @dg.asset_check(asset=orders)
    def never_good() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False)

    @publish_asset(deps=[orders], gates=[ChecksPassed(upstreams=["raw/*"])])
    def report() -> None:
        raise AssertionError("it must not run")

    with dg.DagsterInstance.ephemeral() as instance:
        materialize_events([orders, never_good], instance=instance)
        events = materialize_events(
            [orders, never_good, report], selection=[report], instance=instance, raise_on_error=False
        )

    assert events.one("publish.end", asset=report).reason == "stopped_by_hook"  # type: ignore[attr-defined]


def test_an_instance_of_ones_own() -> None:
    """On an instance that is given, only this run's events are returned, and the run is kept."""
    with dg.DagsterInstance.ephemeral() as instance:
        first = materialize_events([orders], instance=instance)
        second = materialize_events([orders], instance=instance)

        assert len(instance.get_runs()) == 2
    assert first.types == second.types
    assert {event.correlation.run_id for event in second.events} == {second.result.run_id}


def test_nothing_outlives_a_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is left, and what steps of this process were told before holds again."""
    monkeypatch.chdir(tmp_path)
    before = StepOptions(hooks=(RecordingHook().registration(in_step=True),))
    configure(before)

    materialize_events([visits], partition_key="mon")
    with pytest.raises(RuntimeError):
        materialize_events([broken])

    assert configuration.options() is before
    assert list(tmp_path.iterdir()) == []


def test_only_given_hooks_are_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hooks of the settings and of with_phlo_hooks are left out, in the relay and in steps."""
    (tmp_path / "pyproject.toml").write_text('[tool.phlo_hooks]\nhooks = ["no.such.module:hook"]\n')
    monkeypatch.chdir(tmp_path)
    called = RecordingHook()
    defs = with_phlo_hooks(dg.Definitions(assets=[visits]), hooks=[called.registration(in_step=True)], mode="tick")

    materialize_events(defs, partition_key="mon")

    assert called.calls == []


def test_the_projects_rules_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the project's settings say of assets holds; settings that are given are stronger."""
    (tmp_path / "pyproject.toml").write_text('[[tool.phlo_hooks.stages]]\nstage = "publish"\nassets = ["plain"]\n')
    monkeypatch.chdir(tmp_path)

    @dg.asset
    def plain() -> None:
        """Have no stage of its own."""

    by_project = materialize_events([plain])
    without = materialize_events([plain], settings={"stages": []})

    by_project.one("publish.end", asset=plain)
    without.one("asset.materialized", asset=plain)
    without.none("publish.*")


def test_streams_and_async() -> None:
    """Generators and async assets are run as they are."""

    @dg.multi_asset(specs=[dg.AssetSpec("a"), dg.AssetSpec("b")])
    def both() -> Iterator[dg.MaterializeResult[None]]:
        yield dg.MaterializeResult(asset_key="a")
        yield dg.MaterializeResult(asset_key="b")

    @dg.asset
    async def later() -> None:
        """Be awaited."""

    events = materialize_events([both, later])

    assert [event.correlation.asset_key for event in events.of("asset.materialized")] == ["a", "b", "later"]
