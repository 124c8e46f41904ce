"""Which snapshot a run is translated with."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec
from dagster import AssetKey, DagsterRun, RunRecord

from phlo_hooks.source import SourceMemory, StoredSnapshot
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.neighbours import foreign_keys, with_neighbours
from phlo_hooks_dagster.snapshot import LocationSnapshot

DECODED: Final = 16


class SnapshotBook:
    """
    Finds and decodes stored snapshots; keeps the last few decoded.

    Args:
        assets_of: The assets of a run.
    """

    def __init__(self, assets_of: Callable[[DagsterRun], Iterable[AssetKey]]) -> None:
        self._assets_of = assets_of
        self._decoded: OrderedDict[tuple[str, str], LocationSnapshot] = OrderedDict()

    def for_run(self, memory: SourceMemory, record: RunRecord) -> LocationSnapshot | None:
        """
        Return what held when the run started.

        A run made in-process (``dagster job execute``, ``materialize``) names no code location: it gets the
        snapshot that knows most of its assets. What other code locations make is known by their snapshots.
        """
        when = compat.run_time(record.start_time) or record.create_timestamp
        location, _ = compat.code_location_of(record.dagster_run)
        if location is not None:
            stored = memory.snapshot_at(location, when)
            found = None if stored is None else self.decode(stored)
        else:
            found = self._best(memory, record, when)
        if found is None or not foreign_keys(found):
            return found
        held = self._held(memory, when)
        return with_neighbours(found, [each for each in held if each.code_location != found.code_location])

    def newest(self, memory: SourceMemory) -> Mapping[str, LocationSnapshot]:
        """Return each code location's newest snapshot by the location's name."""
        return {stored.code_location: self.decode(stored) for stored in memory.snapshots()}

    def decode(self, stored: StoredSnapshot) -> LocationSnapshot:
        """Return the snapshot that ``encode_snapshot`` encoded."""
        place = (stored.code_location, stored.digest)
        found = self._decoded.get(place)
        if found is None:
            found = msgspec.json.decode(stored.body, type=LocationSnapshot)
            self._decoded[place] = found
            if len(self._decoded) > DECODED:
                self._decoded.popitem(last=False)
        self._decoded.move_to_end(place)
        return found

    def _best(self, memory: SourceMemory, record: RunRecord, when: datetime) -> LocationSnapshot | None:
        """Return the snapshot that makes or else names most of the run's assets; none when no one knows any."""
        held = self._held(memory, when)
        wanted = {key.to_user_string() for key in self._assets_of(record.dagster_run)} if held else set()
        if not wanted:
            return held[0] if len(held) == 1 else None
        known = [each for each in held if wanted & each.assets.keys()]
        return max(known, key=lambda each: (_makes(each, wanted), _names(each, wanted)), default=None)

    def _held(self, memory: SourceMemory, when: datetime) -> list[LocationSnapshot]:
        """Return what held of each code location, by their names."""
        names = sorted(stored.code_location for stored in memory.snapshots())
        return [self.decode(stored) for name in names if (stored := memory.snapshot_at(name, when)) is not None]


def _makes(snapshot: LocationSnapshot, keys: Collection[str]) -> int:
    return sum(key in snapshot.assets and not snapshot.assets[key].external for key in keys)


def _names(snapshot: LocationSnapshot, keys: Collection[str]) -> int:
    return sum(key in snapshot.assets for key in keys)
