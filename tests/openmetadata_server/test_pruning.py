"""What nothing knows any more is found, and deleted softly; nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from phlo_hooks.catalog import Catalog, KnownAsset, KnownJob
from phlo_hooks.datasets import DatasetRef
from phlo_hooks.subscribers.openmetadata.facts import (
    EdgeFact,
    ExposureFact,
    LineageFact,
    PipelineFact,
    TableFact,
)
from phlo_hooks.subscribers.openmetadata.learning import Knowledge
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from phlo_hooks.subscribers.openmetadata.pruning import IDLE, Stale, find_stale, prune
from tests.openmetadata_server.desk import Desk

TODAY = datetime(2026, 11, 21, tzinfo=UTC)
REF = DatasetRef(namespace="postgres://db", name="shop.raw.t")


@dataclass
class Facts:
    """What ``find_stale`` asks of Knowledge."""

    tables: dict[EntityName, TableFact] = field(default_factory=dict)
    lineages: list[LineageFact] = field(default_factory=list)
    pipelines: dict[EntityName, PipelineFact] = field(default_factory=dict)

    def table(self, name: EntityName) -> TableFact | None:
        return self.tables.get(name)

    def pipeline(self, name: EntityName) -> PipelineFact | None:
        return self.pipelines.get(name)

    def exposure(self, name: EntityName) -> ExposureFact | None:
        return None

    def all_lineages(self) -> Iterable[LineageFact]:
        return self.lineages

    def all_exposures(self) -> Iterable[ExposureFact]:
        return ()


@dataclass
class World:
    """A schema with a table ``kept``, one ``gone`` that is made from ``source``, and a job."""

    desk: Desk
    facts: Facts
    catalog: Catalog

    def stale(self, **changes: Any) -> list[Stale]:
        given = {"catalog": self.catalog, "now": TODAY, **changes}
        return find_stale(self.desk.heard, self.desk.keep, knowledge=cast("Knowledge", self.facts), **given)

    def names(self, **changes: Any) -> set[str]:
        return {each.name.name if each.upstream is None else "edge" for each in self.stale(**changes)}


def asset(key: str, location: str = "shop") -> KnownAsset:
    return KnownAsset(key=key, dataset=REF, rule="metadata", why="", code_location=location)


@pytest.fixture
def world(desk: Desk) -> World:
    pipeline = desk.pipelines.child(Kind.PIPELINE, "shop.daily")
    tables = [desk.table(name) for name in ("kept", "gone", "source")]
    desk.publish(*tables, *desk.pipeline("one"), desk.edge("source", "gone", ("id", "id")))
    at = TODAY - timedelta(hours=1)
    facts = Facts(
        tables={
            desk.name("kept"): TableFact(name=desk.name("kept"), dataset=REF, at=at, asset_keys=("kept",), made=True),
            desk.name("gone"): TableFact(
                name=desk.name("gone"), dataset=REF, at=at, asset_keys=("gone",), made=True, code_location="shop"
            ),
            desk.name("source"): TableFact(name=desk.name("source"), dataset=REF, at=at),
        },
        lineages=[
            LineageFact(
                downstream=desk.name("gone"),
                teller="gone",
                at=at,
                edges=(EdgeFact(upstream=desk.name("source"), origin="dbt"),),
            )
        ],
        pipelines={pipeline: PipelineFact(name=pipeline, code_location="shop", job="daily", at=at)},
    )
    jobs = (KnownJob(name="daily", code_location="shop"),)
    return World(desk, facts, Catalog(assets=(asset("kept"),), jobs=jobs))


def test_a_location_that_tells_of_no_job_has_lost_none(world: World) -> None:
    """It may have been loaded before jobs were kept; a job that was heard of lately stays until a week is over."""
    silent = Catalog(assets=world.catalog.assets)

    assert "shop.daily" not in world.names(catalog=silent)
    assert "shop.daily" in world.names(catalog=silent, now=TODAY + IDLE)


def test_asset_that_left_the_code_is_stale(world: World) -> None:
    """With what only it reads, and their edge; what is declared stays, and what others stand in."""
    stale = world.stale()

    assert [str(each) for each in stale if each.upstream is None] == [
        f"{world.desk.name('gone')}: no code declares gone any more",
        f"{world.desk.name('source')}: nothing reads it any more",
    ]
    assert world.names() == {"gone", "source", "edge"}


def test_job_that_left_the_code_is_stale(world: World) -> None:
    """While its code location still declares other jobs."""
    other = (KnownJob(name="weekly", code_location="shop"),)

    assert "shop.daily" in world.names(catalog=Catalog(assets=(asset("kept"), asset("gone")), jobs=other))


def test_silent_code_location_is_given_a_week(world: World) -> None:
    """It may only not have been loaded: nothing of it is stale until nothing was heard of it for so long."""
    elsewhere = Catalog(assets=(asset("kept", "other"),))

    assert world.names(catalog=elsewhere) == set()
    assert "gone" in world.names(catalog=elsewhere, now=TODAY + IDLE)


def test_catalog_that_failed_makes_nothing_stale(world: World) -> None:
    """What it does not say may still be declared."""
    assert world.stale(catalog=Catalog(notes=("dagster: no snapshot",))) == []


def test_pruning_deletes_softly(world: World) -> None:
    """Tables and our edges; a second time nothing is found, and a run of the same structure leaves it so."""
    desk = world.desk

    published = prune(desk.heard, desk.keep, world.stale())

    assert (published.sent, published.refused) == (3, ())
    assert [desk.read(name)["deleted"] for name in ("kept", "gone", "source")] == [False, True, True]
    assert desk.details("source", "gone") is None
    assert world.stale() == []
    desk.publish(desk.table("gone"), verify=True)
    assert desk.read("gone")["deleted"] is True
    desk.publish(desk.table("gone", ["id", "new"]))
    assert desk.read("gone")["deleted"] is False


def test_what_others_created_is_never_stale(world: World) -> None:
    """Though nothing of ours knows it any more."""
    desk = world.desk
    body = {"name": "theirs", "databaseSchema": desk.schema.fqn, "columns": [{"name": "id", "dataType": "INT"}]}
    desk.target.ok("PUT", "/tables", body)
    desk.publish(desk.table("theirs", ["id", "x"]))

    assert "theirs" not in world.names()


def test_what_another_connector_took_over_is_never_stale(world: World) -> None:
    """It was ours once; by now the hash on it is another's."""
    desk = world.desk
    columns = [{"name": "id", "dataType": "BIGINT"}]
    body = {"name": "gone", "databaseSchema": desk.schema.fqn, "columns": columns, "sourceHash": "theirs"}
    desk.target.ok("PUT", "/tables", body)

    assert world.names() == {"source", "edge"}


def test_what_people_test_is_never_stale(world: World) -> None:
    """A table goes with our tests, and not with one of theirs, of it or of a column."""
    desk, target, fqn = world.desk, world.desk.target, world.desk.name("gone").fqn
    desk.publish(desk.test("gone"))
    before = world.names()
    body = {
        "name": "theirs",
        "testDefinition": desk.test().definition["name"],
        "entityLink": f"<#E::table::{fqn}::columns::x>",
        "parameterValues": [],
        **({"testSuite": f"{fqn}.testSuite"} if target.mode == "1.6" else {}),
    }
    target.ok("PUT", "/dataQuality/testCases", body)

    assert before == {"gone", "source", "edge"}
    assert world.names() == {"source", "edge"}


def test_schema_goes_when_it_is_empty(world: World) -> None:
    """
    With the database above it; not while anyone else has a table in it.

    The server finds what was deleted softly in it, still; so it may leave the service, where nothing else is lost.
    """
    desk = world.desk
    world.facts.tables.clear()
    world.facts.lineages.clear()
    assert {"raw", "lake", desk.service.name} <= world.names()

    body = {"name": "theirs", "databaseSchema": desk.schema.fqn, "columns": []}
    desk.target.ok("PUT", "/tables", body)
    assert world.names() == {"kept", "gone", "source", "edge"}

    desk.target.ok("DELETE", f"/tables/name/{desk.name('theirs').fqn}", hardDelete="true", person=True)
    published = prune(desk.heard, desk.keep, world.stale())
    database = f"{desk.service.fqn}.lake"
    assert published.refused == ()
    assert desk.target.read("databaseSchemas", desk.schema.fqn, include="all")["deleted"] is True
    assert desk.target.read("databases", database, include="all")["deleted"] is True
    assert world.stale() == []
