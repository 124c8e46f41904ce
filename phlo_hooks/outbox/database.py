"""One way to open the state database, read it and write it, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url

from phlo_hooks.exceptions import LeaseLostError, NoOutboxError, OutboxError
from phlo_hooks.outbox.tables import head, leases
from phlo_hooks.redaction import redact_text

BUSY_SECONDS: Final = 60
CHUNK: Final = 500
_WRITE: Final = "phlo_hooks_write"
_FENCE: Final = sa.select(leases.c.epoch).where(leases.c.name == sa.bindparam("name")).with_for_update(read=True)
_HEAD: Final = sa.select(head.c.seq).where(head.c.id == 1).with_for_update()


class Database:
    """
    Connections to one state database; safe to share between threads, not between processes.

    Args:
        url: ``sqlite:///path`` or ``postgresql://…``.
        now: The clock; PostgreSQL's own is used for leases unless one is given.

    Raises:
        OutboxError: No such kind of database, a path that cannot hold one, or a driver that is not installed.
    """

    def __init__(self, url: str, *, now: Callable[[], datetime] | None = None) -> None:
        self.url = _parse(url)
        self.display_url = display(self.url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._given_clock = now
        self.now = now or (lambda: datetime.now(UTC))
        self._one_writer: Any = threading.Lock() if self.is_sqlite else nullcontext()
        try:
            self._engine = _sqlite_engine(self.url) if self.is_sqlite else _postgresql_engine(self.url)
        except ModuleNotFoundError as error:
            raise OutboxError(
                f"state database {self.display_url}: the driver {error.name!r} is not installed; "
                "install it with: pip install 'phlo-hooks[postgres]'"
            ) from error
        self._writer = self._engine.execution_options(**{_WRITE: True})

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads."""
        with self._explained(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self, *, wait_for_disk: bool = True) -> Iterator[Connection]:
        """
        Open a transaction that writes; on SQLite one at a time.

        Args:
            wait_for_disk: On PostgreSQL, ``False`` lets a crash of the server take back the last commits: for
                deliveries, which may repeat.
        """
        with self._explained(), self._one_writer, self._writer.begin() as connection:
            if not wait_for_disk and not self.is_sqlite:
                connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
            yield connection

    def lease_clock(self, connection: Connection) -> datetime:
        """Return the time that leases go by: on PostgreSQL the server's, as machines' clocks differ."""
        if self.is_sqlite or self._given_clock is not None:
            return self.now()
        return connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()

    def close(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise OutboxError(f"state database {self.display_url}: {reason(error)}") from error
        except sa.exc.TimeoutError as error:
            raise OutboxError(f"state database {self.display_url}: no connection became free in time") from error


def fence(connection: Connection, name: str, owner: str, epoch: int) -> None:
    """
    Make sure that the lease is still the caller's until this transaction ends.

    Raises:
        LeaseLostError: Another process has taken it over.
    """
    if connection.execute(_FENCE, {"name": name}).scalar() != epoch:
        raise LeaseLostError(name, owner)


def lock_head(connection: Connection) -> int:
    """Return the last seq, and keep everyone else from assigning one until this transaction ends."""
    return connection.execute(_HEAD).scalar_one()


def upsert(
    connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], *, keep: frozenset[str] = frozenset()
) -> None:
    """Insert rows of the same columns; those whose key exists are overwritten, but for the columns in ``keep``."""
    if rows:
        statement = _upsert(connection.dialect.name, table, tuple(rows[0]), keep)
        connection.execute(statement, [dict(row) for row in rows])


@cache
def _upsert(dialect_name: str, table: sa.Table, columns: tuple[str, ...], keep: frozenset[str]) -> Any:
    statement = _insert(dialect_name, table)
    keys = [column.name for column in table.primary_key.columns]
    changed = {name: statement.excluded[name] for name in columns if name not in keys and name not in keep}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def _insert(dialect_name: str, table: sa.Table) -> Any:
    if dialect_name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # costly, and only one is needed

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415  # costly, and only one is needed

    return sqlite.insert(table)


def insert_missing(connection: Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless its key exists; return whether it was inserted."""
    keys = [column.name for column in table.primary_key.columns]
    found = connection.execute(sa.select(sa.literal(1)).where(*(table.c[name] == row[name] for name in keys))).first()
    if found:
        return False
    statement = (
        _insert(connection.dialect.name, table).on_conflict_do_nothing(index_elements=keys).returning(table.c[keys[0]])
    )
    return connection.execute(statement, dict(row)).first() is not None


def require_file(url: str) -> None:
    """
    Make sure that a SQLite database's file is there; any other kind of database is not looked at.

    Raises:
        NoOutboxError: It is not.
        OutboxError: The text is no URL.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        raise NoOutboxError(f"there is no state database at {parsed.database}")


def display(url: URL) -> str:
    """Return the URL without its password, and without query values that may hold one."""
    hidden = url.set(query=dict.fromkeys(url.query, "***")) if url.query else url
    return hidden.render_as_string(hide_password=True)


def reason(error: sa.exc.DBAPIError) -> str:
    """Return the driver's own words on one line, without the statement and its values."""
    lines = str(error.orig or error).strip().splitlines()
    return "; ".join(line.strip() for line in lines if line.strip() and not line.startswith(("LINE ", "DETAIL")))


def _parse(text: str) -> URL:
    if "://" not in text:
        raise OutboxError(
            f"state database {redact_text(text)!r} is no URL; write sqlite:///path/to/state.db or postgresql://host/name"
        )
    try:
        url = make_url(text.replace("postgres://", "postgresql://", 1) if text.startswith("postgres://") else text)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise OutboxError(
            "the state database's URL cannot be read; check it for characters to percent-encode"
        ) from error
    if url.drivername == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise OutboxError(
            f"state database {display(url)}: {url.get_backend_name()} is not supported; use sqlite or postgresql"
        )
    return url


def _sqlite_engine(url: URL) -> sa.Engine:
    where = url.database
    if not where or where == ":memory:":
        raise OutboxError("an SQLite state database must be a file: threads and processes share it")
    path = Path(where)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutboxError(f"state database {display(url)}: cannot create {path.parent}: {error.strerror}") from error
    if path.is_dir():
        raise OutboxError(f"state database {display(url)}: {path} is a directory; name a file in it")
    engine = sa.create_engine(
        url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, hide_parameters=True, pool_size=32
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql_engine(url: URL) -> sa.Engine:
    # A dead server must be noticed, not waited for; a connection that died while idle must be replaced, not reported.
    return sa.create_engine(
        url,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=32,
        hide_parameters=True,
        connect_args={"connect_timeout": 10, "application_name": "phlo-hooks"},
    )
