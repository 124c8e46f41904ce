"""One run as it is looked at by itself: its steps, its events, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from phlo_hooks.lineage.graph import GraphRun
from phlo_hooks.lineage.recorded import RUN_TYPES, Recorded, RunRecord
from phlo_hooks.lineage.run_tree import graph_run
from phlo_hooks.outbox.api import ConsumerState, DeliveryRow
from phlo_hooks.outbox.history import History
from phlo_hooks.outbox.store import Outbox

LIKE = 6
"""How many runs are named when the beginning of an id fits several."""


@dataclass(frozen=True, kw_only=True)
class RunDelivery:
    """
    What one consumer has had of a run.

    Attributes:
        handled: Events that are delivered, or that it did not want.
        waiting: Events that wait, or are to be tried again.
        dead: Events that it could not take.
        to_come: Events that it has not come to yet.
        before: Events that were recorded before the consumer was there; it never gets them.
    """

    consumer: str
    handled: int = 0
    waiting: int = 0
    dead: int = 0
    to_come: int = 0
    before: int = 0
    last_error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Trace:
    """
    A run with all its steps, and what became of its events.

    Attributes:
        event_types: How many events there are of each type.
        last_at: When the newest of its events happened.
    """

    run: GraphRun
    last_at: datetime
    event_types: dict[str, int]
    deliveries: tuple[RunDelivery, ...] = ()


def find_runs(outbox: Outbox, run_id: str | None) -> list[str]:
    """
    Return the runs that an id, or the beginning of one, means; several only when it fits several.

    Args:
        run_id: ``None`` for the newest run.
    """
    history = History(outbox.database)
    return history.newest_runs(RUN_TYPES, 1) if run_id is None else history.runs_like(run_id, LIKE)


def trace_run(outbox: Outbox, run_id: str, *, ui_url: str | None = None) -> Trace | None:
    """Return a run with everything in it; ``None`` when there is no event of it that can be read."""
    history = History(outbox.database)
    events = list(Recorded(history).decode(history.run(run_id)))
    places = history.places(run_id)
    run = graph_run(RunRecord(run_id=run_id, size=len(places), events=events), lambda _key, _dataset: (), ui_url)
    if run is None:
        return None
    rows = outbox.deliveries(run_id=run_id)
    began = outbox.began()
    return Trace(
        run=run,
        last_at=max(event.timestamp for event in events),
        event_types=dict(sorted(Counter(event_type for _, event_type, _ in places).items())),
        deliveries=tuple(_delivery(state, places, rows, began.get(state.name)) for state in outbox.consumers()),
    )


def _delivery(
    state: ConsumerState,
    places: Sequence[tuple[int, str, datetime]],
    rows: Sequence[DeliveryRow],
    began: datetime | None,
) -> RunDelivery:
    own = [row for row in rows if row.consumer == state.name]
    dead = sum(row.status == "dead" for row in own)
    open_places = {row.seq for row in own}
    before = sum(began is not None and recorded_at < began for seq, _, recorded_at in places if seq not in open_places)
    passed = sum(seq <= state.position for seq, _, _ in places if seq not in open_places)
    to_come = sum(seq > state.position for seq, _, _ in places if seq not in open_places)
    return RunDelivery(
        consumer=state.name,
        handled=max(0, passed - before),
        waiting=len(own) - dead,
        dead=dead,
        to_come=to_come,
        before=before,
        last_error=next((row.error for row in own if row.error), None),
    )
