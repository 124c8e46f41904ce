"""Assets of a user whose annotations are strings."""

from __future__ import annotations

from typing import Any

import dagster as dg

from phlo_hooks_dagster import ingestion_asset, publish_asset


class Warehouse(dg.ConfigurableResource[Any]):
    """A resource taken as a parameter."""

    name: str = "wh"


@ingestion_asset
def sized(warehouse: Warehouse) -> int:
    """Count."""
    return 3 + len(warehouse.name)


@publish_asset
def published(sized: int) -> dg.MaterializeResult[None]:
    """Publish."""
    return dg.MaterializeResult(metadata={"rows": sized})


ASSETS = [sized, published]
