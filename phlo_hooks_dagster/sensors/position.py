"""How far a sensor has read the outbox, as its cursor."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from phlo_hooks.exceptions import HooksError
from phlo_hooks.outbox.store import Outbox


class ForeignCursorError(HooksError):
    """A sensor's cursor does not belong to the state database it is to read."""


@dataclass(frozen=True, kw_only=True)
class Position:
    """
    Every event up to ``seq`` is done with.

    Attributes:
        event_id: The event there, by which another state database shows; empty when there is none.
        since: What was recorded before is not looked at.
    """

    seq: int = 0
    event_id: str = ""
    since: datetime | None = None

    @classmethod
    def parse(cls, text: str) -> Position:
        """
        Return the position that a cursor says; a plain number will do, as people write it.

        Raises:
            ForeignCursorError: The text is no position.
        """
        try:
            data = json.loads(text)
            if isinstance(data, int):
                return cls(seq=data)
            since = data.get("since")
            return cls(
                seq=int(data["position"]),
                event_id=str(data.get("event", "")),
                since=datetime.fromisoformat(since) if since else None,
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ForeignCursorError(f"the cursor {text[:80]!r} is no position in the outbox; {_RESET}") from None

    def text(self) -> str:
        """Return the cursor."""
        parts: dict[str, object] = {"position": self.seq}
        if self.event_id:
            parts["event"] = self.event_id
        if self.since is not None:
            parts["since"] = self.since.isoformat()
        return json.dumps(parts)

    def check(self, outbox: Outbox, head: int) -> None:
        """
        Make sure that the outbox is the one that this position is in.

        Raises:
            ForeignCursorError: It is another, or an older copy.
        """
        if self.seq > head:
            raise ForeignCursorError(
                f"this sensor has read up to event {self.seq}, but the state database {outbox.display_url} ends at "
                f"{head}: it is another one, or an older copy; {_RESET}"
            )
        there = outbox.reading.at([self.seq]).get(self.seq) if self.event_id else None
        if there is not None and there.event_id != self.event_id:
            raise ForeignCursorError(
                f"event {self.seq} of the state database {outbox.display_url} is not the one that this sensor has "
                f"read: it is another database; {_RESET}"
            )


_RESET = (
    "to go on at its end, delete the sensor's cursor (in the UI, or dagster sensor cursor NAME --delete); "
    "to react to all it holds, set the cursor to 0"
)
