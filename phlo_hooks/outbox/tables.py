"""The tables of the state database; every name is prefixed, so that they can live beside others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

PREFIX: Final = "phlo_hooks_"
VERSION_TABLE: Final = f"{PREFIX}version"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; SQLite stores it without its zone and gets it back with one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what the database stores."""
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Return what was stored, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class AnyText(TypeDecorator[str]):
    """Text from elsewhere: NUL, which PostgreSQL refuses, and lone surrogates, which both do, are kept as escapes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Return what the database stores."""
        return None if value is None else value.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()


INDEXED_KEYS: Final = "length(asset_key) <= 400"
"""PostgreSQL refuses a row whose key does not fit into an index; whoever reads by that index says this too."""

metadata: Final = MetaData()

head: Final = Table(
    f"{PREFIX}head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
)

events: Final = Table(
    f"{PREFIX}events",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("event_type", String(128), nullable=False),
    Column("run_id", String(255), nullable=False),
    Column("asset_key", AnyText, nullable=False),
    Column("key", AnyText, nullable=False),
    Column("timestamp", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("event_id", "revision", name=f"{PREFIX}events_id_revision"),
    Index(f"{PREFIX}events_run", "run_id", "seq"),
    Index(f"{PREFIX}events_type", "event_type", "seq"),
    Index(
        f"{PREFIX}events_asset",
        "asset_key",
        "event_type",
        "timestamp",
        sqlite_where=text(INDEXED_KEYS),
        postgresql_where=text(INDEXED_KEYS),
    ),
)

streams: Final = Table(
    f"{PREFIX}streams",
    metadata,
    Column("source", String(128), nullable=False),
    Column("stream_id", String(255), nullable=False),
    Column("cursor", BigInteger, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("status", String(16), nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("checked_at", UtcDateTime),
    Column("note", AnyText),
    PrimaryKeyConstraint("source", "stream_id"),
    Index(f"{PREFIX}streams_status", "source", "status", "ended_at"),
)

marks: Final = Table(
    f"{PREFIX}marks",
    metadata,
    Column("source", String(128), nullable=False),
    Column("name", String(255), nullable=False),
    Column("value", AnyText, nullable=False),
    PrimaryKeyConstraint("source", "name"),
)

untranslatable: Final = Table(
    f"{PREFIX}untranslatable",
    metadata,
    Column("source", String(128), nullable=False),
    Column("stream_id", String(255), nullable=False),
    Column("record_id", BigInteger, nullable=False),
    Column("record_type", String(255), nullable=False),
    Column("error", AnyText, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    PrimaryKeyConstraint("source", "stream_id", "record_id"),
)

snapshots: Final = Table(
    f"{PREFIX}snapshots",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code_location", String(255), nullable=False),
    Column("digest", String(128), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("valid_from", UtcDateTime, nullable=False),
    Index(f"{PREFIX}snapshots_location", "code_location", "valid_from"),
)

consumers: Final = Table(
    f"{PREFIX}consumers",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("delivered", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("last_error", AnyText),
    Column("last_delivered_at", UtcDateTime),
    Column("breaker", String(16), nullable=False),
    Column("open_until", UtcDateTime),
    Column("opens", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("lagging_since", UtcDateTime),
)

deliveries: Final = Table(
    f"{PREFIX}deliveries",
    metadata,
    Column("consumer", String(255), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("event_id", String(64), nullable=False),
    Column("event_type", String(128), nullable=False),
    Column("run_id", String(255), nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("resume_at", String(255)),
    Column("next_attempt_at", UtcDateTime),
    Column("last_attempt_at", UtcDateTime),
    Column("error", AnyText),
    Column("error_kind", String(16)),
    Column("after_dead_letter", Boolean, nullable=False),
    Column("replay", Boolean, nullable=False),
    PrimaryKeyConstraint("consumer", "seq"),
    Index(f"{PREFIX}deliveries_run", "consumer", "run_id", "seq"),
    Index(f"{PREFIX}deliveries_status", "consumer", "status", "next_attempt_at"),
    Index(f"{PREFIX}deliveries_event", "event_id"),
)

in_flight: Final = Table(
    f"{PREFIX}in_flight",
    metadata,
    Column("worker", String(255), primary_key=True),
    Column("consumer", String(255), nullable=False),
    Column("hook", String(255), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("suspect", Boolean, nullable=False),
    Column("marked_at", UtcDateTime, nullable=False),
)

leases: Final = Table(
    f"{PREFIX}leases",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("owner", String(255), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("acquired_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("released", Boolean, nullable=False),
    Column("pid", Integer),
    Column("host", String(255)),
)

sql_lineage: Final = Table(
    f"{PREFIX}sql_lineage",
    metadata,
    Column("statement", String(64), nullable=False),
    Column("variant", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("used_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("statement", "variant"),
    Index(f"{PREFIX}sql_lineage_used", "used_at"),
)

keep: Final = Table(
    f"{PREFIX}keep",
    metadata,
    Column("owner", String(255), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    PrimaryKeyConstraint("owner", "digest"),
    Index(f"{PREFIX}keep_head", "owner", "head"),
)
