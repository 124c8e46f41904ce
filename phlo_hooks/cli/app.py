"""The entry point: finds a command, runs it, and turns every ending into one line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, Final, NoReturn

import click

from phlo_hooks.cli.errors import PipeClosedError, outcome_of
from phlo_hooks.cli.exit_codes import MEANINGS, ExitCode
from phlo_hooks.cli.invocation import Invocation
from phlo_hooks.cli.lazy import LazyGroup

COMMANDS: Final = {
    "relay": ("phlo_hooks.cli.relay:relay", "Read sources and deliver events until stopped."),
    "drain": ("phlo_hooks.cli.drain:drain", "Read sources to their tip, deliver everything, and end."),
    "status": ("phlo_hooks.cli.status:status", "Show whether events arrive: relay, lag, consumers."),
    "doctor": ("phlo_hooks.cli.doctor:doctor", "Show which table each asset is, and what to fix in its lineage."),
    "openmetadata": ("phlo_hooks.cli.openmetadata:openmetadata", "Check OpenMetadata, and bring everything over."),
    "events": ("phlo_hooks.cli.events:events", "List, show, follow and explain recorded events."),
    "ui": ("phlo_hooks.cli.ui:ui", "Serve the page with lineage, runs and deliveries, live."),
    "lineage": ("phlo_hooks.cli.lineage:lineage", "Show what tables are made from: text, page, Mermaid, JSON."),
    "trace": ("phlo_hooks.cli.trace:trace", "Show a run as a waterfall: steps, retries, models, checks."),
    "plugin": ("phlo_hooks.cli.plugin:plugin", "List and check what receives events."),
    "dead": ("phlo_hooks.cli.dead:dead", "See to what could not be delivered or translated."),
    "replay": ("phlo_hooks.cli.replay:replay", "Deliver recorded events to a hook again."),
    "rederive": ("phlo_hooks.cli.rederive:rederive", "Translate a run's log anew and correct its events."),
    "schema": ("phlo_hooks.cli.schema:schema", "Export the events' JSON Schemas, and compare them."),
}


EXAMPLES: Final = (
    ("phlo-hooks drain -m my_project.definitions", "read and deliver once: CI, cron"),
    ("phlo-hooks events list --type 'ingestion.*' --since 2h", "what was loaded lately"),
    ("phlo-hooks events explain 3f2a", "which hooks got an event, and why not"),
)


class Cli(LazyGroup):
    """The root group: every way to end becomes one line on standard error and a documented exit code."""

    def main(self, args: Sequence[str] | None = None, *_args: Any, **_extra: Any) -> NoReturn:
        """Run the command line and exit."""
        argv = tuple(sys.argv[1:] if args is None else args)
        sys.exit(self._run(argv))

    def _run(self, argv: tuple[str, ...]) -> int:
        invocation = Invocation(argv=argv)
        try:
            result = super().main(list(argv), prog_name="phlo-hooks", standalone_mode=False, obj=invocation)
            sys.stdout.flush()
        except (Exception, KeyboardInterrupt, click.exceptions.Exit) as error:  # noqa: BLE001  # the end of the line for every error
            if invocation.debug:
                import traceback

                traceback.print_exc()
            outcome = outcome_of(error)
            if outcome.code == ExitCode.PIPE_CLOSED:
                _forget_stdout()
            if outcome.message:
                click.echo(f"phlo-hooks: {outcome.message}", err=True)
            return outcome.code
        return result if isinstance(result, int) else ExitCode.OK

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; click would end the process itself when a pipe is closed, with a code that says nothing."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise PipeClosedError from error

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        """Write the table of exit codes."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(f"{code.value}", meaning) for code, meaning in MEANINGS.items()])
        with formatter.section("Examples"):
            for command, purpose in EXAMPLES:
                formatter.write(f"  # {purpose}\n  {command}\n")


@click.group(
    cls=Cli,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--database", metavar="URL", help="State database (SQLAlchemy URL); overrides every setting.")
@click.option(
    "--project",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=str),
    help="Where to look for phlo_hooks.toml and pyproject.toml. Default: here, then upwards.",
)
@click.version_option(package_name="phlo-hooks", prog_name="phlo-hooks", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_obj
def cli(invocation: Invocation, database: str | None, project: str | None, *, debug: bool) -> None:
    """
    Every execution of a data platform as an event, recorded once, delivered in order.

    Settings come from PHLO_HOOKS_* variables, phlo_hooks.toml and [tool.phlo_hooks] in pyproject.toml. Times
    are UTC. Output is plain text when piped; --json gives one JSON document.
    """
    invocation.project = project
    invocation.debug = debug
    if database:
        invocation.overrides["database"] = database


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run ``phlo-hooks``; what the console script and ``python -m phlo_hooks`` call."""
    folder = os.getcwd()  # noqa: PTH109  # compared with sys.path, which holds strings
    if folder not in sys.path and "" not in sys.path:
        sys.path.append(folder)
    cli.main(argv)


def _forget_stdout() -> None:
    """Point standard output at nothing, so that the interpreter's last flush is quiet too."""
    try:
        sys.stdout.fileno()
    except (OSError, ValueError):
        return
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.close(sink)
