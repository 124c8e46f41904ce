"""Gates where each step has a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from tests.in_step import gated_project
from tests.in_step.gated_project import CALLED, ROWS, by_decorator, by_decorator_at_once, by_rule

Publish = Callable[..., tuple[bool, bool, list[str]]]
"""Job and rows to: whether the run succeeded, whether a guarded asset ran, and what failures say."""


@pytest.fixture
def publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Return what runs a job, with steps in processes of their own unless told otherwise."""
    home, called = tmp_path / "home", tmp_path / "called"
    home.mkdir()
    monkeypatch.setenv(CALLED, str(called))
    monkeypatch.setenv("PYTHONPATH", str(Path(gated_project.__file__).parents[2]))

    def run(
        job: Callable[[], dg.JobDefinition], rows: int, *, in_process: bool = False
    ) -> tuple[bool, bool, list[str]]:
        called.unlink(missing_ok=True)
        monkeypatch.setenv(ROWS, str(rows))
        with dg.DagsterInstance.local_temp(str(home)) as instance:
            result: Any = (
                job().execute_in_process(instance=instance, raise_on_error=False)
                if in_process
                else dg.execute_job(dg.reconstructable(job), instance=instance, raise_on_error=False)
            )
            failures = [event.step_failure_data for event in result.all_events if event.is_step_failure]
        told = [str(failure.user_failure_data.description) for failure in failures if failure.user_failure_data]
        return result.success, called.exists(), told

    return run


@pytest.mark.parametrize("rows", [10, pytest.param(1000, marks=pytest.mark.long)])
def test_a_blocking_check_stops_the_step_in_its_own_process(publish: Publish, rows: int) -> None:
    """Open, the asset runs; closed, its process is never started, and the run ends with the gate's one message."""
    publish(by_rule, 1000, in_process=True)

    outcome = publish(by_rule, rows)

    reason = "up went from 1,000 to 10 rows, 99.0% less; 50% are allowed"
    closed = (False, False, [f"down may not start, gate row_count_drop is closed: {reason}"])
    assert outcome == (closed if rows == 10 else (True, True, []))


@pytest.mark.parametrize("rows", [1, pytest.param(0, marks=pytest.mark.long)])
def test_a_gate_waits_for_a_check_that_runs_beside_it(publish: Publish, rows: int) -> None:
    """With ``wait=`` a check of the same run that is not blocking is heard before the asset starts, or stops it."""
    outcome = publish(by_decorator, rows)

    told = "waiting may not start, gate checks_passed is closed: check slow of up failed with severity ERROR"
    assert outcome == ((True, True, []) if rows else (False, False, [told]))


def test_a_check_of_the_same_run_that_is_not_evaluated_yet_keeps_the_gate_closed(publish: Publish) -> None:
    """Where steps run one after the other waiting is in vain: the reason names what to do."""
    success, called, told = publish(by_decorator_at_once, 1, in_process=True)

    assert (success, called) == (False, False)
    assert told == [
        (
            "impatient may not start, gate checks_passed is closed: check slow of up is planned in this run and not "
            "evaluated yet; give the check blocking=True, so that this asset waits for it, or the gate wait="
        )
    ]
