"""Rows that a table has, against rows that were written."""

from __future__ import annotations

from tests.openmetadata.learning_shop import MART, RAW, Learner, Run, columns, load_with_child, ref, table


def test_rows_of_a_load_were_written() -> None:
    """A loader says what it brought, and of child tables too; how large the table is nobody says."""
    learner, run = Learner(), Run()
    event = load_with_child(run)

    parent, child = learner(event).profiles

    assert (parent.table, parent.at, parent.columns) == (table("raw.orders"), event.timestamp, 3)
    assert (parent.written, parent.rows, parent.bytes) == (3, None, None)
    assert (child.table, child.written, child.columns) == (table("raw.orders__lines"), 7, 2)


def test_rows_of_a_model_are_the_tables() -> None:
    """A transform, and an asset without a stage, report what the table has."""
    learner, run = Learner(), Run()

    learned = learner(run.transform(rows=5), run.asset("asset.materialized", "marts/sales", MART, rows=6))

    assert [(each.rows, each.written) for each in learned.profiles] == [(5, None), (6, None)]


def test_rows_of_a_partition_were_written() -> None:
    """A model that counts its partition only says nothing of the whole table; one that counts both does."""
    learner, run = Learner(), Run()
    count = {"dagster/partition_row_count": 5}

    part = learner(run.transform(rows=5, partition_key="a", metadata=count))
    whole = learner(run.transform(rows=50, partition_key="b", metadata=count))

    assert [(each.rows, each.written) for each in part.profiles] == [(None, 5)]
    assert [(each.rows, each.written) for each in whole.profiles] == [(50, None)]


def test_an_observation_may_count_too() -> None:
    """A source that was looked at has the size that was seen."""
    learner, run = Learner(), Run()

    (profile,) = learner(run.asset("asset.observed", "raw/orders", RAW, rows=9)).profiles

    assert profile.rows == 9


def test_rows_of_the_only_target_were_written() -> None:
    """Of several targets nobody says how the rows divide."""
    learner, run = Learner(), Run()

    one = learner(run.publish({"public.copy": "marts.sales"}, ref("shop.public"), rows=3))
    two = learner(run.publish({"public.copy": "a.b", "public.more": "a.c"}, ref("shop.public"), rows=3))

    assert [(each.table, each.written) for each in one.profiles] == [(table("public.copy"), 3)]
    assert two.profiles == ()


def test_no_rows_no_profile() -> None:
    """Columns alone are no measurement."""
    learner, run = Learner(), Run()

    assert learner(run.load(columns=columns("id"))).profiles == ()


def test_a_profile_is_told_once() -> None:
    """The same moment told twice would be two points in the plot."""
    learner, run = Learner(), Run()
    event = run.transform(rows=5)
    learner(event)

    assert learner(event).profiles == ()
    assert len(learner(event, again=True).profiles) == 1
