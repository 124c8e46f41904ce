"""``phlo-hooks openmetadata prune``: remove what we brought and nothing knows any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import click

from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.cli.options import json_option, target_options, yes_option
from phlo_hooks.cli.output import Output
from phlo_hooks.cli.session import Session, pass_session
from phlo_hooks.cli.text import count


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """
    What can go, and what went.

    Attributes:
        stale: A line for each edge and entity of ours that nothing knows any more.
        refused: What the server did not let us remove, a line each.
        notes: Why nothing can be said of some of it.
    """

    stale: tuple[str, ...] = ()
    removed: int = 0
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@click.command()
@click.option("--dry-run", is_flag=True, help="Only list it.")
@yes_option
@target_options
@json_option
@pass_session
def prune(session: Session, *, dry_run: bool, yes: bool, as_json: bool, **target: Any) -> int:
    """
    Remove what we brought to the server and neither code nor events know any more: edges, tables, pipelines.

    What others made there is never touched, nor what others have something in. Deleting is soft: OpenMetadata can
    restore it. --json without --yes only lists.

    Exit code 0: it is gone, or listed. 1: the server refused something, or what code declares cannot be read. 2: no
    server is configured. 4: the server or the state database could not be reached.
    """
    from phlo_hooks.cli.openmetadata_pruned import pruned
    from phlo_hooks.cli.openmetadata_server import at_work

    output = session.output

    def agreed(lines: Sequence[str], url: str) -> bool:
        if not as_json:
            for line in lines:
                output.line(f"- {line}", style="red")
        if dry_run or not lines or (as_json and not yes):
            return False
        return yes or click.confirm(f"Remove {count(len(lines), 'thing')} from {url}?", abort=True, err=True)

    with at_work(session, target) as work:
        told = pruned(work, agreed)
    if as_json:
        output.json(asdict(told))
    else:
        _print(output, told)
    return ExitCode.UNWELL if told.refused or told.notes else ExitCode.OK


def _print(output: Output, told: Pruned) -> None:
    for reason in told.refused:
        output.line(f"! {reason}", style="bold red")
    for note in told.notes:
        output.line(f"nothing is removed while what code declares cannot be read: {note}", style="yellow")
    if told.removed:
        output.line(f"removed {count(told.removed, 'thing')}", style="bold green")
    elif told.stale:
        output.note("nothing was removed")
    elif not told.notes:
        output.line("nothing is to be removed", style="bold green")
