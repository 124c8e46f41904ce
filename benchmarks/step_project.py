"""
A project of small assets; run it, and print the processor time of its steps.

Usage: ``step_project.py with|without|calls COUNT``; ``calls`` counts, with us, the calls of our code instead.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from types import FrameType

import dagster as dg

ours: list[str] = []


def count_ours(frame: FrameType, event: str, _argument: object) -> None:
    """Note each call of a function that is ours."""
    if event == "call" and "/phlo_hooks" in frame.f_code.co_filename:
        ours.append(frame.f_code.co_name)


def make_assets(count: int) -> list[dg.AssetsDefinition]:
    """Return assets that do next to nothing, so that what is left is Dagster and us."""

    def make(number: int) -> dg.AssetsDefinition:
        @dg.asset(name=f"asset_{number}", metadata={"dagster/table_name": f"wh.raw.asset_{number}"})
        def small() -> dg.MaterializeResult[None]:
            return dg.MaterializeResult(metadata={"dagster/row_count": number})

        return small

    return [make(number) for number in range(count)]


def main(kind: str, count: int) -> None:
    """Run the project once and print seconds per step."""
    assets = make_assets(count)
    defs = dg.Definitions(
        assets=assets, jobs=[dg.define_asset_job("everything", executor_def=dg.in_process_executor, selection="*")]
    )
    if kind != "without":
        from phlo_hooks_dagster import with_phlo_hooks

        defs = with_phlo_hooks(defs)
    with tempfile.TemporaryDirectory() as home:
        os.environ["DAGSTER_HOME"] = home
        with dg.DagsterInstance.get() as instance:
            job = defs.resolve_job_def("everything")
            if kind == "calls":
                sys.setprofile(count_ours)
            started = time.process_time()
            result = job.execute_in_process(instance=instance)
            taken = time.process_time() - started
            sys.setprofile(None)
    if not result.success:
        raise SystemExit("the run failed")
    print(json.dumps({"seconds_per_step": taken / count, "calls_of_ours": float(len(ours))}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
