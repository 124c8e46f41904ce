"""
Measure how fast events are recorded and delivered.

Run as ``python -m benchmarks.delivery [EVENTS] [URL]``; without a URL, in an SQLite file that is thrown away.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime

from phlo_hooks.bus import HookBus
from phlo_hooks.dispatcher import Dispatcher, register
from phlo_hooks.events import AssetEvent, HookCorrelation, HookEvent
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.registration import Dispatch, HookRegistration
from phlo_hooks.settings import DeliverySettings
from phlo_hooks.source import Batch, StreamState

BATCH = 1000


def make_events(count: int) -> list[HookEvent]:
    """Return events of a hundred runs."""
    return [
        AssetEvent(
            event_type="asset.materialized",
            timestamp=datetime.now(UTC),
            correlation=HookCorrelation(run_id=f"run-{number % 100}", asset_key=f"raw/table_{number % 50}"),
            asset_key=f"raw/table_{number % 50}",
        )
        for number in range(count)
    ]


def measure(url: str, count: int, consumers: int) -> None:
    """Record, then deliver to so many queued hooks that do nothing."""
    with Outbox.open(url) as outbox:
        bus = HookBus()
        for number in range(consumers):
            bus.register(
                HookRegistration(
                    plugin_name="bench", hook_name=f"h{number}", handler=lambda _: None, dispatch=Dispatch.QUEUED
                )
            )
        register(outbox, bus)
        events = make_events(count)
        started = time.perf_counter()
        for at in range(0, count, BATCH):
            stream = StreamState(stream_id="run", cursor=at)
            outbox.record("bench", Batch(events=events[at : at + BATCH], stream=stream))
        seconds = time.perf_counter() - started
        print(f"recorded  {count} events in batches of {BATCH}: {count / seconds:,.0f} events/s")
        lease = outbox.acquire_lease("relay", owner="bench", seconds=3600)
        if lease is None:
            raise SystemExit("another relay is at work on this database")
        dispatcher = Dispatcher(outbox, bus, DeliverySettings(), lease=lease)
        started = time.perf_counter()
        dispatcher.start()
        while not dispatcher.at_rest():
            dispatcher.wait(0.05)
        seconds = time.perf_counter() - started
        dispatcher.stop()
        lease.release()
        print(f"delivered {count} events to {consumers} queued hook(s): {count / seconds:,.0f} events/s to each")


def main() -> None:
    """Measure one consumer, then three."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    for consumers in (1, 3):
        with tempfile.TemporaryDirectory() as folder:
            url = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{folder}/state.db"  # noqa: PLR2004  # two arguments
            measure(url, count, consumers)


if __name__ == "__main__":
    main()
