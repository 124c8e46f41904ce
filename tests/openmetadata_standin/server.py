"""The stand-in, listening on a port of its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import uvicorn

from tests.openmetadata_standin.app import Service, application
from tests.openmetadata_standin.dump import dump
from tests.openmetadata_standin.faults import Faults
from tests.openmetadata_standin.journal import Journal
from tests.openmetadata_standin.world import Caller, World, seed

Mode = Literal["1.6", "2.0"]
BOT = "stand-in-bot"
PERSON = "stand-in-person"


class StandIn:
    """
    One server.

    Attributes:
        url: Where it listens, such as ``http://127.0.0.1:40001``.
        jwt: The bot's token; ``person_jwt`` is an administrator's.
        faults: What goes wrong.
        world: What it holds.
    """

    def __init__(self, mode: Mode, port: int | None = None) -> None:
        self.mode = mode
        self.jwt = BOT
        self.person_jwt = PERSON
        self.faults = Faults()
        self.world = seed(World(mode))
        callers = {BOT: Caller("ingestion-bot", is_bot=True), PERSON: Caller("admin", is_bot=False)}
        self._service = Service(self.world, callers, set(), self.faults)
        self._port = port or _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def journal(self) -> Journal:
        """What was asked so far."""
        return self._service.journal

    def dump(self) -> dict[str, Any]:
        """Return all that it holds, comparable with another server's."""
        return dump(self.world)

    def renew_token(self) -> str:
        """Let the bot's token expire and return the new one."""
        self._service.expired.add(self.jwt)
        caller = self._service.callers[self.jwt]
        self.jwt = f"{BOT}-{len(self._service.expired)}"
        self._service.callers[self.jwt] = caller
        return self.jwt

    def start(self) -> None:
        """Listen; the world is the one from before."""
        config = uvicorn.Config(
            application(self._service),
            host="127.0.0.1",
            port=self._port,
            log_level="critical",
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            assert self._thread.is_alive(), "the stand-in did not start"
            assert time.monotonic() < deadline, "the stand-in did not start in time"
            time.sleep(0.01)

    def stop(self) -> None:
        """Listen no more; who calls is refused by the system."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(10)
        self._server = self._thread = None


@contextmanager
def running(mode: Mode = "2.0", port: int | None = None) -> Iterator[StandIn]:
    """Run a server for as long as the block lasts."""
    server = StandIn(mode, port)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
