"""What the server's answers mean: done, refused for good, or to be tried again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

import msgspec

from phlo_hooks.exceptions import HooksError
from phlo_hooks.redaction import redact_text

_CREATED: Final = 201
_PASSING: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_LONGEST: Final = 600
_BRACKET: Final = re.compile(r"\[HTTP (\d{3})\b[^\]]*\]")
"""Unknown routes, methods and media types are answered with 500; the code that is meant stands in the text."""
_DEFECT: Final = re.compile(
    r"Cannot invoke \"|NullPointerException|ClassCastException|IndexOutOfBounds|IllegalArgumentException"
    r"|script_exception|JSON Patch|JSON Pointer|Non-existing name/value pair",
    re.IGNORECASE,
)
"""Texts of a server that stumbles over what it was sent, and will do so each time."""


@dataclass(frozen=True)
class Answer:
    """
    What the server said to a request that it took, or that found what it would make (409).

    Attributes:
        body: JSON as plain data; ``None`` where there is none, as for ``PUT /lineage``.
    """

    status: int
    body: Any = None

    @property
    def created(self) -> bool:
        """Whether the entity is new."""
        return self.status == _CREATED


class Refused(HooksError):  # noqa: N818  # an answer that the publisher reads, and no delivery error by itself
    """
    The server will never take this request: a 4xx other than 401, 403, 409, 429, or a defect that comes each time.

    Attributes:
        status: The code that is meant; see ``Fault.of``.
        message: What the server said, redacted, one line.
        method: Such as ``PUT``.
        path: Under ``/api/v1``.
        unrouted: The server has no such route, method or media type, rather than no such entity.
    """

    def __init__(self, status: int, message: str, method: str, path: str, *, unrouted: bool = False) -> None:
        super().__init__(f"{method} {path}: {status} {message}")
        self.status = status
        self.message = message
        self.method = method
        self.path = path
        self.unrouted = unrouted


@dataclass(frozen=True)
class Fault:
    """
    An answer that is no success.

    Attributes:
        status: As sent.
        meant: The code that is meant: the bracket's in a 500's text, else ``status``.
        message: What the server said, redacted, one line, not long.
        spoken: Whether it is a JSON object, as OpenMetadata's own errors are, all but one of them (400).
    """

    status: int
    meant: int
    message: str
    spoken: bool

    @classmethod
    def of(cls, status: int, content: bytes, hide: Callable[[str], str]) -> Fault:
        """
        Read both shapes of an error, and what is neither.

        Args:
            hide: Takes the token out of a text.
        """
        body = _object(content)
        text = _text(body, content)
        bracket = _BRACKET.search(text) if status == HTTPStatus.INTERNAL_SERVER_ERROR else None
        meant = int(bracket[1]) if bracket else status
        shown = redact_text(hide(" ".join(text.split())))
        said = shown if len(shown) <= _LONGEST else shown[: _LONGEST - 2] + " …"
        return cls(status, meant, said, spoken=body is not None)

    @property
    def passing(self) -> bool:
        """Whether the same request may be taken a little later; a proxy's own 404 says that no server is there."""
        return (
            self.meant in _PASSING
            or self.meant >= HTTPStatus.INTERNAL_SERVER_ERROR
            or (self.status == HTTPStatus.NOT_FOUND and not self.spoken)
        )

    @property
    def defect(self) -> bool:
        """
        Whether a 500 comes from what was sent, as far as its text shows.

        Such a request is refused after the quick retries: tried for ever, it would hold up everything behind it. A 500
        of any other text, 502, 503 and 504 are the server's own trouble.
        """
        return self.status == HTTPStatus.INTERNAL_SERVER_ERROR and _DEFECT.search(self.message) is not None


def _object(content: bytes) -> Mapping[str, Any] | None:
    try:
        body = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return body if isinstance(body, Mapping) else None


def _text(body: Mapping[str, Any] | None, content: bytes) -> str:
    for name in ("message", "responseMessage", "errors", "error"):
        if body and body.get(name):
            return str(body[name])
    return content.decode("utf-8", "replace") or "(no text)"


def wait_asked(value: str | None, now: float) -> float | None:
    """
    Return the seconds that ``Retry-After`` asks for; ``None`` when it says nothing that can be read.

    Args:
        value: Seconds, or a date.
        now: Seconds since the epoch.
    """
    if not value:
        return None
    try:
        return max(0.0, float(value)) if float(value) < float("inf") else None
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.fromtimestamp(now, UTC)).total_seconds())
