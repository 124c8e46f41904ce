"""``phlo-hooks relay``: read and deliver until stopped."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from phlo_hooks.cli.errors import Outcome, WorkerFailedError, known_code
from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.cli.options import target_options
from phlo_hooks.cli.session import Session, pass_session
from phlo_hooks.cli.supervisor import Restarts, Supervisor, Watch, worker_command
from phlo_hooks.cli.worker import Worker, supervised
from phlo_hooks.source import EventSource

RESTARTS: Final = Restarts(
    first=0.25,
    longest=60.0,
    limit=None,
    loading_limit=None,
    retried=frozenset({ExitCode.UNAVAILABLE, ExitCode.INTERNAL, ExitCode.UNWELL}),
)


@click.command()
@target_options
@click.option("--parent-pid", type=click.IntRange(min=1), metavar="PID", help="End when this process has ended.")
@supervised
@pass_session
def relay(
    session: Session,
    *,
    parent_pid: int | None,
    supervisor_pid: int | None,
    report_path: Path | None,
    **target: Any,
) -> int:
    """
    Read the sources and deliver events until SIGTERM or Ctrl-C.

    Give the options that `dagster dev` gets; without them, what workspace.yaml or pyproject.toml names. The hooks and
    settings that this code gives to with_phlo_hooks hold. One relay works for a state database at a time; another
    stands by and takes over within seconds.

    A line is printed when something changes. The work is done in a process of its own, which is started again when
    a hook kills it. Exit code 0 after a stop.
    """
    session.name_target(target)
    if supervisor_pid is not None and report_path is not None:
        worker = Worker(report_path=report_path, supervisor_pid=supervisor_pid)
        return worker.run(lambda worker: _work(session, worker), interrupt=False)
    _ = session.settings  # a wrong setting is told before anything is started
    parent = Watch(parent_pid) if parent_pid is not None else None
    supervisor = Supervisor(
        command=worker_command(session.invocation.argv),
        say=lambda text: session.output.line(stamped(text)),
        restarts=RESTARTS,
        gone=parent.gone if parent else lambda: False,
        stop_code=ExitCode.OK,
    )
    session.output.line(stamped(f"relay started, pid {os.getpid()}; state database {session.database_label}"))
    report = supervisor.run()
    if report.code or report.message:
        raise WorkerFailedError(Outcome(code=known_code(report.code), message=report.message))
    ended = f"its parent (pid {parent_pid}) has ended" if parent and parent.gone() else "it was asked to"
    session.output.line(stamped(f"relay stopped: {ended}"))
    return ExitCode.OK


def stamped(text: str) -> str:
    """Return a line for a log: the time in UTC, and what happened."""
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {text}"


def _work(session: Session, worker: Worker) -> dict[str, Any]:
    from phlo_hooks.cli.changes import Changes
    from phlo_hooks.cli.running import opened, sources_when_reached

    def say(text: str) -> None:
        session.output.line(stamped(text))

    def open_sources() -> list[EventSource]:
        return sources_when_reached(session, worker.stop, say)

    with opened(session, open_sources, stop=worker.stop, say=say) as running:
        if worker.stop.is_set():
            return {}
        worker.working()
        changes = Changes(say, lag_warning=session.settings.delivery.lag_warning)
        changes.opened(running)
        running.relay.run(worker.stop, on_progress=changes.tell)
    return {}
