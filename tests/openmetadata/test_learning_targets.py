"""Published targets: copies of tables, found by the names that publishers give."""

from __future__ import annotations

import pytest

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.subscribers.openmetadata.facts import LineageFact
from phlo_hooks.subscribers.openmetadata.names import Kind
from tests.openmetadata.learning_shop import MART, STAGED, UNKNOWN, Learner, Run, columns, edge, ref, same, table

FOLDER = DatasetRef(namespace="file", name="/lake/marts")
PUBLIC = ref("shop.public")


def test_files_in_a_folder_are_datasets_of_their_own() -> None:
    """Each has its address, format, maker and the columns of the table that it was copied from."""
    learner, run = Learner(), Run()

    learner(
        run.transform(MART, "marts/sales", columns=columns("day", "total")),
        run.publish({"sales.parquet": "shop.marts.sales"}, FOLDER),
        run.lineage(edge(MART, FOLDER, upstream_asset_key="marts/sales"), key="out/sales"),
    )

    (fact,) = [each for each in learner.known.all_tables() if each.maker]
    (lineage,) = learner.known.lineage(fact.name)
    assert (fact.name.kind, fact.endpoint) == (Kind.CONTAINER, "file:///lake/marts/sales.parquet")
    assert (fact.format, fact.maker, fact.stage) == ("parquet", "out/sales", "publish")
    assert (fact.columns, fact.asset_keys, fact.made) == (columns("day", "total"), (), True)
    assert (lineage.teller, lineage.edges[0].origin) == ("publish:out/sales", "publish")
    assert (lineage.edges[0].upstream, lineage.edges[0].columns) == (table("marts.sales"), same("day", "total"))


def test_the_folder_leaves_to_its_files_what_they_say() -> None:
    """What a target is copied from is no upstream of the folder; what else the asset reads is."""
    learner, run = Learner(), Run()

    learner(
        run.publish({"sales.parquet": "shop.marts.sales"}, FOLDER),
        run.lineage(edge(MART, FOLDER), edge(STAGED, FOLDER), key="out/sales"),
    )

    (folder,) = [each for each in learner.known.all_tables() if each.asset_keys == ("out/sales",)]
    (lineage,) = learner.known.lineage(folder.name)
    assert [each.upstream for each in lineage.edges] == [table("staging.orders")]


@pytest.mark.parametrize("name", ["shop.marts.sales", "marts.sales", "MARTS.Sales", "sales", "marts/sales"])
def test_a_source_is_found_by_what_publishers_call_it(name: str) -> None:
    """By its whole name, the end of it in any case, or its asset's key."""
    learner, run = Learner(), Run()

    learner(
        run.transform(MART, "marts/sales"),
        run.publish({"public.sales": name}, PUBLIC),
        run.lineage(edge(MART, PUBLIC, upstream_asset_key="marts/sales"), key="out/sales"),
    )

    assert [each.upstream for each in copy_of(learner).edges] == [table("marts.sales")]


def copy_of(learner: Learner) -> LineageFact:
    """What is known of the copy's lineage."""
    (fact,) = [each for each in learner.known.all_lineages() if each.teller == "publish:out/sales"]
    return fact


def test_what_the_publisher_reads_goes_before_other_tables_of_that_name() -> None:
    """Two schemas may each have a table called so."""
    learner, run = Learner(), Run()
    other = ref("shop.archive.sales")

    learner(
        run.transform(other, "archive/sales"),
        run.transform(MART, "marts/sales"),
        run.publish({"public.copy": "sales"}, PUBLIC),
        run.lineage(edge(MART, PUBLIC), key="out/sales"),
    )

    assert [each.upstream for each in copy_of(learner).edges] == [table("marts.sales")]


def test_a_name_that_several_tables_have_means_none() -> None:
    """An edge from the wrong table is worse than none."""
    learner, run = Learner(), Run()

    learner(
        run.transform(ref("shop.archive.sales"), "archive/sales"),
        run.transform(MART, "marts/sales"),
        run.publish({"public.copy": "sales"}, PUBLIC),
    )

    assert copy_of(learner).edges == ()


def test_lineage_that_comes_after_draws_the_copies() -> None:
    """What the publisher reads is told behind its end: only then is the source found, and the copy told again."""
    learner, run = Learner(), Run()
    learner(run.transform(MART, "marts/sales", columns=columns("day")))
    learner(run.transform(ref("shop.archive.sales"), "archive/sales"), run.publish({"public.copy": "sales"}, PUBLIC))

    learned = learner(run.lineage(edge(MART, PUBLIC), key="out/sales"))

    assert table("public.copy") in learned.lineages
    assert table("public.copy") in learned.tables


def test_new_columns_of_the_source_are_the_copys_too() -> None:
    """The copy is told again with the columns that its source has now."""
    learner = Learner()
    learner(
        Run(1).transform(MART, "marts/sales", columns=columns("day")),
        Run(1).publish({"public.copy": "marts.sales"}, PUBLIC),
    )

    learned = learner(Run(2).transform(MART, "marts/sales", columns=columns("day", "total")))

    fact = learner.known.table(table("public.copy"))
    assert fact is not None
    assert fact.columns == columns("day", "total")
    assert {table("public.copy")} <= learned.tables & learned.lineages


def test_the_only_target_has_the_columns_that_the_event_reports() -> None:
    """A copy that reports its own columns has those; edges go by name where both have the column."""
    learner, run = Learner(), Run()

    learner(
        run.transform(MART, "marts/sales", columns=columns("day", "total")),
        run.publish({"public.copy": "marts.sales"}, PUBLIC, columns=columns("TOTAL", "loaded_at")),
    )

    fact = learner.known.table(table("public.copy"))
    assert fact is not None
    assert fact.columns == columns("TOTAL", "loaded_at")
    (column,) = copy_of(learner).edges[0].columns
    assert (column.upstream_column, column.downstream_column) == ("total", "TOTAL")


def test_a_publisher_without_a_dataset_publishes_to_its_system() -> None:
    """Where nothing says where it is, the target system and the target's name are all there is."""
    learner, run = Learner(), Run()

    learner(run.transform(MART, "marts/sales"), run.publish({"bi.sales": "marts.sales"}, UNKNOWN))

    (fact,) = [each for each in learner.known.all_tables() if each.maker]
    assert fact.dataset == DatasetRef(namespace="postgres", name="bi.sales")
    assert [each.upstream for each in copy_of(learner).edges] == [table("marts.sales")]


@pytest.mark.parametrize("status", ["failure", "skipped", "canceled"])
def test_what_was_not_published_is_no_target(status: str) -> None:
    """Only a success hands something over."""
    learner, run = Learner(), Run()

    learner(run.publish({"public.copy": "marts.sales"}, PUBLIC, status=status))

    assert not list(learner.known.all_tables())
