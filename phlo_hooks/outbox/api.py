"""
What the state database holds, as data.

``seq`` is the total order of the outbox: it is assigned under a lock, so that a lower one is never committed after a
higher one, on PostgreSQL too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from phlo_hooks.codec import decode_event
from phlo_hooks.events import HookEvent


@dataclass(frozen=True, kw_only=True)
class StoredEvent:
    """
    One row of the outbox.

    Attributes:
        body: The bytes as first encoded.
        revision: 1 unless the event corrects an earlier row with the same id.
    """

    seq: int
    event_id: str
    revision: int
    event_type: str
    run_id: str
    key: str
    timestamp: datetime
    recorded_at: datetime
    body: bytes

    def decode(self) -> HookEvent:
        """Return the event; a new object each time."""
        return decode_event(self.body)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What a transaction stored: new events, corrected ones, and those it already had."""

    new: int = 0
    revised: int = 0
    duplicate: int = 0

    def __add__(self, other: Recorded) -> Recorded:
        """Add up two transactions."""
        return Recorded(
            new=self.new + other.new, revised=self.revised + other.revised, duplicate=self.duplicate + other.duplicate
        )


@dataclass(frozen=True, kw_only=True)
class EventQuery:
    """
    Which events to list, oldest first.

    Attributes:
        event_types: Exact types or globs such as ``ingestion.*``; empty for all.
        run_id: A full id or the beginning of one.
        asset_key: A key or a glob.
        after_seq: Only later rows.
        newest: With ``limit``: the last rows instead of the first, still oldest first.
    """

    event_types: tuple[str, ...] = ()
    run_id: str | None = None
    asset_key: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after_seq: int = 0
    limit: int | None = None
    newest: bool = False
    all_revisions: bool = False


@dataclass(frozen=True, kw_only=True)
class ConsumerState:
    """
    One consumer of the outbox.

    Attributes:
        name: ``bus`` or ``plugin:hook``.
        position: Every event up to this seq is delivered, did not match, or has a row of its own in the deliveries.
        breaker: ``closed``, ``open`` or ``half_open``.
        open_until: When the breaker lets a probe through.
        pending: Events beyond the position plus those that wait or are to be retried.
        dead: Dead letters.
        oldest_pending_at: ``recorded_at`` of the oldest undelivered event; ``None`` when none is.
        seen_at: When the hook was last registered by a running dispatcher.
    """

    name: str
    position: int
    created_at: datetime
    seen_at: datetime
    delivered: int = 0
    failed: int = 0
    last_error: str | None = None
    last_delivered_at: datetime | None = None
    breaker: str = "closed"
    open_until: datetime | None = None
    pending: int = 0
    dead: int = 0
    oldest_pending_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class DeliveryRow:
    """
    A delivery that failed, waits behind one that did, was replayed, or is dead.

    Attributes:
        status: ``retry``, ``waiting`` or ``dead``.
        error_kind: ``transient``, ``permanent``, ``error`` (unclassified) or ``crash`` (the process died in it).
    """

    consumer: str
    seq: int
    event_id: str
    event_type: str
    run_id: str
    status: str
    attempts: int
    next_attempt_at: datetime | None = None
    last_attempt_at: datetime | None = None
    error: str | None = None
    error_kind: str | None = None
    after_dead_letter: bool = False
    replay: bool = False


@dataclass(frozen=True, kw_only=True)
class LeaseState:
    """Who relays for an instance, and until when."""

    name: str
    owner: str
    epoch: int
    acquired_at: datetime
    expires_at: datetime
    pid: int | None = None
    host: str | None = None


@dataclass(frozen=True, kw_only=True)
class UntranslatableRow:
    """A record of a source's log that no event could be made from."""

    source: str
    stream_id: str
    record_id: int
    record_type: str
    error: str
    first_seen_at: datetime
    attempts: int


@dataclass(frozen=True, kw_only=True)
class OutboxSummary:
    """Counts for ``status`` and the demo."""

    events: int
    runs: int
    by_type: Sequence[tuple[str, int]]
    first_at: datetime | None
    last_at: datetime | None
    untranslatable: int
