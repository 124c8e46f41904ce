from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from click.testing import Result

from phlo_hooks.outbox.store import Outbox
from phlo_hooks.source import Batch, StreamState
from tests.cli.conftest import Shop
from tests.cli.recorded import BEGIN, RUN, events

Invoke = Callable[..., Result]


def test_status_is_unhealthy_when_something_needs_a_person(recorded: Shop, invoke: Invoke) -> None:
    """No relay, dead letters, untranslatable records: each is a line, and the exit code says it."""
    result = invoke("status")

    assert result.exit_code == 1
    assert "no relay runs" in result.stdout
    assert "shop:queue: 1 dead letter" in result.stdout
    assert "2 records could not be translated" in result.stdout
    assert "2 open runs, last read 2026-11-21 09:00:00 UTC" in result.stdout


def test_status_is_healthy_while_a_relay_runs_and_all_arrives(shop: Shop, invoke: Invoke) -> None:
    """Nothing to do is said in one word, with exit code 0."""
    with shop.outbox() as outbox:
        lease = outbox.acquire_lease("relay", owner="me", seconds=60, pid=1, host="box")
        result, as_json = invoke("status"), invoke("status", "--json")
        alive = invoke("status", "--liveness")
        assert lease is not None

    assert (result.exit_code, alive.exit_code) == (0, 0)
    assert result.stdout.startswith("healthy\n")
    assert alive.stdout.startswith("running since")
    assert json.loads(as_json.stdout)["healthy"] is True


def test_status_tells_of_breakers_lag_and_unreadable_runs(shop: Shop, invoke: Invoke) -> None:
    """A consumer that is shut off, one that is behind, and a run that cannot be read each have their line."""
    from sqlalchemy import update

    from phlo_hooks.outbox.tables import consumers

    long_ago = datetime.now(UTC) - timedelta(hours=2)
    with Outbox.open(shop.url, now=lambda: long_ago) as outbox:
        outbox.register_consumers(["bus", "om:lineage"])
        outbox.append(events())
        outbox.record("lines", Batch(stream=StreamState(stream_id=RUN, status="failed")))
        with outbox.database.write() as connection:
            shut = {"breaker": "open", "open_until": BEGIN, "last_error": "503"}
            connection.execute(update(consumers).where(consumers.c.name == "om:lineage").values(**shut))

    result = invoke("status")

    assert "om:lineage: breaker open, next probe 2026-11-21 09:00:00: 503" in result.stdout
    assert "bus: 6 events behind, the oldest for 2 h 0 min" in result.stdout
    assert "source lines: the logs of 1 run cannot be read" in result.stdout


def test_liveness_looks_at_the_relay_alone(recorded: Shop, invoke: Invoke) -> None:
    """A container is not restarted for a dead letter, but for a relay that is gone."""
    result = invoke("status", "--liveness")

    assert (result.exit_code, result.stdout) == (1, "not running\n")
