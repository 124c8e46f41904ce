"""What is printed of a sync that came to its end."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from phlo_hooks.cli.openmetadata_report import Told, print_report
from phlo_hooks.cli.output import Output
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from phlo_hooks.subscribers.openmetadata.publishing import Published, Refusal
from phlo_hooks.subscribers.openmetadata.requests import PutEntity
from phlo_hooks.subscribers.openmetadata.syncing import SyncReport


def printed(report: SyncReport) -> list[str]:
    stream = io.StringIO()
    print_report(Output(stream, io.StringIO()), Told(report=report, url="http://om", calls=1200, seconds=3.25))
    return stream.getvalue().splitlines()


def refused(number: int) -> tuple[Refusal, ...]:
    name = EntityName(Kind.TABLE, ("s", "d", "r", "t"))
    return tuple(Refusal(PutEntity(name=name, body={}), f"table t{index}: 400 no") for index in range(number))


def test_the_counts_stand_in_a_table() -> None:
    """Structure and history have a line each, with what changed, stayed, was left out and refused."""
    report = SyncReport(
        events=10,
        structure=Published(sent=5, unchanged=2),
        history=Published(sent=1, withheld=3),
        since=datetime(2026, 11, 1, tzinfo=UTC),
    )

    lines = printed(report)

    assert lines[0] == "http://om has what is known"
    assert [line.split()[-4:] for line in lines[3:5]] == [["5", "2", "0", "0"], ["1", "0", "3", "0"]]
    assert lines[-1] == "10 events, 1,200 calls, 3.2 s; runs, results, sizes since 2026-11-01 00:00:00 UTC"


def test_what_is_missing_is_told() -> None:
    """Events of a newer version, and notes, stand below the table."""
    lines = printed(SyncReport(unread=3, notes=("the catalog failed",)))

    assert lines[-2:] == ["3 events of a newer phlo-hooks could not be read", "the catalog failed"]


def test_a_long_list_of_refusals_is_cut() -> None:
    """Twenty are named, the others counted; --json has all."""
    report = SyncReport(structure=Published(refused=refused(21)), history=Published(refused=refused(2)))

    lines = printed(report)

    assert lines[-22] == "Refused by the server"
    assert lines[-21] == "  table t0: 400 no"
    assert lines[-1] == "  and 3 more; --json lists all"
    assert len(Told(report=report, url="", calls=0, seconds=0.0).as_json()["refused"]) == 23
