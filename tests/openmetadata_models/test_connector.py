"""`metadata ingest` with our source, run by OpenMetadata's own command against the stand-in."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from phlo_hooks.subscribers.openmetadata.syncing import sync
from tests.openmetadata_models.judging import ROOT, Judge
from tests.openmetadata_server.platform import Platform, flights
from tests.openmetadata_standin import Fault, StandIn, running

CONFIG = ROOT / "deploy" / "openmetadata" / "ingest.yaml"
MART = "duckdb.warehouse.marts.delay_by_carrier"
STAGING = "duckdb.warehouse.staging.stg_flights"


@pytest.fixture
def server() -> Iterator[StandIn]:
    """A 2.0 server, as the client is one."""
    with running("2.0") as server:
        yield server


@pytest.fixture
def platform(tmp_path: Path, server: StandIn) -> Platform:
    """A state database with a run of the example; the subscriber never ran."""
    platform = Platform(tmp_path, server)
    platform.append(flights())
    return platform


def ingest(judge: Judge, platform: Platform, config: Path = CONFIG, **environ: str) -> tuple[int, str]:
    """Run the command with the configuration that we ship."""
    given = {
        "OPENMETADATA_URL": platform.server.url,
        "OPENMETADATA_JWT": platform.server.jwt,
        "PHLO_HOOKS_DATABASE": platform.url,
    }
    return judge.ingest(config, given | environ)


def write_by_hand(server: StandIn) -> None:
    """Describe a table, give it an owner, and draw an edge, as a person does."""
    headers = {"Authorization": f"Bearer {server.person_jwt}"}
    with httpx.Client(base_url=f"{server.url}/api/v1/", headers=headers) as http:
        mart, staging = (http.get(f"tables/name/{name}").json() for name in (MART, STAGING))
        ada = http.get("users/name/ada").json()
        patch = [
            {"op": "add", "path": "/description", "value": "Ours, by hand."},
            {"op": "add", "path": "/owners", "value": [{"id": ada["id"], "type": "user"}]},
        ]
        patched = http.patch(
            f"tables/{mart['id']}", json=patch, headers={"Content-Type": "application/json-patch+json"}
        )
        edge = {
            "fromEntity": {"id": mart["id"], "type": "table"},
            "toEntity": {"id": staging["id"], "type": "table"},
            "lineageDetails": {"source": "Manual", "description": "by hand"},
        }
        drawn = http.put("lineage", json={"edge": edge})
    assert (patched.status_code, drawn.status_code) == (200, 200)


def without_governance(dump: dict[str, Any]) -> dict[str, Any]:
    """Return what a server holds without what only the subscriber tells."""
    left = copy.deepcopy(dump)
    for kind in ("classification", "tag", "domain", "dataProduct"):
        left["entities"].pop(kind, None)
    for entities in left["entities"].values():
        for entity in entities.values():
            for key in ("owners", "tags", "domains", "dataProducts"):
                entity.pop(key, None)
    left.pop("incidents")
    return left


def test_it_brings_what_the_subscriber_brings(judge: Judge, platform: Platform) -> None:
    """Entities, columns, edges, runs, results and sizes are the same as after a `sync` of the subscriber."""
    code, said = ingest(judge, platform)
    brought = without_governance(platform.server.dump())

    with running("2.0") as other:
        beside = Platform(platform.folder, other)
        with beside.at_hand() as (outbox, context, options, client):
            sync(outbox, context, options, client)
        expected = without_governance(other.dump())

    assert (code, platform.server.journal.refused) == (0, []), said
    assert brought["entities"].keys() == expected["entities"].keys()
    for part in expected:
        assert brought[part] == expected[part], part


def test_again_it_changes_nothing(judge: Judge, platform: Platform) -> None:
    """A second run of the schedule writes nothing that is there."""
    ingest(judge, platform)
    before = platform.server.dump()
    platform.server.journal.clear()

    code, said = ingest(judge, platform)

    assert code == 0, said
    assert platform.server.journal.changes == []
    assert platform.server.dump() == before


def test_after_the_subscriber_it_changes_nothing(judge: Judge, platform: Platform) -> None:
    """Where the subscriber told everything, the connector finds nothing to do: what both make is the same."""
    platform.drain()
    platform.server.journal.clear()

    code, said = ingest(judge, platform)

    assert code == 0, said
    assert platform.server.journal.changes == []


def test_what_people_wrote_stays(judge: Judge, platform: Platform) -> None:
    """Descriptions, owners, columns of another connector and hand-drawn edges survive."""
    ingest(judge, platform)
    write_by_hand(platform.server)
    before = platform.server.dump()

    code, said = ingest(judge, platform)

    assert code == 0, said
    assert platform.server.dump() == before


def test_history_begins_when_it_is_told(judge: Judge, platform: Platform, tmp_path: Path) -> None:
    """With `since`, runs, results and sizes before it are left out; tables and edges are not."""
    config = tmp_path / "since.yaml"
    config.write_text(CONFIG.read_text().replace('# since: "2026-11-01"', 'since: "2100-01-01"'))

    code, said = ingest(judge, platform, config)

    assert code == 0, said
    dump = platform.server.dump()
    assert dump["entities"]["table"]
    assert dump["edges"]
    assert (dump["runs"], dump["results"], dump["profiles"]) == ({}, {}, {})


def test_the_state_database_is_only_read(judge: Judge, platform: Platform) -> None:
    """Nothing is written to the state database, so that a copy or a replica will do."""
    file = platform.folder / "state.db"
    before = file.read_bytes()

    ingest(judge, platform)

    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ("database: ${PHLO_HOOKS_DATABASE}", "database: sqlite:////nowhere/state.db", "nowhere"),
        ("database: ${PHLO_HOOKS_DATABASE}", "databse: x", "'databse' is none of database, project, since"),
        ('# since: "2026-11-01"', "since: tomorrow", "tomorrow"),
    ],
)
def test_what_does_not_fit_is_named(
    judge: Judge, platform: Platform, tmp_path: Path, line: str, instead: str, said: str
) -> None:
    """A configuration that does not fit ends the command with a line that says why, before anything is written."""
    config = tmp_path / "bad.yaml"
    config.write_text(CONFIG.read_text().replace(line, instead))

    code, told = ingest(judge, platform, config)

    assert code == 1
    assert said in told
    assert platform.server.journal.changes == []


def test_one_refusal_stops_no_other(judge: Judge, platform: Platform) -> None:
    """A body that the server refuses is named and counted by the command; the rest arrives."""
    fault = platform.server.faults.add(Fault(path=r"PUT .*/tableProfile", status=400, at=1))

    _code, said = ingest(judge, platform)

    dump = platform.server.dump()
    assert fault.hit == 1
    assert re.search(r"Errors: [1-9]", said)
    assert len(dump["profiles"]) > 1
    assert MART in dump["entities"]["table"]
    assert dump["edges"]
    assert dump["runs"]
