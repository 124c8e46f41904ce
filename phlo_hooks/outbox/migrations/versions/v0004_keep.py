"""Create the table of what plugins keep between events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, empty: plugins fill it as they learn."""
    op.create_table(
        "phlo_hooks_keep",
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("owner", "digest"),
    )
    op.create_index("phlo_hooks_keep_head", "phlo_hooks_keep", ["owner", "head"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("phlo_hooks_keep")
