"""The server that the contract is tried on: the stand-in in either mode, or a real one. Each test has its own names."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.openmetadata_standin import StandIn

Json = dict[str, Any]
PATCH = "application/json-patch+json"


@dataclass(frozen=True)
class Answered:
    """Status and body; ``body`` is text where it is no JSON."""

    status: int
    body: Any

    @property
    def message(self) -> str:
        """What an error says, in either shape."""
        if not isinstance(self.body, dict):
            return str(self.body)
        return str(self.body.get("message") or self.body.get("responseMessage"))


@dataclass
class Target:
    """
    A server and how to speak to it.

    Attributes:
        mode: ``1.6`` or ``2.0``.
        standin: ``None`` for a real one.
        prefix: Begins the names that this test makes.
    """

    url: str
    jwt: str
    mode: str
    standin: StandIn | None = None
    prefix: str = field(default_factory=lambda: f"ph{uuid.uuid4().hex[:8]}_")

    def __post_init__(self) -> None:
        self._http = httpx.Client(base_url=f"{self.url}/api/v1", timeout=60)
        self._made: list[str] = []

    def call(self, method: str, path: str, body: Any = None, *, person: bool = False, **params: Any) -> Answered:
        """Send one request; ``person`` with an administrator's token, which only the stand-in gives away."""
        headers = {"Authorization": f"Bearer {self._person() if person else self.jwt}"}
        if body is not None:
            headers["Content-Type"] = PATCH if method == "PATCH" else "application/json"
        content = None if body is None else httpx.Request("PUT", "http://x", json=body).content
        answer = self._http.request(method, path, content=content, headers=headers, params=params or None)
        try:
            return Answered(answer.status_code, answer.json() if answer.content else None)
        except ValueError:
            return Answered(answer.status_code, answer.text)

    def raw(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request as it is."""
        return self._http.request(method, path, **options)

    def _person(self) -> str:
        if self.standin is None:
            pytest.skip("a real server gives no person's token away")
        return self.standin.person_jwt

    def ok(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Send one request that has to succeed, and return its body."""
        answer = self.call(method, path, body, **options)
        assert answer.status in (200, 201), (method, path, answer)
        return answer.body

    def read(self, path: str, fqn: str, fields: str = "", **params: Any) -> Json:
        """Return an entity as it is stored."""
        asked = {"fields": fields} if fields else {}
        body: Json = self.ok("GET", f"/{path}/name/{quote(fqn, safe='')}", **asked, **params)
        return body

    def service(self, kind: str = "database", service_type: str = "CustomDatabase") -> str:
        """Make a service and return its name."""
        name = f"{self.prefix}{kind}"
        self.ok("PUT", f"/services/{kind}Services", {"name": name, "serviceType": service_type})
        self.remove_later(f"services/{kind}Services", name)
        return name

    def remove_later(self, path: str, fqn: str) -> None:
        """Remove an entity at the end, with all that is in it."""
        self._made.append(f"/{path}/name/{quote(fqn, safe='')}")

    def schema(self) -> str:
        """Make a service, a database and a schema; return the schema's full name."""
        service = self.service()
        self.ok("PUT", "/databases", {"name": "lake", "service": service})
        self.ok("PUT", "/databaseSchemas", {"name": "raw", "database": f"{service}.lake"})
        return f"{service}.lake.raw"

    def close(self) -> None:
        """Remove what was made, on a real server."""
        for path in self._made if self.standin is None else ():
            self.call("DELETE", path, hardDelete="true", recursive="true")
        self._http.close()


@dataclass
class Lake:
    """A schema, and tables in it."""

    target: Target
    schema: str

    def put(self, name: str = "t1", *, person: bool = False, **fields: Any) -> Answered:
        """Put a table; two columns unless said otherwise."""
        body = {"name": name, "databaseSchema": self.schema, "columns": [column("id", "BIGINT"), column("x", "STRING")]}
        return self.target.call("PUT", "/tables", body | fields, person=person)

    def table(self, name: str = "t1", **fields: Any) -> Json:
        """Put a table that the server has to take."""
        answer = self.put(name, **fields)
        assert answer.status in (200, 201), answer
        body: Json = answer.body
        return body

    def read(self, name: str = "t1", fields: str = "*") -> Json:
        """Return what is stored."""
        return self.target.read("tables", f"{self.schema}.{name}", fields)

    def column(self, column_name: str = "id", name: str = "t1") -> Json:
        """Return one column as it is stored."""
        found: Json = next(each for each in self.read(name)["columns"] if each["name"] == column_name)
        return found

    def patch(self, table: Json, *operations: Json, **options: Any) -> Answered:
        """Patch a table."""
        return self.target.call("PATCH", f"/tables/{table['id']}", list(operations), **options)


def column(name: str, kind: str, **more: Any) -> Json:
    """Return a column of a create request."""
    return {"name": name, "dataType": kind} | more


def ref(entity: Json, kind: str = "table") -> Json:
    """Return a reference."""
    return {"id": entity["id"], "type": kind}
