"""What events say of datasets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from phlo_hooks.datasets import Column, DatasetRef
from phlo_hooks.events import HookEvent, IngestionEvent, LineageEvent
from phlo_hooks.subscribers.openmetadata.facts import Learned
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.options import Options, ServiceRule
from tests.openmetadata.learning_shop import (
    MART,
    RAW,
    STAGED,
    Learner,
    Run,
    columns,
    edge,
    pipeline,
    ref,
    table,
)

ORDERS = table("raw.orders")


def test_the_end_of_an_asset_makes_its_table() -> None:
    """A table is known by its columns, asset, stage, group, owners and code location, with the job that makes it."""
    learner, run = Learner(), Run()

    learned = learner(run.start(), run.load(columns=columns("id"), owners=("team:core",)))

    fact = learner.known.table(ORDERS)
    assert fact is not None
    assert learned.tables == {ORDERS}
    assert (fact.name, fact.dataset, fact.made) == (ORDERS, RAW, True)
    assert (fact.asset_keys, fact.owners) == (("raw/orders",), ("team:core",))
    assert (fact.stage, fact.group) == ("ingestion", "raw")
    assert (fact.columns, fact.code_location, fact.pipeline) == (columns("id"), "shop", pipeline())


@pytest.mark.parametrize("status", ["failure", "skipped", "canceled", "lost", "retry"])
def test_what_did_not_go_well_teaches_nothing(status: str) -> None:
    """An end that is no success makes no table and takes no column away."""
    learner, run = Learner(), Run()

    learned = learner(run.start(), run.load(status=status, columns=columns("id"), sources=("https://x.org/a",)))

    assert learned.tables == frozenset()
    assert learned.lineages == frozenset()
    assert learner.known.table(ORDERS) is None


def test_a_start_makes_no_table() -> None:
    """A table whose first run has only begun may never come to be."""
    learner, run = Learner(), Run()

    learner(run.make(IngestionEvent, "ingestion.start", asset_key="raw/orders", dataset=RAW, status="started"))

    assert learner.known.table(ORDERS) is None


def test_no_data_is_a_success() -> None:
    """A load that found nothing new still tells the table."""
    learner, run = Learner(), Run()

    learner(run.load(status="no_data", rows=0, columns=columns("id")))

    assert learner.known.table(ORDERS) is not None


def test_an_observed_source_is_known_and_not_made() -> None:
    """What was looked at has columns, and no pipeline makes it."""
    learner, run = Learner(), Run()

    learner(run.asset("asset.observed", "raw/orders", RAW, columns=columns("id"), description="All orders."))

    fact = learner.known.table(ORDERS)
    assert fact is not None
    assert (fact.made, fact.pipeline, fact.columns, fact.description) == (False, None, columns("id"), "All orders.")


def test_an_older_event_fills_gaps_and_overwrites_nothing() -> None:
    """Columns and description each belong to the newest event that said something about them."""
    learner, early, late = Learner(), Run(1), Run(2)
    old = early.asset("asset.materialized", "raw/orders", RAW, columns=columns("old"), description="Orders.")

    learner(late.load(columns=columns("new")), old)

    fact = learner.known.table(ORDERS)
    assert fact is not None
    assert (fact.columns, fact.description, fact.stage) == (columns("new"), "Orders.", "ingestion")
    assert fact.at == late.now


def test_an_event_without_columns_leaves_those_that_are_known() -> None:
    """Saying nothing of columns is not saying that there are none."""
    learner = Learner()

    learner(Run(1).load(columns=columns("id")), Run(2).load())

    fact = learner.known.table(ORDERS)
    assert fact is not None
    assert fact.columns == columns("id")


def test_a_run_that_changes_no_structure_is_quiet() -> None:
    """The same run a day later tells its status, results and profiles, and nothing of tables, edges, pipelines."""
    learner = Learner()

    def events(run: Run) -> list[HookEvent]:
        return [
            run.start("raw/orders", "staging/orders"),
            run.load(columns=columns("id"), rows=3, sources=("https://api.example.org/orders",)),
            run.transform(columns=columns("id"), rows=3),
            run.lineage(edge(RAW, STAGED, "id", upstream_asset_key="raw/orders"), sql="select 1"),
            run.check(),
            run.end(),
        ]

    learner(*events(Run(1)))
    second = learner(*events(Run(25)))

    assert second == Learned(
        settled=second.settled, runs=frozenset(["run-25"]), results=second.results, profiles=second.profiles
    )
    assert (len(second.results), len(second.profiles)) == (1, 2)


def lake() -> tuple[Learner, DatasetRef, DatasetRef]:
    """Names are left as they are spelled, on a platform where case tells none apart; one table, spelled twice."""
    rule = ServiceRule(platform="duckdb", case="preserve")
    first, second = (DatasetRef(namespace="duckdb://lake", name=f"lake.raw.{name}") for name in ("Orders", "ORDERS"))
    return Learner(naming=Naming(Options(services=[rule]), deployment="test")), first, second


def test_two_spellings_are_one_table_where_the_platform_has_one_case() -> None:
    """The name is spelled as its maker spells it; readers find it by their spelling."""
    (learner, made, read), run = lake(), Run()

    learner(run.lineage(edge(read, STAGED, "id")), run.load(made, columns=columns("id")))

    facts = [fact for fact in learner.known.all_tables() if fact.asset_keys]
    (lineage,) = learner.known.lineage(table("staging.orders"))
    assert [fact.name.name for fact in facts] == ["Orders"]
    assert lineage.edges[0].upstream == facts[0].name
    assert learner.known.table(replace(facts[0].name, parts=(*facts[0].name.parts[:3], "ORDERS"))) == facts[0]


def test_a_new_spelling_by_the_maker_keeps_the_name() -> None:
    """The first spelling of those who make a table stays its name: another one would be another entity."""
    learner, first, second = lake()

    learner(Run(1).load(first), Run(2).load(second))

    assert [fact.name.name for fact in learner.known.all_tables()] == ["Orders"]


def test_an_asset_that_moves_leaves_its_former_table() -> None:
    """Only the dataset that an asset is now has it among its assets; both are told."""
    learner, moved = Learner(), ref("shop.raw.orders_v2")
    learner(Run(1).load(columns=columns("id")))

    learned = learner(Run(2).load(moved, columns=columns("id")))

    facts = {fact.dataset: fact.asset_keys for fact in learner.known.all_tables()}
    assert facts == {RAW: (), moved: ("raw/orders",)}
    assert learned.tables == {ORDERS, table("raw.orders_v2")}


def test_columns_that_only_lineage_speaks_of_are_seen() -> None:
    """Of a table that nobody reports, the columns are those that lineage names now, on either side."""
    learner, source = Learner(), ref("shop.raw.customers")
    learner(Run(1).lineage(edge(source, STAGED, "id", "name")))

    learned = learner(Run(2).lineage(edge(source, STAGED, "id", "mail")))

    fact, made = learner.known.table(table("raw.customers")), learner.known.table(table("staging.orders"))
    assert fact is not None
    assert made is not None
    assert (fact.seen_columns, fact.columns, fact.made) == (("id", "mail"), (), False)
    assert made.seen_columns == ("id", "mail")
    assert table("raw.customers") in learned.tables


def test_reported_columns_are_all_there_are() -> None:
    """Lineage adds no column to a table whose columns are reported."""
    learner, run = Learner(), Run()

    learner(run.lineage(edge(RAW, STAGED, "id", "gone")), run.load(columns=columns("id")))

    fact = learner.known.table(ORDERS)
    assert fact is not None
    assert fact.seen_columns == ()


def test_the_first_job_that_makes_a_table_stays_its_pipeline() -> None:
    """Runs of another job, and ad-hoc runs before and after, do not flip a table's pipeline."""
    learner = Learner()
    learner(Run(1, job="__ASSET_JOB").load())
    ad_hoc = learner.known.table(ORDERS)

    learner(Run(3, job="daily").load(), Run(4, job="hourly").load(), Run(5, job=None).load())

    fact = learner.known.table(ORDERS)
    assert ad_hoc is not None
    assert fact is not None
    assert ad_hoc.pipeline == pipeline("shop.group.raw")
    assert fact.pipeline == pipeline("shop.daily")


def test_two_assets_that_make_a_table_do_not_take_turns_as_its_pipeline() -> None:
    """Without a job it is the group of the first asset by key, whichever was made last: edges do not change."""
    learner = Learner()
    told: list[Learned] = []

    for number in (1, 2, 3):
        run = Run(number, job="__ASSET_JOB")
        first = run.transform(MART, "marts/a", columns=columns("total"), group_name="left")
        second = run.transform(MART, "marts/b", columns=columns("total"), group_name="right")
        told.append(learner(run.start(), first, run.lineage(edge(RAW, MART, "total"), key="marts/a"), second))

    assert [each.lineages for each in told[1:]] == [set(), set()]
    assert [fact.pipeline for fact in learner.known.all_tables() if fact.made] == [pipeline("shop.group.left")]


def test_a_pipeline_that_becomes_known_redraws_the_edges() -> None:
    """Edges carry their pipeline: they are told again when it is another one, those of readers are not."""
    learner, mart = Learner(), ref("shop.marts.sales")
    ad_hoc = Run(1, job="__ASSET_JOB")
    learner(
        ad_hoc.transform(columns=columns("id")),
        ad_hoc.lineage(edge(RAW, STAGED, "id")),
        ad_hoc.lineage(edge(STAGED, mart, "id"), key="marts/sales"),
    )

    learned = learner(Run(2, job="daily").transform(columns=columns("id")))

    assert learned.lineages == {table("staging.orders")}


def test_new_columns_redraw_the_edges_on_both_sides() -> None:
    """An edge between columns can be drawn only when both tables have them."""
    learner, run = Learner(), Run()
    learner(run.lineage(edge(RAW, STAGED, "id")))

    learned = learner(run.load(columns=columns("id")))

    assert learned.lineages == {table("staging.orders")}


def test_the_type_of_a_column_is_news() -> None:
    """A changed type is told, without drawing edges anew."""
    learner = Learner()
    learner(Run(1).load(columns=(Column(name="id", type="bigint"),)))

    learned = learner(Run(2).load(columns=(Column(name="id", type="text"),)))

    assert learned.tables == {ORDERS}
    assert learned.lineages == frozenset()


def test_the_statement_belongs_to_the_table_that_it_makes() -> None:
    """SQL and dialect come with lineage."""
    learner, run = Learner(), Run()

    learner(run.lineage(edge(RAW, STAGED, "id"), sql="select id from raw.orders", dialect="postgres"))

    fact = learner.known.table(table("staging.orders"))
    assert fact is not None
    assert (fact.sql, fact.dialect, fact.sql_at) == ("select id from raw.orders", "postgres", run.now)
    assert isinstance(run.lineage(), LineageEvent)
