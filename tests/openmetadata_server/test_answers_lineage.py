"""Lineage: replaced whole, columns checked, ends looked up."""

from __future__ import annotations

import uuid
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest

from tests.openmetadata_server.target import Answered, Json, Lake, Target, ref


class Edge:
    """Two tables, and the edge between them."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.target = lake.target
        self.above, self.below = lake.table("la"), lake.table("lb")

    def put(self, details: Json | None, above: Json | None = None, below: Json | None = None) -> Answered:
        edge: Json = {"fromEntity": above or ref(self.above), "toEntity": below or ref(self.below)}
        return self.target.call("PUT", "/lineage", {"edge": edge | ({"lineageDetails": details} if details else {})})

    def read(self) -> Answered:
        return self.target.call("GET", f"/lineage/getLineageEdge/{self.above['id']}/{self.below['id']}")

    def details(self) -> Json:
        answer = self.read()
        assert answer.status == 200, answer
        found: Json = answer.body["edge"]
        return found

    def column(self, name: str, table: str = "la") -> str:
        return f"{self.lake.schema}.{table}.{name}"

    def flow(self, above: str = "x", below: str = "x") -> list[Json]:
        return [{"fromColumns": [self.column(above)], "toColumn": self.column(below, "lb")}]


@pytest.fixture
def edge(lake: Lake) -> Edge:
    """Two tables."""
    return Edge(lake)


def test_edge_is_put_and_read(edge: Edge) -> None:
    """200 with an empty body, and all of it comes back."""
    answer = edge.put({"source": "DbtLineage", "sqlQuery": "select 1", "columnsLineage": edge.flow()})

    details = edge.details()
    assert (answer.status, answer.body) == (200, None)
    assert (details["source"], details["sqlQuery"]) == ("DbtLineage", "select 1")
    assert details["columnsLineage"] == edge.flow()


def test_second_put_replaces_all_details(edge: Edge) -> None:
    """Columns, SQL and description that are not sent again are gone; without a source it is ``Manual``."""
    edge.put({"source": "DbtLineage", "sqlQuery": "select 1", "description": "d", "columnsLineage": edge.flow()})

    edge.put({"description": "e"})

    details = edge.details()
    assert (details["source"], details["description"]) == ("Manual", "e")
    assert "sqlQuery" not in details
    assert not details.get("columnsLineage")


def test_edge_without_details_is_only_in_the_graph(edge: Edge) -> None:
    """GetLineageEdge has none; the graph shows it."""
    edge.put(None)

    graph = edge.target.ok("GET", f"/lineage/table/name/{quote(edge.lake.schema + '.la', safe='')}")
    assert edge.read().status == 404
    assert [each["toEntity"] for each in graph["downstreamEdges"]] == [edge.below["id"]]


@pytest.mark.parametrize(("above", "below"), [("nope", "x"), ("x", "nope"), ("X", "x")])
def test_unknown_columns_are_refused_and_the_old_edge_stays(edge: Edge, above: str, below: str) -> None:
    """Another case is unknown too."""
    edge.put({"sqlQuery": "select 1"})

    answer = edge.put({"columnsLineage": edge.flow(above, below)})

    assert (answer.status, "Invalid fully qualified column name" in answer.message) == (400, True)
    assert edge.details()["sqlQuery"] == "select 1"


def test_column_of_another_table_is_refused(edge: Edge) -> None:
    """Each end has its own columns."""
    flow = [{"fromColumns": [edge.column("x", "lb")], "toColumn": edge.column("x", "lb")}]

    assert edge.put({"columnsLineage": flow}).status == 400


def test_edge_carries_its_pipeline(edge: Edge) -> None:
    """It comes back with its name; an unknown one is a 404."""
    service = edge.target.service("pipeline", "Dagster")
    pipeline = edge.target.ok("PUT", "/pipelines", {"name": "j", "service": service})
    edge.put({"source": "PipelineLineage", "pipeline": ref(pipeline, "pipeline")})

    unknown = edge.put({"pipeline": {"id": str(uuid.uuid4()), "type": "pipeline"}})

    assert edge.details()["pipeline"]["fullyQualifiedName"] == f"{service}.j"
    assert unknown.status == 404
    graph = edge.target.ok("GET", f"/lineage/pipeline/name/{quote(service + '.j', safe='')}")
    assert {node["id"] for node in graph["nodes"]} == {edge.above["id"], edge.below["id"]}


@pytest.mark.parametrize(
    ("reference", "status"),
    [
        ({"id": "00000000-0000-4000-8000-000000000000", "type": "table"}, 404),
        ({"id": "not-an-id", "type": "table"}, 400),
        ({"fullyQualifiedName": "a.b.c.d", "type": "table"}, 400),
        ({"id": "00000000-0000-4000-8000-000000000000", "type": "zzz"}, 404),
    ],
)
def test_ends_that_are_no_entities(edge: Edge, reference: Any, status: int) -> None:
    """Unknown ids and types are 404; what is no id is a bad request."""
    assert edge.put(None, below=reference).status == status


@pytest.mark.parametrize(("source", "older", "newer"), [("Nope", 400, 400), ("ChildAssets", 400, 200)])
def test_words_for_sources(edge: Edge, source: str, older: int, newer: int) -> None:
    """Two came with 2.0."""
    assert edge.put({"source": source}).status == (older if edge.target.mode == "1.6" else newer)


def test_details_take_unknown_fields(edge: Edge) -> None:
    """The one lenient place."""
    edge.put({"assetEdges": 3})

    assert edge.details()["assetEdges"] == 3


def test_put_by_name_is_20s(edge: Edge) -> None:
    """One call, no ids; 1.6 has no such route."""
    ends = [quote(f"{edge.lake.schema}.{name}", safe="") for name in ("la", "lb")]

    answer = edge.target.call("PUT", f"/lineage/table/name/{ends[0]}/table/name/{ends[1]}", {"sqlQuery": "select 1"})

    if edge.target.mode == "1.6":
        assert (answer.status, "405" in answer.message) == (500, True)
    else:
        assert (answer.status, edge.details()["sqlQuery"]) == (200, "select 1")


def test_patch_changes_details_and_checks_no_columns(edge: Edge) -> None:
    """What is not patched stays; without details there is nothing to patch."""
    way = f"/lineage/table/{edge.above['id']}/table/{edge.below['id']}"
    edge.put(None)
    nothing = edge.target.call("PATCH", way, [{"op": "add", "path": "/description", "value": "d"}])
    edge.put({"sqlQuery": "select 1"})

    done = edge.target.call("PATCH", way, [{"op": "add", "path": "/description", "value": "d"}])

    assert (nothing.status, done.status) == (404, 200)
    assert (edge.details()["sqlQuery"], edge.details()["description"]) == ("select 1", "d")


def test_delete_by_id_and_by_name(edge: Edge) -> None:
    """200, and 404 when it is gone."""
    edge.put({"source": "DbtLineage"})
    by_id = f"/lineage/table/{edge.above['id']}/table/{edge.below['id']}"
    ends = [quote(f"{edge.lake.schema}.{name}", safe="") for name in ("la", "lb")]
    by_name = f"/lineage/table/name/{ends[0]}/table/name/{ends[1]}"

    assert [edge.target.call("DELETE", by_id).status for _ in range(2)] == [200, 404]
    edge.put({"source": "DbtLineage"})
    assert [edge.target.call("DELETE", by_name).status for _ in range(2)] == [200, 404]


def test_delete_of_a_source_takes_incoming_edges_only(edge: Edge) -> None:
    """The outgoing ones of that source stay."""
    edge.put({"source": "DbtLineage"})

    edge.target.ok("DELETE", f"/lineage/table/{edge.above['id']}/type/DbtLineage")
    kept = edge.read().status
    edge.target.ok("DELETE", f"/lineage/table/{edge.below['id']}/type/DbtLineage")

    assert (kept, edge.read().status) == (200, 404)


def test_edges_survive_a_soft_delete_and_not_a_hard_one(edge: Edge) -> None:
    """A new table of that name has none."""
    edge.put({"source": "DbtLineage"})
    edge.target.ok("DELETE", f"/tables/{edge.above['id']}")
    soft = edge.read().status

    edge.target.ok("DELETE", f"/tables/{edge.above['id']}", hardDelete="true", recursive="true")

    assert (soft, edge.read().status) == (200, 404)


def test_depth_is_at_most_three(edge: Edge) -> None:
    """More is a bad request."""
    path = f"/lineage/table/name/{quote(edge.lake.schema + '.la', safe='')}"

    assert edge.target.call("GET", path, upstreamDepth=3).status == 200
    assert edge.target.call("GET", path, upstreamDepth=4).status == 400


def test_graph_goes_so_many_hops(lake: Lake) -> None:
    """One unless more are asked for."""
    tables = [lake.table(f"h{number}") for number in range(4)]
    for above, below in pairwise(tables):
        lake.target.ok("PUT", "/lineage", {"edge": {"fromEntity": ref(above), "toEntity": ref(below)}})
    path = f"/lineage/table/name/{quote(lake.schema + '.h0', safe='')}"

    assert len(lake.target.ok("GET", path)["downstreamEdges"]) == 1
    assert len(lake.target.ok("GET", path, downstreamDepth=3)["downstreamEdges"]) == 3


def test_edges_with_a_chart_or_a_schema_are_stored_and_answered_500(edge: Edge) -> None:
    """The search index cannot hold them."""
    schema = {"id": edge.above["databaseSchema"]["id"], "type": "databaseSchema"}

    assert edge.put({"source": "Manual"}, above=schema).status == 500


def test_columns_of_other_kinds(edge: Edge, target: Target) -> None:
    """An endpoint's fields, a dashboard's charts; a pipeline has no columns."""
    api, dashboards = target.service("api", "Rest"), target.service("dashboard", "CustomDashboard")
    target.ok("PUT", "/apiCollections", {"name": "c", "service": api})
    schema = {"schemaFields": [{"name": "id", "dataType": "LONG"}]}
    endpoint = {"name": "e", "apiCollection": f"{api}.c", "endpointURL": "http://h/x", "responseSchema": schema}
    made = ref(target.ok("PUT", "/apiEndpoints", endpoint), "apiEndpoint")
    target.ok("PUT", "/charts", {"name": "k", "service": dashboards})
    board = ref(
        target.ok("PUT", "/dashboards", {"name": "d", "service": dashboards, "charts": [f"{dashboards}.k"]}),
        "dashboard",
    )

    def status(above: Json, column: str, below: Json, to: str) -> int:
        return edge.put({"columnsLineage": [{"fromColumns": [column], "toColumn": to}]}, above, below).status

    below = ref(edge.below)
    assert status(made, f"{api}.c.e.responseSchema.id", below, edge.column("x", "lb")) == 200
    assert status(made, f"{api}.c.e.id", below, edge.column("x", "lb")) == 400
    assert status(below, edge.column("x", "lb"), board, f"{dashboards}.k") == 200
    assert status(below, edge.column("x", "lb"), board, "x") == 400
