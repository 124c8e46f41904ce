from __future__ import annotations

import json
import re
from typing import Any

import pytest
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given, settings

from phlo_hooks.cloudevents import from_cloudevent, to_cloudevent
from phlo_hooks.events import GenericEvent, HookCorrelation, HookEvent, RunEvent
from phlo_hooks.exceptions import CodecError, UnsupportedVersionError
from phlo_hooks.testing import make_event
from tests.core.strategies import events

WHERE = HookCorrelation(
    run_id="r-1", job_name="nightly", step_key="s", attempt=2, asset_key="raw/orders", partition_key="2026",
    trace_id="0af7651916cd43dd8448eb211c80319c", span_id="b7ad6b7169203331",
)  # fmt: skip


def sdk(cloudevent: dict[str, Any]) -> BaseCloudEvent:
    """Read a CloudEvent as the SDK reads one from the wire; it validates what it reads."""
    return JSONFormat().read(CloudEvent, json.dumps(cloudevent).encode())


@settings(max_examples=60)
@given(events())
def test_every_event_is_a_cloudevent_and_comes_back(event: HookEvent) -> None:
    """The CloudEvents SDK accepts what we write, and from what it writes our event comes back whole."""
    read = sdk(to_cloudevent(event, sequence=7))
    written = json.loads(JSONFormat().write(read))

    assert from_cloudevent(written) == event
    assert read.get_id() == event.event_id


@settings(max_examples=60)
@given(events())
def test_attribute_names_and_values(event: HookEvent) -> None:
    """Names are lower-case letters and digits, at most 20 of them; no attribute is empty."""
    attributes = {name: value for name, value in to_cloudevent(event).items() if name != "data"}

    assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in attributes)
    assert all(isinstance(value, (str, int)) and value != "" for value in attributes.values())


def test_the_attributes() -> None:
    """Each attribute says what the specification and its extensions mean by it."""
    event = make_event("ingestion.end", event_id="e-1", correlation=WHERE, source="dagster")
    cloudevent = to_cloudevent(event, deployment="prod eu", sequence=42)

    data = cloudevent.pop("data")

    assert data["event_id"] == "e-1"
    assert cloudevent == {
        "specversion": "1.0",
        "id": "e-1",
        "source": "phlo://prod-eu/dagster",
        "type": "dev.phlo.ingestion.end.v1",
        "time": event.timestamp.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": "urn:phlo-hooks:schema:1.0:IngestionEvent",
        "subject": "raw/orders",
        "partitionkey": "r-1",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "sequence": "00000000000000000042",
        "phlorunid": "r-1",
        "phlojob": "nightly",
        "phlostep": "s",
        "phloattempt": 2,
        "phloasset": "raw/orders",
        "phlopartition": "2026",
        "phlokey": event.key,
    }


@pytest.mark.parametrize(
    ("event", "subject"),
    [
        (RunEvent(event_type="run.start", correlation=HookCorrelation(run_id="r")), "r"),
        (make_event("step.end", step_key="s"), "s"),
        (make_event("step.end", step_key="s", asset_keys=("b", "a")), "a"),
        (RunEvent(event_type="run.start"), None),
        (GenericEvent(event_type="x", data={"asset_key": "raw/x"}), "raw/x"),
    ],
    ids=range(5),
)
def test_the_subject(event: HookEvent, subject: str | None) -> None:
    """The subject is the asset, else the step, else the run, and left out when there is none."""
    assert to_cloudevent(event).get("subject") == subject


def test_no_trace_without_ids() -> None:
    """A trace of zeros is no trace, and half of one is none either."""
    zeros = HookCorrelation(trace_id="0" * 32, span_id="b7ad6b7169203331")

    assert "traceparent" not in to_cloudevent(make_event("run.start", correlation=zeros))
    assert "traceparent" not in to_cloudevent(make_event("run.start", trace_id="a" * 32))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"specversion": "0.3"}, "specversion is '0.3'"),
        ({"type": "com.example.order"}, "of type 'com.example.order' carries no event"),
        ({"type": None}, "carries no event"),
        ({"data": "text"}, "carries no event"),
        ({"id": "other"}, "CloudEvent 'other' carries event .*: the ids differ"),
        ({"data": {"event_type": "run.start"}}, "not an event"),
    ],
    ids=range(6),
)
def test_what_is_not_ours(change: dict[str, Any], says: str) -> None:
    """A CloudEvent that carries no event of ours is told apart."""
    with pytest.raises(CodecError, match=says):
        from_cloudevent({**to_cloudevent(make_event("run.start")), **change})


def test_a_newer_major() -> None:
    """A newer major version is told as one, as by the codec."""
    cloudevent = to_cloudevent(make_event("run.start"))
    cloudevent["data"]["version"] = "2.0"

    with pytest.raises(UnsupportedVersionError, match=r"version 2\.0"):
        from_cloudevent(cloudevent)
