"""``phlo-hooks status``: whether events arrive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

import click

from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.cli.options import json_option
from phlo_hooks.cli.output import Column, Output
from phlo_hooks.cli.session import Session, pass_session
from phlo_hooks.cli.sources import source_names
from phlo_hooks.cli.text import at, count, listed, span
from phlo_hooks.outbox.api import ConsumerState, LeaseState, OutboxSummary
from phlo_hooks.outbox.store import Outbox

LEASE: Final = "relay"


@dataclass(frozen=True, kw_only=True)
class SourceState:
    """
    How far one source has been read.

    Attributes:
        open_runs: Runs that have not ended or are not read to their end.
        read_at: When one of them was last read to its tip.
    """

    name: str
    open_runs: int
    failed_runs: int
    read_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Health:
    """
    Everything that ``status`` shows.

    Attributes:
        problems: What needs somebody, one line each; empty when healthy.
    """

    database: str
    relay: LeaseState | None
    summary: OutboxSummary
    sources: tuple[SourceState, ...]
    consumers: tuple[ConsumerState, ...]
    lag_seconds: float
    problems: tuple[str, ...]


@click.command()
@click.option("--liveness", is_flag=True, help="Look only whether a relay runs, for a container's liveness probe.")
@json_option
@pass_session
def status(session: Session, *, liveness: bool, as_json: bool) -> int:
    """
    Show whether events arrive: the relay, its lag, runs that are open, each consumer.

    Exit code 0: healthy. 1: something needs you, and says so: no relay runs, a consumer is further behind than
    delivery.lag_warning, a breaker is open, there are dead letters, records that could not be translated, or runs
    whose log cannot be read.
    """
    with session.outbox(create=False) as outbox:
        health = examine(session, outbox, now=datetime.now(UTC))
    healthy = health.relay is not None if liveness else not health.problems
    if as_json:
        session.output.json({"healthy": healthy, "problem_count": len(health.problems), **asdict(health)})
    elif liveness:
        session.output.line(_relay_line(health.relay))
    else:
        _print(session.output, health)
    return ExitCode.OK if healthy else ExitCode.UNWELL


def examine(session: Session, outbox: Outbox, *, now: datetime) -> Health:
    """Return the state of things."""
    lease = outbox.lease(LEASE)
    consumers = tuple(sorted(outbox.consumers(), key=lambda state: (state.name != "bus", state.name)))
    summary = outbox.summary()
    sources = tuple(_source(outbox, name) for name in source_names())
    alive = lease if lease is not None and lease.expires_at > now else None
    lag = max((_age(consumer, now) for consumer in consumers), default=0.0)
    problems = _problems(alive, consumers, summary, sources, now=now, limit=session.settings.delivery.lag_warning)
    return Health(
        database=session.database_label,
        relay=alive,
        summary=summary,
        sources=sources,
        consumers=consumers,
        lag_seconds=lag,
        problems=tuple(problems),
    )


def _source(outbox: Outbox, name: str) -> SourceState:
    memory = outbox.memory(name)
    opened = memory.streams(status="open")
    return SourceState(
        name=name,
        open_runs=sum(1 for stream in opened if stream.stream_id),
        failed_runs=len(memory.streams(status="failed")),
        read_at=max((stream.checked_at for stream in opened if stream.checked_at), default=None),
    )


def _age(consumer: ConsumerState, now: datetime) -> float:
    return (now - consumer.oldest_pending_at).total_seconds() if consumer.oldest_pending_at else 0.0


def _problems(  # each is one thing to look at
    relay: LeaseState | None,
    consumers: tuple[ConsumerState, ...],
    summary: OutboxSummary,
    sources: tuple[SourceState, ...],
    *,
    now: datetime,
    limit: float,
) -> Iterator[str]:
    if relay is None:
        yield "no relay runs; start `dagster dev` or `phlo-hooks relay`"
    for consumer in consumers:
        if consumer.breaker != "closed":
            until = f", next probe {at(consumer.open_until)}" if consumer.open_until else ""
            yield f"{consumer.name}: breaker {consumer.breaker}{until}: {consumer.last_error or 'no error kept'}"
        elif _age(consumer, now) > limit:
            age = span(_age(consumer, now))
            yield f"{consumer.name}: {count(consumer.pending, 'event')} behind, the oldest for {age}"
        if consumer.dead:
            yield f"{consumer.name}: {count(consumer.dead, 'dead letter')}; see `phlo-hooks dead list`"
    if summary.untranslatable:
        what = count(summary.untranslatable, "record")
        yield f"{what} could not be translated; see `phlo-hooks dead list`"
    for source in sources:
        if source.failed_runs:
            yield f"source {source.name}: the logs of {count(source.failed_runs, 'run')} cannot be read"


def _print(output: Output, health: Health) -> None:
    if health.problems:
        output.line(count(len(health.problems), "thing needs you", "things need you"), style="bold yellow")
    else:
        output.line("healthy", style="bold green")
    for problem in health.problems:
        output.line(f"  {problem}")
    output.line()
    output.fields(_facts(health))
    output.line()
    columns = (
        Column(title="consumer"),
        Column(title="delivered", right=True, whole=True),
        Column(title="position", right=True, whole=True),
        Column(title="pending", right=True, whole=True),
        Column(title="oldest", right=True, whole=True),
        Column(title="dead", right=True, whole=True),
        Column(title="breaker"),
    )
    now = datetime.now(UTC)
    output.table(columns, [_row(consumer, now) for consumer in health.consumers])


def _facts(health: Health) -> dict[str, Any]:
    summary = health.summary
    facts: dict[str, Any] = {
        "state database": health.database,
        "relay": _relay_line(health.relay),
        "events": f"{summary.events:,}, of {count(summary.runs, 'run')}",
        "newest event": f"{at(summary.last_at)} UTC" if summary.last_at else None,
        "most of type": _commonest(summary) or None,
        "delivery lag": span(health.lag_seconds),
    }
    for source in health.sources:
        last = f", last read {at(source.read_at)} UTC" if source.read_at else ""
        facts[f"source {source.name}"] = f"{count(source.open_runs, 'open run')}{last}"
    return facts


def _commonest(summary: OutboxSummary) -> str:
    ordered = sorted(summary.by_type, key=lambda each: (-each[1], each[0]))
    return listed((f"{name} {number:,}" for name, number in ordered), limit=4)


def _relay_line(relay: LeaseState | None) -> str:
    if relay is None:
        return "not running"
    where = f"pid {relay.pid} on {relay.host}" if relay.pid else relay.owner
    return f"running since {at(relay.acquired_at)} UTC ({where})"


def _row(consumer: ConsumerState, now: datetime) -> tuple[object, ...]:
    return (
        consumer.name,
        f"{consumer.delivered:,}",
        consumer.position,
        f"{consumer.pending:,}",
        span(_age(consumer, now)) if consumer.oldest_pending_at else "-",
        f"{consumer.dead:,}",
        consumer.breaker,
    )
