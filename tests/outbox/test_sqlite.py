from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import phlo_hooks.outbox
from phlo_hooks.exceptions import NoOutboxError, OutboxError
from phlo_hooks.outbox.leases import local_host
from phlo_hooks.outbox.migrate import LATEST
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.outbox.tables import VERSION_TABLE, metadata
from tests.outbox.contract import OutboxContract


class TestSqliteOutbox(OutboxContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/state.db"

    def test_missing_folder_is_created(self, tmp_path: Path) -> None:
        """The folder of the database need not exist."""
        Outbox.open(f"sqlite:///{tmp_path}/a/b/state.db").close()

        assert (tmp_path / "a" / "b" / "state.db").is_file()

    def test_runs_in_wal_without_a_sync_per_commit(self, outbox: Outbox) -> None:
        """Readers and the writer do not wait for each other, and commits do not wait for the disk."""
        with outbox.database.read() as connection:
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
            synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
            busy = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()

        assert (mode, synchronous, busy) == ("wal", 1, 60000)

    def test_file_that_is_no_database(self, tmp_path: Path) -> None:
        """A file of another kind is left as it is, and named."""
        path = tmp_path / "notes.txt"
        path.write_text("my notes, longer than a header of SQLite would be " * 20)

        with pytest.raises(OutboxError, match=r"notes\.txt: file is not a database"):
            Outbox.open(f"sqlite:///{path}")

        assert path.read_text().startswith("my notes")

    def test_nothing_to_look_at(self, tmp_path: Path) -> None:
        """Where there is no database, looking makes none; one without our tables is left as it is."""
        with pytest.raises(NoOutboxError, match=r"there is no state database at .*/none\.db"):
            Outbox.look(f"sqlite:///{tmp_path}/none.db")
        sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE mine (x)").connection.close()
        with pytest.raises(NoOutboxError, match=r"other\.db has no tables of phlo-hooks yet; start the relay"):
            Outbox.look(f"sqlite:///{tmp_path}/other.db")

        assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".db") == ["other.db"]

    def test_directory_in_its_place(self, tmp_path: Path) -> None:
        """A directory is refused with the way out."""
        with pytest.raises(OutboxError, match="is a directory; name a file in it"):
            Outbox.open(f"sqlite:///{tmp_path}")

    def test_folder_that_cannot_be_created(self, tmp_path: Path) -> None:
        """A path through a file says which folder could not be created."""
        (tmp_path / "file").write_text("")

        with pytest.raises(OutboxError, match="cannot create"):
            Outbox.open(f"sqlite:///{tmp_path}/file/state.db")

    @pytest.mark.parametrize(
        ("url", "message"),
        [
            ("state.db", "is no URL; write sqlite:///"),
            ("sqlite://", "must be a file"),
            ("sqlite:///:memory:", "must be a file"),
            ("mysql://root:hunter2@host/db", "mysql is not supported; use sqlite or postgresql"),
        ],
    )
    def test_urls_that_cannot_be_used(self, url: str, message: str) -> None:
        """A URL that names no usable database says what to write, and never shows a password."""
        with pytest.raises(OutboxError, match=message) as caught:
            Outbox.open(url)

        assert "hunter2" not in str(caught.value)

    def test_foreign_tables_are_left_alone(self, tmp_path: Path) -> None:
        """An SQLite file that holds other tables gets ours beside them."""
        path = tmp_path / "other.db"
        theirs = sqlite3.connect(path)
        theirs.execute("CREATE TABLE theirs (id INTEGER)")
        theirs.close()

        with Outbox.open(f"sqlite:///{path}") as outbox, outbox.database.read() as connection:
            tables = sa.inspect(connection).get_table_names()

        assert {"theirs", "phlo_hooks_events"} <= set(tables)

    def test_migrations_make_the_tables_that_the_code_knows(self, outbox: Outbox) -> None:
        """The newest migration is the one the code expects, and leads to exactly its tables."""
        folder = Path(phlo_hooks.outbox.__file__).parent / "migrations"
        with outbox.database.read() as connection:
            context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
            difference = compare_metadata(context, metadata)

        assert difference == []
        assert ScriptDirectory(str(folder)).get_current_head() == LATEST

    def test_lease_of_a_dead_process_is_free_at_once(self, outbox: Outbox) -> None:
        """A holder on this machine whose process is gone need not be waited for; a living one must."""
        gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
        here = local_host()
        outbox.acquire_lease("dead", owner="a", seconds=1000, pid=int(gone.stdout), host=here)
        outbox.acquire_lease("alive", owner="a", seconds=1000, pid=os.getppid(), host=here)
        outbox.acquire_lease("elsewhere", owner="a", seconds=1000, pid=int(gone.stdout), host="other")

        assert outbox.acquire_lease("dead", owner="b", seconds=10, host=here)
        assert outbox.acquire_lease("alive", owner="b", seconds=10, host=here) is None
        assert outbox.acquire_lease("elsewhere", owner="b", seconds=10, host=here) is None
