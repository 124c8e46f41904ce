"""Riders: what only a step knows, as its engine events in the log say it; foreign input, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec

from phlo_hooks.codec import encode_event, event_of
from phlo_hooks.events import HookCorrelation, HookEvent
from phlo_hooks.redaction import redact_event
from phlo_hooks_dagster.riders import RIDER, DltRider, EventRider, Rider, RiderError, from_metadata, refusal
from phlo_hooks_dagster.translator.context import SOURCE, Origin, RunContext
from phlo_hooks_dagster.translator.loads import note_load
from phlo_hooks_dagster.translator.record import LogRecord, moment
from phlo_hooks_dagster.translator.results import node_results

CUT_TAG: Final = "phlo/cut"
"""Tag of an event that did not fit into its rider: names of the fields that were shortened or left out."""

_ID: Final = 4
"""Version of the ids that user code gives; those of the log's records have another."""
_MARK: Final = 18
"""Leading characters of an id by which a run remembers what was emitted."""
_SPAN: Final = re.compile(r"(?!0{16})[0-9a-f]{16}")
_CUT_LIMIT: Final = 500


def rider_written(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """
    Return the event that a rider carries, or the ends that waited for it; nothing for a rider of a newer version.

    Raises:
        RiderError: It cannot be read, or carries what user code cannot emit.
        CodecError: The event in it is none.
    """
    rider = rider_of(record)
    if rider is None:
        return []
    step = context.state.steps.get(record.step)
    origin = Origin.of(record, step.attempt if step else 0)
    if isinstance(rider, EventRider):
        return _emitted(context, origin, rider)
    if step is None:
        return []
    if isinstance(rider, DltRider):
        note_load(context, record.step, rider)
        return []
    return node_results(context, origin, rider)


def rider_of(record: LogRecord) -> Rider | None:
    """
    Return the rider that an engine event is; ``None`` for one of a newer version.

    Raises:
        RiderError: It cannot be read.
    """
    return from_metadata(getattr(record.data.metadata[RIDER], "value", None))


def user_event(context: RunContext, origin: Origin, fields: Mapping[str, Any], *, cut: Sequence[str] = ()) -> HookEvent:
    """
    Return the event that user code emitted at this place: it says what happened to what, the place says the rest.

    Args:
        fields: As the codec writes them. Of the envelope, id, version, tags and source are the event's own, and asset,
            partition and check of its correlation.
        cut: Names of the fields that did not fit.

    Raises:
        RiderError: User code cannot emit events of this type.
        CodecError: The fields are no event.
    """
    why = refusal(fields.get("event_type"))
    if why is not None:
        raise RiderError(why)
    asset, partition, check = about(fields)
    place = _place(context.correlation(origin, asset, partition, check), fields)
    own = {name: value for name, value in fields.items() if name != "key"}
    stamped = {
        **own,
        "event_id": _own_id(fields) or _id_of(context, origin, str(fields["event_type"]), asset, partition),
        "timestamp": moment(origin.at).isoformat(),
        "source": fields.get("source") or SOURCE,
        "tags": _tags(context, asset, fields.get("tags"), cut),
        "correlation": msgspec.to_builtins(place),
    }
    event = redact_event(event_of(stamped), extra_names=context.rules.redact)
    encode_event(event)
    return event


def about(fields: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return asset, partition and check that an event's correlation names, or else its own fields; ``""`` for none."""
    where = fields.get("correlation")
    sources = (where if isinstance(where, Mapping) else {}, fields)
    asset, partition, check = (
        next((value for source in sources if isinstance(value := source.get(name), str) and value), "")
        for name in ("asset_key", "partition_key", "check_name")
    )
    return asset, partition, check


def _emitted(context: RunContext, origin: Origin, rider: EventRider) -> list[HookEvent]:
    """
    Return the event; of those that a run, or code outside of runs, emits under one id, the first is the event.

    An id that another run has is no id for this one: the record names the event, and nobody's event is replaced.
    """
    event = user_event(context, origin, rider.event, cut=rider.cut)
    mark = event.event_id[:_MARK]
    if mark in context.state.emitted:
        return []
    context.state.emitted.add(mark)
    known = context.recorded.event(event.event_id) if context.recorded is not None else None
    if known is None:
        return [event]
    if known.correlation.run_id != event.correlation.run_id:
        return [user_event(context, origin, {**rider.event, "event_id": ""}, cut=rider.cut)]
    # No state remembers what was emitted outside of runs: the time says whether it is the same record.
    is_another = not event.correlation.run_id and known.timestamp != event.timestamp
    return [] if is_another else [event]


def _own_id(fields: Mapping[str, Any]) -> str | None:
    try:
        given = UUID(str(fields.get("event_id")))
    except ValueError:
        return None
    return str(given) if given.version == _ID else None


def _id_of(context: RunContext, origin: Origin, event_type: str, asset: str, partition: str) -> str:
    return str(uuid4()) if origin.record is None else context.recorded_id(event_type, origin.record, asset, partition)


def _tags(context: RunContext, asset: str, own: object, cut: Sequence[str]) -> object:
    """Return the tags of the place and the event's own; what are no tags is left to the codec to refuse."""
    if own is not None and not isinstance(own, Mapping):
        return own
    mark = {CUT_TAG: ", ".join(cut)[:_CUT_LIMIT]} if cut else {}
    return {**context.tags(asset), **(own or {}), **mark}


def _place(place: HookCorrelation, fields: Mapping[str, Any]) -> HookCorrelation:
    """Return the place with the span in which the event was emitted, which only the step knows."""
    where = fields.get("correlation")
    span = where.get("span_id") if isinstance(where, Mapping) else None
    if not isinstance(span, str) or not _SPAN.fullmatch(span):
        return place
    return replace(place, span_id=span)
