"""Gates, and what code of the project has beside them: events and names of its own, and gates that cannot answer."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from phlo_hooks.events import PublishEvent
from phlo_hooks_dagster import Gate, HooksResource, publish_asset, with_phlo_hooks
from phlo_hooks_dagster.gates import GateView
from phlo_hooks_dagster.in_step.configuration import StepOptions, using
from tests.in_step.gated import run, source, target


class Leaking(Gate):
    """A gate that cannot reach what it asks, and says all it knows of it."""

    def reason_to_stop(self, view: GateView) -> str | None:
        raise ConnectionError("postgresql://me:hunter2secret@db/sales does not answer")


@pytest.mark.parametrize("tags", [{}, {"phlo/open_gates": "leaking"}], ids=["closed", "opened"])
def test_no_secret_of_a_gate_stands_in_a_log(
    instance: dg.DagsterInstance, tmp_path: Path, tags: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """What a gate of the project says is written into Dagster's log, and ours, without its secrets."""
    rule = {"gate": f"{__name__}:Leaking", "assets": ["down"]}
    bare = dg.Definitions(assets=[source(), target()])
    defs = with_phlo_hooks(bare, gates=[rule], mode="external", root=tmp_path)

    job = defs.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(instance=instance, raise_on_error=False, tags=tags)

    records = instance.get_records_for_run(result.run_id).records
    ours = str([record.getMessage() for record in caplog.records if record.name.startswith("phlo_hooks")])
    assert result.success is bool(tags)
    assert "hunter2secret" not in str([record.event_log_entry for record in records])
    assert "hunter2secret" not in ours
    assert "does not answer" in ours


@pytest.mark.parametrize("about", ["elsewhere/table", "other"])
def test_what_user_code_says_of_other_assets_asks_no_gate(
    instance: dg.DagsterInstance, tmp_path: Path, about: str
) -> None:
    """An event of the user's own may tell the start of anything; a step is stopped for what it makes itself only."""
    rules = [{"gate": "freshness", "max_age": "1h", "assets": ["down", "other"]}]

    @dg.asset
    def up() -> None:
        HooksResource().emit(PublishEvent(event_type="publish.start", asset_key=about, target_system="bi"))

    @publish_asset(deps=["up"])
    def down() -> None: ...

    @publish_asset(deps=["nowhere"])
    def other() -> None: ...

    with using(StepOptions(overrides={"gates": rules}, root=tmp_path)):
        result = run(instance, up, down, other)

    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert failure.step_key == "other"
    assert "nowhere was never materialized" in str(failure.step_failure_data.user_failure_data)


def test_keys_that_differ_in_a_dash_are_guarded_each(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """Dagster makes one name of such keys; the checks that stand for their gates are told apart."""

    def made(*keys: str, name: str, deps: tuple[str, ...] = ()) -> dg.AssetsDefinition:
        @dg.multi_asset(specs=[dg.AssetSpec(key, deps=deps) for key in keys], name=name)
        def several() -> None: ...

        return several

    ups = ("up-1", "up_1")
    assets = [made(key, name=f"up{number}") for number, key in enumerate(ups)]
    downs = [made(key, name=f"down{number}", deps=ups) for number, key in enumerate(("down-1", "down_1"))]
    rule = {"gate": "freshness", "max_age": "1h", "assets": ["down*"]}
    bare = dg.Definitions(assets=[*assets, *downs])
    defs = with_phlo_hooks(bare, gates=[rule], mode="external", root=tmp_path)

    result = defs.resolve_implicit_global_asset_job_def().execute_in_process(instance=instance)

    asked = {str(each.metadata["phlo/guards"].value) for each in result.get_asset_check_evaluations()}
    assert asked == {"down-1", "down_1"}
    assert len(result.get_asset_check_evaluations()) == 4


@pytest.mark.parametrize("fresh", [True, False])
def test_a_gate_with_upstreams_looks_where_they_lie(
    instance: dg.DagsterInstance, tmp_path: Path, *, fresh: bool
) -> None:
    """Of several upstreams those are asked behind which a match lies; others need not be made in the same run."""
    raw, up = source({"dagster/row_count": 3} if fresh else {}, name="raw"), source()
    mid = dg.asset(name="mid", deps=["raw"])(lambda: None)
    rule = {"gate": "row_count_drop", "assets": ["down"], "upstreams": ["raw"]}
    bare = dg.Definitions(assets=[raw, mid, up, target(deps=["mid", "up", "made_elsewhere"])])
    defs = with_phlo_hooks(bare, gates=[rule], mode="external", root=tmp_path)

    job = defs.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(instance=instance, raise_on_error=False)

    (asked,) = result.get_asset_check_evaluations()
    assert asked.asset_key == dg.AssetKey("mid")
    assert (asked.passed, result.success) == (fresh, fresh)
