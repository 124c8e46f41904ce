"""Whatever stands in a rider, it harms nothing: the run's other events stay, and all can be stored."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from dagster import DagsterEventType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phlo_hooks.codec import decode_event, encode_event
from phlo_hooks.events import CLASS_BY_TYPE
from phlo_hooks_dagster.riders import to_metadata
from phlo_hooks_dagster.translator.state import dump, load
from tests.translator import recording
from tests.translator.reading import feed, translate, translator
from tests.translator.riding import LOAD, before, emitted, hooked, in_parts, results_of, with_rider

EXAMPLES = int(os.environ.get("TRANSLATOR_EXAMPLES", "40"))
RUNS = {name: hooked(recording.load(name)) for name in ("dlt", "dbt_broken")}

words = st.text(max_size=20) | st.sampled_from(["run.end", "raw/orders", "\ud800", "\x00", "2020-01-01", "1.0", "nan"])
numbers = st.integers() | st.floats() | st.booleans() | st.none()
values = st.recursive(
    words | numbers,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
types = st.sampled_from(sorted(CLASS_BY_TYPE)) | words


def changed(body: dict[str, Any], at: int, value: Any) -> dict[str, Any]:
    """Return the body with one of its values, however deep, replaced."""
    copy = json.loads(json.dumps(body))
    places = [place for place in _places(copy) if place[1] not in ("kind", "v")]
    holder, name = places[at % len(places)]
    holder[name] = value
    return copy  # type: ignore[no-any-return]


def _places(data: Any) -> list[tuple[Any, Any]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [place for name, value in inner for place in [(data, name), *_places(value)]]


GOOD = [
    emitted(tags={"a": "b"}, correlation={"asset_key": "raw/orders", "partition_key": "p"}, rows=3),
    emitted(event_type="ingestion.end", asset_key="raw/orders", status="success", rows=3, columns=[{"name": "id"}]),
    to_metadata(LOAD),
    to_metadata(in_parts(results_of(RUNS["dbt_broken"]), 2)[0]),
]
bodies = (
    values
    | st.builds(changed, st.sampled_from(GOOD), st.integers(0, 200), values)
    | st.builds(lambda kind, fields: emitted(event_type=kind, **fields), types, st.dictionaries(st.text(), values))
    | st.builds(lambda kind, body: {"v": 1, "kind": kind, **body}, st.sampled_from(["dlt", "dbt"]), st.just({}))
)


@pytest.mark.parametrize("name", RUNS)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="TRANSLATOR_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
@given(bodies=st.lists(bodies, min_size=1, max_size=3))
def test_any_body_is_harmless(name: str, bodies: list[Any]) -> None:
    """Refused, passed over or told: never another error, never an event that cannot be stored, never one less."""
    run = with_rider(RUNS[name], *bodies, at=before(DagsterEventType.ASSET_MATERIALIZATION))
    plain = with_rider(RUNS[name], *[{}] * len(bodies), at=before(DagsterEventType.ASSET_MATERIALIZATION))
    reader = translator(run)

    events = [event for record in run.records for event in feed(reader, record)] + reader.finish()

    assert {event.event_id for event in events} >= {event.event_id for event in translate(plain)}
    for event in events:
        assert encode_event(decode_event(encode_event(event))) == encode_event(event)
        assert len(event.event_type) <= 128
        assert event.correlation.run_id == run.facts.run_id
    assert dump(load(reader.state)) == reader.state
