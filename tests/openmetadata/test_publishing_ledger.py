"""What was sent is remembered, in few reads and writes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from phlo_hooks.keep import MemoryKeep
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from phlo_hooks.subscribers.openmetadata.publishing.ledger import (
    Ledger,
    case_name,
    edge_name,
    entity_name,
    profile_name,
    results_name,
)
from phlo_hooks.subscribers.openmetadata.publishing.records import (
    CaseRecord,
    EdgeRecord,
    EntityRecord,
    SeriesRecord,
    Told,
    decode,
    encode,
)
from phlo_hooks.subscribers.openmetadata.requests import Governance, PutEntity


class Counted(MemoryKeep):
    """Counts what is read and written."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.writes = 0

    def get(self, names: Collection[str]) -> dict[str, bytes]:
        self.reads += 1
        return super().get(names)

    def put(self, changes: Mapping[str, bytes | None]) -> None:
        self.writes += 1
        super().put(changes)


def table(name: str) -> EntityName:
    return EntityName(Kind.TABLE, ("prod", "shop", "raw", name))


def test_record_is_read_back() -> None:
    """By another ledger, after it was written."""
    keep = MemoryKeep()
    record = EntityRecord(digest="d", id="1", ours=True, columns=['"a.b"'], texts={"description": "t"})
    ledger = Ledger(keep)
    ledger.put(entity_name(table("t")), record)
    ledger.flush()

    assert Ledger(keep).get(entity_name(table("t")), EntityRecord) == record
    assert Ledger(keep).get(entity_name(table("u")), EntityRecord) == EntityRecord()
    assert list(Ledger(keep).entities()) == [(table("t"), record)]


def test_many_are_read_at_once_and_written_together() -> None:
    """One read and one write, however many there are."""
    keep = Counted()
    ledger = Ledger(keep)
    names = [entity_name(table(f"t{number}")) for number in range(50)]

    ledger.load(names)
    for name in names:
        assert not ledger.get(name, EntityRecord).digest
        ledger.put(name, EntityRecord(digest="d"))
    ledger.flush()
    ledger.flush()

    assert (keep.reads, keep.writes) == (1, 1)


def test_much_is_written_before_the_end() -> None:
    """So that a crash repeats little."""
    keep = MemoryKeep()
    ledger = Ledger(keep)

    for number in range(250):
        ledger.put(entity_name(table(f"t{number}")), EntityRecord(digest="d"))

    assert len(list(keep.items("sent/"))) == 200


@pytest.mark.parametrize("columns", [1, 1000])
def test_long_records_are_compressed(columns: int) -> None:
    """And read back like short ones."""
    record = EntityRecord(digest="d", columns=[f"column_{number}" for number in range(columns)])

    data = encode(record)

    assert len(data) < 6000
    assert decode(data, EntityRecord) == record


@pytest.mark.parametrize("data", [b"{", b"\x00nonsense", b'{"digest": 1}'])
def test_unreadable_record_is_an_empty_one(data: bytes) -> None:
    """As if nothing had been sent: it is compared with what stands there."""
    assert decode(data, EntityRecord) == EntityRecord()


def test_request_is_kept_whole() -> None:
    """To be sent again when someone deleted the entity for good."""
    request = PutEntity(
        name=table("t"),
        body={"name": "t", "columns": [{"name": "a"}], "schemaDefinition": None},
        governance=Governance(owners=("ada",), column_tags={"a": ("PII.Sensitive",)}),
        whole=False,
        one_case=True,
    )
    keep = MemoryKeep()
    ledger = Ledger(keep)
    ledger.keep_request(request)
    ledger.flush()

    assert Ledger(keep).request(request.name) == request
    assert Ledger(keep).request(table("u")) is None


def test_request_that_is_too_long_is_not_kept() -> None:
    """The keep holds some hundred kilobytes a value."""
    ledger = Ledger(MemoryKeep())
    columns = [{"name": f"{number * 7919:x}{number}", "description": f"{number**7:x}"} for number in range(20_000)]

    ledger.keep_request(PutEntity(name=table("t"), body={"name": "t", "columns": columns}))

    assert ledger.request(table("t")) is None


def test_edges_of_an_entity_are_found() -> None:
    """By where they lead to; names with dots, quotes and slashes are told apart."""
    ledger = Ledger(MemoryKeep())
    odd = EntityName(Kind.CONTAINER, ("s3_b", "a/b.csv"))
    for upstream, downstream in [(odd, table("t")), (table("t"), table("t2")), (table("x.y"), table("t"))]:
        record = EdgeRecord(digest="d", upstream=(upstream.kind.value, upstream.parts))
        ledger.put(edge_name(upstream, downstream), record)

    assert {record.source for _, record in ledger.edges_into(table("t"))} == {odd, table("x.y")}
    assert {downstream for _, downstream, _ in ledger.edges()} == {table("t"), table("t2")}


def test_what_hangs_on_a_lost_entity_is_forgotten() -> None:
    """Its edges both ways, tests, results and sizes; who created it is not, nor is anything of another."""
    ledger = Ledger(MemoryKeep())
    case = table("t").child(Kind.TEST_CASE, "not_null")
    other = table("t2").child(Kind.TEST_CASE, "not_null")
    ledger.put(entity_name(table("t")), EntityRecord(digest="d", id="1", ours=True))
    ledger.put(edge_name(table("a"), table("t")), EdgeRecord(digest="d", upstream=("table", table("a").parts)))
    ledger.put(edge_name(table("t"), table("b")), EdgeRecord(digest="d", upstream=("table", table("t").parts)))
    ledger.put(edge_name(table("a"), table("b")), EdgeRecord(digest="d", upstream=("table", table("a").parts)))
    ledger.put(profile_name(table("t")), SeriesRecord(told=[Told(at=1, digest="d")]))
    for each in (case, other):
        ledger.put(case_name(each), CaseRecord(digest="d"))
        ledger.put(results_name(each), SeriesRecord(told=[Told(at=1, digest="d")]))

    ledger.forget(table("t"))

    assert ledger.get(entity_name(table("t")), EntityRecord) == EntityRecord(ours=True)
    assert [record.source for _, _, record in ledger.edges()] == [table("a")]
    assert ledger.get(profile_name(table("t")), SeriesRecord) == SeriesRecord()
    assert not ledger.get(case_name(case), CaseRecord).digest
    assert not ledger.get(results_name(case), SeriesRecord).told
    assert ledger.get(case_name(other), CaseRecord).digest
