"""``phlo-hooks plugin``: what receives events, and what sends them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib.metadata import EntryPoint
from typing import Any, Final

import click

from phlo_hooks import discovery
from phlo_hooks.bus import HookBus
from phlo_hooks.cli.errors import NotFoundError
from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.cli.options import json_option, yes_option
from phlo_hooks.cli.output import Column
from phlo_hooks.cli.plugin_check import Checked, check_plugins
from phlo_hooks.cli.session import Session, pass_session
from phlo_hooks.cli.text import count
from phlo_hooks.discovery import SOURCE_GROUP, entry_points_of
from phlo_hooks.registration import Dispatch, HookRegistration

HOOK: Final = "hooks"
SOURCE: Final = "sources"
_TYPES: Final = {"hook": HOOK, "hooks": HOOK, "source": SOURCE, "sources": SOURCE}
_PARTS: Final = (
    ("event_types", "events"),
    ("asset_keys", "assets"),
    ("tags", "tags"),
    ("statuses", "statuses"),
    ("job_names", "jobs"),
    ("partition_keys", "partitions"),
    ("code_locations", "code locations"),
)


@click.group()
def plugin() -> None:
    """List and check what receives events."""


@plugin.command("list")
@click.option("--type", "kind", type=click.Choice(list(_TYPES)), help="Only plugins of this type.")
@json_option
@pass_session
def list_plugins(session: Session, *, kind: str | None, as_json: bool) -> None:
    """
    List plugins: name, type, version, author, and how many hooks each has.

    A plugin that failed to load is listed with its reason.
    """
    wanted = _TYPES[kind] if kind else None
    found = [entry for entry in _plugins(session, wanted) if wanted in (None, entry["type"])]
    if as_json:
        session.output.json(found)
        return
    columns = [
        Column(title="name"),
        Column(title="type", whole=True),
        Column(title="version", whole=True),
        Column(title="author"),
        Column(title="hooks", right=True, whole=True),
    ]
    if any(entry["error"] for entry in found):
        columns.append(Column(title="failed", style="red"))
    session.output.table(columns, [_row(entry)[: len(columns)] for entry in found])
    if notes := [f"{entry['name']}: {entry['note']}" for entry in found if entry["note"]]:
        session.output.line()
    for note in notes:
        session.output.line(note)


@plugin.command()
@click.argument("name")
@json_option
@pass_session
def info(session: Session, *, name: str, as_json: bool) -> int:
    """Show one plugin: its version, its hooks, and what each of them gets."""
    found = _plugins(session, None)
    hooks = [hook for hook in session.bus.hooks() if hook.plugin_name == name]
    owner = next((entry["name"] for entry in found if hooks and hooks[0].name in entry["hooks"]), name)
    entry = _one(found, owner)
    hooks = hooks or [hook for hook in session.bus.hooks() if hook.name in entry["hooks"]]
    if as_json:
        session.output.json({**entry, "hooks": [describe(hook) for hook in hooks]})
    else:
        shown = ("name", "type", "version", "author")
        told = {"failed": entry["error"], "note": entry["note"]}
        session.output.fields({**{key: entry[key] or "-" for key in shown}, **told})
        session.output.line()
        columns = (
            Column(title="hook"),
            Column(title="priority", right=True, whole=True),
            Column(title="called"),
            Column(title="on failure"),
            Column(title="gets"),
        )
        session.output.table(columns, [_hook_row(hook) for hook in hooks])
    return ExitCode.UNWELL if entry["error"] else ExitCode.OK


@plugin.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@json_option
@pass_session
def check(session: Session, *, names: tuple[str, ...], as_json: bool) -> int:
    """
    Load each plugin in a process of its own, then all together, and say which fail and why.

    It finds the plugin that ends its process, too. Exit code 1 when one failed.
    """
    results = check_plugins(session, names)
    if as_json:
        session.output.json(results)
    else:
        columns = (Column(title="plugin"), Column(title="result", whole=True), Column(title="detail"))
        session.output.table(columns, [_checked_row(result) for result in results])
    return ExitCode.UNWELL if any(result.error for result in results) else ExitCode.OK


@plugin.command()
@click.argument("name")
@yes_option
@pass_session
def forget(session: Session, *, name: str, yes: bool) -> None:
    """
    Drop the position, the pending deliveries and the dead letters of a hook that is gone.

    NAME is plugin:hook, or a plugin for all of its hooks. A hook that is still installed starts anew at the end of
    the outbox.
    """
    with session.outbox() as outbox:
        known = {state.name for state in outbox.consumers()} | {row.consumer for row in outbox.deliveries()}
        names = sorted(each for each in known if each == name or each.partition(":")[0] == name)
        if name == "bus":
            raise click.UsageError("bus stands for all sync hooks together; name one as plugin:hook")
        if not names and ":" in name:
            names = [name]
        if names and not yes:
            click.confirm(f"Forget {', '.join(names)} and all that waits for it?", abort=True, err=True)
        forgotten = [each for each in names if outbox.forget_consumer(each)]
    if not forgotten:
        raise NotFoundError(f"no consumer {name!r}; `phlo-hooks status` lists them")
    session.output.line(f"forgot {', '.join(forgotten)}")


def describe(hook: HookRegistration) -> dict[str, Any]:
    """Return a hook as data."""
    return {
        "name": hook.name,
        "priority": hook.priority,
        "dispatch": hook.dispatch.value,
        "in_step": hook.in_step,
        "failure_policy": hook.failure_policy.value,
        "timeout": hook.timeout,
        "filter": {label: _part(hook, name) for name, label in _PARTS if getattr(hook.filter, name)},
    }


def _plugins(session: Session, wanted: str | None) -> list[dict[str, Any]]:
    hooks = [] if wanted == SOURCE else _hook_plugins(_quietly_built(session))
    sources = [] if wanted == HOOK else [_source(point) for point in entry_points_of(SOURCE_GROUP)]
    return sorted(hooks + sources, key=lambda entry: (entry["type"], entry["name"]))


def _quietly_built(session: Session) -> HookBus:
    """Build the bus without discovery's log of what failed: it stands in the list."""
    log = logging.getLogger(discovery.__name__)
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        return session.bus
    finally:
        log.setLevel(level)


def _hook_plugins(bus: HookBus) -> list[dict[str, Any]]:
    """Return what discovery found as data, the failed ones too."""
    merged: dict[tuple[str, str | None], dict[str, Any]] = {}
    for found in bus.plugins:
        entry = merged.setdefault(
            (found.name, found.error),
            {
                "name": found.name,
                "type": found.type,
                "version": found.version or None,
                "author": found.author or None,
                "hooks": [],
                "error": found.error,
                "note": found.note or None,
            },
        )
        entry["hooks"] += found.hooks
    return list(merged.values())


def _source(point: EntryPoint) -> dict[str, Any]:
    dist = point.dist
    author = (dist.metadata["Author"] or dist.metadata["Author-email"]) if dist else None
    found = {"name": point.name, "type": SOURCE, "version": dist.version if dist else None, "author": author}
    return {**found, "hooks": [], "error": None, "note": None}


def _one(found: Iterable[dict[str, Any]], name: str) -> dict[str, Any]:
    entries = list(found)
    for entry in entries:
        if entry["name"] == name:
            return entry
    known = ", ".join(sorted(entry["name"] for entry in entries))
    raise NotFoundError(f"no plugin {name!r}; there are {known or 'none'}")


def _row(entry: dict[str, Any]) -> list[object]:
    return [entry["name"], entry["type"], entry["version"], entry["author"], len(entry["hooks"]), entry["error"]]


def _hook_row(hook: HookRegistration) -> tuple[object, ...]:
    called = "in the step" if hook.in_step else "queued" if hook.dispatch is Dispatch.QUEUED else "with the bus"
    parts = [f"{label} {_words(_part(hook, name))}" for name, label in _PARTS if getattr(hook.filter, name)]
    return (hook.name, hook.priority, called, hook.failure_policy.value, "; ".join(parts) or "every event")


def _part(hook: HookRegistration, name: str) -> Any:
    value = getattr(hook.filter, name)
    return dict(value) if isinstance(value, dict) else sorted(value)


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={item}" for key, item in sorted(value.items()))
    return ", ".join(value)


def _checked_row(result: Checked) -> tuple[object, ...]:
    return (result.name, "failed" if result.error else "ok", result.error or count(len(result.hooks), "hook"))
