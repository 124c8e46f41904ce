"""What an edge says there, what we want it to say and what we said last become one; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from phlo_hooks.subscribers.openmetadata.publishing.parts import tail_of
from phlo_hooks.subscribers.openmetadata.publishing.records import text_digest
from phlo_hooks.subscribers.openmetadata.requests import PutEdge

Pair = tuple[str, str]
Details = dict[str, Any]

MANUAL: Final = "Manual"
_TEXTS: Final = ("source", "sqlQuery", "description")
_MERGED: Final = frozenset({*_TEXTS, "pipeline", "columnsLineage"})


@dataclass(frozen=True, kw_only=True)
class Sent:
    """
    What we said of an edge last.

    Attributes:
        pairs: Upstream and downstream columns that we brought together.
        texts: Digests of what we set, by field; of the pipeline its id's.
        known: Whether we said anything.
    """

    pairs: frozenset[Pair] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict)
    known: bool = False


@dataclass(frozen=True, kw_only=True)
class MergedEdge:
    """
    What an edge is to say, and what of it is ours.

    Attributes:
        details: The whole of it; ``None`` where it says so already.
        drawn: Whether the edge is ours: it was not there before us.
    """

    details: Details | None
    pairs: tuple[Pair, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    drawn: bool = True


def merge_edge(there: Mapping[str, Any] | None, wanted: Mapping[str, Any], sent: Sent) -> MergedEdge:
    """
    Join what stands there with what is wanted: a PUT replaces all of it, so nothing of others' may be missing.

    Columns of others stay. A hand-drawn edge keeps its source, SQL and description; of another tool's, what is said
    stays and what is empty is filled; what we said follows us.

    Args:
        there: As it stands there, ``{}`` when it says nothing; ``None`` where there is no edge.
        wanted: ``source``, ``sqlQuery``, ``description``, ``pipeline`` (a reference), ``columnsLineage``.
    """
    stands = dict(there or {})
    recognised = not sent.known and _carries_ours(stands, wanted)
    sent = _as_if_sent(stands, wanted) if recognised else sent
    merged: Details = {name: value for name, value in stands.items() if name not in _MERGED and value is not None}
    texts: dict[str, str] = {}
    for name in (*_TEXTS, "pipeline"):
        value, ours = _held(name, stands, wanted, sent)
        if value:
            merged[name] = value
            if ours:
                texts[name] = said(value)
    others = [pair for pair in pairs_of(stands.get("columnsLineage")) if pair not in sent.pairs]
    mine = [pair for pair in pairs_of(wanted.get("columnsLineage")) if pair not in others]
    columns = _columns(stands.get("columnsLineage") or (), wanted.get("columnsLineage") or (), mine, others)
    if columns or stands.get("columnsLineage"):
        merged["columnsLineage"] = columns
    same = there is not None and bool(there) and _shape(merged) == _shape(stands)
    return MergedEdge(
        details=None if same else merged,
        pairs=tuple(mine),
        texts=texts,
        drawn=there is None or recognised,
    )


def flows(edge: PutEdge, above: Sequence[str], below: Sequence[str]) -> list[Details]:
    """
    Return the columns that both ends have, as the server wants them; of others nothing can be said.

    Args:
        above: Columns of the upstream end, as the server spells them; none where it has none.
        below: Those of the downstream end.
    """
    found = []
    for flow in edge.columns:
        to = tail_of(flow.downstream, below)
        tails = [tail for column in flow.upstream if (tail := tail_of(column, above)) is not None]
        if to is not None and tails:
            entry: Details = {
                "fromColumns": [f"{edge.upstream.fqn}.{tail}" for tail in dict.fromkeys(tails)],
                "toColumn": f"{edge.downstream.fqn}.{to}",
            }
            found.append({**entry, **({"function": flow.function} if flow.function else {})})
    return found


def without_ours(there: Mapping[str, Any], sent: Sent) -> Details | None:
    """Return what is left of an edge without what we said; ``None`` where that is nothing of anyone's."""
    left = dict(there)
    for name in (*_TEXTS, "pipeline"):
        if left.get(name) and said(left[name]) == sent.texts.get(name):
            del left[name]
    others = [pair for pair in pairs_of(left.pop("columnsLineage", None)) if pair not in sent.pairs]
    if others:
        left["columnsLineage"] = _columns(there["columnsLineage"], (), (), others)
    if not any(left.get(name) for name in _MERGED):
        return None
    if "pipeline" in left:
        left["pipeline"] = _reference(left["pipeline"])
    return left


def without_columns(details: Mapping[str, Any], bad: Iterable[str]) -> Details:
    """Return an edge without columns that the server does not know."""
    gone = set(bad)
    entries = []
    for entry in details.get("columnsLineage") or ():
        upstream = [column for column in entry.get("fromColumns") or () if column not in gone]
        if entry.get("toColumn") not in gone and upstream:
            entries.append({**entry, "fromColumns": upstream})
    return {**details, "columnsLineage": entries}


def pairs_of(columns: Sequence[Mapping[str, Any]] | None) -> list[Pair]:
    """Return upstream and downstream column of every pair, each once, in order."""
    found = [
        (str(upstream), str(entry.get("toColumn")))
        for entry in columns or ()
        for upstream in entry.get("fromColumns") or ()
    ]
    return list(dict.fromkeys(found))


def said(value: Any) -> str:
    """Return what stands for a text, or for the entity that a reference means."""
    return text_digest(str(value.get("id")) if isinstance(value, Mapping) else str(value))


def _held(name: str, stands: Mapping[str, Any], wanted: Mapping[str, Any], sent: Sent) -> tuple[Any, bool]:
    """Return which value holds, and whether it is ours."""
    there, new = stands.get(name), wanted.get(name)
    if name == "pipeline" and there:
        there = _reference(there)
    if not there:
        return new, bool(new)
    if said(there) == sent.texts.get(name):
        return new, bool(new)
    return there, False


def _carries_ours(stands: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether an edge that we know nothing of names our pipeline and source: then we drew it, and forgot."""
    theirs, ours = stands.get("pipeline") or {}, wanted.get("pipeline") or {}
    return (
        bool(theirs.get("id")) and theirs.get("id") == ours.get("id") and stands.get("source") == wanted.get("source")
    )


def _as_if_sent(stands: Mapping[str, Any], wanted: Mapping[str, Any]) -> Sent:
    """Return what we must have said: what stands there, but for a description and columns that we do not want."""
    wanted_pairs = pairs_of(wanted.get("columnsLineage"))
    pairs = frozenset(pair for pair in pairs_of(stands.get("columnsLineage")) if pair in wanted_pairs)
    texts = {name: said(stands[name]) for name in ("source", "sqlQuery", "pipeline") if stands.get(name)}
    return Sent(pairs=pairs, texts=texts, known=True)


def _reference(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": value.get("id"), "type": value.get("type", "pipeline")}


def _columns(
    there: Sequence[Mapping[str, Any]],
    wanted: Sequence[Mapping[str, Any]],
    mine: Sequence[Pair],
    others: Sequence[Pair],
) -> list[dict[str, Any]]:
    """Return one entry for each downstream column; what another said of how it comes about stays."""
    theirs = {str(entry.get("toColumn")): entry.get("function") for entry in there}
    ours = {str(entry.get("toColumn")): entry.get("function") for entry in wanted}
    shared = {below for _, below in others}
    upstream: dict[str, list[str]] = {}
    for above, below in (*mine, *others):
        upstream.setdefault(below, []).append(above)
    entries: list[dict[str, Any]] = []
    for below, columns in upstream.items():
        function = (theirs.get(below) if below in shared else None) or ours.get(below)
        entries.append({"fromColumns": columns, "toColumn": below, **({"function": function} if function else {})})
    return entries + [dict(entry) for entry in there if not entry.get("fromColumns")]


def _shape(details: Mapping[str, Any]) -> Any:
    """Return what counts of an edge, whatever its order."""
    columns = {
        (str(entry.get("toColumn")), frozenset(entry.get("fromColumns") or ()), entry.get("function") or "")
        for entry in details.get("columnsLineage") or ()
    }
    pipeline = details.get("pipeline") or {}
    return columns, str(pipeline.get("id") or ""), [details.get(name) or "" for name in _TEXTS]
