"""Settings that a step's process cannot read."""

# mypy: disable-error-code="type-arg, untyped-decorator"

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from phlo_hooks import GenericEvent
from phlo_hooks.registration import FailurePolicy
from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster import ChecksPassed, HooksResource, ingestion_asset
from phlo_hooks_dagster.in_step.configuration import StepOptions, using

BROKEN = [
    ("phlo_hooks.toml", 'hooks = ["shop.hooks"]\nstart ='),
    ("phlo_hooks.toml", 'hooks = ["shop.hooks"]\nstrategie = "collect"'),
    ("pyproject.toml", '[tool.phlo_hooks]\nhooks = ["shop.hooks"]\nstrategie = "collect"'),
]


def orders(**arguments: Any) -> dg.AssetsDefinition:
    def made(hooks: HooksResource) -> dg.MaterializeResult:
        hooks.emit(GenericEvent(event_type="shop.counted"))
        return dg.MaterializeResult()

    made_of: dg.AssetsDefinition = ingestion_asset(name="orders", **arguments)(made)
    return made_of


def succeeds(instance: dg.DagsterInstance, *assets: Any) -> bool:
    return dg.materialize(assets, instance=instance, resources={"hooks": HooksResource()}, raise_on_error=False).success


@pytest.mark.parametrize(("file", "text"), BROKEN)
def test_they_cost_hooks_and_no_step(
    file: str, text: str, instance: dg.DagsterInstance, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Steps go on without hooks, and the log says once what is wrong; later steps of the process say it no more."""
    (tmp_path / file).write_text(text)
    listening = RecordingHook()

    with using(StepOptions(root=tmp_path, hooks=(listening.registration(in_step=True),))):
        assert succeeds(instance, orders())
        assert succeeds(instance, orders())

    said = [each for each in caplog.messages if each.startswith("no hook is called in the steps of this process: ")]
    assert len(said) == 1
    assert file in said[0]
    assert listening.events == []


@pytest.mark.parametrize("stopper", ["hook", "gate", "rule", "broken rule"])
def test_they_let_nothing_pass_that_may_stop_a_step(stopper: str, instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """A gate of the asset, a rule for gates, or a hook in code that may stop steps: the step fails of the settings."""
    text = BROKEN[1][1]
    if stopper.endswith("rule"):
        text = f'{text}\n[[gates]]\ngate = "checks_passed"\n' + ("assets =" if stopper == "broken rule" else "")
    (tmp_path / "phlo_hooks.toml").write_text(text)
    hook = RecordingHook().registration(in_step=True, failure_policy=FailurePolicy.RAISE)

    with using(StepOptions(root=tmp_path, hooks=(hook,) if stopper == "hook" else ())):
        gates = [ChecksPassed()] if stopper == "gate" else []
        assert not succeeds(instance, orders(gates=gates))

    (failed,) = instance.all_logs(
        instance.get_run_records(limit=1)[0].dagster_run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE
    )
    assert "phlo_hooks.toml" in str(failed.dagster_event)
