"""A project for steps in processes of their own: an undecorated asset with a rule, and a decorated one that waits."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import dagster as dg

from phlo_hooks_dagster import ChecksPassed, publish_asset, with_phlo_hooks

ROWS = "GATED_ROWS"
CALLED = "GATED_CALLED"
"""Environment: how many rows ``up`` has, and where it is noted that a guarded asset ran."""


@dg.asset
def up() -> dg.MaterializeResult[Any]:
    return dg.MaterializeResult(metadata={"dagster/row_count": int(os.environ[ROWS])})


@dg.asset(deps=[up])
def down() -> None:
    Path(os.environ[CALLED]).touch()


@dg.asset_check(asset=up)
def slow() -> dg.AssetCheckResult:
    time.sleep(1)
    return dg.AssetCheckResult(passed=int(os.environ[ROWS]) > 0)


@publish_asset(deps=[up], gates=[ChecksPassed(wait="120s")])
def waiting() -> None:
    Path(os.environ[CALLED]).touch()


@publish_asset(deps=[up], gates=[ChecksPassed()])
def impatient() -> None:
    Path(os.environ[CALLED]).touch()


def by_rule() -> dg.JobDefinition:
    rule = {"gate": "row_count_drop", "assets": ["down"], "max_drop": 0.5}
    defs = dg.Definitions(assets=[up, down], jobs=[dg.define_asset_job("gated")])
    return with_phlo_hooks(defs, gates=[rule], mode="external").resolve_job_def("gated")


def by_decorator() -> dg.JobDefinition:
    defs = dg.Definitions(assets=[up, waiting], asset_checks=[slow], jobs=[dg.define_asset_job("gated")])
    return defs.resolve_job_def("gated")


def by_decorator_at_once() -> dg.JobDefinition:
    """Return a job in which the asset comes before the check, as Dagster may order them."""
    late = {"dagster/priority": "-1"}

    @dg.asset_check(asset=up, name="slow", op_tags=late)
    def judged() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    defs = dg.Definitions(assets=[up, impatient], asset_checks=[judged], jobs=[dg.define_asset_job("gated")])
    return defs.resolve_job_def("gated")
