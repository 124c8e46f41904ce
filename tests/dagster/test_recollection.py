"""What runs tell of tables is there for the runs after them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import GenericEvent, LineageEvent
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.source import Batch
from phlo_hooks_dagster import compat_step
from phlo_hooks_dagster.recollection import Recollection, column_marks
from phlo_hooks_dagster.translator.context import Learned
from tests.dagster.harness import Desk, desk, emit, rider_of

ORDERS = DatasetRef(namespace="duckdb://wh", name="wh.raw.orders")


def test_columns_are_kept_until_they_change(tmp_path: Path) -> None:
    """What is known already is not written again; what is new replaces it."""
    with Outbox.open(f"sqlite:///{tmp_path / 'state.db'}") as outbox:
        memory = outbox.memory("dagster")

        first = column_marks(memory, told(1.0, "id", "amount"))
        outbox.record("dagster", Batch(marks=first))
        again = column_marks(memory, told(1.0, "id", "amount"))
        outbox.record("dagster", Batch(marks=column_marks(memory, told(2.0, "id"))))

        assert (len(first), again) == (1, {})
        assert Recollection(memory).columns(ORDERS) == ["id"]
        assert Recollection(memory).columns(DatasetRef(namespace="duckdb://wh", name="wh.raw.other")) is None


def test_an_old_run_does_not_take_back_what_a_later_one_told(tmp_path: Path) -> None:
    """A run that is translated anew, or read late, leaves alone what is known of a time after it."""
    with Outbox.open(f"sqlite:///{tmp_path / 'state.db'}") as outbox:
        memory = outbox.memory("dagster")
        outbox.record("dagster", Batch(marks=column_marks(memory, told(2.0, "id", "amount"))))

        assert column_marks(memory, told(1.0, "id")) == {}


def told(at: float, *columns: str) -> dict[str, Learned]:
    """Return what a run tells of the orders."""
    return {str(ORDERS): Learned(at=at, columns=columns)}


def test_a_relay_keeps_what_materializations_report(tmp_path: Path) -> None:
    """Columns that one run reports are stored with its events, in the same transaction."""

    @dg.asset(metadata={"dagster/table_name": "wh.raw.orders"}, kinds={"duckdb"})
    def orders() -> dg.MaterializeResult[None]:
        columns = [dg.TableColumn("id", "BIGINT"), dg.TableColumn("place", "STRUCT(city VARCHAR)")]
        return dg.MaterializeResult(metadata={"dagster/column_schema": dg.TableSchema(columns=columns)})

    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance, desk(instance, tmp_path) as here:
        dg.materialize([orders], instance=instance)
        here.settle()
        dataset = _dataset_of(here)

        assert Recollection(here.memory).columns(dataset) == ["id", "place\x1fSTRUCT(city VARCHAR)"]


def test_a_recorded_event_is_found_by_its_id(tmp_path: Path) -> None:
    """The newest revision is what counts; an id that nobody recorded gives nothing."""
    event = LineageEvent(event_id="e1", edges=(), sql="select 1")
    better = LineageEvent(event_id="e1", edges=(), sql="select 2", timestamp=event.timestamp)
    with Outbox.open(f"sqlite:///{tmp_path / 'state.db'}") as outbox:
        outbox.record("dagster", Batch(events=[event]))
        outbox.record("dagster", Batch(events=[better], revise=True))
        found = Recollection(outbox.memory("dagster"))

        assert getattr(found.event("e1"), "sql", None) == "select 2"
        assert found.event("e2") is None


def _dataset_of(here: Any) -> DatasetRef:
    (made,) = [event for event in here.events() if event.event_type == "asset.materialized"]
    dataset: DatasetRef = made.dataset
    return dataset


def test_what_is_emitted_outside_of_a_run_replaces_nothing(tmp_path: Path) -> None:
    """An id that a run's event has, or one of no run before, names that event alone; reading again corrects nothing."""
    ids = ["5f9e1c7a-3b7e-4d2f-8a51-0c6f3d9b2e11", "0d6a8e52-91c4-4f0b-b1a7-2f1f6c9d4e33"]

    @dg.asset
    def orders(context) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  # Dagster takes no annotation as text
        emit(context.instance, context.run, "orders", {"event_type": "shop.told", "event_id": ids[0], "by": "run"})

    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance, desk(instance, tmp_path) as here:
        dg.materialize([orders], instance=instance)
        here.settle()
        for event_id, by in ((ids[0], "nobody"), (ids[1], "first"), (ids[1], "second")):
            _say_outside(instance, {"event_type": "shop.told", "event_id": event_id, "by": by})
            here.settle()
        before = _told(here)
        corrected = [here.outbox.record("dagster", batch).revised for batch in here.source.read_again(here.memory, "")]

    (run, nobody, first) = before
    assert (run, first) == ((ids[0], "run"), (ids[1], "first"))
    assert nobody[1] == "nobody"
    assert sum(corrected) == 0


def _say_outside(instance: dg.DagsterInstance, event: dict[str, Any]) -> None:
    compat_step.report_rider(instance, run_id="", job_name="", step_key=None, message="said", metadata=rider_of(event))


def _told(here: Desk) -> list[tuple[str, str]]:
    return [(event.event_id, event.data["by"]) for event in here.events() if isinstance(event, GenericEvent)]
