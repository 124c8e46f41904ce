"""The shop of the translator's tests, with the decorators to be chosen: Dagster's own or the hooked ones."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg
import dlt
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets
from dagster_dlt import DagsterDltResource, dlt_assets

from phlo_hooks import HookEvent
from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster import hooked_dbt_assets, hooked_dlt_assets
from phlo_hooks_dagster.in_step.configuration import StepOptions, using
from phlo_hooks_dagster.riders import RIDER, DbtRider, DltRider, Rider, from_metadata
from tests.translator import warehouse
from tests.translator.recording import Recording, read_run, snapshot_of

Decorator = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Ran:
    """
    One run of a shop: its id, its log in order, and what it was a run of.

    Attributes:
        told: What its steps told an in-step hook.
        recording: What the relay reads.
    """

    run_id: str
    success: bool
    records: tuple[dg.EventLogRecord, ...]
    definition: dg.AssetsDefinition
    root: Path
    told: tuple[HookEvent, ...] = ()
    recording: Recording

    def of(self, event_type: dg.DagsterEventType) -> list[dg.EventLogRecord]:
        """Return the records of one type."""
        return [each for each in self.records if event_of(each) and event_of(each).event_type is event_type]

    def riders(self) -> list[Rider]:
        """Return the riders of the run, in the order of the log."""
        found = []
        for record in self.of(dg.DagsterEventType.ENGINE_EVENT):
            body = event_of(record).engine_event_data.metadata.get(RIDER)
            rider = from_metadata(body.value) if body is not None else None
            found.extend([rider] if rider is not None else [])
        return found

    def loads(self) -> list[DltRider]:
        """Return the riders of dlt."""
        return [each for each in self.riders() if isinstance(each, DltRider)]

    def results(self) -> list[DbtRider]:
        """Return the riders of dbt."""
        return [each for each in self.riders() if isinstance(each, DbtRider)]


class Pair(NamedTuple):
    """The same run with the integration's decorator and with the hooked one."""

    plain: Ran
    hooked: Ran


def event_of(record: dg.EventLogRecord) -> Any:
    """Return the Dagster event of a record; ``None`` for a line of a log."""
    return record.event_log_entry.dagster_event


@dlt.source(name="shop")
def shop_source() -> Any:
    """Return orders with their lines, and customers; dagster-dlt counts no rows of a resource that has none."""
    return (
        dlt.resource(lambda: iter(warehouse.ORDERS), name="orders", primary_key="id", write_disposition="replace"),
        dlt.resource(lambda: iter([{"id": 1, "name": "ada"}]), name="customers", write_disposition="replace"),
    )


def loading(root: Path, decorate: Decorator, **options: Any) -> dg.AssetsDefinition:
    """Return the shop's dlt assets."""
    decorating: Any = decorate(
        dlt_source=shop_source(),
        dlt_pipeline=pipeline(root),
        name="load_shop",
        group_name="raw",
        dagster_dlt_translator=warehouse.Keys(),
        **options,
    )

    def load_shop(context: dg.AssetExecutionContext, loader: DagsterDltResource) -> Any:
        yield from loader.run(context=context).fetch_row_count()

    definition: dg.AssetsDefinition = decorating(load_shop)
    return definition


def pipeline(root: Path, name: str = "shop_pipeline") -> Any:
    """Return a pipeline that loads into the shop's warehouse."""
    return dlt.pipeline(
        pipeline_name=name,
        destination=dlt.destinations.duckdb(str(root / "wh.duckdb")),
        dataset_name="shop_raw",
        pipelines_dir=str(root / "dlt"),
    )


DAYS = dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-01-04")


def building(project: DbtProject, decorate: Decorator, **options: Any) -> dg.AssetsDefinition:
    """Return the shop's dbt assets, with all that dagster-dbt can fetch."""

    def build_shop(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Any:
        yield from dbt.cli(["build"], context=context).stream().fetch_row_counts().fetch_column_metadata()

    decorating: Any = decorate(manifest=project.manifest_path, project=project, name="build_shop", **options)
    definition: dg.AssetsDefinition = decorating(build_shop)
    return definition


def run(
    root: Path,
    definition: dg.AssetsDefinition,
    *,
    project: DbtProject | None = None,
    **options: Any,
) -> Ran:
    """Materialize and read the log."""
    warehouse.environment(broken=True)
    hook = RecordingHook()
    told = StepOptions(hooks=(hook.registration(in_step=True),), root=root)
    with dg.DagsterInstance.ephemeral() as instance, using(told):
        result = dg.materialize(
            [definition],
            instance=instance,
            resources=warehouse.resources(project),
            raise_on_error=False,
            **options,
        )
        snapshot = snapshot_of(dg.Definitions(assets=[definition], resources=warehouse.resources(project)))
        recording = read_run(instance, result.run_id, snapshot)
    return Ran(
        run_id=result.run_id,
        success=result.success,
        records=recording.records,
        definition=definition,
        root=root,
        told=tuple(hook.events),
        recording=recording,
    )


def copy_of(prepared: Path, root: Path) -> DbtProject:
    """Return the prepared shop's dbt project, with its warehouse, in a folder of its own."""
    shutil.copytree(prepared, root, dirs_exist_ok=True)
    project = root / "dbt_broken"
    return DbtProject(project_dir=project, profiles_dir=project)


PLAIN: dict[str, Decorator] = {"dlt": dlt_assets, "dbt": dbt_assets}
HOOKED: dict[str, Decorator] = {"dlt": hooked_dlt_assets, "dbt": hooked_dbt_assets}
