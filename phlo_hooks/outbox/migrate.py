"""Bring a state database's tables up to date, from the installed package, in one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from phlo_hooks.exceptions import NoOutboxError, OutboxError
from phlo_hooks.outbox.database import Database
from phlo_hooks.outbox.tables import PREFIX, VERSION_TABLE

LATEST: Final = "0004"
_ADVISORY_LOCK: Final = 7_040_512_019


def migrate(database: Database) -> None:
    """
    Create or upgrade the tables; a database that is up to date is only looked at.

    Raises:
        OutboxError: The database was migrated by a newer phlo-hooks, or cannot be reached.
    """
    with database.read() as connection:
        if _version(connection) == LATEST:
            return
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        found = _version(connection)
        if found != LATEST:
            _upgrade(connection, found, database.display_url)


def require_current(database: Database) -> None:
    """
    Change nothing, and make sure that the tables are those that this phlo-hooks reads.

    Raises:
        NoOutboxError: There are none.
        OutboxError: They are older or newer, or the database cannot be reached.
    """
    with database.read() as connection:
        found = _version(connection)
    if found is None:
        raise NoOutboxError(f"state database {database.display_url} has no tables of phlo-hooks yet; start the relay")
    if found != LATEST:
        older = found < LATEST
        raise OutboxError(
            f"state database {database.display_url} was made by {'an older' if older else 'a newer'} phlo-hooks (its "
            f"tables are at {found}, this one reads {LATEST}); "
            + ("start the relay, which upgrades it" if older else "upgrade phlo-hooks here")
        )


def _version(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608  # a constant


def _upgrade(connection: Connection, found: str | None, display_url: str) -> None:
    # Imported here: most processes find the tables up to date and never need it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise OutboxError(
            f"state database {display_url} was migrated by a newer phlo-hooks (its tables are at {found}, "
            f"this one knows up to {LATEST}); upgrade phlo-hooks, or point it at another database"
        )
    if found is None and sa.inspect(connection).has_table(f"{PREFIX}events"):
        raise OutboxError(
            f"state database {display_url} has our tables but not {VERSION_TABLE}; restore it from a backup"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
