"""Let the newest events of an asset be found without reading its older ones."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.create_index("phlo_hooks_events_asset", "phlo_hooks_events", ["asset_key", "event_type", "timestamp"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("phlo_hooks_events_asset", "phlo_hooks_events")
