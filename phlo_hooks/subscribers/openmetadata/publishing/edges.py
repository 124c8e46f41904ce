"""Edges of lineage: what others drew stays, what we drew follows what we know."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from phlo_hooks.subscribers.openmetadata.client import Refused
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from phlo_hooks.subscribers.openmetadata.publishing.edge_merging import (
    MergedEdge,
    Sent,
    flows,
    merge_edge,
    pairs_of,
    without_columns,
    without_ours,
)
from phlo_hooks.subscribers.openmetadata.publishing.entities import restore
from phlo_hooks.subscribers.openmetadata.publishing.ledger import edge_name, entity_name
from phlo_hooks.subscribers.openmetadata.publishing.records import EdgeRecord, EntityRecord, digest
from phlo_hooks.subscribers.openmetadata.publishing.sending import End, Sending
from phlo_hooks.subscribers.openmetadata.requests import PutEdge, SettleEdges
from phlo_hooks.subscribers.openmetadata.versions import Part

_log = logging.getLogger(__name__)

Details = Mapping[str, Any]

_TRIES: Final = 4
_GOING: Final = "going"
"""What stands for the request to take an edge back, where it was refused."""
_NO_COLUMNS: Final = frozenset({Kind.DASHBOARD, Kind.PIPELINE})


def send_edges(sending: Sending, downstream: EntityName, edges: Sequence[PutEdge]) -> None:
    """Draw the edges into one entity; what stands there is read once for all of them."""
    due = [edge for edge in edges if _is_due(sending, edge)]
    if not due:
        return
    below = _end(sending, downstream)
    there = _incoming(sending, downstream) if below is not None and downstream not in sending.fresh else {}
    for edge in due:
        above = _end(sending, edge.upstream)
        if below is None or above is None:
            sending.tally.withheld()
            continue
        try:
            _draw(sending, edge, above, below, there)
        except Refused as refusal:
            name = edge_name(edge.upstream, edge.downstream)
            record = sending.ledger.get(name, EdgeRecord)
            record.refused, record.reason = edge_digest(edge), refusal.message
            record.upstream = (edge.upstream.kind.value, edge.upstream.parts)
            sending.ledger.put(name, record)
            sending.tally.refused(edge, f"edge {edge.upstream.fqn} -> {edge.downstream.fqn}: {refusal.message}")


def settle(sending: Sending, request: SettleEdges) -> None:
    """
    Take back our edges into an entity that come from elsewhere; what others say of them stays.

    One that the server does not let go stays remembered; it is tried again where nothing is believed.
    """
    stay = set(request.upstream)
    gone = [
        (name, record) for name, record in sending.ledger.edges_into(request.downstream) if record.source not in stay
    ]
    drawn = [(name, record) for name, record in gone if record.digest]
    there = _incoming(sending, request.downstream) if drawn else {}
    taken = 0
    for name, record in gone:
        details = there.get(record.ends[0])
        if record.digest and details is not None:
            if record.refused == _GOING and not sending.verify:
                continue
            try:
                _take_back(sending, request, record, details)
            except Refused as refusal:
                ends = f"{record.source.fqn} -> {request.downstream.fqn}"
                sending.tally.refused(request, f"edge {ends}: {refusal.message}")
                record.refused, record.reason = _GOING, refusal.message
                sending.ledger.put(name, record)
                continue
            taken += 1
        sending.ledger.put(name, None)
    (sending.tally.sent if taken else sending.tally.unchanged)()


def edge_digest(edge: PutEdge) -> str:
    """Return what stands for a request."""
    flows = [[flow.upstream, flow.downstream, flow.function] for flow in edge.columns]
    return digest([edge.source, edge.sql, edge.description, edge.pipeline.fqn if edge.pipeline else "", flows])


def _is_due(sending: Sending, edge: PutEdge) -> bool:
    record = sending.ledger.get(edge_name(edge.upstream, edge.downstream), EdgeRecord)
    wanted = edge_digest(edge)
    if sending.verify or wanted not in (record.digest, record.refused):
        return True
    if record.lacking and wanted == record.digest and record.lacking != _had(sending, edge):
        return True
    (sending.tally.unchanged if wanted == record.digest else sending.tally.withheld)()
    return False


def _had(sending: Sending, edge: PutEdge) -> str:
    """Return what stands for the ends' columns and the pipeline, as the server is known to have them."""
    names = [name for name in (edge.upstream, edge.downstream, edge.pipeline) if name is not None]
    records = [sending.ledger.get(entity_name(name), EntityRecord) for name in names]
    return digest([[record.id, record.columns] for record in records])


def _is_whole(edge: PutEdge, wanted: Mapping[str, Any]) -> bool:
    """Whether the server has all columns and the pipeline that we name."""
    if edge.pipeline is not None and not wanted.get("pipeline"):
        return False
    if _NO_COLUMNS & {edge.upstream.kind, edge.downstream.kind}:
        return True
    named = sum(len(set(flow.upstream)) for flow in edge.columns)
    return len(pairs_of(wanted.get("columnsLineage"))) >= named


def _end(sending: Sending, name: EntityName) -> End | None:
    end = sending.end(name)
    return end if end is not None or not restore(sending, name) else sending.end(name)


def _incoming(sending: Sending, downstream: EntityName) -> dict[str, dict[str, Any]]:
    """Return what the edges into an entity say, by the id of where they come from; ``{}`` of one that says nothing."""
    path = f"lineage/{downstream.kind}/name/{quote(downstream.fqn, safe='')}"
    graph = sending.client.get(path, {"upstreamDepth": 1, "downstreamDepth": 0}) or {}
    entity = str((graph.get("entity") or {}).get("id"))
    return {
        str(edge["fromEntity"]): edge.get("lineageDetails") or {}
        for edge in graph.get("upstreamEdges") or ()
        if str(edge.get("toEntity")) == entity
    }


def _draw(sending: Sending, edge: PutEdge, above: End, below: End, there: Mapping[str, dict[str, Any]]) -> None:
    """Put an edge; ends that are gone are put again, columns that the server does not know left out."""
    name = edge_name(edge.upstream, edge.downstream)
    for attempt in range(_TRIES):
        record = sending.ledger.get(name, EdgeRecord)
        if record.ends not in (("", ""), (above.id, below.id)):
            record = EdgeRecord()
        stands = there.get(above.id)
        sent = Sent(pairs=frozenset(record.pairs), texts=record.texts, known=bool(record.digest))
        wanted = _wanted(sending, edge, above, below)
        whole = _is_whole(edge, wanted)
        if not whole:
            _log.debug("Edge %s -> %s names what the server lacks; it is left out.", edge.upstream, edge.downstream)
        merged = merge_edge(stands, wanted, sent)
        try:
            details = _put(sending, edge, above, below, merged, last=attempt > 0)
        except Refused as refusal:
            ends = _again(sending, edge, refusal, attempt)
            if ends is None and refusal.status == HTTPStatus.NOT_FOUND:
                sending.tally.withheld()
                return
            if ends is None:
                raise
            above, below = ends
            continue
        kept = set(pairs_of((details or {}).get("columnsLineage"))) if details is not None else set(merged.pairs)
        new = EdgeRecord(
            digest=edge_digest(edge),
            upstream=(edge.upstream.kind.value, edge.upstream.parts),
            ends=(above.id, below.id),
            pairs=[pair for pair in merged.pairs if pair in kept],
            texts=dict(merged.texts),
            before=record.before if record.digest else not merged.drawn,
            lacking="" if whole else _had(sending, edge),
        )
        sending.ledger.put(name, new)
        (sending.tally.sent if details is not None else sending.tally.unchanged)()
        return


def _wanted(sending: Sending, edge: PutEdge, above: End, below: End) -> dict[str, Any]:
    """Return what we want an edge to say, its columns spelled as the server has them."""
    pipeline = _end(sending, edge.pipeline) if edge.pipeline is not None else None
    body = {
        "source": edge.source,
        "sqlQuery": edge.sql,
        "description": edge.description,
        "pipeline": {"id": pipeline.id, "type": Kind.PIPELINE.value} if pipeline else None,
        "columnsLineage": flows(edge, above.columns, below.columns),
    }
    return sending.client.server().fit(Part.LINEAGE, body) or body


def _put(
    sending: Sending, edge: PutEdge, above: End, below: End, merged: MergedEdge, *, last: bool
) -> dict[str, Any] | None:
    """Send what is to be said; ``None`` where it is said already. ``last``: leave out columns that neither end has."""
    if merged.details is None:
        return None
    details = merged.details
    if last:
        known = {f"{name.fqn}.{tail}" for name, end in _both(edge, above, below) for tail in end.columns}
        named = {column for pair in pairs_of(details.get("columnsLineage")) for column in pair}
        details = without_columns(details, named - known)
    sending.client.put("lineage", _body(edge.upstream, edge.downstream, (above.id, below.id), details))
    return details


def _both(edge: PutEdge, above: End, below: End) -> tuple[tuple[EntityName, End], tuple[EntityName, End]]:
    return (edge.upstream, above), (edge.downstream, below)


def _again(sending: Sending, edge: PutEdge, refusal: Refused, attempt: int) -> tuple[End, End] | None:
    """Return the ends as they stand there now, when another try may help."""
    if attempt + 1 >= _TRIES:
        return None
    if refusal.status == HTTPStatus.NOT_FOUND and attempt == 0:
        ends = [name for name in (edge.upstream, edge.downstream, edge.pipeline) if name is not None]
        if not all(restore(sending, name) for name in ends):
            return None
    elif refusal.status != HTTPStatus.BAD_REQUEST or attempt > 1:
        return None
    above, below = sending.end(edge.upstream, anew=True), sending.end(edge.downstream, anew=True)
    return (above, below) if above is not None and below is not None else None


def _take_back(sending: Sending, request: SettleEdges, record: EdgeRecord, details: Details) -> None:
    """Remove what we said of an edge, and the edge itself when nothing of others' is in it."""
    sent = Sent(pairs=frozenset(record.pairs), texts=record.texts, known=True)
    left = without_ours(details, sent)
    if left is None and record.before:
        left = {}
    try:
        if left is None:
            upstream, downstream = record.source, request.downstream
            sending.client.delete(f"lineage/{upstream.kind}/{record.ends[0]}/{downstream.kind}/{record.ends[1]}")
        else:
            sending.client.put("lineage", _body(record.source, request.downstream, record.ends, left))
    except Refused as refusal:
        if refusal.status != HTTPStatus.NOT_FOUND:
            raise


def _body(upstream: EntityName, downstream: EntityName, ends: tuple[str, str], details: Details) -> dict[str, Any]:
    return {
        "edge": {
            "fromEntity": {"id": ends[0], "type": upstream.kind.value},
            "toEntity": {"id": ends[1], "type": downstream.kind.value},
            "lineageDetails": {name: value for name, value in details.items() if value not in (None, "")},
        }
    }
