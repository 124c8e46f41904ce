"""From an event to the filters it passes, at the cost of those that match."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from phlo_hooks.events import HookEvent
from phlo_hooks.filters import FACETS, HookFilter, glob_matches, is_glob

_CACHED_VALUES: Final = 4096


class FilterIndex:
    """
    An immutable list of filters, indexed by what they ask for.

    Each filter is one bit. For each facet that any filter asks for, and each value that occurs, the set of filters
    that let this value pass is one integer, worked out once; an event is then a few lookups and ``&``.
    """

    def __init__(self, filters: Sequence[HookFilter]) -> None:
        self._all = (1 << len(filters)) - 1
        self._facets = {
            name: _Facet([getattr(each, name) for each in filters])
            for name in FACETS
            if any(getattr(each, name) is not None for each in filters)
        }
        names = sorted({name for each in filters for name in each.tags or ()})
        self._tags = {name: _Facet([_tag(each, name) for each in filters]) for name in names}

    def matching(self, event: HookEvent) -> Iterator[int]:
        """Yield the positions of the filters that the event passes, ascending."""
        found = self._all
        for name, facet in self._facets.items():
            found &= facet.passing(FACETS[name](event))
            if not found:
                return
        for name, facet in self._tags.items():
            value = event.tags.get(name)
            found &= facet.passing(() if value is None else (value,))
        while found:
            lowest = found & -found
            yield lowest.bit_length() - 1
            found ^= lowest


def _tag(each: HookFilter, name: str) -> frozenset[str] | None:
    wanted = (each.tags or {}).get(name)
    return None if wanted is None else frozenset((wanted,))


class _Facet:
    def __init__(self, wanted: Sequence[Collection[str] | None]) -> None:
        self._open = 0
        self._exact: dict[str, int] = {}
        self._globs: dict[str, int] = {}
        self._known: dict[str, int] = {}
        for position, values in enumerate(wanted):
            bit = 1 << position
            if values is None:
                self._open |= bit
                continue
            for value in values:
                table = self._globs if is_glob(value) else self._exact
                table[value] = table.get(value, 0) | bit

    def passing(self, values: Sequence[str]) -> int:
        """Return the filters that let any of the values pass."""
        found = self._open
        for value in values:
            known = self._known.get(value)
            found |= self._learn(value) if known is None else known
        return found

    def _learn(self, value: str) -> int:
        found = self._exact.get(value, 0)
        for glob, bits in self._globs.items():
            if glob_matches(glob, value):
                found |= bits
        if len(self._known) >= _CACHED_VALUES:
            self._known = {}
        self._known[value] = found
        return found
