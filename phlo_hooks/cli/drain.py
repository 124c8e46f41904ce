"""``phlo-hooks drain``: everything that happened, delivered now."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from phlo_hooks.cli.errors import Outcome, WorkerFailedError, known_code
from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.cli.options import json_option, target_options
from phlo_hooks.cli.output import Column, Output
from phlo_hooks.cli.progress import Progress
from phlo_hooks.cli.session import Session, pass_session
from phlo_hooks.cli.supervisor import Supervisor, worker_command
from phlo_hooks.cli.text import count
from phlo_hooks.cli.worker import Worker, supervised
from phlo_hooks.relay import RelayProgress
from phlo_hooks.source import EventSource


@click.command()
@target_options
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="Give up after so long."
)
@json_option
@supervised
@pass_session
def drain(  # click passes each option by name
    session: Session,
    *,
    timeout: float | None,
    as_json: bool,
    supervisor_pid: int | None,
    report_path: Path | None,
    **target: Any,
) -> int:
    """
    Read the sources to their tip, deliver everything to every hook, and end.

    Give the options that `dagster dev` gets; without them, what workspace.yaml or pyproject.toml names. The hooks and
    settings that this code gives to with_phlo_hooks hold. A first drain also reads the runs that ended within the last
    24 hours.

    Exit code 0: all of it arrived. 1: something waits, is dead, or could not be translated, or a
    plugin is left out; it is said which.

    The work is done in a process of its own, which is started again when a hook kills it.
    """
    session.name_target(target)
    if supervisor_pid is not None and report_path is not None:
        worker = Worker(report_path=report_path, supervisor_pid=supervisor_pid)
        return worker.run(lambda worker: _work(session, worker, timeout), interrupt=True)
    result = _supervise(session, timeout)
    if as_json:
        session.output.json(result)
    else:
        print_drained(session.output, result)
    return ExitCode.OK if result["complete"] else ExitCode.UNWELL


def print_drained(output: Output, result: dict[str, Any]) -> None:
    """Print what a drain did."""
    if result["complete"]:
        output.line("everything arrived", style="bold green")
    else:
        output.line("not everything arrived", style="bold red")
        for reason in result["note"].split("; "):
            output.line(f"  {reason}")
        if ways := _ways_out(result):
            output.line(f"  {'; '.join(ways)}")
    recorded = result["recorded"]
    output.line(
        f"recorded {count(recorded['new'], 'new event')}, {recorded['revised']:,} corrected, "
        f"{recorded['duplicate']:,} known before"
    )
    if result["restarts"]:
        times = count(result["restarts"], "time")
        output.line(f"the worker process died {times} on the way; these are the counts of its last life")
    columns = (
        Column(title="consumer"),
        Column(title="delivered", right=True, whole=True),
        Column(title="pending", right=True, whole=True),
        Column(title="dead", right=True, whole=True),
    )
    names = sorted({*result["delivered"], *result["pending"], *result["dead"]}, key=lambda name: (name != "bus", name))
    output.line()
    output.table(columns, [_consumer(result, name) for name in names])
    if result["note"] and result["complete"]:
        output.note(f"note: {result['note']}")


def _ways_out(result: dict[str, Any]) -> list[str]:
    ways = []
    if result["dead"] or result["untranslatable"]:
        ways.append("`phlo-hooks dead list` shows what failed and why")
    if result["pending"]:
        ways.append("`phlo-hooks drain --timeout 300` waits for retries")
    if result["failed_plugins"]:
        ways.append("`phlo-hooks plugin check` says why a plugin is left out")
    return ways


def _consumer(result: dict[str, Any], name: str) -> tuple[object, ...]:
    return (name, *(f"{result[part].get(name, 0):,}" for part in ("delivered", "pending", "dead")))


def _supervise(session: Session, timeout: float | None) -> dict[str, Any]:
    """
    Run the worker until it has reported, and return its result.

    Raises:
        WorkerFailedError: It reported an error.
    """
    _ = session.settings  # a wrong setting is told before anything is started
    deadline = time.monotonic() + timeout if timeout else None

    def what_is_left() -> tuple[str, ...]:
        return () if deadline is None else ("--timeout", f"{max(deadline - time.monotonic(), 0.1):.3f}")

    supervisor = Supervisor(
        command=worker_command(session.invocation.argv),
        say=lambda text: session.output.note(f"drain: {text}"),
        extra=what_is_left,
    )
    report = supervisor.run()
    if report.code or report.message:
        raise WorkerFailedError(Outcome(code=known_code(report.code), message=report.message or "stopped"))
    return {**report.result, "restarts": supervisor.deaths}


def _work(session: Session, worker: Worker, timeout: float | None) -> dict[str, Any]:
    from phlo_hooks.cli.running import opened

    def say(text: str) -> None:
        session.output.note(f"drain: {text}")

    with (
        session.output.progress("drain") as progress,
        opened(session, session.sources, stop=worker.stop, say=say) as running,
    ):
        for source in running.sources:
            first_start_in_drain(source)
        worker.working()
        report = running.relay.drain(timeout=timeout, on_progress=_teller(progress))
    return asdict(report)


def first_start_in_drain(source: EventSource) -> None:
    """Tell a source that it is drained: on a fresh state database it then reads what ended lately, too."""
    tell: Callable[[], object] | None = getattr(source, "first_start_in_drain", None)
    if tell is not None:
        tell()


def _teller(progress: Progress) -> Callable[[RelayProgress], None]:
    def tell(now: RelayProgress) -> None:
        recorded = now.recorded.new + now.recorded.revised
        total = now.delivered + now.pending
        progress.update(
            f"{now.phase}: {recorded:,} recorded, {now.delivered:,} delivered, {now.pending:,} to go",
            done=now.delivered,
            total=total or None,
        )

    return tell
