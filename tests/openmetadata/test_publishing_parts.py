"""Columns, fields and tasks become one list."""

from __future__ import annotations

import pytest

from phlo_hooks.subscribers.openmetadata.names import Kind
from phlo_hooks.subscribers.openmetadata.publishing.parts import Ours, as_sent, merge_parts, spelled, tail_of, tails
from phlo_hooks.subscribers.openmetadata.publishing.records import text_digest


def test_case_is_the_servers_where_names_have_one_case() -> None:
    """No second column comes into being; where case counts, one does."""
    there, wanted = [{"name": "ID", "dataType": "INT"}], [{"name": "id", "dataType": "BIGINT"}]

    one = merge_parts(there, wanted, Ours(entity=True, one_case=True))
    two = merge_parts(there, wanted, Ours(entity=True))

    assert one == [{"name": "ID", "dataType": "BIGINT"}]
    assert [part["name"] for part in two] == ["id", "ID"]


def test_exact_name_is_preferred() -> None:
    """Two columns that differ in case only are not mixed up."""
    assert spelled("a", {"A": 0, "a": 1}, one_case=True) == "a"
    assert spelled("A", {"b": 0}, one_case=True) is None


def test_constraint_of_others_stays_on_our_column() -> None:
    """A database connector knows keys that we do not."""
    there = [{"name": "id", "dataType": "INT", "constraint": "PRIMARY_KEY"}]

    assert merge_parts(there, [{"name": "id", "dataType": "INT"}], Ours(entity=True)) == there


def test_text_of_ours_follows_us_and_others_stays() -> None:
    """By what we set last."""
    there = [{"name": "a", "description": "ours"}, {"name": "b", "description": "theirs"}]
    wanted = [{"name": "a", "description": "new"}, {"name": "b", "description": "new"}]
    texts = {"a/description": text_digest("ours"), "b/description": text_digest("ours")}

    merged = merge_parts(there, wanted, Ours(entity=True, texts=texts))

    assert [part["description"] for part in merged] == ["new", "theirs"]


def test_what_the_server_computes_is_not_sent() -> None:
    """Neither the full name nor tags, which stay by themselves; in children too."""
    computed = {"fullyQualifiedName": "t.a", "tags": [], "dataType": "STRUCT"}

    assert as_sent({"name": "a", **computed, "children": [{"name": "b", **computed}]}) == {
        "name": "a",
        "dataType": "STRUCT",
        "children": [{"name": "b", "dataType": "STRUCT"}],
    }


@pytest.mark.parametrize(
    ("column", "tail"),
    [("x.y", '"x.y"'), ("ID", "id"), ("id", "id"), ("s.a", "s.a"), ("both", "both"), ("BOTH", None), ("nope", None)],
)
def test_column_is_found_as_the_server_spells_it(column: str, tail: str | None) -> None:
    """Quoted where it has a dot; in another case where only one has it."""
    assert tail_of(column, ["id", '"x.y"', "s", "s.a", "Both", "both"]) == tail


def test_tails_are_the_servers_own() -> None:
    """An endpoint's have its schema in them; without a full name they are made."""
    fields = [{"name": "a.b", "children": [{"name": "c"}]}]

    assert tails(fields, "s.c.e", Kind.API_ENDPOINT) == ['responseSchema."a.b"', 'responseSchema."a.b".c']
    assert tails([{"name": "a", "fullyQualifiedName": "s.t.A"}], "s.t", Kind.TABLE) == ["A"]
    assert tail_of("a.b", tails(fields, "s.c.e", Kind.API_ENDPOINT)) == 'responseSchema."a.b"'
