"""``phlo-hooks rederive``: make a run's events anew from its log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from phlo_hooks.cli.errors import NotFoundError
from phlo_hooks.cli.options import json_option, target_options
from phlo_hooks.cli.reading_again import read_streams_again
from phlo_hooks.cli.session import Session, pass_session
from phlo_hooks.cli.sources import source_names
from phlo_hooks.cli.text import count
from phlo_hooks.outbox.store import Outbox


@click.command()
@click.option("--run", "run_ids", multiple=True, required=True, metavar="ID", help="Run id, or its beginning.")
@target_options
@json_option
@pass_session
def rederive(session: Session, *, run_ids: tuple[str, ...], as_json: bool, **target: Any) -> None:
    """
    Translate a run's log anew, with what is known of its assets today, and correct its events.

    An event whose content differs becomes its next revision (same id), and is delivered again; what is the same
    stays as it is. The rules are those of the settings and of the code, which the options name as for `drain`.
    """
    session.ask_target(target)
    with session.outbox() as outbox:
        streams = {found for given in run_ids for found in _streams(outbox, given)}
        done = read_streams_again(session, outbox, streams)
    if as_json:
        session.output.json({"runs": sorted({stream for _, stream in streams}), "recorded": done})
        return
    session.output.line(
        f"{count(len(streams), 'run')} translated anew: {count(done.new, 'new event')}, {done.revised} corrected, "
        f"{done.duplicate} as before"
    )


def _streams(outbox: Outbox, given: str) -> Iterator[tuple[str, str]]:
    """
    Yield source and id of the run that was given.

    Raises:
        NotFoundError: No run that was read begins like that.
        click.UsageError: Several do.
    """
    if not given:
        raise click.UsageError("--run needs an id")
    hits = [
        (name, stream.stream_id)
        for name in source_names()
        for stream in outbox.memory(name).streams()
        if stream.stream_id.startswith(given)
    ]
    if not hits:
        raise NotFoundError(f"no run {given!r} has been read; `phlo-hooks drain` reads what is new")
    if len({stream_id for _, stream_id in hits}) > 1:
        raise click.UsageError(f"{len(hits)} runs begin with {given!r}; write more of the id")
    yield from hits
