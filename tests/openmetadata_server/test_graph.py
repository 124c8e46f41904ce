"""After a run, the whole graph is in the server."""

from __future__ import annotations

from typing import Any

from tests.openmetadata_server.platform import Platform, flights
from tests.openmetadata_server.shop_runs import Check, Run
from tests.openmetadata_standin import StandIn

NIGHTLY = 'dagster."nyc_flights.load_flights"'
SHOP = 'dagster."shop.nightly"'


def edges(server: StandIn) -> dict[str, Any]:
    """Return the edges, by their ends."""
    found: dict[str, Any] = server.dump()["edges"]
    return found


def test_example_is_told_whole(shop: Platform, server: StandIn) -> None:
    """Source, raw and child tables, staging, marts, files; each edge carries its pipeline; nothing is refused."""
    shop.append(flights())

    report = shop.drain()

    assert report.complete, report.note
    assert server.journal.refused == []
    found = edges(server)
    assert {edge["pipeline"] for edge in found.values()} == {f"pipeline {NIGHTLY}"}
    chain = [
        'container file."/data/nycflights/flights.csv.zip" -> table duckdb.warehouse.raw.flights',
        "table duckdb.warehouse.raw.flights -> table duckdb.warehouse.staging.stg_flights",
        "table duckdb.warehouse.staging.stg_flights -> table duckdb.warehouse.marts.delay_by_carrier",
        'table duckdb.warehouse.marts.delay_by_carrier -> container file."/lake/marts/delay_by_carrier.parquet"',
        "table duckdb.warehouse.raw.airline_fleets__planes -> table duckdb.warehouse.staging.stg_fleets",
    ]
    assert set(chain) <= found.keys()
    assert all(found[each]["columnsLineage"] for each in chain)
    assert {found[each]["source"] for each in chain} == {"PipelineLineage", "DbtLineage"}
    assert "select" in found[chain[1]]["sqlQuery"]


def test_tests_of_the_example_are_told(shop: Platform, server: StandIn) -> None:
    """All that passed and the one that warned, at the time of its event, opening no incident."""
    shop.append(flights())
    shop.drain()

    state = server.dump()
    results = [result for case in state["results"].values() for result in case.values()]
    (warned,) = [each for each in results if each["result"].startswith("warn")]
    assert len(results) == 26
    assert {each["testCaseStatus"] for each in results} == {"Success"}
    assert warned["testCaseFQN"] == "duckdb.warehouse.raw.weather.plausible_wind"
    assert state["incidents"] == []


def test_tasks_stand_in_their_order(shop: Platform, server: StandIn) -> None:
    """A task per asset, named by its key, with what comes after it."""
    shop.append(flights())
    shop.drain()

    tasks = {each["name"]: each for each in server.dump()["entities"]["pipeline"][NIGHTLY]["tasks"]}
    assert tasks["raw__flights"]["downstreamTasks"] == ["staging__stg_flights"]
    assert "published__parquet" in tasks["marts__delay_by_carrier"]["downstreamTasks"]


def test_runs_end_as_they_ended(shop: Platform, server: StandIn) -> None:
    """Success, failure and cancellation, with the tasks' own ends; what was skipped is skipped."""
    broken = Run(day=1, status="failure", broken="staging/stg_orders", publish=False)
    canceled = Run(day=2, status="canceled", models=(), publish=False)
    for run in (Run(), broken, canceled):
        shop.append(run.events())
    shop.drain()

    runs = server.dump()["runs"][SHOP]
    assert [runs[run.ms]["executionStatus"] for run in (Run(), broken, canceled)] == ["Successful", "Failed", "Failed"]
    tasks = {each["name"]: each["executionStatus"] for each in runs[broken.ms]["taskStatus"]}
    assert (tasks["raw__orders"], tasks["staging__stg_orders"]) == ("Successful", "Failed")


def test_all_outcomes_of_checks(shop: Platform, server: StandIn) -> None:
    """One explicit word for each; only a failure opens an incident, and the next pass resolves it."""
    key = "staging/stg_orders"
    outcomes = {"pass": "Success", "warn": "Success", "fail": "Failed", "error": "Aborted", "skipped": "Aborted"}
    checks = tuple(Check(key, f"check_{outcome}", outcome) for outcome in outcomes)
    shop.append(Run(checks=checks).events())
    shop.drain()
    found = {
        fqn.rpartition("check_")[2]: next(iter(results.values()))["testCaseStatus"]
        for fqn, results in server.dump()["results"].items()
    }
    opened = server.dump()["incidents"]

    shop.append(Run(day=1, checks=(Check(key, "check_fail"),)).events())
    shop.drain()

    case = "duckdb.shop.staging.stg_orders.check_fail"
    assert found == outcomes
    assert opened == [f"{case}: New"]
    assert server.dump()["incidents"] == [f"{case}: New Resolved"]


def test_quiet_run_costs_a_handful_of_calls(shop: Platform, server: StandIn) -> None:
    """Status, results and sizes; no table, no edge, no pipeline."""
    shop.append(Run().events())
    shop.drain()
    server.journal.clear()

    shop.append(Run(day=1).events())
    shop.drain()

    assert len(server.journal) <= 15, server.journal.lines
    assert {line.split(" ")[1].split("/")[0] for line in server.journal.writes} == {
        "pipelines",
        "tables",
        "dataQuality",
    }
    assert not [line for line in server.journal.writes if line.startswith(("PUT tables ->", "PUT pipelines ->"))]


def test_adhoc_runs_make_no_pipeline_of_their_own(shop: Platform, server: StandIn) -> None:
    """Without a job there is one pipeline for each asset group, never ``__ASSET_JOB``."""
    shop.append(Run(job=None).events())
    shop.drain()

    pipelines = server.dump()["entities"]["pipeline"].keys()
    assert pipelines == {f'dagster."shop.group.{group}"' for group in ("raw", "models", "publish")}
    assert all(edge["pipeline"].startswith('pipeline dagster."shop.group.') for edge in edges(server).values())
