from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from phlo_hooks.attaching import plugin_context
from phlo_hooks.codec import decode_event
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.settings import Settings
from phlo_hooks.subscribers.openmetadata.collecting import collect
from phlo_hooks.subscribers.openmetadata.options import PLUGIN, Options
from phlo_hooks.subscribers.openmetadata.requests import (
    PostResult,
    PutEdge,
    PutEntity,
    PutProfile,
    PutStatus,
    PutTest,
    Request,
)

FLIGHTS = Path(__file__).parent / "fixtures" / "flights_run.jsonl"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MEASURED = {PostResult, PutProfile, PutStatus, PutTest}


def recorded(folder: Path) -> str:
    """Make a state database with a run of the example."""
    url = f"sqlite:///{folder / 'state.db'}"
    with Outbox.open(url) as outbox:
        outbox.append([decode_event(line) for line in FLIGHTS.read_bytes().splitlines()])
    return url


def collected(url: str, since: datetime) -> list[list[Request]]:
    with Outbox.look(url) as outbox:
        context = plugin_context(outbox, Settings(), PLUGIN)
        return list(collect(outbox, context, Options(), since=since))


def test_structure_first_then_history(tmp_path: Path) -> None:
    """Tables and edges come before runs, results and sizes, and the state database is only read."""
    url = recorded(tmp_path)
    before = (tmp_path / "state.db").read_bytes()

    structure, history = collected(url, LONG_AGO)

    kinds = {type(request) for request in structure}
    assert {PutEntity, PutEdge} <= kinds
    assert not kinds & MEASURED
    assert {type(request) for request in history} >= MEASURED
    assert (tmp_path / "state.db").read_bytes() == before


def test_history_from_a_day_on(tmp_path: Path) -> None:
    """What was before that day is left out of the history, not of the structure."""
    structure, history = collected(recorded(tmp_path), datetime(2100, 1, 1, tzinfo=UTC))

    assert any(isinstance(request, PutEdge) for request in structure)
    assert not [request for request in history if type(request) in MEASURED]
