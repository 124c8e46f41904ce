"""What earlier runs left behind: the columns that tables were last known to have, and events recorded already."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import HookEvent
from phlo_hooks.source import SourceMemory


class Recollection:
    """Reads what is stored for the source; see ``Recorded`` of the translator."""

    def __init__(self, memory: SourceMemory) -> None:
        self._memory = memory

    def columns(self, dataset: DatasetRef) -> Sequence[str] | None:
        """Return the columns that a table was last known to have."""
        kept = self._memory.mark(_place(str(dataset)))
        return None if kept is None else json.loads(kept)

    def event(self, event_id: str) -> HookEvent | None:
        """Return an event that is recorded already."""
        return self._memory.event(event_id)


def column_marks(memory: SourceMemory, learned: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the notes that keep these columns, by dataset; those that are kept already are left out."""
    notes = {_place(dataset): json.dumps(list(columns)) for dataset, columns in learned.items()}
    return {place: note for place, note in notes.items() if memory.mark(place) != note}


def _place(dataset: str) -> str:
    return f"columns:{hashlib.sha256(dataset.encode()).hexdigest()[:32]}"
