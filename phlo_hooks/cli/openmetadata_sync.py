"""``phlo-hooks openmetadata sync``: bring over what the state database knows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.cli.options import Moment, json_option, target_options
from phlo_hooks.cli.session import Session, pass_session


@click.command()
@click.option(
    "--since",
    type=Moment(),
    help="Runs, results and sizes from then on: 2026-11-01, or 30d ago as '30d'. Default: the setting history_days.",
)
@target_options
@json_option
@pass_session
def sync(session: Session, *, since: datetime | None, as_json: bool, **target: Any) -> int:
    """
    Bring everything that is known over: on the first day, after an outage, or to a server that was made anew.

    Tables, edges, pipelines and exposures are compared with what stands there and sent as they are now; what people
    wrote there stays. Runs, results and sizes are those of recorded events since --since. It may be interrupted and
    run again, and a relay may work meanwhile.

    Exit code 0: the server has it. 1: the server refused something; the rest was sent. 2: no server is configured.
    4: the server or the state database could not be reached; run it again.
    """
    from phlo_hooks.cli.openmetadata_report import print_report, run_sync
    from phlo_hooks.cli.openmetadata_server import at_work

    with at_work(session, target) as work:
        told = run_sync(session.output, work, since)
    if as_json:
        session.output.json(told.as_json())
    else:
        print_report(session.output, told)
    return ExitCode.UNWELL if told.report.refused else ExitCode.OK
