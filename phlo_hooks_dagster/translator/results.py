"""
dbt's riders: its own word on each node, and the ends that wait for it.

Most of what dbt knows is in its materializations. Which SQL it compiled may be on another host, and what it says of a
test that did not pass is in its results alone: the ends that lack that are told when the rider or the attempt's end
has been read. Behind the end of an asset all that is told of it meanwhile waits too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from phlo_hooks.codec import decode_event, encode_event
from phlo_hooks.events import ErrorInfo, HookEvent, QualityResultEvent, TransformEvent
from phlo_hooks_dagster.riders import DbtNode, DbtRider, RiderError
from phlo_hooks_dagster.translator import dbt
from phlo_hooks_dagster.translator.artifacts import digest, message_of
from phlo_hooks_dagster.translator.context import Origin, RunContext
from phlo_hooks_dagster.translator.loads import finite
from phlo_hooks_dagster.translator.state import Held, NodeRecord, Parts, slot

TEST_ERROR: Final = "DbtTestError"
ROOM: Final = 4 * 1024 * 1024
"""Bytes of events that may wait for one step: the state is written with each page that is read."""

_MOST: Final = 5000
"""Nodes of one step attempt that did not go well, of which dbt's word is kept."""
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_WORD: Final = 64


def tell_or_hold(context: RunContext, origin: Origin, *, hooked: bool, events: list[HookEvent]) -> list[HookEvent]:
    """
    Return the events of one record; none yet when the first lacks what a rider will bring, or comes behind such.

    Args:
        hooked: The step leaves riders of dbt's results.
    """
    step = context.state.steps.get(origin.step)
    first = events[0]
    if not (hooked and context.holds and step is not None and step.running):
        return events
    asset = first.correlation.asset_key
    unique_id, invocation = _node_of(first)
    waiting = context.state.held.get(origin.step, [])
    if not any(held.end_of == asset for held in waiting):
        done = context.state.parts.get(slot(origin.step, str(origin.attempt), invocation))
        if not unique_id or not _lacks(context, first) or _size(waiting) > ROOM:
            return events
        if done is not None and done.whole:
            known = dbt.rider_nodes(context, origin)
            return [_enriched(first, known.get(unique_id)), *events[1:]]
    held = Held(
        end_of=asset if isinstance(first, TransformEvent) else None,
        unique_id=unique_id,
        invocation=invocation,
        attempt=origin.attempt,
        events=[encode_event(event).decode() for event in events],
    )
    context.state.held.setdefault(origin.step, []).append(held)
    return []


def node_results(context: RunContext, origin: Origin, rider: DbtRider) -> list[HookEvent]:
    """
    Return the ends that waited for this rider, once all parts of it have been read.

    Raises:
        RiderError: It is no part of the whole that it names.
    """
    if not 1 <= rider.part <= rider.parts:
        raise RiderError(f"part {rider.part} of {rider.parts} of a rider of kind 'dbt' cannot be")
    place = slot(origin.step, str(origin.attempt), rider.invocation_id)
    parts = context.state.parts.setdefault(place, Parts(of=rider.parts))
    parts.read.add(rider.part)
    nodes = {node.unique_id: _record(node, rider.invocation_id) for node in rider.nodes}
    _keep(context, origin, nodes)
    _add(context, origin, nodes)
    return _told(context, origin, rider.invocation_id) if parts.whole else []


def held_told(context: RunContext, origin: Origin, *, look: bool = True) -> list[HookEvent]:
    """
    Return all ends of the step that still wait; nothing more will come for them.

    Args:
        look: Look for what they lack in dbt's files, if these are on this host.
    """
    waiting = context.state.held.pop(origin.step, [])
    if not waiting:
        return []
    nodes = dbt.nodes_of(context, origin) if look else {}
    events: list[HookEvent] = []
    for held in waiting:
        first, *others = _decoded(held)
        first = _enriched(first, nodes.get(held.unique_id))
        if look and isinstance(first, TransformEvent) and first.compiled_sql_digest is None:
            first = replace(first, compiled_sql_digest=_executed(context, origin, held))
        events.extend([first, *others])
    return events


def _size(waiting: Sequence[Held]) -> int:
    return sum(len(body) for held in waiting for body in held.events)


def _lacks(context: RunContext, event: HookEvent) -> bool:
    """Return whether an end lacks something that dbt's results say."""
    if isinstance(event, QualityResultEvent):
        return event.passed is not True
    if not isinstance(event, TransformEvent) or event.compiled_sql_digest is not None:
        return False
    asset = context.asset(event.asset_key)
    return asset is not None and asset.relation is not None and asset.relation.is_made_of_sql


def _node_of(event: HookEvent) -> tuple[str, str]:
    """Return the node and the invocation that an event speaks of."""
    if isinstance(event, QualityResultEvent):
        return event.unique_id or "", str(event.metadata.get("invocation_id") or "")
    if isinstance(event, TransformEvent):
        return event.unique_id or "", event.invocation_id or ""
    return "", ""


def _record(node: DbtNode, invocation: str) -> NodeRecord:
    """Return the node as it is kept: redacted, and no longer than an event can bear."""
    return NodeRecord(
        unique_id=node.unique_id,
        status=node.status.strip().lower()[:_WORD],
        message=message_of(node.message),
        seconds=finite(node.seconds),
        digest=node.digest if node.digest and _DIGEST.fullmatch(node.digest) else None,
        invocation=invocation or None,
    )


def _keep(context: RunContext, origin: Origin, nodes: Mapping[str, NodeRecord]) -> None:
    """Keep the nodes that did not go well, for the attempt's end."""
    place = slot(origin.step, str(origin.attempt), dbt.RIDER)
    kept = [each for each in context.state.artifacts.get(place, []) if each.unique_id not in nodes]
    told = [node for node in nodes.values() if node.status not in dbt.FINE]
    context.state.artifacts[place] = [*kept, *told][:_MOST]


def _add(context: RunContext, origin: Origin, nodes: Mapping[str, NodeRecord]) -> None:
    """Put what the nodes say into the ends that wait for them."""
    for held in context.state.held.get(origin.step, []):
        record = nodes.get(held.unique_id)
        if record is not None and held.attempt == origin.attempt:
            first = decode_event(held.events[0].encode())
            held.events[0] = encode_event(_enriched(first, dbt.node_of(record))).decode()


def _told(context: RunContext, origin: Origin, invocation: str) -> list[HookEvent]:
    """Return the ends that waited for the results of one invocation; for those of any when it has no name."""
    waiting = context.state.held.pop(origin.step, [])
    told = [held for held in waiting if not invocation or held.invocation in {"", invocation}]
    left = [held for held in waiting if held not in told]
    if left:
        context.state.held[origin.step] = left
    return [event for held in told for event in _decoded(held)]


def _decoded(held: Held) -> Sequence[HookEvent]:
    return [decode_event(body.encode()) for body in held.events]


def _enriched(event: HookEvent, node: dbt.Node | None) -> HookEvent:
    """Return the event with what it lacks and the node says."""
    if node is None:
        return event
    if isinstance(event, TransformEvent):
        return event if event.compiled_sql_digest else replace(event, compiled_sql_digest=node.digest)
    if not isinstance(event, QualityResultEvent) or not node.message:
        return event
    error = ErrorInfo(type=TEST_ERROR, message=node.message) if event.outcome == "error" else event.error
    return replace(event, message=node.message, error=error)


def _executed(context: RunContext, origin: Origin, held: Held) -> str | None:
    """Return the digest of the SQL in the results that dbt left on this host when it ended."""
    step = context.state.steps.get(origin.step)
    if context.artifacts is None or step is None:
        return None
    sql = context.artifacts.executed_sql(
        run_id=context.facts.run_id, step_key=origin.step, started=step.started, unique_id=held.unique_id
    )
    return digest(sql) if sql else None
