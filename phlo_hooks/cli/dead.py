"""``phlo-hooks dead``: what could not be delivered, and what could not be translated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import click

from phlo_hooks.cli.errors import NotFoundError
from phlo_hooks.cli.events import print_event, whole
from phlo_hooks.cli.explain import delivery_detail
from phlo_hooks.cli.options import json_option, target_options, yes_option
from phlo_hooks.cli.output import Column
from phlo_hooks.cli.reading_again import read_streams_again
from phlo_hooks.cli.session import Session, pass_session
from phlo_hooks.cli.text import at, count
from phlo_hooks.outbox.api import DeliveryRow, UntranslatableRow
from phlo_hooks.outbox.store import Outbox

_SHORT: Final = 8
_COLUMNS: Final = (
    Column(title="consumer"),
    Column(title="event", whole=True),
    Column(title="type", whole=True),
    Column(title="tries", right=True, whole=True),
    Column(title="error"),
)


def selection(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the arguments that choose dead letters and untranslatable records."""
    for option in (
        click.option("--untranslatable", is_flag=True, help="All records that could not be translated."),
        click.option("--all", "every", is_flag=True, help="All dead letters and all untranslatable records."),
        click.option("--consumer", metavar="NAME", help="Dead letters of this consumer (plugin:hook) only."),
        click.argument("ids", nargs=-1, metavar="[ID]..."),
    ):
        command = option(command)
    return command


@click.group()
def dead() -> None:
    """See to what could not be delivered or translated."""


@dead.command("list")
@click.option("--consumer", metavar="NAME", help="Dead letters of this consumer (plugin:hook) only.")
@json_option
@pass_session
def list_dead(session: Session, *, consumer: str | None, as_json: bool) -> None:
    """List dead letters, and records of the log that no event could be made from."""
    output = session.output
    with session.outbox(create=False) as outbox:
        letters = outbox.deliveries(consumer=consumer, status="dead")
        records = [] if consumer else outbox.untranslatable()
    if as_json:
        output.json({"dead_letters": letters, "untranslatable": records})
        return
    output.heading(count(len(letters), "dead letter"))
    output.table(_COLUMNS, [_letter(row) for row in letters])
    if consumer:
        return
    output.line()
    output.heading(count(len(records), "untranslatable record"))
    columns = (
        Column(title="id", whole=True),
        Column(title="type"),
        Column(title="tries", right=True, whole=True),
        Column(title="first seen (UTC)", whole=True),
        Column(title="error"),
    )
    output.table(columns, [_record(row) for row in records])


@dead.command()
@click.argument("event_id", metavar="ID")
@json_option
@pass_session
def show(session: Session, event_id: str, *, as_json: bool) -> None:
    """Show one dead letter: the event, and what each consumer said to it. ID may be the beginning of an id."""
    with session.outbox(create=False) as outbox:
        event = outbox.event(event_id)
        letters = outbox.deliveries(event_id=event.event_id, status="dead") if event else []
        if event is None or not letters:
            raise NotFoundError(f"no dead letter {event_id!r}; `phlo-hooks dead list` shows them")
        if as_json:
            session.output.json({"event": whole(event), "dead_letters": letters})
            return
        for letter in letters:
            session.output.heading(letter.consumer)
            session.output.line(f"  {delivery_detail(letter)}")
        session.output.line()
        print_event(session.output, event)


@dead.command()
@selection
@target_options
@json_option
@pass_session
def retry(session: Session, *, as_json: bool, **chosen: Any) -> None:
    """
    Deliver dead letters again, and translate untranslatable records again.

    ID is an event's id or its beginning, or an untranslatable record's id as `dead list` shows it. Dead letters are
    queued: the relay, or the next drain, delivers them. The options name code as for `drain`, for its rules.
    """
    session.ask_target(chosen)
    with session.outbox() as outbox:
        letters, records = _chosen(outbox, **chosen)
        queued = _for_each_consumer(letters, outbox.retry_dead)
        report = read_streams_again(session, outbox, {(row.source, row.stream_id) for row in records})
        left = {(row.source, row.stream_id, row.record_id) for row in outbox.untranslatable()}
    solved = sum((row.source, row.stream_id, row.record_id) not in left for row in records)
    if as_json:
        session.output.json({"queued": queued, "translated": solved, "still_untranslatable": len(records) - solved})
        return
    if letters:
        session.output.line(f"queued: {count(queued, 'dead letter')}; a running relay or `phlo-hooks drain` delivers")
    if records:
        session.output.line(
            f"{solved} of {count(len(records), 'record')} translated, {count(report.new, 'new event')}, "
            f"{report.revised} corrected"
        )


@dead.command()
@selection
@yes_option
@pass_session
def drop(session: Session, *, yes: bool, **chosen: Any) -> None:
    """Give up on dead letters and untranslatable records: they will not be delivered or translated."""
    with session.outbox() as outbox:
        letters, records = _chosen(outbox, **chosen)
        what = " and ".join(
            text
            for number, text in (
                (len(letters), count(len(letters), "dead letter")),
                (len(records), count(len(records), "untranslatable record")),
            )
            if number
        )
        if not yes:
            click.confirm(f"Give up on {what}?", abort=True, err=True)
        dropped = _for_each_consumer(letters, outbox.drop_dead)
        for row in records:
            dropped += outbox.forget_untranslatable(row.source, row.stream_id, [row.record_id])
    session.output.line(f"dropped {dropped}")


def record_id(row: UntranslatableRow) -> str:
    """Return the name by which the command line knows an untranslatable record."""
    return f"{row.source}:{row.stream_id[:_SHORT] or '-'}:{row.record_id}"


def _chosen(
    outbox: Outbox, *, ids: Sequence[str], consumer: str | None, every: bool, untranslatable: bool
) -> tuple[list[DeliveryRow], list[UntranslatableRow]]:
    if not (ids or consumer or every or untranslatable):
        raise click.UsageError("say which: an ID, --consumer NAME, --untranslatable, or --all")
    letters = outbox.deliveries(consumer=consumer, status="dead")
    records = [] if consumer else outbox.untranslatable()
    if ids:
        letters, records = _named(letters, records, ids)
    elif untranslatable:
        letters = []
    elif not every:
        records = []
    if not letters and not records:
        raise NotFoundError("nothing to do: no dead letter and no untranslatable record is chosen")
    return letters, records


def _named(
    letters: list[DeliveryRow], records: list[UntranslatableRow], ids: Sequence[str]
) -> tuple[list[DeliveryRow], list[UntranslatableRow]]:
    some_letters: list[DeliveryRow] = []
    some_records: list[UntranslatableRow] = []
    for given in ids:
        hits = [row for row in letters if row.event_id.startswith(given)]
        named = [row for row in records if _answers_to(row, given)]
        if len({row.event_id for row in hits}) + len(named) > 1:
            raise click.UsageError(f"{given!r} stands for several; write more of the event's or the run's id")
        if not hits and not named:
            raise NotFoundError(f"no dead letter or untranslatable record {given!r}; `phlo-hooks dead list` shows them")
        some_letters += hits
        some_records += named
    return some_letters, some_records


def _answers_to(row: UntranslatableRow, given: str) -> bool:
    """Say whether ``[source:]run:record`` names the record; the beginning of the run's id will do."""
    rest, _, record = given.rpartition(":")
    source, _, stream = rest.rpartition(":")
    if record != str(row.record_id) or source not in ("", row.source) or not stream:
        return False
    return row.stream_id.startswith(stream) if row.stream_id else stream == "-"


def _for_each_consumer(letters: list[DeliveryRow], change: Callable[..., int]) -> int:
    by_consumer: dict[str, set[str]] = {}
    for row in letters:
        by_consumer.setdefault(row.consumer, set()).add(row.event_id)
    return sum(change(consumer=name, event_ids=ids) for name, ids in sorted(by_consumer.items()))


def _letter(row: DeliveryRow) -> tuple[object, ...]:
    return (row.consumer, row.event_id[:_SHORT], row.event_type, row.attempts, row.error or row.error_kind)


def _record(row: UntranslatableRow) -> tuple[object, ...]:
    return (record_id(row), row.record_type, row.attempts, at(row.first_seen_at), row.error)
