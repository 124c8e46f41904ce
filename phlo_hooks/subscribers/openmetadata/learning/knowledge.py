"""Everything that is known, as facts; what several notes say together is put together when it is read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from phlo_hooks.keep import Keep
from phlo_hooks.subscribers.openmetadata.facts import (
    AssetFact,
    CheckFact,
    ExposureFact,
    LineageFact,
    PipelineFact,
    RunFact,
    TableFact,
)
from phlo_hooks.subscribers.openmetadata.learning import notebook as shelves
from phlo_hooks.subscribers.openmetadata.learning.edges_composed import lineage_facts
from phlo_hooks.subscribers.openmetadata.learning.notebook import Notebook, key_text
from phlo_hooks.subscribers.openmetadata.learning.notes import TableNote
from phlo_hooks.subscribers.openmetadata.learning.pipelines_composed import pipeline_fact
from phlo_hooks.subscribers.openmetadata.learning.runs_composed import run_fact
from phlo_hooks.subscribers.openmetadata.learning.tables_composed import table_fact
from phlo_hooks.subscribers.openmetadata.names import EntityName


class Knowledge:
    """
    The facts, by name. What is learned is kept by ``commit`` and forgotten by ``discard``.

    A dataset is found by every spelling of its name that events used; facts name it as whoever makes it spells it.

    Args:
        keep: Where notes are kept. One writer at a time: what others write between two commits is not seen.
    """

    def __init__(self, keep: Keep) -> None:
        self.notebook = Notebook(keep)

    def commit(self) -> None:
        """
        Keep what was learned since the last time.

        Raises:
            OutboxError: The state database cannot be written; nothing is kept.
        """
        self.notebook.commit()

    def discard(self) -> None:
        """Forget what was learned since the last commit."""
        self.notebook.discard()

    def key(self, name: EntityName) -> EntityName:
        """Return the key under which a spelling of a dataset's name is known; the name itself when it has no other."""
        return self.notebook.get(shelves.ALIASES, key_text(name)) or name

    def table(self, name: EntityName) -> TableFact | None:
        """Return what is known of a dataset."""
        note = self._table_note(name)
        return table_fact(self.notebook, self.key(name), note) if note else None

    def asset(self, key: str) -> AssetFact | None:
        """Return what code declares of an asset."""
        fact = self.notebook.get(shelves.DECLARED, key)
        return self._spelled(fact) if fact else None

    def assets_of(self, name: EntityName) -> tuple[AssetFact, ...]:
        """
        Return what code declares of the assets that are this dataset, by key.

        A source that dbt declares and that is no asset has the key ``source:`` and dbt's name for it. What code
        declares of an asset of the same key in another code location is none of it.
        """
        key = self.key(name)
        note = self._table_note(key)
        here = set(self.notebook.get(shelves.DECLARES, key_text(key)) or ())
        others = {*(note.fact.asset_keys if note else ())} - here
        declared = self.notebook.many(shelves.DECLARED, sorted(here | others))
        return tuple(self._spelled(fact) for fact in declared if fact.key in here or self._is_home(fact, key))

    def lineage(self, name: EntityName) -> tuple[LineageFact, ...]:
        """Return what the tellers say a dataset is made from, by teller; more than one may name the same upstream."""
        key = self.key(name)
        note = self.notebook.get(shelves.LINEAGES, key_text(key))
        return lineage_facts(self.notebook, key, note) if note else ()

    def pipeline(self, name: EntityName) -> PipelineFact | None:
        """Return a job or group with its tasks; an asset that is gone from code is no task."""
        note = self.notebook.get(shelves.PIPELINES, key_text(name))
        return pipeline_fact(self.notebook, note) if note else None

    def run(self, run_id: str) -> RunFact | None:
        """Return a run; ``None`` for one that is unknown or so old that it was dropped."""
        note = self.notebook.get(shelves.RUNS, run_id)
        if note is None:
            return None
        return run_fact(
            note,
            self.notebook.all(shelves.RUN_TASKS, run_id),
            self.notebook.all(shelves.RUN_STEPS, run_id),
            self.notebook.all(shelves.RUN_TOLD, run_id),
        )

    def run_status(self, run_id: str) -> str | None:
        """Return how a run stands, without its tasks, which may be many; ``None`` as for ``run``."""
        note = self.notebook.get(shelves.RUNS, run_id)
        return note.status if note else None

    def check(self, table: EntityName, column: str | None, name: str) -> CheckFact | None:
        """Return a check of a dataset, or of one of its columns."""
        note = self.notebook.get(shelves.CHECKS, key_text(self.key(table)), column or "", name)
        return replace(note.fact, table=self.spelled(note.fact.table)) if note else None

    def exposure(self, name: EntityName) -> ExposureFact | None:
        """Return an exposure."""
        fact = self.notebook.get(shelves.EXPOSURES, key_text(name))
        return replace(fact, upstream=tuple(map(self.spelled, fact.upstream))) if fact else None

    def exposures_of(self, name: EntityName) -> tuple[ExposureFact, ...]:
        """Return the exposures that read a dataset, by name; all of them are looked through."""
        key = self.key(name)
        return tuple(each for each in self.all_exposures() if key in map(self.key, each.upstream))

    def all_tables(self) -> Iterator[TableFact]:
        """Yield every dataset."""
        for note in list(self.notebook.all(shelves.TABLES)):
            yield table_fact(self.notebook, self.key(note.fact.name), note)

    def all_assets(self) -> Iterator[AssetFact]:
        """Yield what code declares of every asset, and of dbt's sources that are none."""
        yield from map(self._spelled, list(self.notebook.all(shelves.DECLARED)))

    def all_lineages(self) -> Iterator[LineageFact]:
        """Yield what every teller says."""
        for note in list(self.notebook.all(shelves.LINEAGES)):
            yield from lineage_facts(self.notebook, note.downstream, note)

    def all_pipelines(self) -> Iterator[PipelineFact]:
        """Yield every job and group."""
        for note in list(self.notebook.all(shelves.PIPELINES)):
            yield pipeline_fact(self.notebook, note)

    def all_runs(self) -> Iterator[RunFact]:
        """Yield every run that is kept, oldest first."""
        for note in sorted(self.notebook.all(shelves.RUNS), key=lambda each: (each.at, each.run_id)):
            found = self.run(note.run_id)
            if found is not None:
                yield found

    def all_checks(self) -> Iterator[CheckFact]:
        """Yield every check."""
        for note in list(self.notebook.all(shelves.CHECKS)):
            yield replace(note.fact, table=self.spelled(note.fact.table))

    def all_exposures(self) -> Iterator[ExposureFact]:
        """Yield every exposure."""
        for fact in list(self.notebook.all(shelves.EXPOSURES)):
            yield replace(fact, upstream=tuple(map(self.spelled, fact.upstream)))

    def fetch_tables(self, names: Collection[EntityName]) -> None:
        """Read what is known of several datasets together."""
        self.notebook.fetch([shelves.ALIASES.name(key_text(name)) for name in names])
        self.notebook.fetch([shelves.TABLES.name(key_text(self.key(name))) for name in names])

    def spelled(self, name: EntityName) -> EntityName:
        """Return a dataset's name as whoever makes it spells it; the name itself of an unknown one."""
        note = self._table_note(name)
        return note.fact.name if note else name

    def _is_home(self, fact: AssetFact, key: EntityName) -> bool:
        """Say whether events of the asset's own code location, or of none, told that it is this dataset."""
        note = self.notebook.get(shelves.ASSETS, fact.key)
        homes = note.homes if note else {}
        home = homes.get(fact.code_location) or homes.get("")
        return home is not None and home.key == key

    def _spelled(self, fact: AssetFact) -> AssetFact:
        upstream = tuple(sorted(map(self.spelled, fact.upstream)))
        return replace(fact, name=self.spelled(fact.name) if fact.name else None, upstream=upstream)

    def _table_note(self, name: EntityName) -> TableNote | None:
        return self.notebook.get(shelves.TABLES, key_text(self.key(name)))


def neutral(fact: TableFact) -> TableFact:
    """Return a table's fact without its times, to see whether another says something else."""
    return replace(fact, at=fact.at.min, columns_at=None, sql_at=None)
