from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from phlo_hooks.outbox.ledger import Changes, DeliveryLedger
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.source import StoredSnapshot
from tests.cli.recorded import bury
from tests.delivery.fakes import WHEN, make_event, make_events


@pytest.fixture(params=["sqlite", "postgresql"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outbox]:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    with Outbox.open(url) as opened:
        opened.register_consumers(["bus", "p:h"])
        opened.append(make_events(4))
        bury(opened, "p:h", "r0-1", error="no")
        yield opened


def deliver(outbox: Outbox) -> None:
    lease = outbox.acquire_lease("relay", owner="me", seconds=60)
    assert lease is not None
    DeliveryLedger(outbox.database, lease, "bus").commit(Changes(position=2, delivered=2), None)
    lease.release()


CHANGES: dict[str, Callable[[Outbox], Any]] = {
    "an event": lambda outbox: outbox.append([make_event(9)]),
    "a snapshot": lambda outbox: outbox.save_snapshot(
        StoredSnapshot(code_location="a", digest="1", body=b"1", valid_from=WHEN)
    ),
    "a delivery": deliver,
    "another dead letter": lambda outbox: bury(outbox, "p:h", "r0-2", error="no"),
    "a retry": lambda outbox: outbox.retry_dead(),
    "a drop": lambda outbox: outbox.drop_dead(),
    "another consumer": lambda outbox: outbox.register_consumers(["p:new"]),
    "a forgotten consumer": lambda outbox: outbox.forget_consumer("p:h"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_pulse_changes_with_what_happens(outbox: Outbox, what: str) -> None:
    """Whatever people can see of events and deliveries changes it."""
    before = outbox.pulse()

    CHANGES[what](outbox)

    assert outbox.pulse() != before


def test_the_pulse_is_the_same_while_nothing_happens(outbox: Outbox) -> None:
    """Looking, registering what is registered, and storing what is stored leave it as it is."""
    before = outbox.pulse()

    outbox.register_consumers(["bus", "p:h"])
    outbox.append(make_events(4))
    list(outbox.events())

    assert outbox.pulse() == before
    assert before.head == 4
