"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_AGO: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w)")
_UNITS: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}


class Moment(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click only
    """A time: ISO 8601 (UTC unless it says otherwise), or how long ago, such as ``90m``, ``2h``, ``3d``."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return an aware time in UTC."""
        if isinstance(value, datetime):
            return value
        if found := _AGO.fullmatch(value.strip()):
            return datetime.now(UTC) - self._long(found, param, ctx)
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            self.fail(f"{value!r} is no time; write 2026-11-21, 2026-11-21T09:30, 90m, 2h or 3d", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    def _long(self, found: re.Match[str], param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        seconds = float(found[1]) * _UNITS[found[2]]
        try:
            datetime.now(UTC) - timedelta(seconds=seconds)
        except OverflowError:
            self.fail(f"{found[0]!r} is longer ago than the calendar reaches", param, ctx)
        return timedelta(seconds=seconds)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


def filter_options(command: Command) -> Command:
    """Add the options that choose events."""
    for option in reversed(
        (
            click.option(
                "--type", "-t", "types", multiple=True, metavar="TYPE", help="Event type or glob; may be repeated."
            ),
            click.option("--run", "run_id", metavar="ID", help="Run id, or its beginning."),
            click.option("--asset", "asset_key", metavar="KEY", help="Asset key or glob, such as 'raw/*'."),
            click.option("--since", type=Moment(), help="Not before: 2026-11-21T09:30, or 2h ago as '2h'."),
            click.option("--until", type=Moment(), help="Not after."),
        )
    ):
        command = option(command)
    return command


def target_options(command: Command) -> Command:
    """Add the options that name Dagster code, as ``dagster dev`` has them."""
    for option in reversed(
        (
            click.option("--module-name", "-m", multiple=True, metavar="MODULE", help="Module with definitions."),
            click.option("--python-file", "-f", multiple=True, metavar="FILE", help="File with definitions."),
            click.option("--workspace", "-w", multiple=True, metavar="FILE", help="Workspace file."),
            click.option("--package-name", multiple=True, metavar="PACKAGE", help="Package with definitions."),
            click.option("--working-directory", "-d", metavar="FOLDER", help="Where the code is imported from."),
            click.option("--attribute", "-a", metavar="NAME", help="Which definitions in the module or file."),
        )
    ):
        command = option(command)
    return command


def take_target(options: dict[str, Any]) -> dict[str, Any]:
    """Take what ``target_options`` added out of a command's options, and return what it names."""
    names = ("module_name", "python_file", "workspace", "package_name", "working_directory", "attribute")
    return target_of({name: options.pop(name, None) for name in names})


def target_of(options: dict[str, Any]) -> dict[str, Any]:
    """
    Return what the options of ``target_options`` name, paths made absolute; empty when they name nothing.

    Raises:
        click.UsageError: They exclude each other, or a file is not there.
    """
    kinds = [kind for kind in ("module_name", "python_file", "workspace", "package_name") if options.get(kind)]
    if len(kinds) > 1:
        raise click.UsageError(
            f"only one of {' and '.join('--' + kind.replace('_', '-') for kind in kinds)} can be given"
        )
    if not kinds:
        for alone in ("working_directory", "attribute"):
            if options.get(alone):
                raise click.UsageError(f"--{alone.replace('_', '-')} needs -m, -f or --package-name beside it")
        return {}
    kind = kinds[0]
    values = list(options[kind])
    if kind in ("python_file", "workspace"):
        values = [_file(value) for value in values]
    target: dict[str, Any] = {kind: values}
    if options.get("working_directory"):
        target["working_directory"] = str(Path(options["working_directory"]).absolute())
    if options.get("attribute"):
        target["attribute"] = options["attribute"]
    return target


def _file(name: str) -> str:
    path = Path(name)
    if not path.is_file():
        raise click.UsageError(f"no file {name!r} here ({Path.cwd()})")
    return str(path.absolute())
