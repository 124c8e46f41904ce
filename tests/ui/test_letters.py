from __future__ import annotations

import httpx

from phlo_hooks.exceptions import PermanentDeliveryError
from phlo_hooks.filters import HookFilter
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.relay import Relay
from phlo_hooks.settings import DeliverySettings, RelaySettings, Settings
from tests.cli.recorded import bury
from tests.delivery.fakes import FakeSource, Recorder, bus_of, make_events, queued
from tests.ui.conftest import CHANGING, Site

QUICK = Settings(delivery=DeliverySettings(backoff_base=0.02), relay=RelaySettings(lease_seconds=2.0))


def post(client: httpx.Client, what: str, **body: object) -> dict[str, int]:
    answer = client.post(f"/api/dead/{what}", json=body, headers=CHANGING)
    assert answer.status_code == 200, answer.text
    found: dict[str, int] = answer.json()
    return found


def test_a_retried_letter_is_delivered(site: Site) -> None:
    """What the page retries is delivered as what `phlo-hooks dead retry` queues: to the hook that failed, and alone."""
    broken = [True]
    hook = Recorder(lambda event, _: PermanentDeliveryError("no") if broken else None)
    bus = bus_of(queued(hook, filter=HookFilter(event_types={"run.start"})))

    with Outbox.open(site.url) as outbox, site.client() as client:
        relay = Relay(outbox, [FakeSource(make_events(3))], bus, QUICK)
        outbox.register_consumers(["bus", "p:queued"])
        relay.drain()
        broken.clear()
        one = post(client, "retry", letters=[{"consumer": "p:queued", "event_id": "r0-1"}])
        relay.drain()
        first = list(hook.seen)
        rest = post(client, "retry", consumer="p:queued")
        relay.drain()
        graph = client.get("/api/graph").json()

    assert (one["queued"], rest["queued"]) == (1, 2)
    assert first == ["r0-1"]
    assert hook.seen == ["r0-1", "r0-0", "r0-2"]
    assert graph["dead"] == []


def test_a_page_is_told_whether_a_relay_is_at_work(client: httpx.Client, site: Site) -> None:
    """With one, what was retried is about to be delivered; without, somebody has to start one."""
    with Outbox.open(site.url) as outbox:
        lease = outbox.acquire_lease("relay", owner="me", seconds=60)
        assert lease is not None
        during = post(client, "retry", consumer="gone:hook")
        lease.release()
        after = post(client, "retry", consumer="shop:queue")

    assert (during, after) == ({"queued": 1, "relay": True}, {"queued": 1, "relay": False})


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
