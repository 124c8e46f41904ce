"""The graph of a dbt project without Dagster."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from phlo_hooks.lineage.from_dbt import graph_from_dbt
from phlo_hooks.lineage.graph import Graph, GraphTable
from phlo_hooks.sql_lineage.cache import MemoryLineageCache


@pytest.fixture(scope="session")
def graph(built: Path) -> Graph:
    return graph_from_dbt(built)


def table(graph: Graph, name: str) -> GraphTable:
    return next(each for each in graph.tables if each.name == name)


def edges(graph: Graph) -> set[tuple[str, str, str]]:
    return {(graph.tables[each.source].name, graph.tables[each.target].name, each.origin) for each in graph.edges}


def columns(graph: Graph, source: str, target: str) -> tuple[set[str], set[str]]:
    """Return the direct and indirect column edges between two tables, in words."""
    up, down = table(graph, source), table(graph, target)
    edge = next(each for each in graph.edges if (graph.tables[each.source], graph.tables[each.target]) == (up, down))

    def word(triple: tuple[int, int, int]) -> str:
        below = down.columns[triple[1]].name if triple[1] >= 0 else "*"
        return f"{up.columns[triple[0]].name} > {below} ({graph.transformations[triple[2]]})"

    return {word(each) for each in edge.direct}, {word(each) for each in edge.indirect}


def test_edges_are_what_dbt_declares_and_what_the_sql_reads(graph: Graph) -> None:
    """Declared ones are dbt's; tables written by hand are added; no table has an edge to itself."""
    assert edges(graph) == {
        ("raw.Orders", "staging.stg_orders", "dbt"),
        ("raw.CUSTOMERS", "staging.stg_customers", "dbt"),
        ("raw.payments", "Marts.fct_orders", "dbt"),
        ("raw.payments", "history.payments_history", "dbt"),
        ("raw.Orders", "Marts.late_orders", "sql"),
        ("raw.late_reasons", "Marts.late_orders", "sql"),
        ("staging.stg_orders", "Marts.fct_orders", "dbt"),
        ("staging.stg_orders", "Marts.status_history", "dbt"),
        ("staging.stg_orders", "history.orders_history", "dbt"),
        ("staging.stg_customers", "Marts.dim_customers_v1", "dbt"),
        ("staging.stg_customers", "Marts.dim_customers_v2", "dbt"),
        ("staging.stg_customers", "history.customers_history", "dbt"),
        ("staging.countries", "Marts.dim_customers_v2", "dbt"),
        ("history.orders_history", "Marts.status_history", "dbt"),
        ("Marts.dim_customers_v2", "Marts.customer_orders", "dbt"),
        ("Marts.fct_orders", "Marts.customer_orders", "dbt"),
        ("Marts.fct_orders", "Marts.order_scores", "dbt"),
        ("Marts.customer_orders", "exposure.weekly_report", "dbt"),
        ("Marts.dim_customers_v2", "exposure.weekly_report", "dbt"),
    }


def test_column_edges_are_direct_or_indirect(graph: Graph) -> None:
    """Values that flow are told apart from columns that decide which rows there are."""
    direct, indirect = columns(graph, "Marts.fct_orders", "Marts.customer_orders")

    assert direct == {
        "amount > done_amount (aggregation)",
        "status > done_amount (conditional)",
        "ordered_at > last_ordered_at (aggregation)",
    }
    assert indirect == {"customer_id > * (join)"}


def test_columns_of_a_table_that_nobody_described_are_those_that_are_read(graph: Graph) -> None:
    """A table written by hand has the columns that the SQL names."""
    assert {column.name for column in table(graph, "raw.late_reasons").columns} == {"order_id", "reason"}


def test_tables_say_what_they_are(graph: Graph) -> None:
    """Role, group, kinds, columns with their types, SQL, and why something is missing."""
    stg_orders, scores = table(graph, "staging.stg_orders"), table(graph, "Marts.order_scores")

    assert stg_orders.id == "duckdb://shop_db/shop_db.staging.stg_orders"
    assert (stg_orders.role, stg_orders.stage, stg_orders.group) == ("table", "transform", "staging")
    assert stg_orders.kinds == ("dbt", "view", "duckdb")
    assert {column.name: column.type for column in stg_orders.columns}["amount"] == "DOUBLE"
    assert "lower(status) as status" in (stg_orders.sql or "")
    assert (table(graph, "raw.Orders").role, table(graph, "exposure.weekly_report").role) == ("source", "published")
    assert table(graph, "exposure.weekly_report").url == "https://reports.example.com/weekly"
    assert "python model" in (scores.warning or "")
    assert table(graph, "raw.Orders").columns[0].description == "One order."


def test_the_last_run_is_one_run(graph: Graph) -> None:
    """Models with their times, tests as checks with outcome and message, the failure of one as the run's."""
    (run,) = graph.runs
    (step,) = run.steps

    assert (run.status, run.launcher, step.key) == ("failure", "dbt", "dbt build")
    assert {model.name for model in step.models} >= {"fct_orders", "dim_customers_v1", "countries", "orders_history"}
    assert all(model.status == "success" and model.start is not None for model in step.models)
    failed = [check for check in run.checks if check.outcome == "fail"]
    assert [(check.name, check.message) for check in failed] == [
        ("accepted_values_late_orders_late_reason__weather", "Got 1 result, configured to fail if != 0")
    ]
    assert graph.tables[failed[0].table or 0].name == "Marts.late_orders"


def test_checks_stand_at_their_tables(graph: Graph) -> None:
    """Each with its column, severity and what it counted."""
    (late,) = table(graph, "Marts.late_orders").checks
    (done,) = table(graph, "Marts.customer_orders").checks

    assert (late.outcome, late.column, late.severity, late.failed_rows) == ("fail", "late_reason", "ERROR", 1)
    assert (done.outcome, done.column, done.severity) == ("pass", "done_amount", "WARN")
    assert len(table(graph, "raw.Orders").checks) == 2
    assert table(graph, "Marts.fct_orders").status == "success"


def test_the_graph_is_json(graph: Graph) -> None:
    """It goes out and comes back as it was."""
    assert msgspec.json.decode(msgspec.json.encode(graph), type=Graph) == graph


def test_a_second_time_comes_from_the_cache(built: Path, graph: Graph) -> None:
    """With a cache the graph is the same."""
    cache = MemoryLineageCache()

    first, second = graph_from_dbt(built, cache=cache), graph_from_dbt(built, cache=cache)

    assert (first.tables, first.edges) == (second.tables, second.edges) == (graph.tables, graph.edges)


def test_a_project_that_never_ran_has_a_graph(built: Path, tmp_path: Path) -> None:
    """A manifest alone is enough; nothing is said of runs."""
    folder = tmp_path / "target"
    folder.mkdir()
    shutil.copy(built / "manifest.json", folder)

    graph = graph_from_dbt(folder, title="the shop", namespaces={"duckdb": "duckdb://elsewhere"})

    assert (graph.title, graph.runs) == ("the shop", ())
    assert {each.status for each in graph.tables} == {""}
    assert table(graph, "raw.payments").namespace == "duckdb://elsewhere"
    assert {check.outcome for each in graph.tables for check in each.checks} == {""}
