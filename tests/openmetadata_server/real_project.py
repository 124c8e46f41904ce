"""The shop of the translator's tests as a project: dlt loads, dbt builds, a file is published; one job does it all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dagster as dg
import dlt
from dagster_dbt import DbtProject

from phlo_hooks_dagster import hooked_dbt_assets, hooked_dlt_assets, publish_asset, with_phlo_hooks
from tests.translator import warehouse

ROOT = Path(os.environ["SHOP_ROOT"])
ADDRESS = "https://api.shop.example/v1/orders"
PROJECT = DbtProject(project_dir=ROOT / "dbt", profiles_dir=ROOT / "dbt")
warehouse.environment(broken=False)


@dlt.source(name="shop")
def orders_source() -> Any:
    """Return nested orders, and say which address they came from, as dlt's REST source does."""
    orders = dlt.resource(lambda: iter(warehouse.ORDERS), name="orders", primary_key="id", write_disposition="replace")
    orders.add_input({"kind": "rest_api", "location": ADDRESS, "resource_name": "orders"})
    return orders


@publish_asset(
    key=["published", "by_customer"],
    deps=[dg.AssetKey("by_customer")],
    group_name="publish",
    metadata={"dagster/uri": (ROOT / "out").as_uri()},
)
def published() -> dg.MaterializeResult[None]:
    """Write a file."""
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": 2,
            "phlo/target_system": "parquet",
            "phlo/tables": {"by_customer.parquet": "wh.main.by_customer"},
        }
    )


defs = with_phlo_hooks(
    dg.Definitions(
        assets=[
            warehouse.loading(ROOT, hooked_dlt_assets, source=orders_source()),
            warehouse.building(PROJECT, hooked_dbt_assets),
            published,
        ],
        jobs=[dg.define_asset_job("nightly")],
        resources=warehouse.resources(PROJECT),
        executor=dg.in_process_executor,
    )
)
