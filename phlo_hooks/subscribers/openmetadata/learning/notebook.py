"""Notes by name, over a plugin's ``Keep``: read once, changed in memory, written together."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, Generic, TypeVar

import msgspec

from phlo_hooks.keep import Keep
from phlo_hooks.subscribers.openmetadata.facts import AssetFact, ExposureFact
from phlo_hooks.subscribers.openmetadata.learning.notes import (
    AssetNote,
    CheckNote,
    DeclaredJob,
    LineageNote,
    Outline,
    StoredPipeline,
    StoredTask,
    TableNote,
)
from phlo_hooks.subscribers.openmetadata.learning.run_notes import RunIndex, RunNote, StepNote, TaskNote
from phlo_hooks.subscribers.openmetadata.names import EntityName

T = TypeVar("T")
log: Final = logging.getLogger(__name__)
_encoder: Final = msgspec.json.Encoder()
_BREAK: Final = "\n"
"""Between the parts of a name; no id, key or full name has one."""


@dataclass(frozen=True)
class Shelf(Generic[T]):
    """One sort of notes: the beginning of their names, and what they are."""

    word: str
    type: Any

    def name(self, *parts: str) -> str:
        """Return the name of one note."""
        return f"{self.word}/{_BREAK.join(parts)}"

    def beginning(self, *parts: str) -> str:
        """Return how the names of notes below these parts begin."""
        return self.name(*parts, "") if parts else f"{self.word}/"


TABLES: Final[Shelf[TableNote]] = Shelf("table", TableNote)
ALIASES: Final[Shelf[EntityName]] = Shelf("alias", EntityName)
"""Spelling of a dataset's name to its key, where they differ."""
LINEAGES: Final[Shelf[LineageNote]] = Shelf("lineage", LineageNote)
READERS: Final[Shelf[EntityName]] = Shelf("reader", EntityName)
"""Dataset's key, and the key of one whose lineage has ever named it."""
CALLED: Final[Shelf[list[EntityName]]] = Shelf("called", list[EntityName])
"""Last part of datasets' names, case folded, to their keys."""
ASSETS: Final[Shelf[AssetNote]] = Shelf("asset", AssetNote)
DECLARED: Final[Shelf[AssetFact]] = Shelf("declared", AssetFact)
OUTLINES: Final[Shelf[Outline]] = Shelf("outline", Outline)
DECLARES: Final[Shelf[list[str]]] = Shelf("declares", list[str])
"""Dataset's key to the keys of ``DECLARED`` that are about it."""
JOBS: Final[Shelf[DeclaredJob]] = Shelf("job", DeclaredJob)
LOCATIONS: Final[Shelf[str]] = Shelf("location", str)
"""Code location that the catalog knows, to ``jobs`` where it declares any: what was recorded long ago had none."""
EXPOSURES: Final[Shelf[ExposureFact]] = Shelf("exposure", ExposureFact)
CHECKS: Final[Shelf[CheckNote]] = Shelf("check", CheckNote)
PIPELINES: Final[Shelf[StoredPipeline]] = Shelf("pipeline", StoredPipeline)
PIPELINE_TASKS: Final[Shelf[StoredTask]] = Shelf("pipeline-task", StoredTask)
RUNS: Final[Shelf[RunNote]] = Shelf("run", RunNote)
RUN_TASKS: Final[Shelf[TaskNote]] = Shelf("run-task", TaskNote)
RUN_STEPS: Final[Shelf[StepNote]] = Shelf("run-step", StepNote)
RUN_TOLD: Final[Shelf[EntityName]] = Shelf("run-told", EntityName)
"""Run id and dataset: its lineage was told by that run."""
INDEX: Final[Shelf[RunIndex]] = Shelf("runs", RunIndex)
DIGEST: Final[Shelf[str]] = Shelf("catalog", str)


class Notebook:
    """
    Notes, as they are kept and as they will be.

    What was read stays at hand until ``commit`` or ``discard``. A value that cannot be read, as of another version,
    is as good as none.
    """

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._read: dict[str, Any] = {}
        self._changed: dict[str, tuple[Shelf[Any], Any]] = {}

    def fetch(self, names: Collection[str]) -> None:
        """Read notes together, which is quicker than one by one."""
        missing = [name for name in dict.fromkeys(names) if name not in self._read]
        if not missing:
            return
        found = self._keep.get(missing)
        for name in missing:
            self._read[name] = found.get(name)

    def get(self, shelf: Shelf[T], *parts: str) -> T | None:
        """Return one note; the same object until it is committed, so change it only to ``set`` it."""
        name = shelf.name(*parts)
        if name not in self._read:
            self.fetch([name])
        value = self._read[name]
        if isinstance(value, bytes):
            value = self._read[name] = _decoded(shelf, name, value)
        note: T | None = value
        return note

    def many(self, shelf: Shelf[T], keys: Iterable[str]) -> list[T]:
        """Return the notes of these keys that there are."""
        wanted = list(keys)
        self.fetch([shelf.name(key) for key in wanted])
        return [note for key in wanted if (note := self.get(shelf, key)) is not None]

    def set(self, shelf: Shelf[T], note: T, *parts: str) -> None:
        """Change one note."""
        name = shelf.name(*parts)
        self._read[name] = note
        self._changed[name] = (shelf, note)

    def drop(self, shelf: Shelf[Any], *parts: str) -> None:
        """Remove one note."""
        name = shelf.name(*parts)
        self._read[name] = None
        self._changed[name] = (shelf, None)

    def drop_all(self, shelf: Shelf[Any], *parts: str) -> None:
        """Remove every note below these parts."""
        for name in [name for name, _ in self._items(shelf, *parts)]:
            self._read[name] = None
            self._changed[name] = (shelf, None)

    def all(self, shelf: Shelf[T], *parts: str) -> Iterator[T]:
        """Yield every note of a sort, or those below these parts, by name."""
        for name, value in self._items(shelf, *parts):
            if name not in self._read:
                self._read[name] = value
            note = self._read[name]
            if isinstance(note, bytes):
                note = self._read[name] = _decoded(shelf, name, note)
            if note is not None:
                yield note

    def commit(self) -> None:
        """
        Write what changed.

        Raises:
            OutboxError: The state database cannot be written.
        """
        if self._changed:
            self._keep.put(
                {name: None if note is None else _encoder.encode(note) for name, (_, note) in self._changed.items()}
            )
        self.discard()

    def discard(self) -> None:
        """Forget what changed since the last commit."""
        self._changed.clear()
        self._read.clear()

    def _items(self, shelf: Shelf[Any], *parts: str) -> list[tuple[str, bytes | None]]:
        beginning = shelf.beginning(*parts)
        found: dict[str, bytes | None] = dict(self._keep.items(beginning))
        for name, (_, note) in self._changed.items():
            if name.startswith(beginning):
                found[name] = None
                if note is None:
                    found.pop(name)
        return sorted(found.items())


def _decoded(shelf: Shelf[Any], name: str, value: bytes) -> Any:
    try:
        return _decoder(shelf.type).decode(value)
    except (msgspec.MsgspecError, ValueError, TypeError) as error:
        log.debug("What was kept as %r cannot be read and counts as unknown: %s", name, error)
        return None


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


@lru_cache(maxsize=65536)
def key_text(name: EntityName) -> str:
    """Return a name as it stands in the names of notes."""
    return f"{name.kind.value}:{name.fqn}"
