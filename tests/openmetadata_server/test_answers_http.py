"""Tokens, routes, bodies that are none, and lists."""

from __future__ import annotations

import gzip
import json
import uuid
from typing import Any

import pytest

from tests.openmetadata_server.target import Lake, Target


def bearer(token: str) -> dict[str, str]:
    """Return the header for a token."""
    return {"Authorization": f"Bearer {token}"}


def test_version_needs_no_token(target: Target) -> None:
    """It is the one thing that all may ask."""
    answer = target.raw("GET", "/system/version")

    assert (answer.status_code, answer.json()["version"][:3]) == (200, target.mode)


@pytest.mark.parametrize(("headers", "message"), [({}, "Token not present"), (bearer("nope"), "Unable to decode")])
def test_calls_without_a_good_token(target: Target, headers: Any, message: str) -> None:
    """401, and why."""
    answer = target.raw("GET", "/tables", headers=headers)

    assert (answer.status_code, message in answer.json()["message"]) == (401, True)


def test_expired_token(target: Target) -> None:
    """401 with a message of its own; the new one works."""
    if target.standin is None:
        pytest.skip("a real server's token does not expire on demand")
    target.standin.faults.token_expired = True
    expired = target.call("GET", "/tables")
    target.standin.faults.token_expired = False

    assert (expired.status, expired.message) == (401, "Expired token!")
    assert target.call("GET", "/tables").status == 200


def test_forbidden_operation(target: Target, lake: Lake) -> None:
    """403 names the operation; the rights say so too."""
    if target.standin is None:
        pytest.skip("a real server's rights do not change on demand")
    target.standin.world.forbidden.add(("table", "Create"))
    try:
        answer = lake.put()
        rights = target.ok("GET", "/permissions/table")["permissions"]
    finally:
        target.standin.world.forbidden.clear()

    assert answer.status == 403
    assert answer.message == "Principal: CatalogPrincipal{name='ingestion-bot'} operations [Create] not allowed"
    assert {"operation": "Create", "access": "deny"} in rights


def test_bot_is_known_as_one(target: Target) -> None:
    """So that a client can say when it was given a person's token."""
    assert target.ok("GET", "/users/loggedInUser")["isBot"] is True


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/nope", "404"),
        ("PUT", "/nope/x", "404"),
        ("PUT", "/tables/x", "405"),
        ("GET", "/tables/name/a/b", "404"),
        ("GET", "/tables/not-an-id", "404"),
        ("GET", "/tables?limit=abc", "404"),
    ],
)
def test_what_is_no_route_is_a_500_in_another_shape(target: Target, method: str, path: str, code: str) -> None:
    """The true code stands in brackets."""
    answer = target.call(method, path, {} if method == "PUT" else None)

    assert answer.status == 500
    assert answer.body["errorType"] == "UNHANDLED_SERVER_EXCEPTION"
    assert f"[HTTP {code}" in answer.body["responseMessage"]


def test_wrong_media_type_is_a_500(target: Target) -> None:
    """415 in brackets."""
    headers = bearer(target.jwt) | {"Content-Type": "text/plain"}

    answer = target.raw("PUT", "/tables", headers=headers, content="{}")

    assert (answer.status_code, "415" in answer.json()["responseMessage"]) == (500, True)


@pytest.mark.parametrize(("content", "status", "media"), [("{", 400, "text/plain"), ("", 500, "application/json")])
def test_body_that_is_no_json(target: Target, content: str, status: int, media: str) -> None:
    """A text, not JSON; an empty one trips the server."""
    headers = bearer(target.jwt) | {"Content-Type": "application/json"}

    answer = target.raw("PUT", "/tables", headers=headers, content=content)

    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (status, media)


def test_post_of_what_exists_is_a_409(lake: Lake) -> None:
    """Nothing is overwritten."""
    lake.table()

    answer = lake.target.call("POST", "/tables", {"name": "t1", "databaseSchema": lake.schema, "columns": []})

    assert (answer.status, answer.body) == (409, {"code": 409, "message": "Entity already exists"})


def test_missing_entity_is_a_404(target: Target) -> None:
    """By name and by id."""
    identifier = str(uuid.uuid4())

    by_name, by_id = target.call("GET", "/tables/name/x"), target.call("GET", f"/tables/{identifier}")

    assert (by_name.status, by_name.message) == (404, "table instance for x not found")
    assert (by_id.status, by_id.message) == (404, f"table instance for {identifier} not found")


def test_compressed_bodies_are_taken(target: Target) -> None:
    """And answers are compressed on demand."""
    body = gzip.compress(json.dumps({"name": f"{target.service()}", "serviceType": "CustomDatabase"}).encode())
    headers = bearer(target.jwt) | {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    assert target.raw("PUT", "/services/databaseServices", headers=headers, content=body).status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [("fields=nope", 400), ("include=nope", 400), ("limit=-1", 400), ("limit=0", 200), ("fields=owners,tags", 200)],
)
def test_what_lists_may_be_asked(target: Target, query: str, status: int) -> None:
    """Unknown fields are named."""
    answer = target.call("GET", f"/tables?{query}")

    assert answer.status == status or (status == 400 and query == "fields=nope" and answer.body.get("data") == [])


def test_lists_come_in_pages(lake: Lake) -> None:
    """``after`` leads on; ``total`` counts all."""
    for number in range(5):
        lake.table(f"p{number}")
    found, after = [], None
    while True:
        more: dict[str, str] = {"after": after} if after else {}
        page = lake.target.ok("GET", "/tables", databaseSchema=lake.schema, limit=2, **more)
        found += [each["name"] for each in page["data"]]
        after = page["paging"].get("after")
        if after is None:
            break

    assert page["paging"]["total"] == 5
    assert sorted(found) == [f"p{number}" for number in range(5)]


def test_fields_are_shown_when_asked_for(lake: Lake) -> None:
    """Tags and the statement are not there by themselves."""
    lake.table(schemaDefinition="select 1", tags=[{"tagFQN": "PersonalData.Personal"}])
    usual = lake.target.read("tables", f"{lake.schema}.t1")

    assert not {"tags", "schemaDefinition", "owners"} & usual.keys()
    assert {"tags", "schemaDefinition", "owners", "columns"} <= lake.read().keys()


def test_history_has_every_version(lake: Lake) -> None:
    """The newest first, as texts."""
    table = lake.table()
    lake.table(description="d")

    history = lake.target.ok("GET", f"/tables/{table['id']}/versions")["versions"]

    assert [json.loads(each)["version"] for each in history] == [0.2, 0.1]


def test_search_finds_tables_of_a_name(lake: Lake) -> None:
    """Whatever its case; names are not the only thing that a real one looks at."""
    name = f"{lake.target.prefix}Orders"
    lake.table(name)
    if lake.target.standin is None:
        pytest.skip("a real server's index needs a moment")

    found = lake.target.ok("GET", "/search/query", q=f'name:"{name.lower()}"', index="table_search_index", size=5)

    assert [each["_source"]["fullyQualifiedName"] for each in found["hits"]["hits"]] == [f"{lake.schema}.{name}"]
