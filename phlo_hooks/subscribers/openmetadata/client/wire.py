"""The wire: one request with its headers, tried again a few times at once, and its answer read."""

from __future__ import annotations

import gzip
import random
import ssl
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from phlo_hooks.exceptions import SettingsError, TransientDeliveryError
from phlo_hooks.redaction import redact_text
from phlo_hooks.subscribers.openmetadata.client.answers import Answer, Fault, Refused, wait_asked
from phlo_hooks.subscribers.openmetadata.client.calls import Call, PassingError
from phlo_hooks.subscribers.openmetadata.client.rights import not_allowed, not_known
from phlo_hooks.subscribers.openmetadata.client.stubborn import Stubborn
from phlo_hooks.subscribers.openmetadata.client.token import Token
from phlo_hooks.subscribers.openmetadata.options import URL_VARIABLE, Options

_API: Final = "/api/v1/"
_COMPRESS_FROM: Final = 1024
_FIRST_WAIT: Final = 0.2
_LONGEST_WAIT: Final = 5.0
"""Seconds that a call waits by itself; whoever asks for more is waited for by the dispatcher."""
_CONNECT: Final = 5.0
_JSON: Final = "application/json"
_PATCH: Final = "application/json-patch+json"
_WORDS: Final = {"true": True, "false": False}


class Wire:
    """
    Sends calls; safe to use from several threads.

    Args:
        url: Of the server, without ``/api``.
        transport: Takes the place of the network.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        url: str,
        options: Options,
        token: Token,
        *,
        transport: httpx.BaseTransport | None,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._url = url
        self._options = options
        self._token = token
        self._sleep = sleep
        self._clock = clock
        self._stubborn = Stubborn(clock)
        self._counting = threading.Lock()
        self._sent = 0
        limits = httpx.Limits(max_connections=options.connections, max_keepalive_connections=options.connections)
        self._http = httpx.Client(
            headers={"User-Agent": f"phlo-hooks/{version('phlo-hooks')}", "Accept": _JSON},
            timeout=httpx.Timeout(options.timeout, connect=min(options.timeout, _CONNECT), pool=None),
            limits=limits,
            transport=transport,
            verify=_trust(options, url) if transport is None else False,
        )

    @property
    def sent(self) -> int:
        """Requests sent so far, tries included."""
        return self._sent

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, call: Call) -> Answer:
        """Try a few times; what is left then is for the dispatcher, or refused."""
        renewed = False
        tries = 0
        while True:
            token = self._token.value()
            try:
                answer = self._once(call, token)
            except PassingError as trouble:
                tries += 1
                pause = self._pause(trouble, call, tries)
                if pause is None:
                    raise self._final(trouble, call) from None
                self._sleep(pause)
                continue
            if answer.status != HTTPStatus.UNAUTHORIZED:
                self._stubborn.forget(call.identity)
                return answer
            if renewed or not self._token.renew(token):
                raise not_known(str(answer.body), self._url, self._token, self._clock())
            renewed = True

    def _once(self, call: Call, token: str) -> Answer:
        with self._counting:
            self._sent += 1
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = call.content
        if content is not None:
            headers["Content-Type"] = _PATCH if call.method == "PATCH" else _JSON
            if len(content) >= _COMPRESS_FROM:
                content = gzip.compress(content, compresslevel=4, mtime=0)
                headers["Content-Encoding"] = "gzip"
        address = f"{self._url}{_API}{call.path.lstrip('/')}"
        try:
            response = self._http.request(
                call.method, address, params=_plain(call.params), content=content, headers=headers
            )
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            # Its cause is left out: httpx's errors hold the request, and with it the token.
            raise PassingError(
                self._trouble(error), untouched=isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
            ) from None
        return self._read(call, response)

    def _read(self, call: Call, response: httpx.Response) -> Answer:
        status = response.status_code
        if response.is_success or status == HTTPStatus.CONFLICT:
            return Answer(status, self._body(response))
        if response.is_redirect:
            place = redact_text(response.headers.get("Location", "elsewhere"))
            raise TransientDeliveryError(
                f"{self.shown(call.path)} redirects to {place}; set {URL_VARIABLE} to the server's own address"
            )
        fault = Fault.of(status, response.content, self._token.hide)
        if status == HTTPStatus.UNAUTHORIZED:
            return Answer(status, fault.message)
        if status == HTTPStatus.FORBIDDEN:
            raise not_allowed(fault.message, call.method, self.shown(call.path))
        if not fault.passing:
            raise Refused(fault.meant, fault.message, call.method, call.path, unrouted=fault.meant != status)
        asked = wait_asked(response.headers.get("Retry-After"), self._clock())
        untouched = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
        strange = "" if fault.spoken or status != HTTPStatus.NOT_FOUND else f"; is OpenMetadata up behind {self._url}?"
        raise PassingError(f"{status} {fault.message}{strange}", asked=asked, untouched=untouched, fault=fault)

    def _body(self, response: httpx.Response) -> Any:
        content = response.content
        if not content.strip():
            return None
        try:
            return msgspec.json.decode(content)
        except msgspec.DecodeError:
            kind = response.headers.get("Content-Type", "").partition(";")[0] or "no type"
        if kind == _JSON:
            raise PassingError("the answer ends in the middle")
        if response.is_success:
            raise PassingError(f"the answer is {kind}, no JSON; is {self._url} the address of an OpenMetadata server?")
        return None

    def _pause(self, trouble: PassingError, call: Call, tries: int) -> float | None:
        """Return how long to wait before the next try; ``None`` when this is not ours to wait for."""
        if tries > self._options.retries or not (call.repeatable or trouble.untouched):
            return None
        if trouble.asked is not None and trouble.asked > _LONGEST_WAIT:
            return None
        own = _FIRST_WAIT * 2.0 ** (tries - 1) * random.uniform(0.5, 1.5)  # noqa: S311  # jitter
        return min(_LONGEST_WAIT, max(trouble.asked or 0.0, own))

    def _final(self, trouble: PassingError, call: Call) -> Refused | TransientDeliveryError:
        fault = trouble.fault
        if (
            fault is not None
            and fault.status == HTTPStatus.INTERNAL_SERVER_ERROR
            and (fault.defect or (self._stubborn.failed(call.identity) and self._answers()))
        ):
            return Refused(fault.status, fault.message, call.method, call.path)
        return TransientDeliveryError(
            f"{call.method} {self.shown(call.path)}: {trouble.text}", retry_after=trouble.asked
        )

    def _answers(self) -> bool:
        """Whether the server answers what needs its database."""
        try:
            return self._once(Call("GET", "users/loggedInUser"), self._token.value()).status == HTTPStatus.OK
        except (PassingError, Refused, TransientDeliveryError):
            return False

    def shown(self, path: str) -> str:
        """Return a path's whole address, for people."""
        return f"{self._url}{_API}{path.lstrip('/')}"

    def _trouble(self, error: Exception) -> str:
        """Say what went wrong on the way."""
        if isinstance(error, httpx.TimeoutException):
            return f"no answer within {self._options.timeout:g} s ({type(error).__name__})"
        said = self._token.hide(redact_text(" ".join(str(error).split()))) or "no more is known"
        return f"{type(error).__name__}: {said}"


def _plain(params: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if params is None:
        return None
    return {name: value for name, value in params.items() if value is not None}


def _trust(options: Options, url: str) -> ssl.SSLContext | bool:
    """Return how the server's certificate is checked; a context is made only where one is needed."""
    given = options.verify_ssl
    # From a variable it comes as text.
    checked = _WORDS.get(given.lower(), given) if isinstance(given, str) else given
    if isinstance(checked, bool):
        return checked and url.startswith("https:")
    path = Path(checked).expanduser()
    try:
        if path.is_dir():
            return ssl.create_default_context(capath=str(path))
        return ssl.create_default_context(cafile=str(path))
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"openmetadata: verify_ssl names {checked!r}, which is no readable file of certificates: {error}"
        ) from None
