from __future__ import annotations

import pytest

from phlo_hooks.cli.changes import Changes
from phlo_hooks.outbox.api import Recorded
from phlo_hooks.relay import RelayProgress
from phlo_hooks.source import SourceLag


class Told:
    """What a relay's log says, with a clock that is set by hand."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.now = 0.0
        self.changes = Changes(self.lines.append, lag_warning=300, clock=lambda: self.now)

    def tell(self, phase: str, **more: object) -> list[str]:
        """Report progress; return the lines that it made."""
        before = len(self.lines)
        self.changes.tell(RelayProgress(phase=phase, **more))  # type: ignore[arg-type]
        return self.lines[before:]


@pytest.fixture
def told() -> Told:
    return Told()


def test_nothing_is_said_while_nothing_changes(told: Told) -> None:
    """An idle relay is quiet."""
    first = told.tell("idle")

    assert first == ["lease acquired; this relay is at work"]
    assert told.tell("reading", source="dagster") == []
    assert told.tell("idle") == []


def test_standing_by_taking_over_and_losing_the_lease_are_told(told: Told) -> None:
    """Who has the lease is said once, and each time it changes."""
    assert told.tell("standby", note="box relays") == ["standby: box relays"]
    assert told.tell("standby", note="box relays") == []
    assert told.tell("reading") == ["lease acquired; this relay is at work"]
    assert told.tell("standby") == ["lease lost; standby: another relay holds the lease"]


def test_a_source_that_goes_and_comes_back_is_told(told: Told) -> None:
    """Once when it cannot be reached, again when the reason changes, and once when it is back."""
    told.tell("idle")

    assert told.tell("unreachable", source="dagster", note="refused") == [
        "source dagster cannot be reached: refused; trying again"
    ]
    assert told.tell("unreachable", source="dagster", note="refused") == []
    assert told.tell("reading", source="other") == []
    assert told.tell("idle") == ["source dagster is reached again"]
    assert told.tell("unreachable", note="locked") == ["the state database cannot be reached: locked; trying again"]
    assert told.tell("idle") == ["the state database is reached again"]


def test_lag_is_told_when_it_passes_the_limit_and_when_it_is_gone(told: Told) -> None:
    """Behind and caught up: two lines, however often it is reported between."""
    told.tell("idle")
    late = SourceLag(open_streams=2, seconds=900)

    assert told.tell("idle", lag=late, pending=7) == ["behind by 15 min 0 s: 2 open runs, 7 events to deliver"]
    assert told.tell("idle", lag=late) == []
    assert told.tell("idle", lag=SourceLag(open_streams=2, seconds=200)) == []
    assert told.tell("idle", lag=SourceLag(open_streams=0, seconds=0)) == ["caught up"]


def test_work_is_summed_up_once_a_minute(told: Told) -> None:
    """What was recorded and delivered since the last such line; none when nothing was."""
    told.tell("idle")
    told.now = 61
    first = told.tell("idle", recorded=Recorded(new=5, revised=1), delivered=10, pending=2)
    told.now = 100
    early = told.tell("idle", recorded=Recorded(new=9), delivered=10)
    told.now = 130
    second = told.tell("idle", recorded=Recorded(new=9), delivered=11)

    assert first == ["6 events recorded, 10 deliveries made, 2 to go"]
    assert early == []
    assert second == ["3 events recorded, 1 delivery made, 0 to go"]
