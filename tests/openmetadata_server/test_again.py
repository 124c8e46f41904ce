"""What was told once is not told again."""

from __future__ import annotations

from pathlib import Path

from tests.openmetadata_server.platform import Platform, flights
from tests.openmetadata_server.shop_runs import Check, Run
from tests.openmetadata_standin import StandIn, running

RUNS = (
    Run(),
    Run(day=1, status="failure", broken="marts/sales", publish=False),
    Run(day=2, checks=(Check("staging/stg_orders", "not_null_id", "fail", "id", 2),)),
    Run(day=3),
)


def test_replay_changes_nothing(shop: Platform, server: StandIn) -> None:
    """Of four runs, one of which failed and one of which found a fault: no request changes anything."""
    for run in RUNS:
        shop.append(run.events())
    shop.drain()
    before = server.dump()
    server.journal.clear()

    report = shop.replay()

    assert report.complete, report.note
    assert server.journal.changes == []
    assert server.dump() == before


def test_replay_of_the_example_changes_nothing(new_shop: Platform, newest: StandIn) -> None:
    """The same with all of its tables, tests and files."""
    new_shop.append(flights())
    new_shop.drain()
    before = newest.dump()
    newest.journal.clear()

    new_shop.replay()

    assert newest.journal.changes == []
    assert newest.dump() == before


def test_another_state_database_tells_the_same(new_shop: Platform, newest: StandIn, elsewhere: Path) -> None:
    """Nothing is known there of what was sent: the server is read, and tables, edges and tests are left as they are."""
    new_shop.append(Run().events())
    new_shop.drain()
    before = newest.dump()
    newest.journal.clear()

    other = Platform(elsewhere, newest)
    other.append(Run().events())
    other.drain()

    told = [line for line in newest.journal.changes if "tableProfile" not in line]
    after = newest.dump()
    assert {line.split(" ")[1].partition("/")[0] for line in told} <= {"pipelines"}
    for part in ("entities", "edges", "runs", "results"):
        assert after[part] == before[part]


def test_late_events_land_where_they_belong(new_shop: Platform, newest: StandIn, elsewhere: Path) -> None:
    """Two runs told in the other order end in the same state."""
    first, second = Run().events(), Run(day=1).events()
    for late in (second, first):
        new_shop.append(late)
        new_shop.drain()

    with running("2.0") as server:
        other = Platform(elsewhere, server)
        other.append([*first, *second])
        other.drain()

        assert newest.dump() == server.dump()
