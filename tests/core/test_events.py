from __future__ import annotations

import copy
import pickle
from collections import OrderedDict
from dataclasses import FrozenInstanceError, dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings

from phlo_hooks.datasets import ChildTable, Column, ColumnEdge, DatasetRef, LineageEdge
from phlo_hooks.events import (
    CLASS_BY_TYPE,
    EVENT_CLASSES,
    AssetEvent,
    GenericEvent,
    HookCorrelation,
    HookEvent,
    IngestionEvent,
    LineageEvent,
    PublishEvent,
    QualityResultEvent,
    RunEvent,
    ServiceLifecycleEvent,
)
from phlo_hooks.exceptions import EventError
from phlo_hooks.frozen import FrozenDict, freeze
from phlo_hooks.ids import event_key, record_event_id, synthetic_event_id
from tests.core.strategies import events

DATASET = DatasetRef(namespace="duckdb://w", name="w.raw.orders")


@dataclass
class Loose:
    """A mutable dataclass that somebody puts into metadata."""

    values: list[int] = field(default_factory=list)


def changeable(value: Any) -> list[Any]:
    """Return every list, set and plain dict inside."""
    if isinstance(value, (list, set)) or type(value) is dict:
        return [value]
    if isinstance(value, dict):
        return [found for item in value.values() for found in changeable(item)]
    if isinstance(value, (tuple, frozenset)):
        return [found for item in value for found in changeable(item)]
    if hasattr(value, "__dataclass_fields__"):
        return [found for item in vars(value).values() for found in changeable(item)]
    return []


@settings(max_examples=60)
@given(events())
def test_nothing_inside_an_event_can_be_changed(event: HookEvent) -> None:
    """One handler cannot change what the next one sees, however deep it reaches."""
    assert changeable(event) == []


def test_containers_given_to_the_constructor_are_copied() -> None:
    """What the emitter does with its own list or dict later does not reach the event."""
    columns = [Column(name="id")]
    nested = {"rows": [1]}
    child = ChildTable(dataset=DATASET, columns=columns)  # type: ignore[arg-type]  # sloppy callers give lists
    event = IngestionEvent(
        event_type="ingestion.end",
        asset_key="raw/orders",
        columns=columns,  # type: ignore[arg-type]
        child_tables=[child],  # type: ignore[arg-type]
        metadata=OrderedDict(nested=nested, raw=bytearray(b"x"), tags={"a"}, loose=Loose(values=[1])),
    )

    columns.append(Column(name="later"))
    nested["rows"].append(2)

    assert event.columns == (Column(name="id"),)
    assert event.child_tables[0].columns == (Column(name="id"),)
    assert event.metadata == {
        "nested": {"rows": (1,)},
        "raw": b"x",
        "tags": frozenset({"a"}),
        "loose": Loose(values=(1,)),  # type: ignore[arg-type]  # frozen: its list is a tuple
    }


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("update", ({"a": "2"},)),
        ("__setitem__", ("a", "2")),
        ("__delitem__", ("a",)),
        ("__ior__", ({"b": "2"},)),
        ("setdefault", ("b", "2")),
        ("pop", ("a",)),
        ("popitem", ()),
        ("clear", ()),
    ],
)
def test_a_mapping_refuses_every_change(method: str, arguments: tuple[Any, ...]) -> None:
    """A handler that writes into a mapping is told that events are read-only."""
    event = RunEvent(event_type="run.start", tags={"a": "1"})

    with pytest.raises(TypeError, match="read-only"):
        getattr(event.tags, method)(*arguments)

    assert event.tags == {"a": "1"}


def test_fields_cannot_be_set() -> None:
    """Events are frozen dataclasses."""
    with pytest.raises(FrozenInstanceError):
        RunEvent(event_type="run.start").status = "failure"  # type: ignore[misc]


def test_frozen_mappings_behave_as_values() -> None:
    """A frozen mapping hashes, pickles and copies to itself."""
    mapping = FrozenDict({"a": [1, {"b": 2}]})

    assert mapping == {"a": (1, {"b": 2})}
    assert hash(mapping) == hash(FrozenDict(a=(1, {"b": 2})))
    assert copy.copy(mapping) is copy.deepcopy(mapping) is mapping
    assert pickle.loads(pickle.dumps(mapping)) == mapping  # noqa: S301  # our own bytes


def test_what_is_frozen_is_not_copied_again() -> None:
    """Freezing what is frozen gives the same objects, so that decoding and re-building stay cheap."""
    edge = LineageEdge(
        upstream=DATASET, downstream=DATASET, columns=(ColumnEdge(upstream_column="a", downstream_column="b"),)
    )
    frozen = (edge, FrozenDict(a=1), (1, (2,)))

    assert freeze(frozen) is frozen
    assert freeze(Loose) is Loose


def test_a_naive_time_is_refused() -> None:
    """A timestamp without a timezone is an error that names it."""
    with pytest.raises(EventError, match=r"2026-01-01T00:00:00 of run.start is naive"):
        RunEvent(event_type="run.start", timestamp=datetime(2026, 1, 1))  # noqa: DTZ001


def test_times_are_utc() -> None:
    """A time of another zone is the same moment in UTC."""
    there = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))

    event = RunEvent(event_type="run.start", timestamp=there)

    assert event.timestamp == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert event.timestamp.tzinfo is UTC


def test_a_type_of_another_class_is_refused() -> None:
    """The error lists the types that the class has."""
    with pytest.raises(EventError, match=r"RunEvent cannot have event_type 'step.start'; it has run.queued"):
        RunEvent(event_type="step.start")


def test_the_type_may_be_left_out_when_there_is_one() -> None:
    """A class with one type needs none given; others say what to choose from."""
    event = QualityResultEvent(asset_key="a", check_name="c", passed=True)

    assert event.event_type == "quality.result"
    with pytest.raises(EventError, match=r"AssetEvent needs event_type=, one of asset\.materialized"):
        AssetEvent(asset_key="a")
    with pytest.raises(EventError, match="GenericEvent needs event_type=, one of any"):
        GenericEvent()


def test_every_type_belongs_to_one_class() -> None:
    """No two classes claim one type."""
    claimed = [name for cls in EVENT_CLASSES for name in cls.TYPES]

    assert len(claimed) == len(set(claimed)) == len(CLASS_BY_TYPE)


def test_the_key_comes_from_the_correlation() -> None:
    """Run, step, attempt, asset, partition, check and type make the key that step and log share."""
    where = HookCorrelation(run_id="r", step_key="s", attempt=2, asset_key="a|b", partition_key="2026", check_name="c")
    event = AssetEvent(event_type="asset.failed", asset_key="other", correlation=where)

    assert event.key == "r|s|2|a%7Cb|2026|c|asset.failed"


def test_the_key_falls_back_to_the_event_itself() -> None:
    """What the correlation leaves out is taken from the event's own fields."""
    event = QualityResultEvent(
        asset_key="raw/orders", check_name="c", passed=True, partition_key="p", correlation=HookCorrelation(run_id="r")
    )

    assert event.key == event_key(
        event_type="quality.result", run_id="r", asset_key="raw/orders", partition_key="p", check_name="c"
    )
    assert RunEvent(event_type="run.start", key="given").key == "given"


def test_derived_fields() -> None:
    """The table's name comes from the dataset, a service's phase from the type, unless they are given."""
    ingestion = IngestionEvent(event_type="ingestion.end", asset_key="a", dataset=DATASET)

    assert ingestion.table_name == "w.raw.orders"
    assert IngestionEvent(event_type="ingestion.end", asset_key="a", table_name="t", dataset=DATASET).table_name == "t"
    assert ServiceLifecycleEvent(event_type="service.pre_stop", service_name="db").phase == "pre_stop"
    assert ServiceLifecycleEvent(event_type="service.pre_stop", service_name="db", phase="x").phase == "x"
    assert str(DATASET) == "duckdb://w/w.raw.orders"


def test_generic_data_cannot_hide_the_envelope() -> None:
    """On the wire data stands beside the envelope, so it cannot have the envelope's names."""
    with pytest.raises(EventError, match=r"data of user.thing cannot have event_id, tags"):
        GenericEvent(event_type="user.thing", data={"event_id": "1", "tags": {}})


def test_unequal_events_differ_in_content_only() -> None:
    """Events are values: same content, same event."""
    parts: dict[str, Any] = {"event_type": "publish.end", "event_id": "1", "timestamp": datetime.now(UTC)}

    assert PublishEvent(**parts, tables={"a": "b"}) == PublishEvent(**parts, tables={"a": "b"})
    assert PublishEvent(**parts, tables={"a": "b"}) != PublishEvent(**parts, tables={"a": "c"})
    assert LineageEvent(edges=()).event_type == "lineage.edges"


def test_ids_name_the_record() -> None:
    """The same record always gives the same id; any other part gives another."""
    base: dict[str, Any] = {"run_id": "r", "record_id": 7, "event_type": "asset.failed"}

    assert record_event_id(**base) == record_event_id(**base)
    assert (
        len(
            {
                record_event_id(**base),
                record_event_id(**base, asset_key="a"),
                record_event_id(**base, partition_key="a"),
                record_event_id(**{**base, "record_id": 8}),
                record_event_id(run_id="", record_id=7, event_type="asset.failed", instance_id="i"),
                synthetic_event_id(run_id="r", event_type="asset.failed"),
                synthetic_event_id(run_id="r", event_type="asset.failed", nth=2),
            }
        )
        == 7
    )
