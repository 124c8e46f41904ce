"""Events as CloudEvents 1.0, in the structured form: one JSON object."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final

from phlo_hooks.codec import event_fields, event_of
from phlo_hooks.events import CLASS_BY_TYPE, GenericEvent, HookEvent
from phlo_hooks.exceptions import CodecError
from phlo_hooks.filters import FACETS
from phlo_hooks.schema import schema_id

CONTENT_TYPE: Final = "application/cloudevents+json"
TYPE_PREFIX: Final = "dev.phlo."
_NO_TRACE: Final = re.compile(r"^0+$")


def to_cloudevent(event: HookEvent, *, deployment: str = "local", sequence: int | None = None) -> dict[str, Any]:
    """
    Return the event as a CloudEvent whose ``data`` is the whole event, so that nothing is lost.

    Extension attributes: ``partitionkey`` (the run, so that a run's events keep their order in a partitioned log),
    ``sequence``, ``traceparent``, and ``phlo`` followed by what the correlation knows, such as ``phlorunid``.

    Args:
        deployment: The setting ``deployment``; the authority of ``source``.
        sequence: The event's place in the outbox.

    Raises:
        CodecError: Something in the event has no JSON form.
    """
    major = event.version.partition(".")[0]
    cls = CLASS_BY_TYPE.get(event.event_type, GenericEvent)
    attributes = {
        "specversion": "1.0",
        "id": event.event_id,
        "source": f"phlo://{_uri_part(deployment)}/{_uri_part(event.source or 'phlo-hooks')}",
        "type": f"{TYPE_PREFIX}{event.event_type}.v{major}",
        "time": event.timestamp.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": schema_id(cls),
        "subject": _subject(event),
        **_extensions(event),
        "sequence": None if sequence is None else f"{sequence:020d}",
    }
    return {**{name: value for name, value in attributes.items() if value}, "data": event_fields(event)}


def from_cloudevent(cloudevent: Mapping[str, Any]) -> HookEvent:
    """
    Return the event that a CloudEvent made by ``to_cloudevent`` carries.

    Raises:
        CodecError: It is no such CloudEvent.
        UnsupportedVersionError: The event's major version is newer than this library.
    """
    if cloudevent.get("specversion") != "1.0":
        raise CodecError(f"not a CloudEvent 1.0: specversion is {cloudevent.get('specversion')!r}")
    kind = cloudevent.get("type")
    data = cloudevent.get("data")
    if not (isinstance(kind, str) and kind.startswith(TYPE_PREFIX)) or not isinstance(data, Mapping):
        raise CodecError(f"a CloudEvent of type {kind!r} carries no event of phlo-hooks")
    event = event_of(dict(data))
    if event.event_id != cloudevent.get("id"):
        raise CodecError(f"CloudEvent {cloudevent.get('id')!r} carries event {event.event_id!r}: the ids differ")
    return event


def _subject(event: HookEvent) -> str | None:
    keys = FACETS["asset_keys"](event) if event.event_type != "lineage.edges" else ()
    own = getattr(event, "asset_key", None) or event.correlation.asset_key
    if own:
        return str(own)
    return min(keys, default=None) or event.correlation.step_key or event.correlation.run_id


def _extensions(event: HookEvent) -> dict[str, Any]:
    where = event.correlation
    return {
        "partitionkey": where.run_id,
        "traceparent": _traceparent(where.trace_id, where.span_id),
        "phlorunid": where.run_id,
        "phlojob": where.job_name,
        "phlostep": where.step_key,
        "phloattempt": where.attempt,
        "phloasset": where.asset_key,
        "phlopartition": where.partition_key,
        "phlocheck": where.check_name,
        "phlolocation": where.code_location,
        "phlokey": event.key,
    }


def _traceparent(trace_id: str | None, span_id: str | None) -> str | None:
    if not trace_id or not span_id or _NO_TRACE.match(trace_id) or _NO_TRACE.match(span_id):
        return None
    return f"00-{trace_id}-{span_id}-01"


def _uri_part(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._~-]+", "-", text)
