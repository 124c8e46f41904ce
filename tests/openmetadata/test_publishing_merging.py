"""What stands there, what is wanted and what was sent last become one PUT, one patch, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phlo_hooks.subscribers.openmetadata.names import Kind
from phlo_hooks.subscribers.openmetadata.publishing.merging import covers, hashed, merge_entity
from phlo_hooks.subscribers.openmetadata.publishing.parts import Ours
from phlo_hooks.subscribers.openmetadata.publishing.records import is_ours, source_hash, text_digest

Json = dict[str, Any]
OURS = Ours(entity=True)


def wanted(*columns: str, **fields: Any) -> Json:
    return {
        "name": "t",
        "databaseSchema": "s.d.raw",
        "columns": [{"name": column, "dataType": "INT"} for column in columns],
        **fields,
    }


def stored(body: Json, **fields: Any) -> Json:
    """Return an entity as the server has it after a first PUT."""
    return {"id": "1", "fullyQualifiedName": "s.d.raw.t", "deleted": False, **hashed(Kind.TABLE, body), **fields}


def test_new_entity_is_put_whole() -> None:
    """With its hash; what is ``None`` is left out, as are numbers of columns that others' would collide with."""
    body = wanted("id", description="d", schemaDefinition=None)
    body["columns"][0]["ordinalPosition"] = 1

    merged = merge_entity(Kind.TABLE, None, body, Ours())

    assert merged.put is not None
    assert "schemaDefinition" not in merged.put
    assert merged.put["columns"] == [{"name": "id", "dataType": "INT"}]
    assert is_ours(merged.put["sourceHash"])
    assert (merged.parts, merged.texts, merged.ours) == (("id",), {"description": text_digest("d")}, True)


def test_same_entity_is_neither_put_nor_patched() -> None:
    """Whoever remembers it, or nobody."""
    body = wanted("id", description="d")

    for ours in (OURS, Ours()):
        merged = merge_entity(Kind.TABLE, stored(body), body, ours)

        assert (merged.put, merged.patch, merged.ours, merged.parts) == (None, (), True, ("id",))


def test_hash_tells_whose_entity_it_is() -> None:
    """Ours is known again without a record; another connector's hash takes it from us."""
    body = wanted("id")

    assert merge_entity(Kind.TABLE, stored(wanted("other")), body, Ours()).ours
    assert not merge_entity(Kind.TABLE, stored(body, sourceHash="theirs"), body, OURS).ours
    assert merge_entity(Kind.DATABASE, {"id": "1", "name": "d"}, {"name": "d"}, OURS).ours


def test_untracked_field_is_put_with_another_hash() -> None:
    """Else the server echoes and forgets it."""
    there = stored(wanted("id", schemaDefinition="select 1"))

    merged = merge_entity(Kind.TABLE, there, wanted("id", schemaDefinition="select 2"), OURS)

    assert merged.put is not None
    assert merged.put["sourceHash"] != there["sourceHash"]


@pytest.mark.parametrize("value", [None, "select 2"])
def test_field_of_ours_follows_us(value: str | None) -> None:
    """``None`` takes it away; a field that is not spoken of stays."""
    there = stored(wanted("id", schemaDefinition="select 1", sourceUrl="https://x.org"))

    merged = merge_entity(Kind.TABLE, there, wanted("id", schemaDefinition=value), OURS)

    assert merged.put is not None
    assert merged.put.get("schemaDefinition") == value
    assert merged.put["sourceUrl"] == "https://x.org"


def test_field_of_others_stays() -> None:
    """Only what is empty is filled, and only together with something that is missing."""
    there = stored(wanted("id", tableType="View"), sourceHash="theirs")

    alone = merge_entity(Kind.TABLE, there, wanted("id", tableType="Regular", sourceUrl="https://x.org"), Ours())
    added = merge_entity(Kind.TABLE, there, wanted("id", "x", tableType="Regular", sourceUrl="https://x.org"), Ours())

    assert alone.put is None
    assert added.put is not None
    assert [added.put[name] for name in ("tableType", "sourceUrl", "sourceHash")] == ["View", "https://x.org", "theirs"]


def test_text_of_ours_is_patched_at_its_place() -> None:
    """With a test before, as a person may have moved the columns meanwhile."""
    there = stored(wanted("a", "b", description="old"))
    there["columns"][1]["description"] = "old b"
    body = wanted("a", "b", description="new")
    body["columns"][1]["description"] = "new b"
    texts = {"description": text_digest("old"), "b/description": text_digest("old b")}

    merged = merge_entity(Kind.TABLE, there, body, Ours(entity=True, texts=texts))

    assert merged.put is None
    assert merged.patch == (
        {"op": "add", "path": "/description", "value": "new"},
        {"op": "test", "path": "/columns/1/name", "value": "b"},
        {"op": "add", "path": "/columns/1/description", "value": "new b"},
    )
    assert merged.texts == {"description": text_digest("new"), "b/description": text_digest("new b")}


def test_text_of_a_person_is_sent_along_and_not_changed() -> None:
    """So that a person's token, whose PUT erases what it leaves out, erases nothing."""
    there = stored(wanted("a", description="theirs", displayName="Theirs"))

    merged = merge_entity(Kind.TABLE, there, wanted("a", "b", description="ours"), OURS)

    assert merged.put is not None
    assert (merged.put["description"], merged.put["displayName"], merged.patch) == ("theirs", "Theirs", ())
    assert merged.texts == {}


def test_empty_text_is_filled_by_a_patch_where_nothing_is_put() -> None:
    """It is ours from then on."""
    merged = merge_entity(Kind.TABLE, stored(wanted("a")), wanted("a", description="ours"), OURS)

    assert (merged.put, len(merged.patch)) == (None, 1)
    assert merged.texts == {"description": text_digest("ours")}


def test_data_products_are_sent_along() -> None:
    """A PUT without them takes the entity out."""
    there = stored(wanted("a"), dataProducts=[{"id": "9", "fullyQualifiedName": "Orders360"}])

    merged = merge_entity(Kind.TABLE, there, wanted("a", "b"), OURS)

    assert merged.put is not None
    assert merged.put["dataProducts"] == ["Orders360"]


def test_charts_of_others_are_sent_along() -> None:
    """A PUT replaces a dashboard's charts."""
    body = {"name": "b", "service": "s", "sourceUrl": "https://x.org/2"}
    charts = [{"id": "9", "fullyQualifiedName": "s.chart"}]

    merged = merge_entity(Kind.DASHBOARD, {"id": "1", **body, "sourceUrl": "x", "charts": charts}, body, OURS)

    assert merged.put is not None
    assert merged.put["charts"] == ["s.chart"]


def test_service_that_is_there_is_never_put() -> None:
    """It may have a connection, without which a PUT is refused."""
    there = {"id": "1", "name": "s", "serviceType": "Postgres", "connection": {"config": {}}}

    merged = merge_entity(Kind.DATABASE_SERVICE, there, {"name": "s", "serviceType": "CustomDatabase"}, OURS)

    assert (merged.put, merged.patch) == (None, ())


def test_deleted_entity_is_put_and_not_patched() -> None:
    """A PUT restores; a PATCH of what is deleted is answered 404."""
    body = wanted("a", description="ours")

    merged = merge_entity(Kind.TABLE, stored(body, deleted=True), wanted("a", description="new"), OURS)

    assert merged.put is not None
    assert merged.patch == ()


@pytest.mark.parametrize(
    ("kind", "path"), [(Kind.API_ENDPOINT, "responseSchema.schemaFields"), (Kind.CONTAINER, "dataModel.columns")]
)
def test_nested_lists_of_columns_are_merged(kind: Kind, path: str) -> None:
    """An endpoint's fields and a file's columns are merged like a table's."""
    outer, inner = path.split(".")

    def body(*names: str) -> Json:
        return {"name": "e", outer: {inner: [{"name": name, "dataType": "INT"} for name in names]}}

    merged = merge_entity(kind, {"id": "1", **body("a", "theirs"), "sourceHash": "t"}, body("a", "ours"), Ours())

    assert merged.put is not None
    assert [each["name"] for each in merged.put[outer][inner]] == ["a", "theirs", "ours"]


names = st.lists(st.sampled_from("abcdef"), unique=True, max_size=6)


@given(there=names, wants=names, sent=names, mine=st.booleans(), whole=st.booleans())
def test_merging_twice_changes_nothing_more(
    *,
    there: list[str],
    wants: list[str],
    sent: list[str],
    mine: bool,
    whole: bool,
) -> None:
    """What was put is what is wanted, and nobody else's column is lost on the way."""
    ours = Ours(entity=mine, whole=whole, parts=frozenset(sent))
    before = {"id": "1", **wanted(*there), **({} if mine else {"sourceHash": "theirs"})}

    first = merge_entity(Kind.TABLE, before, wanted(*wants), ours)
    after = {**before, **(first.put or {})}
    again = Ours(entity=first.ours, whole=whole, parts=frozenset(first.parts))
    second = merge_entity(Kind.TABLE, after, wanted(*wants), again)

    kept = {column["name"] for column in after["columns"]}
    assert second.put is None
    assert set(wants) <= kept
    assert set(there) - set(sent) <= kept
    assert mine or set(there) <= kept


def test_source_hash_is_known_again() -> None:
    """Thirty-two hexadecimal digits, of which some follow from the others."""
    made = source_hash({"a": 1})

    assert len(made) == 32
    assert is_ours(made)
    assert not is_ours(made[:-1] + ("0" if made[-1] != "0" else "1"))
    assert not is_ours(None)


def test_what_the_server_adds_is_no_difference() -> None:
    """More fields, lower-case display names, other descriptions; a missing or another value is one."""
    there = {"name": "a", "dataTypeDisplay": "varchar(3)", "description": "x", "fullyQualifiedName": "t.a"}

    assert covers([there], [{"name": "a", "dataTypeDisplay": "VARCHAR(3)", "description": "y", "children": []}])
    assert not covers([there], [{"name": "b"}])
    assert not covers([there], [])
    assert not covers([there], [{"name": "a", "dataLength": 3}])
