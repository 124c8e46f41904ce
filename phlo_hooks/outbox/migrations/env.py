"""What Alembic runs: the connection comes from ``phlo_hooks.outbox.migrate``, in its transaction."""

from __future__ import annotations

from alembic import context

from phlo_hooks.outbox.tables import PREFIX, VERSION_TABLE, metadata


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or (name or "").startswith(PREFIX)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    include_name=_is_ours,
    transactional_ddl=False,
)
context.run_migrations()
