from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phlo_hooks.codec import decode_event, encode_event, event_fields, event_of
from phlo_hooks.events import CLASS_BY_TYPE, EVENT_CLASSES, ErrorInfo, GenericEvent, HookEvent, RunEvent
from phlo_hooks.exceptions import CodecError, EventError, UnsupportedVersionError
from phlo_hooks.testing import make_event
from phlo_hooks.upcasters import UPCASTERS, UpcasterRegistry
from tests.core.strategies import events, events_of

HEAD = {"event_type": "user.thing", "event_id": "1", "timestamp": "2026-01-01T00:00:00Z"}


@pytest.fixture
def upcasters() -> Iterator[UpcasterRegistry]:
    """The registry that ``decode_event`` uses, left empty afterwards."""
    yield UPCASTERS
    for event_type, version in (
        ("run.start", "0.8"),
        ("run.start", "0.9"),
        ("run.begin", "0.7"),
        ("user.thing", "1.0"),
    ):
        UPCASTERS.unregister(event_type, version)


def body(**parts: Any) -> bytes:
    return json.dumps({**HEAD, **parts}).encode()


@pytest.mark.parametrize("cls", [*EVENT_CLASSES, GenericEvent])
@settings(max_examples=25)
@given(data=st.data())
def test_every_class_comes_back_as_it_went(cls: type[HookEvent], data: st.DataObject) -> None:
    """Encoding and decoding loses nothing, for every class and every field."""
    event = data.draw(events_of(cls))

    again = decode_event(encode_event(event))

    assert again == event
    assert type(again) is type(event)


@settings(max_examples=40)
@given(events())
def test_encoding_is_stable(event: HookEvent) -> None:
    """The bytes of a decoded event are the bytes it was decoded from, so that stored content can be compared."""
    first = encode_event(event)

    assert encode_event(decode_event(first)) == first


@settings(max_examples=40)
@given(events())
def test_plain_values_come_back(event: HookEvent) -> None:
    """An event as plain values is JSON, and the event again."""
    plain = event_fields(event)

    assert event_of(json.loads(json.dumps(plain))) == event


def test_an_unknown_type_keeps_every_field() -> None:
    """What this library does not know becomes a GenericEvent that has lost nothing."""
    event = decode_event(body(rows=3, nested={"a": [1, None]}, data="own", asset_key="raw/orders"))

    assert isinstance(event, GenericEvent)
    assert event.data == {"rows": 3, "nested": {"a": (1, None)}, "data": "own", "asset_key": "raw/orders"}
    assert event_fields(event)["nested"] == {"a": [1, None]}


def test_unknown_fields_of_a_known_type_are_left_out() -> None:
    """A newer minor version may say more than this library reads."""
    event = decode_event(body(event_type="run.start", version="1.4", colour="red"))

    assert isinstance(event, RunEvent)
    assert event.version == "1.4"


def test_a_newer_major_is_told_apart() -> None:
    """A newer major version is an error of its own, which says what to do."""
    with pytest.raises(UnsupportedVersionError, match=r"'run.start' has version 2.0.*upgrade phlo-hooks") as caught:
        decode_event(body(event_type="run.start", version="2.0"))

    assert (caught.value.version, caught.value.supported) == ("2.0", "1.0")


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"", "not an event"),
        (b"nope", "malformed"),
        (b"\xff\xfe", "not an event"),
        (b"[]", "Expected `object`"),
        (b"{}", "event_type"),
        (b'{"event_type": "run.start", "timestamp": "2026-01-01T00:00:00Z"}', "event_id"),
        (b'{"event_type": "run.start", "event_id": "1"}', "timestamp"),
        (body(event_type="ingestion.end"), "asset_key"),
        (body(event_type="run.start", timestamp="2026-01-01T00:00:00"), "naive"),
        (body(event_type="run.start", version="one"), "'one' of run.start is not major.minor"),
        (body(event_type="run.start", version="1.²"), "is not major.minor"),
        (body(event_type="run.start", status=3), "status"),
        (body(tags={"a": 1}), "tags"),
        (b'{"event_type":' + b"[" * 100_000, "not an event"),
    ],
    ids=range(14),
)
def test_bytes_that_are_no_event(bad: bytes, says: str) -> None:
    """Bytes that are no event are a CodecError that says why."""
    with pytest.raises(CodecError, match=says):
        decode_event(bad)


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_else(noise: bytes) -> None:
    """Whatever the bytes, the answer is an event or one of two errors."""
    with suppress(CodecError, UnsupportedVersionError):
        decode_event(noise)


@pytest.mark.parametrize(
    ("value", "place"),
    [(object(), "a"), ({1j: 1}, "a"), ({"ok": "\udcff", "rows": [1, {"sum": object()}]}, "a.rows.1.sum")],
    ids=["object", "key", "deep"],
)
def test_what_has_no_json_form_is_an_error(value: object, place: str) -> None:
    """The error names the event and the place in it."""
    event = make_event("asset.materialized", metadata={"a": value})

    with pytest.raises(CodecError, match=f"asset.materialized {event.event_id} has no JSON form at metadata.{place}:"):
        encode_event(event)


def test_a_known_type_needs_its_class() -> None:
    """A GenericEvent cannot pass for an event of a known type, which could not be read back."""
    with pytest.raises(CodecError, match=r"run.start is an event of RunEvent; use the class"):
        encode_event(GenericEvent(event_type="run.start"))


def test_plain_values_that_are_no_event() -> None:
    """Values without a JSON form are no event."""
    with pytest.raises(CodecError, match="not an event"):
        event_of({"event_type": object()})


def test_upcasters_are_chained(upcasters: UpcasterRegistry) -> None:
    """An old event goes through every step, also when a step renames its type, and is then of the current class."""

    @upcasters.register("run.begin", "0.7", "0.8")
    def renamed(event: dict[str, Any]) -> dict[str, Any]:
        return {**event, "event_type": "run.start"}

    @upcasters.register("run.start", "0.8", "0.9")
    def launched(event: dict[str, Any]) -> dict[str, Any]:
        event["launcher"] = event.pop("started_by")
        return event

    @upcasters.register("run.start", "0.9", "1.0")
    def said(event: dict[str, Any]) -> dict[str, Any]:
        return {**event, "status": "started"}

    event = decode_event(body(event_type="run.begin", version="0.7", started_by="me"))

    assert isinstance(event, RunEvent)
    assert (event.event_type, event.version, event.launcher, event.status) == ("run.start", "1.0", "me", "started")


def test_upcasters_serve_users_own_types(upcasters: UpcasterRegistry) -> None:
    """A type of the user's own can have versions, too."""
    upcasters.register("user.thing", "1.0", "1.1")(lambda event: {**event, "unit": "m"})

    event = decode_event(body(length=3))

    assert isinstance(event, GenericEvent)
    assert (event.version, event.data) == ("1.1", {"length": 3, "unit": "m"})


def test_an_upcaster_that_raises(upcasters: UpcasterRegistry) -> None:
    """An upcaster's error is told as the event's."""

    @upcasters.register("run.start", "0.9", "1.0")
    def broken(event: dict[str, Any]) -> dict[str, Any]:
        raise KeyError("gone")

    with pytest.raises(CodecError, match=r"upcaster of run.start to 1.0 failed: KeyError\('gone'\)"):
        decode_event(body(event_type="run.start", version="0.9"))


def test_upcasters_only_lead_forward() -> None:
    """A step back, or a second step from one version, is refused: chains always end."""
    registry = UpcasterRegistry()
    registry.register("a", "1.2", "1.10")(dict)

    with pytest.raises(EventError, match=r"1.2 is not later than 1.10"):
        registry.register("a", "1.10", "1.2")
    with pytest.raises(EventError, match=r"there is one from 1\.2 already"):
        registry.register("a", "1.2", "2.0")


def test_text_that_is_no_utf8_is_written_as_escapes() -> None:
    """A file's name in another encoding, in an error's message or a key, does not keep an event from being recorded."""
    event = RunEvent(
        event_type="run.end", error=ErrorInfo(type="OSError", message="no caf\udce9"), tags={"\ud800": "x"}
    )
    other = GenericEvent(event_type="user.thing", data={"names": ["a\udcff"]})

    read = decode_event(encode_event(event))

    assert isinstance(read, RunEvent)
    assert read.error == ErrorInfo(type="OSError", message=r"no caf\udce9")
    assert (read.tags, read.timestamp) == ({r"\ud800": "x"}, event.timestamp)
    assert event_fields(other)["names"] == [r"a\udcff"]


def test_every_field_is_written() -> None:
    """Readers find every field of the class, also those that have their defaults."""
    event = make_event("run.start")

    assert set(event_fields(event)) == {each.name for each in fields(event)}
    assert msgspec.json.decode(encode_event(replace(event, tags={"a": "b"})))["tags"] == {"a": "b"}
    assert CLASS_BY_TYPE["run.start"] is RunEvent
