"""What the events say is what the warehouse, dbt's manifest and Dagster's log say."""

from __future__ import annotations

import json
from collections import Counter

import dagster as dg
import duckdb
import pytest

from phlo_hooks.datasets import LineageEdge
from phlo_hooks.events import IngestionEvent, LineageEvent, PublishEvent, QualityResultEvent, TransformEvent
from tests.example.conftest import FLIGHTS, MONTH, Finished, count_rows

# The first test that asks for the demo runs it.
pytestmark = pytest.mark.timeout(900)

NAMESPACE = "duckdb://warehouse"
MARTS = {"delay_by_carrier", "delay_by_hour", "delay_by_route", "fleet_age", "weather_effect"}


def columns(warehouse: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """Return a table's columns in order; none when there is no such table."""
    catalog, schema, table = name.split(".")
    rows = warehouse.execute(
        "select column_name from information_schema.columns "
        "where table_catalog = ? and table_schema = ? and table_name = ? order by ordinal_position",
        [catalog, schema, table],
    )
    return [column for (column,) in rows.fetchall()]


def edges(run: Finished) -> list[LineageEdge]:
    """Return every edge of the run."""
    return [edge for event in run.events if isinstance(event, LineageEvent) for edge in event.edges]


def ingestions(run: Finished) -> list[IngestionEvent]:
    """Return the ingestions that ended."""
    return [e for e in run.events if isinstance(e, IngestionEvent) and e.event_type == "ingestion.end"]


def test_one_month_is_loaded(first: Finished) -> None:
    """The run loads the month it is asked for, and all reference tables."""
    loaded = {event.asset_key: (event.rows, event.partition_key) for event in ingestions(first)}

    assert first.flights == FLIGHTS
    assert loaded == {
        "raw/flights": (FLIGHTS, MONTH),
        "raw/airlines": (16, None),
        "raw/airports": (1458, None),
        "raw/planes": (3322, None),
        "raw/weather": (26115, None),
        "raw/airline_fleets": (16, None),
    }


def test_an_ingestion_names_the_table_that_dlt_filled(first: Finished, warehouse: duckdb.DuckDBPyConnection) -> None:
    """Dataset, rows and columns of each ingestion are those of a table in DuckDB."""
    for event in ingestions(first):
        assert event.dataset is not None
        assert event.dataset.resolved
        assert event.dataset.namespace == NAMESPACE
        assert event.rows == count_rows(first.folder, event.dataset.name)
        assert [column.name for column in event.columns] == columns(warehouse, event.dataset.name)


def test_child_tables_are_seen(first: Finished, warehouse: duckdb.DuckDBPyConnection) -> None:
    """The tables that dlt made from nested documents belong to the ingestion of their parent."""
    (fleets,) = [event for event in ingestions(first) if event.asset_key == "raw/airline_fleets"]

    children = {child.dataset.name: [column.name for column in child.columns] for child in fleets.child_tables}

    expected = ("warehouse.raw.airline_fleets__planes", "warehouse.raw.airline_fleets__planes__bases")
    assert children == {name: columns(warehouse, name) for name in expected}


def test_a_model_has_the_rows_and_columns_of_its_table(first: Finished, warehouse: duckdb.DuckDBPyConnection) -> None:
    """Each mart's rows are counted, a view's are not, and columns are those of the relation."""
    ended = [e for e in first.events if isinstance(e, TransformEvent) and e.event_type == "transform.end"]

    assert {event.model for event in ended} >= MARTS
    assert len(ended) == 11
    for event in ended:
        assert event.dataset is not None
        assert event.node_status == "success"
        assert event.rows == (count_rows(first.folder, event.dataset.name) if event.model in MARTS else None)
        assert [column.name for column in event.columns] == columns(warehouse, event.dataset.name)
        assert event.compiled_sql_digest is not None
        assert event.seconds is not None


def test_lineage_joins_dlt_dbt_and_publishing(first: Finished) -> None:
    """The edges are exactly those of dbt's manifest and of the publishing asset, between the tables' one identity."""
    manifest = json.loads((first.folder / "dbt_target" / "manifest.json").read_text())
    nodes = manifest["nodes"] | manifest["sources"]

    def name(unique_id: str) -> str:
        node = nodes[unique_id]
        return f"{node['database']}.{node['schema']}.{node.get('identifier') or node['name']}"

    expected = {
        (name(parent), name(child))
        for child, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        for parent in node["depends_on"]["nodes"]
    }
    expected |= {(f"warehouse.marts.{mart}", str(first.folder / "marts")) for mart in MARTS}

    assert {(edge.upstream.name, edge.downstream.name) for edge in edges(first)} == expected


def test_every_column_edge_joins_columns_that_exist(first: Finished, warehouse: duckdb.DuckDBPyConnection) -> None:
    """No column edge is invented, and every model has some."""
    with_columns = [edge for edge in edges(first) if edge.columns]

    assert {edge.downstream.name.rpartition(".")[2] for edge in with_columns} >= MARTS | {"stg_flights", "stg_fleets"}
    for edge in with_columns:
        assert {c.upstream_column for c in edge.columns} <= set(columns(warehouse, edge.upstream.name)), edge
        made = {c.downstream_column for c in edge.columns if c.downstream_column is not None}
        assert made <= set(columns(warehouse, edge.downstream.name)), edge


def test_columns_of_a_child_table_come_from_the_child_table(first: Finished) -> None:
    """``stg_fleets`` is made from a parent and two child tables of one dlt asset; each column comes from its own."""
    found = {
        column.downstream_column: edge.upstream.name.rpartition(".")[2]
        for edge in edges(first)
        if edge.downstream.name == "warehouse.staging.stg_fleets"
        for column in edge.columns
        if column.kind == "direct"
    }

    assert found["carrier"] == "airline_fleets"
    assert found["tailnum"] == found["year_built"] == found["seats"] == "airline_fleets__planes"
    assert found["departures"] == "airline_fleets__planes__bases"


def test_one_check_warns_and_all_others_pass(first: Finished) -> None:
    """The check that finds the impossible wind is a warning, not a failure, and no other check found anything."""
    results = [event for event in first.events if isinstance(event, QualityResultEvent)]
    odd = [result for result in results if result.data_outcome != "pass"]

    assert [(result.check_name, result.asset_key, result.data_outcome) for result in odd] == [
        ("plausible_wind", "raw/weather", "warn")
    ]
    assert odd[0].passed is False
    assert odd[0].outcome == "success"
    assert odd[0].severity == "WARN"
    assert odd[0].metadata["readings"] == ("EWR 2013-02-12 08:00: 1048 mph",)


def test_every_check_and_materialization_of_the_log_is_one_event(first: Finished) -> None:
    """Dagster's own log holds as many materializations, checks and steps as there are events."""
    with dg.DagsterInstance.from_config(str(first.folder / "dagster_home")) as instance:
        (run_id,) = {event.correlation.run_id for event in first.events if event.correlation.run_id}
        records = instance.get_records_for_run(run_id).records
    log = Counter(r.event_log_entry.dagster_event_type for r in records if r.event_log_entry.is_dagster_event)
    types = Counter(event.event_type for event in first.events)

    assert types["quality.result"] == log[dg.DagsterEventType.ASSET_CHECK_EVALUATION]
    assert types["step.start"] == log[dg.DagsterEventType.STEP_START]
    assert types["step.end"] == log[dg.DagsterEventType.STEP_SUCCESS]
    not_yielded = 1
    ends = types["ingestion.end"] + types["transform.end"] + types["publish.end"]
    assert ends == log[dg.DagsterEventType.ASSET_MATERIALIZATION] + not_yielded


def test_publishing_says_what_went_where(first: Finished) -> None:
    """The Parquet files hold the marts' rows; without a URL, PostgreSQL is skipped and no error."""
    ended = {
        event.asset_key: event
        for event in first.events
        if isinstance(event, PublishEvent) and event.event_type == "publish.end"
    }
    parquet, postgres = ended["published/parquet"], ended["published/postgres"]

    assert parquet.target_system == "parquet"
    assert dict(parquet.tables) == {f"{mart}.parquet": f"warehouse.marts.{mart}" for mart in MARTS}
    assert parquet.rows == sum(count_rows(first.folder, f"'{first.folder}/marts/{mart}.parquet'") for mart in MARTS)
    assert (postgres.status, postgres.reason, postgres.error) == ("skipped", "not_yielded", None)
