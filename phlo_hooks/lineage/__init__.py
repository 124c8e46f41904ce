"""The graph of tables and columns that people look at."""

from phlo_hooks.lineage.build import build_graph
from phlo_hooks.lineage.consumers import deliveries
from phlo_hooks.lineage.graph import Graph

__all__ = ["Graph", "build_graph", "deliveries"]
