"""A change in words."""

from __future__ import annotations

from typing import Any

from phlo_hooks.subscribers.openmetadata.names import Kind
from phlo_hooks.subscribers.openmetadata.planning import Change, Plan
from phlo_hooks.subscribers.openmetadata.planning.changes import of_edge, of_entity, of_patch


def test_new_entities_say_how_many_columns_they_have() -> None:
    """Fields of an endpoint and tasks of a pipeline by their own names."""
    table = of_entity(Kind.TABLE, "prod.shop.raw.t", None, {"name": "t", "columns": [{"name": "a"}, {"name": "b"}]})
    pipeline = of_entity(Kind.PIPELINE, "dagster.p", None, {"name": "p", "tasks": [{"name": "a"}]})
    schema = of_entity(Kind.DATABASE_SCHEMA, "prod.shop.raw", None, {"name": "raw"})

    assert str(table) == "+ table prod.shop.raw.t (2 columns)"
    assert str(pipeline) == "+ pipeline dagster.p (1 task)"
    assert str(schema) == "+ schema prod.shop.raw"


def test_changed_entity_says_what_changes() -> None:
    """Columns that come, go and get another type; other fields with their values, where these are short."""
    before = {
        "columns": [{"name": "a", "dataType": "INT"}, {"name": "b", "dataType": "INT"}],
        "tableType": "Regular",
        "schemaDefinition": "select 1\nfrom x",
    }
    body = {
        "name": "t",
        "columns": [{"name": "a", "dataType": "BIGINT"}, {"name": "c", "dataType": "INT"}],
        "tableType": "View",
        "schemaDefinition": "select 2\nfrom x",
        "sourceHash": "x",
    }

    change = of_entity(Kind.TABLE, "t", before, body)

    assert str(change) == (
        "~ table t + column c, - column b, type of a INT -> BIGINT, tableType Regular -> View, schemaDefinition"
    )


def test_restored_entity_says_so() -> None:
    """As a PUT brings back what was deleted."""
    assert of_entity(Kind.DATABASE, "p.d", {"deleted": True}, {"name": "d"}).details == ("restored",)


def test_patch_says_what_it_is_about() -> None:
    """Columns by their names, tags by theirs; its tests are not told."""
    before = {"columns": [{"name": "a", "tags": []}, {"name": "b"}]}
    patch: list[dict[str, Any]] = [
        {"op": "add", "path": "/description", "value": "d"},
        {"op": "test", "path": "/columns/1/name", "value": "b"},
        {"op": "add", "path": "/columns/1/description", "value": "d"},
        {"op": "add", "path": "/columns/0/tags", "value": [{"tagFQN": "PII.Sensitive"}]},
        {"op": "add", "path": "/owners", "value": []},
        {"op": "test", "path": "/tags/1/tagFQN", "value": "Tier.Tier1"},
        {"op": "remove", "path": "/tags/1"},
    ]

    assert of_patch(Kind.TABLE, "t", before, patch).details == (
        "description",
        "description of column b",
        "+ tag PII.Sensitive of column a",
        "owners",
        "- tag Tier.Tier1",
    )


def test_edge_says_its_columns() -> None:
    """A new one how many, a changed one which, and what else."""
    new = {"source": "s", "columnsLineage": [{"fromColumns": ["s.a", "s.b"], "toColumn": "t.x"}]}
    before = {"source": "s", "sqlQuery": "q", "columnsLineage": [{"fromColumns": ["s.a"], "toColumn": "t.x"}]}

    assert str(of_edge("s -> t", None, new)) == "+ edge s -> t (1 column)"
    assert str(of_edge("s -> t", before, new)) == "~ edge s -> t + b -> x, sqlQuery"


def test_results_of_one_test_are_one_line() -> None:
    """What happens often is counted; all is in the JSON."""
    results = [Change(sign="+", kind="result of", name="t.test") for _ in range(3)]
    plan = Plan(changes=(Change(sign="+", kind="table", name="t"), *results), unchanged=208, refused=("table x: no",))

    assert plan.lines() == ["+ table t", "+ 3 results of t.test", "! table x: no", "= 208 unchanged"]
    assert plan.summary() == "4 to add, 0 to change, 0 to remove, 208 unchanged"
    assert len(plan.as_json()["changes"]) == 4


def test_plan_that_changes_nothing_says_nothing() -> None:
    """And is false."""
    assert Plan(unchanged=3).lines() == []
    assert not Plan(unchanged=3)
