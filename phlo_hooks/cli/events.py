"""``phlo-hooks events``: what was recorded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import click
import msgspec

from phlo_hooks.cli.errors import NotFoundError
from phlo_hooks.cli.explain import explain_event
from phlo_hooks.cli.options import filter_options, json_option, target_options
from phlo_hooks.cli.output import Column, Output
from phlo_hooks.cli.session import Session, pass_session
from phlo_hooks.cli.text import at, clean_block, count
from phlo_hooks.outbox.api import EventQuery, StoredEvent
from phlo_hooks.outbox.store import Outbox

COLUMNS: Final = (
    Column(title="time (UTC)", whole=True, style="dim"),
    Column(title="type", whole=True),
    Column(title="about"),
    Column(title="status"),
    Column(title="run", whole=True, style="dim"),
    Column(title="event", whole=True),
)
_SHORT: Final = 8
_FOLLOW_EVERY: Final = 0.5
_TAIL: Final = 20


@click.group()
def events() -> None:
    """List, show, follow and explain recorded events."""


@events.command("list")
@filter_options
@click.option("--limit", "-n", type=click.IntRange(min=1), help="At most this many; all of them unless given.")
@click.option("--newest", is_flag=True, help="With --limit: the last ones instead of the first.")
@json_option
@pass_session
def list_events(session: Session, *, as_json: bool, limit: int | None, newest: bool, **chosen: Any) -> None:
    """
    List events, oldest first.

    A corrected event is listed once, in its newest revision. With --json each item is the whole event as recorded,
    with its seq, revision and recorded_at beside.
    """
    query = replace(query_of(chosen), limit=limit, newest=newest)
    with session.outbox(create=False) as outbox:
        found = outbox.events(query)
        if as_json:
            session.output.json_list(whole(event) for event in found)
        else:
            session.output.table(COLUMNS, [row(event) for event in found])


@events.command()
@click.argument("event_id", metavar="ID")
@json_option
@pass_session
def show(session: Session, event_id: str, *, as_json: bool) -> None:
    """Show one event by its id or the beginning of it, with its earlier revisions."""
    with session.outbox(create=False) as outbox:
        event = found(outbox, event_id)
        revisions = outbox.revisions(event.event_id)
        if as_json:
            session.output.json({**whole(event), "revisions": len(revisions)})
            return
        print_event(session.output, event)
        if len(revisions) > 1:
            session.output.line()
            session.output.line(f"corrects {count(len(revisions) - 1, 'earlier revision')}")


@events.command()
@filter_options
@click.option("--limit", "-n", type=click.IntRange(min=0), default=_TAIL, show_default=True, help="Start with so many.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what is recorded from now, until Ctrl-C.")
@json_option
@pass_session
def tail(session: Session, *, as_json: bool, limit: int, follow: bool, **chosen: Any) -> None:
    """Show the last events; with -f also those to come. With --json one event a line."""
    query = query_of(chosen)
    with session.outbox(create=follow) as outbox:
        head = outbox.head()
        start = list(outbox.events(replace(query, limit=limit, newest=True))) if limit else []
        _print_lines(session.output, start, as_json=as_json)
        try:
            while follow:
                for event in outbox.events(replace(query, after_seq=head)):
                    _print_lines(session.output, [event], as_json=as_json)
                    head = max(head, event.seq)
                time.sleep(_FOLLOW_EVERY)
        except KeyboardInterrupt:
            return


@events.command()
@click.argument("event_id", metavar="ID")
@target_options
@json_option
@pass_session
def explain(session: Session, event_id: str, *, as_json: bool, **target: Any) -> None:
    """
    Say what became of an event: which hooks get it, which do not and why, and each delivery.

    The hooks are those that this environment, its settings and the code name now. ID may be the beginning of an id.
    """
    session.ask_target(target)
    with session.outbox(create=False) as outbox:
        explain_event(session, outbox, found(outbox, event_id), as_json=as_json)


def query_of(chosen: dict[str, Any]) -> EventQuery:
    """Return what the options of ``filter_options`` choose."""
    since: datetime | None = chosen["since"]
    until: datetime | None = chosen["until"]
    if since and until and since > until:
        raise click.UsageError(f"--since {at(since)} is later than --until {at(until)}")
    return EventQuery(
        event_types=tuple(chosen["types"]),
        run_id=chosen["run_id"],
        asset_key=chosen["asset_key"],
        since=since,
        until=until,
    )


def found(outbox: Outbox, event_id: str) -> StoredEvent:
    """
    Return the event that an id or its beginning names.

    Raises:
        NotFoundError: There is none.
    """
    event = outbox.event(event_id)
    if event is None:
        raise NotFoundError(f"no event {event_id!r}; `phlo-hooks events list` shows those recorded")
    return event


def whole(event: StoredEvent) -> dict[str, Any]:
    """Return an event as it was recorded, unknown fields too, with its place in the outbox."""
    try:
        body = msgspec.json.decode(event.body, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        body = {"event_id": event.event_id, "event_type": event.event_type, "unreadable": str(error)}
    return {**body, "seq": event.seq, "revision": event.revision, "recorded_at": event.recorded_at}


def row(event: StoredEvent) -> tuple[object, ...]:
    """Return what a table shows of an event."""
    body = whole(event)
    return (
        at(event.timestamp),
        event.event_type,
        about(body),
        body.get("data_outcome") or body.get("status") or body.get("outcome"),
        event.run_id[:_SHORT],
        event.event_id[:_SHORT],
    )


def about(body: dict[str, Any]) -> str:
    """Return what an event concerns: its asset with check and partition, else its step, job, service or place."""
    where = body.get("correlation") or {}
    thing = (
        body.get("asset_key")
        or where.get("asset_key")
        or where.get("step_key")
        or body.get("hook")
        or body.get("where")
        or where.get("job_name")
        or next((str(body[name]) for name in ("service_name", "model", "name") if body.get(name)), "")
    )
    check = where.get("check_name")
    partition = where.get("partition_key")
    return str(thing) + (f":{check}" if check else "") + (f" [{partition}]" if partition else "")


def print_event(output: Output, event: StoredEvent) -> None:
    """Print one event's fields, nested ones as JSON."""
    output.fields({"seq": event.seq, "revision": event.revision, "recorded at": f"{at(event.recorded_at)} UTC"})
    body = {name: value for name, value in whole(event).items() if name not in ("seq", "revision", "recorded_at")}
    stack = (body.get("error") or {}).pop("stack", None) if isinstance(body.get("error"), dict) else None
    output.fields({name: _shown(value) for name, value in body.items() if value not in (None, "", [], {})})
    if stack:
        output.line()
        output.raw(clean_block(stack) + "\n")


def _shown(value: Any) -> object:
    if isinstance(value, (dict, list)):
        slim = {key: item for key, item in value.items() if item is not None} if isinstance(value, dict) else value
        return msgspec.json.encode(slim).decode()
    return value


def _print_lines(output: Output, found_events: list[StoredEvent], *, as_json: bool) -> None:
    if as_json:
        for event in found_events:
            output.json_line(whole(event))
        return
    for line in _aligned(found_events):
        output.line(line)


def _aligned(found_events: list[StoredEvent]) -> Iterator[str]:
    """Yield lines whose columns stand still although the next line is not known yet."""
    for event in found_events:
        when, kind, thing, state, run, event_id = ("-" if cell in (None, "") else str(cell) for cell in row(event))
        yield f"{when}  {kind:<21}  {event_id}  {run:<8}  {state:<8}  {thing}"
