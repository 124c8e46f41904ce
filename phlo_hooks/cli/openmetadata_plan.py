"""``phlo-hooks openmetadata plan``: what a sync would change, like a diff."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import click

from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.cli.options import Moment, json_option, target_options
from phlo_hooks.cli.output import Output
from phlo_hooks.cli.session import Session, pass_session

_STYLES: Final = {"+": "green", "~": "yellow", "-": "red", "!": "bold red", "=": "dim"}


@click.command()
@click.option(
    "--since",
    type=Moment(),
    help="As for sync: runs, results and sizes from then on. Default: the setting history_days.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 when something would change.")
@target_options
@json_option
@pass_session
def plan(session: Session, *, since: datetime | None, strict: bool, as_json: bool, **target: Any) -> int:
    """
    Show what sync would change, like a diff: + is added, ~ changed, - removed, ! refused by the server.

    The server is read and nothing is sent; nothing is kept here either.

    Exit code 0: so it would go. 1: something would be refused; with --strict also when anything would change. 2: no
    server is configured. 4: the server or the state database could not be reached.
    """
    from phlo_hooks.cli.openmetadata_report import run_plan
    from phlo_hooks.cli.openmetadata_server import at_work

    with at_work(session, target) as work:
        found, notes = run_plan(session.output, work, since)
    if as_json:
        session.output.json({"url": work.client.url, **found.as_json(), "notes": list(notes)})
    else:
        _print(session.output, found.lines(), found.summary())
        for note in notes:
            session.output.line(note, style="yellow")
    return ExitCode.UNWELL if found.refused or (strict and found) else ExitCode.OK


def _print(output: Output, lines: list[str], summary: str) -> None:
    for line in lines:
        output.line(line, style=_STYLES.get(line[:1], ""))
    if lines:
        output.line()
    output.line(summary if lines else "nothing would change", style="bold" if lines else "bold green")
