"""Assets, stages, partitions and checks as plain Dagster projects have them."""

from __future__ import annotations

from dataclasses import replace

import dagster as dg
import pytest
from dagster import DagsterEventType, EventLogRecord
from dagster._core.events import AssetMaterializationPlannedData

from phlo_hooks.datasets import Column, ColumnEdge
from phlo_hooks_dagster.translator import RunTranslator, StageRule, TranslationRules
from tests.translator.reading import of, one, translate, translator
from tests.translator.recording import UI, Recording


def test_a_staged_asset_starts_and_ends(runs: dict[str, Recording]) -> None:
    """An asset tagged as ingestion has a start for each attempt, and an end that counts its rows."""
    events = translate(runs["good"])

    starts = of(events, "ingestion.start", asset_key="flaky")
    retry, end = of(events, "ingestion.end", asset_key="flaky")
    assert [event.correlation.attempt for event in starts] == [1, 2]
    assert (retry.status, retry.error.type, retry.correlation.attempt) == ("retry", "ValueError", 1)
    assert (end.status, end.rows, end.group_name, end.correlation.attempt) == ("success", 5, "raw", 2)
    assert end.table_name == "wh.raw.flaky"
    assert end.url == f"{UI}/assets/flaky"


def test_secrets_are_redacted(runs: dict[str, Recording]) -> None:
    """Passwords in errors and metadata are gone before anybody sees the event."""
    events = translate(runs["good"])

    assert "hunter2" not in of(events, "ingestion.end")[0].error.message
    assert "hunter2" not in one(events, "transform.end").metadata["url"]


def test_columns_and_lineage_of_a_plain_asset(runs: dict[str, Recording]) -> None:
    """Declared dependencies and Dagster's column lineage become one edge between the physical tables."""
    events = translate(runs["good"])

    assert one(events, "transform.end").columns == (Column(name="total", type="DOUBLE", nullable=True),)
    (edge,) = one(events, "lineage.edges").edges
    assert (edge.upstream_asset_key, edge.downstream.name) == ("flaky", "wh.main.down")
    assert edge.columns == (ColumnEdge(upstream_column="amount", downstream_column="total"),)


def test_lineage_without_a_snapshot(runs: dict[str, Recording]) -> None:
    """What Dagster noted as inputs stands in for what nobody described."""
    run = runs["good"]
    reader = RunTranslator(run.facts, None, TranslationRules())

    events = [event for record in run.records for event in reader.feed(record)]

    (edge,) = one(events, "lineage.edges").edges
    assert (edge.upstream_asset_key, edge.upstream.resolved) == ("flaky", False)


def test_a_failed_asset_has_the_error(runs: dict[str, Recording]) -> None:
    """An asset whose step failed ends with the step's error; one that was made before is not failed."""
    events = translate(runs["plain"])

    end = one(events, "transform.end", asset_key="bad")
    assert (end.status, end.reason, end.error.cause) == ("failure", "step_failed", "division by zero")
    assert of(events, "lineage.edges", asset_key="bad") == []


def test_partial_outputs_of_a_retried_step(runs: dict[str, Recording]) -> None:
    """What the first attempt made is told then; the retry makes it again; only what never came is skipped."""
    events = translate(runs["plain"])

    ends = of(events, "transform.end", asset_key="first")
    assert [(event.status, event.correlation.attempt) for event in ends] == [("success", 1), ("success", 2)]
    assert one(events, "asset.materialized", asset_key="second").correlation.attempt == 2
    third = one(events, "asset.skipped", asset_key="third")
    assert (third.status, third.reason, third.error) == ("skipped", "not_yielded", None)


def test_an_asset_made_only_by_the_first_attempt(runs: dict[str, Recording]) -> None:
    """When the second attempt does not make it again, its start is answered and it is not called failed."""
    run = runs["plain"]
    records = [
        record
        for record, name in zip(run.records, run.types(), strict=True)
        if not (
            name == DagsterEventType.ASSET_MATERIALIZATION.value and _key(record) == "first" and _is_second(run, record)
        )
    ]

    ends = of(translate(replace(run, records=tuple(records))), "transform.end", asset_key="first")

    assert [(event.status, event.reason) for event in ends] == [("success", None), ("skipped", "materialized_earlier")]


def test_an_optional_output_is_no_failure(runs: dict[str, Recording]) -> None:
    """An output that was not yielded is skipped without an error, and what needs it is skipped because of it."""
    events = translate(runs["plain"])

    end = one(events, "ingestion.end", asset_key="optional")
    assert (end.status, end.reason, end.error) == ("skipped", "not_yielded", None)
    skipped = one(events, "asset.skipped", asset_key="after_optional")
    assert (skipped.reason, skipped.culprit) == ("upstream_skipped", "optional")


def test_two_materializations_in_one_attempt_are_two_events(runs: dict[str, Recording]) -> None:
    """Each record is an event of its own under one key."""
    first, second = of(translate(runs["others"]), "asset.materialized", asset_key="twice")

    assert (first.metadata["n"], second.metadata["n"]) == (1, 2)
    assert first.event_id != second.event_id
    assert first.key == second.key


def test_an_observed_source(runs: dict[str, Recording]) -> None:
    """An observation is the last word on a source that a run only looks at."""
    events = translate(runs["watched"])

    assert one(events, "asset.observed").data_version == "v1"
    assert of(events, "asset.skipped") == []


@pytest.mark.parametrize("known", [True, False])
def test_an_observation_hides_no_failure(runs: dict[str, Recording], *, known: bool) -> None:
    """An asset that logged an observation of itself and then failed has failed, with a snapshot or without."""
    run = runs["noted"]
    reader = RunTranslator(run.facts, run.snapshot if known else None, TranslationRules())

    events = [event for record in run.records for event in reader.feed(record)]

    assert one(events, "asset.failed").error.message == "after the note"


def test_an_observed_source_without_a_snapshot(runs: dict[str, Recording]) -> None:
    """Where nobody says that it is a source, an observation is the last word if the step succeeds."""
    run = runs["watched"]
    reader = RunTranslator(run.facts, None, TranslationRules())

    events = [event for record in run.records for event in reader.feed(record)]

    assert one(events, "asset.observed").asset_key == "watched"
    assert of(events, "asset.skipped") == []


@pytest.mark.parametrize("name", ["daily", "named", "cell"])
def test_one_partition(runs: dict[str, Recording], name: str) -> None:
    """A partition key, of whatever kind, is on all events of its asset, and the run's on run and step."""
    run = runs[name]
    key = run.facts.tags["dagster/partition"]

    events = translate(run)

    assert {event.correlation.partition_key for event in events} == {key}
    assert all(type(event.correlation.partition_key) is str for event in events)


def test_a_partitioned_check(runs: dict[str, Recording]) -> None:
    """A check's result names the partition it judged, which Dagster's evaluation does not."""
    assert one(translate(runs["daily"]), "quality.result").partition_key == "2024-01-03"


def test_a_range_has_one_event_for_each_partition(runs: dict[str, Recording]) -> None:
    """A single run over a range tells each partition by itself; rows of the whole load are no partition's rows."""
    events = translate(runs["letters"])

    ends = of(events, "ingestion.end")
    assert sorted(event.partition_key for event in ends) == ["a", "b", "c"]
    assert {event.rows for event in ends} == {None}
    assert sorted(event.partition_key for event in of(events, "ingestion.start")) == ["a", "b", "c"]


def test_partitions_left_out_of_a_range(runs: dict[str, Recording]) -> None:
    """Partitions in any order; the one that was not made is skipped."""
    ends = of(translate(runs["some_letters"]), "publish.end")

    assert [(event.partition_key, event.status, event.rows) for event in ends] == [
        ("c", "success", 4),
        ("a", "success", None),
        ("b", "skipped", None),
    ]


def test_a_planned_subset(runs: dict[str, Recording]) -> None:
    """One planned record with a subset, as some storages write it, plans each of its partitions."""
    run = runs["bad_days"]
    subset = dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-02-01").subset_with_partition_keys(
        ["2024-01-03", "2024-01-04", "2024-01-05"]
    )
    planned, rest = run.records[0], [record for record in run.records if record.storage_id > 3]
    event = planned.event_log_entry.dagster_event
    assert event is not None
    assert event.asset_key is not None
    data = AssetMaterializationPlannedData(event.asset_key, partitions_subset=subset)
    one_record = EventLogRecord(
        storage_id=1,
        event_log_entry=planned.event_log_entry._replace(dagster_event=event._replace(event_specific_data=data)),
    )

    events = translate(replace(run, records=(one_record, *rest)))

    assert sorted(event.partition_key for event in of(events, "transform.end")) == [
        "2024-01-03",
        "2024-01-04",
        "2024-01-05",
    ]


def test_a_warning_is_no_error(runs: dict[str, Recording]) -> None:
    """A check that warns has run well, and says ``warn`` of the data."""
    check = one(translate(runs["plain"]), "quality.result", check_name="warns")

    assert (check.outcome, check.data_outcome, check.passed, check.severity) == ("success", "warn", False, "WARN")
    assert (check.failed_rows, check.check_type, check.error) == (3, "asset_check", None)
    assert check.url == f"{UI}/assets/checked?view=checks&checkDetail=warns"


def test_a_blocking_check_failed(runs: dict[str, Recording]) -> None:
    """A failure of the data is told apart from a failure of the check."""
    check = one(translate(runs["plain"]), "quality.result", check_name="blocking")

    assert (check.outcome, check.data_outcome, check.blocking) == ("success", "fail", True)


def test_a_check_that_raised_judged_nothing(runs: dict[str, Recording]) -> None:
    """A check whose own code failed is an error and never passed."""
    check = one(translate(runs["plain"]), "quality.result", check_name="raising")

    assert (check.passed, check.outcome, check.data_outcome, check.error.type) == (None, "error", None, "ValueError")


def test_a_check_that_never_ran(runs: dict[str, Recording]) -> None:
    """A check behind a failed asset is skipped, with the culprit."""
    check = one(translate(runs["plain"]), "quality.result", check_name="check_of_bad")

    assert (check.passed, check.outcome, dict(check.metadata)) == (
        None,
        "skipped",
        {"reason": "upstream_failed", "culprit": "bad"},
    )


def test_a_check_that_its_step_left_out(runs: dict[str, Recording]) -> None:
    """A step that succeeds without evaluating a planned check leaves it not run."""
    run = runs["plain"]
    kept = [
        record
        for record, name in zip(run.records, run.types(), strict=True)
        if not (name == DagsterEventType.ASSET_CHECK_EVALUATION.value and record.event_log_entry.step_key == "checked")
    ]

    events = translate(replace(run, records=tuple(kept)))

    assert {event.outcome for event in of(events, "quality.result", step_key="checked")} == {"not_run"}


def test_stages_by_rule(runs: dict[str, Recording]) -> None:
    """A configured rule gives a stage to what has none; without one nothing is guessed."""
    rules = TranslationRules(stages=(StageRule(stage="publish", assets=("tw*",)),))

    assert len(of(translate(runs["others"], rules=rules), "publish.end", asset_key="twice")) == 2
    assert of(translate(runs["others"]), "publish.end") == []


def test_asset_events_carry_what_the_snapshot_knows(runs: dict[str, Recording]) -> None:
    """Group, owners, tags and description come along."""
    end = of(translate(runs["good"]), "ingestion.end")[1]

    assert end.tags["phlo/stage"] == "ingestion"
    made = one(translate(runs["named"]), "asset.materialized")
    assert made.description == "Make a dynamic partition."


def test_a_record_of_no_interest_gives_nothing(runs: dict[str, Recording]) -> None:
    """Engine events and plain log lines pass without a trace."""
    run = runs["good"]
    reader = translator(run)

    for record, name in zip(run.records, run.types(), strict=True):
        if name in {"ENGINE_EVENT", "STEP_OUTPUT", ""}:
            assert reader.feed(record) == []


def _key(record: EventLogRecord) -> str:
    event = record.event_log_entry.dagster_event
    assert event is not None
    return event.asset_key.to_user_string() if event.asset_key else ""


def _is_second(run: Recording, record: EventLogRecord) -> bool:
    retry = run.types().index(DagsterEventType.STEP_RESTARTED.value)
    return record.storage_id > run.records[retry].storage_id
