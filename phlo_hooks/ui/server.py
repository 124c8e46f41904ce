"""The server's process: one port on this machine, open until it is asked to end."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn

from phlo_hooks.ui.app import create_app
from phlo_hooks.ui.changes import Changes
from phlo_hooks.ui.live import LiveGraph

HOST: Final = "127.0.0.1"
"""No other machine can reach it; there is no setting for that."""

_LAST_WORDS: Final = 1
_BACKLOG: Final = 128


def listen(port: int) -> socket.socket:
    """
    Open the port, any free one for 0; a browser that comes before ``serve`` waits.

    Raises:
        OSError: It is taken, or not for this user.
    """
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((HOST, port))
        opened.listen(_BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened


def serve(live: LiveGraph, opened: socket.socket, *, on_start: Callable[[], None] = lambda: None) -> None:
    """
    Serve until SIGINT or SIGTERM; open streams are ended at once.

    Args:
        on_start: Called when the first request would be answered.
    """
    asyncio.run(_serve(live, opened, on_start))


async def _serve(live: LiveGraph, opened: socket.socket, on_start: Callable[[], None]) -> None:
    changes = Changes(live)
    config = uvicorn.Config(
        create_app(live, changes=changes),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=_LAST_WORDS,
    )
    server = _Server(config)

    def stop() -> None:
        changes.close()
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    server.on_start = on_start
    await server.serve(sockets=[opened])


class _Server(uvicorn.Server):
    """Uvicorn's, which leaves signals to us: its own handling ends the process with the signal's code."""

    on_start: Callable[[], None]

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the handlers as they are."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell when requests are answered."""
        await super().startup(sockets)
        if not self.should_exit:
            self.on_start()
