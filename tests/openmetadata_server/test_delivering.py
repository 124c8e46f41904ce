"""The plugin at work in a relay, and beside it ``sync``: what is lost, repeated and said."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from phlo_hooks.exceptions import TransientDeliveryError
from phlo_hooks.outbox.api import ConsumerState
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.subscribers.openmetadata.plugin import CONSUMER
from phlo_hooks.subscribers.openmetadata.syncing import SyncReport, sync
from tests.openmetadata_server.platform import Platform, flights
from tests.openmetadata_standin import Fault, StandIn, running


@pytest.fixture
def server() -> Iterator[StandIn]:
    with running("2.0") as server:
        yield server


@pytest.fixture
def platform(server: StandIn, tmp_path: Path) -> Platform:
    return Platform(tmp_path, server)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a server holds after one run that nothing disturbed."""
    with running("2.0") as server:
        platform = Platform(tmp_path_factory.mktemp("undisturbed"), server)
        platform.append(flights())
        assert platform.drain().complete
        return server.dump()


def synced(platform: Platform) -> SyncReport:
    with platform.at_hand() as (outbox, context, options, client):
        return sync(outbox, context, options, client)


def consumer(platform: Platform) -> ConsumerState:
    with Outbox.open(platform.url) as outbox:
        (state,) = [each for each in outbox.consumers() if each.name == CONSUMER]
        return state


def test_sync_leaves_the_hook_nothing_to_repeat(platform: Platform, undisturbed: dict[str, object]) -> None:
    """What a sync brought is what the events bring; delivered afterwards, they change nothing and cost little."""
    platform.append(flights())
    report = synced(platform)
    brought = platform.server.dump()
    platform.server.journal.clear()

    assert platform.drain().complete

    assert report.refused == ()
    assert platform.server.journal.changes == []
    assert platform.server.dump() == brought == undisturbed


def test_sync_after_the_hook_changes_nothing(platform: Platform) -> None:
    """Where all was told already, a sync reads and writes nothing."""
    platform.append(flights())
    platform.drain()
    platform.server.journal.clear()

    report = synced(platform)

    assert platform.server.journal.changes == []
    assert (report.structure.sent, report.history.sent, report.refused) == (0, 0, ())


def test_sync_fills_a_server_that_was_made_anew(platform: Platform, tmp_path: Path) -> None:
    """A server that lost everything has it all again, results and runs too."""
    platform.append(flights())
    platform.drain()
    before = platform.server.dump()
    with running("2.0") as empty:
        other = Platform(tmp_path, empty)
        synced(other)

        assert empty.dump() == before


def test_an_interrupted_sync_is_made_good(platform: Platform, undisturbed: dict[str, object]) -> None:
    """It breaks off in the middle; the events that follow, or the next sync, bring what lacks."""
    platform.append(flights())
    platform.server.faults.add(Fault(status=503, path="PUT", at=20, times=1))
    with pytest.raises(TransientDeliveryError):
        synced(platform)
    platform.server.faults.clear()

    platform.drain()
    after_events = platform.server.dump()
    synced(platform)

    assert after_events == undisturbed
    assert platform.server.dump() == undisturbed


def test_a_sync_beside_a_relay(platform: Platform, undisturbed: dict[str, object]) -> None:
    """Both at once come to the same end."""
    platform.append(flights())
    relay = threading.Thread(target=platform.drain)
    relay.start()
    synced(platform)
    relay.join()
    platform.drain()

    synced(platform)

    assert platform.server.dump() == undisturbed


@pytest.mark.parametrize("trouble", ["missing", "expired", "broken"])
def test_a_token_that_does_not_work_loses_nothing(
    trouble: str, platform: Platform, undisturbed: dict[str, object]
) -> None:
    """One clear line says what to do, the breaker opens, nothing becomes a dead letter; with a good one it goes on."""
    good = platform.token_file.read_text()
    platform.delivery = {"breaker_threshold": 3, "breaker_cooldown": 0.3}
    if trouble == "missing":
        platform.token_file.unlink()
    elif trouble == "broken":
        platform.token_file.write_text("two words")
    else:
        good = platform.server.renew_token()
    platform.append(flights())

    during = platform.drain(timeout=1.0)
    state = consumer(platform)
    platform.token_file.write_text(good)
    platform.drain(timeout=60)

    assert not during.complete
    assert during.dead == {}
    assert state.breaker in {"open", "half_open"}
    assert state.last_error is not None
    assert "\n" not in state.last_error
    assert "token" in state.last_error
    assert platform.server.dump() == undisturbed


def test_what_is_refused_becomes_a_dead_letter_that_names_it(
    platform: Platform, undisturbed: dict[str, object]
) -> None:
    """The rest of the run is there; when the server takes it, ``dead retry`` brings it."""
    fault = platform.server.faults.add(Fault(status=400, path=r"PUT .*/tables"))
    platform.append(flights())

    report = platform.drain()
    with Outbox.open(platform.url) as outbox:
        letters = outbox.deliveries(consumer=CONSUMER, status="dead")
        platform.server.faults.clear()
        outbox.retry_dead(consumer=CONSUMER)
    again = platform.drain()

    assert fault.hit
    assert report.dead[CONSUMER] == len(letters) > 0
    assert all("OpenMetadata refuses" in (letter.error or "") and "table" in (letter.error or "") for letter in letters)
    assert again.dead == {}
    assert platform.server.dump() == undisturbed
