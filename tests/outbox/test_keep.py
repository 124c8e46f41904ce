from __future__ import annotations

from pathlib import Path

import pytest

from phlo_hooks.keep import Keep, MemoryKeep, OverlayKeep
from tests.outbox.keep_contract import KeepContract
from tests.outbox.outbox_keep_contract import OutboxKeepContract
from tests.postgres import PostgresServer


class TestMemoryKeep(KeepContract):
    @pytest.fixture
    def keep(self) -> Keep:
        return MemoryKeep()


class TestOverlayKeep(KeepContract):
    @pytest.fixture
    def keep(self) -> Keep:
        return OverlayKeep(MemoryKeep())

    def test_what_is_below_shows_through(self) -> None:
        """Reading finds both, the upper one first; what was removed above is gone; the lower one is never written."""
        below = MemoryKeep()
        below.put({"a": b"below", "b": b"below", "c": b"below", "x": b"below"})
        keep = OverlayKeep(below)

        keep.put({"b": b"above", "c": None, "a2": b"above"})

        assert list(keep.items()) == [("a", b"below"), ("a2", b"above"), ("b", b"above"), ("x", b"below")]
        assert keep.get(["a", "b", "c", "a2"]) == {"a": b"below", "b": b"above", "a2": b"above"}
        assert dict(below.items()) == {"a": b"below", "b": b"below", "c": b"below", "x": b"below"}


class TestSqliteKeep(OutboxKeepContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/state.db"


class TestPostgresqlKeep(OutboxKeepContract):
    @pytest.fixture
    def url(self, postgres: PostgresServer) -> str:
        return postgres.new_database()
