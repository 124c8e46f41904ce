from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import phlo_hooks.outbox
from phlo_hooks.outbox.database import Database
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.sql_lineage.cache import CachedLineage, LineageCache, MemoryLineageCache, decode, encode
from tests.delivery.fakes import make_events
from tests.outbox.lineage_cache_contract import LineageCacheContract, make_entry
from tests.outbox.state_lineage_cache_contract import StateLineageCacheContract
from tests.postgres import PostgresServer


class TestMemoryLineageCache(LineageCacheContract):
    @pytest.fixture
    def cache(self) -> LineageCache:
        return MemoryLineageCache()

    def test_the_oldest_go(self) -> None:
        """Memory is bounded."""
        cache = MemoryLineageCache(limit=2)
        cache.put([make_entry(name) for name in ("a", "b", "c")])

        assert cache.get(["a", "b", "c"]).keys() == {"b", "c"}


class TestSqliteLineageCache(StateLineageCacheContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/state.db"


class TestPostgresqlLineageCache(StateLineageCacheContract):
    @pytest.fixture
    def url(self, postgres: PostgresServer) -> str:
        return postgres.new_database()


def upgrade_to(url: str, revision: str) -> None:
    """Bring a database to the tables of an earlier release."""
    database = Database(url)
    config = Config()
    config.set_main_option("script_location", str(Path(phlo_hooks.outbox.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    database.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_of_the_first_release_is_upgraded(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Opening it adds the table and keeps every event."""
    url = f"sqlite:///{tmp_path}/state.db"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    upgrade_to(url, "0001")
    database = Database(url)
    with database.read() as connection:
        assert not sa.inspect(connection).has_table("phlo_hooks_sql_lineage")
    database.close()

    with Outbox.open(url) as outbox:
        outbox.append(make_events(3))
        outbox.lineage_cache().put([make_entry()])

    with Outbox.open(url) as outbox:
        assert len(list(outbox.events())) == 3
        assert outbox.lineage_cache().get(["s1"]) == {"s1": [make_entry()]}


def test_an_entry_is_small() -> None:
    """Thousands of them are a few megabytes."""
    columns = tuple(f"a_column_of_usual_length_{number}" for number in range(40))
    body = encode(make_entry(columns=columns))

    assert len(body) < 1_000
    assert decode("s1", body) == make_entry(columns=columns)


@pytest.mark.parametrize("body", [b"", b"no zlib", encode(make_entry())[:-8]])
def test_bytes_that_are_no_entry(body: bytes) -> None:
    """They are refused by name, never half read."""
    with pytest.raises(ValueError, match="lineage of statement s1 cannot be read"):
        decode("s1", body)


def test_the_variant_follows_from_the_schemas() -> None:
    """Order does not matter, content does."""
    entry = make_entry()
    turned = CachedLineage(statement="s1", schemas=dict(reversed(list(entry.schemas.items()))), lineage=entry.lineage)

    assert turned.variant == entry.variant
    assert make_entry(columns=("other",)).variant != entry.variant
