"""Create the table that keeps what was found out about SQL statements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, empty: it is filled as statements are analysed."""
    op.create_table(
        "phlo_hooks_sql_lineage",
        sa.Column("statement", sa.String(64), nullable=False),
        sa.Column("variant", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("statement", "variant"),
    )
    op.create_index("phlo_hooks_sql_lineage_used", "phlo_hooks_sql_lineage", ["used_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("phlo_hooks_sql_lineage")
