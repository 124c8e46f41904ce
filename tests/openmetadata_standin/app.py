"""The HTTP side: tokens, bodies, errors, faults, and the journal."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.openmetadata_standin.errors import Refusal, refusal, unhandled
from tests.openmetadata_standin.faults import Fault, Faults
from tests.openmetadata_standin.journal import Asked, Journal
from tests.openmetadata_standin.routes import Call, answer
from tests.openmetadata_standin.world import Caller, World

PREFIX = "/api/v1/"
PATCH_TYPE = "application/json-patch+json"
METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE"]


class Service:
    """
    Answers requests.

    Args:
        callers: Token to who it is; ``expired`` holds those that were good once.
    """

    def __init__(self, world: World, callers: dict[str, Caller], expired: set[str], faults: Faults) -> None:
        self.world = world
        self.callers = callers
        self.expired = expired
        self.faults = faults
        self.journal = Journal()

    async def __call__(self, request: Request) -> Response:
        """Answer one request, or do what a fault demands."""
        path = request.scope["raw_path"].decode("ascii").partition("?")[0]
        line = f"{request.method} {unquote(path)}"
        payload = await request.body()
        fault = self.faults.strike(line)
        wait = self.faults.latency + (fault.seconds if fault else 0.0)
        if wait:
            await asyncio.sleep(wait)
        before = self.world.revision
        caller: Caller | None = None
        body: Any = None
        if fault and not fault.applied and fault.how != "slow":
            response: Response = faulty(fault)
            told: Any = fault.how
        else:
            try:
                caller = self._caller(request, path)
                body = parsed(request, payload)
                status, told = self._answered(caller, request, path, body)
                response = JSONResponse(told, status) if told is not None else Response(status_code=status)
            except Refusal as refused:
                told = refused.body
                response = shown(refused)
            if fault and fault.how != "slow":
                response = faulty(fault)
        self.journal.calls.append(
            Asked(
                method=request.method,
                path=unquote(path).removeprefix(PREFIX),
                status=response.status_code,
                changed=self.world.revision != before,
                body=body,
                answer=told,
                caller=caller.name if caller else None,
                fault=fault.how if fault else None,
            )
        )
        return response

    def _answered(self, caller: Caller, request: Request, path: str, body: Any) -> tuple[int, Any]:
        if not path.startswith(PREFIX):
            raise unhandled("HTTP 404 Not Found")
        way = tuple(unquote(part) for part in path.removeprefix(PREFIX).rstrip("/").split("/"))
        return answer(self.world, caller, Call(request.method, way, dict(request.query_params), body))

    def _caller(self, request: Request, path: str) -> Caller:
        if path == f"{PREFIX}system/version":
            return Caller("anonymous", is_bot=True)
        header = request.headers.get("authorization", "")
        if not header:
            raise refusal(401, "Not Authorized! Token not present")
        token = header.removeprefix("Bearer ")
        caller = self.callers.get(token)
        if token in self.expired or (self.faults.token_expired and caller is not None and caller.is_bot):
            raise refusal(401, "Expired token!")
        if caller is None:
            raise refusal(401, "Not Authorized! Unable to decode the token.")
        return caller


def parsed(request: Request, payload: bytes) -> Any:
    """Return what the body says, or raise what the server says of one that it cannot read."""
    if request.method in ("GET", "DELETE"):
        return None
    media = request.headers.get("content-type", "").partition(";")[0].strip()
    if media != (PATCH_TYPE if request.method == "PATCH" else "application/json"):
        raise unhandled("HTTP 415 Unsupported Media Type")
    if request.headers.get("content-encoding") == "gzip":
        payload = gzip.decompress(payload)
    if not payload:
        raise refusal(500, 'Cannot invoke "Object.toString()" because "create" is null')
    try:
        return json.loads(payload)
    except ValueError:
        raise Refusal(400, "Unable to process JSON") from None


def shown(refused: Refusal) -> Response:
    """Return the answer in its shape."""
    if isinstance(refused.body, str):
        return PlainTextResponse(refused.body, refused.status)
    return JSONResponse(refused.body, refused.status)


class Broken(Response):
    """An answer that breaks off, or never begins."""

    def __init__(self, how: str) -> None:
        super().__init__(status_code=599)
        self.how = how

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half of an answer, or nothing, and close the connection."""
        if self.how == "half":
            headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"id": "', "more_body": True})
        scope["state"]["abort"]()


def faulty(fault: Fault) -> Response:
    """Return the answer that a fault demands."""
    if fault.how in ("half", "reset"):
        return Broken(fault.how)
    headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else None
    return JSONResponse({"code": fault.status, "message": "on demand"}, fault.status, headers)


class Abortable:
    """Hands a way to close the connection on to the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; where the connection was closed on purpose, say nothing more."""
        aborted = False

        def abort() -> None:
            nonlocal aborted
            aborted = True
            cycle: Any = send.__self__  # type: ignore[attr-defined]  # uvicorn's own, which has the transport
            cycle.transport.close() if started else cycle.transport.abort()

        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            if not aborted:
                await send(message)
                started = True

        scope["state"] = {"abort": abort}
        await self._app(scope, receive, watched)


def application(service: Service) -> Callable[..., Any]:
    """Return the ASGI application."""
    routes = [Route("/{path:path}", service_endpoint(service), methods=METHODS)]
    return Abortable(Starlette(routes=routes, middleware=[Middleware(GZipMiddleware, minimum_size=1000)]))


def service_endpoint(service: Service) -> Callable[[Request], Any]:
    """Return the service as a function, which is what routes take."""

    async def endpoint(request: Request) -> Response:
        return await service(request)

    return endpoint
