"""What only the steps of a run knew: what they emitted, what dlt measured, which gate stopped them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from rich.console import Console
from rich.markup import escape

from phlo_hooks import GenericEvent, HookEvent, IngestionEvent, PublishEvent

PHASES = ("extract_seconds", "normalize_seconds", "load_seconds")


def show_steps(events: Iterable[HookEvent], run_id: str, console: Console) -> None:
    """Print it for one run."""
    mine = [event for event in events if event.correlation.run_id == run_id]
    loads = [e for e in mine if isinstance(e, IngestionEvent) and e.load_seconds is not None]
    emitted = [event for event in mine if isinstance(event, GenericEvent)]
    if loads or emitted:
        console.print("\n[bold]Told by the steps themselves:[/bold]")
    for asset_key in dict.fromkeys(load.asset_key for load in loads):
        line = load_line([load for load in loads if load.asset_key == asset_key])
        console.print(f"  {escape(line)}", soft_wrap=True)
    for event in emitted:
        said = ", ".join(f"{name} {value}" for name, value in event.data.items())
        console.print(f"  {escape(f'{event.event_type}: {said}')}", soft_wrap=True)
    show_stopped([event for event in mine if isinstance(event, PublishEvent)], console)


def show_stopped(published: Sequence[PublishEvent], console: Console) -> None:
    """Print what a gate kept from being published, and why."""
    stopped = [event.error.message for event in published if event.reason == "stopped_by_hook" and event.error]
    if stopped:
        console.print("\n[bold]Not published:[/bold]")
    for reason in stopped:
        console.print(f"  [yellow]{escape(reason)}[/yellow]", soft_wrap=True)


def load_line(loads: Sequence[IngestionEvent]) -> str:
    """Say of one table, all its partitions together, where its rows came from and how long the load took."""
    first = loads[0]
    files = ", ".join(PurePosixPath(source).name for source in first.sources)
    children = "".join(
        f", {child.rows:,} in {child.dataset.name.rpartition('.')[2]}"
        for child in first.child_tables
        if child.rows is not None
    )
    rows = sum(load.rows or 0 for load in loads)
    phases = ", ".join(f"{name.removesuffix('_seconds')} {getattr(first, name) or 0:.1f} s" for name in PHASES)
    return f"{first.asset_key}: {rows:,} rows from {files or 'nowhere'}{children}; {phases}"
