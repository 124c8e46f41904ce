"""Requests over HTTP: pooled, compressed, tried again a few times at once."""

from __future__ import annotations

import gzip
import os
import random
import ssl
import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final, Self, TypeVar

import httpx
import msgspec

from phlo_hooks.exceptions import SettingsError, TransientDeliveryError
from phlo_hooks.redaction import redact_text
from phlo_hooks.subscribers.openmetadata.client.answers import Answer, Fault, Refused, wait_asked
from phlo_hooks.subscribers.openmetadata.client.rights import not_allowed, not_known
from phlo_hooks.subscribers.openmetadata.client.stubborn import Stubborn
from phlo_hooks.subscribers.openmetadata.client.token import Token
from phlo_hooks.subscribers.openmetadata.options import URL_VARIABLE, Options, server_url
from phlo_hooks.subscribers.openmetadata.versions import Server

Result = TypeVar("Result")

_API: Final = "/api/v1/"
_COMPRESS_FROM: Final = 1024
_FIRST_WAIT: Final = 0.2
_LONGEST_WAIT: Final = 5.0
"""Seconds that a call waits by itself; whoever asks for more is waited for by the dispatcher."""
_CONNECT: Final = 5.0
_JSON: Final = "application/json"
_PATCH: Final = "application/json-patch+json"


@dataclass(frozen=True)
class _Call:
    method: str
    path: str
    params: Mapping[str, Any] | None = None
    content: bytes | None = None

    @property
    def identity(self) -> Hashable:
        """What tells it from other requests."""
        return (self.method, self.path, tuple(sorted((self.params or {}).items())), self.content)

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again when nobody knows whether the first one was carried out."""
        return self.method != "PATCH"


class _PassingError(Exception):
    """Another try may help: what happened, how long to wait, and whether the request was surely not carried out."""

    def __init__(
        self, text: str, *, asked: float | None = None, untouched: bool = False, fault: Fault | None = None
    ) -> None:
        super().__init__(text)
        self.text = text
        self.asked = asked
        self.untouched = untouched
        self.fault = fault


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
        calls: Requests sent so far, tries included.

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
        self.calls = 0
        self.token = Token(options, environ)
        self._options = options
        self._sleep = sleep
        self._clock = clock
        self._stubborn = Stubborn(clock)
        self._server: Server | None = None
        self._asking = threading.Lock()
        limits = httpx.Limits(max_connections=options.connections, max_keepalive_connections=options.connections)
        self._http = httpx.Client(
            headers={"User-Agent": f"phlo-hooks/{version('phlo-hooks')}", "Accept": _JSON},
            timeout=httpx.Timeout(options.timeout, connect=min(options.timeout, _CONNECT), pool=None),
            limits=limits,
            transport=transport,
            verify=_trust(options, url) if transport is None else False,
        )

    def __repr__(self) -> str:
        return f"Client({self.url})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """Return what is there; ``None`` where the server knows no such thing (404)."""
        try:
            body = self._send(_Call("GET", path, params)).body
        except Refused as refusal:
            if refusal.status == HTTPStatus.NOT_FOUND and not refusal.unrouted:
                return None
            raise
        if not isinstance(body, dict):
            raise TransientDeliveryError(f"GET {self._shown(path)}: the answer is no JSON object")
        return body

    def put(self, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Answer:
        """Create or update; ``Answer.created`` says which. 409: another writer created it at the same moment."""
        return self._send(_Call("PUT", path, params, msgspec.json.encode(body)))

    def post(self, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Answer:
        """Create; 409 is an answer: it is there already."""
        return self._send(_Call("POST", path, params, msgspec.json.encode(body)))

    def patch(self, path: str, body: Sequence[Mapping[str, Any]], params: Mapping[str, Any] | None = None) -> Answer:
        """Apply a JSON patch."""
        return self._send(_Call("PATCH", path, params, msgspec.json.encode(body)))

    def delete(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Remove; ``Refused`` with 404 where it was gone, which is also what a second try may find."""
        return self._send(_Call("DELETE", path, params))

    def server(self) -> Server:
        """Return which server this is and whose token ours is; asked once."""
        with self._asking:
            if self._server is None:
                said = self.get("system/version")
                user = self.get("users/loggedInUser")
                self._server = Server.of(said or {}, user or {})
            return self._server

    def parallel(self, calls: Sequence[Callable[[], Result]]) -> list[Result]:
        """
        Run calls, up to ``options.connections`` at once, and return their results in the order of the calls.

        The first error is raised when those under way have ended; the others are not begun. A call that may be refused
        while the rest goes on catches ``Refused`` itself.
        """
        if len(calls) <= 1 or self._options.connections == 1:
            return [call() for call in calls]
        with ThreadPoolExecutor(min(self._options.connections, len(calls)), "openmetadata") as pool:
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

    def _send(self, call: _Call) -> Answer:
        """Try a few times; what is left then is for the dispatcher, or refused."""
        renewed = False
        tries = 0
        while True:
            token = self.token.value()
            try:
                answer = self._once(call, token)
            except _PassingError as trouble:
                tries += 1
                pause = self._pause(trouble, call, tries)
                if pause is None:
                    raise self._final(trouble, call) from None
                self._sleep(pause)
                continue
            if answer.status != HTTPStatus.UNAUTHORIZED:
                self._stubborn.forget(call.identity)
                return answer
            if renewed or not self.token.renew(token):
                raise not_known(str(answer.body), self.url, self.token, self._clock())
            renewed = True

    def _once(self, call: _Call, token: str) -> Answer:
        self.calls += 1
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = call.content
        if content is not None:
            headers["Content-Type"] = _PATCH if call.method == "PATCH" else _JSON
            if len(content) >= _COMPRESS_FROM:
                content = gzip.compress(content, compresslevel=4, mtime=0)
                headers["Content-Encoding"] = "gzip"
        address = f"{self.url}{_API}{call.path.lstrip('/')}"
        try:
            response = self._http.request(
                call.method, address, params=_plain(call.params), content=content, headers=headers
            )
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            # Its cause is left out: httpx's errors hold the request, and with it the token.
            raise _PassingError(
                self._trouble(error), untouched=isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
            ) from None
        return self._read(call, response)

    def _read(self, call: _Call, response: httpx.Response) -> Answer:
        status = response.status_code
        if response.is_success or status == HTTPStatus.CONFLICT:
            return Answer(status, self._body(response))
        if response.is_redirect:
            place = redact_text(response.headers.get("Location", "elsewhere"))
            raise TransientDeliveryError(
                f"{self._shown(call.path)} redirects to {place}; set {URL_VARIABLE} to the server's own address"
            )
        fault = Fault.of(status, response.content, self.token.hide)
        if status == HTTPStatus.UNAUTHORIZED:
            return Answer(status, fault.message)
        if status == HTTPStatus.FORBIDDEN:
            raise not_allowed(fault.message, call.method, self._shown(call.path))
        if not fault.passing:
            raise Refused(fault.meant, fault.message, call.method, call.path, unrouted=fault.meant != status)
        asked = wait_asked(response.headers.get("Retry-After"), self._clock())
        untouched = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
        raise _PassingError(f"{status} {fault.message}", asked=asked, untouched=untouched, fault=fault)

    def _body(self, response: httpx.Response) -> Any:
        content = response.content
        if not content.strip():
            return None
        try:
            return msgspec.json.decode(content)
        except msgspec.DecodeError:
            kind = response.headers.get("Content-Type", "").partition(";")[0] or "no type"
        if kind == _JSON:
            raise _PassingError("the answer ends in the middle")
        if response.is_success:
            raise _PassingError(f"the answer is {kind}, no JSON; is {self.url} the address of an OpenMetadata server?")
        return None

    def _pause(self, trouble: _PassingError, call: _Call, tries: int) -> float | None:
        """Return how long to wait before the next try; ``None`` when this is not ours to wait for."""
        if tries > self._options.retries or not (call.repeatable or trouble.untouched):
            return None
        if trouble.asked is not None:
            return trouble.asked if trouble.asked <= _LONGEST_WAIT else None
        return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (tries - 1)) * random.uniform(0.5, 1.5)  # noqa: S311  # jitter

    def _final(self, trouble: _PassingError, call: _Call) -> Refused | TransientDeliveryError:
        fault = trouble.fault
        if (
            fault is not None
            and fault.status == HTTPStatus.INTERNAL_SERVER_ERROR
            and (fault.defect or (self._stubborn.failed(call.identity) and self._answers()))
        ):
            return Refused(fault.status, fault.message, call.method, call.path)
        return TransientDeliveryError(
            f"{call.method} {self._shown(call.path)}: {trouble.text}", retry_after=trouble.asked
        )

    def _answers(self) -> bool:
        """Whether the server answers what needs its database."""
        try:
            return self._once(_Call("GET", "users/loggedInUser"), self.token.value()).status == HTTPStatus.OK
        except (_PassingError, Refused, TransientDeliveryError):
            return False

    def _shown(self, path: str) -> str:
        return f"{self.url}{_API}{path.lstrip('/')}"

    def _trouble(self, error: Exception) -> str:
        """Say what went wrong on the way."""
        if isinstance(error, httpx.TimeoutException):
            return f"no answer within {self._options.timeout:g} s ({type(error).__name__})"
        said = self.token.hide(redact_text(" ".join(str(error).split()))) or "no more is known"
        return f"{type(error).__name__}: {said}"


def _plain(params: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if params is None:
        return None
    return {name: value for name, value in params.items() if value is not None}


def _trust(options: Options, url: str) -> ssl.SSLContext | bool:
    """Return how the server's certificate is checked; a context is made only where one is needed."""
    if isinstance(options.verify_ssl, bool):
        return options.verify_ssl and url.startswith("https:")
    try:
        return ssl.create_default_context(cafile=options.verify_ssl)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"openmetadata: verify_ssl names {options.verify_ssl!r}, which is no readable file of certificates: {error}"
        ) from None
