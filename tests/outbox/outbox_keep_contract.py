"""What a keep in the state database must do beyond any other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from phlo_hooks.exceptions import OutboxError
from phlo_hooks.keep import Keep
from phlo_hooks.outbox.store import Outbox
from tests.outbox.keep_contract import KeepContract


class OutboxKeepContract(KeepContract):
    @pytest.fixture
    def url(self) -> str:
        raise NotImplementedError

    @pytest.fixture
    def outbox(self, url: str) -> Iterator[Outbox]:
        with Outbox.open(url) as outbox:
            yield outbox

    @pytest.fixture
    def keep(self, outbox: Outbox) -> Keep:
        return outbox.keep("shop")

    def test_another_process_finds_it(self, keep: Keep, url: str) -> None:
        """What one process kept, the next one has."""
        keep.put({"a": b"1"})

        with Outbox.open(url) as other:
            assert other.keep("shop").get(["a"]) == {"a": b"1"}

    def test_owners_do_not_see_each_other(self, outbox: Outbox, keep: Keep) -> None:
        """Two plugins may use the same names; neither reads nor removes what is the other's."""
        keep.put({"a": b"mine"})
        other = outbox.keep("other")
        other.put({"a": b"theirs", "b": b"theirs"})

        other.put({"a": None})

        assert dict(keep.items()) == {"a": b"mine"}
        assert dict(other.items()) == {"b": b"theirs"}

    def test_all_or_nothing(self, outbox: Outbox, keep: Keep) -> None:
        """When one change cannot be stored, none is, and the error names the database."""
        keep.put({"a": b"1"})
        with outbox.database.write() as connection:
            connection.execute(sa.text("CREATE UNIQUE INDEX phlo_hooks_test_one ON phlo_hooks_keep (value)"))

        with pytest.raises(OutboxError, match="state database"):
            keep.put({"a": b"2", "b": b"x", "c": b"x"})

        assert dict(keep.items()) == {"a": b"1"}
