from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import uvicorn

from phlo_hooks.lineage.graph import Graph, GraphConsumer, GraphDeadLetter
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.ui import LiveGraph, StateFollower, create_app, listen
from phlo_hooks.ui.changes import Changes
from tests.browser import browser
from tests.cli.recorded import bury, events

__all__ = ["browser"]

TOKEN = "the-page's-token"
CHANGING = {"X-Phlo-Hooks-Token": TOKEN, "Content-Type": "application/json"}


def some_deliveries(outbox: Outbox) -> tuple[tuple[GraphConsumer, ...], tuple[GraphDeadLetter, ...]]:
    consumers = tuple(
        GraphConsumer(name=state.name, position=state.position, dead=state.dead, pending=state.pending)
        for state in outbox.consumers()
    )
    dead = tuple(
        GraphDeadLetter(
            consumer=row.consumer,
            event_id=row.event_id,
            event_type=row.event_type,
            run_id=row.run_id,
            attempts=row.attempts,
            error=row.error,
        )
        for row in outbox.deliveries(status="dead")
    )
    return consumers, dead


@dataclass(kw_only=True)
class Site:
    """A state database, and what the server makes of it; the clock stands still unless it is moved."""

    url: str
    builds: int = 0
    time: float = 0.0
    seconds: float = 0.0
    hold: Callable[[], None] = field(default=lambda: None)

    def __post_init__(self) -> None:
        self.state = StateFollower(self.url)
        self.live = LiveGraph(
            self.state,
            build=self.build,
            deliveries=some_deliveries,
            title="a shop",
            clock=lambda: self.time,
        )
        self.changes = Changes(self.live, interval=0.02, keep_alive=0.1)

    @property
    def path(self) -> Path:
        """Where an SQLite database is."""
        return Path(self.url.removeprefix("sqlite:///"))

    def build(self, outbox: Outbox) -> Graph:
        self.builds += 1
        self.time += self.seconds
        self.hold()
        consumers, dead = some_deliveries(outbox)
        return Graph(title="a shop", made_at=datetime.now(UTC), head=outbox.head(), consumers=consumers, dead=dead)

    def record(self) -> None:
        """Store a few events, and two dead letters."""
        with Outbox.open(self.url) as outbox:
            outbox.register_consumers(["bus", "shop:queue", "gone:hook"])
            outbox.append(events())
            bury(outbox, "shop:queue", "22bb0000", error="it said no")
            bury(outbox, "gone:hook", "44dd0000", error="nobody home")

    def dead(self) -> list[str]:
        with Outbox.open(self.url) as outbox:
            return [row.consumer for row in outbox.deliveries(status="dead")]

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """Serve on a free port, and open a client of it."""
        opened = listen(0)
        app = create_app(self.live, changes=self.changes, token=TOKEN)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[opened])))
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{opened.getsockname()[1]}", timeout=30) as client:
                yield client
        finally:
            self.changes.close()
            server.should_exit = True
            thread.join(30)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(url=f"sqlite:///{tmp_path / 'state.db'}")
    yield made
    made.state.close()


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    """A client of a server whose database holds a few events and two dead letters."""
    site.record()
    with site.client() as client:
        yield client


def token_in(page: str) -> str:
    found = re.search(r'"token"\s*:\s*"([^"]+)"', page)
    assert found is not None
    return found[1]


async def soon(condition: Callable[[], object]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # threads and databases set no event
            await asyncio.sleep(0.005)
