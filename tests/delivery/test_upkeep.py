from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from phlo_hooks.events import ErrorEvent
from phlo_hooks.exceptions import PermanentDeliveryError
from phlo_hooks.outbox.api import EventQuery
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.registration import HookRegistration
from phlo_hooks.relay import Relay
from phlo_hooks.settings import Settings
from tests.delivery.fakes import FakeSource, Recorder, bus_of, make_event, make_events, queued, sync
from tests.delivery.world import World


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/state.db"


def test_a_drain_tells_of_a_plugin_that_is_left_out(url: str) -> None:
    """What a broken plugin was to get has not arrived: the drain says so, and records it once a day."""
    outbox, hook = Outbox.open(url), Recorder()
    bus = bus_of(sync(hook))
    bus.plugin_errors = (ErrorEvent(event_type="plugin.failed", where="broken", message="cannot import libfoo"),)
    relay = Relay(outbox, [FakeSource(make_events(3))], bus, Settings())

    first, second = relay.drain(), relay.drain()

    assert (first.complete, first.failed_plugins) == (False, ("broken",))
    assert "plugin broken is left out" in second.note
    (told,) = outbox.events(EventQuery(event_types=("plugin.failed",)))
    assert hook.seen == [told.event_id, "r0-0", "r0-1", "r0-2"]


def test_a_short_drain_forgets_who_is_gone(url: str) -> None:
    """Where only drains run, from cron or CI, a consumer without a hook is forgotten after its days as well."""
    Outbox.open(url, now=lambda: datetime.now(UTC) - timedelta(days=31)).register_consumers(["gone:hook"])
    Outbox.open(url, now=lambda: datetime.now(UTC) - timedelta(days=29)).register_consumers(["away:hook"])
    outbox = Outbox.open(url)

    Relay(outbox, [FakeSource()], bus_of(queued(Recorder())), Settings()).drain()

    assert [state.name for state in outbox.consumers()] == ["away:hook", "bus", "p:queued"]


def test_a_dead_letter_says_that_it_followed_another(url: str) -> None:
    """Of two replayed events of a run that both fail for good, the second one's row says what was before it."""
    hook = Recorder(lambda _event, delivery: PermanentDeliveryError("no") if delivery.replay else None)
    world = World(url, bus_of(queued(hook)))
    world.outbox.append([make_event(0), make_event(1)])
    world.run()

    world.outbox.replay("p:queued", EventQuery())
    world.run()

    assert [row.after_dead_letter for row in world.outbox.deliveries(status="dead")] == [False, True]
    world.close()


@pytest.mark.parametrize("hook_of", [sync, queued])
@pytest.mark.parametrize("text", ["caf\udce9", "nul \0 byte"])
def test_an_error_of_odd_characters_stops_nobody(url: str, hook_of: Callable[..., HookRegistration], text: str) -> None:
    """What a handler's error says may have no place in a database; the next event is delivered all the same."""
    hook = Recorder(lambda event, _: PermanentDeliveryError(text) if event.event_id == "r1-0" else None)
    world = World(url, bus_of(hook_of(hook)))
    world.outbox.append([make_event(0), make_event(1)])

    world.run()

    assert hook.seen[0] == "r1-1"
    world.close()
