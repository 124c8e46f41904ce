"""Gates that settings name: on decorated assets in their step, on others as blocking checks, or an error at load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from phlo_hooks.exceptions import SettingsError
from phlo_hooks.settings import load_settings
from phlo_hooks_dagster import Gate, publish_asset, with_phlo_hooks
from phlo_hooks_dagster.gates import GateView
from phlo_hooks_dagster.testing import materialize_events
from tests.in_step.gated import DAYS, check, source, target

PASSED = {"gate": "checks_passed", "assets": ["down"]}
DROP = {"gate": "row_count_drop", "assets": ["down"]}


class Closed(Gate):
    """A gate that a project wrote."""

    def reason_to_stop(self, view: GateView) -> str | None:
        return f"no {view.asset_key.to_user_string()} today"


def defined(
    folder: Path, *assets: Any, gates: Sequence[Mapping[str, Any]], jobs: Sequence[Any] = (), **given: Any
) -> dg.Definitions:
    """Return what ``with_phlo_hooks`` makes of these, with these rules."""
    (folder / "phlo_hooks.toml").touch()
    checks = [each for each in assets if isinstance(each, dg.AssetChecksDefinition)]
    others = [each for each in assets if each not in checks]
    defs = dg.Definitions(assets=others, asset_checks=checks, jobs=list(jobs), **given)
    return with_phlo_hooks(defs, gates=list(gates), mode="external")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def everything(defs: dg.Definitions, instance: dg.DagsterInstance, **given: Any) -> dg.ExecuteInProcessResult:
    job = defs.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(instance=instance, raise_on_error=False, **given)


def publishing(calls: list[str], **given: Any) -> dg.AssetsDefinition:
    def down() -> None:
        calls.append("published")

    made: dg.AssetsDefinition = publish_asset(deps=["up"], **given)(down)
    return made


class TestDecorated:
    @pytest.mark.parametrize("passed", [True, False])
    def test_a_rule_guards_an_asset_in_its_step(
        self, instance: dg.DagsterInstance, tmp_path: Path, *, passed: bool
    ) -> None:
        """A rule is a gate as if the decorator had it: no check is added, and the step itself is stopped."""
        calls: list[str] = []
        assets = (source(), check("not_empty", passed=passed, blocking=False), publishing(calls))
        defs = defined(tmp_path, *assets, gates=[{**PASSED, "groups": ["default"]}, {**PASSED, "assets": ["other"]}])
        job = dg.define_asset_job("first", selection=dg.AssetSelection.assets("up"))
        dg.materialize(list(assets[:2]), instance=instance, raise_on_error=False)

        result = dg.materialize([assets[2]], instance=instance, raise_on_error=False)

        assert job.name == "first"
        assert len(list(defs.asset_checks or ())) == 1
        assert (result.success, bool(calls)) == (passed, passed)

    def test_rules_and_the_decorators_gates_are_asked_together(
        self, instance: dg.DagsterInstance, tmp_path: Path
    ) -> None:
        """Each closed gate gives its reason, whoever named it; the same gate named twice is asked once."""
        rule = {"gate": f"{__name__}:Closed", "tags": {"phlo/stage": "publish"}}
        defs = defined(tmp_path, source(), publishing([], gates=[Closed()]), gates=[rule, rule, DROP])

        result = everything(defs, instance)

        (failure,) = [event for event in result.all_events if event.is_step_failure]
        assert failure.step_failure_data.user_failure_data is not None
        assert failure.step_failure_data.user_failure_data.description == (
            "down may not start, gates closed, row_count_drop are closed: closed: no down today; row_count_drop: "
            "up does not tell its rows; attach dagster/row_count, or set on_missing='pass'"
        )

    def test_a_rule_for_an_asset_without_a_stage_is_refused_at_load(self, tmp_path: Path) -> None:
        """An asset that tells no start would never be asked for; the error names it and what to add."""
        from phlo_hooks_dagster import hooked_multi_asset

        @hooked_multi_asset(specs=[dg.AssetSpec("down", deps=["up"])])
        def down() -> None: ...

        with pytest.raises(
            SettingsError, match=r"gates rule 1 \(checks_passed\) matches down.*give its decorator stage="
        ):
            defined(tmp_path, source(), down, gates=[PASSED])


class TestUndecorated:
    @pytest.mark.parametrize("passed", [True, False])
    def test_a_blocking_check_on_the_upstream_stands_for_the_gate(
        self, instance: dg.DagsterInstance, tmp_path: Path, *, passed: bool
    ) -> None:
        """When the gate is closed the asset does not run, and the run ends with one clear message."""
        up = source({"dagster/row_count": 10} if passed else {})
        defs = defined(tmp_path, up, target(), gates=[DROP])

        result = everything(defs, instance)

        made = [event.asset_key for event in result.get_asset_materialization_events()]
        failures = [event for event in result.all_events if event.is_step_failure]
        assert result.success is passed
        assert (dg.AssetKey("down") in made) is passed
        if not passed:
            (failure,) = failures
            assert failure.step_key == "phlo_gates_on_up"
            assert failure.step_failure_data.error is not None
            assert "down may not start, gate row_count_drop is closed: up does not tell its rows" in (
                failure.step_failure_data.error.message
            )

    def test_the_check_holds_what_the_gate_said(self, instance: dg.DagsterInstance, tmp_path: Path) -> None:
        """Dagster's UI shows the gate as a check of the upstream, with its reason."""
        everything(defined(tmp_path, source(), target(), gates=[DROP]), instance)

        key = dg.AssetCheckKey(dg.AssetKey("up"), "phlo_gate_for_down")
        record = instance.get_latest_asset_check_evaluation_record(key)
        assert record is not None
        assert record.evaluation is not None
        assert record.evaluation.description is not None
        assert (record.evaluation.passed, record.evaluation.severity.value) == (False, "ERROR")
        assert record.evaluation.description.startswith("down may not start, gate row_count_drop is closed")

    def test_a_run_without_the_guarded_asset_is_not_stopped(self, instance: dg.DagsterInstance, tmp_path: Path) -> None:
        """A run that makes the upstream only has nothing to stop: a closed gate is a warning there."""
        job = dg.define_asset_job("ups", selection=dg.AssetSelection.assets("up"))
        defs = defined(tmp_path, source(), target(), gates=[DROP], jobs=[job])

        result = defs.resolve_job_def("ups").execute_in_process(instance=instance)

        (evaluation,) = result.get_asset_check_evaluations()
        assert result.success
        assert (evaluation.passed, evaluation.severity.value) == (False, "WARN")

    def test_a_check_of_the_upstreams_own_step_is_asked_for(self, instance: dg.DagsterInstance, tmp_path: Path) -> None:
        """What the upstream's step found out is known when its blocking check runs."""

        @dg.asset(name="up", check_specs=[dg.AssetCheckSpec("rows", asset="up")])
        def up() -> Iterator[Any]:
            yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=False, check_name="rows")])

        result = everything(defined(tmp_path, up, target(), gates=[PASSED]), instance)

        assert not result.asset_materializations_for_node("down")
        assert any(
            "check rows of up failed with severity ERROR" in str(each.message)
            or "check rows of up failed" in str(each.step_failure_data.error)
            for each in result.all_events
            if each.is_step_failure
        )

    @pytest.mark.parametrize("passed", [True, False])
    def test_a_blocking_check_in_its_own_step_needs_no_second_word(
        self, instance: dg.DagsterInstance, tmp_path: Path, *, passed: bool
    ) -> None:
        """Dagster itself lets the asset wait for the project's own blocking check; the gate need not wait for it."""
        assets = (source(), check("not_empty", passed=passed, blocking=True), target())

        result = everything(defined(tmp_path, *assets, gates=[PASSED]), instance)

        assert bool(result.asset_materializations_for_node("down")) is passed

    @pytest.mark.parametrize("partition", ["mon", "tue"])
    def test_the_runs_partition_is_asked_for(
        self, instance: dg.DagsterInstance, tmp_path: Path, partition: str
    ) -> None:
        """A gate on a partitioned asset looks at the partition that the run is for."""
        down = target(partitions=DAYS)
        for count in (100, 10 if partition == "tue" else 100):
            up = source({"dagster/partition_row_count": count}, partitions=DAYS)
            defs = defined(tmp_path, up, down, gates=[DROP])
            job = dg.define_asset_job("all")
            resolved = dg.Definitions.merge(defs, dg.Definitions(jobs=[job])).resolve_job_def("all")
            result = resolved.execute_in_process(instance=instance, partition_key=partition, raise_on_error=False)

        assert result.success is (partition == "mon")

    def test_the_relay_says_who_was_not_made(self, tmp_path: Path) -> None:
        """A stopped asset is told as skipped, because of the step that the gate stopped."""
        told = materialize_events(defined(tmp_path, source(), target(), gates=[DROP]), raise_on_error=False)

        skipped: Any = told.one("asset.skipped", asset="down")
        assert "phlo_gates_on_up" in str(skipped)

    def test_given_twice_it_is_added_once(self, tmp_path: Path) -> None:
        """A component and a call in code may both bring rules; a second call replaces the checks of the first."""
        once = defined(tmp_path, source(), target(), gates=[DROP])
        twice = with_phlo_hooks(once, gates=[DROP, {**PASSED, "gate": "freshness", "max_age": "1d"}])

        (made,) = twice.asset_checks or ()
        assert {key.name for key in made.check_keys} == {"phlo_gate_for_down"}
        assert next(iter(made.check_specs)).description == "Gates of down: row_count_drop, freshness."

    def test_without_rules_nothing_is_added(self, tmp_path: Path) -> None:
        """A project without gates has the checks that it had."""
        defs = with_phlo_hooks(dg.Definitions(assets=[source(), target()]))

        assert not list(defs.asset_checks or ())


WAY_OUT = "Use @publish_asset, @transform_asset or @ingestion_asset for the asset"


def _both_in_one_step() -> dg.AssetsDefinition:
    @dg.multi_asset(specs=[dg.AssetSpec("up"), dg.AssetSpec("down", deps=["up"])])
    def both() -> Iterator[dg.MaterializeResult[Any]]:
        yield dg.MaterializeResult(asset_key="up")

    return both


def _checking_its_upstream() -> dg.AssetsDefinition:
    """Return an asset whose step checks its upstream, as dagster-dbt makes it of tests on sources."""

    @dg.op(ins={"up": dg.In(dg.Nothing)}, out={"down": dg.Out(dg.Nothing), "seen": dg.Out(dg.Nothing)})
    def work() -> Iterator[dg.Output[None]]:
        yield dg.Output(None, "down")
        yield dg.Output(None, "seen")

    return dg.AssetsDefinition(
        keys_by_input_name={"up": dg.AssetKey("up")},
        keys_by_output_name={"down": dg.AssetKey("down")},
        node_def=work,
        check_specs_by_output_name={"seen": dg.AssetCheckSpec("seen", asset="up")},
    )


@pytest.mark.parametrize(
    ("assets", "why"),
    [
        ((target(),), f"its upstream up is not made in this code location, so it runs in another run. {WAY_OUT}"),
        ((dg.AssetSpec("up"), target()), "its upstream up is not made in this code location"),
        ((target(deps=()),), "it has no upstream outside of its own step"),
        ((_both_in_one_step(),), r"no upstream outside of its own step. Use @hooked_multi_asset"),
        ((source(), _checking_its_upstream()), "its own step checks up"),
        (
            (source(partitions=DAYS), target(partitions=dg.StaticPartitionsDefinition(["a"]))),
            "its upstream up is partitioned otherwise, so that no run makes both",
        ),
        (
            (source(), check("late"), target()),
            "check late of up runs in a step of its own and is not blocking: Dagster orders no check after another",
        ),
    ],
)
def test_what_no_blocking_check_can_do_is_refused_at_load(tmp_path: Path, assets: Any, why: str) -> None:
    """The error names rule and asset, says why, and which decorator to use."""
    with pytest.raises(SettingsError, match=rf"gates rule 1 \(checks_passed\) matches down.*{why}"):
        defined(tmp_path, *assets, gates=[PASSED])


@pytest.mark.parametrize(
    ("selection", "why"),
    [
        (dg.AssetSelection.assets("down"), "runs it without its upstream up"),
        (
            dg.AssetSelection.all(include_sources=False).without_checks(),
            "runs it without the checks of its upstream up",
        ),
    ],
)
def test_a_job_that_leaves_out_what_guards_is_refused_at_load(
    tmp_path: Path, selection: dg.AssetSelection, why: str
) -> None:
    """A job, or what a schedule runs, that makes the asset without the check would publish unasked."""
    with pytest.raises(SettingsError, match=rf"job 'some' {why}\. {WAY_OUT}"):
        defined(tmp_path, source(), target(), gates=[DROP], jobs=[dg.define_asset_job("some", selection=selection)])
    schedule = dg.ScheduleDefinition(name="daily", target=selection, cron_schedule="@daily")
    with pytest.raises(SettingsError, match=rf"schedule 'daily' {why}"):
        defined(tmp_path, source(), target(), gates=[DROP], schedules=[schedule])


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"gate": "check_passed"}, r"gates\.0\.gate in .*did you mean 'checks_passed'\?"),
        (
            {"gate": "freshness", "max_agee": 1},
            r"unknown setting 'gates\.0\.max_agee' in .*did you mean 'gates\.0\.max_age'\?",
        ),
        ({"gate": "freshness", "max_drop": 0.1}, r"gate 'freshness' has no 'max_drop'; did you mean 'max_age'\?"),
        ({"gate": "freshness"}, "gate 'freshness' needs max_age, such as '6h'"),
        ({"gate": "row_count_drop", "max_drop": 2}, r"gates\.0\.max_drop in .*less than 1, not 2"),
        ({"gate": "my.gates:Own", "max_drop": 0.1}, r"write parameters = \{ max_drop = … \} for 'my.gates:Own'"),
        ({"gate": "freshness", "parameters": {"retry": True}}, "retry is of every gate: write it beside gate"),
        ({"gate": "checks_passed", "assets": []}, "it would guard every asset"),
    ],
)
def test_a_mistake_in_a_rule_is_an_error_of_the_settings(rule: dict[str, Any], message: str) -> None:
    """Names of gates and parameters are checked when settings are read, without Dagster."""
    with pytest.raises(SettingsError, match=message):
        load_settings({"gates": [{"assets": ["down"], **rule}]})


@pytest.mark.parametrize(
    ("gate", "parameters", "message"),
    [
        ("no_such_module:Gate", {}, r"gates rule 1: 'no_such_module:Gate' cannot be imported"),
        ("pathlib:Path", {}, "no subclass of phlo_hooks_dagster.Gate"),
        (f"{__name__}:Closed", {"retri": True}, r"has no parameter 'retri'; did you mean 'retry'\?"),
        ("phlo_hooks_dagster:Freshness", {"max_age": "soon"}, "cannot be made: .* no length of time"),
    ],
)
def test_a_gate_of_ones_own_is_tried_at_load(
    tmp_path: Path, gate: str, parameters: dict[str, Any], message: str
) -> None:
    """A class that cannot be imported or made is told at load, even when its rule matches nothing here."""
    with pytest.raises(SettingsError, match=message):
        defined(tmp_path, source(), gates=[{"gate": gate, "assets": ["none"], "parameters": parameters}])
