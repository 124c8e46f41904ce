"""How much the parts get through: codec, bus, outbox."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from benchmarks.measure import Measurement, rate
from phlo_hooks.bus import HookBus
from phlo_hooks.codec import decode_event, encode_event
from phlo_hooks.datasets import Column, DatasetRef
from phlo_hooks.events import HookCorrelation, HookEvent, IngestionEvent
from phlo_hooks.filters import HookFilter
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.registration import HookRegistration

BATCH = 200
BATCHES = 50


def make_event() -> IngestionEvent:
    """Return an event of the size that dlt's are: twenty columns."""
    return IngestionEvent(
        event_type="ingestion.end",
        event_id=str(uuid4()),
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
        source="dagster",
        tags={"team": "sales"},
        correlation=HookCorrelation(run_id=str(uuid4()), step_key="orders", attempt=1, asset_key="raw/orders"),
        asset_key="raw/orders",
        dataset=DatasetRef(namespace="duckdb://warehouse", name="warehouse.raw.orders"),
        status="success",
        rows=336_776,
        columns=tuple(Column(name=f"column_{number}", type="VARCHAR") for number in range(20)),
    )


def codec() -> Iterator[Measurement]:
    """Measure bytes and back."""
    event = make_event()
    body = encode_event(event)
    yield Measurement(
        name="encode", value=rate(lambda: encode_event(event)), unit="events/s", note=f"{len(body)} bytes, 20 columns"
    )
    yield Measurement(
        name="decode", value=rate(lambda: decode_event(body)), unit="events/s", note="into frozen objects"
    )


def bus() -> Iterator[Measurement]:
    """Measure emitting to one matching hook, alone and beside many that do not match."""
    for others in (0, 100):
        hooks = HookBus()
        hooks.register(_registration("wanted", "ingestion.*"))
        for number in range(others):
            hooks.register(_registration(f"other_{number}", "transform.end"))
        event = make_event()
        yield Measurement(
            name="emit to one hook",
            value=rate(lambda: hooks.emit(event)),  # noqa: B023  # measured before the loop goes on
            unit="events/s",
            note=f"beside {others} that do not match" if others else "alone",
        )


def _registration(name: str, event_type: str) -> HookRegistration:
    return HookRegistration(
        plugin_name="bench", hook_name=name, handler=_nothing, filter=HookFilter(event_types=frozenset({event_type}))
    )


def _nothing(event: HookEvent) -> None:
    """Handle an event by doing nothing."""


def outbox() -> Iterator[Measurement]:
    """Measure recording in transactions of the relay's size."""
    with tempfile.TemporaryDirectory() as folder:
        store = Outbox.open(f"sqlite:///{Path(folder) / 'state.db'}")
        try:
            batches = [[make_event() for _ in range(BATCH)] for _ in range(BATCHES)]
            started = time.perf_counter()
            for batch in batches:
                store.append(batch)
            taken = time.perf_counter() - started
        finally:
            store.close()
    yield Measurement(
        name="record in the outbox",
        value=BATCH * BATCHES / taken,
        unit="events/s",
        note=f"SQLite, {BATCH} per transaction",
    )
