"""The bot's token: where it comes from, when it ends, and how nobody sees it."""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from phlo_hooks.exceptions import TransientDeliveryError
from phlo_hooks.redaction import REDACTED
from phlo_hooks.subscribers.openmetadata.options import TOKEN_VARIABLE, Options

_SCHEME: Final = "bearer "
_PARTS: Final = 3
_SHORTEST: Final = 8
"""What is shorter is no token, and could be part of any word."""


class Token:
    """
    A token that is read when it is first used, and again from its file when the server refused it.

    Attributes:
        origin: Where it comes from, for people; ``""`` where there is none.
    """

    def __init__(self, options: Options, environ: Mapping[str, str]) -> None:
        self._given = environ.get(TOKEN_VARIABLE, "").strip() or (options.jwt or "").strip()
        self._file = None if self._given or not options.jwt_file else Path(options.jwt_file).expanduser()
        self._value: str | None = None
        self._lock = threading.Lock()
        if environ.get(TOKEN_VARIABLE, "").strip():
            self.origin = TOKEN_VARIABLE
        elif self._given:
            self.origin = "the setting jwt"
        else:
            self.origin = f"the file {self._file}" if self._file else ""

    def __repr__(self) -> str:
        return f"Token(from {self.origin or 'nowhere'})"

    def value(self) -> str:
        """
        Return it without ``Bearer`` and blanks; ``""`` where there is none.

        Raises:
            TransientDeliveryError: Its file cannot be read, or it holds what no token holds.
        """
        with self._lock:
            if self._value is None:
                self._value = self._read()
            return self._value

    def renew(self, refused: str) -> bool:
        """Say whether there is another one by now than the one that was refused; only a file's is read again."""
        with self._lock:
            if self._value == refused and self._file is not None:
                self._value = self._read()
            return self._value != refused

    def hide(self, text: str) -> str:
        """Return the text without it."""
        value = self._value or ""
        return text.replace(value, REDACTED) if len(value) >= _SHORTEST else text

    def _read(self) -> str:
        text = self._given
        if self._file is not None:
            try:
                text = self._file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else "it is no text"
                raise TransientDeliveryError(
                    f"OpenMetadata's token cannot be read from {self._file}: {reason}; "
                    f"mend jwt_file, or set {TOKEN_VARIABLE}",
                    outage=True,
                ) from None
        if text.lower().startswith(_SCHEME):
            text = text[len(_SCHEME) :].strip()
        if not all("!" <= letter <= "~" for letter in text):
            raise TransientDeliveryError(
                f"{self.origin} holds no token of OpenMetadata's: there are blanks or other letters than a token's "
                "in it; copy the bot's token anew (Settings > Bots)",
                outage=True,
            )
        return text


def ends_at(token: str) -> datetime | None:
    """Return when a JWT ends, as it says itself, its signature unchecked; ``None`` when it does not say."""
    moment = _payload(token).get("exp")
    if isinstance(moment, bool) or not isinstance(moment, (int, float)):
        return None
    try:
        return datetime.fromtimestamp(moment, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _payload(token: str) -> Mapping[str, Any]:
    parts = token.split(".")
    if len(parts) != _PARTS:
        return {}
    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        payload = msgspec.json.decode(base64.urlsafe_b64decode(padded))
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return {}
    return payload if isinstance(payload, Mapping) else {}
