"""
Facts to requests, in the order in which they are sent; pure, and the same bytes for the same facts.

Entities come first, what they are in before them; then dbt models, edges, runs, tests with their results, and sizes.
An edge, a run or a result brings the entities that it names along: publishing sends what changed of them, so mostly
nothing. Only the pipeline that an edge carries is not brought along: it was learned when the run began, and to put it
together for each of a thousand models takes minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Final

from phlo_hooks.subscribers.openmetadata.edges import (
    edges_into,
    edges_of_exposure,
    settled,
    upstream_of,
)
from phlo_hooks.subscribers.openmetadata.entities import dashboard, data_model, dataset_entities
from phlo_hooks.subscribers.openmetadata.facts import (
    AssetFact,
    ExposureFact,
    Facts,
    Learned,
    LineageFact,
    PipelineFact,
    RunFact,
    TableFact,
)
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.pipelines import pipeline_entities
from phlo_hooks.subscribers.openmetadata.quality import as_test, profile_of, result_of
from phlo_hooks.subscribers.openmetadata.requests import PostResult, PutEntity, PutTest, Request
from phlo_hooks.subscribers.openmetadata.statuses import milliseconds, pipelines_of, statuses_of

_ORDER: Final = {kind: rank for rank, kind in enumerate(Kind)}
"""Kinds are declared with services first, and what is in something after it."""


def requests_for(
    learned: Learned, known: Facts, naming: Naming, options: Options, *, ui_url: str | None
) -> list[Request]:
    """
    Return what is to be sent of what was learned, in order.

    Args:
        learned: What changed or is to be told again.
        known: All facts; only those that ``learned`` names, and those that they name, are read.
        ui_url: Dagster's web server, without a trailing slash; ``None`` for no links.
    """
    return _Mapping(known, naming, options, ui_url).requests(learned)


class _Remembered:
    """Facts, each put together once in a pass."""

    def __init__(self, known: Facts) -> None:
        self.table: Callable[[EntityName], TableFact | None] = cache(known.table)
        self.assets_of: Callable[[EntityName], tuple[AssetFact, ...]] = cache(known.assets_of)
        self.asset: Callable[[str], AssetFact | None] = cache(known.asset)
        self.lineage: Callable[[EntityName], tuple[LineageFact, ...]] = cache(known.lineage)
        self.pipeline: Callable[[EntityName], PipelineFact | None] = cache(known.pipeline)
        self.run: Callable[[str], RunFact | None] = cache(known.run)
        self.run_status: Callable[[str], str | None] = cache(known.run_status)
        self.exposure: Callable[[EntityName], ExposureFact | None] = cache(known.exposure)


class _Mapping:
    """One pass over what was learned; it holds what every part needs."""

    def __init__(self, known: Facts, naming: Naming, options: Options, ui_url: str | None) -> None:
        self._known = _Remembered(known)
        self._naming = naming
        self._options = options
        self._ui_url = ui_url

    def requests(self, learned: Learned) -> list[Request]:
        return [
            *self._entities(learned),
            *self._models(learned),
            *self._edges(learned),
            *self._statuses(learned),
            *self._tests(learned),
            *self._profiles(learned),
        ]

    def _entities(self, learned: Learned) -> list[PutEntity]:
        """Return every entity once; of two bodies of one service the one of the first dataset by name holds."""
        found: dict[EntityName, PutEntity] = {}
        for request in self._needed(learned):
            found.setdefault(request.name, request)
        return sorted(found.values(), key=lambda request: (_ORDER[request.name.kind], request.name.parts))

    def _needed(self, learned: Learned) -> Iterator[PutEntity]:
        exposures = [found for name in sorted(learned.exposures) if (found := self._known.exposure(name)) is not None]
        names = {*learned.tables, *learned.lineages}
        for table in self._tables(learned.lineages):
            names.update(upstream_of(table, self._known))
        names.update(result.check.table for result in learned.results)
        names.update(profile.table for profile in learned.profiles)
        names.update(name for exposure in exposures for name in exposure.upstream)
        for table in self._tables(names):
            yield from dataset_entities(table, self._known, self._naming, self._options, ui_url=self._ui_url)
        for name in sorted(self._pipelines(learned)):
            yield from pipeline_entities(name, self._known, ui_url=self._ui_url)
        for exposure in exposures:
            yield from dashboard(exposure, self._options)

    def _tables(self, names: Iterable[EntityName]) -> list[TableFact]:
        """Return datasets, each once however it is spelled, by name; unknown ones left out."""
        found = {table.name: table for name in names if (table := self._known.table(name)) is not None}
        return [found[name] for name in sorted(found)]

    def _pipelines(self, learned: Learned) -> set[EntityName]:
        """Return the pipelines that were learned or ran; those that edges carry were learned before."""
        found = set(learned.pipelines)
        for run_id in learned.runs:
            run = self._known.run(run_id)
            found.update(pipelines_of(run, self._naming) if run is not None else ())
        return found

    def _models(self, learned: Learned) -> Iterator[Request]:
        for table in self._tables(learned.tables | learned.lineages):
            upstream = upstream_of(table, self._known)
            model = data_model(table, upstream, self._known, self._naming, self._options)
            if model is not None:
                yield model

    def _edges(self, learned: Learned) -> Iterator[Request]:
        for table in self._tables(learned.lineages):
            yield from edges_into(table, self._known, self._naming, self._options)
        for name in sorted(learned.exposures):
            exposure = self._known.exposure(name)
            yield from edges_of_exposure(exposure, self._known) if exposure is not None else ()
        for table in self._tables(learned.settled):
            request = settled(table, self._known)
            if request is not None:
                yield request

    def _statuses(self, learned: Learned) -> Iterator[Request]:
        runs = [run for run_id in sorted(learned.runs) if (run := self._known.run(run_id)) is not None]
        statuses = [
            status for run in runs for status in statuses_of(run, self._known, self._naming, ui_url=self._ui_url)
        ]
        yield from sorted(statuses, key=lambda status: (status.pipeline, status.timestamp))

    def _tests(self, learned: Learned) -> Iterator[Request]:
        """Yield each test once, then the results, oldest first: an incident follows the order of results."""
        tests: dict[EntityName, PutTest] = {}
        results: list[PostResult] = []
        for result in learned.results:
            test = as_test(result.check, self._known, self._naming)
            if test is not None:
                tests[test.case] = test
                results.append(result_of(result, test.case, milliseconds(result.at), self._options))
        yield from (tests[case] for case in sorted(tests))
        yield from sorted(results, key=lambda result: (result.timestamp, result.case))

    def _profiles(self, learned: Learned) -> Iterator[Request]:
        if not self._options.send_profiles:
            return
        found = [profile_of(fact, self._known, milliseconds(fact.at)) for fact in learned.profiles]
        profiles = [profile for profile in found if profile is not None]
        yield from sorted(profiles, key=lambda profile: (profile.table, profile.timestamp))
