"""Let the newest events of an asset be found without reading its older ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index; keys too long for one on PostgreSQL are left out of it."""
    short = sa.text("length(asset_key) <= 400")
    op.create_index(
        "phlo_hooks_events_asset",
        "phlo_hooks_events",
        ["asset_key", "event_type", "timestamp"],
        sqlite_where=short,
        postgresql_where=short,
    )


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("phlo_hooks_events_asset", "phlo_hooks_events")
