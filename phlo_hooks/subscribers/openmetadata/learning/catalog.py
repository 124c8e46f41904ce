"""What code declares: assets, jobs, exposures, and the sources that dbt reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from phlo_hooks.catalog import Catalog, KnownAsset, KnownExposure, KnownJob, KnownUpstream
from phlo_hooks.datasets import DatasetRef
from phlo_hooks.subscribers.openmetadata.facts import AssetFact, ExposureFact, Learned
from phlo_hooks.subscribers.openmetadata.learning import notebook as shelves
from phlo_hooks.subscribers.openmetadata.learning.changes import Changes
from phlo_hooks.subscribers.openmetadata.learning.edges_composed import home_of
from phlo_hooks.subscribers.openmetadata.learning.knowledge import Knowledge
from phlo_hooks.subscribers.openmetadata.learning.notebook import Notebook, Shelf, T, key_text
from phlo_hooks.subscribers.openmetadata.learning.notes import DeclaredJob, Outline
from phlo_hooks.subscribers.openmetadata.learning.tables_composed import JOBS
from phlo_hooks.subscribers.openmetadata.names import EntityName
from phlo_hooks.subscribers.openmetadata.naming import Naming

SOURCE = "source:"
"""Before the name of a source that dbt declares and that is no asset."""
_FORM = 2
"""Of the notes made here: those of another form are made anew, also where code is as it was."""


def learn_catalog(catalog: Catalog, knowledge: Knowledge, naming: Naming, *, again: bool = False) -> Learned:
    """
    Learn what code declares, and return what is another than before; of datasets only those that events spoke of.

    What is gone from a code location that the catalog knows is forgotten, unless a part of the catalog could not be
    read. The catalog of the same digest says nothing new.

    Args:
        again: Everything declared counts as changed, whatever the digest.
    """
    book = knowledge.notebook
    if knows_catalog(catalog, knowledge) and not again:
        return Learned()
    book.fetch([shelves.ASSETS.name(asset.key) for asset in catalog.assets])
    lesson = _Declaring(catalog, knowledge, naming, again=again)
    lesson.learn()
    book.set(shelves.DIGEST, _mark(catalog))
    return lesson.changes.learned()


def knows_catalog(catalog: Catalog, knowledge: Knowledge) -> bool:
    """Say whether this very catalog was the last that was learned."""
    return bool(catalog.digest) and knowledge.notebook.get(shelves.DIGEST) == _mark(catalog)


def _mark(catalog: Catalog) -> str:
    return f"{_FORM}:{catalog.digest}"


class _Declaring:
    """One catalog that is being learned."""

    def __init__(self, catalog: Catalog, knowledge: Knowledge, naming: Naming, *, again: bool) -> None:
        self.catalog = catalog
        self.book: Notebook = knowledge.notebook
        self.naming = naming
        self.changes = Changes(knowledge, again=again)
        self.whole = not catalog.notes
        self.with_jobs = {job.code_location for job in catalog.jobs}
        self.locations = {
            *(asset.code_location for asset in catalog.assets),
            *(exposure.code_location for exposure in catalog.exposures),
            *(job.code_location for job in catalog.jobs),
        }

    def learn(self) -> None:
        facts = self._assets()
        before = {fact.key: fact for fact in self.book.all(shelves.DECLARED)}
        gone = {
            key: fact
            for key, fact in before.items()
            if key not in facts and fact.code_location in self.locations and self.whole
        }
        self._look_at(facts.values())
        self._look_at(gone.values())
        for location in sorted(self.locations):
            self.book.set(shelves.LOCATIONS, JOBS if location in self.with_jobs else "", location)
        self._learn_jobs()
        self._learn_exposures()
        for key, fact in facts.items():
            if before.get(key) != fact or self.changes.again:
                self._replace(before.get(key), fact)
        for fact in gone.values():
            self._forget(fact)

    def _look_at(self, facts: Iterable[AssetFact]) -> None:
        """Look at the tables as they are before anything changes."""
        for fact in facts:
            for key in self._tables_of(fact):
                self.changes.table(key)

    def _tables_of(self, fact: AssetFact) -> Iterator[EntityName]:
        declared = _key(self.book, fact.name) if fact.name else None
        homes = {declared, home_of(self.book, fact.key)} - {None}
        note = self.book.get(shelves.ASSETS, fact.key)
        homes.update(note.targets if note else ())
        for key in homes:
            if key is not None and self.book.get(shelves.TABLES, key_text(key)) is not None:
                yield key

    def _replace(self, before: AssetFact | None, fact: AssetFact) -> None:
        if before is not None:
            self._unlist(before)
        self.book.set(shelves.DECLARED, fact, fact.key)
        self.book.set(shelves.OUTLINES, _outline(fact), fact.key)
        if fact.name is not None:
            place = key_text(_key(self.book, fact.name))
            listed = self.book.get(shelves.DECLARES, place) or []
            self.book.set(shelves.DECLARES, sorted({*listed, fact.key}), place)
        self._touch(fact)

    def _forget(self, fact: AssetFact) -> None:
        self._touch(fact)
        self._unlist(fact)
        self.book.drop(shelves.DECLARED, fact.key)
        self.book.drop(shelves.OUTLINES, fact.key)

    def _unlist(self, fact: AssetFact) -> None:
        if fact.name is not None:
            place = key_text(_key(self.book, fact.name))
            listed = self.book.get(shelves.DECLARES, place) or []
            self.book.set(shelves.DECLARES, [key for key in listed if key != fact.key], place)

    def _touch(self, fact: AssetFact) -> None:
        self.changes.renewed.update(self._tables_of(fact))
        note = self.book.get(shelves.ASSETS, fact.key)
        self.changes.pipelines.update(note.pipelines if note else ())

    def _assets(self) -> dict[str, AssetFact]:
        found: dict[str, AssetFact] = {}
        for asset in sorted(self.catalog.assets, key=lambda each: (each.external, each.key, each.code_location)):
            if asset.key not in found:
                found[asset.key] = self._asset(asset)
        homes = {fact.name for fact in found.values()}
        for asset in self.catalog.assets:
            for upstream in asset.upstreams:
                fact = self._source(asset, upstream)
                if fact is not None and fact.name not in homes:
                    found.setdefault(fact.key, fact)
        return found

    def _asset(self, asset: KnownAsset) -> AssetFact:
        return AssetFact(
            key=asset.key,
            name=self._name(asset.dataset),
            code_location=asset.code_location,
            group=asset.group,
            kinds=asset.kinds,
            owners=asset.owners,
            tags=dict(asset.tags),
            description=asset.description,
            columns=asset.columns,
            upstream_keys=tuple(sorted({each.asset_key for each in asset.upstreams if each.asset_key})),
            upstream=tuple(sorted({name for each in asset.upstreams if (name := self._name(each.dataset))})),
            external=asset.external,
            metadata=dict(asset.metadata),
            model=asset.model,
        )

    def _source(self, asset: KnownAsset, upstream: KnownUpstream) -> AssetFact | None:
        """Return what dbt says of a source that is no asset, as if it were one."""
        name = self._name(upstream.dataset)
        if name is None or upstream.asset_key or not (upstream.description or upstream.columns or upstream.model):
            return None
        return AssetFact(
            key=SOURCE + (upstream.model.unique_id if upstream.model else name.fqn),
            name=name,
            code_location=asset.code_location,
            description=upstream.description,
            columns=upstream.columns,
            external=True,
            model=upstream.model,
        )

    def _name(self, ref: DatasetRef) -> EntityName | None:
        """Return a dataset's name, and see to it that it is found by this spelling."""
        name = self.naming.dataset(ref)
        if name is not None and (key := self.naming.same(name, ref)) != name:
            self.book.set(shelves.ALIASES, key, key_text(name))
        return name

    def _learn_jobs(self) -> None:
        jobs = {key_text(fact.name): fact for fact in map(self._job, self.catalog.jobs)}
        for place, job in _changed(self.book, shelves.JOBS, jobs):
            if self.book.get(shelves.PIPELINES, place) is not None:
                self.changes.pipelines.add(job.name)
        gone = [
            (key_text(job.name), job)
            for job in list(self.book.all(shelves.JOBS))
            if key_text(job.name) not in jobs and job.code_location in self.with_jobs and self.whole
        ]
        for place, _ in gone:
            self.book.drop(shelves.JOBS, place)

    def _job(self, job: KnownJob) -> DeclaredJob:
        return DeclaredJob(
            name=self.naming.pipeline(job.code_location, job.name),
            code_location=job.code_location,
            asset_keys=job.asset_keys,
            schedule=job.schedule,
            description=job.description,
        )

    def _learn_exposures(self) -> None:
        facts = {key_text(fact.name): fact for fact in map(self._exposure, self.catalog.exposures)}
        changed = dict(_changed(self.book, shelves.EXPOSURES, facts))
        self.changes.exposures.update(
            fact.name for place, fact in facts.items() if place in changed or self.changes.again
        )
        for fact in list(self.book.all(shelves.EXPOSURES)):
            if key_text(fact.name) not in facts and fact.code_location in self.locations and self.whole:
                self.book.drop(shelves.EXPOSURES, key_text(fact.name))

    def _exposure(self, exposure: KnownExposure) -> ExposureFact:
        return ExposureFact(
            name=self.naming.exposure(exposure),
            upstream=tuple(sorted({name for ref in exposure.datasets if (name := self._name(ref))})),
            type=exposure.type,
            label=exposure.label,
            url=exposure.url,
            owner=exposure.owner,
            description=exposure.description,
            tags=exposure.tags,
            meta=dict(exposure.meta),
            code_location=exposure.code_location,
        )


def _outline(fact: AssetFact) -> Outline:
    return Outline(
        key=fact.key,
        name=fact.name,
        group=fact.group,
        kind=next(iter(fact.kinds), ""),
        upstream_keys=fact.upstream_keys,
        reads=bool(fact.upstream or fact.upstream_keys),
        external=fact.external,
    )


def _changed(book: Notebook, shelf: Shelf[T], facts: Mapping[str, T]) -> Iterator[tuple[str, T]]:
    """Set what is new or another, and yield it."""
    for place, fact in facts.items():
        if book.get(shelf, place) != fact:
            book.set(shelf, fact, place)
            yield place, fact


def _key(book: Notebook, name: EntityName) -> EntityName:
    return book.get(shelves.ALIASES, key_text(name)) or name
