from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from phlo_hooks.backoff import Backoff
from phlo_hooks.exceptions import PermanentDeliveryError
from phlo_hooks.filters import HookFilter
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.registration import HookRegistration
from phlo_hooks.relay import Relay
from phlo_hooks.settings import DeliverySettings, RelaySettings, Settings
from tests.cli.recorded import bury
from tests.delivery.fakes import FakeSource, Recorder, bus_of, eventually, make_events, queued
from tests.ui.conftest import CHANGING, Site

QUICK = Settings(delivery=DeliverySettings(backoff_base=0.02), relay=RelaySettings(lease_seconds=2.0))


@contextmanager
def relaying(site: Site, *hooks: HookRegistration) -> Iterator[None]:
    """Relay three events while the block lasts, as another process would."""
    stop = threading.Event()
    with Outbox.open(site.url) as outbox:
        relay = Relay(
            outbox, [FakeSource(make_events(3))], bus_of(*hooks), QUICK, backoff=Backoff(base=0.02, maximum=0.05)
        )
        thread = threading.Thread(target=relay.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(30)


def post(client: httpx.Client, what: str, **body: object) -> dict[str, int]:
    answer = client.post(f"/api/dead/{what}", json=body, headers=CHANGING)
    assert answer.status_code == 200, answer.text
    found: dict[str, int] = answer.json()
    return found


def test_a_retried_letter_is_delivered(site: Site) -> None:
    """A running relay takes what the page retries, as it takes what `phlo-hooks dead retry` queues."""
    broken = threading.Event()
    broken.set()
    hook = Recorder(lambda event, _: PermanentDeliveryError("no") if broken.is_set() else None)

    with relaying(site, queued(hook, filter=HookFilter(event_types={"run.start"}))), site.client() as client:
        eventually(lambda: len(site.dead()) == 3)
        broken.clear()
        one = post(client, "retry", letters=[{"consumer": "p:queued", "event_id": "r0-1"}])
        eventually(lambda: hook.seen == ["r0-1"])
        rest = post(client, "retry", consumer="p:queued")
        eventually(lambda: len(hook.seen) == 3)
        eventually(lambda: client.get("/api/graph").json()["consumers"][1]["pending"] == 0)
        graph = client.get("/api/graph").json()

    assert one == {"queued": 1, "relay": True}
    assert rest == {"queued": 2, "relay": True}
    assert graph["dead"] == []


def test_only_what_was_chosen_is_retried(client: httpx.Client, site: Site) -> None:
    """One letter of one consumer: the same event's letter of another stays, and an unknown one is none."""
    with Outbox.open(site.url) as outbox:
        bury(outbox, "bus", "22bb0000", error="no")

    letters = [{"consumer": "bus", "event_id": "22bb0000"}, {"consumer": "nobody", "event_id": "22bb0000"}]
    done = post(client, "retry", letters=letters)

    assert done == {"queued": 1, "relay": False}
    assert site.dead() == ["shop:queue", "gone:hook"]


def test_all_can_be_retried(client: httpx.Client, site: Site) -> None:
    """Every dead letter of every consumer, and once: a second click finds none."""
    first, second = post(client, "retry", all=True), post(client, "retry", all=True)

    assert (first["queued"], second["queued"]) == (2, 0)
    assert site.dead() == []


def test_dropped_letters_are_given_up_on(client: httpx.Client, site: Site) -> None:
    """A dropped letter is no dead letter any more, and is not delivered."""
    done = post(client, "drop", consumer="gone:hook")

    with Outbox.open(site.url) as outbox:
        dropped = [row.consumer for row in outbox.deliveries(status="dropped")]
    assert done == {"dropped": 1, "relay": False}
    assert dropped == ["gone:hook"]
    assert site.dead() == ["shop:queue"]
