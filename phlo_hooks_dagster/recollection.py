"""What earlier runs left behind: the columns that tables were last known to have, and events recorded already."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import HookEvent
from phlo_hooks.source import SourceMemory
from phlo_hooks_dagster.translator.context import Learned


class Recollection:
    """Reads what is stored for the source; see ``Recorded`` of the translator."""

    def __init__(self, memory: SourceMemory) -> None:
        self._memory = memory

    def columns(self, dataset: DatasetRef) -> Sequence[str] | None:
        """Return the columns that a table was last known to have."""
        kept = self._memory.mark(_place(str(dataset)))
        return None if kept is None else _told(kept).columns

    def event(self, event_id: str) -> HookEvent | None:
        """Return an event that is recorded already."""
        return self._memory.event(event_id)


def column_marks(memory: SourceMemory, learned: Mapping[str, Learned]) -> dict[str, str]:
    """
    Return the notes that keep these columns, by dataset; those that are kept already are left out.

    An old run that is translated anew does not replace what later ones told.
    """
    marks = {}
    for dataset, found in learned.items():
        place = _place(dataset)
        kept = memory.mark(place)
        before = _told(kept) if kept is not None else None
        if before is None or found.at > before.at or (found.at == before.at and list(found.columns) != before.columns):
            marks[place] = json.dumps([found.at, list(found.columns)])
    return marks


def _told(note: str) -> Learned:
    at, columns = json.loads(note)
    return Learned(at=at, columns=columns)


def _place(dataset: str) -> str:
    return f"table:{hashlib.sha256(dataset.encode()).hexdigest()[:32]}"
