from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

from phlo_hooks.outbox.store import Outbox
from tests.ui.conftest import Site, soon
from tests.ui.test_graph import one_more


async def next_state(stream: AsyncIterator[str]) -> dict[str, Any]:
    async with asyncio.timeout(10):
        async for message in stream:
            if message.startswith("event: state"):
                found: dict[str, Any] = json.loads(message.partition("data: ")[2])
                return found
    raise AssertionError("the stream ended")


def watched(site: Site, story: Callable[[], Awaitable[None]]) -> None:
    """Tell a story while the watcher works."""

    async def tell() -> None:
        watcher = asyncio.create_task(site.changes.watch())
        try:
            await story()
        finally:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher

    asyncio.run(tell())


def test_a_change_is_told(site: Site) -> None:
    """The state as it is at first; then each change: events, and what consumers did."""
    site.record()
    states: list[dict[str, Any]] = []

    async def story() -> None:
        stream = site.changes.stream()
        states.append(await next_state(stream))
        with Outbox.open(site.url) as outbox:
            one_more(outbox, "new")
        states.append(await next_state(stream))
        with Outbox.open(site.url) as outbox:
            outbox.retry_dead()
        states.append(await next_state(stream))

    watched(site, story)

    assert len({state["version"] for state in states}) == 3
    assert {state["server"] for state in states} == {site.live.server}
    assert states[-1]["trouble"] is None


def test_quiet_is_quiet(site: Site) -> None:
    """When nothing happens, comments keep the connection open, and nothing is built."""
    site.record()
    messages: list[str] = []

    async def story() -> None:
        stream = site.changes.stream()
        await next_state(stream)
        async with asyncio.timeout(10):
            messages.extend([await anext(stream), await anext(stream)])

    watched(site, story)

    assert messages == [": still here\n\n"] * 2
    assert site.builds == 1


def test_nobody_listens_and_nobody_looks(site: Site) -> None:
    """Without an open page the state database is left alone."""
    site.record()

    async def story() -> None:
        stream = site.changes.stream()
        await next_state(stream)
        await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
        await soon(lambda: site.changes.listeners == 0)
        looked = site.builds
        with Outbox.open(site.url) as outbox:
            one_more(outbox, "new")
        await asyncio.sleep(0.1)
        assert site.builds == looked

    watched(site, story)


def test_a_closed_server_ends_its_streams(site: Site) -> None:
    """Closing ends every stream at once: nothing holds up the end of the process."""
    site.record()

    async def story() -> None:
        streams = [site.changes.stream() for _ in range(3)]
        for stream in streams:
            await next_state(stream)
        site.changes.close()
        async with asyncio.timeout(5):
            rest = [[message async for message in stream] for stream in streams]
        assert all("event" not in message for messages in rest for message in messages)

    watched(site, story)


def test_a_database_that_appears_is_told(site: Site) -> None:
    """A page that was opened too early comes alive by itself."""
    versions: list[str] = []

    async def story() -> None:
        stream = site.changes.stream()
        versions.append((await next_state(stream))["version"])
        site.record()
        versions.append((await next_state(stream))["version"])

    watched(site, story)

    assert len(set(versions)) == 2
    assert site.live.latest is not None
    assert site.live.latest.graph.head == 6


def test_trouble_is_told_and_taken_back(site: Site) -> None:
    """A page learns why it is out of date, and when it is not any more."""
    site.record()
    troubles: list[str | None] = []

    def fail() -> None:
        raise KeyError("a defect")

    async def story() -> None:
        stream = site.changes.stream()
        troubles.append((await next_state(stream))["trouble"])
        site.hold = fail
        with Outbox.open(site.url) as outbox:
            one_more(outbox, "new")
        troubles.append((await next_state(stream))["trouble"])
        site.hold = lambda: None
        troubles.append((await next_state(stream))["trouble"])

    watched(site, story)

    assert troubles[0] is None
    assert "KeyError" in (troubles[1] or "")
    assert troubles[2] is None
