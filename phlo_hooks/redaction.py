"""What must never leave the process, taken out of whatever is about to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, TypeVar

from phlo_hooks.events import HookEvent

REDACTED: Final = "[redacted]"

_WORDS: Final = frozenset(
    {
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "pass",
        "secret",
        "secrets",
        "credential",
        "credentials",
        "authorization",
        "cookie",
        "apikey",
        "accesskey",
        "secretkey",
        "privatekey",
        "accountkey",
        "sig",
        "signature",
        "bearer",
        "sas",
        "dsn",
        "otp",
        "pin",
    }
)
_ENDINGS: Final = ("password", "passwd", "secret", "passphrase", "apikey")
_TOKENS: Final = frozenset({"token", "tokens", "jwt"})
_COUNTED: Final = frozenset(
    {"count", "counts", "limit", "type", "types", "used", "usage", "total", "length", "size", "budget"}
)
_KEY_OWNERS: Final = frozenset(
    {"api", "access", "secret", "private", "account", "encryption", "signing", "shared", "master", "auth", "service"}
)
_IDENTITY: Final = frozenset({"event_id", "key", "event_type", "version", "timestamp", "correlation"})

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SPLIT: Final = re.compile(r"[^A-Za-z0-9]+")
_HINT: Final = re.compile(r"[=@:]|--|[A-Za-z0-9_/+-]{20}")
_PEM: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_SCHEME: Final = re.compile(r"(?i)\b(bearer|basic|negotiate|digest)(\s+)(?!\[redacted\])[A-Za-z0-9._~+/=:-]{6,}")
_USERINFO: Final = re.compile(r"(://)(?:[^\s/?#\"'<>]{0,1024}|[^\s/:@]{0,256}:(?!\d{1,5}[/?#])[^\s@\"'<>]{0,1024})@")
_BARE_USERINFO: Final = re.compile(r"(?<![\w/.+-])[\w.+-]{1,64}:[^\s:@/\"'<>]{1,256}@(?=[\w\[.-])")
_NAME: Final = re.compile(
    r"(?<![\w.-])(?:(?P<name>-{0,2}[A-Za-z_][\w.-]{0,80})\\?[\"']?\s{0,3}(?:=>|[=:])|(?P<option>--[A-Za-z][\w.-]{0,80}))\s{0,3}"
)
_VALUE: Final = re.compile(
    r"\\?\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?"
    r"|(?:(?i:bearer|basic|digest|negotiate|token)\s{1,3})?(?:\[redacted\]|[^\s,;&\"'])+"
    r"(?:(?<=[=:])(?:\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?))?"
)
_SQL_LITERAL: Final = re.compile(
    r"(?P<name>\bidentified\s{1,20}by|\b[A-Za-z_]\w{0,80})(?P<space>\s{1,20})'(?:[^']|'')*'?"
    r"|'(?:[^']|'')*'?|\"[^\"]*\"?|--[^\n]*",
    re.IGNORECASE,
)
"""A literal behind a word; literals, quoted names and comments by themselves, so that none is taken for code."""
_SHAPES: Final = re.compile(
    r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}"
    r"|\bxox[abeoprs]-[\w-]{10,}|hooks\.slack\.com/(?:services|workflows)/[\w/-]+"
    r"|\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}"
    r"|\b[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|\bsk-[\w-]{20,}"
    r"|\bnpm_[A-Za-z0-9]{30,}|\bpypi-[\w-]{30,}|\bhf_[A-Za-z0-9]{20,}|\bdapi[0-9a-f]{32}\b|\bdop_v1_[0-9a-f]{32,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"
)

Event = TypeVar("Event", bound=HookEvent)


def redact(value: Any, *, extra_names: Iterable[str] = ()) -> Any:
    """
    Return ``value`` without secrets: by the names of mappings' keys, and by what strings look like.

    Containers keep their kind where they can (a tuple stays one, mappings become ``dict``); what holds no secret is
    returned as it is.

    Args:
        extra_names: More names, or globs, whose values are secret.
    """
    return _redact(value, tuple(name.lower() for name in extra_names))


def redact_text(text: str) -> str:
    """Return the text with credentials in URLs, ``user:pass@``, ``name=secret`` and known shapes of keys replaced."""
    return _redact_text(text, ())


def redact_sql(sql: str) -> str:
    """Return the statement as ``redact_text`` does, and without the literals that follow a secret's name in SQL."""
    return redact_text(_SQL_LITERAL.sub(_without_literal, sql))


def _without_literal(found: re.Match[str]) -> str:
    name = found["name"] or ""
    is_secret = is_secret_name(name) or len(name.split()) > 1
    return f"{name}{found['space']}'{REDACTED}'" if is_secret else found.group()


def redact_event(event: Event, *, extra_names: Iterable[str] = ()) -> Event:
    """Return the event without secrets, or the event itself when it holds none; ids, times and correlation are kept."""
    clean: Event = _redact_fields(event, tuple(name.lower() for name in extra_names), _IDENTITY)
    return clean


def is_secret_name(name: str, extra_names: tuple[str, ...] = ()) -> bool:
    """Say whether a thing of this name is a secret; ``asset_key`` and ``token_count`` are not."""
    return _secrecy(name, extra_names) > 0


@lru_cache(maxsize=4096)
def _secrecy(name: str, extra: tuple[str, ...]) -> int:
    """Return 0 for open, 1 for secret unless a number, 2 for secret whatever it is."""
    low = name.lower().lstrip("-")
    if any(fnmatchcase(low, glob) for glob in extra):
        return 2
    words = [word.lower() for word in _SPLIT.split(_CAMEL.sub("_", name)) if word]
    if not _WORDS.isdisjoint(words) or any(word.endswith(_ENDINGS) for word in words):
        return 2
    if any(owner in _KEY_OWNERS and key in {"key", "keys"} for owner, key in pairwise(words)):
        return 2
    if ("connection", "string") in pairwise(words):
        return 2
    return 0 if _TOKENS.isdisjoint(words) or not _COUNTED.isdisjoint(words) else 1


def _redact(value: Any, extra: tuple[str, ...]) -> Any:
    clean = value
    if isinstance(value, str):
        clean = _redact_text(value, extra)
    elif value is None or isinstance(value, (bool, int, float)):
        pass
    elif isinstance(value, Mapping):
        clean = _redact_mapping(value, extra)
    elif isinstance(value, (list, tuple, set, frozenset)):
        clean = _redact_items(value, extra)
    elif isinstance(value, (bytes, bytearray)):
        clean = _redact_bytes(value, extra)
    elif is_dataclass(value) and not isinstance(value, type):
        clean = _redact_fields(value, extra, frozenset())
    return clean


def _redact_bytes(value: bytes | bytearray, extra: tuple[str, ...]) -> bytes | bytearray:
    text = value.decode("utf-8", "surrogateescape")
    clean = _redact_text(text, extra)
    return value if clean == text else clean.encode("utf-8", "surrogateescape")


def _redact_mapping(value: Mapping[Any, Any], extra: tuple[str, ...]) -> Any:
    clean = {}
    changed = False
    for key, item in value.items():
        new_key = _redact_text(key, extra) if isinstance(key, str) else key
        new = _hide(item) if isinstance(key, str) and _hidden(key, item, extra) else _redact(item, extra)
        changed = changed or new is not item or new_key is not key
        clean[new_key] = new
    return clean if changed else value


def _hidden(name: str, value: object, extra: tuple[str, ...]) -> bool:
    secrecy = _secrecy(name, extra)
    return secrecy > 1 or (secrecy == 1 and not isinstance(value, (int, float)))


def _hide(value: Any) -> Any:
    return value if value is None or isinstance(value, bool) or value in ("", REDACTED) else REDACTED


def _redact_items(value: Any, extra: tuple[str, ...]) -> Any:
    clean = [_redact(item, extra) for item in value]
    if all(new is old for new, old in zip(clean, value, strict=True)):
        return value
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*clean)
    return next(kind for kind in (list, tuple, frozenset, set) if isinstance(value, kind))(clean)


def _redact_fields(value: Any, extra: tuple[str, ...], keep: frozenset[str]) -> Any:
    changes = {}
    for name, old in value.__dict__.items():
        if name not in keep and (new := _redact(old, extra)) is not old:
            changes[name] = new
    return replace(value, **changes) if changes else value


def _redact_text(text: str, extra: tuple[str, ...]) -> str:
    if not _HINT.search(text):
        return text

    clean = _PEM.sub(REDACTED, text)
    clean = _SHAPES.sub(REDACTED, clean)
    clean = _SCHEME.sub(rf"\1\2{REDACTED}", clean)
    clean = _USERINFO.sub(rf"\1{REDACTED}@", clean)
    clean = _BARE_USERINFO.sub(f"{REDACTED}@", clean)
    clean = _redact_assigned(clean, extra)
    return text if clean == text else clean


def _redact_assigned(text: str, extra: tuple[str, ...]) -> str:
    """Replace the values of secret names, as in ``name=value``, ``"name": "value"`` or ``--name value``."""
    pieces: list[str] = []
    done = position = 0
    while (found := _NAME.search(text, position)) is not None:
        position = found.end()
        name = found["name"] or found["option"]
        value = _VALUE.match(text, position) if is_secret_name(name, extra) else None
        if value is None:
            continue
        quote = value.group()[0] if value.group()[0] in "\"'" else ""
        pieces += (text[done : value.start()], quote, REDACTED, quote)
        done = position = value.end()
    return "".join((*pieces, text[done:]))
