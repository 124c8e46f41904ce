"""A publisher on a server, and requests to give it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from phlo_hooks.keep import Keep, MemoryKeep
from phlo_hooks.subscribers.openmetadata.client import Answer, Client
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind, split
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.publishing import Published, Publisher
from phlo_hooks.subscribers.openmetadata.requests import (
    ColumnFlow,
    Governance,
    PostResult,
    PutEdge,
    PutEntity,
    PutStatus,
    PutTest,
    Request,
)
from phlo_hooks.subscribers.openmetadata.versions import Server
from tests.openmetadata_server.target import Json, Target

Result = TypeVar("Result")

NOW = 1_795_258_112_000


class Heard:
    """A client that notes what goes through it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.calls: list[str] = []
        self.said: Server | None = None

    @property
    def writes(self) -> list[str]:
        """What was not only asked."""
        return [call for call in self.calls if not call.startswith("GET ")]

    def close(self) -> None:
        self._client.close()

    def server(self) -> Server:
        return self.said or self._client.server()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        self.calls.append(f"GET {path}")
        return self._client.get(path, params)

    def put(self, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Answer:
        self.calls.append(f"PUT {path}")
        return self._client.put(path, body, params)

    def post(self, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Answer:
        self.calls.append(f"POST {path}")
        return self._client.post(path, body, params)

    def patch(self, path: str, body: Sequence[Mapping[str, Any]], params: Mapping[str, Any] | None = None) -> Answer:
        self.calls.append(f"PATCH {path}")
        return self._client.patch(path, body, params)

    def delete(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        self.calls.append(f"DELETE {path}")
        return self._client.delete(path, params)

    def parallel(self, calls: Sequence[Callable[[], Result]]) -> list[Result]:
        return self._client.parallel(calls)


class Desk:
    """
    Publishes to a server, under names that only this test has.

    Attributes:
        heard: What the publisher's client did.
        keep: What the publisher remembers.
    """

    def __init__(
        self, target: Target, *, person: bool = False, options: Options | None = None, retries: int = 2
    ) -> None:
        token = target._person() if person else target.jwt
        self.target = target
        self.options = options or Options()
        self.heard = Heard(Client(Options(url=target.url, jwt=token, timeout=60, retries=retries), environ={}))
        self.keep: Keep = MemoryKeep()
        self.service = EntityName(Kind.DATABASE_SERVICE, (f"{target.prefix}db",))
        self.schema = self.service.child(Kind.DATABASE_SCHEMA, "lake", "raw")
        self.pipelines = EntityName(Kind.PIPELINE_SERVICE, (f"{target.prefix}dagster",))
        target.remove_later("services/databaseServices", self.service.fqn)
        target.remove_later("services/pipelineServices", self.pipelines.fqn)
        target.remove_later("dataQuality/testDefinitions", f"{target.prefix}not_null")

    def publish(self, *requests: Request, verify: bool = False) -> Published:
        """Publish."""
        self.heard.calls.clear()
        return Publisher(self.heard, self.keep, self.options).publish(requests, verify=verify)

    def close(self) -> None:
        """Close the connections."""
        self.heard.close()

    def forget(self) -> None:
        """Lose the state database."""
        self.keep = MemoryKeep()

    def above(self) -> list[Request]:
        """What tables are in."""
        database = self.service.child(Kind.DATABASE, "lake")
        return [
            PutEntity(name=self.service, body={"name": self.service.name, "serviceType": "CustomDatabase"}),
            PutEntity(name=database, body={"name": "lake", "service": self.service.fqn}),
            PutEntity(name=self.schema, body={"name": "raw", "database": database.fqn}),
        ]

    def name(self, table: str = "orders") -> EntityName:
        """The name of a table."""
        return self.schema.child(Kind.TABLE, table)

    def table(
        self,
        table: str = "orders",
        columns: Sequence[str | Json] = ("id", "x"),
        *,
        governance: Governance | None = None,
        whole: bool = True,
        one_case: bool = False,
        **fields: Any,
    ) -> PutEntity:
        """One table."""
        bodies = [{"name": each, "dataType": "BIGINT"} if isinstance(each, str) else each for each in columns]
        return PutEntity(
            name=self.name(table),
            body={"name": table, "databaseSchema": self.schema.fqn, "columns": bodies, **fields},
            governance=governance or Governance(),
            whole=whole,
            one_case=one_case,
        )

    def edge(self, upstream: str, downstream: str, *columns: tuple[str, str], **fields: Any) -> PutEdge:
        """One edge between tables."""
        flows = tuple(ColumnFlow(upstream=(above,), downstream=below) for above, below in columns)
        given = {"source": "DbtLineage", "columns": flows, **fields}
        return PutEdge(upstream=self.name(upstream), downstream=self.name(downstream), **given)

    def pipeline(self, *tasks: str, name: str = "shop.daily", **fields: Any) -> list[Request]:
        """A pipeline and its service."""
        body = {"name": name, "service": self.pipelines.fqn, "tasks": [{"name": task} for task in tasks], **fields}
        return [
            PutEntity(name=self.pipelines, body={"name": self.pipelines.name, "serviceType": "Dagster"}),
            PutEntity(name=self.pipelines.child(Kind.PIPELINE, name), body=body),
        ]

    def status(self, status: str = "Successful", *tasks: str, at: int = NOW, name: str = "shop.daily") -> PutStatus:
        """One run of it."""
        told = [{"name": task, "executionStatus": status} for task in tasks]
        body: Json = {"timestamp": at, "executionStatus": status, **({"taskStatus": told} if told else {})}
        return PutStatus(pipeline=self.pipelines.child(Kind.PIPELINE, name), timestamp=at, body=body)

    def test(self, table: str = "orders") -> PutTest:
        """A test of a table's column."""
        name = self.name(table)
        definition = {
            "name": f"{self.target.prefix}not_null",
            "description": "No value is missing.",
            "entityType": "COLUMN",
            "testPlatforms": ["dbt"],
            "parameterDefinition": [],
        }
        body = {
            "name": "not_null",
            "description": "The id is there.",
            "testDefinition": definition["name"],
            "entityLink": f"<#E::table::{name.fqn}::columns::id>",
            "parameterValues": [],
        }
        case = name.child(Kind.TEST_CASE, "id", "not_null")
        return PutTest(case=case, table=name, definition=definition, body=body)

    def result(
        self, status: str = "Success", *, at: int = NOW, key: str = "run-1", rows: int = 0, resolves: str | None = None
    ) -> PostResult:
        """One result of it."""
        body = {
            "timestamp": at,
            "testCaseStatus": status,
            "result": f"{status} {rows}",
            "testResultValue": [{"name": "failed_rows", "value": str(rows)}],
        }
        return PostResult(case=self.test().case, timestamp=at, body=body, key=key, resolves=resolves)

    def read(self, table: str = "orders") -> Json:
        """Return a table as it is stored."""
        return self.target.read("tables", self.name(table).fqn, "*", include="all")

    def column(self, column: str, table: str = "orders") -> Json:
        """Return a column as it is stored."""
        found: Json = next(each for each in self.read(table)["columns"] if each["name"] == column)
        return found

    def details(self, upstream: str, downstream: str) -> Json | None:
        """Return what an edge says; ``None`` where there is none."""
        ends = self.read(upstream)["id"], self.read(downstream)["id"]
        graph = self.target.ok("GET", f"/lineage/table/{ends[1]}", upstreamDepth=1, downstreamDepth=0)
        found = [each for each in graph["upstreamEdges"] if each["fromEntity"] == ends[0]]
        return found[0].get("lineageDetails", {}) if found else None

    def draw(self, upstream: str, downstream: str, *columns: tuple[str, str], **details: Any) -> None:
        """Draw an edge as someone else would."""
        flows = [
            {
                "fromColumns": [f"{self.name(upstream).fqn}.{above}"],
                "toColumn": f"{self.name(downstream).fqn}.{below}",
            }
            for above, below in columns
        ]
        ends = [{"id": self.read(each)["id"], "type": "table"} for each in (upstream, downstream)]
        edge = {"fromEntity": ends[0], "toEntity": ends[1], "lineageDetails": {**details, "columnsLineage": flows}}
        self.target.ok("PUT", "/lineage", {"edge": edge})

    def pairs(self, upstream: str, downstream: str) -> set[tuple[str, str]]:
        """Return which columns an edge brings together."""
        details = self.details(upstream, downstream) or {}
        return {
            (split(above)[-1], split(each["toColumn"])[-1])
            for each in details.get("columnsLineage") or ()
            for above in each["fromColumns"]
        }

    def patch(self, table: str, *operations: Json) -> None:
        """Change a table as a person would in the user interface."""
        self.target.ok("PATCH", f"/tables/{self.read(table)['id']}", list(operations), person=True)

    def results(self) -> list[Json]:
        """Return the results of the test, oldest first."""
        path = f"/dataQuality/testCases/testCaseResults/{self.test().case.fqn}"
        rows: list[Json] = self.target.ok("GET", path, startTs=NOW - 10**9, endTs=NOW + 10**9)["data"]
        return sorted(rows, key=lambda row: int(row["timestamp"]))

    def incidents(self) -> list[str]:
        """Return the states of the test's incidents, oldest first."""
        path = "/dataQuality/testCases/testCaseIncidentStatus"
        rows = self.target.ok("GET", path, startTs=0, endTs=4 * 10**12, testCaseFQN=self.test().case.fqn)["data"]
        return [row["testCaseResolutionStatusType"] for row in sorted(rows, key=lambda row: int(row["timestamp"]))]
