"""What a loader brought: child tables and sources."""

from __future__ import annotations

import pytest

from phlo_hooks.subscribers.openmetadata.learning.datasets import format_of
from phlo_hooks.subscribers.openmetadata.learning.loads import PARTITIONS
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from tests.openmetadata.learning_shop import (
    API,
    NAMING,
    Learner,
    Run,
    columns,
    load_with_child,
    same,
    table,
)

ORDERS, LINES = table("raw.orders"), table("raw.orders__lines")


def source(url: str) -> EntityName:
    """Return a source's entity."""
    found = NAMING.source(url)
    assert found is not None
    return found


def test_a_child_table_has_its_columns_and_its_maker() -> None:
    """It is no asset, and belongs to the pipeline, group and stage of the one that it came with."""
    learner, run = Learner(), Run()

    learner(load_with_child(run))

    fact = learner.known.table(LINES)
    assert fact is not None
    assert (fact.asset_keys, fact.maker, fact.made) == ((), "raw/orders", True)
    assert (fact.columns, fact.stage, fact.group) == (columns("sku", "_dlt_parent_id"), "ingestion", "raw")
    assert fact.pipeline is not None


def test_the_fields_of_the_only_source_are_the_loaded_columns() -> None:
    """An endpoint has the table's columns without the loader's own, and each flows into the column of its name."""
    learner, run = Learner(), Run()

    learner(load_with_child(run))

    endpoint = learner.known.table(source(API))
    (parent,), (child,) = learner.known.lineage(ORDERS), learner.known.lineage(LINES)
    assert endpoint is not None
    assert endpoint.name.kind is Kind.API_ENDPOINT
    assert (endpoint.endpoint, endpoint.columns, endpoint.made) == (API, columns("id", "total"), False)
    assert (parent.teller, parent.edges[0].origin) == ("load:raw/orders", "dlt")
    assert parent.edges[0].columns == same("id", "total")
    assert (child.edges[0].upstream, child.edges[0].columns) == (source(API), ())


def test_of_several_sources_nobody_knows_which_has_which_column() -> None:
    """Each is drawn to the table, without columns."""
    learner, run = Learner(), Run()
    urls = (API, "https://api.example.org/v1/returns")

    learner(load_with_child(run, sources=urls))

    (fact,) = learner.known.lineage(ORDERS)
    assert {each.upstream for each in fact.edges} == set(map(source, urls))
    assert all(not each.columns for each in fact.edges)
    assert all(known.columns == () for url in urls if (known := learner.known.table(source(url))))


def test_a_source_table_has_the_columns_that_lineage_speaks_of() -> None:
    """Its types are others' to tell, as the loader knows only those of its own table."""
    learner, run = Learner(), Run()
    url = "postgresql://crm:5432/crm#public.orders"

    learner(load_with_child(run, sources=(url,)))

    fact = learner.known.table(source(url))
    assert fact is not None
    assert (fact.columns, fact.seen_columns) == ((), ("id", "total"))


def test_files_say_their_format() -> None:
    """A file is a container with its address and format."""
    learner, run = Learner(), Run()

    learner(run.load(columns=columns("id"), sources=("s3://lake/in/orders.csv.gz",)))

    fact = learner.known.table(source("s3://lake/in/orders.csv.gz"))
    assert fact is not None
    assert (fact.name.kind, fact.endpoint, fact.format) == (Kind.CONTAINER, "s3://lake/in/orders.csv.gz", "csv")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b.parquet", "parquet"),
        ("b.json.zst", "json"),
        ("c.ndjson", "jsonl"),
        ("folder.d/plain", None),
        ("x.gz", None),
    ],
)
def test_formats(path: str, expected: str | None) -> None:
    """The end of the name decides, what packs it aside."""
    assert format_of(path) == expected


def test_partitions_may_each_have_a_source_of_their_own() -> None:
    """A load of one partition takes nothing from those of the others; the same partition's replaces it."""
    learner = Learner()
    learner(Run(1).load(partition_key="a", sources=("s3://lake/a.csv",)))
    learner(Run(2).load(partition_key="b", sources=("s3://lake/b.csv",)))

    learner(Run(3).load(partition_key="a", sources=("s3://lake/a2.csv",)))

    (fact,) = learner.known.lineage(ORDERS)
    assert [each.upstream.name for each in fact.edges] == ["a2.csv", "b.csv"]


def test_only_the_newest_partitions_are_remembered() -> None:
    """An asset with a partition and a file for each day does not grow for ever."""
    learner = Learner()

    for day in range(PARTITIONS + 5):
        learner(Run(day).load(partition_key=str(day), sources=(f"s3://lake/{day}.csv",)))

    (fact,) = learner.known.lineage(ORDERS)
    assert len(fact.edges) == PARTITIONS


def test_a_load_that_found_nothing_keeps_the_sources() -> None:
    """Without data a loader may not have got as far as its sources."""
    learner = Learner()
    learner(load_with_child(Run(1)))

    learner(load_with_child(Run(2), status="no_data", sources=("https://api.example.org/other",)))

    (fact,) = learner.known.lineage(ORDERS)
    assert [each.upstream for each in fact.edges] == [source(API)]


def test_a_run_that_succeeded_settles_loaded_tables() -> None:
    """A source that is read no more goes like any other dependency."""
    learner, run = Learner(), Run()

    learned = learner(run.start(), load_with_child(run), run.end())

    assert learned.settled == {ORDERS, LINES}
