"""How facts are kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

import pytest

from phlo_hooks.keep import MemoryKeep
from phlo_hooks.subscribers.openmetadata.learning import Knowledge
from phlo_hooks.subscribers.openmetadata.learning.notes import EPOCH, micros, remembered, stamp_of
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from tests.openmetadata.learning_shop import (
    MART,
    RAW,
    STAGED,
    Learner,
    Run,
    columns,
    edge,
    everything,
    load_with_child,
    table,
)


class CountingKeep(MemoryKeep):
    """Counts how often it is looked at."""

    looks = 0

    def get(self, names: Collection[str]) -> dict[str, bytes]:
        """Count, and return."""
        self.looks += 1
        return super().get(names)


def shop(learner: Learner) -> Run:
    """Learn one run of the shop."""
    run = Run()
    learner(
        run.start("raw/orders", "staging/orders"),
        load_with_child(run),
        run.transform(columns=columns("id"), unique_id="model.shop.orders", seconds=0.5, rows=1),
        run.lineage(edge(RAW, STAGED, "id", upstream_asset_key="raw/orders"), sql="select 1"),
        run.check(where={"step_key": "load"}),
        run.end(),
    )
    return run


def test_another_process_knows_what_was_committed() -> None:
    """All facts are in the keep, and only there."""
    learner = Learner()
    shop(learner)

    other = Knowledge(learner.keep)

    assert everything(other) == everything(learner.known)
    assert other.run("run-1") == learner.known.run("run-1")


def test_values_of_another_version_count_as_unknown() -> None:
    """Nothing that was kept can make learning fail: what cannot be read is learned anew."""
    learner = Learner()
    shop(learner)
    for broken in (b"{", b"[]", b'{"fact": 1}', b"\xff"):
        learner.keep.put({name: broken for name, _ in list(learner.keep.items())})
        fresh = Learner(learner.keep)

        assert all(not facts for facts in everything(fresh.known).values())
        shop(fresh)
        assert fresh.known.table(table("staging.orders")) is not None


def test_what_is_not_known_is_none_or_empty() -> None:
    """Reading never fails for want of a fact."""
    known, name = Knowledge(MemoryKeep()), table("raw.orders")

    found = [known.table(name), known.pipeline(name), known.run("x"), known.asset("x"), known.exposure(name)]
    lists = [known.lineage(name), known.assets_of(name), known.exposures_of(name)]
    assert found == [None] * 5
    assert known.check(name, None, "x") is None
    assert lists == [()] * 3
    assert known.spelled(name) == name


@pytest.mark.parametrize("event_type", ["transform.end", "quality.result", "step.start", "lineage.edges"])
def test_an_event_looks_at_the_keep_twice_at_most(event_type: str) -> None:
    """A database is asked for all that an event needs together, whatever is known already."""
    keep = CountingKeep()
    learner = Learner(keep)
    shop(learner)
    run = Run(2)
    learner(run.start("staging/orders"))
    event = {
        "transform.end": run.transform(columns=columns("id")),
        "quality.result": run.check(dataset=STAGED, asset_key="staging/orders", where={"step_key": "build"}),
        "step.start": run.step("step.start", "build", "started", "staging/orders"),
        "lineage.edges": run.lineage(edge(RAW, STAGED, "id", upstream_asset_key="raw/orders")),
    }[event_type]
    keep.looks = 0

    learner(event)

    assert keep.looks <= 2


def test_a_full_name_that_begins_like_another_is_not_mixed_up() -> None:
    """A run, a job or a table may be called like the beginning of another."""
    learner, one, ten = Learner(), Run(1), Run(10)

    learner(one.start("a"), ten.start("b"), one.load(), ten.transform(), one.lineage(edge(STAGED, MART, "id")))

    runs = {fact.run_id: list(fact.tasks) for fact in learner.known.all_runs()}
    assert runs == {"run-1": ["raw__orders"], "run-10": ["staging__orders"]}


def test_later_events_have_greater_stamps() -> None:
    """Time decides first; an event before 1970 is as old as can be."""
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, microsecond=1, tzinfo=UTC)

    assert stamp_of(early, "z", rank=9) < stamp_of(late, "a", rank=0)
    assert stamp_of(early, "a", revision=1) < stamp_of(early, "a", revision=2)
    assert stamp_of(early, "a", rank=0) < stamp_of(early, "a", rank=1)
    assert micros(datetime(1900, 1, 1, tzinfo=UTC)) == micros(EPOCH) == 0


def test_only_the_newest_stamps_are_remembered() -> None:
    """What is told again long after counts as new: the server knows it by its time."""
    recent: list[str] = []
    for number in range(100):
        assert not remembered(recent, f"{number:03d}")

    assert remembered(recent, "099")
    assert len(recent) < 100


def test_names_of_all_kinds_are_kept_apart() -> None:
    """Quotes, dots and slashes in names lead to no other's facts."""
    learner = Learner()
    odd = [f'shop."a.b"."{name}"' for name in ("x/y", "x", "x.y")]

    for number, name in enumerate(odd):
        run = Run(number)
        learner(run.load(type(RAW)(namespace=RAW.namespace, name=name), key=name, columns=columns(f"c{number}")))

    assert [fact.columns for fact in learner.known.all_tables()].count(columns("c1")) == 1
    assert len(list(learner.known.all_tables())) == 3
    assert learner.known.table(EntityName(Kind.TABLE, ("a", "b", "c", "d"))) is None
