"""dbt's artifacts, read without dbt."""

from phlo_hooks.dbt_artifacts.nodes import DbtNode
from phlo_hooks.dbt_artifacts.target import DbtTarget

__all__ = ["DbtNode", "DbtTarget"]
