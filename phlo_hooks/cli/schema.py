"""``phlo-hooks schema``: the shape of events, for those who read them elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from phlo_hooks.cli.errors import NotFoundError
from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.cli.invocation import Invocation
from phlo_hooks.cli.options import json_option
from phlo_hooks.cli.output import Column
from phlo_hooks.cli.text import count
from phlo_hooks.events import CLASS_BY_TYPE
from phlo_hooks.schema import SchemaChange, current_schemas, diff_schemas, read_schemas, released_schemas, write_schemas

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def schema() -> None:
    """Export the events' JSON Schemas, and compare them."""


@schema.command()
@click.argument("names", nargs=-1, metavar="[CLASS]...")
@click.option(
    "--output", "-o", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write one file per class there."
)
@click.pass_obj
def export(invocation: Invocation, *, names: tuple[str, ...], folder: Path | None) -> None:
    """
    Print the JSON Schemas of the events as one JSON document, by class; or write them to files.

    CLASS is a class such as IngestionEvent or an event type such as ingestion.end; all of them unless given.
    """
    if folder is not None:
        if names:
            raise click.UsageError("--output writes every class; leave the names out")
        written = write_schemas(folder)
        invocation.output.line(f"{count(len(written), 'schema')} written to {folder}")
        return
    schemas = current_schemas()
    invocation.output.json({name: schemas[name] for name in _classes(names, schemas)} if names else schemas)


@schema.command()
@click.argument("before", required=False, type=_FOLDER)
@click.argument("after", required=False, type=_FOLDER)
@json_option
@click.pass_obj
def diff(invocation: Invocation, *, before: Path | None, after: Path | None, as_json: bool) -> int:
    """
    Say what changed between two folders of schemas.

    Without folders: from the last release to this version. With one: from that folder to this version. Exit code 1
    when a change breaks a reader or a writer: something removed, newly required, retyped or narrowed.
    """
    old = read_schemas(before) if before else released_schemas()
    new = read_schemas(after) if after else current_schemas()
    changes = diff_schemas(old, new)
    breaking = sum(change.breaking for change in changes)
    if as_json:
        invocation.output.json([_data(change) for change in changes])
    else:
        columns = (
            Column(title="event class"),
            Column(title="field"),
            Column(title="change"),
            Column(title="before"),
            Column(title="after"),
            Column(title="breaking"),
        )
        invocation.output.table(columns, [_row(change) for change in changes])
        invocation.output.line(f"{count(len(changes), 'change')}, {breaking} breaking")
    return ExitCode.UNWELL if breaking else ExitCode.OK


def _classes(names: tuple[str, ...], schemas: dict[str, Any]) -> list[str]:
    """
    Return the classes that names of classes or event types stand for.

    Raises:
        NotFoundError: There is neither a class nor a type of that name.
    """
    found = []
    for name in names:
        cls = CLASS_BY_TYPE.get(name)
        known = cls.__name__ if cls else name
        if known not in schemas:
            raise NotFoundError(f"no event class or type {name!r}; there are {', '.join(schemas)}")
        found.append(known)
    return found


def _data(change: SchemaChange) -> dict[str, object]:
    return {
        "event_class": change.event_class,
        "path": change.path,
        "kind": change.kind,
        "before": change.before,
        "after": change.after,
        "breaking": change.breaking,
    }


def _row(change: SchemaChange) -> tuple[object, ...]:
    breaking = "yes" if change.breaking else "no"
    return (change.event_class, change.path, change.kind, change.before, change.after, breaking)
