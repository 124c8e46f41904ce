"""Rows that appear below others that were read: what PostgreSQL does when transactions commit out of order."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster import DagsterInstance
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phlo_hooks.settings import load_settings
from phlo_hooks_dagster.source import DagsterEventSource
from tests.dagster.harness import Shelf, StillClock, emit

OVERLAP = 10.0


@dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
def flaky(context) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001  # Dagster refuses string annotations
    emit(context.instance, context.run, "flaky", {"event_type": "shop.tried", "number": context.retry_number})
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

    def shuffled(self, chance: random.Random, disorder: int) -> list[dict[str, Any]]:
        """
        Return the rows in an order in which they may become visible.

        Each process commits its own rows one after the other, and the run's own process goes on when a step's has
        ended; between steps a lower id may appear later.
        """
        latest: dict[str, float] = {}
        places = []
        for number, row in enumerate(self.rows):
            writer = row["step_key"] or ""
            before = latest.get(writer, 0.0) if writer else max(latest.values(), default=0.0)
            latest[writer] = max(before, number + chance.uniform(0, disorder))
            places.append((latest[writer], number, row))
        return [row for _, _, row in sorted(places, key=lambda place: place[:2])]

    def clear(self) -> None:
        """Take all rows back."""
        with self.engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM event_logs"))

    def show(self, row: dict[str, Any]) -> None:
        """Let one row appear."""
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        with self.engine.begin() as connection:
            connection.execute(sa.text(f"INSERT INTO event_logs ({names}) VALUES ({values})"), row)  # noqa: S608  # ours


class Reader:
    """A source over that log, with an outbox in memory and a clock that stands still."""

    def __init__(self, instance: DagsterInstance, folder: Path, **relay: Any) -> None:
        given = {"start": "all", "relay": {"snapshot_wait": 0, "overlap": OVERLAP, **relay}}
        self._settings = load_settings(given, root=folder)
        self._instance = instance
        self.time = StillClock(at=datetime.now(UTC))
        self.shelf = Shelf()
        self.restart()

    def restart(self) -> None:
        """Forget what is in memory, as a killed relay does."""
        self.source = DagsterEventSource(self._instance, self._settings, clock=self.time.clock())
        self.source.skip_target()

    def poll(self, *, stop_after: int | None = None) -> None:
        """Store what one poll yields; with ``stop_after``, die before the batch after so many is stored."""
        for number, batch in enumerate(self.source.poll(self.shelf)):
            if number == stop_after:
                self.restart()
                return
            self.shelf.record(batch)

    def settle(self) -> dict[str, bytes]:
        """Read to the end and return each event's newest revision."""
        for batch in self.source.settle(self.shelf):
            self.shelf.record(batch)
        return self.shelf.newest()


@pytest.fixture(scope="module")
def log(empty_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DagsterInstance, Log]]:
    """Return an instance with one run, and that run's log."""
    home = shutil.copytree(empty_home, tmp_path_factory.mktemp("log") / "home")
    with DagsterInstance.from_config(str(home)) as instance:
        yield instance, Log(instance)


@pytest.fixture(scope="module")
def expected(log: tuple[DagsterInstance, Log], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return what the run gives when its rows appear as they were written."""
    instance, _ = log
    found = Reader(instance, tmp_path_factory.mktemp("expected")).settle()
    assert sum(b"shop.tried" in body for body in found.values()) == 2
    return found


@given(
    seed=st.integers(0, 2**32),
    page_size=st.sampled_from([1, 3, 7, 1000]),
    disorder=st.integers(0, 8),
    kills=st.booleans(),
)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_late_rows_lose_and_double_nothing(  # what Hypothesis varies, and fixtures
    log: tuple[DagsterInstance, Log],
    expected: dict[str, bytes],
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    page_size: int,
    disorder: int,
    *,
    kills: bool,
) -> None:
    """However rows are delayed within the overlap, and wherever the relay is killed, the events are the same."""
    instance, recorded = log
    chance = random.Random(seed)
    order = recorded.shuffled(chance, disorder)
    recorded.clear()
    reader = Reader(instance, tmp_path_factory.mktemp("actual"), page_size=page_size)

    for row in order:
        recorded.show(row)
        if chance.random() < 0.3:
            reader.time.advance(0.5)
            reader.poll(stop_after=chance.randrange(3) if kills and chance.random() < 0.3 else None)
    found = reader.settle()

    assert set(found) == set(expected)
    assert found == expected


def test_the_cursor_waits_for_the_overlap(log: tuple[DagsterInstance, Log], tmp_path: Path) -> None:
    """The stored cursor stays behind what may still get a predecessor, and follows when the overlap is over."""
    instance, recorded = log
    recorded.clear()
    reader = Reader(instance, tmp_path)
    for row in recorded.rows[:10]:
        recorded.show(row)
    reader.poll()
    before = reader.shelf.stream(recorded.run_id)

    reader.time.advance(OVERLAP + 1)
    reader.poll()

    after = reader.shelf.stream(recorded.run_id)
    assert before is not None
    assert after is not None
    assert (before.cursor, bool(reader.shelf.bodies)) == (0, True)
    assert after.cursor > 0


@pytest.mark.parametrize(("step", "kind"), [("fine", "ASSET_MATERIALIZATION"), ("flaky", "ENGINE_EVENT")])
def test_a_row_later_than_the_overlap_is_found_at_the_end(
    log: tuple[DagsterInstance, Log], expected: dict[str, bytes], tmp_path: Path, step: str, kind: str
) -> None:
    """A transaction open for longer than the overlap is caught when the ended run is read once more; a rider's too."""
    instance, recorded = log
    recorded.clear()
    of_step = [row for row in recorded.rows if row["step_key"] == step]
    stuck = next(row for row in of_step if row["dagster_event_type"] == kind)
    late = [row for row in of_step if row["id"] >= stuck["id"]]
    reader = Reader(instance, tmp_path, settle=60)
    for row in recorded.rows[:-3]:
        if row not in late:
            recorded.show(row)
    reader.poll()
    reader.time.advance(OVERLAP + 5)
    reader.poll()
    passed = reader.shelf.stream(recorded.run_id)
    for row in [*late, *recorded.rows[-3:]]:
        recorded.show(row)

    found = reader.settle()

    assert passed is not None
    assert passed.cursor > stuck["id"]
    assert {event_id: found.get(event_id) for event_id in expected} == expected
