# Type checkers and editors read this; a test compares it with the door itself, which imports at first use.

from phlo_hooks_dagster.component import PhloHooksComponent
from phlo_hooks_dagster.decorators.dbt import hooked_dbt_assets
from phlo_hooks_dagster.decorators.dlt import hooked_dlt_assets
from phlo_hooks_dagster.decorators.multi import (
    hooked_graph_asset,
    hooked_graph_multi_asset,
    hooked_multi_asset,
    hooked_multi_asset_check,
    hooked_op,
)
from phlo_hooks_dagster.decorators.stages import ingestion_asset, publish_asset, quality_check, transform_asset
from phlo_hooks_dagster.definitions import with_phlo_hooks
from phlo_hooks_dagster.draining import drain
from phlo_hooks_dagster.gates import (
    BreakingMetricChange,
    BreakingSchemaChange,
    ChecksPassed,
    Freshness,
    Gate,
    GateClosedError,
    RowCountDrop,
)
from phlo_hooks_dagster.hooks_translator import DagsterHooksTranslator
from phlo_hooks_dagster.resource import HooksResource
from phlo_hooks_dagster.run_hooks import phlo_run_hooks
from phlo_hooks_dagster.sensors import (
    on_phlo_event,
    phlo_check_sensor,
    phlo_event_sensor,
    phlo_run_failure_sensor,
)
from phlo_hooks_dagster.source import DagsterEventSource

__all__ = [
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
