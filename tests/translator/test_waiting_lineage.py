"""Lineage that dbt has not written the SQL of yet is told when its step ends, and once only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterEventType

from phlo_hooks.codec import encode_event
from phlo_hooks.events import HookEvent
from phlo_hooks_dagster.snapshot import AssetSnapshot
from phlo_hooks_dagster.translator import RunTranslator
from tests.translator.reading import of, one
from tests.translator.recording import Recording, load
from tests.translator.test_dlt_and_dbt import unpacked
from tests.translator.test_sql_lineage import Memory, bare, direct, reading, rewritten, told

DATED = {"strategy": "timestamp", "updated_at": "amount", "unique_key": "id"}


def dated(config: Mapping[str, Any] | None = DATED) -> Recording:
    """Return a dbt run whose snapshot is made in this way."""
    return with_asset(bare(load("dbt")), "orders_history", snapshot=config)


def with_asset(run: Recording, key: str, **relation: Any) -> Recording:
    """Return the run with another table behind one asset."""
    assert run.snapshot is not None
    asset = run.snapshot.assets[key]
    assert asset.relation is not None
    changed: AssetSnapshot = replace(asset, relation=replace(asset.relation, **relation))
    return replace(run, snapshot=replace(run.snapshot, assets={**run.snapshot.assets, key: changed}))


def split(run: Recording) -> tuple[Recording, Recording]:
    """Return the run with what dbt has written while it runs, and with all."""
    return replace(run, files={name: text for name, text in run.files.items() if "run_results" not in name}), run


def end_of_dbt(run: Recording) -> int:
    """Return the place of the record with which the dbt step ends."""
    ends = {DagsterEventType.STEP_SUCCESS.value, DagsterEventType.STEP_FAILURE.value}
    (place,) = [place for place, name in enumerate(run.types()) if name in ends]
    return place


def live(run: Recording, root: Path, *, cut: bool = False) -> list[HookEvent]:
    """Return what is told of the run when it is read while dbt writes; ``cut``: by another relay from the end on."""
    early, whole = split(run)
    end = end_of_dbt(run)
    artifacts = unpacked(early, root)
    reader: RunTranslator = reading(run, artifacts)
    events = [event for record in run.records[:end] for event in reader.feed(record)]
    artifacts = unpacked(whole, root)
    reader = reading(run, artifacts, state=reader.state) if cut else reader
    return [*events, *(event for record in run.records[end:] for event in reader.feed(record)), *reader.finish()]


def by_id(events: list[HookEvent]) -> dict[str, bytes]:
    """Return the events as they are recorded."""
    return {event.event_id: encode_event(event) for event in events}


def test_a_snapshots_own_columns_come_from_what_dates_it(tmp_path: Path) -> None:
    """What dbt adds to a snapshot's query flows from its key and from when a row was updated; people see the query."""
    event = one(told(dated(), unpacked(dated(), tmp_path)), "lineage.edges", asset_key="orders_history")

    found = direct([event], "orders_history")["wh.main.stg_orders"]
    assert found >= {("id", "id"), ("customer", "customer"), ("amount", "dbt_valid_from"), ("id", "dbt_scd_id")}
    assert event.columns_from == "sql"
    assert "dbt_valid_from" not in event.sql


def test_a_snapshot_made_in_an_unknown_way_keeps_its_querys_columns(tmp_path: Path) -> None:
    """Without its configuration nothing is said about the columns that dbt adds."""
    run = dated(None)

    found = direct(told(run, unpacked(run, tmp_path)), "orders_history")["wh.main.stg_orders"]

    assert ("id", "id") in found
    assert not any((column or "").startswith("dbt_") for _, column in found)


@pytest.mark.parametrize("cut", [False, True])
def test_read_while_dbt_runs_or_later_is_the_same(tmp_path: Path, cut: bool) -> None:  # noqa: FBT001  # the two cases
    """A relay that keeps up with dbt, one that takes over in the middle, and one that comes later tell the same."""
    run = dated()

    later = told(run, unpacked(run, tmp_path / "later"))
    while_running = live(run, tmp_path / "live", cut=cut)

    assert by_id(while_running) == by_id(later)
    assert len(while_running) == len(later)


def test_what_waited_comes_before_its_steps_end(tmp_path: Path) -> None:
    """Who hears that a step ended has heard all lineage of it."""
    events = live(dated(), tmp_path)

    history = one(events, "lineage.edges", asset_key="orders_history")
    end = one(events, "step.end", step_key=history.correlation.step_key)
    assert events.index(history) < events.index(end)


def test_a_star_over_a_snapshot_is_known_the_first_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A model of all columns of a snapshot of the same step has them, and no warning says that they are missing."""
    run = dated()
    assert run.snapshot is not None
    history = run.snapshot.assets["orders_history"].relation
    assert history is not None
    name = f"{history.database}.{history.schema}.{history.identifier}"
    run = rewritten(run, "by_customer", f"from {name}")

    found = direct(live(run, tmp_path), "by_customer")

    assert {("id", "id"), ("dbt_valid_from", "dbt_valid_from")} <= found[name]
    assert not caplog.records


def test_a_step_that_is_lost_tells_what_waited(tmp_path: Path) -> None:
    """When the process dies, the tables are told that were made before, without the SQL that dbt never wrote."""
    run, _ = split(dated())
    lost = replace(run, records=run.records[: end_of_dbt(run)], facts=replace(run.facts, status="FAILURE"))

    events = told(lost, unpacked(run, tmp_path))

    event = one(events, "lineage.edges", asset_key="orders_history")
    assert event.edges
    assert event.sql is None
    assert of(events, "step.lost")


def test_a_column_that_a_model_has_got_since_is_told(tmp_path: Path) -> None:
    """Columns that an earlier run left behind do not hide what this run's SQL makes."""
    run = bare(load("dbt"))
    memory = Memory(tables={"duckdb://wh/wh.main.by_customer": ["country", "customer"]})

    found = direct(told(run, unpacked(run, tmp_path), memory), "by_customer")

    assert found["wh.main.stg_orders"] == {("customer", "customer"), ("amount", "total")}


def test_secrets_of_a_statement_stay_out_of_its_event(tmp_path: Path) -> None:
    """SQL names a secret before its literal; neither that nor an assignment in a comment is recorded."""
    sql = "-- token: password='hunter2'\nfrom t, login(secret 'hunter2')"
    run = rewritten(bare(load("dbt")), "by_customer", sql)

    event = one(told(run, unpacked(run, tmp_path)), "lineage.edges", asset_key="by_customer")

    assert "from t" in event.sql
    assert b"hunter2" not in encode_event(event)


def test_a_folder_that_is_gone_takes_nothing_back(tmp_path: Path) -> None:
    """A run that is translated anew without dbt's folder tells what was recorded of it: nothing is to be corrected."""
    run = dated()
    before = told(run, unpacked(run, tmp_path))

    after = told(run, None, Memory(events={event.event_id: event for event in before}))

    assert [event.compiled_sql_digest for event in of(after, "transform.end", asset_key="by_customer")] != [None]
    made = [event for event in before if getattr(event, "status", "success") == "success"]
    assert {event_id: by_id(after)[event_id] for event_id in by_id(made)} == by_id(made)
