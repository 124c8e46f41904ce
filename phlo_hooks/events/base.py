"""The envelope that every event has, and the event of a type this library does not know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from uuid import uuid4

from phlo_hooks.exceptions import EventError
from phlo_hooks.frozen import FrozenDict, freeze_fields
from phlo_hooks.ids import event_key

VERSION: Final = "1.0"


class Status:
    """
    The words that ``status`` fields use.

    They are plain strings on the wire, so that a later minor version may add one.
    """

    QUEUED: Final = "queued"
    STARTED: Final = "started"
    SUCCESS: Final = "success"
    FAILURE: Final = "failure"
    RETRY: Final = "retry"
    """The attempt failed and another follows."""
    SKIPPED: Final = "skipped"
    CANCELED: Final = "canceled"
    LOST: Final = "lost"
    FOUND: Final = "found"
    NO_DATA: Final = "no_data"
    """It worked, and there was nothing to load."""


@dataclass(frozen=True, kw_only=True)
class ErrorInfo:
    """
    An error as it was recorded where it happened.

    Attributes:
        type: Class name, such as ``ValueError``.
        message: Redacted.
        stack: Redacted, at most 8 KiB; ``None`` when none was recorded.
        cause: The message of the innermost cause, when it is another error.
    """

    type: str
    message: str
    stack: str | None = None
    cause: str | None = None


@dataclass(frozen=True, kw_only=True)
class HookCorrelation:
    """
    What ties an event to a run and to other events.

    Attributes:
        attempt: Counted from 1; ``None`` for what belongs to no step.
        asset_key: ``AssetKey.to_user_string()``, such as ``raw/orders``.
        code_location: Name of the Dagster code location the run came from.
        trace_id: 32 hexadecimal digits; ``None`` when nobody set one.
        span_id: 16 hexadecimal digits.
    """

    run_id: str | None = None
    root_run_id: str | None = None
    parent_run_id: str | None = None
    job_name: str | None = None
    step_key: str | None = None
    attempt: int | None = None
    asset_key: str | None = None
    partition_key: str | None = None
    check_name: str | None = None
    code_location: str | None = None
    trace_id: str | None = None
    span_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class HookEvent:
    """
    One thing that happened.

    Everything inside is read-only; mappings and lists given to the constructor are copied.

    Attributes:
        event_id: Stored and delivered under this id; the same record always gives the same one.
        key: The same in the step and from the log; made from the correlation unless given.
        event_type: Such as ``ingestion.end``; each class lists its own in ``TYPES``.
        version: ``major.minor`` of the event's shape.
        timestamp: When it happened, aware, UTC.
        source: Who tells it, such as ``dagster``.
        tags: Strings that filters can match.

    Raises:
        EventError: The timestamp is naive, or the type does not belong to the class.
    """

    TYPES: ClassVar[tuple[str, ...]] = ()

    event_type: str = ""
    event_id: str = field(default_factory=lambda: str(uuid4()))
    key: str = ""
    version: str = VERSION
    timestamp: datetime = field(default_factory=lambda: datetime.now(UTC))
    source: str = ""
    tags: Mapping[str, str] = field(default_factory=FrozenDict)
    correlation: HookCorrelation = field(default_factory=HookCorrelation)

    def __post_init__(self) -> None:
        """Check what a type cannot say, and freeze what a caller handed in."""
        if not self.event_type:
            if len(self.TYPES) != 1:
                raise EventError(f"{type(self).__name__} needs event_type=, one of {', '.join(self.TYPES) or 'any'}")
            object.__setattr__(self, "event_type", self.TYPES[0])
        elif self.TYPES and self.event_type not in self.TYPES:
            raise EventError(
                f"{type(self).__name__} cannot have event_type {self.event_type!r}; it has {', '.join(self.TYPES)}"
            )
        if self.timestamp.tzinfo is None:
            raise EventError(
                f"timestamp {self.timestamp.isoformat()} of {self.event_type} is naive; give it a timezone"
            )
        if self.timestamp.tzinfo is not UTC:
            object.__setattr__(self, "timestamp", self.timestamp.astimezone(UTC))
        freeze_fields(self)
        if not self.key:
            object.__setattr__(self, "key", self._make_key())

    def _make_key(self) -> str:
        """Make the key of the correlation, and of the event's own fields where the correlation says nothing."""
        where = self.correlation
        own = self.__dict__
        return event_key(
            event_type=self.event_type,
            run_id=where.run_id or "",
            step_key=where.step_key or "",
            attempt=where.attempt or 0,
            asset_key=where.asset_key or own.get("asset_key") or "",
            partition_key=where.partition_key or own.get("partition_key") or "",
            check_name=where.check_name or own.get("check_name") or "",
        )


@dataclass(frozen=True, kw_only=True)
class GenericEvent(HookEvent):
    """
    An event whose type this library does not know: a newer library's, or a user's own.

    Attributes:
        data: Every field beyond the envelope.
    """

    data: Mapping[str, Any] = field(default_factory=FrozenDict)

    def __post_init__(self) -> None:
        """Refuse data that would hide the envelope: on the wire both stand side by side."""
        super().__post_init__()
        if clash := self.data.keys() & set(ENVELOPE):
            raise EventError(f"data of {self.event_type} cannot have {', '.join(sorted(clash))}: the envelope has it")


ENVELOPE: Final = tuple(each.name for each in fields(HookEvent))
"""Names of the fields that every event has."""
