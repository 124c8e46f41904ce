"""What the demo brings to OpenMetadata, which the stand-in is, and what it says of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from phlo_hooks.subscribers.openmetadata.client import Client
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from phlo_hooks.subscribers.openmetadata.options import Options
from tests.example.conftest import PROJECT, Finished, run_demo
from tests.openmetadata_standin import StandIn, running

pytestmark = pytest.mark.timeout(900)

DATABASE = ("duckdb", "warehouse")


@dataclass(frozen=True)
class Shown:
    """A demo that told a server, and the server."""

    demo: Finished
    server: StandIn
    client: Client

    def table(self, schema: str, name: str) -> dict[str, Any]:
        """Return a table of the warehouse with all that the server keeps of it."""
        found = self.client.get(EntityName(Kind.TABLE, (*DATABASE, schema, name)).path, {"fields": "*"})
        assert found is not None, f"{schema}.{name}"
        return found

    def upstream(self, kind: Kind, fqn: str, depth: int = 1) -> list[tuple[str, str, dict[str, Any]]]:
        """Return the edges that lead to an entity: from, to, details."""
        params = {"upstreamDepth": depth, "downstreamDepth": 0}
        graph = self.client.get(f"lineage/{kind.value}/name/{fqn}", params)
        assert graph is not None
        names = {each["id"]: each["fullyQualifiedName"] for each in (graph["entity"], *graph["nodes"])}
        return [
            (names[edge["fromEntity"]], names[edge["toEntity"]], edge.get("lineageDetails") or {})
            for edge in graph["upstreamEdges"]
        ]


@pytest.fixture(scope="module")
def shown(second: Finished, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Run the demo once more, in a copy of its folder, with a server that knows nothing yet."""
    folder = tmp_path_factory.mktemp("told") / "demo"
    shutil.copytree(second.folder, folder)
    # The snapshot that a run is read with names the folder of dbt's files, which is another one in the copy.
    moved = replace(second, folder=folder)
    drain = [sys.executable, "-m", "phlo_hooks", "drain"]
    subprocess.run(drain, cwd=PROJECT, env=moved.environment(), stdout=subprocess.DEVNULL, check=True)
    with running("2.0") as server:
        demo = run_demo(folder, second.home, OPENMETADATA_URL=server.url, OPENMETADATA_JWT=server.jwt)
        with Client(Options(url=server.url, jwt=server.jwt), environ={}) as client:
            yield Shown(demo, server, client)


def test_without_a_server_one_line_says_how(second: Finished) -> None:
    """Who has no server reads how it would be, and nothing else."""
    lines = [line for line in second.output.splitlines() if "OPENMETADATA" in line or "OpenMetadata" in line]

    assert lines == [
        "In OpenMetadata, the same graph, with runs, tests and owners:",
        "  OPENMETADATA_URL=http://localhost:8585 OPENMETADATA_JWT='<a bot's token>' make demo",
    ]


def test_the_last_lines_are_the_links_to_open(shown: Shown) -> None:
    """All was told, also of the runs before the server was configured, and three links say where it is."""
    output = shown.demo.output

    assert "phlo-hooks openmetadata sync" in output
    assert "In OpenMetadata, which was told all" in output
    for link in (
        "/table/duckdb.warehouse.marts.delay_by_carrier/lineage?fullscreen=true",
        "/table/duckdb.warehouse.marts.delay_by_carrier/profiler?activeTab=Data%20Quality",
        "/pipeline/dagster.%22nyc_flights.refresh_marts%22/executions",
    ):
        assert f"{shown.server.url}{link}" in output
    assert shown.server.jwt not in output


def test_the_graph_reaches_from_files_to_the_dashboard(shown: Shown) -> None:
    """Files, raw tables with their children, staging, marts and the board are one graph."""
    board = "dbt_exposures." + '"nyc_flights.punctuality_board"'
    ends = {(upstream, downstream) for upstream, downstream, _ in shown.upstream(Kind.DASHBOARD, board, depth=3)}
    mart = "duckdb.warehouse.marts.delay_by_carrier"

    assert (mart, board) in ends
    assert ("duckdb.warehouse.staging.stg_flights", mart) in ends
    assert ("duckdb.warehouse.raw.flights", "duckdb.warehouse.staging.stg_flights") in ends
    assert any("flights" in upstream for upstream, _, _ in shown.upstream(Kind.TABLE, "duckdb.warehouse.raw.flights"))
    assert shown.upstream(Kind.TABLE, "duckdb.warehouse.raw.airline_fleets__planes")


def test_edges_carry_columns_sql_and_the_pipeline(shown: Shown) -> None:
    """An edge into a mart says which column comes from which, by which statement, in which pipeline."""
    mart = "duckdb.warehouse.marts.delay_by_carrier"
    edges = {upstream: details for upstream, _, details in shown.upstream(Kind.TABLE, mart)}
    details = edges["duckdb.warehouse.staging.stg_airlines"]

    assert details["source"] == "DbtLineage"
    assert "stg_airlines" in details["sqlQuery"]
    assert details["pipeline"]["type"] == "pipeline"
    assert {(tuple(mapping["fromColumns"]), mapping["toColumn"]) for mapping in details["columnsLineage"]} >= {
        (("duckdb.warehouse.staging.stg_airlines.airline",), f"{mart}.airline")
    }


def test_a_mart_is_described_and_tagged(shown: Shown) -> None:
    """Description, columns' words and the mapped tag are those of the code."""
    mart = shown.table("marts", "delay_by_carrier")
    words = {column["name"]: column.get("description") for column in mart["columns"]}

    assert mart["description"] == "How late each airline is."
    assert words["avg_departure_delay"] == "In minutes."
    assert "Tier.Tier1" in {tag["tagFQN"] for tag in mart["tags"]}
    assert shown.table("raw", "airline_fleets__planes")["columns"]


def test_runs_and_tests_are_there(shown: Shown) -> None:
    """Both jobs are pipelines whose last run succeeded, and the test that warns says so."""
    for job in ("load_flights", "refresh_marts"):
        name = EntityName(Kind.PIPELINE, ("dagster", f"nyc_flights.{job}"))
        pipeline = shown.client.get(name.path, {"fields": "*"})
        assert pipeline is not None
        assert pipeline["pipelineStatus"]["executionStatus"] == "Successful"
    case = EntityName(Kind.TEST_CASE, (*DATABASE, "raw", "weather", "plausible_wind"))
    found = shown.client.get(case.path, {"fields": "*"})
    assert found is not None
    assert found["testCaseResult"]["result"].startswith("warn")


@pytest.mark.long
def test_a_server_that_is_away_is_said(shown: Shown) -> None:
    """Without an answer the demo runs to its end, says that events wait, and ends with 1."""
    shown.server.stop()
    try:
        demo = run_demo(
            shown.demo.folder,
            shown.demo.home,
            exit_code=1,
            OPENMETADATA_URL=shown.server.url,
            OPENMETADATA_JWT=shown.server.jwt,
        )
    finally:
        shown.server.start()

    assert "events wait and 0 are dead: `phlo-hooks status` says why" in demo.output
    assert "Done in" in demo.output
