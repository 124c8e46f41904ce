"""Rows that appear below others that were read: what PostgreSQL does when transactions commit out of order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster import DagsterInstance
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dagster.harness import Desk, desk

OVERLAP = 10.0


@dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
def flaky(context: dg.AssetExecutionContext) -> int:
    if context.retry_number == 0:
        raise RuntimeError("once")
    return 1


@dg.asset(deps=[flaky])
def fine() -> int:
    return 2


@dg.asset(deps=[fine])
def broken() -> None:
    raise RuntimeError("always")


@dg.asset(deps=[broken])
def never() -> None: ...


class Log:
    """One recorded run whose rows can be made to appear in any order."""

    def __init__(self, instance: DagsterInstance) -> None:
        self.run_id = dg.materialize([flaky, fine, broken, never], instance=instance, raise_on_error=False).run_id
        path = instance.event_log_storage.path_for_shard(self.run_id)  # type: ignore[attr-defined]
        self.engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
        with self.engine.begin() as connection:
            self.rows: list[dict[str, Any]] = [
                dict(row._mapping) for row in connection.execute(sa.text("SELECT * FROM event_logs ORDER BY id"))
            ]

    def clear(self) -> None:
        """Take all rows back."""
        with self.engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM event_logs"))

    def show(self, row: dict[str, Any]) -> None:
        """Let one row appear."""
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        with self.engine.begin() as connection:
            connection.execute(sa.text(f"INSERT INTO event_logs ({names}) VALUES ({values})"), row)


@pytest.fixture(scope="module")
def log(empty_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DagsterInstance, Log]]:
    """Return an instance with one run, and that run's log."""
    with DagsterInstance.from_config(str(empty_home)) as instance:
        yield instance, Log(instance)


@contextmanager
def reading_of(instance: DagsterInstance, folder: Path, **relay: Any) -> Iterator[Desk]:
    with desk(instance, folder, overlap=OVERLAP, **relay) as opened:
        yield opened


def shown_in_order(instance: DagsterInstance, log: Log, folder: Path) -> dict[str, bytes]:
    """Return what the run gives when its rows appear as they were written."""
    log.clear()
    for row in log.rows:
        log.show(row)
    with reading_of(instance, folder) as reading:
        reading.settle()
        return newest_bodies(reading)


def newest_bodies(reading: Desk) -> dict[str, bytes]:
    """Return each event's newest revision."""
    from phlo_hooks.outbox.api import EventQuery

    return {stored.event_id: stored.body for stored in reading.outbox.events(EventQuery())}


@given(seed=st.integers(0, 2**32), page_size=st.integers(1, 40), disorder=st.integers(0, 8), restarts=st.booleans())
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_late_rows_lose_and_double_nothing(
    log: tuple[DagsterInstance, Log],
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    page_size: int,
    disorder: int,
    *,
    restarts: bool,
) -> None:
    """However rows are delayed within the overlap, and wherever the relay is killed, the events are the same."""
    instance, recorded = log
    chance = random.Random(seed)
    expected = shown_in_order(instance, recorded, tmp_path_factory.mktemp("expected"))
    order = sorted(range(len(recorded.rows)), key=lambda number: number + chance.uniform(0, disorder))
    recorded.clear()

    with reading_of(instance, tmp_path_factory.mktemp("actual"), page_size=page_size) as reading:
        for number in order:
            recorded.show(recorded.rows[number])
            if chance.random() < 0.4:
                reading.time.advance(0.5)
                reading.poll()
            if restarts and chance.random() < 0.1:
                reading.restart()
        reading.settle()
        found = newest_bodies(reading)

    assert set(found) == set(expected)
    assert found == expected


def test_the_cursor_waits_for_the_overlap(log: tuple[DagsterInstance, Log], tmp_path: Path) -> None:
    """The stored cursor stays behind what may still get a predecessor, and follows when the overlap is over."""
    instance, recorded = log
    recorded.clear()
    with reading_of(instance, tmp_path) as reading:
        for row in recorded.rows[:10]:
            recorded.show(row)
        reading.poll()
        assert reading.memory.stream(recorded.run_id).cursor == 0
        assert reading.outbox.head() > 0

        reading.time.advance(OVERLAP + 1)
        reading.poll()

        assert reading.memory.stream(recorded.run_id).cursor > 0


def test_a_row_later_than_the_overlap_is_found_at_the_end(log: tuple[DagsterInstance, Log], tmp_path: Path) -> None:
    """A transaction open for longer than the overlap is caught when the ended run is read once more."""
    instance, recorded = log
    expected = shown_in_order(instance, recorded, tmp_path)
    recorded.clear()
    late = next(row for row in recorded.rows if row["dagster_event_type"] == "ASSET_MATERIALIZATION")
    (tmp_path / "late").mkdir()
    with reading_of(instance, tmp_path / "late") as reading:
        for row in recorded.rows[:-3]:
            if row is not late:
                recorded.show(row)
                reading.poll()
        reading.time.advance(OVERLAP - 2)
        reading.poll()
        for row in [*recorded.rows[-3:], late]:
            recorded.show(row)
        reading.settle()

        assert newest_bodies(reading) == expected
