"""Every Dagster execution as an event: one line in ``Definitions``."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "BreakingMetricChange": "phlo_hooks_dagster.gates",
    "BreakingSchemaChange": "phlo_hooks_dagster.gates",
    "ChecksPassed": "phlo_hooks_dagster.gates",
    "DagsterEventSource": "phlo_hooks_dagster.source",
    "DagsterHooksTranslator": "phlo_hooks_dagster.hooks_translator",
    "Freshness": "phlo_hooks_dagster.gates",
    "Gate": "phlo_hooks_dagster.gates",
    "GateClosedError": "phlo_hooks_dagster.gates",
    "HooksResource": "phlo_hooks_dagster.resource",
    "PhloHooksComponent": "phlo_hooks_dagster.component",
    "RowCountDrop": "phlo_hooks_dagster.gates",
    "drain": "phlo_hooks_dagster.draining",
    "hooked_dbt_assets": "phlo_hooks_dagster.decorators.dbt",
    "hooked_dlt_assets": "phlo_hooks_dagster.decorators.dlt",
    "hooked_graph_asset": "phlo_hooks_dagster.decorators.multi",
    "hooked_graph_multi_asset": "phlo_hooks_dagster.decorators.multi",
    "hooked_multi_asset": "phlo_hooks_dagster.decorators.multi",
    "hooked_multi_asset_check": "phlo_hooks_dagster.decorators.multi",
    "hooked_op": "phlo_hooks_dagster.decorators.multi",
    "ingestion_asset": "phlo_hooks_dagster.decorators.stages",
    "on_phlo_event": "phlo_hooks_dagster.sensors",
    "phlo_check_sensor": "phlo_hooks_dagster.sensors",
    "phlo_event_sensor": "phlo_hooks_dagster.sensors",
    "phlo_run_failure_sensor": "phlo_hooks_dagster.sensors",
    "phlo_run_hooks": "phlo_hooks_dagster.run_hooks",
    "publish_asset": "phlo_hooks_dagster.decorators.stages",
    "quality_check": "phlo_hooks_dagster.decorators.stages",
    "transform_asset": "phlo_hooks_dagster.decorators.stages",
    "with_phlo_hooks": "phlo_hooks_dagster.definitions",
}

__all__ = [  # found by __getattr__, at first use
    "BreakingMetricChange",
    "BreakingSchemaChange",
    "ChecksPassed",
    "DagsterEventSource",
    "DagsterHooksTranslator",
    "Freshness",
    "Gate",
    "GateClosedError",
    "HooksResource",
    "PhloHooksComponent",
    "RowCountDrop",
    "drain",
    "hooked_dbt_assets",
    "hooked_dlt_assets",
    "hooked_graph_asset",
    "hooked_graph_multi_asset",
    "hooked_multi_asset",
    "hooked_multi_asset_check",
    "hooked_op",
    "ingestion_asset",
    "on_phlo_event",
    "phlo_check_sensor",
    "phlo_event_sensor",
    "phlo_run_failure_sensor",
    "phlo_run_hooks",
    "publish_asset",
    "quality_check",
    "transform_asset",
    "with_phlo_hooks",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for, so that a step's process imports only what it uses."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        found = getattr(import_module(home), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"dagster", "dagster_shared"}:
            raise
        raise ImportError(f"{__name__}.{name} needs Dagster: pip install 'phlo-hooks[dagster]'") from error
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """
    Name what is imported already, and the component.

    Dagster asks for each name that stands here whenever it loads a project of ``dg``: the others would all be imported
    then. In a process that executes a step it only describes components for the UI, and nobody looks.
    """
    from phlo_hooks_dagster.options import in_worker  # noqa: PLC0415  # it needs Dagster

    return sorted(globals() if in_worker() else {*globals(), "PhloHooksComponent"})
