"""
What only a step knows, on its way through Dagster's event log.

A rider is an engine event of the run and step it speaks of; its body stands in the event's metadata under ``RIDER``.
What a body says is foreign input: who wrote it, and when, is what the log's own record says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from phlo_hooks.exceptions import EventError

RIDER: Final = "phlo/rider"
"""Name of the metadata that makes an engine event a rider."""
VERSION: Final = 1
LIMIT: Final = 32 * 1024
"""Bytes of a rider's body, as JSON, after redaction."""
DEEPEST: Final = 64
"""How deep a rider's body may be nested."""

HOOKED: Final = "phlo/hooked"
"""Metadata of an asset's spec: the tool, ``dlt`` or ``dbt``, whose riders the asset's step leaves."""

HOOK: Final = "phlo/hook"
"""Metadata of the ``dagster.Failure`` with which a hook stops a step: the hook, ``plugin:hook``."""
EVENT: Final = "phlo/event"
"""Metadata of that failure: the event that the hook was called with."""
REASON: Final = "phlo/reason"
"""Metadata of that failure: what the hook said."""

LONGEST_TYPE: Final = 128
_NOT_EMITTED: Final = ("run.", "step.", "asset.")


class RiderError(EventError):
    """Metadata that should be a rider and cannot be read as one."""


class Timing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Seconds that the phases of a load took; ``None`` for a phase that did not run."""

    extract: float | None = None
    normalize: float | None = None
    load: float | None = None


class DltTable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One table of a load.

    Attributes:
        name: The physical table name within its dataset.
        rows: Rows that the load brought into it.
        parent: The table it was made from; ``None`` for one that a resource names.
        resource: dlt's resource.
    """

    name: str
    rows: int | None = None
    parent: str | None = None
    resource: str | None = None


class DltRider(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="dlt", tag_field="kind"):
    """
    What dlt's trace says of one pipeline run.

    Attributes:
        resources: Resource name to asset key, for the assets of the step that it loads.
        sources: Resource name to where its rows came from: URLs without credentials, redacted.
        load_ids: dlt's ids of the load packages.
        retries: How often load jobs were tried again, all together.
        failed_step: The phase that raised: ``extract``, ``normalize`` or ``load``.
    """

    pipeline: str = ""
    load_ids: tuple[str, ...] = ()
    resources: dict[str, str] = {}
    sources: dict[str, tuple[str, ...]] = {}
    tables: tuple[DltTable, ...] = ()
    timing: Timing = Timing()
    retries: int | None = None
    failed_step: str | None = None
    cut: tuple[str, ...] = ()


class DbtNode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One node of a dbt invocation, as its results have it; ``digest`` is that of the compiled SQL."""

    unique_id: str
    status: str
    message: str = ""
    seconds: float | None = None
    digest: str | None = None


class DbtRider(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="dbt", tag_field="kind"):
    """
    Results of one dbt invocation; a large one comes in parts.

    Attributes:
        part: Counted from 1.
        parts: How many there are.
    """

    invocation_id: str = ""
    nodes: tuple[DbtNode, ...] = ()
    part: int = 1
    parts: int = 1
    cut: tuple[str, ...] = ()


class EventRider(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="event", tag_field="kind"):
    """
    An event that user code emitted.

    Attributes:
        event: As the codec writes it.
        cut: Names of the fields that were shortened or left out to fit.
    """

    event: dict[str, Any]
    cut: tuple[str, ...] = ()


Rider = DltRider | DbtRider | EventRider


def refusal(event_type: object) -> str | None:
    """Return why user code cannot emit an event of this type; ``None`` when it can."""
    if not isinstance(event_type, str) or not event_type.strip():
        return "an event needs an event_type, such as 'shop.orders_counted'"
    if len(event_type) > LONGEST_TYPE or not event_type.isprintable():
        return f"event_type has at most {LONGEST_TYPE} printable characters, not {event_type[:40]!r} …"
    if event_type.startswith(_NOT_EMITTED):
        return (
            f"{event_type!r} cannot be emitted: run.*, step.* and asset.* are what Dagster's log says; "
            "give the event a type of your own"
        )
    return None


def to_metadata(rider: Rider) -> dict[str, Any]:
    """Return plain data for a JSON metadata value; whoever writes it has redacted and cut it before."""
    body: dict[str, Any] = msgspec.to_builtins(rider)
    return {"v": VERSION, **body}


def size_of(rider: Rider) -> int:
    """Return the bytes that the rider's body takes as JSON."""
    return len(msgspec.json.encode(rider))


def from_metadata(data: object) -> Rider | None:
    """
    Return the rider that metadata holds; ``None`` for one of a newer version or of a kind not known here.

    Raises:
        RiderError: The body does not fit its kind, is too large or nested too deep.
    """
    if not isinstance(data, Mapping):
        raise RiderError(f"a rider's body is a mapping, not {type(data).__name__}")
    if data.get("v") != VERSION or data.get("kind") not in ("dlt", "dbt", "event"):
        return None
    if depth_of(data) > DEEPEST:
        raise RiderError(f"a rider of kind {data['kind']!r} is nested more than {DEEPEST} deep")
    body = {name: value for name, value in data.items() if name != "v"}
    try:
        rider: Rider = msgspec.convert(body, Rider, strict=False)
        size = size_of(rider)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
        raise RiderError(f"a rider of kind {data['kind']!r} cannot be read: {error}") from error
    if size > LIMIT:
        raise RiderError(f"a rider of kind {data['kind']!r} has {size} bytes; at most {LIMIT} are read")
    return rider


def depth_of(data: object) -> int:
    """Return how deep the data is nested, and stop counting once it is too deep."""
    depth, level = 0, list[Any]([data])
    while level and depth <= DEEPEST:
        depth += 1
        inner = (each.values() if isinstance(each, Mapping) else each for each in level)
        level = [item for items in inner for item in items if isinstance(item, (Mapping, list, tuple))]
    return depth
