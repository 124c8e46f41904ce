"""Load plugins one by one, each in a process of its own: one that ends its process is found by that."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from phlo_hooks.cli.errors import NotFoundError
from phlo_hooks.cli.session import Session
from phlo_hooks.cli.supervisor import worker_command
from phlo_hooks.discovery import installed_plugins
from phlo_hooks.settings import OVERRIDES_VARIABLE

TOGETHER: Final = "(all together)"
_TIMEOUT: Final = 120.0


@dataclass(frozen=True, kw_only=True)
class Checked:
    """How the loading of one plugin went."""

    name: str
    hooks: tuple[str, ...] = ()
    error: str | None = None


def check_plugins(session: Session, names: Sequence[str]) -> list[Checked]:
    """
    Load the named plugins, or all of them and then all together.

    Raises:
        NotFoundError: A name is neither an entry point nor listed in the setting ``hooks``.
    """
    settings = session.settings
    points = sorted({found.name for found in installed_plugins()})
    known: dict[str, dict[str, Any]] = {
        **{name: {"hooks": [], "plugins": {"allow": [name]}} for name in points},
        **{path: {"hooks": [path], "plugins": {"allow": []}} for path in settings.hooks},
    }
    for name in names:
        if name not in known:
            raise NotFoundError(f"no plugin {name!r} to check; there are {', '.join(known) or 'none'}")
    results: list[Checked] = []
    with session.output.progress("checking") as progress:
        for index, name in enumerate(names or known):
            progress.update(name, done=index, total=len(names or known))
            results.append(_load(session, name, known[name]))
        if not names and known:
            progress.update(TOGETHER)
            results += _together(session, results)
    return results


def _together(session: Session, alone: Sequence[Checked]) -> list[Checked]:
    """Return what fails only in company, such as a name that is taken; quiet about what failed alone."""
    if any(result.error and "ended its process" in result.error for result in alone):
        return []
    result = _load(session, TOGETHER, {})
    told = {result.error for result in alone}
    return [] if result.error in told and result.error else [result]


def _load(session: Session, name: str, overrides: dict[str, Any]) -> Checked:
    """List the hooks in a child process that sees nothing but what the overrides leave."""
    given = json.loads(os.environ.get(OVERRIDES_VARIABLE) or "{}")
    environment = {**os.environ, OVERRIDES_VARIABLE: json.dumps({**given, **overrides})}
    project = session.invocation.project
    argv = [*(("--project", project) if project else ()), "plugin", "list", "--type", "hook", "--json"]
    try:
        child = subprocess.run(  # noqa: S603  # our own command
            worker_command(argv), env=environment, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return Checked(name=name, error=f"did not load within {_TIMEOUT:g} s")
    try:
        found = json.loads(child.stdout)
    except ValueError:
        last = child.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        return Checked(name=name, error=f"ended its process (exit code {child.returncode}): {last[0]}")
    errors = [entry["error"] for entry in found if entry["error"]]
    hooks = tuple(hook for entry in found for hook in entry["hooks"])
    return Checked(name=name, hooks=hooks, error="; ".join(errors) or None)
