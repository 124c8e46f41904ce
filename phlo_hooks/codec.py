"""Events to bytes and back."""

from __future__ import annotations

import msgspec

from phlo_hooks.events import CLASS_BY_TYPE, GenericEvent, HookEvent
from phlo_hooks.exceptions import CodecError


def encode_event(event: HookEvent) -> bytes:
    """Return the event as JSON, UTF-8."""
    return msgspec.json.encode(event)


def decode_event(body: bytes) -> HookEvent:
    """
    Return the event that the bytes say.

    Raises:
        CodecError: The bytes are no event.
    """
    try:
        head = msgspec.json.decode(body, type=_Head)
        return msgspec.json.decode(body, type=CLASS_BY_TYPE.get(head.event_type, GenericEvent))
    except msgspec.MsgspecError as error:
        raise CodecError(f"not an event: {error}") from error


class _Head(msgspec.Struct):
    event_type: str
    version: str = "1.0"
