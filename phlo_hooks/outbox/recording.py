"""Events, watermark, translator state and marks in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from phlo_hooks.codec import encode_event
from phlo_hooks.events import ErrorEvent, ErrorInfo, HookCorrelation, HookEvent
from phlo_hooks.ids import synthetic_event_id
from phlo_hooks.outbox.api import Recorded
from phlo_hooks.outbox.database import CHUNK, Database, insert_missing, lock_head, upsert
from phlo_hooks.outbox.leases import Lease
from phlo_hooks.outbox.memory import insert_snapshot
from phlo_hooks.outbox.tables import events, head, marks, streams, untranslatable
from phlo_hooks.source import Batch, StreamState, UntranslatableRecord


@dataclass(frozen=True, kw_only=True)
class EncodedEvent:
    """An event and its bytes, encoded before the transaction begins."""

    event: HookEvent
    body: bytes


def encode_all(given: Iterable[HookEvent]) -> list[EncodedEvent]:
    """Encode events."""
    return [EncodedEvent(event=event, body=encode_event(event)) for event in given]


class Recording:
    """Writes what a source read; all of it, or nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, source: str, batch: Batch, lease: Lease | None) -> Recorded:
        """Store a batch of a source in one transaction."""
        encoded = encode_all(batch.events)
        with self._database.write() as connection:
            if lease is not None:
                lease.check(connection)
            now = self._database.now()
            recorded = append_encoded(connection, encoded, now, revise=batch.revise)
            if batch.stream is not None:
                upsert(connection, streams, [_stream_row(source, batch.stream)])
                _forget_translated(connection, source, batch.stream.stream_id, batch.translated)
            upsert(connection, marks, [{"source": source, "name": k, "value": v} for k, v in batch.marks.items()])
            for snapshot in batch.snapshots:
                lock_head(connection)
                insert_snapshot(connection, snapshot)
            reports = [
                _report(source, each, now)
                for each in batch.untranslatable
                if _keep_untranslatable(connection, source, each, now)
            ]
            append_encoded(connection, encode_all(reports), now)
            return recorded

    def append(self, given: Iterable[HookEvent], lease: Lease | None) -> Recorded:
        """Store events that no source read."""
        encoded = encode_all(given)
        with self._database.write() as connection:
            if lease is not None:
                lease.check(connection)
            return append_encoded(connection, encoded, self._database.now())


def append_encoded(
    connection: Connection, encoded: Sequence[EncodedEvent], now: datetime, *, revise: bool = False
) -> Recorded:
    """Append events whose ids are new; with ``revise``, also those whose content is."""
    if not encoded:
        return Recorded()
    seq = lock_head(connection)
    stored = _stored(connection, [each.event.event_id for each in encoded], bodies=revise)
    rows: list[dict[str, Any]] = []
    revised = 0
    for each in encoded:
        revision, body = stored.get(each.event.event_id, (0, None))
        if revision and (not revise or body == each.body):
            continue
        revised += revision > 0
        stored[each.event.event_id] = (revision + 1, each.body)
        seq += 1
        rows.append(_event_row(each, seq, revision + 1, now))
    if rows:
        connection.execute(sa.insert(events), rows)
        connection.execute(sa.update(head).where(head.c.id == 1).values(seq=seq))
    return Recorded(new=len(rows) - revised, revised=revised, duplicate=len(encoded) - len(rows))


def _stored(connection: Connection, ids: Sequence[str], *, bodies: bool) -> dict[str, tuple[int, bytes | None]]:
    found: dict[str, tuple[int, bytes | None]] = {}
    body = events.c.body if bodies else sa.null().label("body")
    for start in range(0, len(ids), CHUNK):
        query = (
            sa.select(events.c.event_id, events.c.revision, body)
            .where(events.c.event_id.in_(ids[start : start + CHUNK]))
            .order_by(events.c.revision)
        )
        for row in connection.execute(query):
            found[row.event_id] = (row.revision, row.body)
    return found


def _event_row(encoded: EncodedEvent, seq: int, revision: int, now: datetime) -> dict[str, Any]:
    event = encoded.event
    where = event.correlation
    return {
        "seq": seq,
        "event_id": event.event_id,
        "revision": revision,
        "event_type": event.event_type,
        "run_id": where.run_id or "",
        "asset_key": where.asset_key or getattr(event, "asset_key", None) or "",
        "key": event.key,
        "timestamp": event.timestamp,
        "recorded_at": now,
        "body": encoded.body,
    }


def _stream_row(source: str, stream: StreamState) -> dict[str, Any]:
    return {
        "source": source,
        "stream_id": stream.stream_id,
        "cursor": stream.cursor,
        "state": stream.state,
        "status": stream.status,
        "started_at": stream.started_at,
        "ended_at": stream.ended_at,
        "checked_at": stream.checked_at,
        "note": stream.note,
    }


def _forget_translated(connection: Connection, source: str, stream_id: str, record_ids: Sequence[int]) -> None:
    for start in range(0, len(record_ids), CHUNK):
        connection.execute(
            sa.delete(untranslatable).where(
                untranslatable.c.source == source,
                untranslatable.c.stream_id == stream_id,
                untranslatable.c.record_id.in_(record_ids[start : start + CHUNK]),
            )
        )


def _keep_untranslatable(connection: Connection, source: str, record: UntranslatableRecord, now: datetime) -> bool:
    """Store the record, or count one more attempt; return whether it is new."""
    row = {
        "source": source,
        "stream_id": record.stream_id,
        "record_id": record.record_id,
        "record_type": record.record_type,
        "error": record.error,
    }
    if insert_missing(connection, untranslatable, {**row, "first_seen_at": now, "attempts": 1}):
        return True
    same = [untranslatable.c[name] == row[name] for name in ("source", "stream_id", "record_id")]
    connection.execute(
        sa.update(untranslatable).where(*same).values(error=record.error, attempts=untranslatable.c.attempts + 1)
    )
    return False


def _report(source: str, record: UntranslatableRecord, now: datetime) -> ErrorEvent:
    return ErrorEvent(
        event_type="record.untranslatable",
        event_id=synthetic_event_id(
            run_id=record.stream_id, event_type="record.untranslatable", step_key=f"{source}:{record.record_id}"
        ),
        timestamp=now,
        source="phlo-hooks",
        correlation=HookCorrelation(run_id=record.stream_id or None),
        where=source,
        message=f"record {record.record_id} ({record.record_type}) of stream {record.stream_id!r} gave no event",
        error=ErrorInfo(type=record.record_type, message=record.error),
    )
