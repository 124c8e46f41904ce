"""
Who may ask what: the server is for pages that it served itself, in browsers on this machine.

A browser takes any website's requests to 127.0.0.1. Four things keep such a website out: its requests name another
host (DNS rebinding) or another origin, it cannot read the token that changes need, and no answer allows it to be read.
"""

from __future__ import annotations

import hmac
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER: Final = "X-Phlo-Hooks-Token"  # noqa: S105  # a header's name, no secret
HOST_NAMES: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_READS: Final = frozenset({"GET", "HEAD"})
_API: Final = "/api/"
_HEADERS: Final = {
    "Content-Security-Policy": "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """
    Refuses what no page of this server would ask, and marks every answer as nobody else's.

    Args:
        token: What a request that changes something has to bring in ``X-Phlo-Hooks-Token``.
    """

    def __init__(self, app: ASGIApp, *, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send_marked)
        else:
            status, reason = refusal
            await JSONResponse({"error": reason}, status)(scope, receive, send_marked)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or _host_name(hosts[0]) not in HOST_NAMES:
            return 421, "this server answers to 127.0.0.1 and localhost only"
        reads = scope["method"] in _READS
        site = headers.get("sec-fetch-site", "same-origin")
        if (scope["path"].startswith(_API) or not reads) and site not in {"same-origin", "none"}:
            return 403, "asked by another site"
        origins = headers.getlist("origin")
        if origins and origins != [f"http://{hosts[0]}"]:
            return 403, "asked by another origin"
        if reads:
            return None
        return self._refused_change(scope["method"], headers)

    def _refused_change(self, method: str, headers: Headers) -> tuple[int, str] | None:
        if method != "POST":
            return 405, "only GET and POST"
        given = headers.get(TOKEN_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._token.encode()):
            return 403, "the page is from before this server was started; load it again"
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return 415, "the body has to be application/json"
        return None


def _host_name(host: str) -> str:
    """Return the name without its port, which a tunnel may have changed."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower()
