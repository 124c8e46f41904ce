"""What people and other tools wrote stays; what we wrote and is no more so goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.openmetadata_server.platform import Platform
from tests.openmetadata_server.shop_runs import MODELS, ORDERS, Check, Run
from tests.openmetadata_standin import StandIn

STAGED, SALES = "duckdb.shop.staging.stg_orders", "duckdb.shop.marts.sales"


class Person:
    """Somebody at work in the server's own pages."""

    def __init__(self, server: StandIn) -> None:
        headers = {"Authorization": f"Bearer {server.person_jwt}"}
        self._http = httpx.Client(base_url=f"{server.url}/api/v1", headers=headers)

    def get(self, path: str, fqn: str, fields: str = "") -> Any:
        params = {"fields": fields} if fields else None
        return self._http.get(f"/{path}/name/{quote(fqn, safe='')}", params=params).raise_for_status().json()

    def patch(self, path: str, fqn: str, *operations: Any) -> None:
        media = {"Content-Type": "application/json-patch+json"}
        way = f"/{path}/name/{quote(fqn, safe='')}"
        self._http.patch(way, json=list(operations), headers=media).raise_for_status()

    def put(self, path: str, body: Any) -> Any:
        answer = self._http.put(path, json=body).raise_for_status()
        return answer.json() if answer.content else None

    def draw(self, above: str, below: str, details: Any) -> None:
        ends = [{"id": self.get("tables", fqn)["id"], "type": "table"} for fqn in (above, below)]
        edge = {"fromEntity": ends[0], "toEntity": ends[1], "lineageDetails": details}
        self.put("/lineage", {"edge": edge})

    def edge(self, above: str, below: str) -> Any:
        ids = [self.get("tables", fqn)["id"] for fqn in (above, below)]
        answer = self._http.get(f"/lineage/getLineageEdge/{ids[0]}/{ids[1]}")
        return answer.json()["edge"] if answer.status_code == 200 else None

    def close(self) -> None:
        self._http.close()


@pytest.fixture
def person(server: StandIn) -> Any:
    """Somebody."""
    somebody = Person(server)
    yield somebody
    somebody.close()


def with_model(key: str, **changes: Any) -> Run:
    """Return a run in which one model is another."""
    models = tuple(replace(model, **changes) if model.key == key else model for model in MODELS)
    return Run(models=models)


def test_work_of_people_survives_ten_runs(shop: Platform, person: Person) -> None:
    """A description, an owner, a tier, a column's description, a hand-drawn edge and a hand-written remark on ours."""
    shop.append(Run().events())
    shop.drain()
    ada = person.get("users", "ada")["id"]
    person.patch(
        "tables",
        STAGED,
        {"op": "add", "path": "/description", "value": "hers"},
        {"op": "add", "path": "/columns/0/description", "value": "hers"},
        {"op": "add", "path": "/owners/-", "value": {"id": ada, "type": "user"}},
        {"op": "add", "path": "/tags/-", "value": {"tagFQN": "Tier.Tier1"}},
    )
    person.draw("duckdb.shop.raw.orders", SALES, {"source": "Manual", "description": "by hand", "sqlQuery": "select 7"})
    before = person.get("tables", STAGED, "owners,tags"), person.edge("duckdb.shop.raw.orders", SALES)

    for day in range(1, 11):
        extra = ("id", "total", "more") if day > 5 else ("id", "total")
        shop.append(replace(with_model("staging/stg_orders", columns=extra), day=day).events())
        shop.drain()

    after, edge = person.get("tables", STAGED, "owners,tags"), person.edge("duckdb.shop.raw.orders", SALES)
    assert [after[each] for each in ("description", "owners")] == [
        before[0][each] for each in ("description", "owners")
    ]
    assert [each["tagFQN"] for each in after["tags"]] == ["Tier.Tier1"]
    assert [each["name"] for each in after["columns"]] == ["id", "total", "more"]
    assert after["columns"][0]["description"] == "hers"
    assert edge == before[1]


def test_persons_token_erases_nothing(shop: Platform, server: StandIn, person: Person) -> None:
    """Where no bot was made: descriptions and display names that the body leaves out are carried over."""
    shop.token_file.write_text(server.person_jwt)
    shop.append(Run().events())
    shop.drain()
    for path, fqn in (("tables", STAGED), ("pipelines", 'dagster."shop.nightly"')):
        person.patch(
            path,
            fqn,
            {"op": "add", "path": "/description", "value": "hers"},
            {"op": "add", "path": "/displayName", "value": "Hers"},
        )
    person.patch("tables", STAGED, {"op": "add", "path": "/columns/0/description", "value": "hers"})

    changed = with_model("staging/stg_orders", columns=("id", "total", "more"))
    shop.append(replace(changed, day=1, checks=()).events())
    shop.drain()

    table, job = person.get("tables", STAGED), person.get("pipelines", 'dagster."shop.nightly"')
    assert [(each["description"], each["displayName"]) for each in (table, job)] == [("hers", "Hers")] * 2
    assert [each.get("description") for each in table["columns"]] == ["hers", None, None]


def test_columns_drawn_by_hand_on_our_edge_survive(shop: Platform, person: Person) -> None:
    """When our part of the edge changes, theirs stays; so does their description."""
    shop.append(Run().events())
    shop.drain()
    edge = person.edge(f"duckdb.{ORDERS}", STAGED)
    by_hand = {"fromColumns": [f"duckdb.{ORDERS}._dlt_id"], "toColumn": f"{STAGED}.id"}
    person.draw(
        f"duckdb.{ORDERS}",
        STAGED,
        edge | {"columnsLineage": [*edge["columnsLineage"], by_hand], "description": "hers"},
    )

    changed = with_model("staging/stg_orders", upstream={ORDERS: {"id": "id"}})
    shop.append(replace(changed, day=1).events())
    shop.drain()

    after = person.edge(f"duckdb.{ORDERS}", STAGED)
    flows = {(above, each["toColumn"]) for each in after["columnsLineage"] for above in each["fromColumns"]}
    assert (f"duckdb.{ORDERS}._dlt_id", f"{STAGED}.id") in flows
    assert (f"duckdb.{ORDERS}.id", f"{STAGED}.id") in flows
    assert (f"duckdb.{ORDERS}.amount", f"{STAGED}.total") not in flows
    assert after["description"] == "hers"


def test_edge_of_a_dropped_dependency_goes(shop: Platform, person: Person) -> None:
    """When a run that succeeded no longer names it; edges that people drew stay."""
    shop.append(Run().events())
    shop.drain()
    person.draw("duckdb.shop.raw.orders__lines", SALES, {"source": "Manual"})
    assert person.edge("duckdb.shop.raw.orders__lines", STAGED)

    changed = with_model("staging/stg_orders", upstream={ORDERS: {"id": "id", "amount": "total"}})
    shop.append(replace(changed, day=1).events())
    shop.drain()

    assert person.edge("duckdb.shop.raw.orders__lines", STAGED) is None
    assert person.edge(f"duckdb.{ORDERS}", STAGED)
    assert person.edge("duckdb.shop.raw.orders__lines", SALES)


@pytest.mark.parametrize("status", ["failure", "canceled"])
def test_run_that_did_not_succeed_removes_nothing(shop: Platform, server: StandIn, status: str) -> None:
    """Not even the edge that it no longer told, and not when the run before it, which succeeded, is told again."""
    shop.append(Run().events())
    shop.drain()
    before = server.dump()["edges"]

    dropped = with_model("staging/stg_orders", upstream={ORDERS: {"id": "id", "amount": "total"}})
    failed = replace(dropped, day=1, status=status, broken="marts/sales", publish=False)
    shop.append(failed.events())
    shop.drain()
    after = server.dump()["edges"]
    shop.replay()

    assert after.keys() == before.keys()
    assert server.dump()["edges"].keys() == before.keys()


def test_table_of_another_connector_keeps_its_columns(shop: Platform, person: Person) -> None:
    """It stood there before us: none is removed or retyped, missing ones are added, its description stays."""
    person.put("/services/databaseServices", {"name": "duckdb", "serviceType": "CustomDatabase"})
    person.put("/databases", {"name": "shop", "service": "duckdb"})
    person.put("/databaseSchemas", {"name": "staging", "database": "duckdb.shop"})
    theirs = [{"name": "id", "dataType": "INT"}, {"name": "audit", "dataType": "STRING", "description": "theirs"}]
    table = {"name": "stg_orders", "databaseSchema": "duckdb.shop.staging", "columns": theirs, "description": "theirs"}
    person.put("/tables", table)

    for day in range(2):
        shop.append(Run(day=day).events())
        shop.drain()

    after = person.get("tables", STAGED)
    types = {each["name"]: each["dataType"] for each in after["columns"]}
    assert types == {"id": "INT", "audit": "STRING", "total": "BIGINT"}
    assert after["description"] == "theirs"
    assert person.edge(f"duckdb.{ORDERS}", STAGED)["columnsLineage"]


def test_incident_that_somebody_took_up_is_not_resolved(shop: Platform, server: StandIn, person: Person) -> None:
    """A pass resolves what nobody acknowledged, and only that."""
    check = Check("staging/stg_orders", "not_null_id", "fail", "id", 2)
    shop.append(Run(checks=(check,)).events())
    shop.drain()
    case = f"{STAGED}.id.not_null_id"
    taken = {"testCaseReference": case, "testCaseResolutionStatusType": "Ack"}
    way = "/dataQuality/testCases/testCaseIncidentStatus"
    person._http.post(way, json=taken).raise_for_status()

    shop.append(Run(day=1).events())
    shop.drain()

    assert server.dump()["incidents"] == [f"{case}: New Ack"]


def test_removed_table_comes_back(shop: Platform, server: StandIn, person: Person) -> None:
    """Somebody deleted a table: the next run that says something of it is told all the same."""
    shop.append(Run().events())
    shop.drain()
    table = person.get("tables", STAGED)
    person._http.delete(f"/tables/{table['id']}", params={"hardDelete": "true", "recursive": "true"}).raise_for_status()

    shop.append(Run(day=1).events())
    report = shop.drain()

    assert report.complete, report.note
    assert f"{STAGED}.id.not_null_id" in server.dump()["results"]
