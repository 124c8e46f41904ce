"""What the server answers: the page, the graph, a stream of changes, and dead letters tried again."""

from __future__ import annotations

import asyncio
import gzip
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from phlo_hooks.exceptions import OutboxError
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.page import LiveOptions, render
from phlo_hooks.redaction import redact_text
from phlo_hooks.ui import letters
from phlo_hooks.ui.changes import Changes
from phlo_hooks.ui.guard import Guard
from phlo_hooks.ui.live import LiveGraph, Served
from phlo_hooks.ui.threads import in_thread

LARGEST_BODY: Final = 1_000_000


class Endpoints:
    """The answers of one server."""

    def __init__(self, live: LiveGraph, changes: Changes, token: str) -> None:
        self._live = live
        self._changes = changes
        self._token = token

    def routes(self) -> list[Route]:
        """Return every address there is."""
        return [
            Route("/", self.page, methods=["GET"]),
            Route("/favicon.ico", self.no_icon, methods=["GET"]),
            Route("/api/graph", self.graph, methods=["GET"]),
            Route("/api/changes", self.follow, methods=["GET"]),
            Route("/api/dead/retry", self.retry, methods=["POST"]),
            Route("/api/dead/drop", self.drop, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """Return the page with the graph as it is now."""
        served = await self._live.refresh()
        zips = _takes_gzip(request)
        body = await in_thread(lambda: self._rendered(served, zips=zips))
        return HTMLResponse(body, headers=_encoding(zips=zips))

    async def no_icon(self, _request: Request) -> Response:
        """Say that there is none: browsers ask unbidden."""
        return Response(status_code=204)

    async def graph(self, request: Request) -> Response:
        """Return the graph, or that it has not changed."""
        served = await self._live.refresh()
        etag = f'W/"{served.version}"'
        zips = _takes_gzip(request)
        headers = {"ETag": etag, **_encoding(zips=zips)}
        if _matches(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers={"ETag": etag, "Vary": "Accept-Encoding"})
        body = served.zipped if zips else served.body
        return Response(body, headers=headers, media_type="application/json")

    async def follow(self, _request: Request) -> Response:
        """Return a stream that tells when the graph has changed."""
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(self._changes.stream(), headers=headers, media_type="text/event-stream")

    async def retry(self, request: Request) -> Response:
        """Let dead letters be delivered again."""
        return await self._change(request, letters.retry, "queued")

    async def drop(self, request: Request) -> Response:
        """Give up on dead letters."""
        return await self._change(request, letters.drop, "dropped")

    async def _change(self, request: Request, act: Callable[[Outbox, letters.Choice], int], done: str) -> Response:
        body = await _read(request)
        if body is None:
            return _error(413, f"the body has more than {LARGEST_BODY:,} bytes; choose a consumer, or all")
        try:
            choice = letters.decode_choice(body)
        except ValueError as error:
            return _error(422, str(error))

        def work() -> tuple[int, bool] | None:
            outbox = self._live.state.outbox()
            return None if outbox is None else (act(outbox, choice), letters.is_relayed(outbox))

        try:
            result = await in_thread(work)
        except OutboxError as error:
            return _error(503, redact_text(str(error)))
        if result is None:
            return _error(503, f"no state database at {self._live.state.label}")
        self._changes.look_now()
        number, relayed = result
        return JSONResponse({done: number, "relay": relayed})

    def _rendered(self, served: Served, *, zips: bool) -> bytes:
        options = LiveOptions(token=self._token, server=self._live.server, version=served.version)
        body = render(served.graph, live=options).encode("utf-8")
        return gzip.compress(body, 1) if zips else body


def create_app(live: LiveGraph, *, changes: Changes | None = None, token: str | None = None) -> Starlette:
    """
    Make the application.

    Args:
        changes: Tells pages what is new; its streams end when it is closed.
        token: What requests that change something have to bring; a new one unless given.
    """
    token = token or secrets.token_urlsafe(32)
    changes = changes or Changes(live)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        watcher = asyncio.create_task(changes.watch())
        try:
            yield
        finally:
            changes.close()
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher

    routes = Endpoints(live, changes, token).routes()
    return Starlette(routes=routes, middleware=[Middleware(Guard, token=token)], lifespan=lifespan)


async def _read(request: Request) -> bytes | None:
    """Return the body; ``None`` when it is too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return body


def _error(status: int, reason: str) -> Response:
    return JSONResponse({"error": reason}, status)


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def _encoding(*, zips: bool) -> dict[str, str]:
    return {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if zips else {})


def _matches(given: str, etag: str) -> bool:
    """Compare weakly: what a browser kept may be marked weak or not."""
    return etag.removeprefix("W/") in {each.strip().removeprefix("W/") for each in given.split(",")}
