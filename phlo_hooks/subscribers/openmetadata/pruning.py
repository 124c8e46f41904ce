"""
What we brought to the server and nothing knows any more.

An asset is gone when its code location still declares others and not this one; where nothing of the location is
declared any more, when nothing was heard of it for a week. What others created or took over, and what others have
something in or test, is never touched. Deleting is soft: people can restore it, and so does the next change of the
asset's structure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Final

from phlo_hooks.catalog import Catalog
from phlo_hooks.keep import Keep
from phlo_hooks.subscribers.openmetadata.client import Refused
from phlo_hooks.subscribers.openmetadata.facts import PipelineFact, TableFact
from phlo_hooks.subscribers.openmetadata.learning import Knowledge
from phlo_hooks.subscribers.openmetadata.names import PATHS, EntityName, Kind
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.publishing import Api, Ledger, Published, Publisher, Refusal
from phlo_hooks.subscribers.openmetadata.publishing.entities import above
from phlo_hooks.subscribers.openmetadata.publishing.ledger import entity_name
from phlo_hooks.subscribers.openmetadata.publishing.merging import SERVICES
from phlo_hooks.subscribers.openmetadata.publishing.records import EntityRecord, is_ours
from phlo_hooks.subscribers.openmetadata.requests import PutEntity, SettleEdges

IDLE: Final = timedelta(days=7)
"""Without a word of a whole code location, so long nothing is gone."""
_TESTS: Final = 1000
"""Tests of one table that are looked at."""
_WITH_ALL: Final = {"recursive": "true"}
_DATASETS: Final = frozenset({Kind.TABLE, Kind.CONTAINER, Kind.API_ENDPOINT})
_INSIDE: Final = {
    Kind.DATABASE_SCHEMA: (("tables", "databaseSchema"), ("storedProcedures", "databaseSchema")),
    Kind.DATABASE: (("databaseSchemas", "database"),),
    Kind.DATABASE_SERVICE: (("databases", "service"),),
    Kind.API_COLLECTION: (("apiEndpoints", "apiCollection"),),
    Kind.API_SERVICE: (("apiCollections", "service"),),
    Kind.STORAGE_SERVICE: (("containers", "service"),),
    Kind.PIPELINE_SERVICE: (("pipelines", "service"),),
    Kind.DASHBOARD_SERVICE: (("dashboards", "service"), ("charts", "service")),
}
"""Where to ask what is in what."""


@dataclass(frozen=True, kw_only=True)
class Stale:
    """
    Something of ours that nothing knows any more.

    Attributes:
        name: The entity; of an edge, where it leads to.
        why: In a few words.
        upstream: Of an edge, where it comes from.
    """

    name: EntityName
    why: str
    upstream: EntityName | None = None

    def __str__(self) -> str:
        what = str(self.name) if self.upstream is None else f"edge {self.upstream.fqn} -> {self.name.fqn}"
        return f"{what}: {self.why}"


def find_stale(
    client: Api, keep: Keep, catalog: Catalog, knowledge: Knowledge, *, now: datetime | None = None
) -> list[Stale]:
    """
    Return what can go, edges first, then entities, innermost first; only reads.

    Args:
        catalog: What code declares; when a part of it failed (``notes``), nothing is found.
    """
    if catalog.notes:
        return []
    ledger = Ledger(keep)
    ours = {name: record for name, record in ledger.entities() if record.ours and record.digest and not record.pruned}
    living = _Living(catalog, knowledge, now or datetime.now(UTC))
    unknown = [Stale(name=name, why=why) for name in ours if (why := living.why_gone(name)) is not None]
    kept = client.parallel([partial(_is_others, client, ledger, stale.name) for stale in unknown])
    gone = [stale for stale, is_theirs in zip(unknown, kept, strict=True) if not is_theirs]
    gone += _emptied(client, ours, {stale.name for stale in gone})
    names = {stale.name for stale in gone}
    edges = [
        Stale(name=downstream, upstream=record.source, why="one of its ends is gone")
        for _, downstream, record in ledger.edges()
        if names & {downstream, record.source}
    ]
    return [*edges, *sorted(gone, key=lambda stale: (-len(stale.name.parts), stale.name))]


def prune(client: Api, keep: Keep, stale: Sequence[Stale]) -> Published:
    """
    Take back our edges, and delete softly what ``find_stale`` found.

    Raises:
        TransientDeliveryError: The server cannot be reached.
    """
    edges = [each for each in stale if each.upstream is not None]
    published = Publisher(client, keep, Options()).publish(_settled(keep, edges))
    ledger = Ledger(keep)
    sent, refused = 0, []
    try:
        for each in stale:
            if each.upstream is None:
                try:
                    sent += _delete(client, ledger, each.name)
                except Refused as refusal:
                    request = PutEntity(name=each.name, body={})
                    refused.append(Refusal(request, f"{each.name}: {refusal.message}"))
    finally:
        ledger.flush()
    return published | Published(sent=sent, refused=tuple(refused))


class _Living:
    """What code or events still know."""

    def __init__(self, catalog: Catalog, knowledge: Knowledge, now: datetime) -> None:
        self._knowledge = knowledge
        self._now = now
        self._assets = {asset.key for asset in catalog.assets}
        self._locations = {asset.code_location for asset in catalog.assets} | {
            job.code_location for job in catalog.jobs
        }
        self._jobs = {(job.code_location, job.name) for job in catalog.jobs}
        self._groups = {(asset.code_location, asset.group) for asset in catalog.assets}
        self._read = frozenset(self._upstream())

    def why_gone(self, name: EntityName) -> str | None:
        """Return why nothing knows an entity any more; ``None`` for what lives, and for what others are in."""
        if name.kind in _DATASETS:
            return self._dataset(name)
        if name.kind is Kind.PIPELINE:
            return self._pipeline(self._knowledge.pipeline(name))
        if name.kind is Kind.DASHBOARD and self._knowledge.exposure(name) is None:
            return "no exposure is called so any more"
        return None

    def _dataset(self, name: EntityName) -> str | None:
        fact = self._knowledge.table(name)
        if fact is None:
            return "no event speaks of it"
        if self._is_made(fact) or fact.name in self._read:
            return None
        makers = sorted({*fact.asset_keys, *([fact.maker] if fact.maker else [])})
        if not makers:
            return "nothing reads it any more"
        if self._is_silent(fact.code_location, fact.at):
            return f"no code declares {', '.join(makers)} any more"
        return None

    def _is_made(self, fact: TableFact) -> bool:
        return bool(self._assets & {*fact.asset_keys, *([fact.maker] if fact.maker else [])})

    def _is_silent(self, location: str | None, at: datetime | None) -> bool:
        """Whether what is not declared is gone: its location declares other things, or is not heard of for long."""
        return location in self._locations or not self._is_recent(at)

    def _is_recent(self, at: datetime | None) -> bool:
        return at is not None and self._now - at <= IDLE

    def _declares_jobs(self, location: str) -> bool:
        """Whether the location tells of its jobs: one that was last loaded before jobs were kept tells of none."""
        return any(where == location for where, _ in self._jobs)

    def _upstream(self) -> Iterator[EntityName]:
        """Yield what living datasets and exposures are made from."""
        for fact in self._knowledge.all_lineages():
            table = self._knowledge.table(fact.downstream)
            if table is not None and (self._is_made(table) or not self._is_silent(table.code_location, table.at)):
                yield from (edge.upstream for edge in fact.edges)
        for exposure in self._knowledge.all_exposures():
            yield from exposure.upstream

    def _pipeline(self, fact: PipelineFact | None) -> str | None:
        if fact is None:
            return "no run speaks of it"
        location = fact.code_location or ""
        known = (location, fact.job) in self._jobs if fact.job else (location, fact.group) in self._groups
        if known or not self._is_silent(fact.code_location, fact.at):
            return None
        if fact.job and not self._declares_jobs(location) and self._is_recent(fact.at):
            return None
        return f"no code declares the {'job' if fact.job else 'group'} {fact.job or fact.group} any more"


def _is_others(client: Api, ledger: Ledger, name: EntityName) -> bool:
    """Whether another connector took an entity of ours over, or people test it."""
    there = client.get(name.path, {"include": "all"}) or {}
    theirs = there.get("sourceHash")
    if theirs and not is_ours(theirs):
        return True
    if name.kind is not Kind.TABLE or not there or there.get("deleted"):
        return False
    asked = {"entityLink": f"<#E::table::{name.fqn}>", "includeAllTests": "true", "limit": _TESTS}
    try:
        tests = (client.get(PATHS[Kind.TEST_CASE], asked) or {}).get("data") or ()
    except Refused:
        return True  # nobody can say, so it stays
    ours = ledger.cases_of(name)
    return any(str(each.get("fullyQualifiedName")) not in ours for each in tests)


def _emptied(client: Api, ours: Iterable[EntityName], gone: set[EntityName]) -> Iterator[Stale]:
    """Yield our schemas, databases and services in which nothing is left but what goes."""
    names = sorted((name for name in ours if name.kind in _INSIDE), key=lambda name: -len(name.parts))
    leaving = set(gone)
    for name in names:
        going = sum(name == next(reversed(list(above(each))), None) for each in leaving)
        if going and _living_inside(client, name) <= going:
            leaving.add(name)
            yield Stale(name=name, why="nothing is left in it")


def _living_inside(client: Api, name: EntityName) -> int:
    """Return how many things are in it, whoever's they are."""
    counted = 0
    for path, parameter in _INSIDE[name.kind]:
        try:
            answer = client.get(path, {parameter: name.fqn, "limit": 0}) or {}
        except Refused as refusal:
            if refusal.unrouted:
                continue
            raise
        counted += int((answer.get("paging") or {}).get("total") or 0)
    return counted


def _settled(keep: Keep, edges: Sequence[Stale]) -> Iterator[SettleEdges]:
    ledger = Ledger(keep)
    for downstream in sorted({each.name for each in edges}):
        gone = {each.upstream for each in edges if each.name == downstream}
        drawn = [record.source for _, record in ledger.edges_into(downstream)]
        yield SettleEdges(downstream=downstream, upstream=tuple(name for name in drawn if name not in gone))


def _delete(client: Api, ledger: Ledger, name: EntityName) -> int:
    """Delete one entity softly; a table with its suite of tests, all else only when nothing living is in it."""
    record = ledger.get(entity_name(name), EntityRecord)
    if not (record.id and record.ours):
        return 0
    path, went = f"{PATHS[name.kind]}/{record.id}", True
    try:
        client.delete(path, _WITH_ALL if name.kind is Kind.TABLE else None)
    except Refused as refusal:
        if refusal.status == HTTPStatus.BAD_REQUEST and name.kind in _INSIDE:
            went = _delete_hollow(client, name, path, refusal)
        elif refusal.status != HTTPStatus.NOT_FOUND:
            raise
    record.pruned = True
    ledger.put(entity_name(name), record)
    return int(went)


def _delete_hollow(client: Api, name: EntityName, path: str, refusal: Refused) -> bool:
    """
    Delete what is not empty for the server, as what was deleted softly is still in it; say whether it went.

    A service stays then: it may also hold what is not asked for, such as people's ingestions.
    """
    if name.kind in SERVICES:
        return False
    if _living_inside(client, name):
        raise refusal
    client.delete(path, _WITH_ALL)
    return True
