"""``phlo-hooks ui``: the page, served live."""

from __future__ import annotations

import errno
import socket
import threading
from typing import Final

import click

from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.cli.session import Session, pass_session
from phlo_hooks.cli.text import count

PORT: Final = 8765
RUNS: Final = 200
_HIGHEST_PORT: Final = 65535


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, _HIGHEST_PORT),
    default=PORT,
    show_default=True,
    help="Port on 127.0.0.1; 0 for any that is free.",
)
@click.option("--open/--no-open", "opens", default=False, help="Open the page in a browser.")
@click.option(
    "--runs",
    type=click.IntRange(min=1),
    default=RUNS,
    show_default=True,
    metavar="N",
    help="How many runs to show, the newest first.",
)
@pass_session
def ui(session: Session, *, port: int, opens: bool, runs: int) -> int:
    """
    Serve the page with lineage, runs and deliveries on 127.0.0.1, live, until Ctrl-C.

    It shows what the state database holds, and follows it: events that a relay records appear by themselves. Dead
    letters can be tried again. No other machine can reach it. Needs the extra `ui`. Exit code 0 after a stop.
    """
    from phlo_hooks.cli.running import log_to_stderr
    from phlo_hooks.lineage import build_graph, deliveries
    from phlo_hooks.ui import LiveGraph, StateFollower, serve

    settings = session.settings
    url, origin, _ = settings.database_url()
    state = StateFollower(url)
    live = LiveGraph(
        state,
        build=lambda outbox: build_graph(outbox, settings, runs=runs),
        deliveries=deliveries,
        title=settings.deployment,
    )
    if state.outbox() is None:
        session.output.note(f"note: no state database at {state.label} yet ({origin}); the page waits for it")
    log_to_stderr(debug=session.invocation.debug)
    opened = _listen(port)
    address = f"http://127.0.0.1:{opened.getsockname()[1]}"

    def started() -> None:
        session.output.line(f"{address} shows the newest {count(runs, 'run')} of {session.database_label}")
        session.output.line("Ctrl-C ends it")
        if opens:
            _open(address)

    try:
        serve(live, opened, on_start=started)
    finally:
        state.close()
    return ExitCode.OK


def _listen(port: int) -> socket.socket:
    from phlo_hooks.ui import listen

    try:
        return listen(port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} of 127.0.0.1 is taken, perhaps by another `phlo-hooks ui`"
        elif error.errno == errno.EACCES:
            reason = f"port {port} of 127.0.0.1 is not for this user; ports from 1024 on are"
        else:
            reason = f"port {port} of 127.0.0.1 cannot be opened: {error.strerror}"
        raise click.UsageError(f"{reason}; --port 0 takes one that is free") from error


def _open(address: str) -> None:
    """Open a browser, which may take its time, or not be there."""
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
