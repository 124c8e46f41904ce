"""Which events are learned from."""

from __future__ import annotations

from typing import Final

EVENTS: Final = (
    "asset.*",
    "ingestion.*",
    "lineage.edges",
    "publish.*",
    "quality.result",
    "run.*",
    "schema.changed",
    "step.*",
    "transform.*",
)
"""Types or globs, for filters and queries."""
