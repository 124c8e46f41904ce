"""Who may relay and deliver: one holder at a time, and a token that shuts the former one out."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from phlo_hooks.outbox.api import LeaseState
from phlo_hooks.outbox.database import Database, fence, insert_missing
from phlo_hooks.outbox.tables import leases


class Lease:
    """
    A lease as its holder sees it.

    Attributes:
        epoch: Grows with every holder; a transaction that carries an old one is refused.
    """

    def __init__(self, table: LeaseTable, *, name: str, owner: str, epoch: int, seconds: float) -> None:
        self._table = table
        self.name = name
        self.owner = owner
        self.epoch = epoch
        self.seconds = seconds

    def renew(self) -> bool:
        """Extend it from now; ``False`` when another process has taken it over."""
        return self._table.extend(self)

    def release(self) -> None:
        """Give it back, so that the next one need not wait."""
        self._table.release(self)

    def check(self, connection: Connection) -> None:
        """
        Hold it until the transaction ends.

        Raises:
            LeaseLostError: Another process has it.
        """
        fence(connection, self.name, self.owner, self.epoch)


class LeaseTable:
    """Leases in the state database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(self, name: str, *, owner: str, seconds: float, pid: int | None, host: str | None) -> Lease | None:
        """Return the lease, or ``None`` while another process holds it."""
        with self._database.write() as connection:
            now = self._database.lease_clock(connection)
            row = {"owner": owner, "pid": pid, "host": host, "acquired_at": now, "released": False}
            row["expires_at"] = now + timedelta(seconds=seconds)
            if insert_missing(connection, leases, {"name": name, "epoch": 1, **row}):
                return Lease(self, name=name, owner=owner, epoch=1, seconds=seconds)
            held = connection.execute(sa.select(leases).where(leases.c.name == name).with_for_update()).one()
            if not _is_free(held, now, host):
                return None
            connection.execute(sa.update(leases).where(leases.c.name == name).values(epoch=held.epoch + 1, **row))
            return Lease(self, name=name, owner=owner, epoch=held.epoch + 1, seconds=seconds)

    def extend(self, lease: Lease) -> bool:
        """Set a held lease's end to ``seconds`` from now."""
        with self._database.write(wait_for_disk=False) as connection:
            expires = self._database.lease_clock(connection) + timedelta(seconds=lease.seconds)
            mine = (leases.c.name == lease.name) & (leases.c.epoch == lease.epoch) & ~leases.c.released
            return connection.execute(sa.update(leases).where(mine).values(expires_at=expires)).rowcount == 1

    def release(self, lease: Lease) -> None:
        """Mark a held lease as free; its epoch stays, and so stays a fence."""
        with self._database.write() as connection:
            mine = (leases.c.name == lease.name) & (leases.c.epoch == lease.epoch)
            connection.execute(sa.update(leases).where(mine).values(released=True))

    def state(self, name: str) -> LeaseState | None:
        """Return who holds a lease now; ``None`` when nobody does."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(leases).where(leases.c.name == name)).first()
            if row is None or _is_free(row, self._database.lease_clock(connection), local_host()):
                return None
        fields = row._asdict()
        del fields["released"]
        return LeaseState(**fields)


def local_host() -> str:
    """Return a name for this machine and, on Linux, its process namespace: within it a pid means one process."""
    namespace = Path("/proc/self/ns/pid")
    try:
        return f"{socket.gethostname()}/{namespace.readlink()}"
    except OSError:
        return socket.gethostname()


def _is_free(row: sa.Row[tuple[object, ...]], now: datetime, host: str | None) -> bool:
    return row.released or row.expires_at <= now or _holder_died(row, host)


def _holder_died(row: sa.Row[tuple[object, ...]], host: str | None) -> bool:
    """Whether the holder ran where we do and is gone: then nobody need wait for the lease to run out."""
    if row.pid is None or host is None or row.host != host:
        return False
    try:
        os.kill(row.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
