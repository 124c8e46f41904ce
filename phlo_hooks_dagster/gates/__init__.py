"""Gates: what must hold before an asset starts."""

from phlo_hooks_dagster.gates.asking import checked_gates, gate_registrations, gates_of_step
from phlo_hooks_dagster.gates.checks_passed import ChecksPassed
from phlo_hooks_dagster.gates.dbt_metrics import dbt_metrics
from phlo_hooks_dagster.gates.freshness import Freshness
from phlo_hooks_dagster.gates.gate import Gate, GateClosedError, GateView, Upstream
from phlo_hooks_dagster.gates.metric_change import BreakingMetricChange
from phlo_hooks_dagster.gates.row_count_drop import RowCountDrop
from phlo_hooks_dagster.gates.schema_change import BreakingSchemaChange

__all__ = [
    "BreakingMetricChange",
    "BreakingSchemaChange",
    "ChecksPassed",
    "Freshness",
    "Gate",
    "GateClosedError",
    "GateView",
    "RowCountDrop",
    "Upstream",
    "checked_gates",
    "dbt_metrics",
    "gate_registrations",
    "gates_of_step",
]
