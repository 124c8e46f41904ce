"""``phlo-hooks doctor`` beside an OpenMetadata server, which the stand-in is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import Result

from phlo_hooks.subscribers.openmetadata.client import Client
from phlo_hooks.subscribers.openmetadata.options import Options
from tests.cli.clinic import Clinic, open_clinic
from tests.cli.conftest import Shop
from tests.openmetadata_standin import StandIn, running

Invoke = Callable[..., Result]


@pytest.fixture
def clinic(shop: Shop) -> Clinic:
    """Return a project that made both of its tables."""
    clinic = open_clinic(shop)
    clinic.keep()
    clinic.compile()
    clinic.ran()
    return clinic


@pytest.fixture(params=["2.0", "1.6"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """Return a running server that the environment names."""
    with running(request.param) as server:
        monkeypatch.setenv("OPENMETADATA_URL", server.url)
        monkeypatch.setenv("OPENMETADATA_JWT", server.jwt)
        yield server


def write(server: StandIn, *tables: str, lineage: bool = True) -> None:
    """Put tables with a column ``total`` there, and an edge from the first to the last."""
    with Client(Options(url=server.url, jwt=server.jwt), environ={}) as client:
        client.put("services/databaseServices", {"name": "duckdb", "serviceType": "CustomDatabase"})
        client.put("databases", {"name": "wh", "service": "duckdb"})
        ids = {}
        for table in tables:
            schema, _, name = table.partition(".")
            client.put("databaseSchemas", {"name": schema, "database": "duckdb.wh"})
            columns = [{"name": "total", "dataType": "BIGINT"}, {"name": "n", "dataType": "BIGINT"}]
            body = {"name": name, "databaseSchema": f"duckdb.wh.{schema}", "columns": columns}
            ids[table] = client.put("tables", body).body["id"]
        if lineage:
            first, *_, last = tables
            mapping = {"fromColumns": [f"duckdb.wh.{first}.total"], "toColumn": f"duckdb.wh.{last}.total"}
            ends = ({"id": ids[end], "type": "table"} for end in (first, last))
            edge = dict(zip(("fromEntity", "toEntity"), ends, strict=True))
            client.put("lineage", {"edge": {**edge, "lineageDetails": {"columnsLineage": [mapping]}}})
    server.journal.clear()


def document(result: Result) -> dict[str, Any]:
    """Return the JSON that was printed."""
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_all_is_there(clinic: Clinic, server: StandIn, invoke: Invoke) -> None:
    """Each asset's entity, rule and share of columns are said, nothing is to be fixed, and nothing was written."""
    write(server, "raw.orders", "main.sales")

    text, found = invoke("doctor"), document(invoke("doctor", "--json"))

    assert text.exit_code == 0
    assert "it has 2 of 2 assets; 1 of 4 columns have lineage there" in text.stdout
    assert found["openmetadata"] == {
        "url": server.url,
        "asked": 2,
        "there": 2,
        "columns": 4,
        "columns_with_lineage": 1,
    }
    assert {each["key"]: each["openmetadata"] for each in found["assets"]}["sales"] == {
        "kind": "table",
        "entity": "duckdb.wh.main.sales",
        "rule": "no rule: platform and namespace name the service",
        "there": True,
        "columns": 2,
        "columns_with_lineage": 1,
        "others": [],
    }
    assert list(server.journal.writes) == []


def test_what_was_made_and_is_not_there_is_to_be_brought_over(clinic: Clinic, server: StandIn, invoke: Invoke) -> None:
    """A table that a run made is missing there: sync. One that never was made is rightly missing."""
    result = invoke("doctor")

    assert result.exit_code == 1
    assert "sales: it was made, and OpenMetadata does not have it" in result.stdout
    assert "phlo-hooks openmetadata sync" in result.stdout
    assert "orders: it was made" not in result.stdout


def test_lineage_that_did_not_arrive_is_named(clinic: Clinic, server: StandIn, invoke: Invoke) -> None:
    """Column lineage that is recorded, and of which the server has none, is to be brought over."""
    write(server, "raw.orders", "main.sales", lineage=False)

    (finding,) = document(invoke("doctor", "sales", "--json"))["assets"][0]["findings"]

    assert finding["level"] == "fix"
    assert finding["problem"] == "OpenMetadata has none of the 1 columns' lineage that is recorded"


def test_one_asset_in_detail(clinic: Clinic, server: StandIn, invoke: Invoke) -> None:
    """The detail of an asset says what it is there, and why."""
    write(server, "raw.orders", "main.sales")

    lines = [" ".join(line.split()) for line in invoke("doctor", "sales").stdout.splitlines()]

    assert "in OpenMetadata table duckdb.wh.main.sales" in lines
    assert "named by no rule: platform and namespace name the service" in lines
    assert "there yes; 1 of 2 columns have lineage there" in lines


def test_a_server_that_is_away_is_one_note(clinic: Clinic, server: StandIn, invoke: Invoke) -> None:
    """Everything else is said all the same, and the token is not."""
    server.stop()

    result = invoke("doctor")

    assert result.exit_code == 1
    assert sum("OpenMetadata" in line for line in result.stdout.splitlines()) == 1
    assert "2 assets, 0 without a known table" in result.stdout
    assert server.jwt not in result.output


def test_an_address_that_is_none_is_one_note(clinic: Clinic, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be a server's address is said, and the rest is told all the same."""
    monkeypatch.setenv("OPENMETADATA_URL", "localhost")

    found = document(invoke("doctor", "--json"))

    assert found["openmetadata"] is None
    assert [note.partition(":")[0] for note in found["notes"]] == ["openmetadata"]
    assert found["summary"]["assets"] == 2


def test_without_a_server_nothing_is_said_of_one(clinic: Clinic, invoke: Invoke) -> None:
    """Who has no OpenMetadata does not read about it."""
    text, found = invoke("doctor"), document(invoke("doctor", "--json"))

    assert "OpenMetadata" not in text.stdout
    assert found["openmetadata"] is None
    assert {each["openmetadata"] for each in found["assets"]} == {None}
