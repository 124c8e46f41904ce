from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from phlo_hooks.datasets import ColumnEdge, DatasetRef
from phlo_hooks.subscribers.openmetadata.edges import edges_into, edges_of_exposure, settled
from phlo_hooks.subscribers.openmetadata.facts import EdgeFact, LineageFact
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.requests import ColumnFlow, PutEdge, SettleEdges
from tests.openmetadata.known_shop import (
    AT,
    BOARD,
    JOB,
    MART,
    NAMING,
    ORDERS_API,
    RAW,
    STAGING,
    KnownFacts,
    flows,
    named,
    run_of,
    shop,
    table,
)


def drawn(ref: DatasetRef, known: KnownFacts, options: Options | None = None) -> list[PutEdge]:
    return [*edges_into(known.tables[named(ref)], known, NAMING, options or Options())]


def told(*edges: EdgeFact, teller: str = "marts/revenue", minutes: int = 0) -> LineageFact:
    return LineageFact(downstream=named(MART), teller=teller, at=AT + timedelta(minutes=minutes), edges=edges)


def reads(*edges: EdgeFact) -> KnownFacts:
    """Make a mart that is made so, of a raw and a staging table."""
    return KnownFacts().put(table(MART, "total"), table(RAW, "id"), table(STAGING, "id"), told(*edges))


def test_edge_says_columns_statement_and_pipeline() -> None:
    """An edge of dbt carries the flow of columns with how, the statement, and the pipeline that made the table."""
    assert drawn(MART, shop()) == [
        PutEdge(
            upstream=named(STAGING),
            downstream=named(MART),
            source="DbtLineage",
            columns=(ColumnFlow(upstream=("amount",), downstream="total", function="aggregation"),),
            pipeline=JOB,
            sql="select 1",
        )
    ]


@pytest.mark.parametrize(
    ("origin", "source"),
    [
        ("dbt", "DbtLineage"),
        ("dlt", "PipelineLineage"),
        ("dagster", "PipelineLineage"),
        ("user", "PipelineLineage"),
        ("sql", "PipelineLineage"),
        ("publish", "PipelineLineage"),
        ("of tomorrow", "PipelineLineage"),
    ],
)
def test_source_of_an_edge(origin: str, source: str) -> None:
    """Only dbt's edges are dbt's lineage; no edge has a source that database connectors clear away."""
    (edge,) = drawn(MART, reads(EdgeFact(upstream=named(RAW), origin=origin)))

    assert edge.source == source


def test_dataset_has_no_edge_to_itself() -> None:
    """An incremental model that reads itself has no edge to itself, and settling names none."""
    known = reads(EdgeFact(upstream=named(MART), origin="dbt"), EdgeFact(upstream=named(RAW), origin="dbt"))

    assert [edge.upstream for edge in drawn(MART, known)] == [named(RAW)]
    assert settled(known.tables[named(MART)], known) == SettleEdges(downstream=named(MART), upstream=(named(RAW),))


def test_end_of_which_nothing_is_known_has_no_edge() -> None:
    """The server would refuse an edge with an end that nobody put there."""
    known = reads(EdgeFact(upstream=named(ORDERS_API), origin="dlt"), EdgeFact(upstream=named(RAW), origin="dbt"))

    assert [edge.upstream for edge in drawn(MART, known)] == [named(RAW)]


def test_statements_can_be_kept_back() -> None:
    """With ``send_sql = false`` edges carry no statement."""
    assert drawn(MART, shop(), Options(send_sql=False))[0].sql is None


def test_only_values_that_flow_are_drawn() -> None:
    """Columns that filter or join are not drawn, nor those that decide about every row."""
    columns = (
        *flows(("id", "total")),
        ColumnEdge(upstream_column="id", downstream_column="total", kind="indirect", transformation="filter"),
        ColumnEdge(upstream_column="id", downstream_column=None, kind="indirect", transformation="join"),
    )

    (edge,) = drawn(MART, reads(EdgeFact(upstream=named(RAW), origin="dbt", columns=columns)))

    assert edge.columns == (ColumnFlow(upstream=("id",), downstream="total"),)


def test_flow_is_one_for_each_downstream_column() -> None:
    """Columns that flow into one stand together, sorted; of several ways the strongest is named, identity never."""
    columns = (
        *flows(("id", "total"), how="transformation"),
        *flows(("amount", "total"), how="aggregation"),
        *flows(("id", "copy")),
        *flows(("id", "Copy")),
    )

    (edge,) = drawn(MART, reads(EdgeFact(upstream=named(RAW), origin="dbt", columns=columns)))

    assert edge.columns == (
        ColumnFlow(upstream=("id",), downstream="Copy"),
        ColumnFlow(upstream=("id",), downstream="copy"),
        ColumnFlow(upstream=("amount", "id"), downstream="total", function="aggregation"),
    )


def test_columns_are_spelled_as_both_tables_have_them() -> None:
    """Where case does not matter, an edge's columns are those of the tables: no second spelling, no refusal."""
    (edge,) = drawn(MART, reads(EdgeFact(upstream=named(RAW), origin="dbt", columns=flows(("ID", "TOTAL")))))

    assert edge.columns == (ColumnFlow(upstream=("id",), downstream="total"),)


def test_tellers_of_one_edge_are_joined() -> None:
    """Of two assets that are one dataset both flows are drawn, with the newest statement, as dbt's if dbt is one."""
    old = EdgeFact(upstream=named(RAW), origin="dbt", columns=flows(("id", "total")), sql="old")
    new = EdgeFact(upstream=named(RAW), origin="dagster", columns=flows(("amount", "total")), sql="new")
    silent = EdgeFact(upstream=named(RAW), origin="dagster")
    known = reads(old).put(told(new, teller="another", minutes=1), told(silent, teller="third", minutes=2))

    (edge,) = drawn(MART, known)

    assert (edge.source, edge.sql) == ("DbtLineage", "new")
    assert edge.columns == (ColumnFlow(upstream=("amount", "id"), downstream="total"),)


def test_settling_names_what_all_tellers_say() -> None:
    """An edge that one of a dataset's assets still tells is not taken back when another's run succeeds."""
    known = reads(EdgeFact(upstream=named(STAGING), origin="dbt")).put(
        told(EdgeFact(upstream=named(RAW), origin="dagster"), teller="another")
    )

    assert settled(known.tables[named(MART)], known) == SettleEdges(
        downstream=named(MART), upstream=(named(RAW), named(STAGING))
    )


def test_what_never_had_lineage_is_not_settled() -> None:
    """No edge is taken back because knowledge is missing; a dataset that now reads nothing says so."""
    assert settled(table(MART), KnownFacts()) is None
    assert settled(table(MART), reads()) == SettleEdges(downstream=named(MART), upstream=())


@pytest.mark.parametrize(("status", "settles"), [("success", True), ("failure", False), ("started", False)])
def test_only_a_run_that_succeeded_says_all(status: str, settles: bool) -> None:  # noqa: FBT001  # a table of cases
    """What a failed run left out stays, also when the run before it is told again; so does what one still tells."""
    known = reads(EdgeFact(upstream=named(STAGING), origin="dbt")).put(
        replace(told(EdgeFact(upstream=named(RAW), origin="dagster"), teller="another"), run_id="run-2"),
        run_of("run-2", status),
    )

    assert (settled(known.tables[named(MART)], known) is not None) is settles


def test_edges_of_an_exposure() -> None:
    """A dashboard hangs on each table that it reads and is known, without columns or pipeline; these are all."""
    known = shop()
    exposure = replace(known.exposures[BOARD], upstream=(named(STAGING), named(MART), named(STAGING)))
    del known.tables[named(STAGING)]

    assert [*edges_of_exposure(exposure, known)] == [
        PutEdge(upstream=named(MART), downstream=BOARD, source="DashboardLineage"),
        SettleEdges(downstream=BOARD, upstream=(named(MART), named(STAGING))),
    ]
