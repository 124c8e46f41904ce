from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from phlo_hooks.codec import decode_event, encode_event
from phlo_hooks.events import CLASS_BY_TYPE, GenericEvent, IngestionEvent
from phlo_hooks.testing import EPOCH, FakeClock, RecordingHook, make_event


@pytest.mark.parametrize("event_type", [*CLASS_BY_TYPE, "user.thing"])
def test_an_event_of_any_type_needs_nothing_more(event_type: str) -> None:
    """A test names the type, and has an event that can be emitted and stored."""
    event = make_event(event_type)

    assert event.event_type == event_type
    assert type(event) is CLASS_BY_TYPE.get(event_type, GenericEvent)
    assert decode_event(encode_event(event)) == event


def test_parts_go_where_they_belong() -> None:
    """Names of the correlation go there, and to the event's own field of that name."""
    event = make_event("ingestion.end", asset_key="a", partition_key="p", run_id="r", rows=3, at=EPOCH)

    assert isinstance(event, IngestionEvent)
    assert (event.asset_key, event.partition_key, event.rows, event.timestamp) == ("a", "p", 3, EPOCH)
    assert (event.correlation.asset_key, event.correlation.partition_key, event.correlation.run_id) == ("a", "p", "r")


def test_ids_differ_and_times_ascend() -> None:
    """Two events are never the same, and the later one is later."""
    first, second = make_event(), make_event()

    assert first.event_id != second.event_id
    assert first.timestamp < second.timestamp


def test_a_misspelt_part_is_told() -> None:
    """A part that neither the event nor the correlation has is an error."""
    with pytest.raises(TypeError, match="RunEvent has no asset, rwos"):
        make_event("run.start", rwos=3, asset="x")


def test_a_recording_hook_fails_on_request() -> None:
    """It fails so often, or for such events, and remembers calls apart from events taken."""
    twice = RecordingHook(fail_with=OSError("down"), fail_times=2)
    picky = RecordingHook(fail_with=lambda event: ValueError("no") if event.event_type == "run.end" else None)

    for _ in range(2):
        with pytest.raises(OSError, match="down"):
            twice(make_event("run.start"))
    twice(make_event("run.start"))
    with pytest.raises(ValueError, match="no"):
        picky(make_event("run.end"))
    picky(make_event("run.start"))

    assert (len(twice.calls), twice.event_types) == (3, ["run.start"])
    assert (len(picky.calls), picky.event_types) == (2, ["run.start"])


def test_a_registration_of_it() -> None:
    """It registers under a name of its own, with whatever parts a registration has."""
    made = RecordingHook().registration("r", plugin="p", priority=3)

    assert (made.name, made.priority) == ("p:r", 3)


def test_waiting_for_calls() -> None:
    """A test waits until a hook was called, and is told when it was not."""
    recorder = RecordingHook()
    threading.Timer(0.01, recorder, (make_event(),)).start()

    recorder.wait_for_calls(1)

    with pytest.raises(AssertionError, match=r"1 calls within 0.01 s, not 2"):
        recorder.wait_for_calls(2, timeout=0.01)


def test_a_clock_that_is_turned() -> None:
    """Time passes when the test says so."""
    clock = FakeClock()
    clock.advance(90)
    clock.sleep(30)

    assert clock() == clock.now() == EPOCH + timedelta(seconds=120)
    assert clock.monotonic() == 120
    with pytest.raises(ValueError, match="not turned back"):
        clock.advance(-1)
