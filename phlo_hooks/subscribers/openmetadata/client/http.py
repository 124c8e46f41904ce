"""The server's REST interface, as data in and data out."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from http import HTTPStatus
from typing import Any, Self, TypeVar

import httpx
import msgspec

from phlo_hooks.exceptions import SettingsError, TransientDeliveryError
from phlo_hooks.subscribers.openmetadata.client.answers import Answer, Refused
from phlo_hooks.subscribers.openmetadata.client.calls import Call
from phlo_hooks.subscribers.openmetadata.client.token import Token
from phlo_hooks.subscribers.openmetadata.client.wire import Wire
from phlo_hooks.subscribers.openmetadata.options import Options, server_url
from phlo_hooks.subscribers.openmetadata.versions import Server

Result = TypeVar("Result")


class Client:
    """
    The server's REST interface; safe to use from several threads.

    Paths are relative to ``/api/v1`` and quoted by the caller; bodies and answers are plain data. What a call raises:
    ``Refused`` for what the server will never take, ``TransientDeliveryError`` for all else that is no success, after
    ``options.retries`` quick tries. A PATCH whose answer was lost is not sent again: its caller reads anew.

    Args:
        environ: Where ``OPENMETADATA_URL`` and ``OPENMETADATA_JWT`` are looked up.
        transport: Takes the place of the network.
        clock: Seconds since the epoch.

    Attributes:
        url: The server's address, without ``/api``.
        token: The bot's.

    Raises:
        SettingsError: No URL is configured, or what is configured is none.
    """

    def __init__(
        self,
        options: Options,
        *,
        environ: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        environ = os.environ if environ is None else environ
        url = server_url(options, environ)
        if url is None:
            raise SettingsError(
                "no OpenMetadata server is configured; set OPENMETADATA_URL, or write into phlo_hooks.toml: "
                '[plugins.config.openmetadata] url = "http://localhost:8585"'
            )
        self.url = url
        self.token = Token(options, environ)
        self._connections = options.connections
        self._wire = Wire(url, options, self.token, transport=transport, sleep=sleep, clock=clock)
        self._server: Server | None = None
        self._asking = threading.Lock()

    def __repr__(self) -> str:
        return f"Client({self.url})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    @property
    def calls(self) -> int:
        """Requests sent so far, tries included."""
        return self._wire.sent

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """Return what is there; ``None`` where the server knows no such thing (404)."""
        try:
            body = self._wire.send(Call("GET", path, params)).body
        except Refused as refusal:
            if refusal.status == HTTPStatus.NOT_FOUND and not refusal.unrouted:
                return None
            raise
        if not isinstance(body, dict):
            raise TransientDeliveryError(f"GET {self._wire.shown(path)}: the answer is no JSON object")
        return body

    def put(self, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Answer:
        """Create or update; ``Answer.created`` says which. 409: another writer created it at the same moment."""
        return self._wire.send(Call("PUT", path, params, msgspec.json.encode(body)))

    def post(self, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Answer:
        """Create; 409 is an answer: it is there already."""
        return self._wire.send(Call("POST", path, params, msgspec.json.encode(body)))

    def patch(self, path: str, body: Sequence[Mapping[str, Any]], params: Mapping[str, Any] | None = None) -> Answer:
        """Apply a JSON patch."""
        return self._wire.send(Call("PATCH", path, params, msgspec.json.encode(body)))

    def delete(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Remove; ``Refused`` with 404 where it was gone, which is also what a second try may find."""
        return self._wire.send(Call("DELETE", path, params))

    def server(self) -> Server:
        """Return which server this is and whose token ours is; asked once."""
        with self._asking:
            if self._server is None:
                said = self.get("system/version")
                if said is None:
                    raise TransientDeliveryError(f"{self.url} knows no version of OpenMetadata; is it its address?")
                user = self.get("users/loggedInUser")
                self._server = Server.of(said, user or {})
            return self._server

    def parallel(self, calls: Sequence[Callable[[], Result]]) -> list[Result]:
        """
        Run calls, up to ``options.connections`` at once, and return their results in the order of the calls.

        The first error is raised when those under way have ended; the others are not begun. A call that may be refused
        while the rest goes on catches ``Refused`` itself.
        """
        if len(calls) <= 1 or self._connections == 1:
            return [call() for call in calls]
        with ThreadPoolExecutor(min(self._connections, len(calls)), "openmetadata") as pool:
            futures: list[Future[Result]] = [pool.submit(call) for call in calls]
            try:
                done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            finally:
                for future in futures:
                    future.cancel()
        failed = next((each for each in futures if each in done and each.exception()), None)
        if failed is not None:
            failed.result()
        return [future.result() for future in futures]
