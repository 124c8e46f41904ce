"""The project that the acceptance tests run: a few assets, one that fails, and nothing of ours but the one line."""

from __future__ import annotations

import os

import dagster as dg

from phlo_hooks_dagster import with_phlo_hooks


@dg.asset
def orders() -> None:
    """Make something."""


@dg.asset(deps=[orders])
def totals() -> dg.MaterializeResult[None]:
    """Make something of it, and say how much."""
    return dg.MaterializeResult(metadata={"dagster/row_count": 3, "pid": os.getpid()})


@dg.asset(deps=[orders])
def broken() -> None:
    """Fail."""
    raise ValueError("the warehouse is on fire")


@dg.asset(deps=[broken])
def never() -> None:
    """Be skipped."""


@dg.asset_check(asset=totals)
def totals_are_positive() -> dg.AssetCheckResult:
    """Warn."""
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN)


defs = with_phlo_hooks(
    dg.Definitions(
        assets=[orders, totals, broken, never],
        asset_checks=[totals_are_positive],
        jobs=[dg.define_asset_job("everything")],
        executor=dg.in_process_executor,
    )
)
