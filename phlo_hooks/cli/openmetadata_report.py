"""How a sync goes, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from phlo_hooks.cli.openmetadata_server import AtWork
from phlo_hooks.cli.output import Column, Output
from phlo_hooks.cli.progress import Progress
from phlo_hooks.cli.text import at, count, span
from phlo_hooks.keep import Keep
from phlo_hooks.subscribers.openmetadata.planning import Plan, planned
from phlo_hooks.subscribers.openmetadata.publishing import Api, Published, Refusal
from phlo_hooks.subscribers.openmetadata.syncing import HISTORY, LEARNING, SyncProgress, SyncReport, sync

_PHASES: Final = {LEARNING: "reading events", HISTORY: "runs, results, sizes"}
_STRUCTURE: Final = "tables, lineage, pipelines"
_SHOWN: Final = 20
"""Refused requests that are printed; --json has all."""
_COLUMNS: Final = (
    Column(title="what"),
    Column(title="changed", right=True, whole=True),
    Column(title="as it was", right=True, whole=True),
    Column(title="left out", right=True, whole=True),
    Column(title="refused", right=True, whole=True),
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """
    A sync that came to its end.

    Attributes:
        calls: Requests to the server.
    """

    report: SyncReport
    url: str
    calls: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        report = self.report
        return {
            "url": self.url,
            "events": report.events,
            "unread": report.unread,
            "since": report.since,
            "structure": _counts(report.structure),
            "history": _counts(report.history),
            "refused": [str(each) for each in report.refused],
            "notes": list(report.notes),
            "calls": self.calls,
            "seconds": round(self.seconds, 3),
        }


def run_sync(output: Output, work: AtWork, since: datetime | None) -> Told:
    """Bring everything over, telling on standard error how far it is."""
    started = time.monotonic()
    with output.progress("openmetadata sync") as progress:
        report = sync(
            work.outbox,
            work.context,
            work.options,
            work.client,
            since=since,
            on_progress=lambda now: show(progress, now),
        )
    seconds = time.monotonic() - started
    return Told(report=report, url=work.client.url, calls=work.client.calls, seconds=seconds)


def run_plan(output: Output, work: AtWork, since: datetime | None) -> tuple[Plan, tuple[str, ...]]:
    """Return what a sync would change, and what there is to know about it."""
    notes: list[str] = []
    with output.progress("openmetadata plan") as progress:

        def publish(client: Api, keep: Keep) -> Published:
            report = sync(
                work.outbox,
                replace(work.context, keep=keep, alone=nullcontext),
                work.options,
                client,
                since=since,
                on_progress=lambda now: show(progress, now),
            )
            notes.extend(report.notes)
            return report.structure | report.history

        return planned(work.client, work.context.keep, publish), tuple(notes)


def show(progress: Progress, now: SyncProgress) -> None:
    """Tell how far it is."""
    progress.update(_PHASES.get(now.phase, _STRUCTURE), done=now.done, total=now.total)


def print_report(output: Output, told: Told) -> None:
    """Print what came of it: a table, what the server refused, and what to know."""
    report = told.report
    output.line(f"{told.url} has what is known", style="bold yellow" if report.refused else "bold green")
    output.line()
    rows = ((_STRUCTURE, report.structure), (_PHASES[HISTORY], report.history))
    output.table(_COLUMNS, [_row(what, published) for what, published in rows])
    output.line()
    read = f"{count(report.events, 'event')}, {count(told.calls, 'call')}, {span(told.seconds)}"
    output.line(f"{read}; {_PHASES[HISTORY]} since {at(report.since)} UTC")
    if report.unread:
        output.line(f"{count(report.unread, 'event')} of a newer phlo-hooks could not be read", style="yellow")
    for note in report.notes:
        output.line(note, style="yellow")
    _print_refused(output, report.refused)


def _print_refused(output: Output, refused: Sequence[Refusal]) -> None:
    if not refused:
        return
    output.line()
    output.heading("Refused by the server")
    for each in refused[:_SHOWN]:
        output.line(f"  {each}", style="yellow")
    if len(refused) > _SHOWN:
        output.line(f"  and {len(refused) - _SHOWN} more; --json lists all")


def _row(what: str, published: Published) -> tuple[object, ...]:
    return (what, published.sent, published.unchanged, published.withheld, len(published.refused))


def _counts(published: Published) -> dict[str, int]:
    return {
        "changed": published.sent,
        "unchanged": published.unchanged,
        "left_out": published.withheld,
        "refused": len(published.refused),
    }
