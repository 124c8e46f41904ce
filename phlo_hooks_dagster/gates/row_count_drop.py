"""The gate that asks whether rows went missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

from phlo_hooks_dagster.gates.comparing import check_on_missing
from phlo_hooks_dagster.gates.gate import Gate, GateView, Upstream
from phlo_hooks_dagster.gates.history import before, last_start, metadata_of, never_made, newest, place, records_of
from phlo_hooks_dagster.gates.text import listed

_NAMES: Final = ("dagster/partition_row_count", "dagster/row_count")


@dataclass(frozen=True, kw_only=True)
class RowCountDrop(Gate):
    """
    Closed while an upstream has lost more than a share of its rows since the guarded asset was last made from it.

    For an asset that was never made, since the materialization before. Partitions are compared each with itself.

    Attributes:
        max_drop: The share that may go, between 0 and 1.
        on_missing: What to do when the upstream does not tell its rows: ``stop`` or ``pass``.
    """

    needs_upstreams: ClassVar[bool] = True

    max_drop: float = 0.2
    on_missing: Literal["pass", "stop"] = "stop"

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        drop: object = self.max_drop
        if isinstance(drop, bool) or not isinstance(drop, (int, float)) or not 0 <= drop < 1:
            raise ValueError(f"RowCountDrop(max_drop={drop!r}): it is a share from 0 to below 1, such as 0.2")
        check_on_missing("RowCountDrop", self.on_missing)

    def reason_to_stop(self, view: GateView) -> str | None:
        """Name each upstream, or partition of one, that lost too many rows."""
        return listed([reason for each in view.upstreams for reason in self._dropped(view, each)])

    def _dropped(self, view: GateView, upstream: Upstream) -> Iterator[str]:
        slots = newest(view, upstream)
        if not slots:
            yield never_made(upstream)
            return
        divide = last_start(view, upstream)
        # What lies below is what the asset was last made from: it cannot have dropped since.
        changed = [storage_id for storage_id in slots.values() if divide is None or storage_id >= divide]
        for current in records_of(view.instance, upstream.key, changed):
            where = place(upstream, current.partition_key if upstream.partitions is not None else None)
            rows = _rows(metadata_of(current))
            if not rows:
                if self.on_missing == "stop":
                    yield f"{where} does not tell its rows; attach dagster/row_count, or set on_missing='pass'"
                continue
            earlier = before(view, upstream, current, divide)
            if earlier is not None and (reason := self._compared(rows, _rows(metadata_of(earlier)))):
                yield f"{where} {reason}"

    def _compared(self, now: dict[str, int], then: dict[str, int]) -> str | None:
        name = next((each for each in _NAMES if each in now and each in then), None)
        if name is None or now[name] >= then[name] * (1 - self.max_drop):
            return None
        share = (then[name] - now[name]) / then[name]
        return f"went from {then[name]:,} to {now[name]:,} rows, {share:.1%} less; {self.max_drop:.0%} are allowed"


def _rows(metadata: Any) -> dict[str, int]:
    found = {}
    for name in _NAMES:
        raw = getattr(metadata.get(name), "value", None)
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            found[name] = int(raw)
    return found
