from __future__ import annotations

import threading

import pytest

from phlo_hooks.exceptions import OutboxError
from phlo_hooks.outbox.database import lock_head
from phlo_hooks.outbox.store import Outbox
from tests.delivery.fakes import make_event
from tests.outbox.contract import OutboxContract
from tests.postgres import PostgresServer


class TestPostgresqlOutbox(OutboxContract):
    @pytest.fixture
    def url(self, postgres: PostgresServer) -> str:
        return postgres.new_database()

    def test_lower_seq_never_commits_after_a_higher_one(self, outbox: Outbox) -> None:
        """A writer that has a seq keeps the next one waiting until it has committed."""
        waited: list[bool] = []

        with outbox.database.write() as connection:
            lock_head(connection)
            other = threading.Thread(target=outbox.append, args=[[make_event(1)]])
            other.start()
            other.join(0.3)
            waited.append(other.is_alive())
        other.join()

        assert waited == [True]
        assert outbox.head() == 1

    def test_lease_goes_by_the_servers_clock(self, url: str) -> None:
        """Without an injected clock, leases expire by the clock that all machines share."""
        with Outbox.open(url) as outbox:
            outbox.database.now = lambda: make_event(1).timestamp
            outbox.acquire_lease("relay", owner="a", seconds=60)
            state = outbox.lease("relay")

        assert state is not None
        assert state.acquired_at > make_event(1).timestamp

    def test_tables_live_beside_others(self, url: str) -> None:
        """Another tool's alembic_version in the same database is not touched."""
        with Outbox.open(url) as outbox, outbox.database.write() as connection:
            connection.exec_driver_sql("CREATE TABLE alembic_version (version_num text)")
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('dagster')")
        with Outbox.open(url) as outbox, outbox.database.read() as connection:
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()

        assert found == "dagster"

    def test_unreachable_server_is_one_clear_line(self) -> None:
        """A server that does not answer gives one error with the place, and without the password."""
        with pytest.raises(OutboxError, match=r"postgresql.*user:\*\*\*@127.0.0.1:1/db.*refused") as caught:
            Outbox.open("postgresql://user:hunter2@127.0.0.1:1/db")

        assert "hunter2" not in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_outbox_outlives_a_restart_of_the_server(self, postgres: PostgresServer, outbox: Outbox) -> None:
        """After the server crashed and came back, the same outbox goes on."""
        outbox.append([make_event(1)])

        postgres.stop("immediate")
        with pytest.raises(OutboxError, match="state database"):
            outbox.append([make_event(2)])
        postgres.start()
        outbox.append([make_event(2)])

        assert [each.event_id for each in outbox.events()] == ["r1-1", "r1-2"]
