"""dbt builds staging and marts, and runs its tests as asset checks."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, DbtProject
from dbt.adapters.duckdb.connections import DuckDBConnectionManager

from nyc_flights.paths import DBT_PROJECT, DBT_TARGET
from nyc_flights.warehouse import OPENS_WAREHOUSE
from phlo_hooks_dagster import hooked_dbt_assets

project = DbtProject(project_dir=DBT_PROJECT, target_path=DBT_TARGET)
project.prepare_if_dev()


class Models(DagsterDbtTranslator):
    """Group each model by its folder: ``staging``, ``marts``."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return the model's folder."""
        return str(dbt_resource_props["fqn"][1])


# The parent and the child tables of a dlt resource are several dbt sources and one asset.
translator = Models(settings=DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))


@hooked_dbt_assets(
    manifest=project.manifest_path,
    project=project,
    name="dbt_models",
    dagster_dbt_translator=translator,
    op_tags=OPENS_WAREHOUSE,
)
def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[object]:
    """Build and test the selected models."""
    invocation = dbt.cli(["build"], context=context)
    yield from invocation.stream().fetch_row_counts().fetch_column_metadata()
    # Rows and columns were read in this process. Where the steps after it run in the same one, they open the file too.
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]  # dbt-duckdb leaves it untyped
    if invocation.adapter is not None:
        invocation.adapter.cleanup_connections()
