"""What dlt's and dbt's riders add to the events of a step, and the ends that wait for dbt's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from dagster import AssetKey, DagsterEventType, EventLogRecord

from phlo_hooks.events import HookEvent, IngestionEvent
from phlo_hooks_dagster.riders import DbtNode, DltRider, DltTable, to_metadata
from phlo_hooks_dagster.translator import DbtArtifacts
from tests.translator.reading import of, one, translate, translator
from tests.translator.recording import Recording, load
from tests.translator.riding import (
    LOAD,
    before,
    hooked,
    in_parts,
    results_of,
    with_load,
    with_results,
    with_rider,
)
from tests.translator.test_dlt_and_dbt import unpacked

FAILING = "accepted_values_by_customer_customer__ada"
WARNING = "accepted_values_stg_orders_amount__False__10_5__7_0"
SAID = "Got 1 result, configured to fail if != 0"


def loaded(rider: DltRider = LOAD, asset: str = "raw/orders") -> IngestionEvent:
    """Return the end of the recorded load of an asset, with this rider."""
    return one(translate(with_load(rider)), "ingestion.end", asset_key=asset)  # type: ignore[no-any-return]


def failed_load(rider: DltRider) -> list[HookEvent]:
    """Return the events of the recorded load, if it had failed after this rider and before any materialization."""
    run = with_rider(load("dlt"), to_metadata(rider), at=before(DagsterEventType.ASSET_MATERIALIZATION))
    kept = [each for each in run.records if not before(DagsterEventType.ASSET_MATERIALIZATION)(each)]
    failed = [_as_failure(each) if before(DagsterEventType.STEP_SUCCESS)(each) else each for each in kept]
    return translate(replace(run, records=tuple(failed)))


def _as_failure(record: EventLogRecord) -> EventLogRecord:
    entry = record.event_log_entry
    assert entry.dagster_event is not None
    event = entry.dagster_event._replace(event_type_value="STEP_FAILURE", event_specific_data=None)
    return EventLogRecord(storage_id=record.storage_id, event_log_entry=entry._replace(dagster_event=event))


def test_a_load_tells_what_only_the_step_knows() -> None:
    """Where the rows came from, without secrets, how long each phase took, how often jobs were tried again."""
    end = loaded()

    assert end.sources == ("https://shop.test/orders?token=[redacted]",)
    assert (end.extract_seconds, end.normalize_seconds, end.load_seconds, end.retries) == (1.5, 0.5, 2.0, 1)
    assert end.failed_phase is None
    assert loaded(asset="raw/refunds").sources == ("file:///data/refunds.csv",)


def test_child_tables_have_their_rows() -> None:
    """Rows of children and of their children; the columns stay as the record has them."""
    children = {child.dataset.name: child for child in loaded().child_tables}

    assert {name: child.rows for name, child in children.items()} == {
        "wh.shop_raw.orders__lines": 5,
        "wh.shop_raw.orders__lines__taxes": 7,
    }
    assert [column.name for column in children["wh.shop_raw.orders__lines"].columns][:2] == ["sku", "n"]
    assert loaded(asset="raw/refunds").child_tables == ()


def test_the_record_wins() -> None:
    """Load id, rows, bytes and jobs stay what the materialization says."""
    bare = one(translate(load("dlt")), "ingestion.end", asset_key="raw/orders")
    tables = (DltTable(name="orders", rows=99, resource="orders"),)

    end = loaded(msgspec.structs.replace(LOAD, tables=tables))

    assert (end.load_id, end.rows, end.bytes, end.jobs) == (bare.load_id, bare.rows, bare.bytes, bare.jobs)


def test_the_load_id_of_a_load_without_jobs() -> None:
    """Where no job's path tells the load id, the rider does."""
    assert loaded(asset="raw/refunds").load_id == "1700000000.25"


def test_a_failed_load_tells_how_far_it_came() -> None:
    """Without any materialization: the phase that raised, the load, its sources, the rows of what was written."""
    rider = msgspec.structs.replace(LOAD, failed_step="load")

    events = failed_load(rider)

    orders = one(events, "ingestion.end", asset_key="raw/orders")
    assert (orders.status, orders.failed_phase, orders.load_id) == ("failure", "load", "1700000000.25")
    assert (orders.rows, orders.extract_seconds, orders.retries) == (3, 1.5, 1)
    assert [child.rows for child in orders.child_tables] == [5, 7]
    assert one(events, "ingestion.end", asset_key="raw/refunds").sources == ("file:///data/refunds.csv",)


def test_a_load_that_failed_early_has_no_rows() -> None:
    """What was not loaded is not counted."""
    rider = DltRider(resources={"orders": "raw/orders"}, failed_step="extract")

    events = failed_load(rider)

    end = one(events, "ingestion.end", asset_key="raw/orders")
    assert (end.rows, end.failed_phase, end.child_tables) == (None, "extract", ())
    assert one(events, "ingestion.end", asset_key="raw/refunds").failed_phase is None


def test_a_load_of_several_partitions_has_no_rows_of_its_own(runs: dict[str, Recording]) -> None:
    """What one load brought for a range of partitions belongs to none of them alone; its times are those of all."""
    rider = msgspec.structs.replace(
        LOAD, resources={"letters": "letters"}, tables=(DltTable(name="letters", rows=12, resource="letters"),)
    )
    run = with_rider(runs["letters"], to_metadata(rider), at=before(DagsterEventType.STEP_OUTPUT))

    ends = of(translate(run), "ingestion.end")

    assert sorted(end.partition_key for end in ends) == ["a", "b", "c"]
    assert {(end.rows, end.load_seconds, end.load_id) for end in ends} == {(None, 2.0, "1700000000.25")}


def test_the_load_of_an_earlier_attempt_is_forgotten(runs: dict[str, Recording]) -> None:
    """A rider speaks of the attempt that wrote it."""
    rider = DltRider(resources={"any": "flaky"}, load_ids=("9",))
    run = with_rider(runs["good"], to_metadata(rider), at=before(DagsterEventType.STEP_UP_FOR_RETRY))

    first, second = of(translate(run), "ingestion.end", asset_key="flaky")

    assert [(first.status, first.load_id), (second.status, second.load_id)] == [("retry", "9"), ("success", None)]


@pytest.mark.parametrize("rows", [-1, 2**70])
def test_impossible_numbers_are_none(rows: int) -> None:
    """A count that can be none and a duration that is none are left out."""
    rider = {
        **to_metadata(LOAD),
        "tables": [{"name": "orders__lines", "rows": rows, "resource": "orders", "parent": "o"}],
    }
    rider["timing"] = {"extract": float("inf"), "load": -1.0}
    run = load("dlt")
    first = next(each for each in run.records if before(DagsterEventType.ASSET_MATERIALIZATION)(each))

    end = one(
        translate(with_rider(run, rider, at=lambda record: record is first)), "ingestion.end", asset_key="raw/orders"
    )

    assert (end.child_tables[0].rows, end.extract_seconds, end.load_seconds) == (None, None, None)


def test_a_chain_of_tables_that_ends_nowhere() -> None:
    """Tables that are one another's parents belong to nobody, and nobody looks for their end for ever."""
    tables = (DltTable(name="a", parent="b", rows=1), DltTable(name="b", parent="a", rows=1))

    assert [child.rows for child in loaded(msgspec.structs.replace(LOAD, tables=tables)).child_tables] == [None]


def test_each_node_has_its_own_event() -> None:
    """A failed model, a skipped one, a failed test and one that errored: each with dbt's message, without its files."""
    events = translate(with_results("dbt_broken"))

    broken = one(events, "transform.end", asset_key="broken")
    assert (broken.status, broken.node_status, broken.reason) == ("failure", "error", "node_failed")
    assert "no_such_column" in broken.error.message
    assert broken.message == broken.error.message
    assert broken.compiled_sql_digest is not None
    skipped = one(events, "transform.end", asset_key="after_broken")
    assert (skipped.status, skipped.node_status, skipped.reason) == ("skipped", "skipped", "node_skipped")
    assert skipped.message == "skipped: model.shop.broken ended with error"
    failed = one(events, "quality.result", check_name=FAILING)
    assert (failed.outcome, failed.data_outcome, failed.message, failed.error) == ("success", "fail", SAID, None)
    erred = one(events, "quality.result", check_name="test_that_errs")
    assert (erred.passed, erred.outcome, erred.error.type) == (None, "error", "DbtTestError")
    assert "nothing_here" in erred.error.message
    for name in ("not_null_broken_x", "not_null_after_broken_x"):
        left_out = one(events, "quality.result", check_name=name)
        assert (left_out.outcome, left_out.message) == ("skipped", "skipped: model.shop.broken ended with error")


def test_a_model_behind_a_failed_test_says_so() -> None:
    """What dbt builds no more because a test above failed names that test."""
    rider = results_of(load("dbt"))
    skipped = tuple(
        DbtNode(unique_id=node.unique_id, status="skipped" if node.unique_id.startswith("model.shop.by_") else "fail")
        for node in rider.nodes
        if node.unique_id.startswith(("model.shop.by_", "test.shop.unique_stg"))
    )
    told = msgspec.structs.replace(rider, nodes=skipped)
    run = hooked(with_rider(load("dbt"), to_metadata(told), at=before(DagsterEventType.STEP_FAILURE)))
    kept = [each for each in run.records if not _makes(each, "by_customer")]

    end = one(translate(replace(run, records=tuple(kept))), "transform.end", asset_key="by_customer")

    assert (end.status, end.reason) == ("skipped", "node_skipped")
    assert end.message.startswith("skipped: test.shop.unique_stg_orders_id.")
    assert end.message.endswith(" ended with fail")


def test_digests_come_with_the_rider() -> None:
    """Where dbt's files are on another host, each model's compiled SQL is known by what the step said of it."""
    results = {node.unique_id: node.digest for node in results_of(load("dbt")).nodes}

    ends = of(translate(with_results("dbt")), "transform.end")

    assert {end.unique_id: end.compiled_sql_digest for end in ends} == {
        name: results[name] for name in results if not name.startswith("test.")
    }
    assert results["model.shop.by_customer"] is not None


def test_only_what_lacks_something_waits() -> None:
    """A seed is told at once; what lacks something, and what follows it of the same asset, at the rider's last part."""
    run = with_results("dbt", parts=2)
    reader = translator(run)

    told = {record.storage_id: reader.feed(record) for record in run.records}

    last = max(number for number, events in told.items() if number % 10 == 9)
    at_once = [event for number, events in told.items() if number < last for event in events]
    assert {event.unique_id for event in of(at_once, "transform.end")} == {"seed.shop.countries"}
    assert of(at_once, "quality.result") == []
    assert len(of(told[last], "transform.end")) == 3
    of_staged = [event.event_type for event in told[last] if event.correlation.asset_key == "stg_orders"]
    assert of_staged == ["transform.end", "lineage.edges", *["quality.result"] * 3]
    assert not any(of(events, "transform.end") for number, events in told.items() if number > last)


def test_a_passed_test_of_a_told_model_does_not_wait(tmp_path: Path) -> None:
    """Where dbt's files are on this host only tests that did not pass wait, for their messages, and snapshots."""
    run = with_results("dbt")
    reader = translator(run, artifacts=unpacked(load("dbt"), tmp_path))

    before_rider = run.records[: next(at for at, each in enumerate(run.records) if each.storage_id % 10)]

    told = [event for record in before_rider for event in reader.feed(record)]

    assert [event.check_name for event in of(told, "quality.result")] == [
        "not_null_stg_orders_id",
        "unique_stg_orders_id",
    ]
    assert {event.model for event in of(told, "transform.end")} == {"stg_orders", "countries", "by_customer"}


def test_ends_that_waited_have_the_ids_of_their_records() -> None:
    """Waiting changes when an end is told, and adds what it lacked; all else is as without a rider."""
    plain, ridden = with_results("dbt", lost=[1, 2, 3]), with_results("dbt")
    undecorated = replace(plain, snapshot=load("dbt").snapshot)

    assert _ids(translate(ridden)) == _ids(translate(plain)) == _ids(translate(undecorated))


def test_without_a_rider_the_attempts_end_tells_them() -> None:
    """A step that was killed before it wrote its rider keeps nothing back: what waited is told before its end."""
    run = with_results("dbt", lost=[1, 2, 3])

    events = translate(run, finish=False)

    kinds = [event.event_type for event in events]
    assert len(of(events, "transform.end")) == 4
    assert kinds.index("step.end") > max(place for place, kind in enumerate(kinds) if kind == "transform.end")
    assert {each.compiled_sql_digest for each in of(events, "transform.end")} == {None}
    assert one(events, "quality.result", check_name=FAILING).message is None


def test_of_a_part_that_is_missing_the_others_count() -> None:
    """What arrived is used; what did not is told without."""
    events = translate(with_results("dbt", parts=3, lost=[3]))

    digests = {end.model: end.compiled_sql_digest is not None for end in of(events, "transform.end")}
    assert one(events, "quality.result", check_name=FAILING).message == SAID
    assert sorted(digests.values()) == [False, False, False, True]


def test_a_run_that_ends_without_its_step_tells_them() -> None:
    """A step of which nothing more is said when the run ends keeps nothing back either."""
    run = with_results("dbt", lost=[1, 2, 3])
    records = [each for each in run.records if not before(DagsterEventType.STEP_FAILURE)(each)]
    reader = translator(replace(run, records=tuple(records)))
    fed = [event for record in records for event in reader.feed(record)]

    last = reader.finish()

    assert len(of(fed, "transform.end")) == 1
    assert len(of(last, "transform.end")) == 3
    assert of(last, "step.lost")
    assert reader.finish() == []


def test_a_run_that_falls_silent_tells_them() -> None:
    """Before a run is said to be lost, all is told that is known of it; what it lacked then is not told twice."""
    run = with_results("dbt")
    at = run.records.index(next(each for each in run.records if each.storage_id % 10))
    reader = translator(run)
    _ = [reader.feed(record) for record in run.records[:at]]

    lost = reader.lost(datetime.fromtimestamp(run.records[at].timestamp + 600, UTC))

    assert len(of(lost, "transform.end")) == 3
    assert lost[-1].event_type == "run.lost"
    rest = [event for record in run.records[at:] for event in reader.feed(record)]
    assert of(rest, "transform.end") == []


def test_an_undecorated_step_waits_for_nothing() -> None:
    """Where the snapshot does not say that riders come, each end is told at its own record."""
    run = load("dbt")
    reader = translator(run)

    told = [len(of(reader.feed(record), "transform.end")) for record in run.records]

    assert sum(told) == 4
    assert max(told) == 1


def test_the_riders_word_wins_over_files(tmp_path: Path) -> None:
    """What the attempt itself said wins over files that are found by name and time; without it they count."""
    rider = results_of(load("dbt_broken"))
    nodes = tuple(
        msgspec.structs.replace(node, message="as the rider has it") if node.status == "error" else node
        for node in rider.nodes
    )
    told = hooked(
        with_rider(
            load("dbt_broken"),
            to_metadata(msgspec.structs.replace(rider, nodes=nodes)),
            at=before(DagsterEventType.STEP_FAILURE),
        )
    )

    def message(run: Recording, artifacts: DbtArtifacts) -> str:
        return str(one(translate(run, artifacts=artifacts), "transform.end", asset_key="broken").error.message)

    assert message(told, unpacked(told, tmp_path / "a")) == "as the rider has it"
    assert "no_such_column" in message(hooked(load("dbt_broken")), unpacked(load("dbt_broken"), tmp_path / "b"))


def test_files_tell_what_no_rider_told(tmp_path: Path) -> None:
    """Where the rider never came, dbt's files on this host fill what they can: messages and snapshots' SQL too."""
    run = hooked(load("dbt_broken"))

    events = translate(run, artifacts=unpacked(run, tmp_path))

    assert one(events, "quality.result", check_name=FAILING).message == SAID
    assert "nothing_here" in one(events, "quality.result", check_name="test_that_errs").error.message
    assert one(events, "transform.end", asset_key="orders_history").compiled_sql_digest is not None


@pytest.mark.parametrize(
    "spoil", [str.upper, lambda digest: digest[:-1], lambda _: "x" * 9000], ids=["upper", "short", "long"]
)
def test_a_digest_that_is_none_is_left_out(spoil: Callable[[str], str]) -> None:
    """An event's digest is one, whatever a rider says."""
    rider = results_of(load("dbt"))
    nodes = tuple(msgspec.structs.replace(node, digest=spoil(node.digest)) for node in rider.nodes if node.digest)[:3]
    run = with_rider(
        load("dbt"),
        to_metadata(msgspec.structs.replace(rider, nodes=nodes)),
        at=before(DagsterEventType.STEP_FAILURE),
    )

    assert {end.compiled_sql_digest for end in of(translate(hooked(run)), "transform.end")} == {None}


def test_two_invocations_wait_for_their_own() -> None:
    """The rider of one invocation tells the ends of that one; those of another go on waiting."""
    rider = msgspec.structs.replace(results_of(load("dbt")), invocation_id="another")
    run = hooked(with_rider(load("dbt"), to_metadata(rider), at=before(DagsterEventType.STEP_FAILURE)))
    reader = translator(run)

    told = [reader.feed(record) for record in run.records]

    at = next(place for place, record in enumerate(run.records) if record.storage_id % 10)
    assert told[at] == []
    assert len(of(told[at + 1], "transform.end")) == 3


def test_what_waits_has_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large build does not fill the translator's state: what there is no room for is told at once, without."""
    monkeypatch.setattr("phlo_hooks_dagster.translator.results.ROOM", 0)
    run = with_results("dbt")

    ends = of(translate(run), "transform.end")

    assert [(end.model, end.compiled_sql_digest is None) for end in ends if end.model != "countries"] == [
        ("orders_history", True),
        ("by_customer", True),
        ("stg_orders", False),
    ]


@pytest.mark.parametrize(("name", "outcome"), [(FAILING, "fail"), (WARNING, "warn")])
def test_a_test_that_dagster_has_no_word_on(name: str, outcome: str) -> None:
    """A test that ran and whose evaluation was never recorded has dbt's own word in the rider."""
    run = with_results("dbt")
    kept = [each for each in run.records if not _evaluates(each, name)]

    result = one(translate(replace(run, records=tuple(kept))), "quality.result", check_name=name)

    assert (result.passed, result.outcome, result.data_outcome, result.error) == (False, "success", outcome, None)
    assert result.message.startswith("Got 1 result, configured to")


def test_parts_come_in_any_order() -> None:
    """The last part that is read completes the rider, whichever it is."""
    parts = [to_metadata(each) for each in in_parts(results_of(load("dbt")), 3)]
    run = hooked(with_rider(load("dbt"), *reversed(parts), at=before(DagsterEventType.STEP_FAILURE)))

    assert {each.event_id: each for each in translate(run)} == {
        each.event_id: each for each in translate(with_results("dbt", parts=3))
    }


def _makes(record: EventLogRecord, key: str) -> bool:
    event = record.event_log_entry.dagster_event
    is_materialization = before(DagsterEventType.ASSET_MATERIALIZATION)(record)
    return is_materialization and event is not None and event.asset_key == AssetKey(key)


def _evaluates(record: EventLogRecord, name: str) -> bool:
    event = record.event_log_entry.dagster_event
    is_evaluation = before(DagsterEventType.ASSET_CHECK_EVALUATION)(record)
    return is_evaluation and event is not None and event.asset_check_evaluation_data.check_name == name


def _ids(events: list[HookEvent]) -> set[str]:
    return {event.event_id for event in events}
