"""Runs whose processes are killed or canceled, on the multiprocess executor."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable

import dagster as dg

from tests.translator.recording import read_run, save, snapshot_of


@dg.asset(tags={"phlo/stage": "ingestion"})
def loaded() -> None:
    """Load something."""


@dg.asset(deps=[loaded])
def slow() -> None:
    """Take until somebody stops it."""
    time.sleep(120)


@dg.asset(deps=[loaded], tags={"phlo/stage": "transform"})
def killed() -> None:
    """Die without a word."""
    os.kill(os.getpid(), signal.SIGKILL)


@dg.asset(deps=[slow])
def after_slow() -> None:
    """Never start."""


@dg.asset(deps=[killed], tags={"phlo/stage": "publish"})
def after_killed() -> None:
    """Never start."""


@dg.asset_check(asset=slow)
def slow_check() -> dg.AssetCheckResult:
    """Never run."""
    return dg.AssetCheckResult(passed=True)


defs = dg.Definitions(
    assets=[loaded, slow, killed, after_slow, after_killed],
    asset_checks=[slow_check],
    jobs=[
        dg.define_asset_job("cancel_me", [loaded, slow, after_slow]),
        dg.define_asset_job("kill_me", [loaded, killed, after_killed]),
    ],
)


def cancel_me() -> dg.JobDefinition:
    """Return the job that is canceled."""
    return defs.resolve_job_def("cancel_me")


def kill_me() -> dg.JobDefinition:
    """Return the job whose step is killed."""
    return defs.resolve_job_def("kill_me")


def record_all() -> None:
    """Record a canceled run and one whose step was killed."""
    snapshot = snapshot_of(defs)
    for name, job in (("canceled", cancel_me), ("killed", kill_me)):
        with tempfile.TemporaryDirectory() as home, dg.DagsterInstance.local_temp(home) as instance:
            save(name, read_run(instance, _run(instance, job, cancel=name == "canceled"), snapshot))


def _run(instance: dg.DagsterInstance, job: Callable[[], dg.JobDefinition], *, cancel: bool) -> str:
    if cancel:
        threading.Thread(target=_cancel_when_slow, args=(instance,), daemon=True).start()
    with dg.execute_job(dg.reconstructable(job), instance=instance, raise_on_error=False) as result:
        return result.run_id


def _cancel_when_slow(instance: dg.DagsterInstance) -> None:
    """Do what the UI's cancel does: note it in the log, then interrupt the run's process."""
    started: set[str | None] = set()
    while "slow" not in started:
        time.sleep(0.2)
        for run in instance.get_runs(limit=1):
            records = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.STEP_START).records
            started = {each.event_log_entry.step_key for each in records}
    instance.report_run_canceling(run)
    os.kill(os.getpid(), signal.SIGINT)
