"""Which snapshot a run is translated with, and what happens while there is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterInstance

from phlo_hooks.events import HookEvent
from phlo_hooks_dagster.snapshot import AssetSnapshot, LocationSnapshot
from phlo_hooks_dagster.snapshot_builder import build_snapshot, stored_snapshot
from tests.dagster.harness import Desk, desk


@dg.asset
def orders() -> None: ...


def known_as(location: str, table: str, *, asset: str = "orders", age: timedelta = timedelta(0)) -> object:
    """Return a stored snapshot in which an asset is a table."""
    assets = {asset: AssetSnapshot(key=asset, table_name=table)}
    snapshot = LocationSnapshot(code_location=location, repository="__repository__", assets=assets)
    return stored_snapshot(snapshot, valid_from=datetime.now(UTC) - age)


def materialized(reading: Desk) -> HookEvent:
    """Return the only materialization."""
    (event,) = reading.events(event_types=("asset.materialized",))
    return event


def test_a_run_waits_for_the_first_snapshot(instance: DagsterInstance, tmp_path: Path) -> None:
    """A relay that starts before the code location waits, says so, and resolves datasets once the snapshot is there."""
    run_id = dg.materialize([orders], instance=instance).run_id
    with desk(instance, tmp_path, snapshot_wait=60) as reading:
        reading.poll()
        assert "waits for a snapshot" in reading.memory.stream(run_id).note
        reading.outbox.save_snapshot(known_as("shop", "db.raw.orders"))  # type: ignore[arg-type]
        reading.time.advance(5)

        reading.poll()

        assert materialized(reading).dataset.name == "db.raw.orders"  # type: ignore[attr-defined]
        assert reading.memory.stream(run_id).note is None


def test_after_a_minute_it_goes_on_without(instance: DagsterInstance, tmp_path: Path) -> None:
    """Without any snapshot the log alone speaks, after the wait; rederiving later corrects what was unresolved."""
    run_id = dg.materialize([orders], instance=instance).run_id
    with desk(instance, tmp_path, snapshot_wait=60) as reading:
        reading.poll()
        reading.time.advance(61)
        reading.poll()
        before = materialized(reading)
        reading.outbox.save_snapshot(known_as("shop", "db.raw.orders"))  # type: ignore[arg-type]

        for batch in reading.source.read_again(reading.memory, run_id):
            reading.outbox.record("dagster", batch)

        after = materialized(reading)
        assert not before.dataset.resolved  # type: ignore[attr-defined]
        assert after.event_id == before.event_id
        assert after.dataset.name == "db.raw.orders"  # type: ignore[attr-defined]


def test_of_two_code_locations_the_one_that_knows_the_assets(instance: DagsterInstance, tmp_path: Path) -> None:
    """A run made in-process names no code location: the one whose snapshot has its assets is taken."""
    dg.materialize([orders], instance=instance)
    with desk(instance, tmp_path) as reading:
        reading.outbox.save_snapshot(known_as("a_other", "x.y.z", asset="customers"))  # type: ignore[arg-type]
        reading.outbox.save_snapshot(known_as("shop", "db.raw.orders"))  # type: ignore[arg-type]

        reading.poll()

        assert materialized(reading).dataset.name == "db.raw.orders"  # type: ignore[attr-defined]


def test_a_job_run_is_known_by_its_plan(instance: DagsterInstance, tmp_path: Path) -> None:
    """A job's run in-process selects no assets; its plan says which they are, and who only names them is not it."""
    job = dg.Definitions(assets=[orders], jobs=[dg.define_asset_job("nightly")]).resolve_job_def("nightly")
    job.execute_in_process(instance=instance)
    with desk(instance, tmp_path) as reading:
        reading.outbox.save_snapshot(known_as("shop", "db.raw.orders"))  # type: ignore[arg-type]
        named = {"orders": AssetSnapshot(key="orders", external=True), "more": AssetSnapshot(key="more")}
        other = LocationSnapshot(code_location="zoo", repository="__repository__", assets=named)
        reading.outbox.save_snapshot(stored_snapshot(other, valid_from=datetime.now(UTC)))

        reading.poll()

        event = materialized(reading)
        assert (event.dataset.name, event.correlation.code_location) == ("db.raw.orders", "shop")  # type: ignore[attr-defined]


def test_a_run_of_assets_that_nobody_knows_has_no_code_location(instance: DagsterInstance, tmp_path: Path) -> None:
    """The only code location there is does not claim a run of somebody else's assets."""
    dg.materialize([orders], instance=instance)
    with desk(instance, tmp_path) as reading:
        reading.outbox.save_snapshot(known_as("shop", "x.y.z", asset="customers"))  # type: ignore[arg-type]

        reading.poll()

        assert materialized(reading).correlation.code_location is None


def test_a_run_keeps_the_snapshot_it_started_with(instance: DagsterInstance, tmp_path: Path) -> None:
    """Code that is changed after a run started does not change what that run's tables were."""
    with desk(instance, tmp_path) as reading:
        reading.outbox.save_snapshot(known_as("shop", "db.raw.orders", age=timedelta(hours=1)))  # type: ignore[arg-type]
        dg.materialize([orders], instance=instance)
        reading.outbox.save_snapshot(known_as("shop", "db.raw.renamed"))  # type: ignore[arg-type]

        reading.poll()

        assert materialized(reading).dataset.name == "db.raw.orders"  # type: ignore[attr-defined]


@pytest.mark.parametrize("named", ["stub", "external"])
def test_an_upstream_of_another_code_location(instance: DagsterInstance, tmp_path: Path, named: str) -> None:
    """A dependency on what another code location makes is an edge from the table that it is there."""
    customers = dg.asset(name="customers", deps=["orders", "nowhere"])(_nothing)
    specs = [dg.AssetSpec("orders")] if named == "external" else []
    dg.materialize([customers, *specs], selection=["customers"], instance=instance)
    repository = dg.Definitions(assets=[customers, *specs]).get_repository_def()
    with desk(instance, tmp_path) as reading:
        mine = build_snapshot(repository, "marts")
        reading.outbox.save_snapshot(stored_snapshot(mine, valid_from=datetime.now(UTC)))
        reading.outbox.save_snapshot(known_as("shop", "db.raw.orders"))  # type: ignore[arg-type]

        reading.poll()

        (event,) = reading.events(event_types=("lineage.edges",))
        (edge,) = event.edges  # type: ignore[attr-defined]
        assert (edge.upstream.name, edge.upstream_asset_key) == ("db.raw.orders", "orders")
        assert event.correlation.code_location == "marts"


def _nothing() -> None: ...
