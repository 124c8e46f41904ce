"""What every state database must do; subclassed for SQLite and for PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from phlo_hooks.events import AssetEvent
from phlo_hooks.exceptions import LeaseLostError, OutboxError
from phlo_hooks.ids import synthetic_event_id
from phlo_hooks.outbox.api import EventQuery, Recorded
from phlo_hooks.outbox.ledger import Changes, DeliveryLedger, OpenDelivery
from phlo_hooks.outbox.migrate import LATEST
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.source import Batch, StoredSnapshot, StreamState, UntranslatableRecord
from tests.delivery.fakes import WHEN, make_event, make_events


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def move(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class OutboxContract:
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

    def test_looking_at_it_changes_nothing(self, outbox: Outbox, url: str) -> None:
        """Whoever only looks reads what is there, and refuses tables of another version as they are."""
        outbox.append([event := make_event(1)])
        with Outbox.look(url) as looking:
            found = [entry.event_id for entry in looking.events()]
        with outbox.database.write() as connection:
            connection.exec_driver_sql("UPDATE phlo_hooks_version SET version_num = '0001'")

        with pytest.raises(OutboxError, match=r"made by an older phlo-hooks .* start the relay, which upgrades it"):
            Outbox.look(url)

        assert found == [event.event_id]
        with outbox.database.write() as connection:
            assert connection.exec_driver_sql("SELECT version_num FROM phlo_hooks_version").scalar() == "0001"
            connection.exec_driver_sql(f"UPDATE phlo_hooks_version SET version_num = '{LATEST}'")  # noqa: S608  # a constant

    def test_append_twice_stores_once(self, outbox: Outbox) -> None:
        """Appending is idempotent by event id, across calls and within one."""
        event = make_event(1)

        assert outbox.append([event, event]) == Recorded(new=1, duplicate=1)
        assert outbox.append([event]) == Recorded(duplicate=1)
        assert [stored.event_id for stored in outbox.events()] == ["r1-1"]

    def test_events_come_back_as_they_were(self, outbox: Outbox) -> None:
        """What is read equals what was recorded, with seqs counted from 1."""
        events = make_events(30, runs=3)

        outbox.append(events)
        stored = list(outbox.events())

        assert [each.decode() for each in stored] == events
        assert [each.seq for each in stored] == list(range(1, 31))
        assert stored[0].timestamp == WHEN
        assert outbox.head() == 30

    def test_text_that_a_database_refuses_is_kept_as_escapes(self, outbox: Outbox) -> None:
        """NUL and lone surrogates, in a key or in an error, stop neither the recording nor the reading."""
        odd_id = synthetic_event_id(run_id="", event_type="asset.observed", asset_key="a\0b\udce9")
        odd = AssetEvent(event_type="asset.observed", event_id=odd_id, asset_key="a\0b\udce9")
        record = UntranslatableRecord(stream_id="r", record_id=1, record_type="X", error="\0\udce9")

        outbox.append([odd])
        outbox.record("log", Batch(untranslatable=[record]))

        (row,) = outbox.untranslatable()
        assert row.error == r"\x00\udce9"
        assert odd_id in [each.event_id for each in outbox.events()]

    def test_revision_only_when_the_content_differs(self, outbox: Outbox) -> None:
        """With revise, other content under a stored id is the next revision; the same content is a duplicate."""
        outbox.append([make_event(1)])
        corrected = make_event(1, event_type="run.end")

        again = outbox.record("s", Batch(events=[make_event(1)], revise=True))
        other = outbox.record("s", Batch(events=[corrected], revise=True))
        unasked = outbox.record("s", Batch(events=[make_event(1, event_type="run.lost")]))

        assert (again, other, unasked) == (Recorded(duplicate=1), Recorded(revised=1), Recorded(duplicate=1))
        assert [(each.revision, each.event_type) for each in outbox.revisions("r1-1")] == [
            (1, "run.start"),
            (2, "run.end"),
        ]
        newest = outbox.event("r1-1")
        assert newest is not None
        assert newest.revision == 2
        assert [each.revision for each in outbox.events()] == [2]
        assert [each.revision for each in outbox.events(EventQuery(all_revisions=True))] == [1, 2]
        assert outbox.summary().events == 1

    def test_batch_is_stored_wholly_or_not_at_all(self, outbox: Outbox, clock: Clock) -> None:
        """A batch under a stale lease leaves no event, watermark, mark or untranslatable record behind."""
        old = outbox.acquire_lease("relay", owner="old", seconds=10)
        clock.move(11)
        new = outbox.acquire_lease("relay", owner="new", seconds=10)
        batch = Batch(
            events=make_events(3),
            stream=StreamState(stream_id="r0", cursor=3, state=b"x"),
            marks={"cursor": "3"},
            untranslatable=[UntranslatableRecord(stream_id="r0", record_id=2, record_type="T", error="E")],
            snapshots=[StoredSnapshot(code_location="a", digest="1", body=b"{}", valid_from=WHEN)],
        )
        assert old is not None
        assert new is not None

        with pytest.raises(LeaseLostError, match="no longer held by old"):
            outbox.record("s", batch, lease=old)
        memory = outbox.memory("s")
        nothing = (outbox.head(), memory.stream("r0"), memory.mark("cursor"), list(memory.untranslatable()))
        outbox.record("s", batch, lease=new)

        assert nothing == (0, None, None, [])
        assert outbox.summary().events == 4
        assert memory.stream("r0") == batch.stream
        assert memory.mark("cursor") == "3"
        assert memory.untranslatable("r0") == batch.untranslatable
        assert memory.snapshots() == batch.snapshots

    def test_new_untranslatable_record_is_told_once(self, outbox: Outbox) -> None:
        """A record that gives no event becomes one ErrorEvent, however often it is tried; then it can be cleared."""
        record = UntranslatableRecord(stream_id="r0", record_id=2, record_type="T", error="E")

        outbox.record("s", Batch(untranslatable=[record]))
        outbox.record("s", Batch(untranslatable=[record]))
        tried = outbox.untranslatable("s")
        outbox.record("s", Batch(stream=StreamState(stream_id="r0"), translated=[2]))

        assert [each.event_type for each in outbox.events()] == ["record.untranslatable"]
        assert [(each.record_id, each.attempts) for each in tried] == [(2, 2)]
        assert outbox.untranslatable() == []

    def test_untranslatable_records_can_be_forgotten(self, outbox: Outbox) -> None:
        """Forgetting drops the records named, and says how many there were."""
        records = [UntranslatableRecord(stream_id="r0", record_id=n, record_type="T", error="E") for n in (1, 2)]
        outbox.record("s", Batch(untranslatable=records))

        assert outbox.forget_untranslatable("s", "r0", [2, 3]) == 1
        assert [each.record_id for each in outbox.untranslatable()] == [1]

    def test_streams_by_status_and_end(self, outbox: Outbox) -> None:
        """A source finds its streams by status and by when they ended; sources do not see each other's."""
        for number, status in enumerate(("open", "closed", "closed")):
            ended = WHEN + timedelta(hours=number)
            outbox.record("s", Batch(stream=StreamState(stream_id=f"r{number}", status=status, ended_at=ended)))
        memory = outbox.memory("s")

        assert [each.stream_id for each in memory.streams()] == ["r0", "r1", "r2"]
        assert [each.stream_id for each in memory.streams(status="closed")] == ["r1", "r2"]
        late = memory.streams(status="closed", ended_after=WHEN + timedelta(hours=1))
        assert [each.stream_id for each in late] == ["r2"]
        assert outbox.memory("other").streams() == []
        assert outbox.sources() == ["s"]

    def test_snapshot_that_held(self, outbox: Outbox) -> None:
        """The snapshot at a moment is the last one before it, else the earliest; unchanged ones are not stored."""
        first = StoredSnapshot(code_location="a", digest="1", body=b"1", valid_from=WHEN)
        second = StoredSnapshot(code_location="a", digest="2", body=b"2", valid_from=WHEN + timedelta(hours=2))
        memory = outbox.memory("s")

        saved = [outbox.save_snapshot(each) for each in (first, first, second, second)]

        assert saved == [True, False, True, False]
        assert memory.snapshot_at("a", WHEN + timedelta(hours=1)) == first
        assert memory.snapshot_at("a", WHEN + timedelta(hours=3)) == second
        assert memory.snapshot_at("a", WHEN - timedelta(hours=3)) == first
        assert memory.snapshot_at("b", WHEN) is None
        assert memory.snapshots() == [second]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (EventQuery(run_id="r1"), [2, 4, 6, 8, 10]),
            (EventQuery(event_types=("run.*",), limit=2), [1, 2]),
            (EventQuery(event_types=("run.*",), limit=2, newest=True), [9, 10]),
            (EventQuery(event_types=("run.start",), after_seq=8), [9, 10]),
            (EventQuery(event_types=("asset.*", "run.end")), []),
            (EventQuery(since=WHEN + timedelta(seconds=1)), []),
            (EventQuery(until=WHEN, limit=1), [1]),
            (EventQuery(asset_key="raw/*"), []),
            (EventQuery(limit=0), []),
        ],
    )
    def test_query(self, outbox: Outbox, query: EventQuery, expected: list[int]) -> None:
        """Every part of a query narrows the list; it is oldest first, also of the newest."""
        outbox.append(make_events(10, runs=2))

        assert [each.seq for each in outbox.events(query)] == expected

    def test_events_are_read_beyond_one_page(self, outbox: Outbox) -> None:
        """A list longer than a page is complete and in order."""
        outbox.append(make_events(1203))

        assert [each.seq for each in outbox.events()] == list(range(1, 1204))
        assert [each.seq for each in outbox.events(EventQuery(newest=True, limit=700))] == list(range(504, 1204))

    def test_event_by_the_beginning_of_its_id(self, outbox: Outbox) -> None:
        """A unique beginning finds the event; one that fits several is an error that names them."""
        outbox.append([make_event(1), make_event(11), make_event(2)])

        assert outbox.event("nothing") is None
        assert outbox.event("r1-2") is not None
        exact = outbox.event("r1-1")
        assert exact is not None
        assert exact.event_id == "r1-1"
        with pytest.raises(OutboxError, match=r"several events begin with 'r1': r1-1, r1-11, r1-2"):
            outbox.event("r1")
        assert outbox.event("r1-%") is None

    def test_new_consumer_starts_at_the_end(self, outbox: Outbox, clock: Clock) -> None:
        """Registering gives a new consumer the end of the outbox and leaves the others where they are."""
        outbox.append(make_events(3))
        outbox.register_consumers(["bus"])
        outbox.append([make_event(99)])
        clock.move(60)

        outbox.register_consumers(["bus", "p:h"])
        states = {state.name: state for state in outbox.consumers()}

        assert (states["bus"].position, states["bus"].pending) == (3, 1)
        assert (states["p:h"].position, states["p:h"].pending) == (4, 0)
        assert states["bus"].oldest_pending_at == clock() - timedelta(seconds=60)
        assert states["bus"].seen_at == clock()

    def test_forgetting_consumers(self, outbox: Outbox, clock: Clock) -> None:
        """A consumer is forgotten by name, or when no dispatcher has registered it for long."""
        outbox.register_consumers(["bus", "p:old"])
        clock.move(86400 * 31)
        outbox.register_consumers(["bus"])

        assert outbox.forget_unseen(30) == ["p:old"]
        assert outbox.forget_consumer("p:old") is False
        assert outbox.forget_consumer("bus") is True
        assert outbox.consumers() == []

    def test_replay_asks_again_for_what_was_delivered(self, outbox: Outbox) -> None:
        """A replay makes one waiting delivery for each past event that matches; what is ahead comes anyway."""
        outbox.append(make_events(10, runs=2))
        outbox.register_consumers(["bus"])
        outbox.append([make_event(99, "r1")])

        asked = [outbox.replay("bus", EventQuery(run_id="r1")) for _ in range(2)]
        rows = outbox.deliveries(consumer="bus")

        assert asked == [5, 0]
        assert [(row.seq, row.status, row.replay) for row in rows] == [(n, "waiting", True) for n in (2, 4, 6, 8, 10)]
        assert outbox.consumers()[0].pending == 6
        with pytest.raises(OutboxError, match="no consumer is named 'p:none'; known: bus"):
            outbox.replay("p:none", EventQuery())

    def test_dead_letters_are_retried_or_dropped(self, outbox: Outbox) -> None:
        """Dead letters can be picked by consumer and by event; dropped ones are listed only when asked for."""
        outbox.append(make_events(4))
        outbox.register_consumers(["p:h", "p:i"])
        self.bury(outbox, "p:h", [1, 2, 3])
        self.bury(outbox, "p:i", [1])

        retried = outbox.retry_dead(consumer="p:h", event_ids=["r0-0", "r0-3"])
        dropped = outbox.drop_dead(event_ids=["r0-1"])
        others = outbox.drop_dead(consumer="p:i")

        assert (retried, dropped, others) == (1, 1, 1)
        assert [(row.consumer, row.seq, row.status) for row in outbox.deliveries()] == [
            ("p:h", 1, "retry"),
            ("p:h", 3, "dead"),
        ]
        assert [row.seq for row in outbox.deliveries(status="dropped", consumer="p:h")] == [2]
        assert [row.consumer for row in outbox.deliveries(event_id="r0-2")] == ["p:h"]

    def test_ledger_refuses_a_former_holder(self, outbox: Outbox, clock: Clock) -> None:
        """A dispatcher whose lease was taken over can write nothing."""
        outbox.append(make_events(4))
        outbox.register_consumers(["p:h"])
        old = outbox.acquire_lease("relay", owner="old", seconds=1)
        clock.move(2)
        assert outbox.acquire_lease("relay", owner="new", seconds=1)
        assert old is not None

        with pytest.raises(LeaseLostError, match="'relay'"):
            DeliveryLedger(outbox.database, old, "p:h").commit(Changes(position=0, delivered=1), None)

        assert outbox.consumers()[0].delivered == 0

    def test_lease_has_one_holder(self, outbox: Outbox, clock: Clock) -> None:
        """A lease is refused while it is held, free when released or run out, and its epoch only grows."""
        first = outbox.acquire_lease("relay", owner="a", seconds=10, pid=1, host="elsewhere")
        assert first is not None
        assert outbox.acquire_lease("relay", owner="b", seconds=10) is None
        state = outbox.lease("relay")
        assert state is not None
        assert (state.owner, state.epoch, state.pid, state.host) == ("a", 1, 1, "elsewhere")
        clock.move(9)
        assert first.renew() is True
        clock.move(9)
        assert outbox.acquire_lease("relay", owner="b", seconds=10) is None
        clock.move(2)
        assert outbox.lease("relay") is None
        second = outbox.acquire_lease("relay", owner="b", seconds=10)
        assert second is not None
        assert (second.epoch, first.renew()) == (2, False)
        first.release()
        assert outbox.lease("relay") is not None
        second.release()
        third = outbox.acquire_lease("relay", owner="a", seconds=10)
        assert third is not None
        assert third.epoch == 3
        assert outbox.lease("other") is None

    def test_only_one_of_many_gets_the_lease(self, outbox: Outbox) -> None:
        """Of threads that ask at once, one gets the lease."""
        got: list[object] = []
        start = threading.Barrier(8)

        def ask(number: int) -> None:
            start.wait()
            got.append(outbox.acquire_lease("relay", owner=str(number), seconds=10))

        threads = [threading.Thread(target=ask, args=[number]) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sum(lease is not None for lease in got) == 1

    def test_reader_skips_nothing_while_many_write(self, outbox: Outbox, url: str) -> None:
        """Eight writers and a reader that follows the end: it sees every event once, though writers overtake."""
        writers, each = 8, 60
        done = threading.Event()
        seen: list[int] = []
        errors: list[BaseException] = []

        def write(number: int) -> None:
            try:
                with Outbox.open(url) as mine:
                    for at in range(0, each, 3):
                        mine.append([make_event(at + n, f"w{number}") for n in range(3)])
            except BaseException as error:
                errors.append(error)
                raise

        def follow() -> None:
            at = 0
            while True:
                finished = done.is_set()
                page = outbox.reading.after(at, 50)
                seen.extend(stored.seq for stored in page)
                at = page[-1].seq if page else at
                if finished and not page:
                    return

        threads = [threading.Thread(target=write, args=[number]) for number in range(writers)]
        reader = threading.Thread(target=follow)
        for thread in (*threads, reader):
            thread.start()
        for thread in threads:
            thread.join()
        done.set()
        reader.join()

        assert errors == []
        assert seen == list(range(1, writers * each + 1))

    def test_opened_by_many_at_once(self, url: str) -> None:
        """Processes that start together create the tables once."""
        errors: list[BaseException] = []

        def work() -> None:
            try:
                Outbox.open(url).close()
            except BaseException as error:
                errors.append(error)
                raise

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert errors == []

    def test_newer_database_is_refused(self, url: str) -> None:
        """A database that a newer phlo-hooks migrated is left alone, and the error says what to do."""
        with Outbox.open(url) as outbox, outbox.database.write() as connection:
            connection.exec_driver_sql("UPDATE phlo_hooks_version SET version_num = '9999'")

        with pytest.raises(OutboxError, match=r"migrated by a newer phlo-hooks \(its tables are at 9999.*upgrade"):
            Outbox.open(url)

    @staticmethod
    def bury(outbox: Outbox, consumer: str, seqs: list[int]) -> None:
        """Make dead letters."""
        stored = outbox.reading.at(seqs)
        lease = outbox.acquire_lease(consumer, owner="test", seconds=60)
        assert lease is not None
        changes = Changes()
        for seq in seqs:
            changes.rows[consumer, seq] = OpenDelivery.of(consumer, stored[seq], status="dead")
        DeliveryLedger(outbox.database, lease, consumer).commit(changes, None)
