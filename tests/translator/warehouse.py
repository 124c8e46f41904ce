"""A small shop on real tools: dlt loads nested orders into DuckDB, dbt builds on them, some of it on purpose wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import dagster as dg
import dlt
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets
from dagster_dlt import DagsterDltResource, DagsterDltTranslator, dlt_assets
from dagster_dlt.translator import DltResourceTranslatorData

ORDERS = [
    {"id": 1, "customer": "ada", "amount": 10.5, "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}]},
    {"id": 2, "customer": "bob", "amount": 7.0, "lines": [{"sku": "a", "n": 3}]},
    {"id": 3, "customer": "ada", "amount": -1.0, "lines": []},
]

_FILES = {
    "dbt_project.yml": """
        name: shop
        version: "1.0"
        config-version: 2
        profile: shop
        model-paths: [models]
        seed-paths: [seeds]
        snapshot-paths: [snapshots]
        test-paths: [tests]
        flags: {send_anonymous_usage_stats: false}
    """,
    "profiles.yml": """
        shop:
          target: dev
          outputs:
            dev: {type: duckdb, path: "{{ env_var('SHOP_DB') }}", threads: 1}
    """,
    "models/sources.yml": """
        version: 2
        sources:
          - name: raw
            schema: shop_raw
            tables:
              - name: orders
                meta: {dagster: {asset_key: [raw, orders]}}
              - name: orders__lines
        models:
          - name: stg_orders
            config: {tags: [staging]}
            columns:
              - name: id
                description: Order number.
                data_tests: [unique, not_null]
              - name: amount
                data_tests:
                  - accepted_values: {arguments: {values: [10.5, 7.0], quote: false}, config: {severity: warn}}
          - name: by_customer
            columns:
              - name: customer
                data_tests:
                  - accepted_values: {arguments: {values: [ada]}}
          - name: broken
            columns: [{name: x, data_tests: [not_null]}]
          - name: after_broken
            columns: [{name: x, data_tests: [not_null]}]
    """,
    "models/stg_orders.sql": "select id, customer, amount from {{ source('raw', 'orders') }}",
    "models/only_inline.sql": """
        {{ config(materialized='ephemeral') }}
        select o.customer, o.amount, l.n
        from {{ ref('stg_orders') }} o join {{ source('raw', 'orders__lines') }} l on true
    """,
    "models/by_customer.sql": """
        {{ config(materialized='table') }}
        select i.customer, c.country, sum(i.amount) as total
        from {{ ref('only_inline') }} i left join {{ ref('countries') }} c on c.customer = i.customer group by 1, 2
    """,
    "models/broken.sql": """
        {{ config(enabled=env_var('SHOP_BROKEN', '') == 'yes') }}
        select no_such_column as x from {{ ref('stg_orders') }}
    """,
    "models/after_broken.sql": """
        {{ config(enabled=env_var('SHOP_BROKEN', '') == 'yes') }}
        select x from {{ ref('broken') }}
    """,
    "seeds/countries.csv": "customer,country\nada,UK\nbob,FR\n",
    "snapshots/orders_history.sql": """
        {% snapshot orders_history %}
        {{ config(target_schema='main', unique_key='id', strategy='check', check_cols=['amount']) }}
        select * from {{ ref('stg_orders') }}
        {% endsnapshot %}
    """,
    "tests/test_that_errs.sql": """
        {{ config(enabled=env_var('SHOP_BROKEN', '') == 'yes') }}
        select nothing_here from {{ ref('by_customer') }}
    """,
}


class Keys(DagsterDltTranslator):
    """Names the assets ``raw/<resource>``."""

    def get_asset_spec(self, data: DltResourceTranslatorData) -> dg.AssetSpec:
        """Return the spec under the project's own key."""
        return super().get_asset_spec(data).replace_attributes(key=dg.AssetKey(["raw", data.resource.name]))


@dlt.source(name="shop")
def shop_source() -> Any:
    """Return orders with lines, and a resource that finds nothing."""
    return (
        dlt.resource(lambda: iter(ORDERS), name="orders", primary_key="id", write_disposition="replace"),
        dlt.resource(lambda: iter(()), name="refunds", columns={"id": {"data_type": "bigint"}}),
    )


@dlt.source(name="shop")
def failing_source() -> Any:
    """Return orders as they should be, and refunds that break off."""

    def refunds() -> Any:
        yield {"id": 1}
        raise ValueError("the refunds of shop.test?token=hunter2secret cannot be read")

    return (
        dlt.resource(lambda: iter(ORDERS), name="orders", primary_key="id", write_disposition="replace"),
        dlt.resource(refunds, name="refunds"),
    )


def loading(root: Path, decorate: Any = dlt_assets, *, source: Any = None) -> dg.AssetsDefinition:
    """Return the dlt assets of a shop whose database is ``root/wh.duckdb``."""
    pipeline = dlt.pipeline(
        pipeline_name="shop_pipeline",
        destination=dlt.destinations.duckdb(str(root / "wh.duckdb")),
        dataset_name="shop_raw",
        pipelines_dir=str(root / "dlt"),
    )

    def load_shop(context: dg.AssetExecutionContext, loader: DagsterDltResource) -> Any:
        yield from loader.run(context=context)

    loaded: dg.AssetsDefinition = decorate(
        dlt_source=source if source is not None else shop_source(),
        dlt_pipeline=pipeline,
        name="load_shop",
        group_name="raw",
        dagster_dlt_translator=Keys(),
    )(load_shop)
    return loaded


def write_project(root: Path, *, broken: bool) -> DbtProject:
    """Write the dbt project and let dbt parse it."""
    project = root / ("dbt_broken" if broken else "dbt")
    for name, text in _FILES.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip())
    environment(broken=broken)
    subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), "--quiet", "parse", "--profiles-dir", str(project)],
        cwd=project,
        check=True,
        env=dict(os.environ),
    )
    return DbtProject(project_dir=project, profiles_dir=project)


def environment(*, broken: bool) -> None:
    """Set what the dbt project reads from the environment; from its folder, so that a copy need not be parsed anew."""
    os.environ.update(
        SHOP_DB=os.path.join("..", "wh.duckdb"),  # noqa: PTH118  # text for dbt, no path of this process
        SHOP_BROKEN="yes" if broken else "no",
        DBT_SEND_ANONYMOUS_USAGE_STATS="false",
    )


def building(project: DbtProject, decorate: Any = dbt_assets) -> dg.AssetsDefinition:
    """Return the dbt assets, with row counts and column metadata as dagster-dbt offers them."""

    def build_shop(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Any:
        yield from dbt.cli(["build"], context=context).stream().fetch_row_counts().fetch_column_metadata()

    built: dg.AssetsDefinition = decorate(manifest=project.manifest_path, project=project, name="build_shop")(
        build_shop
    )
    return built


def resources(project: DbtProject | None) -> dict[str, Any]:
    """Return the resources that both kinds of assets need."""
    loader = {"loader": DagsterDltResource()}
    executable = str(Path(sys.executable).with_name("dbt"))
    return {**loader, "dbt": DbtCliResource(project_dir=project, dbt_executable=executable)} if project else loader


def manifest(project: DbtProject) -> dict[str, Any]:
    """Return dbt's manifest."""
    loaded: dict[str, Any] = json.loads(project.manifest_path.read_text())
    return loaded
