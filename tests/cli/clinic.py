"""A project of two assets that ``phlo-hooks doctor`` looks at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec

from phlo_hooks.datasets import Column, ColumnEdge, DatasetRef, LineageEdge
from phlo_hooks.events import HookCorrelation, LineageEvent, TransformEvent
from phlo_hooks.source import Batch, StoredSnapshot
from phlo_hooks_dagster.snapshot import AssetSnapshot, DbtProjectSnapshot, LocationSnapshot, Relation
from tests.cli.conftest import Shop
from tests.cli.recorded import BEGIN, RUN

RAW = DatasetRef(namespace="duckdb://wh", name="wh.raw.orders")
SALES = Relation(database="wh", schema="main", identifier="sales", adapter="duckdb", unique_id="model.shop.sales")
MART = DatasetRef(namespace="duckdb://wh", name="wh.main.sales")


@dataclass
class Clinic:
    """A project of two assets: one that names its table, one that dbt makes from it."""

    shop: Shop
    assets: dict[str, AssetSnapshot] = field(default_factory=dict)

    def keep(self, *others: DbtProjectSnapshot) -> None:
        """Store the snapshot as a relay does, with these dbt projects before its own."""
        project = DbtProjectSnapshot(
            project_dir=str(self.shop.folder),
            target_dir=str(self.shop.folder / "target"),
            manifest_digest="",
            adapter="duckdb",
            project_name="shop",
        )
        snapshot = LocationSnapshot(
            code_location="shop", repository="r", assets=self.assets, dbt_projects=(*others, project)
        )
        with self.shop.outbox() as outbox:
            outbox.save_snapshot(
                StoredSnapshot(code_location="shop", digest="1", body=msgspec.json.encode(snapshot), valid_from=BEGIN)
            )

    def ran(self, *, columns_from: str = "sql", warning: str | None = None) -> None:
        """Record that the mart was made of the raw table."""
        edge = LineageEdge(
            upstream=RAW,
            downstream=MART,
            downstream_asset_key="sales",
            columns=(
                ColumnEdge(upstream_column="amount", downstream_column="total"),
                ColumnEdge(upstream_column="day", downstream_column=None, kind="indirect", transformation="filter"),
            )
            if columns_from
            else (),
        )
        lineage = LineageEvent(
            event_id="e-lineage",
            edges=(edge,),
            asset_key="sales",
            columns_from=columns_from,
            warning=warning,
            **about("sales", 1),
        )
        end = TransformEvent(
            event_id="e-end",
            event_type="transform.end",
            asset_key="sales",
            dataset=MART,
            status="success",
            columns=(Column(name="total"), Column(name="n")),
            **about("sales", 0),
        )
        with self.shop.outbox() as outbox:
            outbox.record("dagster", Batch(events=[end, lineage]))

    def compile(self) -> None:
        """Leave what a step of dbt leaves."""
        path = self.shop.folder / "target" / "build-0b8d2a4-abcdefg" / "compiled" / "shop" / "models" / "sales.sql"
        path.parent.mkdir(parents=True)
        path.write_text("select 1")


def about(key: str, seconds: int) -> dict[str, Any]:
    """Return what every event of an asset says."""
    correlation = HookCorrelation(run_id=RUN, asset_key=key, code_location="shop")
    return {"timestamp": BEGIN + timedelta(seconds=seconds), "correlation": correlation, "source": "dagster"}


def open_clinic(shop: Shop) -> Clinic:
    """Return a project whose catalog is installed."""
    entry_points = shop.folder / "site" / "phlo_hooks-9.9.dist-info" / "entry_points.txt"
    text = entry_points.read_text()
    entry_points.write_text(f"{text}[phlo_hooks.catalogs]\ndagster = phlo_hooks_dagster.catalog:known_assets\n")
    return Clinic(
        shop=shop,
        assets={
            "orders": AssetSnapshot(key="orders", table_name="wh.raw.orders", kinds=("duckdb",)),
            "sales": AssetSnapshot(key="sales", relation=SALES),
        },
    )
