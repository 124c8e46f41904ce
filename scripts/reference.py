"""
The reference pages that are made from the code; a hook of mkdocs.

Nothing here is written twice: fields and their meaning come from the classes' docstrings, commands from click, defaults
from the settings' model, exit codes from their table.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields
from types import NoneType
from typing import Any, get_args, get_origin

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from phlo_hooks import datasets, events
from phlo_hooks.cli.app import cli
from phlo_hooks.cli.exit_codes import MEANINGS
from phlo_hooks.events import EVENT_CLASSES, ErrorInfo, GenericEvent, HookCorrelation, HookEvent
from phlo_hooks.settings import Settings
from phlo_hooks.subscribers.openmetadata.options import PLUGIN, Options

WIDTH = 100
PLUGINS: Mapping[str, type[BaseModel]] = {PLUGIN: Options}
"""Plugins that come with phlo-hooks, and what each may be told."""


def described(cls: type) -> dict[str, str]:
    """Return field name to meaning, from the ``Attributes:`` of a class and of what it inherits from."""
    found: dict[str, str] = {}
    for each in reversed(cls.__mro__):
        text = inspect.cleandoc(each.__doc__ or "")
        section = re.search(r"^Attributes:\n((?:(?:    .*)?\n?)+)", text, re.MULTILINE)
        if section is None:
            continue
        for entry in re.split(r"\n(?=\S)", textwrap.dedent(section[1]).strip()):
            name, _, meaning = entry.partition(": ")
            found[name] = " ".join(meaning.split())
    return found


def prose(cls: type) -> str:
    """Return a class's docstring without its sections."""
    text = re.split(r"^(?:Attributes|Raises|Args):", inspect.cleandoc(cls.__doc__ or ""), flags=re.MULTILINE)[0]
    return text.strip().replace("``", "`")


def markdown(text: str) -> str:
    """Return docstring text as Markdown that fits in a table's cell."""
    return re.sub(r"\s+", " ", text.replace("``", "`").replace("|", "\\|"))


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def default_of(field: Field[Any]) -> str:
    """Say what a field is when it is not given."""
    if field.default is not MISSING:
        return f"`{field.default!r}`"
    if field.default_factory is not MISSING:
        return "made" if field.name in {"event_id", "timestamp"} else "empty"
    return "**required**"


def field_rows(cls: type, *, own: bool) -> Iterator[list[str]]:
    """Yield a row for each field; only what the class adds to ``HookEvent`` when ``own``."""
    inherited = {each.name for each in fields(HookEvent)} if own else set()
    meanings = described(cls)
    for each in fields(cls):
        if each.name not in inherited:
            kind = markdown(str(each.type))
            yield [f"`{each.name}`", f"<code>{kind}</code>", default_of(each), markdown(meanings.get(each.name, ""))]


def dataclass_section(cls: type, *, own: bool = False, level: int = 2) -> str:
    """Return one class: what it is, and its fields."""
    parts = [f"{'#' * level} {cls.__name__}", prose(cls)]
    if types := getattr(cls, "TYPES", ()):
        parts.append("Event types: " + ", ".join(f"`{name}`" for name in types))
    parts.append(table(["field", "type", "default", "meaning"], field_rows(cls, own=own)))
    return "\n\n".join(parts)


def events_page() -> str:
    """Return the page of all events."""
    statuses = ", ".join(
        f"`{value}`" for name, value in vars(events.Status).items() if name.isupper() and isinstance(value, str)
    )
    shared = [getattr(datasets, name) for name in ("DatasetRef", "Column", "LineageEdge", "ColumnEdge")]
    shared += [datasets.LoadJob, datasets.ChildTable, events.RetypedColumn, ErrorInfo]
    parts = [
        EVENTS_INTRODUCTION.format(version=events.VERSION, statuses=statuses),
        dataclass_section(HookEvent),
        dataclass_section(HookCorrelation),
        *(dataclass_section(cls, own=True) for cls in (*EVENT_CLASSES, GenericEvent)),
        "## Parts of events",
        *(dataclass_section(cls, level=3) for cls in shared),
    ]
    return "\n\n".join(parts)


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield a command and, for a group, all that it holds."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path[-1])
        for name in command.list_commands(context):
            if (found := command.get_command(context, name)) is not None and not found.hidden:
                yield from commands(found, (*path, name))


def help_text(command: click.Command, path: tuple[str, ...]) -> str:
    """Return what ``--help`` prints, at a fixed width."""
    context: click.Context | None = None
    for name in path[:-1]:
        context = click.Context(cli, info_name=name, parent=context)
    return command.get_help(
        click.Context(command, info_name=path[-1], parent=context, max_content_width=WIDTH, terminal_width=WIDTH)
    )


def cli_page() -> str:
    """Return the page of all commands."""
    parts = ["# Command line", "What each `--help` prints. See also [exit codes](exit-codes.md)."]
    for path, command in commands(cli, ("phlo-hooks",)):
        parts += [f"{'#' * (min(len(path), 3) + 1)} {' '.join(path)}", f"```text\n{help_text(command, path)}\n```"]
    return "\n\n".join(parts)


def exit_codes_page() -> str:
    """Return the page of exit codes."""
    rows = ([f"`{code.value}`", markdown(meaning)] for code, meaning in MEANINGS.items())
    return "\n\n".join(
        ["# Exit codes", "Every command of `phlo-hooks` ends with one of these.", table(["code", "meaning"], rows)]
    )


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the settings models that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def type_name(annotation: object) -> str:
    """Return a type the way people write it."""
    if annotation is NoneType:
        return "none"
    if get_origin(annotation) is not None:
        return re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", str(annotation)).replace("NoneType", "None")
    return getattr(annotation, "__name__", str(annotation))


def setting_default(info: FieldInfo) -> str:
    """Return a setting's default the way TOML has it."""
    if info.is_required():
        return "**required**"
    value = info.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return ""
    return (
        "" if value is None else f"`{str(value).lower() if isinstance(value, bool) else repr(value)}`".replace("'", '"')
    )


def setting_tables(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield a table for a model and for each model inside it."""
    meanings, nested = described(model), []
    rows = []
    for name, info in model.model_fields.items():
        inner = list(models_in(info.annotation))
        if inner:
            is_list = get_origin(info.annotation) is list
            nested.append((inner[0], f"{prefix}{name}{'[]' if is_list else ''}."))
        kind = type_name(info.annotation).replace("|", "\\|")
        rows.append(
            [f"`{prefix}{name}`", f"<code>{kind}</code>", setting_default(info), markdown(meanings.get(name, ""))]
        )
    if prefix:
        yield f"## {prefix.rstrip('.')}"
        yield prose(model)
    yield table(["setting", "type", "default", "meaning"], rows)
    for inner_model, inner_prefix in nested:
        yield from setting_tables(inner_model, inner_prefix)


def settings_page() -> str:
    """Return the page of all settings."""
    own = [table for plugin, model in PLUGINS.items() for table in setting_tables(model, f"plugins.config.{plugin}.")]
    return "\n\n".join(["# Settings", SETTINGS_INTRODUCTION, *setting_tables(Settings), *own])


EVENTS_INTRODUCTION = """\
# Events

Version {version}. Made from the classes in `phlo_hooks.events`; their JSON Schemas are in the wheel, and
`phlo-hooks schema export` writes them to a folder.

`status` is one of {statuses}; a later minor version may add one.

A new minor version only adds. A new major version comes with an upcaster, so that recorded events stay readable; an
event with a newer *major* than the library is skipped, counted and reported.\
"""

SETTINGS_INTRODUCTION = """\
From the highest to the lowest, the places a value may come from:

1. the command line's `--database`, then the arguments of `with_phlo_hooks(...)`: in the relay that the
   sensor runs, and in `phlo-hooks relay` and `drain` when they know where the code is;
2. environment variables: `PHLO_HOOKS_` and the name in capitals, two underscores between the parts:
   `PHLO_HOOKS_DELIVERY__MAX_ATTEMPTS=3`; lists and tables as JSON;
3. `phlo_hooks.toml` in the project's folder;
4. `[tool.phlo_hooks]` in the nearest `pyproject.toml`.

A name that does not exist is an error that tells the file and the nearest name that does.\
"""

PAGES: Mapping[str, Callable[[], str]] = {
    "reference/cli.md": cli_page,
    "reference/events.md": events_page,
    "reference/exit-codes.md": exit_codes_page,
    "reference/settings.md": settings_page,
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages to mkdocs' own."""
    for name, page in PAGES.items():
        files.append(File.generated(config, name, content=page()))
    return files
