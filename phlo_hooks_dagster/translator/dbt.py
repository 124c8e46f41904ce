"""What dbt tells: in its materializations, and in the artifacts of the invocation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from phlo_hooks.events import ErrorInfo
from phlo_hooks_dagster.identity.metadata import Metadata, text
from phlo_hooks_dagster.translator.artifacts import digest
from phlo_hooks_dagster.translator.context import Origin, RunContext
from phlo_hooks_dagster.translator.metadata import seconds
from phlo_hooks_dagster.translator.state import NodeRecord, StepState, slot

READ: Final = frozenset({"unique_id", "invocation_id", "status", "Execution Duration"})
"""Metadata that becomes fields of the event."""

FINE: Final = frozenset({"success", "pass", "no-op", "reused", "partial success"})
"""Statuses of nodes that went well."""
RIDER: Final = "rider"
"""Under this word, by step and attempt, the state keeps what riders say of nodes."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """One node of a dbt invocation, as ``run_results.json`` or a rider has it."""

    unique_id: str
    status: str
    message: str = ""
    seconds: float | None = None
    digest: str | None = None
    invocation_id: str | None = None

    @property
    def failed(self) -> bool:
        """Return whether dbt could not run it; a test that found bad rows did run."""
        return self.status in {"error", "runtime error"}

    def error(self) -> ErrorInfo:
        """Return dbt's message as an error."""
        return ErrorInfo(type="DbtNodeError", message=self.message or f"dbt reports {self.status} for {self.unique_id}")


@dataclass(frozen=True, kw_only=True)
class Model:
    """What an event says of a model."""

    unique_id: str | None
    name: str | None
    status: str | None
    seconds: float | None
    digest: str | None
    invocation_id: str | None


def is_dbt(metadata: Metadata) -> bool:
    """Return whether dagster-dbt wrote this metadata."""
    return "unique_id" in metadata and "invocation_id" in metadata


def model_name(unique_id: str) -> str | None:
    """Return what people call a node, its version included: they select it by that."""
    parts = unique_id.split(".", 2)
    return parts[2] if len(parts) > 2 else None  # noqa: PLR2004  # kind, package, name


def unique_id_of(context: RunContext, key: str) -> str | None:
    """Return dbt's name of the asset's node, as the snapshot has it."""
    asset = context.asset(key)
    return asset.relation.unique_id if asset is not None and asset.relation is not None else None


def model_of(context: RunContext, key: str, origin: Origin, metadata: Metadata, node: Node | None) -> Model:
    """Return what is known of the asset's model at this point of the log."""
    unique_id = text(metadata, "unique_id") or unique_id_of(context, key)
    sql_digest = node.digest if node else None
    if unique_id and metadata and sql_digest is None:
        sql_digest = _digest(context, origin, unique_id)
    return Model(
        unique_id=unique_id,
        name=model_name(unique_id) if unique_id else None,
        status=node.status if node else text(metadata, "status"),
        seconds=node.seconds if node else seconds(metadata, "Execution Duration"),
        digest=sql_digest,
        invocation_id=(node.invocation_id if node else None) or text(metadata, "invocation_id"),
    )


def nodes_of(context: RunContext, origin: Origin) -> dict[str, Node]:
    """
    Return dbt's own words on the nodes of a step attempt that did not go well; none when nobody has them.

    A rider was written by the attempt itself: where it speaks it wins over files, which are found by name and time,
    and no file is looked for when the whole of it has been read. What was read from files is kept in the state: the
    folder may be gone when the run is translated again.
    """
    step = context.state.steps.get(origin.step)
    if step is None:
        return {}
    told = rider_nodes(context, origin)
    if _is_told(context, origin, step) or not _is_dbt_step(context, origin.step):
        return told
    place = slot(origin.step, str(origin.attempt), "nodes")
    kept = context.state.artifacts.get(place)
    if kept is None:
        kept = _read(context, origin, step)
        if kept is None:
            return told
        context.state.artifacts[place] = kept
    return {each.unique_id: node_of(each) for each in kept} | told


def rider_nodes(context: RunContext, origin: Origin) -> dict[str, Node]:
    """Return what the riders of the step attempt have said so far of nodes that did not go well."""
    told = context.state.artifacts.get(slot(origin.step, str(origin.attempt), RIDER), [])
    return {each.unique_id: node_of(each) for each in told}


def node_of(record: NodeRecord) -> Node:
    """Return a node that the state keeps."""
    return Node(
        unique_id=record.unique_id,
        status=record.status,
        message=record.message,
        seconds=record.seconds,
        digest=record.digest,
        invocation_id=record.invocation,
    )


def _is_told(context: RunContext, origin: Origin, step: StepState) -> bool:
    """Return whether riders have told all of each invocation that the step attempt is known to have made."""
    prefix = slot(origin.step, str(origin.attempt), "")
    parts = {
        place.removeprefix(prefix): each for place, each in context.state.parts.items() if place.startswith(prefix)
    }
    return bool(parts) and all(each.whole for each in parts.values()) and parts.keys() >= set(step.invocations)


def _read(context: RunContext, origin: Origin, step: StepState) -> list[NodeRecord] | None:
    if context.artifacts is None:
        return None
    found = context.artifacts.nodes(
        run_id=context.facts.run_id,
        step_key=origin.step,
        started=step.started,
        ended=origin.at,
        invocations=frozenset(step.invocations),
    )
    return None if found is None else [node for node in found if node.status not in FINE]


def compiled_sql(context: RunContext, origin: Origin, unique_id: str, *, ended: bool) -> str | None:
    """
    Return the SQL that this attempt compiled for the node, else what the project's manifest holds compiled.

    Args:
        ended: The attempt has ended: its results hold the SQL of snapshots, of which dbt writes no file.
    """
    if context.artifacts is None:
        return None
    sql = _compiled_here(context, origin, unique_id)
    step = context.state.steps.get(origin.step)
    if sql is None and ended and step is not None:
        sql = context.artifacts.executed_sql(
            run_id=context.facts.run_id, step_key=origin.step, started=step.started, unique_id=unique_id
        )
    return sql or context.artifacts.manifest_sql(unique_id)


def _compiled_here(context: RunContext, origin: Origin, unique_id: str) -> str | None:
    step = context.state.steps.get(origin.step)
    if context.artifacts is None or step is None:
        return None
    place = (origin.step, origin.attempt, unique_id)
    if context.compiled is None or context.compiled[0] != place:
        sql = context.artifacts.compiled_sql(
            run_id=context.facts.run_id, step_key=origin.step, started=step.started, unique_id=unique_id
        )
        context.compiled = (place, sql)
    return context.compiled[1]


def _digest(context: RunContext, origin: Origin, unique_id: str) -> str | None:
    place = slot(origin.step, str(origin.attempt), "sql")
    kept = context.state.artifacts.get(place, [])
    for each in kept:
        if each.unique_id == unique_id:
            return each.digest
    sql = _compiled_here(context, origin, unique_id)
    if sql is None:
        return None
    record = NodeRecord(unique_id=unique_id, status="", digest=digest(sql))
    context.state.artifacts[place] = [*kept, record]
    return record.digest


def _is_dbt_step(context: RunContext, step_key: str) -> bool:
    planned: Mapping[str, object] = context.state.planned.get(step_key, {})
    return any(context.stage(key).tool == "dbt" for key in planned)
