"""What one event changes: facts as they were before are compared with what they are after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from phlo_hooks.events import HookEvent
from phlo_hooks.subscribers.openmetadata.facts import Learned, ProfileFact, ResultFact, TableFact
from phlo_hooks.subscribers.openmetadata.learning.knowledge import Knowledge, neutral
from phlo_hooks.subscribers.openmetadata.learning.notebook import READERS, TABLES, Notebook, key_text
from phlo_hooks.subscribers.openmetadata.names import EntityName
from phlo_hooks.subscribers.openmetadata.naming import Naming


class Changes:
    """
    What was touched, and what of it is another now.

    Args:
        again: Everything touched counts as changed.
    """

    def __init__(self, knowledge: Knowledge, *, again: bool) -> None:
        self._knowledge = knowledge
        self.again = again
        self._tables: dict[EntityName, TableFact | None] = {}
        self._lineages: dict[EntityName, Any] = {}
        self.renewed: set[EntityName] = set()
        self.pipelines: set[EntityName] = set()
        self.exposures: set[EntityName] = set()
        self.settled: set[EntityName] = set()
        self.runs: set[str] = set()
        self.results: list[ResultFact] = []
        self.profiles: list[ProfileFact] = []

    def table(self, key: EntityName) -> None:
        """Note that a dataset's facts may change; call it before they do."""
        if key not in self._tables:
            self._tables[key] = self._table(key)

    def lineage(self, key: EntityName) -> None:
        """Note that a dataset's edges may change; call it before they do."""
        if key not in self._lineages:
            self._lineages[key] = self._edges(key)

    def learned(self) -> Learned:
        """Return what changed, datasets spelled as those who make them do."""
        tables = {key for key, before in self._tables.items() if self.again or self._table(key) != before}
        tables |= self.renewed
        lineages = {key for key, before in self._lineages.items() if self.again or self._edges(key) != before}
        for key in list(tables & self._tables.keys()):
            lineages.update(self._redrawn(key, tables))
        self._knowledge.fetch_tables({*tables, *lineages, *self.settled})
        spelled = self._knowledge.spelled
        return Learned(
            tables=frozenset(map(spelled, tables)),
            lineages=frozenset(map(spelled, lineages)),
            settled=frozenset(map(spelled, self.settled)),
            pipelines=frozenset(self.pipelines),
            exposures=frozenset(self.exposures),
            runs=frozenset(self.runs),
            results=tuple(
                replace(each, check=replace(each.check, table=spelled(each.check.table))) for each in self.results
            ),
            profiles=tuple(replace(each, table=spelled(each.table)) for each in self.profiles),
        )

    def _redrawn(self, key: EntityName, tables: set[EntityName]) -> Iterator[EntityName]:
        """Yield datasets whose edges look different now that this one does; a copy's columns are others too."""
        before, after = self._tables[key], self._table(key)
        if after is None:
            return
        if before is None or before.name != after.name:
            self.exposures.update(fact.name for fact in self._knowledge.exposures_of(key))
        is_renamed = _names(before) != _names(after)
        if (is_renamed or before is None or before.pipeline != after.pipeline) and self._knowledge.lineage(key):
            yield key
        if not is_renamed:
            return
        book: Notebook = self._knowledge.notebook
        for reader in list(book.all(READERS, key_text(key))):
            yield reader
            note = book.get(TABLES, key_text(reader))
            if note is not None and note.copied is not None:
                tables.add(reader)

    def _table(self, key: EntityName) -> TableFact | None:
        fact = self._knowledge.table(key)
        return neutral(fact) if fact else None

    def _edges(self, key: EntityName) -> list[tuple[str, object]]:
        return [(fact.teller, fact.edges) for fact in self._knowledge.lineage(key)]


def _names(fact: TableFact | None) -> object:
    return (fact.name, [column.name for column in fact.columns], fact.seen_columns) if fact else None


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One event that is being learned."""

    event: HookEvent
    stamp: str
    knowledge: Knowledge
    naming: Naming
    changes: Changes
    revision: int = 1

    @property
    def book(self) -> Notebook:
        """Where notes are."""
        return self.knowledge.notebook

    @property
    def run_id(self) -> str | None:
        """The event's run."""
        return self.event.correlation.run_id

    @property
    def location(self) -> str | None:
        """The event's code location."""
        return self.event.correlation.code_location

    @property
    def job(self) -> str | None:
        """The event's job; ``None`` outside of runs, and for the jobs that Dagster makes up for ad-hoc runs."""
        return real_job(self.event.correlation.job_name)


def real_job(name: str | None) -> str | None:
    """Return a job's name unless Dagster made the job up: those begin with two underscores."""
    return name if name and not name.startswith("__") else None
