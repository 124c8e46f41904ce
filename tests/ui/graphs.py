"""Graphs with runs of every kind, for looking at the page."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from phlo_hooks.lineage.graph import (
    Graph,
    GraphConsumer,
    GraphDeadLetter,
    GraphEdge,
    GraphModel,
    GraphRun,
    GraphStep,
    GraphTable,
    RunCheck,
)

LONG_ERROR = """dagster_dbt.errors.DagsterDbtCliRuntimeError: The dbt CLI process with command
`dbt build --select fqn:shop.marts.* --vars {"day": "2026-11-20"}` failed with exit code 1.

Errors parsed from dbt logs:
Runtime Error in model daily_sales (models/marts/daily_sales.sql)
  Binder Error: Referenced column "amount_eur" not found in FROM clause!
  Candidate bindings: "amount", "amount_usd"
"""
REFUSED = (
    "PermanentDeliveryError: 400 Bad Request: the entity 'duckdb.shop.raw.orders' has no column 'amount_eur'; "
    "it has: id, customer_id, amount, amount_usd, ordered_at, country, channel, discount, currency"
)
NAMES = ("raw.orders", "raw.customers", "raw.products", "staging.stg_orders", "staging.stg_customers")
MARTS = ("marts.daily_sales", "marts.customers", "marts.products", "published.daily_sales")


def tables() -> tuple[GraphTable, ...]:
    names = (*NAMES, *MARTS)
    return tuple(
        GraphTable(
            id=f"duckdb://shop/{name}",
            namespace="duckdb://shop",
            full_name=name,
            name=name,
            asset_keys=(name.replace(".", "/"),),
            status="success",
        )
        for name in names
    )


def failed(start: datetime) -> GraphRun:
    """A run whose second attempt lost its process, whose dbt step failed, and whose last steps were skipped."""
    models = (
        GraphModel(name="stg_orders", status="success", table=3, start=31.5, seconds=2.1, rows=120_034),
        GraphModel(name="stg_customers", status="success", table=4, start=33.0, seconds=1.2, rows=10_000),
        GraphModel(
            name="daily_sales",
            status="failure",
            table=5,
            start=35.0,
            seconds=0.4,
            message='Binder Error: Referenced column "amount_eur" not found in FROM clause!',
        ),
        GraphModel(name="customers", status="skipped", table=6, message="upstream failed"),
    )
    steps = (
        GraphStep(
            key="load_orders", attempt=1, status="retry", start=1.2, seconds=6.0, tables=(0,), error="TimeoutError"
        ),
        GraphStep(
            key="load_orders", attempt=2, status="retry", start=12.0, seconds=6.1, tables=(0,), error="TimeoutError"
        ),
        GraphStep(key="load_orders", attempt=3, status="success", start=22.0, seconds=6.2, tables=(0,)),
        GraphStep(key="load_customers", attempt=1, status="success", start=1.3, seconds=3.9, tables=(1,)),
        GraphStep(key="load_products", attempt=1, status="lost", start=1.3, tables=(2,), error="the process has gone"),
        GraphStep(
            key="dbt_models",
            attempt=1,
            status="failure",
            start=29.0,
            seconds=7.5,
            tables=(3, 4, 5, 6, 7),
            models=models,
            error=LONG_ERROR,
            url="http://localhost:3000/runs/f",
        ),
        GraphStep(
            key="publish_daily_sales",
            attempt=1,
            status="skipped",
            start=36.6,
            tables=(8,),
            error="upstream: dbt_models",
        ),
    )
    checks = (
        RunCheck(name="fresh", outcome="pass", at=28.5, table=0, step="load_orders"),
        RunCheck(name="not_null_orders_id", outcome="pass", at=33.9, table=3, step="dbt_models"),
        RunCheck(
            name="unique_orders_id",
            outcome="fail",
            at=34.0,
            table=3,
            step="dbt_models",
            severity="ERROR",
            message="Got 12 results, configured to fail if != 0",
        ),
        RunCheck(
            name="accepted_values_country", outcome="warn", at=34.3, table=4, step="dbt_models", message="Got 3 results"
        ),
        RunCheck(name="volume", outcome="pass", at=36.9, table=1),
    )
    return GraphRun(
        id="f0000000-0000-4000-8000-00000000000f",
        job="nightly",
        status="failure",
        started_at=start,
        seconds=37.4,
        launcher="schedule nightly_at_2",
        partition="2026-11-20",
        code_location="shop",
        error="Steps failed: ['dbt_models', 'load_products']",
        url="http://localhost:3000/runs/f",
        events=64,
        steps=steps,
        checks=checks,
    )


def large(start: datetime, count: int, *, seed: int = 7) -> GraphRun:
    """A run of many steps on eight workers; a few are tried again, fail, or are skipped."""
    chance = random.Random(seed)
    free = [0.0] * 8
    steps: list[GraphStep] = []
    checks: list[RunCheck] = []
    for number in range(count):
        worker = min(range(8), key=lambda index: free[index])
        key = f"tenant_{number // 10:03d}__load_{number % 10}"
        begin, took = free[worker] + 0.2, chance.lognormvariate(1.0, 0.9)
        status = chance.choices(["success", "retry", "failure"], [95, 4, 1])[0]
        error = None if status == "success" else f"ConnectionError: tenant {number // 10} closed the connection"
        steps.append(GraphStep(key=key, attempt=1, status=status, start=begin, seconds=took, error=error))
        free[worker] = begin + took
        if status == "retry":
            steps.append(GraphStep(key=key, attempt=2, status="success", start=begin + took + 1, seconds=took / 2))
            free[worker] += 1 + took / 2
        if number % 4 == 0:
            outcome = chance.choices(["pass", "warn", "fail"], [90, 8, 2])[0]
            checks.append(RunCheck(name=f"rows_{number}", outcome=outcome, at=free[worker] - 0.05, step=key))
    return GraphRun(
        id=f"1a{count:06d}-0000-4000-8000-000000000000",
        job="all_tenants",
        status="failure" if any(step.status == "failure" for step in steps) else "success",
        started_at=start,
        seconds=max(free) + 0.5,
        launcher="ada",
        steps=tuple(steps),
        checks=tuple(checks),
    )


def running(start: datetime, seconds: float) -> GraphRun:
    steps = (
        GraphStep(key="load_orders", attempt=1, status="success", start=1.0, seconds=seconds / 3, tables=(0,)),
        GraphStep(key="load_customers", attempt=1, status="started", start=1.2, tables=(1,)),
        GraphStep(key="load_products", attempt=1, status="started", start=seconds / 3 + 1.5, tables=(2,)),
    )
    return GraphRun(
        id="ab000000-0000-4000-8000-00000000000a", job="nightly", status="started", started_at=start, steps=steps
    )


def small(number: int, start: datetime) -> GraphRun:
    """One of the many runs that went well, or mostly."""
    status = "canceled" if number % 17 == 5 else "lost" if number % 23 == 7 else "success"
    steps = tuple(
        GraphStep(key=f"step_{index}", attempt=1, status="success", start=index * 2.0, seconds=1.7)
        for index in range(5)
    )
    return GraphRun(
        id=f"{number:08d}-0000-4000-8000-000000000000",
        job=("nightly", "hourly_orders", "publish")[number % 3],
        status=status,
        started_at=start,
        seconds=9.7 + number % 7,
        launcher="sensor new_files" if number % 3 else "schedule nightly_at_2",
        partition=f"2026-11-{20 - number % 20:02d}",
        steps=steps,
    )


def consumers() -> tuple[GraphConsumer, ...]:
    now = datetime.now(UTC)
    at = now - timedelta(seconds=40)
    return (
        GraphConsumer(name="bus", delivered=48_120, position=48_124, last_delivered_at=at),
        GraphConsumer(
            name="openmetadata:sync",
            delivered=30_003,
            position=41_000,
            pending=7_124,
            failed=84,
            dead=33,
            breaker="open",
            last_error="ConnectError: [Errno 111] Connection refused (http://openmetadata:8585)",
            last_delivered_at=now - timedelta(hours=2),
            oldest_pending_at=now - timedelta(hours=2),
        ),
        GraphConsumer(name="opentelemetry:spans", delivered=48_119, position=48_124, last_delivered_at=at),
        GraphConsumer(
            name="alerting:slack",
            delivered=12,
            position=48_100,
            pending=24,
            failed=3,
            breaker="half_open",
            last_error="TransientDeliveryError: 429 Too Many Requests",
            last_delivered_at=now - timedelta(minutes=9),
            oldest_pending_at=now - timedelta(minutes=3),
        ),
        GraphConsumer(
            name="shop:ledger",
            delivered=2_000,
            position=48_124,
            dead=2,
            failed=20,
            last_error="KeyError: 'rows'",
            last_delivered_at=at,
        ),
    )


def letters() -> tuple[GraphDeadLetter, ...]:
    now = datetime.now(UTC)
    found = [
        GraphDeadLetter(
            consumer="openmetadata:sync" if number > 1 else "shop:ledger",
            event_id=f"{number:08x}-1111-5222-8333-444444444444",
            event_type=("lineage.edges", "asset.materialized", "quality.result")[number % 3],
            run_id="f0000000-0000-4000-8000-00000000000f" if number % 2 else "gone0000",
            attempts=10 if number > 1 else 3,
            asset_key=(None, "raw/orders", "marts/daily_sales", "else/where")[number % 4],
            error=REFUSED if number > 1 else "KeyError: 'rows'",
            error_kind="permanent" if number > 1 else "error",
            at=now - timedelta(minutes=7 * number + 3),
        )
        for number in range(35)
    ]
    return tuple(found)


def shop(*, steps: int = 300) -> Graph:
    """A shop with a running, a failed, a large and many small runs, and consumers in every state."""
    now = datetime.now(UTC)
    runs = [
        running(now - timedelta(seconds=60), 60),
        failed(now - timedelta(minutes=12)),
        large(now - timedelta(hours=1), steps),
    ]
    runs += [small(number, now - timedelta(hours=2 + number)) for number in range(60)]
    pairs = [(0, 3), (1, 4), (3, 5), (4, 6), (2, 7), (5, 8)]
    return Graph(
        title="the shop",
        made_at=now,
        head=48_124,
        tables=tables(),
        edges=tuple(GraphEdge(source=source, target=target) for source, target in pairs),
        runs=tuple(runs),
        consumers=consumers(),
        dead=letters(),
    )
