"""``phlo-hooks openmetadata check``: whether the server can be told anything, and what to do where it cannot."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

import click

from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.cli.options import json_option, target_options
from phlo_hooks.cli.output import Output
from phlo_hooks.cli.session import Session, pass_session
from phlo_hooks.cli.text import count

_STYLES: Final = {"advice": "yellow", "fix": "bold red"}
_INDENT: Final = "        "


@click.command()
@target_options
@json_option
@pass_session
def check(session: Session, *, as_json: bool, **target: Any) -> int:
    """
    Try the server's address and certificate, its version, the token, and the rights of the token's user.

    Nothing is written. Each point is one line, with what to do where something is wrong; what depends on a point that
    failed is not tried.

    Exit code 0: events can be told; there may be advice. 1: something is to be fixed. 2: no server is configured.
    """
    from phlo_hooks.cli.openmetadata_server import options_of
    from phlo_hooks.subscribers.openmetadata import checking
    from phlo_hooks.subscribers.openmetadata.client import Client

    points: list[checking.Point] = []
    with Client(checking.patient(options_of(session, target))) as client:
        for point in checking.check(client, datetime.now(UTC)):
            points.append(point)
            if not as_json:
                _print(session.output, point.level.value, f"{point.topic}: {point.says}", point.way_out)
    to_fix = sum(point.level is checking.Level.FIX for point in points)
    if as_json:
        session.output.json({"healthy": not to_fix, "points": [asdict(point) for point in points]})
    else:
        session.output.line()
        told = f"{count(to_fix, 'thing')} to fix" if to_fix else "events can be told"
        session.output.line(told, style="bold red" if to_fix else "bold green")
    return ExitCode.UNWELL if to_fix else ExitCode.OK


def _print(output: Output, level: str, says: str, way_out: str) -> None:
    """Print one point; nothing of it is cut off on a terminal, as the way out is what counts."""
    output.line(f"{level:<{len(_INDENT)}}{says}", style=_STYLES.get(level, ""))
    if way_out:
        output.line(f"{_INDENT}{way_out}")
