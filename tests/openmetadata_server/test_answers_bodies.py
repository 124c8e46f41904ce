"""What the server takes in create requests: fields, words, columns and names."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.openmetadata_server.target import Lake, Target, column


def expected(target: Target, older: int, newer: int) -> int:
    """Return the status that this version answers."""
    return older if target.mode == "1.6" else newer


@pytest.mark.parametrize(
    ("kind", "service_type", "older", "newer"),
    [
        ("database", "CustomDatabase", 201, 201),
        ("database", "Postgres", 201, 201),
        ("database", "DuckDB", 400, 400),
        ("database", "Iceberg", 201, 400),
        ("pipeline", "Dagster", 201, 201),
        ("pipeline", "OpenLineage", 400, 201),
        ("api", "Rest", 201, 201),
        ("api", "REST", 400, 400),
        ("dashboard", "CustomDashboard", 201, 201),
        ("storage", "S3", 201, 201),
        ("storage", "CustomStorage", 201, 201),
        ("storage", "Adls", 400, 400),
    ],
)
def test_types_of_services(target: Target, kind: str, service_type: str, older: int, newer: int) -> None:
    """Known ones are taken, without a connection; others are a bad request."""
    body = {"name": f"{target.prefix}s", "serviceType": service_type}

    answer = target.call("PUT", f"/services/{kind}Services", body)

    assert answer.status == expected(target, older, newer), answer
    if answer.status == 201:
        target.call("DELETE", f"/services/{kind}Services/{answer.body['id']}", hardDelete="true", recursive="true")


@pytest.mark.parametrize(
    ("field", "value", "older", "newer"),
    [
        ("zzz", 1, 400, 400),
        ("tableType", "View", 201, 201),
        ("tableType", "Stream", 400, 201),
        ("tableType", "Nope", 400, 400),
        ("locationPath", "s3://a", 400, 201),
        ("databaseSchema", None, 400, 400),
        ("columns", None, 400, 400),
        ("columns", [], 201, 201),
        ("domain", "Nope", 404, 400),
        ("domains", ["Nope"], 400, 404),
        ("tableConstraints", [{"constraintType": "PRIMARY_KEY", "columns": ["id"]}], 201, 201),
        ("tableConstraints", [{"constraintType": "PRIMARY_KEY", "columns": ["nope"]}], 400, 400),
        ("extension", {"nope": 1}, 400, 400),
        ("sourceHash", "a" * 32, 201, 201),
    ],
)
def test_fields_of_a_table(lake: Lake, field: str, value: Any, older: int, newer: int) -> None:
    """Unknown fields, unknown words and absent required ones are refused."""
    answer = lake.put("t", **{field: value})

    assert answer.status == expected(lake.target, older, newer), answer


def test_messages_of_bad_bodies(lake: Lake) -> None:
    """They name the field."""
    assert 'Unrecognized field "zzz"' in lake.put(zzz=1).message
    assert lake.put(columns=None).message == "[columns must not be null]"
    assert "problem: NOPE" in lake.put(tableType="NOPE").message


def test_missing_parent_is_a_404(target: Target) -> None:
    """It names kind and name."""
    answer = target.call("PUT", "/tables", {"name": "t", "databaseSchema": "no.such.schema", "columns": []})

    assert (answer.status, answer.message) == (404, "databaseSchema instance for no.such.schema not found")


@pytest.mark.parametrize(
    ("columns", "status"),
    [
        ([column("a", "int")], 400),
        ([column("a", "NOPE")], 400),
        ([column("a", "UNKNOWN")], 201),
        ([column("a", "VARCHAR")], 400),
        ([column("a", "VARCHAR", dataLength=1)], 201),
        ([column("a", "CHAR")], 400),
        ([column("a", "BINARY")], 400),
        ([column("a", "VARBINARY")], 400),
        ([column("a", "ARRAY")], 400),
        ([column("a", "ARRAY", arrayDataType="INT")], 201),
        ([column("a", "STRUCT")], 400),
        ([column("a", "STRUCT", children=[])], 201),
        ([column("a", "JSON", children=[column("b", "INT")])], 201),
        ([column("a", "DECIMAL", scale=2)], 400),
        ([column("a", "DECIMAL", precision=2, scale=3)], 400),
        ([column("a", "DECIMAL", precision=5, scale=3)], 201),
        ([column("a", "INT"), column("a", "INT")], 400),
        ([column("a", "INT"), column("A", "INT")], 201),
        ([column("s", "STRUCT", children=[column("a", "INT"), column("a", "INT")])], 400),
        ([column("a", "INT", constraint="NOT_NULL")], 201),
        ([column("a", "INT", constraint="not null")], 400),
        ([column("a", "INT", nope=1)], 400),
        ([{"name": "a"}], 400),
    ],
)
def test_rules_of_columns(lake: Lake, columns: Any, status: int) -> None:
    """Types are upper case; some want a length, an inner type or children; names do not repeat."""
    assert lake.put("t", columns=columns).status == status


def test_display_of_a_type_is_lower_case(lake: Lake) -> None:
    """And the type's name without one."""
    lake.table(columns=[column("a", "DECIMAL", dataTypeDisplay="DECIMAL(5,2)"), column("b", "VARCHAR", dataLength=3)])

    assert (lake.column("a")["dataTypeDisplay"], lake.column("b")["dataTypeDisplay"]) == ("decimal(5,2)", "varchar")


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("", 400),
        ("n" * 256, 201),
        ("n" * 257, 400),
        ("a::b", 400),
        ("a\nb", 400),
        ('a"b', 400),
        (" leading", 201),
        ("a/b", 201),
        ("a\\b?c#d%e+f&g'h>i<j|k[l];m,n=o*p~", 201),
        ("таблица", 201),
        ("🦆", 201),
        ("a.b", 201),
    ],
)
def test_names(lake: Lake, name: str, status: int) -> None:
    """Nearly all are taken, and found again under their quoted, encoded full name."""
    answer = lake.put(name)

    assert answer.status == status, answer
    if status == 201:
        fqn = f'{lake.schema}."{name}"' if "." in name else f"{lake.schema}.{name}"
        assert answer.body["fullyQualifiedName"] == fqn
        assert lake.target.read("tables", fqn)["name"] == name


def test_dots_are_quoted_in_full_names(lake: Lake) -> None:
    """Of tables and columns; a name sent in quotes is the same; unquoted it is not found."""
    first = lake.table("a.b", columns=[column("c.d", "INT")])
    again = lake.put('"a.b"', columns=[column("c.d", "INT")])

    assert first["columns"][0]["fullyQualifiedName"] == f'{lake.schema}."a.b"."c.d"'
    assert (again.status, again.body["id"]) == (200, first["id"])
    assert lake.target.call("GET", f"/tables/name/{quote(lake.schema + '.a.b', safe='')}").status == 404


def test_case_matters_in_names(lake: Lake) -> None:
    """Three spellings are three tables."""
    assert len({lake.table(name)["id"] for name in ("orders", "Orders", "ORDERS")}) == 3


def test_pipelines_and_their_tasks(target: Target) -> None:
    """Task fields are checked, downstream names are not; ``state`` is 2.0's; leaving tasks out removes them."""
    service = target.service("pipeline", "Dagster")
    body: dict[str, Any] = {"name": "j.b", "service": service, "tasks": [{"name": "k.1", "downstreamTasks": ["nope"]}]}
    made = target.ok("PUT", "/pipelines", body)

    assert made["fullyQualifiedName"] == f'{service}."j.b"'
    assert made["tasks"][0]["fullyQualifiedName"] == f'{service}."j.b"."k.1"'
    assert target.call("PUT", "/pipelines", body | {"tasks": [{"name": "k", "nope": 1}]}).status == 400
    assert target.call("PUT", "/pipelines", body | {"state": "Active"}).status == expected(target, 400, 200)
    target.ok("PUT", "/pipelines", {"name": "j.b", "service": service})
    assert not target.read("pipelines", f'{service}."j.b"', "tasks").get("tasks")


def test_task_fields_alone_are_not_stored(target: Target) -> None:
    """Downstream tasks of an existing task want another ``sourceHash``; its description is protected."""
    service = target.service("pipeline", "Dagster")
    body: dict[str, Any] = {"name": "j", "service": service}
    first = {"name": "k", "downstreamTasks": ["a"], "description": "mine"}
    target.ok("PUT", "/pipelines", body | {"tasks": [first], "sourceHash": "a" * 32})
    second = {"name": "k", "downstreamTasks": ["b"], "description": "other"}

    target.ok("PUT", "/pipelines", body | {"tasks": [second], "sourceHash": "a" * 32})
    alone = target.read("pipelines", f"{service}.j", "tasks")["tasks"][0]
    target.ok("PUT", "/pipelines", body | {"tasks": [second], "sourceHash": "b" * 32})
    together = target.read("pipelines", f"{service}.j", "tasks")["tasks"][0]

    assert (alone["downstreamTasks"], together["downstreamTasks"]) == (["a"], ["b"])
    assert together["description"] == "mine"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"endpointURL": "http://h/x"}, 201),
        ({"endpointURL": "not a uri"}, 400),
        ({}, 400),
        ({"endpointURL": "http://h/x", "responseSchema": {"schemaFields": [{"name": "id", "dataType": "LONG"}]}}, 201),
        ({"endpointURL": "http://h/x", "responseSchema": {"schemaFields": [{"name": "i", "dataType": "BIGINT"}]}}, 400),
        ({"endpointURL": "http://h/x", "requestMethod": "LOOK"}, 400),
    ],
)
def test_api_endpoints(target: Target, body: Any, status: int) -> None:
    """An address is needed; fields have types of their own and names under ``responseSchema``."""
    service = target.service("api", "Rest")
    target.ok("PUT", "/apiCollections", {"name": "c", "service": service})

    answer = target.call("PUT", "/apiEndpoints", {"name": "e", "apiCollection": f"{service}.c"} | body)

    assert answer.status == status, answer
    if status == 201 and "responseSchema" in body:
        field = answer.body["responseSchema"]["schemaFields"][0]
        assert field["fullyQualifiedName"] == f"{service}.c.e.responseSchema.id"


def test_containers(target: Target) -> None:
    """Formats are words; a child names its parent by id."""
    service = target.service("storage", "CustomStorage")
    parent = target.ok("PUT", "/containers", {"name": "p", "service": service, "fileFormats": ["parquet"]})
    child = {"name": "k", "service": service, "parent": {"id": parent["id"], "type": "container"}}

    refused = target.call("PUT", "/containers", {"name": "q", "service": service, "fileFormats": ["iceberg"]})

    assert refused.status == 400
    assert target.ok("PUT", "/containers", child)["fullyQualifiedName"] == f"{service}.p.k"


def test_charts_of_a_dashboard_have_to_exist(target: Target) -> None:
    """404 for one that does not."""
    service = target.service("dashboard", "CustomDashboard")
    body = {"name": "d", "service": service}
    target.ok("PUT", "/charts", {"name": "c", "service": service})

    assert target.call("PUT", "/dashboards", body | {"charts": [f"{service}.nope"]}).status == 404
    assert target.call("PUT", "/dashboards", body | {"charts": [f"{service}.c"]}).status == 201


def test_data_model_is_replaced_without_a_new_version(lake: Lake) -> None:
    """Nothing of it is copied to the table."""
    table = lake.table()
    path = f"/tables/{table['id']}/dataModel"
    lake.target.ok("PUT", path, {"modelType": "DBT", "sql": "select 1", "description": "of dbt"})
    lake.target.ok("PUT", path, {"modelType": "DBT", "rawSql": "select 2"})

    stored = lake.read()
    assert (stored["version"], "description" in stored) == (0.1, False)
    assert "sql" not in stored["dataModel"]
    assert lake.target.call("PUT", path, {"modelType": "NOPE"}).status == 400


def test_bulk_is_20s(lake: Lake) -> None:
    """Those that are refused do not stop the others; 1.6 has no such route."""
    good = {"name": "t", "databaseSchema": lake.schema, "columns": []}

    answer = lake.target.call("PUT", "/tables/bulk", [good, good | {"name": "u", "zzz": 1}])

    if lake.target.mode == "1.6":
        assert (answer.status, "405" in answer.message) == (500, True)
    else:
        assert answer.status == 200
        assert (answer.body["numberOfRowsPassed"], answer.body["numberOfRowsFailed"]) == (1, 1)
