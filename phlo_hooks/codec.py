"""Events to bytes and back."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import msgspec

from phlo_hooks.events import CLASS_BY_TYPE, ENVELOPE, EVENT_CLASSES, VERSION, GenericEvent, HookEvent
from phlo_hooks.exceptions import CodecError, EventError, UnsupportedVersionError
from phlo_hooks.upcasters import UPCASTERS

_encoder: Final = msgspec.json.Encoder()
_DEPTH: Final = 8
_MAJOR: Final = int(VERSION.partition(".")[0])


def encode_event(event: HookEvent) -> bytes:
    """
    Return the event as JSON, UTF-8; the data of a GenericEvent stands beside the envelope.

    A lone surrogate, as in a file's name that is no UTF-8, has no such form: its escape is written in its place.

    Raises:
        CodecError: Something in it has no JSON form.
    """
    try:
        fields = _flat(event) if isinstance(event, GenericEvent) else event
        try:
            return _encoder.encode(fields)
        except UnicodeEncodeError:
            return _encoder.encode(_escaped(msgspec.to_builtins(fields)))
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError) as error:
        if isinstance(error, CodecError):
            raise
        place = _without_form({field.name: getattr(event, field.name) for field in dataclasses.fields(event)})
        raise CodecError(f"{event.event_type} {event.event_id} has no JSON form{place}: {error}") from error


def decode_event(body: bytes) -> HookEvent:
    """
    Return the event that the bytes say; fields that this version does not know are left out.

    A type that is not known becomes a GenericEvent with every field beyond the envelope in ``data``.

    Raises:
        CodecError: The bytes are no event.
        UnsupportedVersionError: The event's major version is newer than this library.
    """
    try:
        head = _head.decode(body)
        _refuse_newer(head.event_type, head.version)
        cls = CLASS_BY_TYPE.get(head.event_type)
        if cls is None or UPCASTERS.has(head.event_type, head.version):
            return _from_fields(msgspec.json.decode(body), head.event_type, head.version)
        return _decoders[cls].decode(body)
    except UnsupportedVersionError:
        raise
    except (msgspec.MsgspecError, EventError, UnicodeDecodeError, RecursionError) as error:
        raise CodecError(f"not an event: {error}") from error


def event_fields(event: HookEvent) -> dict[str, Any]:
    """
    Return the event as plain JSON values, as they would be encoded.

    Raises:
        CodecError: Something in it has no JSON form.
    """
    fields: dict[str, Any] = msgspec.json.decode(encode_event(event))
    return fields


def event_of(fields: dict[str, Any]) -> HookEvent:
    """
    Return the event of the plain values that ``event_fields`` gives.

    Raises:
        CodecError: They are no event.
        UnsupportedVersionError: Their major version is newer than this library.
    """
    try:
        return decode_event(_encoder.encode(fields))
    except TypeError as error:
        raise CodecError(f"not an event: {error}") from error


class _Head(msgspec.Struct):
    event_type: str
    event_id: str
    timestamp: str
    version: str = VERSION


_head: Final = msgspec.json.Decoder(_Head)
_decoders: Final = {cls: msgspec.json.Decoder(cls) for cls in EVENT_CLASSES}


def _refuse_newer(event_type: str, version: str) -> None:
    major, dot, minor = version.partition(".")
    if not (dot and major.isascii() and major.isdigit() and minor.isascii() and minor.isdigit()):
        raise CodecError(f"version {version!r} of {event_type} is not major.minor")
    if int(major) > _MAJOR:
        raise UnsupportedVersionError(event_type, version, VERSION)


def _from_fields(fields: dict[str, Any], event_type: str, version: str) -> HookEvent:
    raised = UPCASTERS.raise_to_current(fields, event_type, version)
    cls = CLASS_BY_TYPE.get(raised["event_type"])
    if cls is not None:
        return msgspec.convert(raised, cls)
    envelope = {name: value for name, value in raised.items() if name in ENVELOPE}
    data = {name: value for name, value in raised.items() if name not in ENVELOPE}
    return msgspec.convert({**envelope, "data": data}, GenericEvent)


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_escaped(name): _escaped(item) for name, item in value.items()}
    return [_escaped(item) for item in value] if isinstance(value, (list, tuple)) else value


def _without_form(value: Any, path: str = "", depth: int = _DEPTH) -> str:
    """Return the place of the innermost value that cannot be written, for a message."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    for name, item in inner if depth else ():
        try:
            _encoder.encode(_escaped(item))
        except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError):
            return _without_form(item, f"{path}.{name}" if path else str(name), depth - 1)
    return f" at {path}" if path else ""


def _flat(event: GenericEvent) -> dict[str, Any]:
    if event.event_type in CLASS_BY_TYPE:
        raise CodecError(f"{event.event_type} is an event of {CLASS_BY_TYPE[event.event_type].__name__}; use the class")
    return {**{name: getattr(event, name) for name in ENVELOPE}, **event.data}
