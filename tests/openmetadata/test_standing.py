"""How assets stand on a server, read from what it answers."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.exceptions import TransientDeliveryError
from phlo_hooks.subscribers.openmetadata.client import Client
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.standing import rule_for, standing

ORDERS = DatasetRef(namespace="postgres://db:5432", name="shop.public.orders")
TOTALS = DatasetRef(namespace="postgres://db:5432", name="shop.public.totals")
OPTIONS = Options(url="http://om.test", jwt="made-up", services=[{"platform": "postgres", "service": "pg"}])


class FakeServer:
    """Answers reading requests from dictionaries, and notes them."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Any]] = {}
        self.edges: dict[str, list[dict[str, Any]]] = {}
        self.hits: list[dict[str, Any]] = []
        self.searches = True
        self.asked: list[tuple[str, str]] = []

    def table(self, fqn: str, *columns: str) -> None:
        """Have a table."""
        named = [{"name": column, "fullyQualifiedName": f"{fqn}.{column}"} for column in columns]
        self.tables[fqn] = {"id": fqn, "name": fqn.rpartition(".")[2], "columns": named}

    def edge(self, fqn: str, *mappings: Mapping[str, Any]) -> None:
        """Have an edge into a table."""
        details = {"columnsLineage": list(mappings)} if mappings else None
        self.edges.setdefault(fqn, []).append({"toEntity": fqn, "lineageDetails": details})

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer as the server does."""
        path = request.url.raw_path.decode().partition("?")[0].removeprefix("/api/v1/")
        self.asked.append((request.method, path))
        kind, _, name = (unquote(part) for part in path.partition("/name/"))
        if kind == "tables" and name in self.tables:
            return httpx.Response(200, json=self.tables[name])
        if kind == "lineage/table":
            return httpx.Response(200, json={"entity": {}, "nodes": [], "upstreamEdges": self.edges.get(name, [])})
        if path == "search/query" and self.searches:
            found = [{"_source": hit} for hit in self.hits]
            return httpx.Response(200, json={"hits": {"total": {"value": len(found)}, "hits": found}})
        if path == "search/query":
            return httpx.Response(400, json={"code": 400, "message": "no such index"})
        return httpx.Response(404, json={"code": 404, "message": f"table instance for {name} not found"})


@pytest.fixture
def server() -> FakeServer:
    """Return a server without tables."""
    return FakeServer()


@pytest.fixture
def client(server: FakeServer) -> Iterator[Client]:
    """Return a client of it."""
    with Client(OPTIONS, environ={}, transport=httpx.MockTransport(server.answer)) as client:
        yield client


@pytest.fixture
def naming() -> Naming:
    """Return the naming of these options."""
    return Naming(OPTIONS, deployment="test")


def test_a_table_that_is_there_says_its_share_of_columns(server: FakeServer, client: Client, naming: Naming) -> None:
    """A column counts once, however many edges end at it; one without an upstream column does not."""
    server.table("pg.shop.public.orders", "id", "amount", "day")
    server.edge("pg.shop.public.orders", {"fromColumns": ["a.b.c.d.id"], "toColumn": "pg.shop.public.orders.id"})
    server.edge(
        "pg.shop.public.orders",
        {"fromColumns": ["a.b.c.e.id"], "toColumn": "pg.shop.public.orders.id"},
        {"fromColumns": ["a.b.c.e.x"], "toColumn": "pg.shop.public.orders.amount.inner"},
        {"fromColumns": [], "toColumn": "pg.shop.public.orders.day"},
    )
    server.edge("pg.shop.public.orders")

    (found,) = standing(client, naming, [("orders", ORDERS)])

    assert found.entity == EntityName(Kind.TABLE, ("pg", "shop", "public", "orders"))
    assert found.rule == 'services entry 1 (platform = "postgres")'
    assert (found.there, found.columns, found.with_lineage, found.others) == (True, 3, 2, ())


def test_a_table_that_is_not_there(server: FakeServer, client: Client, naming: Naming) -> None:
    """Answers come in the order of the assets, and what the server does not have is said."""
    server.table("pg.shop.public.totals", "n")

    found = standing(client, naming, [("orders", ORDERS), ("totals", TOTALS)])

    assert [(each.asset_key, each.there, each.columns) for each in found] == [("orders", False, 0), ("totals", True, 1)]


def test_an_asset_without_a_known_table_is_not_asked_for(server: FakeServer, client: Client, naming: Naming) -> None:
    """Nothing is told of it, so the server is not asked."""
    (found,) = standing(client, naming, [("x", DatasetRef(namespace="dagster://test", name="x", resolved=False))])

    assert (found.entity, found.there, server.asked) == (None, False, [])


def test_the_same_table_somewhere_else_is_found(server: FakeServer, client: Client, naming: Naming) -> None:
    """Tables of the same schema and name are named, in whatever case; our own and deleted ones are not."""
    server.hits = [
        {"fullyQualifiedName": "prod.SHOP.PUBLIC.ORDERS", "name": "ORDERS"},
        {"fullyQualifiedName": "prod.shop.other.orders", "name": "orders"},
        {"fullyQualifiedName": "old.shop.public.orders", "name": "orders", "deleted": True},
        {"fullyQualifiedName": "pg.shop.public.orders", "name": "orders"},
        {"fullyQualifiedName": "pg.copy.public.orders", "name": "orders"},
    ]
    copy = DatasetRef(namespace="postgres://db:5432", name="copy.public.orders")

    found, _ = standing(client, naming, [("orders", ORDERS), ("copy", copy)])

    assert [other.fqn for other in found.others] == ["prod.SHOP.PUBLIC.ORDERS"]


def test_a_search_that_fails_costs_the_advice_only(server: FakeServer, client: Client, naming: Naming) -> None:
    """What the search index does not answer is left out; the rest is said."""
    server.searches = False
    server.table("pg.shop.public.orders", "id")

    (found,) = standing(client, naming, [("orders", ORDERS)])

    assert (found.there, found.others) == (True, ())


def test_nothing_is_written(server: FakeServer, client: Client, naming: Naming) -> None:
    """Looking is all it does."""
    server.table("pg.shop.public.orders", "id")

    standing(client, naming, [("orders", ORDERS), ("totals", TOTALS)])

    assert {method for method, _ in server.asked} == {"GET"}


def test_a_server_that_is_away_is_an_error(naming: Naming) -> None:
    """Without an answer there is no standing."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    transport = httpx.MockTransport(refuse)
    with (
        Client(OPTIONS, environ={}, transport=transport, sleep=lambda _: None) as client,
        pytest.raises(TransientDeliveryError, match=r"om\.test"),
    ):
        standing(client, naming, [("orders", ORDERS)])


@pytest.mark.parametrize(
    ("theirs", "rule"),
    [
        (("prod", "shop", "public", "orders"), {"service": "prod"}),
        (("prod", "prod_shop", "public", "orders"), {"service": "prod", "database": "prod_shop"}),
        (("prod", "SHOP", "PUBLIC", "ORDERS"), {"service": "prod", "case": "upper"}),
        (("prod", "shop", "public", "Orders"), {"service": "prod", "case": "preserve"}),
        (('a"b\\', "shop", "public", "orders"), {"service": 'a"b\\'}),
    ],
)
def test_the_rule_leads_to_the_table_that_is_there(theirs: tuple[str, ...], rule: dict[str, str]) -> None:
    """The rule is TOML, and with it our name and the server's are one, as far as a rule can make them so."""
    ours = EntityName(Kind.TABLE, ("pg", "shop", "public", "orders"))

    text = rule_for(ORDERS, ours, EntityName(Kind.TABLE, theirs))

    (read,) = tomllib.loads(text)["plugins"]["config"]["openmetadata"]["services"]
    assert read == {"namespace": "postgres://db:5432", **rule}


def test_naming_follows_the_rule() -> None:
    """Put into the options, the rule gives the name that the server has."""
    ours = EntityName(Kind.TABLE, ("pg", "shop", "public", "orders"))
    theirs = EntityName(Kind.TABLE, ("prod", "prod_shop", "PUBLIC", "ORDERS"))

    read = tomllib.loads(rule_for(ORDERS, ours, theirs))["plugins"]["config"]["openmetadata"]["services"]

    assert Naming(Options(services=read), deployment="test").dataset(ORDERS) == theirs
