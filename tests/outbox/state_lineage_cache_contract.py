"""What the cache in the state database must do beyond any other."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from phlo_hooks.outbox.lineage_cache import KEPT, StateLineageCache
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.outbox.tables import sql_lineage
from tests.outbox.contract import Clock
from tests.outbox.lineage_cache_contract import LineageCacheContract, make_entry


class StateLineageCacheContract(LineageCacheContract):
    @pytest.fixture
    def url(self) -> str:
        raise NotImplementedError

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def outbox(self, url: str, clock: Clock) -> Iterator[Outbox]:
        with Outbox.open(url, now=clock) as outbox:
            yield outbox

    @pytest.fixture
    def cache(self, outbox: Outbox) -> StateLineageCache:
        return outbox.lineage_cache()

    def test_another_process_finds_it(self, outbox: Outbox, url: str) -> None:
        """What one process found out, the next one need not."""
        outbox.lineage_cache().put([make_entry()])

        with Outbox.open(url) as other:
            assert other.lineage_cache().get(["s1"]) == {"s1": [make_entry()]}

    def test_sources_share_it(self, outbox: Outbox) -> None:
        """Whichever source asks, there is one cache."""
        outbox.memory("a").lineage_cache().put([make_entry()])

        assert outbox.memory("b").lineage_cache().get(["s1"]) == {"s1": [make_entry()]}

    def test_what_nobody_asks_for_is_forgotten(self, outbox: Outbox, clock: Clock) -> None:
        """An entry goes when it was not used for long; one that was asked for in between stays."""
        cache = outbox.lineage_cache()
        cache.put([make_entry("used"), make_entry("unused")])
        clock.move(KEPT.total_seconds() - 10)
        cache.get(["used"])
        clock.move(20)

        cache.put([make_entry("new")])

        assert cache.get(["used", "unused", "new"]).keys() == {"used", "new"}

    def test_number_of_entries_is_bounded(self, outbox: Outbox, clock: Clock) -> None:
        """Beyond the limit the oldest go."""
        cache = StateLineageCache(outbox.database, limit=10)
        for number in range(25):
            clock.move(1)
            cache.put([make_entry(f"s{number}")])

        found = cache.get([f"s{number}" for number in range(25)])

        assert found.keys() == {f"s{number}" for number in range(15, 25)}

    def test_a_project_larger_than_the_limit_is_kept_whole(self, outbox: Outbox) -> None:
        """What was put at one moment is not torn apart."""
        cache = StateLineageCache(outbox.database, limit=10)
        cache.put([make_entry(f"s{number}") for number in range(25)])

        assert len(cache.get([f"s{number}" for number in range(25)])) == 25

    def test_asking_writes_once_a_day(self, outbox: Outbox, clock: Clock) -> None:
        """Reading what was used lately writes nothing."""
        cache = outbox.lineage_cache()
        cache.put([make_entry()])
        with outbox.database.read() as connection:
            put_at: datetime = connection.execute(sa.select(sql_lineage.c.used_at)).scalar_one()
        clock.move(timedelta(hours=2).total_seconds())

        cache.get(["s1"])

        with outbox.database.read() as connection:
            assert connection.execute(sa.select(sql_lineage.c.used_at)).scalar_one() == put_at

    def test_bytes_of_another_version_are_passed_over(self, outbox: Outbox) -> None:
        """An entry that cannot be read is as good as none."""
        cache = outbox.lineage_cache()
        cache.put([make_entry()])
        with outbox.database.write() as connection:
            connection.execute(sa.update(sql_lineage).values(body=b"of long ago"))

        assert cache.get(["s1"]) == {}

    def test_a_database_that_is_gone_only_costs_time(self, outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
        """Neither reading nor writing raises; both say in the log that the cache is not used."""
        cache = outbox.lineage_cache()
        with outbox.database.write() as connection:
            connection.execute(sa.text("DROP TABLE phlo_hooks_sql_lineage"))

        with caplog.at_level(logging.WARNING):
            cache.put([make_entry()])
            found = cache.get(["s1"])

        assert found == {}
        assert "lineage is not cached" in caplog.text
        assert "cached lineage is not used" in caplog.text
