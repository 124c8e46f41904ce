"""
One process of the benchmark of OpenMetadata; prints what it took as JSON.

Run as ``openmetadata_project.py record|sync|quiet DATABASE URL TOKEN``.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice

from benchmarks.generated_models import make_project
from benchmarks.openmetadata_events import Run
from phlo_hooks.attaching import plugin_context
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.settings import Settings
from phlo_hooks.source import Batch
from phlo_hooks.subscribers.openmetadata.client import Client
from phlo_hooks.subscribers.openmetadata.handling import EventHandler
from phlo_hooks.subscribers.openmetadata.options import PLUGIN, Options
from phlo_hooks.subscribers.openmetadata.syncing import sync

BATCH = 500


def record(outbox: Outbox, _options: Options) -> dict[str, float]:
    """Record a run of an hour ago."""
    events = iter(Run(run_id="first", at=datetime.now(UTC) - timedelta(hours=1), tables=make_project()).events())
    count = 0
    while batch := list(islice(events, BATCH)):
        outbox.record("bench", Batch(events=batch))
        count += len(batch)
    return {"events": float(count)}


def first(outbox: Outbox, options: Options) -> dict[str, float]:
    """Bring over what was recorded."""
    with Client(options, environ={}) as client:
        report = sync(outbox, plugin_context(outbox, Settings(), PLUGIN), options, client)
        assert not report.refused, report.refused[:5]
        changed = report.structure.sent + report.history.sent
        return {"calls": float(client.calls), "changed": float(changed), "events": float(report.events)}


def quiet(outbox: Outbox, options: Options) -> dict[str, float]:
    """Tell a second run, event by event, as the relay does."""
    events = list(Run(run_id="second", at=datetime.now(UTC) - timedelta(minutes=20), tables=make_project()).events())
    with Client(options, environ={}) as client:
        handler = EventHandler(plugin_context(outbox, Settings(), PLUGIN), options, client)
        for event in events:
            handler.handle(event, None)
        return {"calls": float(client.calls), "events": float(len(events))}


PARTS: dict[str, Callable[[Outbox, Options], dict[str, float]]] = {"record": record, "sync": first, "quiet": quiet}


def main() -> None:
    """Do one part, and say what it took."""
    part, database, url, jwt = sys.argv[1:]
    with Outbox.open(database) as outbox:
        started, cpu = time.perf_counter(), time.process_time()
        said = PARTS[part](outbox, Options(url=url, jwt=jwt))
        took = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**said, **took, "megabytes": memory}))


if __name__ == "__main__":
    main()
