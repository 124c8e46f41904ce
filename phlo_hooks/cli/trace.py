"""``phlo-hooks trace``: one run, as it went."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from phlo_hooks.cli.errors import NotFoundError
from phlo_hooks.cli.options import json_option
from phlo_hooks.cli.session import Session, pass_session
from phlo_hooks.cli.text import clean, listed

_LATEST = "latest"


@click.command()
@click.argument("run_id", required=False, metavar="[RUN_ID]")
@click.option(
    "--limit",
    "-n",
    type=click.IntRange(min=0),
    default=50,
    show_default=True,
    help="At most so many steps, and models in a step: those that failed and the slowest. 0 for all.",
)
@json_option
@pass_session
def trace(session: Session, *, run_id: str | None, limit: int, as_json: bool) -> None:
    """
    Show a run as a waterfall: steps with their attempts, models, checks, errors, and what became of its events.

    RUN_ID may be the beginning of an id, or 'latest'; without it the newest run is shown. With --json every step.
    """
    from phlo_hooks.cli.trace_text import print_trace
    from phlo_hooks.lineage.tracing import LIKE, find_runs, trace_run

    with session.outbox(create=False) as outbox:
        found = find_runs(outbox, None if run_id in (None, _LATEST) else run_id)
        if len(found) > 1:
            more = " …" if len(found) == LIKE else ""
            raise click.UsageError(f"{run_id!r} stands for several runs: {listed(found[: LIKE - 1])}{more}")
        traced = trace_run(outbox, found[0], ui_url=session.settings.ui_url) if found else None
    if traced is None:
        if run_id in (None, _LATEST):
            raise NotFoundError("no run is recorded yet; `phlo-hooks drain` or `phlo-hooks relay` records them")
        raise NotFoundError(f"no run {clean(run_id)!r}; `phlo-hooks events list --type run.start` shows those recorded")
    if as_json:
        session.output.json(traced)
    else:
        print_trace(session.output, traced, limit=limit or None, now=datetime.now(UTC))
