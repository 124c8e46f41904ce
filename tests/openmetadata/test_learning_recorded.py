"""What a real run of the example, recorded, is learned as."""

from __future__ import annotations

from pathlib import Path

import pytest

from phlo_hooks.codec import decode_event
from phlo_hooks.subscribers.openmetadata.facts import Learned
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from tests.openmetadata.learning_shop import Learner

EVENTS = [
    decode_event(line.encode())
    for line in (Path(__file__).parent / "fixtures" / "flights_run.jsonl").read_text().splitlines()
]


@pytest.fixture(scope="module")
def flights() -> tuple[Learner, Learned]:
    """All events learned, and what they changed."""
    learner = Learner()
    return learner, learner(*EVENTS)


def warehouse(name: str) -> EntityName:
    """A table of the warehouse, such as ``raw.flights``."""
    return EntityName(Kind.TABLE, ("duckdb", "warehouse", *name.split(".")))


def test_every_end_of_an_edge_is_known(flights: tuple[Learner, Learned]) -> None:
    """Mapping can draw every edge."""
    learner, _ = flights

    facts = list(learner.known.all_lineages())

    assert sum(len(fact.edges) for fact in facts) == 36
    assert all(learner.known.table(edge.upstream) for fact in facts for edge in fact.edges)
    assert all(learner.known.table(fact.downstream) for fact in facts)


def test_the_graph_goes_from_sources_to_published_files(flights: tuple[Learner, Learned]) -> None:
    """Following the edges up from a published file leads to the files that were loaded."""
    learner, _ = flights
    (found,) = [fact.name for fact in learner.known.all_tables() if fact.name.name.endswith("fleet_age.parquet")]

    seen, waiting = set[EntityName](), [found]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting += [
            edge.upstream for fact in learner.known.lineage(name) for edge in fact.edges if edge.upstream not in seen
        ]

    tables = {name.name for name in seen if name.kind is Kind.TABLE}
    files = {name.name.rpartition("/")[2] for name in seen if name.kind is Kind.CONTAINER}
    assert {"fleet_age", "stg_fleets", "airline_fleets", "airline_fleets__planes__bases"} <= tables
    assert {"fleet_age.parquet", "planes.csv", "airlines.csv"} <= files


def test_columns_reach_from_file_to_file(flights: tuple[Learner, Learned]) -> None:
    """Sources, tables and targets have columns, but for the sources that nobody can tell apart."""
    learner, _ = flights

    without = {fact.name.name for fact in learner.known.all_tables() if not (fact.columns or fact.seen_columns)}

    assert without == {"/lake/marts"}


def test_one_pipeline_carries_all(flights: tuple[Learner, Learned]) -> None:
    """The job has the planned assets as tasks, in order, and the checks' step is none."""
    learner, _ = flights

    (pipeline,) = learner.known.all_pipelines()

    assert (pipeline.name.fqn, len(pipeline.tasks)) == ('dagster."nyc_flights.load_flights"', 19)
    assert pipeline.tasks["staging__stg_flights"].upstream == ("raw__flights",)
    assert "raw_checks" not in pipeline.tasks
    assert {fact.pipeline for fact in learner.known.all_tables() if fact.made} == {pipeline.name}


def test_the_run_succeeded_with_one_task_skipped(flights: tuple[Learner, Learned]) -> None:
    """Twelve partitions are one task with all their rows."""
    learner, learned = flights

    (run,) = learner.known.all_runs()

    statuses = {name: task.status for name, task in run.tasks.items()}
    assert run.status == "success"
    assert run.partition == "2013-01 … 2013-12"
    assert {name for name, status in statuses.items() if status != "success"} == {"published__postgres"}
    assert statuses["published__postgres"] == "skipped"
    assert run.tasks["raw__flights"].rows == 336_776
    assert learned.runs == {run.run_id}
    assert set(run.told) == learned.settled


def test_all_checks_have_a_result(flights: tuple[Learner, Learned]) -> None:
    """27 evaluations, of tables and columns; one warned."""
    _, learned = flights

    assert len(learned.results) == sum(event.event_type == "quality.result" for event in EVENTS)
    assert {result.data_outcome for result in learned.results} >= {"pass"}
    assert any(result.check.column for result in learned.results)
    assert {result.check.table for result in learned.results} >= {warehouse("raw.flights")}


def test_marts_have_a_size_and_loads_what_they_wrote(flights: tuple[Learner, Learned]) -> None:
    """Rows of the table and rows of a load are told apart."""
    _, learned = flights

    sizes = {profile.table.name for profile in learned.profiles if profile.rows is not None}
    written = {profile.table.name for profile in learned.profiles if profile.written is not None}

    assert "delay_by_carrier" in sizes
    assert {"flights", "airline_fleets", "airline_fleets__planes"} <= written
    assert not sizes & written
