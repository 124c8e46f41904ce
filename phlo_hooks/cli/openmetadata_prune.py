"""``phlo-hooks openmetadata prune``: remove what we brought and nothing knows any more."""

from __future__ import annotations

from typing import Any

import click

from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.cli.options import json_option, target_options, yes_option
from phlo_hooks.cli.session import Session, pass_session
from phlo_hooks.cli.text import count


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
    from phlo_hooks.cli.openmetadata_server import at_work
    from phlo_hooks.subscribers.openmetadata.learning import Knowledge
    from phlo_hooks.subscribers.openmetadata.pruning import find_stale
    from phlo_hooks.subscribers.openmetadata.pruning import prune as take_back

    output = session.output
    refused: list[str] = []
    with at_work(session, target) as work:
        catalog, keep = work.context.catalog(), work.context.keep
        stale = find_stale(work.client, keep, catalog, Knowledge(keep))
        if not as_json:
            for each in stale:
                output.line(f"- {each}", style="red")
            if not stale:
                output.line("nothing is to be removed", style="bold green")
        removing = bool(stale) and not dry_run and (yes or not as_json)
        if removing and not yes:
            click.confirm(f"Remove {count(len(stale), 'thing')} from {work.client.url}?", abort=True, err=True)
        if removing:
            refused = [str(each) for each in take_back(work.client, keep, stale).refused]
    if as_json:
        removed = len(stale) - len(refused) if removing else 0
        listed = [str(each) for each in stale]
        output.json({"stale": listed, "removed": removed, "refused": refused, "notes": list(catalog.notes)})
    else:
        _say(session, dry_run=dry_run, removed=len(stale) - len(refused) if removing else 0, refused=refused)
        for note in catalog.notes:
            output.line(f"nothing is removed while a part of the catalog fails: {note}", style="yellow")
    return ExitCode.UNWELL if refused or catalog.notes else ExitCode.OK


def _say(session: Session, *, dry_run: bool, removed: int, refused: list[str]) -> None:
    for reason in refused:
        session.output.line(f"! {reason}", style="bold red")
    if removed:
        session.output.line(f"removed {count(removed, 'thing')}", style="bold green")
    elif dry_run:
        session.output.note("nothing was removed: --dry-run")
