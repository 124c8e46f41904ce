"""What events say of edges, and when edges of former times can go."""

from __future__ import annotations

from dataclasses import replace

from phlo_hooks.catalog import Catalog, KnownAsset, KnownUpstream
from phlo_hooks.datasets import DatasetRef
from phlo_hooks.subscribers.openmetadata.facts import LineageFact
from phlo_hooks.subscribers.openmetadata.learning import learn_catalog
from tests.openmetadata.learning_shop import (
    MART,
    NAMING,
    RAW,
    STAGED,
    UNKNOWN,
    Learner,
    Run,
    columns,
    edge,
    outside,
    ref,
    same,
    table,
)

CUSTOMERS = ref("shop.raw.customers")
STG = table("staging.orders")


def only(learner: Learner) -> LineageFact:
    """The one fact about the staging table."""
    (fact,) = learner.known.lineage(STG)
    return fact


def test_an_event_tells_the_edges_of_a_table() -> None:
    """Edges carry origin, columns and statement, and say which asset and run told them; both ends are known."""
    learner, run = Learner(), Run()
    learner(run.start())

    learned = learner(run.lineage(edge(RAW, STAGED, "id"), edge(CUSTOMERS, STAGED), sql="select 1"))

    fact = only(learner)
    assert (fact.teller, fact.run_id, fact.at) == ("staging/orders", run.id, run.now)
    assert [(each.upstream, each.origin, each.columns, each.sql) for each in fact.edges] == [
        (table("raw.customers"), "dbt", (), "select 1"),
        (table("raw.orders"), "dbt", same("id"), "select 1"),
    ]
    assert learned.lineages == {STG}
    assert learned.tables == {STG, table("raw.orders"), table("raw.customers")}


def test_a_later_event_replaces_what_its_asset_told() -> None:
    """A dropped dependency is gone from the facts at once."""
    learner = Learner()
    learner(Run(1).lineage(edge(RAW, STAGED), edge(CUSTOMERS, STAGED)))

    learned = learner(Run(2).lineage(edge(RAW, STAGED)))

    assert [each.upstream for each in only(learner).edges] == [table("raw.orders")]
    assert learned.lineages == {STG}


def test_two_assets_may_tell_of_one_table() -> None:
    """What one says takes nothing from what the other says."""
    learner, run = Learner(), Run()

    learner(run.lineage(edge(RAW, STAGED)), run.lineage(edge(CUSTOMERS, STAGED), key="staging/more"))

    assert [fact.teller for fact in learner.known.lineage(STG)] == ["staging/more", "staging/orders"]


def test_the_success_of_a_run_settles_what_it_told() -> None:
    """Edges of former times go when the run that told the new ones has succeeded, not before."""
    learner, run = Learner(), Run()
    before = learner(run.start(), run.lineage(edge(RAW, STAGED)))

    end = run.end()
    after = learner(end)

    assert before.settled == frozenset()
    assert after.settled == {STG}
    assert learner(end).settled == frozenset()


def test_a_run_that_does_not_succeed_settles_nothing() -> None:
    """A failed, canceled or lost run removes nothing."""
    for status in ("failure", "canceled"):
        learner, run = Learner(), Run()

        learned = learner(run.start(), run.lineage(edge(RAW, STAGED)), run.end(status))

        assert learned.settled == frozenset()


def test_late_lineage_of_a_run_that_succeeded_settles_at_once() -> None:
    """The end of the run may be known before all that it told."""
    learner, run = Learner(), Run()
    late = run.lineage(edge(RAW, STAGED))
    learner(run.start(), run.end())

    learned = learner(late)

    assert learned.settled == {STG}
    assert learner(late).settled == frozenset()


def test_lineage_outside_of_runs_settles_at_once() -> None:
    """Nobody says later that it was complete."""
    learner, run = Learner(), Run()
    event = outside(run.lineage(edge(RAW, STAGED), key=None))

    learned = learner(event)

    assert learned.settled == {STG}
    assert only(learner).teller == ""
    assert learner(event).settled == frozenset()


def test_an_upstream_asset_is_found_where_it_is_now() -> None:
    """An edge whose upper end was not resolved when it was told appears when that asset's dataset is known."""
    learner, run = Learner(), Run()
    learner(run.lineage(edge(UNKNOWN, STAGED, upstream_asset_key="raw/orders")))
    before = only(learner).edges

    learner(run.load())

    assert before == ()
    assert [each.upstream for each in only(learner).edges] == [table("raw.orders")]


def test_a_table_never_points_at_itself() -> None:
    """An incremental model that reads itself has no edge to itself."""
    learner, run = Learner(), Run()

    learner(run.lineage(edge(STAGED, STAGED, "id"), edge(RAW, STAGED, "id")))

    assert [each.upstream for each in only(learner).edges] == [table("raw.orders")]


def test_a_table_below_that_nobody_knows_has_no_edges() -> None:
    """Of an asset whose dataset is unknown nothing is told, though what it reads is."""
    learner, run = Learner(), Run()

    learner(run.lineage(edge(RAW, UNKNOWN, "id")))

    assert not list(learner.known.all_lineages())
    assert learner.known.table(table("raw.orders")) is not None


def declared(*upstream: DatasetRef) -> Catalog:
    """The staging table as code declares it."""
    asset = KnownAsset(
        key="staging/orders",
        dataset=STAGED,
        rule="metadata",
        why="",
        code_location="shop",
        upstreams=tuple(KnownUpstream(dataset=each) for each in upstream),
    )
    return Catalog(digest=str(upstream), assets=(asset,))


def test_an_asset_that_reads_nothing_any_more_loses_its_edges() -> None:
    """Dagster tells no lineage of it: that it declares nothing, was made, and its run succeeded, settles it."""
    learner, second = Learner(), Run(2)
    learner(Run(1).lineage(edge(RAW, STAGED)))
    learn_catalog(declared(), learner.known, NAMING)

    made = learner(second.start(), second.transform(columns=columns("id")))
    over = learner(second.end())

    assert only(learner).edges == ()
    assert made.lineages == {STG}
    assert over.settled == {STG}


def test_an_asset_that_declares_to_read_something_keeps_its_edges() -> None:
    """Lineage that did not come says nothing, as its record may have been lost."""
    learner, second = Learner(), Run(2)
    learner(Run(1).lineage(edge(RAW, STAGED)))
    learn_catalog(declared(RAW), learner.known, NAMING)

    learned = learner(second.start(), second.transform(columns=columns("id")), second.end())

    assert [each.upstream for each in only(learner).edges] == [table("raw.orders")]
    assert learned.settled == frozenset()


def test_code_that_is_not_known_takes_no_edges_away() -> None:
    """Without a catalog nobody knows what an asset declares; nor does one who is not Dagster tell it."""
    learner, second = Learner(), Run(2)
    learner(Run(1).lineage(edge(RAW, STAGED)))

    unknown = learner(second.start(), second.transform(), second.end())
    learn_catalog(declared(), learner.known, NAMING)
    foreign = learner(replace(Run(3).transform(), source="airflow"))

    assert (unknown.settled, foreign.lineages) == (frozenset(), frozenset())
    assert only(learner).edges != ()


def test_what_a_lineage_event_says_holds_against_what_is_concluded() -> None:
    """The record that made a table may bring its lineage after all, whichever is learned first."""
    learner, run = Learner(), Run()
    learn_catalog(declared(), learner.known, NAMING)
    made = run.transform()
    told = replace(run.lineage(edge(RAW, STAGED)), timestamp=made.timestamp)

    learner(told, made)

    assert [each.upstream for each in only(learner).edges] == [table("raw.orders")]


def test_the_order_of_marts_is_kept() -> None:
    """Facts of different tables stand apart."""
    learner, run = Learner(), Run()

    learner(run.lineage(edge(RAW, STAGED)), run.lineage(edge(STAGED, MART), key="marts/sales"))

    assert [fact.downstream for fact in learner.known.all_lineages()] == [table("marts.sales"), STG]


def test_a_statement_that_cannot_be_found_once_is_not_forgotten() -> None:
    """The file that held it may have been out of reach: edges keep the statement that was told last."""
    learner = Learner()

    learner(Run(1).lineage(edge(RAW, STAGED), sql="select 1"), Run(2).lineage(edge(RAW, STAGED)))

    (found,) = only(learner).edges
    assert found.sql == "select 1"


def test_edges_that_code_emits_stand_beside_those_of_dagster() -> None:
    """What the step tells of its asset is not taken back by what Dagster tells of it when it is made, nor the other."""
    learner, secret = Learner(), ref("shop.raw.secret")
    told = []

    for number in (1, 2):
        run = Run(number)
        learner(run.start("staging/orders"), run.lineage(edge(secret, STAGED, origin="user")))
        told.append(learner(run.transform(), run.lineage(edge(RAW, STAGED)), run.end()))

    facts = learner.known.lineage(table("staging.orders"))
    assert {each.upstream for fact in facts for each in fact.edges} == {table("raw.orders"), table("raw.secret")}
    assert not told[1].lineages
