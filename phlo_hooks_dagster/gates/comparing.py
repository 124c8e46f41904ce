"""What gates that compare now with then have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from dagster import EventLogRecord

from phlo_hooks_dagster.gates.gate import Gate, GateView, Upstream
from phlo_hooks_dagster.gates.history import before, last_start, metadata_of, newest, record_of
from phlo_hooks_dagster.gates.text import listed


@dataclass(frozen=True, kw_only=True)
class NamedParts(Gate):
    """
    A gate over things with names, such as columns, that must not break.

    Attributes:
        allow: Those that may change, names or globs.
        on_missing: What to do when an upstream tells none: ``stop`` or ``pass``.
    """

    needs_upstreams: ClassVar[bool] = True

    allow: Sequence[str] = ()
    on_missing: Literal["pass", "stop"] = "stop"

    def __post_init__(self) -> None:
        """Refuse what ``on_missing`` cannot be, and a bare string of names."""
        gate = type(self).__name__
        check_on_missing(gate, self.on_missing)
        if isinstance(self.allow, str):
            raise TypeError(f"{gate}(allow={self.allow!r}): write allow=[{self.allow!r}]")

    def reason_to_stop(self, view: GateView) -> str | None:
        """Name each part that broke, and how."""
        return listed([reason for each in view.upstreams for reason in self.broken(view, each)])

    @abstractmethod
    def broken(self, view: GateView, upstream: Upstream) -> Iterator[str]:
        """Yield what broke in one upstream, for people."""


def check_on_missing(gate: str, value: str) -> None:
    """Refuse what is neither ``pass`` nor ``stop``."""
    if value not in {"pass", "stop"}:
        raise ValueError(f"{gate}(on_missing={value!r}): it is 'pass' or 'stop'")


def now_and_then(view: GateView, upstream: Upstream) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """
    Return the upstream's newest metadata, and that from which the guarded asset was last made.

    What belongs to the whole table is meant, so partitions are not told apart; ``None`` where there is no record.
    """
    slots = newest(view, upstream)
    current = record_of(view.instance, upstream.key, max(slots.values())) if slots else None
    if current is None:
        return None, None
    earlier = before(view, upstream, current, last_start(view, upstream, any_partition=True), any_partition=True)
    return metadata_of(current), _metadata(earlier)


def _metadata(record: EventLogRecord | None) -> Mapping[str, Any] | None:
    return None if record is None else metadata_of(record)
