"""``phlo-hooks openmetadata`` plan, sync and prune against a server that behaves as the real one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import Result

from phlo_hooks.datasets import Column, ColumnEdge, DatasetRef, LineageEdge
from phlo_hooks.events import HookCorrelation, HookEvent, LineageEvent, QualityResultEvent, RunEvent, TransformEvent
from phlo_hooks.source import Batch
from tests.cli.conftest import Shop
from tests.openmetadata_standin import Fault, StandIn, running

Invoke = Callable[..., Result]
RAW = DatasetRef(namespace="duckdb://wh", name="wh.raw.orders")
MART = DatasetRef(namespace="duckdb://wh", name="wh.marts.sales")


def a_run(run_id: str, at: datetime) -> list[HookEvent]:
    """Return the events of a run that makes a mart of a raw table, with one test."""

    def where(**more: Any) -> HookCorrelation:
        return HookCorrelation(run_id=run_id, job_name="daily", code_location="shop", **more)

    step = where(step_key="dbt", attempt=1, asset_key="marts/sales")
    made: dict[str, Any] = {"asset_key": "marts/sales", "timestamp": at + timedelta(seconds=5), "correlation": step}
    edge = LineageEdge(
        upstream=RAW,
        downstream=MART,
        downstream_asset_key="marts/sales",
        columns=(ColumnEdge(upstream_column="amount", downstream_column="total"),),
        origin="dbt",
    )
    return [
        RunEvent(event_type="run.start", status="started", timestamp=at, correlation=where()),
        TransformEvent(
            event_type="transform.end",
            status="success",
            tool="dbt",
            model="sales",
            dataset=MART,
            columns=(Column(name="total", type="DOUBLE"),),
            **made,
        ),
        LineageEvent(edges=(edge,), sql="select amount as total from raw.orders", dialect="duckdb", **made),
        QualityResultEvent(
            check_name="not_null_total", passed=True, outcome="success", column="total", dataset=MART, **made
        ),
        RunEvent(event_type="run.end", status="success", timestamp=at + timedelta(seconds=9), correlation=where()),
    ]


@pytest.fixture
def server(shop: Shop) -> Iterator[StandIn]:
    with running(mode="2.0") as server:
        shop.variables |= {"OPENMETADATA_URL": server.url, "OPENMETADATA_JWT": server.jwt}
        yield server


@pytest.fixture
def known(shop: Shop) -> Shop:
    """A shop whose state database holds a run of yesterday and one of two months ago."""
    now = datetime.now(UTC)
    with shop.outbox() as outbox:
        for run_id, days in (("old", 60), ("new", 1)):
            outbox.record("lines", Batch(events=a_run(run_id, now - timedelta(days=days))))
    return shop


def test_a_plan_shows_what_is_new_and_sends_nothing(invoke: Invoke, known: Shop, server: StandIn) -> None:
    """A new server would get tables, the edge, the pipeline, the test; nothing was written, and exit code is 0."""
    result = invoke("openmetadata", "plan")

    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert "+ table duckdb.wh.marts.sales (1 column)" in lines
    assert "+ edge duckdb.wh.raw.orders -> duckdb.wh.marts.sales (1 column)" in lines
    assert any(line.startswith('+ pipeline dagster."shop.daily"') for line in lines)
    assert lines[-1].endswith("unchanged")
    assert not server.journal.writes


def test_a_sync_brings_over_what_the_plan_showed(invoke: Invoke, known: Shop, server: StandIn) -> None:
    """After a sync the same plan changes nothing, also with --strict, and a second sync writes nothing."""
    planned = invoke("openmetadata", "plan", "--strict")

    synced = invoke("openmetadata", "sync")
    server.journal.clear()
    again = invoke("openmetadata", "sync")

    assert (planned.exit_code, synced.exit_code, again.exit_code) == (1, 0, 0), synced.output
    assert synced.stdout.splitlines()[0] == f"{server.url} has what is known"
    assert not server.journal.changes
    after = invoke("openmetadata", "plan", "--strict")
    assert (after.exit_code, after.stdout) == (0, "nothing would change\n")


def test_a_sync_as_json_has_the_counts(invoke: Invoke, known: Shop, server: StandIn) -> None:
    """--json tells events, changes, calls and seconds; runs before the limit are left out."""
    told = json.loads(invoke("openmetadata", "sync", "--json").stdout)

    assert (told["events"], told["unread"], told["refused"]) == (10, 0, [])
    assert told["structure"]["changed"] > 0
    assert told["calls"] == len(server.journal)
    statuses = [line for line in server.journal.writes if "/status" in line]
    assert len(statuses) == 1


def test_since_reaches_further_back(invoke: Invoke, known: Shop, server: StandIn) -> None:
    """--since brings runs that history_days would leave out."""
    result = invoke("openmetadata", "sync", "--since", "90d")

    assert result.exit_code == 0, result.output
    assert len([line for line in server.journal.writes if "/status" in line]) == 2


def test_what_the_server_refuses_is_named_and_the_rest_is_there(invoke: Invoke, known: Shop, server: StandIn) -> None:
    """A refusal costs one request: it is listed, and the exit code is 1."""
    server.faults.add(Fault(path="PUT .*testDefinitions", status=400))

    result = invoke("openmetadata", "sync")

    assert result.exit_code == 1, result.output
    assert "Refused by the server" in result.stdout
    assert "marts.sales" in json.dumps(server.dump(), default=str)


def test_a_server_that_is_down_is_told_in_one_line(invoke: Invoke, known: Shop, server: StandIn) -> None:
    """Exit code 4 and one line: it may be run again."""
    server.stop()

    result = invoke("openmetadata", "sync")

    assert result.exit_code == 4
    assert result.stderr.splitlines()[-1].startswith("phlo-hooks: ")
    assert "Traceback" not in result.output


def test_a_token_that_expired_is_told_in_one_line(invoke: Invoke, known: Shop, server: StandIn) -> None:
    """Exit code 4, what to do, and no token."""
    server.renew_token()

    result = invoke("openmetadata", "sync")

    assert result.exit_code == 4
    assert "does not accept the token from OPENMETADATA_JWT" in result.stderr
    assert known.variables["OPENMETADATA_JWT"] not in result.output


def test_nothing_is_pruned_that_lives(invoke: Invoke, known: Shop, server: StandIn) -> None:
    """What events spoke of lately stays."""
    invoke("openmetadata", "sync")
    server.journal.clear()

    result = invoke("openmetadata", "prune", "--yes")

    assert result.exit_code == 0, result.output
    assert result.stdout == "nothing is to be removed\n"
    assert not server.journal.writes


def test_what_nobody_speaks_of_any_more_is_listed_and_then_removed(invoke: Invoke, shop: Shop, server: StandIn) -> None:
    """--dry-run lists and removes nothing; without an answer nothing is removed; --yes removes."""
    with shop.outbox() as outbox:
        outbox.record("lines", Batch(events=a_run("long-ago", datetime.now(UTC) - timedelta(days=20))))
    invoke("openmetadata", "sync")
    server.journal.clear()

    listed = invoke("openmetadata", "prune", "--dry-run")
    asked = invoke("openmetadata", "prune", input="n\n")
    untouched = list(server.journal.changes)
    removed = json.loads(invoke("openmetadata", "prune", "--yes", "--json").stdout)

    assert "- table duckdb.wh.marts.sales: no code declares marts/sales any more" in listed.stdout
    assert (listed.exit_code, asked.exit_code, untouched) == (0, 130, [])
    assert removed["removed"] == len(removed["stale"]) > 0
    assert any(line.startswith("DELETE ") for line in server.journal.changes)
    assert invoke("openmetadata", "prune", "--yes").stdout == "nothing is to be removed\n"
