"""Notice consumers that have fallen behind, and tell it once each time."""

from __future__ import annotations

import logging
from datetime import timedelta

import sqlalchemy as sa

from phlo_hooks.delivering.reports import lagging
from phlo_hooks.events import ErrorEvent
from phlo_hooks.outbox.leases import Lease
from phlo_hooks.outbox.recording import append_encoded, encode_all
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.outbox.tables import consumers

_log = logging.getLogger(__name__)


def watch_lag(outbox: Outbox, lease: Lease, limit: float) -> list[ErrorEvent]:
    """Record a ``delivery.lagging`` for each consumer that newly is more than ``limit`` seconds behind."""
    states = outbox.consumers()
    now = outbox.database.now()
    behind = {
        state.name: (now - state.oldest_pending_at, state.pending)
        for state in states
        if state.oldest_pending_at is not None and now - state.oldest_pending_at > timedelta(seconds=limit)
    }
    with outbox.database.read() as connection:
        marked: set[str] = set(
            connection.execute(sa.select(consumers.c.name).where(consumers.c.lagging_since.is_not(None))).scalars()
        )
    if marked == set(behind):
        return []
    reports = [
        lagging(name, age.total_seconds(), count, now) for name, (age, count) in behind.items() if name not in marked
    ]
    with outbox.database.write() as connection:
        lease.check(connection)
        append_encoded(connection, encode_all(reports), now)
        for name in marked ^ set(behind):
            since = now if name in behind else None
            connection.execute(sa.update(consumers).where(consumers.c.name == name).values(lagging_since=since))
    for report in reports:
        _log.warning("%s", report.message)
    return reports
