"""What an edge says there and what we want it to say become one."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from phlo_hooks.subscribers.openmetadata.publishing.edge_merging import (
    MergedEdge,
    Sent,
    merge_edge,
    pairs_of,
    said,
    without_columns,
    without_ours,
)

Json = dict[str, Any]
PIPELINE = {"id": "p1", "type": "pipeline"}
NOTHING = Sent()


def flows(*pairs: tuple[str, str]) -> list[Json]:
    return [{"fromColumns": [above], "toColumn": below} for above, below in pairs]


def edge(*pairs: tuple[str, str], **fields: Any) -> Json:
    return {"source": "DbtLineage", "columnsLineage": flows(*pairs), **fields}


def sent_by(merged: MergedEdge) -> Sent:
    return Sent(pairs=frozenset(merged.pairs), texts=merged.texts, known=True)


def test_new_edge_says_what_is_wanted() -> None:
    """And all of it is ours."""
    merged = merge_edge(None, edge(("a", "x"), sqlQuery="select 1", pipeline=PIPELINE), NOTHING)

    assert merged.details == edge(("a", "x"), sqlQuery="select 1", pipeline=PIPELINE)
    assert (merged.drawn, merged.pairs) == (True, (("a", "x"),))
    assert set(merged.texts) == {"source", "sqlQuery", "pipeline"}


def test_same_edge_is_not_put() -> None:
    """In whatever order columns come, and however much the server tells of the pipeline."""
    there = edge(("b", "y"), ("a", "x"), pipeline={**PIPELINE, "name": "p", "deleted": False})

    merged = merge_edge(there, edge(("a", "x"), ("b", "y"), pipeline=PIPELINE), NOTHING)

    assert merged.details is None


def test_drawn_edge_keeps_what_it_says() -> None:
    """Source, SQL, description and columns; our columns and pipeline join."""
    there = {"source": "Manual", "sqlQuery": "theirs", "description": "drawn", "columnsLineage": flows(("a", "x"))}

    merged = merge_edge(there, edge(("b", "x"), ("c", "y"), sqlQuery="ours", pipeline=PIPELINE), NOTHING)

    assert merged.details is not None
    assert [merged.details[name] for name in ("source", "sqlQuery", "description")] == ["Manual", "theirs", "drawn"]
    assert set(pairs_of(merged.details["columnsLineage"])) == {("a", "x"), ("b", "x"), ("c", "y")}
    assert merged.pairs == (("b", "x"), ("c", "y"))
    assert (merged.drawn, set(merged.texts)) == (False, {"pipeline"})


def test_what_we_said_follows_us() -> None:
    """A column that we no longer bring goes, SQL and pipeline are the new ones; a person's description stays."""
    first = merge_edge(None, edge(("a", "x"), ("b", "x"), sqlQuery="old", description="old"), NOTHING)
    there = {**(first.details or {}), "description": "theirs"}

    merged = merge_edge(there, edge(("b", "x"), sqlQuery="new", description="new", pipeline=PIPELINE), sent_by(first))

    assert merged.details == edge(("b", "x"), sqlQuery="new", description="theirs", pipeline=PIPELINE)


def test_pipeline_of_others_stays() -> None:
    """Ours takes only the place of none, or of ours."""
    there = edge(pipeline={"id": "theirs", "type": "pipeline"})

    merged = merge_edge(there, edge(pipeline=PIPELINE, sqlQuery="s"), NOTHING)

    assert merged.details is not None
    assert merged.details["pipeline"]["id"] == "theirs"


def test_edge_with_our_pipeline_is_ours() -> None:
    """Though nothing is remembered: its SQL follows us, and its columns may go."""
    there = edge(("a", "x"), sqlQuery="old", pipeline=PIPELINE)

    merged = merge_edge(there, edge(("a", "x"), sqlQuery="new", pipeline=PIPELINE), NOTHING)

    assert merged.details == edge(("a", "x"), sqlQuery="new", pipeline=PIPELINE)
    assert (merged.drawn, merged.pairs) == (True, (("a", "x"),))


def test_unknown_fields_are_sent_along() -> None:
    """A newer server's, or what another tool noted there."""
    merged = merge_edge({"source": "Manual", "createdBy": "ada", "assetEdges": 2}, edge(("a", "x")), NOTHING)

    assert merged.details is not None
    assert (merged.details["createdBy"], merged.details["assetEdges"]) == ("ada", 2)


def test_function_of_others_stays_where_their_columns_are() -> None:
    """Ours is said where the column is ours alone."""
    there = {"source": "Manual", "columnsLineage": [{**flows(("a", "x"))[0], "function": "theirs"}]}
    wanted = edge()
    wanted["columnsLineage"] = [{**flow, "function": "ours"} for flow in flows(("b", "x"), ("b", "y"))]

    merged = merge_edge(there, wanted, NOTHING)

    assert merged.details is not None
    functions = {flow["toColumn"]: flow["function"] for flow in merged.details["columnsLineage"]}
    assert functions == {"x": "theirs", "y": "ours"}


def test_edge_of_ours_alone_goes_whole() -> None:
    """Nothing of anyone's is left in it."""
    merged = merge_edge(None, edge(("a", "x"), sqlQuery="s", pipeline=PIPELINE), NOTHING)

    assert without_ours(merged.details or {}, sent_by(merged)) is None


def test_what_others_said_is_left() -> None:
    """Their columns and text, without our source, SQL and pipeline."""
    merged = merge_edge(None, edge(("a", "x"), sqlQuery="s", pipeline=PIPELINE), NOTHING)
    there = {**(merged.details or {}), "description": "theirs", "columnsLineage": flows(("a", "x"), ("t", "x"))}

    left = without_ours(there, sent_by(merged))

    assert left == {"description": "theirs", "columnsLineage": flows(("t", "x"))}


def test_unknown_columns_are_left_out() -> None:
    """And what nothing flows into any more."""
    details = {"source": "s", "columnsLineage": [{"fromColumns": ["a", "b"], "toColumn": "x"}, *flows(("b", "y"))]}

    assert without_columns(details, ["b"]) == {"source": "s", "columnsLineage": flows(("a", "x"))}
    assert without_columns(details, ["x", "y"])["columnsLineage"] == []


pairs = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), unique=True)


@given(pairs, pairs, pairs)
def test_others_columns_are_never_lost(
    theirs: list[tuple[str, str]], first: list[tuple[str, str]], second: list[tuple[str, str]]
) -> None:
    """Whatever we draw, change and take back; and drawing the same twice puts nothing."""
    there: Json = {"source": "Manual", "columnsLineage": flows(*theirs)}
    sent = NOTHING
    for wanted in (first, second, second):
        merged = merge_edge(there, edge(*wanted), sent)
        there = merged.details or there
        sent = sent_by(merged)
        assert set(pairs_of(there.get("columnsLineage"))) == set(theirs) | set(wanted)

    assert merged.details is None
    left = without_ours(there, sent) or {}
    assert set(pairs_of(left.get("columnsLineage"))) == set(theirs)
    assert said(left["source"]) == said("Manual")
