"""Create the tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table, and the one row of the head."""
    _create_head()
    _create_events()
    _create_streams()
    _create_marks()
    _create_untranslatable()
    _create_snapshots()
    _create_consumers()
    _create_deliveries()
    _create_in_flight()
    _create_leases()
    op.execute("INSERT INTO phlo_hooks_head (id, seq) VALUES (1, 0)")


def downgrade() -> None:
    """Drop every table."""
    op.drop_table("phlo_hooks_leases")
    op.drop_table("phlo_hooks_in_flight")
    op.drop_table("phlo_hooks_deliveries")
    op.drop_table("phlo_hooks_consumers")
    op.drop_table("phlo_hooks_snapshots")
    op.drop_table("phlo_hooks_untranslatable")
    op.drop_table("phlo_hooks_marks")
    op.drop_table("phlo_hooks_streams")
    op.drop_table("phlo_hooks_events")
    op.drop_table("phlo_hooks_head")


def _create_head() -> None:
    op.create_table(
        "phlo_hooks_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )


def _create_events() -> None:
    op.create_table(
        "phlo_hooks_events",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("event_type", sa.String(128), nullable=False),
        sa.Column("run_id", sa.String(255), nullable=False),
        sa.Column("asset_key", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("event_id", "revision", name="phlo_hooks_events_id_revision"),
    )
    op.create_index("phlo_hooks_events_run", "phlo_hooks_events", ["run_id", "seq"])
    op.create_index("phlo_hooks_events_type", "phlo_hooks_events", ["event_type", "seq"])


def _create_streams() -> None:
    op.create_table(
        "phlo_hooks_streams",
        sa.Column("source", sa.String(128), nullable=False),
        sa.Column("stream_id", sa.String(255), nullable=False),
        sa.Column("cursor", sa.BigInteger, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("checked_at", sa.DateTime(timezone=True)),
        sa.Column("note", sa.Text),
        sa.PrimaryKeyConstraint("source", "stream_id"),
    )
    op.create_index("phlo_hooks_streams_status", "phlo_hooks_streams", ["source", "status", "ended_at"])


def _create_marks() -> None:
    op.create_table(
        "phlo_hooks_marks",
        sa.Column("source", sa.String(128), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("source", "name"),
    )


def _create_untranslatable() -> None:
    op.create_table(
        "phlo_hooks_untranslatable",
        sa.Column("source", sa.String(128), nullable=False),
        sa.Column("stream_id", sa.String(255), nullable=False),
        sa.Column("record_id", sa.BigInteger, nullable=False),
        sa.Column("record_type", sa.String(255), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("source", "stream_id", "record_id"),
    )


def _create_snapshots() -> None:
    op.create_table(
        "phlo_hooks_snapshots",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code_location", sa.String(255), nullable=False),
        sa.Column("digest", sa.String(128), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("phlo_hooks_snapshots_location", "phlo_hooks_snapshots", ["code_location", "valid_from"])


def _create_consumers() -> None:
    op.create_table(
        "phlo_hooks_consumers",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered", sa.BigInteger, nullable=False),
        sa.Column("failed", sa.BigInteger, nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("last_delivered_at", sa.DateTime(timezone=True)),
        sa.Column("breaker", sa.String(16), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True)),
        sa.Column("opens", sa.Integer, nullable=False),
        sa.Column("crashes", sa.Integer, nullable=False),
        sa.Column("lagging_since", sa.DateTime(timezone=True)),
    )


def _create_deliveries() -> None:
    op.create_table(
        "phlo_hooks_deliveries",
        sa.Column("consumer", sa.String(255), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("event_type", sa.String(128), nullable=False),
        sa.Column("run_id", sa.String(255), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("crashes", sa.Integer, nullable=False),
        sa.Column("resume_at", sa.String(255)),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text),
        sa.Column("error_kind", sa.String(16)),
        sa.Column("after_dead_letter", sa.Boolean, nullable=False),
        sa.Column("replay", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("consumer", "seq"),
    )
    op.create_index("phlo_hooks_deliveries_event", "phlo_hooks_deliveries", ["event_id"])
    op.create_index("phlo_hooks_deliveries_run", "phlo_hooks_deliveries", ["consumer", "run_id", "seq"])
    op.create_index("phlo_hooks_deliveries_status", "phlo_hooks_deliveries", ["consumer", "status", "next_attempt_at"])


def _create_in_flight() -> None:
    op.create_table(
        "phlo_hooks_in_flight",
        sa.Column("worker", sa.String(255), primary_key=True),
        sa.Column("consumer", sa.String(255), nullable=False),
        sa.Column("hook", sa.String(255), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("suspect", sa.Boolean, nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
    )


def _create_leases() -> None:
    op.create_table(
        "phlo_hooks_leases",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("acquired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released", sa.Boolean, nullable=False),
        sa.Column("pid", sa.Integer),
        sa.Column("host", sa.String(255)),
    )
