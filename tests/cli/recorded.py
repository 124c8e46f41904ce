"""What the tests' state databases hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from phlo_hooks.events import (
    AssetEvent,
    ErrorInfo,
    HookCorrelation,
    HookEvent,
    QualityResultEvent,
    RunEvent,
    ServiceLifecycleEvent,
)
from phlo_hooks.outbox.store import Outbox

BEGIN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
RUN = "0b8d2a4e-0000-4000-8000-000000000001"
OTHER_RUN = "0b8d2a4e-0000-4000-8000-000000000002"


def at(seconds: int, run: str = RUN, **more: str) -> dict[str, object]:
    correlation = HookCorrelation(run_id=run, job_name="nightly", **more)  # type: ignore[arg-type]
    return {"timestamp": BEGIN + timedelta(seconds=seconds), "correlation": correlation, "source": "dagster"}


def events() -> list[HookEvent]:
    error = ErrorInfo(type="ValueError", message="bad \x1b[31mred", stack="Traceback\n  \x1b]0;evil\x07")
    return [
        RunEvent(event_id="11aa0000", event_type="run.start", status="started", **at(0)),  # type: ignore[arg-type]
        AssetEvent(
            event_id="22bb0000",
            event_type="asset.materialized",
            asset_key="gold/sales",
            status="success",
            **at(5, asset_key="gold/sales", partition_key="2013-01"),  # type: ignore[arg-type]
        ),
        QualityResultEvent(
            event_id="33cc0000",
            asset_key="gold/sales",
            check_name="fresh",
            passed=False,
            **at(6, check_name="fresh"),  # type: ignore[arg-type]
        ),
        RunEvent(event_id="44dd0000", event_type="run.end", status="failure", error=error, **at(9)),  # type: ignore[arg-type]
        RunEvent(event_id="55ee0000", event_type="run.start", **at(20, OTHER_RUN)),  # type: ignore[arg-type]
        ServiceLifecycleEvent(event_id="66ff0000", event_type="service.post_start", service_name="trino"),
    ]


def bury(outbox: Outbox, consumer: str, event_id: str, *, error: str) -> None:
    """Make a dead letter, as a dispatcher leaves it."""
    from sqlalchemy import insert

    from phlo_hooks.outbox.tables import deliveries

    event = outbox.event(event_id)
    assert event is not None
    row = {
        "consumer": consumer,
        "seq": event.seq,
        "event_id": event.event_id,
        "event_type": event.event_type,
        "run_id": event.run_id,
        "status": "dead",
        "attempts": 3,
        "calls": 3,
        "crashes": 0,
        "last_attempt_at": BEGIN,
        "error": error,
        "error_kind": "permanent",
        "after_dead_letter": True,
        "replay": False,
    }
    with outbox.database.write() as connection:
        connection.execute(insert(deliveries).values(**row))
