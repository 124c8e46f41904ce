"""
Load code locations and tell their snapshots and what they declare of the relay, in a process of its own.

``python -m phlo_hooks_dagster.load_target OUTPUT`` reads a ``Request`` from standard input and writes an ``Answer`` to
the file ``OUTPUT``. User code prints where it likes; nothing of that is read.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from dagster import RepositoryDefinition

from phlo_hooks_dagster import compat_target
from phlo_hooks_dagster.declaring import declared_in, plain
from phlo_hooks_dagster.given import options_in
from phlo_hooks_dagster.snapshot_builder import build_snapshot, merge_snapshots
from phlo_hooks_dagster.target_process import Answer, Declared, Request


def load(request: Request) -> Answer:
    """Load one code location here, or each of several in a process of its own."""
    if request.origin:
        return _load_here(compat_target.target_of_text(request.origin), request.location)
    try:
        origins = compat_target.origins_of(request.options)
    except Exception as error:  # noqa: BLE001  # Dagster says in many ways that it found nothing to load
        return Answer(lines=[_line(error)], named=bool(request.options))
    answer = Answer()
    for origin in origins:
        target = compat_target.loadable_target(origin)
        if target is None:
            answer.lines.append(
                f"code location {origin.location_name} is a server of its own: its sensor snapshots it, and hooks and "
                "settings in its code do not reach this relay"
            )
            continue
        executable = target.executable_path or sys.executable
        if len(origins) == 1 and executable == sys.executable:
            part = _load_here(target, origin.location_name)
        else:
            request = Request(origin=compat_target.target_text(target), location=origin.location_name)
            part = run_loader(executable, request, cwd=target.working_directory)
        answer.snapshots.extend(part.snapshots)
        answer.declared.extend(part.declared)
        answer.lines.extend(part.lines)
    return answer


def run_loader(executable: str, request: Request, *, cwd: str | None = None) -> Answer:
    """Load in another process and wait for it."""
    with tempfile.TemporaryDirectory(prefix="phlo-hooks-") as folder:
        output = Path(folder) / "answer.json"
        process = subprocess.run(  # noqa: S603  # the interpreter that Dagster would use for this code location
            [executable, "-m", "phlo_hooks_dagster.load_target", str(output)],
            input=msgspec.json.encode(request),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=cwd,
            check=False,
        )
        if output.exists():
            return msgspec.json.decode(output.read_bytes(), type=Answer)
    said = process.stderr.decode(errors="replace").strip().splitlines()
    what = f"code location {request.location}" if request.location else "the code locations"
    return Answer(lines=[f"{what} could not be loaded with {executable}: {said[-1] if said else 'no output'}"])


def _load_here(target: Any, location: str) -> Answer:
    answer = Answer()
    try:
        repositories = compat_target.load_repositories(target, location)
        answer.declared = _declared(repositories, location, target.working_directory)
        snapshots = [build_snapshot(repository, location) for repository in repositories]
        answer.snapshots = [merge_snapshots(snapshots)] if snapshots else []
    except Exception as error:  # noqa: BLE001  # user code raises what it likes
        answer.lines.append(f"code location {location} could not be loaded: {_line(error)}")
    return answer


def _declared(repositories: Sequence[RepositoryDefinition], location: str, folder: str | None) -> list[Declared]:
    given = [options for repository in repositories for options in options_in(repository)]
    return [declared_in(location, options, working_directory=folder) for options in given]


def _line(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0] if said else 'no message'}"


def main() -> None:
    """Answer the request on standard input."""
    answer = load(msgspec.json.decode(sys.stdin.buffer.read(), type=Request))
    partial = Path(f"{sys.argv[1]}.partial")
    partial.write_bytes(msgspec.json.encode(answer, enc_hook=plain))
    partial.rename(sys.argv[1])


if __name__ == "__main__":
    main()
