"""
Column lineage that waits for the end of its step.

While dbt runs, it has written the SQL of models and not that of snapshots, and a model may read the columns of a
snapshot that has none known yet. When the step ends, dbt has written the results, with the SQL of all of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from phlo_hooks.datasets import Column
from phlo_hooks.events import LineageEvent
from phlo_hooks_dagster.identity.metadata import Metadata
from phlo_hooks_dagster.translator.columns import remember
from phlo_hooks_dagster.translator.context import Origin, RunContext
from phlo_hooks_dagster.translator.lineage import EDGES, lineage_event
from phlo_hooks_dagster.translator.metadata import COLUMN_LINEAGE, columns_of
from phlo_hooks_dagster.translator.state import Waiting
from phlo_hooks_dagster.translator.statement import Statement, statement_of


def lineage_or_wait(
    context: RunContext, origin: Origin, key: str, partition: str, metadata: Metadata, tags: Mapping[str, str]
) -> list[LineageEvent]:
    """Return ``lineage.edges`` of one materialization; none yet when the end of its step may tell more."""
    may_wait = _may_wait(context, origin, key, metadata)
    statement = _statement(context, origin, key, partition, metadata, final=not may_wait)
    if may_wait and (statement is None or not statement.whole):
        waiting = Waiting(
            record=origin.record or 0,
            at=origin.at,
            attempt=origin.attempt,
            asset=key,
            partition=partition,
            reported=bool(columns_of(metadata)),
        )
        context.state.waiting.setdefault(origin.step, []).append(waiting)
        return []
    if not columns_of(metadata):
        _remember(context, key, metadata, statement)
    found = lineage_event(context, origin, key, partition, metadata, tags, statement)
    return [found] if found else []


def lineage_waited_for(context: RunContext, step_key: str) -> list[LineageEvent]:
    """Return the lineage that waited for the step to end, in the order of the log."""
    waiting = context.state.waiting.pop(step_key, [])
    context.compiled = None
    found = []
    for each in waiting:
        origin = Origin(at=each.at, record=each.record, step=step_key, attempt=each.attempt)
        statement = _statement(context, origin, each.asset, each.partition, {}, final=True)
        if not each.reported:
            _remember(context, each.asset, {}, statement)
        found.append(lineage_event(context, origin, each.asset, each.partition, {}, {}, statement))
    return [event for event in found if event is not None]


def _statement(
    context: RunContext, origin: Origin, key: str, partition: str, metadata: Metadata, *, final: bool
) -> Statement | None:
    dataset = context.resolver.dataset(key, metadata)
    event_id = context.recorded_id(EDGES, origin.record or 0, key, partition)
    return statement_of(context, origin, key, dataset, event_id, final=final)


def _remember(context: RunContext, key: str, metadata: Metadata, statement: Statement | None) -> None:
    """Note the columns that the statement makes, where nobody reports those of the table."""
    columns = [Column(name=name) for name in statement.outputs] if statement else []
    remember(context, context.resolver.dataset(key, metadata), columns)


def _may_wait(context: RunContext, origin: Origin, key: str, metadata: Metadata) -> bool:
    """Return whether the step still runs, and the record itself says nothing that is needed when it ends."""
    asset, step = context.asset(key), context.state.steps.get(origin.step)
    if asset is None or asset.relation is None or not asset.relation.is_made_of_sql or context.artifacts is None:
        return False
    told = COLUMN_LINEAGE in metadata or context.resolver.dataset(key, metadata) != context.resolver.dataset(key)
    return step is not None and step.running and context.reader is not None and not told
