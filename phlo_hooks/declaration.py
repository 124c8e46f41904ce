"""
What the code that a relay works for says about the relay itself: hooks and settings.

A package that knows such code registers a callable ``(settings, stop) -> Iterable[Declaration]`` under the entry point
group ``phlo_hooks.targets``. It is asked once by each worker of ``phlo-hooks relay`` and ``phlo-hooks drain``, before
the state database is opened, and returns early once the event ``stop`` is set. It runs no user code in this process
and raises nothing: what went wrong is a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_UNITED: Final = "hooks"
_OUR_OWN: Final = "target"
"""Which code is meant was said before the code could say it."""


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """
    What one piece of code declared.

    Attributes:
        name: Who says it, for people and for the order: a Dagster code location.
        overrides: Settings, as ``phlo_hooks.toml`` would have them; stronger than environment and files.
        hooks: Import paths, ``pkg.mod:name`` or ``/abs/file.py:name``.
        path: Folders without which the hooks cannot be imported.
        notes: Lines for people.
    """

    name: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    hooks: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def unite(declarations: Iterable[Declaration]) -> Declaration:
    """
    Return what several say together.

    Hooks, folders and notes are put together, each once. Where two give one setting different values, the first by
    name holds, and a note names both.
    """
    ordered = sorted(declarations, key=lambda each: each.name)
    overrides: dict[str, Any] = {}
    givers: dict[tuple[str, ...], str] = {}
    notes: list[str] = []
    for each in ordered:
        notes += each.notes
        lost: dict[str, list[str]] = {}
        for place, value in _leaves(each.overrides):
            if place == (_UNITED,):
                overrides[_UNITED] = list(dict.fromkeys([*overrides.get(_UNITED, ()), *value]))
                continue
            winner = _put(overrides, givers, place, value, each.name)
            if winner is not None:
                lost.setdefault(winner, []).append(".".join(place))
        notes += [
            f"{winner} and {each.name} set {', '.join(names)} differently in their code: what {winner} says holds"
            for winner, names in lost.items()
        ]
    return Declaration(
        name=" and ".join(dict.fromkeys(each.name for each in ordered if each.overrides or each.hooks)),
        overrides=overrides,
        hooks=tuple(dict.fromkeys(hook for each in ordered for hook in each.hooks)),
        path=tuple(dict.fromkeys(folder for each in ordered for folder in each.path)),
        notes=tuple(dict.fromkeys(notes)),
    )


def _leaves(overrides: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in overrides.items():
        place = (*above, str(key))
        if place == (_OUR_OWN,):
            continue
        if isinstance(value, Mapping):
            yield from _leaves(value, place)
        else:
            yield place, value


def _put(
    overrides: dict[str, Any], givers: dict[tuple[str, ...], str], place: tuple[str, ...], value: Any, giver: str
) -> str | None:
    """Set a value; if another holds already, return who gave that."""
    table = overrides
    for depth, key in enumerate(place[:-1], start=1):
        below = table.setdefault(key, {})
        if not isinstance(below, dict):
            return givers[place[:depth]]
        table = below
    if place[-1] not in table:
        table[place[-1]] = value
        givers[place] = giver
        return None
    if table[place[-1]] == value:
        return None
    return givers.get(place) or next(name for at, name in givers.items() if at[: len(place)] == place)
