"""What the assets work with."""

import dagster as dg
from dagster_dbt import DbtCliResource, DbtProject
from dagster_dlt import DagsterDltResource

from nyc_flights.paths import DBT_PROJECT, DBT_TARGET
from phlo_hooks_dagster import HooksResource


@dg.definitions
def resources() -> dg.Definitions:
    """Return dlt, dbt, and what emits events of our own."""
    project = DbtProject(project_dir=DBT_PROJECT, target_path=DBT_TARGET)
    return dg.Definitions(
        resources={
            "dlt_loader": DagsterDltResource(),
            "dbt": DbtCliResource(project_dir=project),
            "hooks": HooksResource(),
        }
    )
