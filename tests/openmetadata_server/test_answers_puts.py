"""What a PUT on what exists stores, keeps and erases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.openmetadata_server.target import Lake, Target, column

PERSON_TEXT = "written by a person"


def test_first_put_creates_and_a_second_one_changes_nothing(lake: Lake) -> None:
    """201, then 200 with the same version and time."""
    first = lake.put()
    second = lake.put()

    assert (first.status, second.status) == (201, 200)
    assert first.body["version"] == second.body["version"] == 0.1
    assert first.body["updatedAt"] == second.body["updatedAt"]


@pytest.mark.parametrize(
    ("untracked", "first", "second"),
    [
        ("schemaDefinition", "select 1", "select 2"),
        (
            "columns",
            [column("id", "BIGINT", dataTypeDisplay="bigint a")],
            [column("id", "BIGINT", dataTypeDisplay="b")],
        ),
        ("columns", [column("a", "INT"), column("b", "INT")], [column("b", "INT"), column("a", "INT")]),
    ],
)
def test_untracked_change_alone_is_echoed_and_not_stored(lake: Lake, untracked: str, first: Any, second: Any) -> None:
    """The answer shows it, GET does not; the version stays."""
    lake.table(**{untracked: first})
    before = lake.read()

    echoed = lake.table(**{untracked: second})

    assert _without_links(echoed[untracked]) != _without_links(before[untracked])
    assert lake.read()[untracked] == before[untracked]
    assert echoed["version"] == before["version"]


def test_another_source_hash_stores_the_whole_body(lake: Lake) -> None:
    """What is not tracked comes along with it; a description stays protected."""
    lake.table(schemaDefinition="select 1", description="mine", sourceHash="a" * 32)

    lake.table(schemaDefinition="select 2", description="other", sourceHash="b" * 32)

    stored = lake.read()
    assert (stored["schemaDefinition"], stored["description"]) == ("select 2", "mine")


@pytest.mark.parametrize("text", ["description", "displayName"])
def test_bot_fills_an_empty_text_and_never_overwrites_one(lake: Lake, text: str) -> None:
    """Not even its own, of the table and of a column; absent keeps."""
    columns = [column("id", "BIGINT")]
    lake.table(columns=columns)
    for value in ("first", "second"):
        lake.table(columns=[column("id", "BIGINT", **{text: value})], **{text: value})
    lake.table(columns=columns)

    assert lake.read()[text] == "first"
    assert lake.column()[text] == "first"


def test_persons_put_replaces_and_removes_texts(lake: Lake) -> None:
    """What the body leaves out is gone."""
    lake.table(description="mine", columns=[column("id", "BIGINT", description="mine")])
    lake.table(description="other", columns=[column("id", "BIGINT")], person=True)
    replaced = lake.read()

    lake.table(columns=[column("id", "BIGINT")], person=True)

    assert replaced["description"] == "other"
    assert "description" not in lake.read()
    assert "description" not in lake.column()


def test_patch_of_a_bot_overwrites_a_persons_description(lake: Lake) -> None:
    """PATCH is not held back."""
    table = lake.table(description=PERSON_TEXT)

    lake.patch(table, {"op": "add", "path": "/description", "value": "new"})

    assert lake.read()["description"] == "new"


def test_tags_are_joined_and_never_removed(lake: Lake) -> None:
    """Absent and empty keep them; more are added; the server fills in the rest of a label."""
    lake.table(tags=[{"tagFQN": "PersonalData.Personal"}])
    lake.table(tags=[])
    lake.table()
    lake.table(tags=[{"tagFQN": "PersonalData.SpecialCategory"}])

    tags = {each["tagFQN"]: each for each in lake.read()["tags"]}
    assert tags.keys() == {"PersonalData.Personal", "PersonalData.SpecialCategory"}
    assert tags["PersonalData.Personal"]["source"] == "Classification"
    assert tags["PersonalData.Personal"]["state"] == "Confirmed"


def test_exclusive_tags_are_refused_by_put_and_the_old_ones_are_lost(lake: Lake) -> None:
    """The trap: 400, and every tag of the table is gone."""
    lake.table(tags=[{"tagFQN": "Tier.Tier1"}, {"tagFQN": "PersonalData.Personal"}])

    answer = lake.put(tags=[{"tagFQN": "Tier.Tier2"}])

    assert answer.status == 400
    assert (
        answer.message == "Tag labels Tier.Tier1 and Tier.Tier2 are mutually exclusive and can't be assigned together"
    )
    assert lake.read()["tags"] == []


def test_exclusive_tags_are_refused_by_patch_and_the_old_ones_stay(lake: Lake) -> None:
    """So tags of such classes are added by PATCH only."""
    table = lake.table(tags=[{"tagFQN": "Tier.Tier1"}])

    answer = lake.patch(table, {"op": "add", "path": "/tags/-", "value": {"tagFQN": "Tier.Tier2"}})

    assert answer.status == 400
    assert [each["tagFQN"] for each in lake.read()["tags"]] == ["Tier.Tier1"]


def test_clash_in_a_column_loses_that_columns_tags(lake: Lake) -> None:
    """And no others."""
    lake.table(
        columns=[
            column("id", "BIGINT", tags=[{"tagFQN": "PII.None"}]),
            column("x", "INT", tags=[{"tagFQN": "PersonalData.Personal"}]),
        ]
    )

    answer = lake.put(columns=[column("id", "BIGINT", tags=[{"tagFQN": "PII.Sensitive"}]), column("x", "INT")])

    assert answer.status == 400
    assert lake.column("id")["tags"] == []
    assert len(lake.column("x")["tags"]) == 1


def test_unknown_tag_is_a_404_that_loses_nothing(lake: Lake) -> None:
    """The old ones stay."""
    lake.table(tags=[{"tagFQN": "Tier.Tier1"}])

    answer = lake.put(tags=[{"tagFQN": "PII.Nope"}])

    assert (answer.status, answer.message) == (404, "tag instance for PII.Nope not found")
    assert len(lake.read()["tags"]) == 1


def test_owners_of_a_put_replace_those_of_a_person(lake: Lake) -> None:
    """Other ones win; absent and empty keep."""
    users = {name: lake.target.ok("GET", f"/users/name/{name}")["id"] for name in ("admin", "ingestion-bot")}
    lake.table(owners=[{"id": users["admin"], "type": "user"}])
    lake.table()
    lake.table(owners=[])
    kept = [each["name"] for each in lake.read(fields="owners")["owners"]]

    lake.table(owners=[{"id": users["ingestion-bot"], "type": "user"}])

    assert kept == ["admin"]
    assert [each["name"] for each in lake.read(fields="owners")["owners"]] == ["ingestion-bot"]


def test_absent_fields_that_a_put_removes(lake: Lake) -> None:
    """``tableType`` and ``sourceUrl`` are gone when they are left out."""
    lake.table(tableType="View", sourceUrl="http://x/y")
    lake.table()

    assert not {"tableType", "sourceUrl"} & lake.read().keys()


def test_removed_column_is_a_breaking_change_and_takes_its_description_along(lake: Lake) -> None:
    """Plus one; adding it back restores nothing."""
    lake.table(columns=[column("id", "BIGINT"), column("x", "INT", description="of x")])
    removed = lake.table(columns=[column("id", "BIGINT")])

    again = lake.table(columns=[column("id", "BIGINT"), column("x", "INT")])

    assert (removed["version"], again["version"]) == (1.1, 1.2)
    assert "description" not in lake.column("x")


def test_changed_type_loses_tags_and_keeps_a_description(lake: Lake) -> None:
    """Deleted and added; a description that the request brings wins."""
    tags = [{"tagFQN": "PersonalData.Personal"}]
    lake.table(columns=[column("id", "BIGINT", description=PERSON_TEXT, tags=tags)])
    kept = lake.table(columns=[column("id", "STRING")])
    stored = lake.column()

    lake.table(columns=[column("id", "INT", description="brought")])

    assert kept["version"] == 1.1
    assert (stored["description"], stored["tags"]) == (PERSON_TEXT, [])
    assert lake.column()["description"] == "brought"


@pytest.mark.parametrize(
    ("before", "after", "version"),
    [
        ({"dataLength": 10}, {"dataLength": 20}, 0.2),
        ({"dataLength": 20}, {"dataLength": 10}, 1.1),
    ],
)
def test_length_of_a_column(lake: Lake, before: Any, after: Any, version: float) -> None:
    """Larger is a small change, smaller a breaking one."""
    lake.table(columns=[column("s", "VARCHAR", **before)])

    assert lake.table(columns=[column("s", "VARCHAR", **after)])["version"] == version


def test_added_column_is_a_small_change_that_says_so(lake: Lake) -> None:
    """``changeDescription`` names it; the next change without one repeats the description of the last."""
    lake.table(columns=[column("id", "BIGINT")])

    changed = lake.table()
    again = lake.table()

    assert changed["version"] == 0.2
    assert changed["changeDescription"]["previousVersion"] == 0.1
    assert [each["name"] for each in changed["changeDescription"]["fieldsAdded"]] == ["columns"]
    assert again["changeDescription"] == changed["changeDescription"]


def test_nested_columns_follow_the_same_rules(lake: Lake) -> None:
    """A removed child is breaking; a child's description is kept."""
    lake.table(columns=[column("s", "STRUCT", children=[column("a", "INT", description="of a"), column("b", "INT")])])

    changed = lake.table(columns=[column("s", "STRUCT", children=[column("a", "INT", description="other")])])

    child = lake.column("s")["children"][0]
    assert changed["version"] == 1.1
    assert (child["fullyQualifiedName"], child["description"]) == (f"{lake.schema}.t1.s.a", "of a")


def test_service_with_a_connection_wants_it_again(target: Target) -> None:
    """A PUT without it is refused; one that never had any is fine."""
    body = {"name": f"{target.prefix}database", "serviceType": "Postgres"}
    target.service(service_type="Postgres")
    assert target.call("PUT", "/services/databaseServices", body).status == 200
    connection = {"connection": {"config": {"type": "Postgres", "username": "u", "hostPort": "h:1", "database": "d"}}}
    target.ok("PUT", "/services/databaseServices", body | connection)

    answer = target.call("PUT", "/services/databaseServices", body)

    assert answer.status == 400
    assert "getConfig()" in answer.message


def test_type_of_a_service_never_changes(target: Target) -> None:
    """200, echoed, not stored."""
    name = target.service()

    answer = target.call("PUT", "/services/databaseServices", {"name": name, "serviceType": "Postgres"})

    assert (answer.status, answer.body["serviceType"]) == (200, "Postgres")
    assert target.read("services/databaseServices", name)["serviceType"] == "CustomDatabase"


def test_soft_delete_hides_and_a_put_restores(lake: Lake) -> None:
    """404 without ``include``, then the same id with a new version."""
    table = lake.table()
    lake.target.ok("DELETE", f"/tables/{table['id']}")
    hidden = lake.target.call("GET", f"/tables/{table['id']}").status
    shown = lake.target.ok("GET", f"/tables/{table['id']}", include="deleted")

    restored = lake.put()

    assert (hidden, shown["deleted"]) == (404, True)
    assert (restored.status, restored.body["id"], restored.body["deleted"]) == (200, table["id"], False)


def test_parent_with_children_is_not_deleted_alone(lake: Lake) -> None:
    """400 without ``recursive=true``."""
    table = lake.table()
    schema = table["databaseSchema"]["id"]

    refused = lake.target.call("DELETE", f"/databaseSchemas/{schema}")
    done = lake.target.call("DELETE", f"/databaseSchemas/{schema}", recursive="true", hardDelete="true")

    assert (refused.status, refused.message) == (400, "databaseSchema is not empty")
    assert done.status == 200
    assert lake.target.call("GET", f"/tables/{table['id']}").status == 404


@pytest.mark.parametrize(
    "operation", [{"op": "remove", "path": "/nope"}, {"op": "test", "path": "/name", "value": "z"}]
)
def test_patch_that_fails_is_a_500(lake: Lake, operation: Any) -> None:
    """Of a path that is not there, and of a failed test."""
    assert lake.patch(lake.table(), operation).status == 500


def test_patch_ignores_names_and_refuses_unknown_fields(lake: Lake) -> None:
    """200 without an effect; 400."""
    table = lake.table()

    renamed = lake.patch(table, {"op": "add", "path": "/name", "value": "z"})
    unknown = lake.patch(table, {"op": "add", "path": "/zzz", "value": "z"})

    assert (renamed.status, lake.read()["name"]) == (200, "t1")
    assert unknown.status == 400


def _without_links(value: Any) -> Any:
    if isinstance(value, list):
        return [{key: each[key] for key in ("name", "dataTypeDisplay") if key in each} for each in value]
    return value
