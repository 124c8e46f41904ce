"""What a dispatcher reads and writes: positions, open deliveries, and what it is calling right now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from phlo_hooks.events import ErrorEvent
from phlo_hooks.outbox.api import StoredEvent
from phlo_hooks.outbox.consumers import PENDING
from phlo_hooks.outbox.database import Database, upsert
from phlo_hooks.outbox.deliveries import DROPPED
from phlo_hooks.outbox.leases import Lease
from phlo_hooks.outbox.recording import append_encoded, encode_all
from phlo_hooks.outbox.tables import UtcDateTime, consumers, deliveries, in_flight

_ERROR_LENGTH: Final = 4000


@dataclass(frozen=True, kw_only=True)
class OpenDelivery:
    """
    A delivery with a row of its own.

    Attributes:
        attempts: Failed attempts that count towards the limit.
        calls: How often a handler was called, whether or not it counted.
        crashes: How often the process died in the hook named by ``resume_at``.
        resume_at: For the bus: the hook to go on with; those before it are done.
    """

    consumer: str
    seq: int
    event_id: str
    event_type: str
    run_id: str
    status: str = "retry"
    attempts: int = 0
    calls: int = 0
    crashes: int = 0
    resume_at: str | None = None
    next_attempt_at: datetime | None = None
    last_attempt_at: datetime | None = None
    error: str | None = None
    error_kind: str | None = None
    after_dead_letter: bool = False
    replay: bool = False

    @classmethod
    def of(cls, consumer: str, event: StoredEvent, **given: Any) -> OpenDelivery:
        """Return a first row for an event."""
        return cls(
            consumer=consumer,
            seq=event.seq,
            event_id=event.event_id,
            event_type=event.event_type,
            run_id=event.run_id,
            **given,
        )


@dataclass(frozen=True, kw_only=True)
class InFlight:
    """
    A handler that is being called, noted before the call, so that a death in it is noticed afterwards.

    Attributes:
        suspect: The process has died before while this event was with this hook.
    """

    consumer: str
    hook: str
    seq: int
    epoch: int = 0
    suspect: bool = False


@dataclass(kw_only=True)
class Changes:
    """What a worker has decided and not yet written."""

    position: int | None = None
    delivered: int = 0
    failed: int = 0
    rows: dict[tuple[str, int], OpenDelivery | None] = field(default_factory=dict)
    consumers: dict[str, dict[str, Any]] = field(default_factory=dict)
    reports: list[ErrorEvent] = field(default_factory=list)
    gaps: list[tuple[str, str, int]] = field(default_factory=list)

    def set(self, consumer: str, **values: Any) -> None:
        """Change columns of a consumer."""
        self.consumers.setdefault(consumer, {}).update(values)

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return self.position is not None or bool(self.rows or self.consumers or self.reports or self.delivered)


class DeliveryLedger:
    """One worker's view of the state database; every write is fenced by the lease."""

    def __init__(self, database: Database, lease: Lease, worker: str) -> None:
        self._database = database
        self._lease = lease
        self._worker = worker

    @property
    def epoch(self) -> int:
        """The lease's."""
        return self._lease.epoch

    def commit(self, changes: Changes, calling: InFlight | None) -> None:
        """Write changes and what is called next in one transaction; ``None`` when nothing is."""
        reports = encode_all(changes.reports)
        with self._database.write(wait_for_disk=False) as connection:
            self._lease.check(connection)
            now = self._database.now()
            append_encoded(connection, reports, now)
            self._write_consumer(connection, changes, now)
            for name, values in changes.consumers.items():
                connection.execute(sa.update(consumers).where(consumers.c.name == name).values(**values))
            upsert(connection, deliveries, [_row(each) for each in changes.rows.values() if each is not None])
            gone = [{"b_consumer": key[0], "b_seq": key[1]} for key, each in changes.rows.items() if each is None]
            if gone:
                connection.execute(_DELETE, gone)
            for consumer, run_id, seq in changes.gaps:
                connection.execute(_FOLLOWERS, {"b_consumer": consumer, "b_run": run_id, "b_seq": seq})
            self._mark(connection, calling, now)

    def state(self, name: str) -> sa.Row[Any]:
        """Return a consumer's row."""
        with self._database.read() as connection:
            return connection.execute(sa.select(consumers).where(consumers.c.name == name)).one()

    def left_in_flight(self) -> InFlight | None:
        """Return the call that nobody said the end of."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(*_MARK).where(in_flight.c.worker == self._worker)).first()
        return None if row is None else InFlight(**row._asdict())

    def delivery(self, consumer: str, seq: int) -> OpenDelivery | None:
        """Return one row."""
        query = sa.select(deliveries).where(deliveries.c.consumer == consumer, deliveries.c.seq == seq)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else OpenDelivery(**row._asdict())

    def first_of_runs(
        self, names: Sequence[str], *, due: datetime | None, limit: int, other_than: str | None = None
    ) -> list[OpenDelivery]:
        """
        Return the deliveries that nothing of their own run stands before.

        Args:
            due: Leave out those that are to be retried later; ``None`` for all.
            other_than: Leave out this run.
        """
        earlier = deliveries.alias("earlier")
        behind = sa.exists().where(
            earlier.c.consumer == deliveries.c.consumer,
            earlier.c.run_id == deliveries.c.run_id,
            earlier.c.seq < deliveries.c.seq,
            earlier.c.status.in_(PENDING),
        )
        query = sa.select(deliveries).where(
            deliveries.c.consumer.in_(names),
            deliveries.c.status.in_(PENDING),
            (deliveries.c.run_id == "") | ~behind,
        )
        if due is not None:
            query = query.where(deliveries.c.next_attempt_at.is_(None) | (deliveries.c.next_attempt_at <= due))
        if other_than is not None:
            query = query.where(deliveries.c.run_id != other_than)
        return self._rows(query.order_by(deliveries.c.seq).limit(limit))

    def of_run(self, first: OpenDelivery, limit: int) -> list[OpenDelivery]:
        """Return a delivery and those of its run that follow it; what belongs to no run stands alone."""
        if not first.run_id:
            return [first]
        query = sa.select(deliveries).where(
            deliveries.c.consumer == first.consumer,
            deliveries.c.run_id == first.run_id,
            deliveries.c.seq >= first.seq,
            deliveries.c.status.in_(PENDING),
        )
        return self._rows(query.order_by(deliveries.c.seq).limit(limit))

    def blocked_runs(self, consumer: str, run_ids: Collection[str]) -> set[str]:
        """Return those of the runs that have a delivery open."""
        query = (
            sa.select(deliveries.c.run_id)
            .distinct()
            .where(
                deliveries.c.consumer == consumer,
                deliveries.c.status.in_(PENDING),
                deliveries.c.run_id.in_([run for run in run_ids if run]),
            )
        )
        with self._database.read() as connection:
            return set(connection.execute(query).scalars())

    def gaps(self, names: Iterable[str], run_ids: Collection[str]) -> dict[tuple[str, str], int]:
        """Return, by consumer and run, the first event that could not be delivered."""
        query = (
            sa.select(deliveries.c.consumer, deliveries.c.run_id, sa.func.min(deliveries.c.seq))
            .where(
                deliveries.c.consumer.in_(list(names)),
                deliveries.c.status.in_(("dead", DROPPED)),
                deliveries.c.run_id.in_([run for run in run_ids if run]),
            )
            .group_by(deliveries.c.consumer, deliveries.c.run_id)
        )
        with self._database.read() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(query)}

    def next_due(self, names: Sequence[str]) -> datetime | None:
        """Return when the next retry is due; ``None`` when none is to be retried."""
        query = sa.select(sa.func.min(deliveries.c.next_attempt_at)).where(
            deliveries.c.consumer.in_(names), deliveries.c.status == "retry"
        )
        with self._database.read() as connection:
            return connection.execute(query).scalar()

    def _rows(self, query: sa.Select[Any]) -> list[OpenDelivery]:
        with self._database.read() as connection:
            return [OpenDelivery(**row._asdict()) for row in connection.execute(query)]

    def _write_consumer(self, connection: Connection, changes: Changes, now: datetime) -> None:
        if changes.position is not None or changes.delivered or changes.failed:
            progress = {
                "b_name": self._worker,
                "b_position": changes.position,
                "b_delivered": changes.delivered,
                "b_failed": changes.failed,
                "b_at": now if changes.delivered else None,
            }
            connection.execute(_PROGRESS, progress)

    def _mark(self, connection: Connection, calling: InFlight | None, now: datetime) -> None:
        if calling is None:
            connection.execute(_UNMARK, {"b_worker": self._worker})
            return
        row: dict[str, Any] = {
            "worker": self._worker,
            "consumer": calling.consumer,
            "hook": calling.hook,
            "seq": calling.seq,
        }
        row |= {"suspect": calling.suspect, "epoch": self._lease.epoch, "marked_at": now}
        upsert(connection, in_flight, [row])


def left_by_others(database: Database, epoch: int) -> list[InFlight]:
    """Return the calls that former holders of the lease did not see the end of."""
    with database.read() as connection:
        rows = connection.execute(sa.select(*_MARK).where(in_flight.c.epoch != epoch))
        return [InFlight(**row._asdict()) for row in rows]


_DELETE = sa.delete(deliveries).where(
    deliveries.c.consumer == sa.bindparam("b_consumer"), deliveries.c.seq == sa.bindparam("b_seq")
)


_MARK = (in_flight.c.consumer, in_flight.c.hook, in_flight.c.seq, in_flight.c.epoch, in_flight.c.suspect)
_UNMARK = sa.delete(in_flight).where(in_flight.c.worker == sa.bindparam("b_worker"))
_PROGRESS = (
    sa.update(consumers)
    .where(consumers.c.name == sa.bindparam("b_name"))
    .values(
        position=sa.func.coalesce(sa.bindparam("b_position", type_=sa.BigInteger), consumers.c.position),
        delivered=consumers.c.delivered + sa.bindparam("b_delivered", type_=sa.BigInteger),
        failed=consumers.c.failed + sa.bindparam("b_failed", type_=sa.BigInteger),
        last_delivered_at=sa.func.coalesce(sa.bindparam("b_at", type_=UtcDateTime), consumers.c.last_delivered_at),
    )
)
_FOLLOWERS = (
    sa.update(deliveries)
    .where(
        deliveries.c.consumer == sa.bindparam("b_consumer"),
        deliveries.c.run_id == sa.bindparam("b_run"),
        deliveries.c.seq > sa.bindparam("b_seq"),
        deliveries.c.status.in_(PENDING),
    )
    .values(after_dead_letter=True)
)


def _row(delivery: OpenDelivery) -> dict[str, Any]:
    row = asdict(delivery)
    if delivery.error is not None:
        row["error"] = delivery.error[:_ERROR_LENGTH]
    return row
