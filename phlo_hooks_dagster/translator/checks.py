"""Asset checks: what they said of the data, and those that were planned and said nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from phlo_hooks.events import ErrorInfo, HookEvent, QualityResultEvent
from phlo_hooks_dagster.identity.metadata import Metadata, text
from phlo_hooks_dagster.snapshot import CheckSnapshot
from phlo_hooks_dagster.translator import dbt
from phlo_hooks_dagster.translator.context import PARTITION_TAG, Origin, RunContext
from phlo_hooks_dagster.translator.links import check_url
from phlo_hooks_dagster.translator.metadata import number, plain
from phlo_hooks_dagster.translator.record import LogRecord, partition_of
from phlo_hooks_dagster.translator.results import TEST_ERROR, tell_or_hold
from phlo_hooks_dagster.translator.skips import explained
from phlo_hooks_dagster.translator.state import PlannedCheck, slot

FAILED_ROWS: Final = ("dagster_dbt/failed_row_count", "dagster/failed_row_count", "failed_rows")

_DBT_ERRORS: Final = frozenset({"error", "runtime error"})
_READ: Final = frozenset({"dagster_dbt/failed_row_count", "unique_id"})


def check_planned(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """Note a check that the run set out to evaluate."""
    data = record.data
    key = data.asset_key.to_user_string()
    subset = getattr(data, "partitions_subset", None)
    partitions = sorted(map(partition_of, subset.get_partition_keys())) if subset is not None else []
    context.state.checks[slot(key, data.check_name)] = PlannedCheck(
        step=record.step, asset=key, name=data.check_name, partition=partitions[0] if len(partitions) == 1 else ""
    )
    return []


def check_evaluated(context: RunContext, record: LogRecord) -> list[HookEvent]:
    """Return ``quality.result``; a test that could not be run has judged nothing."""
    data = record.data
    key, name = data.asset_key.to_user_string(), data.check_name
    planned = context.state.checks.pop(slot(key, name), None)
    step = context.state.steps.get(record.step)
    origin = Origin.of(record, step.attempt if step else 0)
    # Checks of one asset evaluated by one record do not exist: the record's id is enough.
    result = _result(
        context,
        origin,
        key,
        name,
        _partition(context, key, data, planned),
        metadata=data.metadata,
        fields=_judgement(data),
    )
    known = context.check(key, name)
    hooked = known is not None and known.hooked and dbt.is_dbt(data.metadata)
    return tell_or_hold(context, origin, hooked=hooked, events=[result])


def _judgement(data: Any) -> dict[str, Any]:
    """Return what an evaluation says of the data, or why it says nothing."""
    severity = data.severity.value
    outcome = "pass" if data.passed else "warn" if severity == "WARN" else "fail"
    fields = {"severity": severity, "blocking": data.blocking, "description": data.description}
    if dbt.is_dbt(data.metadata) and text(data.metadata, "status") in _DBT_ERRORS:
        error = ErrorInfo(type=TEST_ERROR, message="dbt could not run the test: see dbt's log")
        return {**fields, "passed": None, "outcome": "error", "error": error}
    rows = next((rows for each in FAILED_ROWS if (rows := number(data.metadata, each)) is not None), None)
    return {**fields, "passed": data.passed, "data_outcome": outcome, "failed_rows": rows}


def check_outcomes(  # how the step ended, in the words that a check needs
    context: RunContext,
    origin: Origin,
    *,
    failed: bool,
    ran: bool,
    why: tuple[str, str | None],
    error: ErrorInfo | None,
    nodes: Mapping[str, dbt.Node],
) -> list[HookEvent]:
    """
    Return ``quality.result`` for each check planned in the step and not evaluated; none of them passed.

    Args:
        failed: The step failed or was lost: its checks could not be run.
        ran: The step ran and left them out.
        nodes: dbt's own word on its tests, which wins.
    """
    events: list[HookEvent] = []
    planned = context.state.checks
    for place in sorted(place for place, check in planned.items() if check.step == origin.step):
        check = planned.pop(place)
        known = context.check(check.asset, check.name)
        node = nodes.get((known.unique_id if known else None) or "")
        fields: dict[str, Any] = {"passed": None, "outcome": "not_run" if ran else "skipped"}
        if failed:
            fields.update(outcome="error", error=error)
        if node is not None:
            fields.update(_node_judgement(explained(context, check.asset, node, nodes, test=True)))
        reason = {"reason": why[0], **({"culprit": why[1]} if why[1] else {})}
        fields["blocking"] = known.blocking if known else False
        events.append(
            _result(
                context,
                origin.concluded(),
                check.asset,
                check.name,
                check.partition,
                metadata={},
                fields={**fields, "metadata": reason},
            )
        )
    return events


def _node_judgement(node: dbt.Node) -> dict[str, Any]:
    """Return what dbt says of a test that Dagster recorded no evaluation of."""
    fields: dict[str, Any] = {"error": None, "message": node.message or None}
    if node.status == "skipped":
        return {**fields, "outcome": "skipped"}
    if node.failed:
        return {**fields, "outcome": "error", "error": node.error()}
    if node.status in {"fail", "warn"}:
        severity = "WARN" if node.status == "warn" else "ERROR"
        return {**fields, "passed": False, "outcome": "success", "data_outcome": node.status, "severity": severity}
    return {}


def _result(  # one line per thing that a result is about
    context: RunContext,
    origin: Origin,
    key: str,
    name: str,
    partition: str,
    *,
    metadata: Metadata,
    fields: dict[str, Any],
) -> HookEvent:
    known = context.check(key, name)
    if "metadata" not in fields:
        fields["metadata"] = plain(metadata, leave_out=_READ, redact_names=context.rules.redact)
    if not fields.get("description"):
        fields["description"] = known.description if known else None
    return context.make(
        QualityResultEvent,
        "quality.result",
        origin,
        asset=key,
        partition=partition,
        check=name,
        asset_key=key,
        check_name=name,
        check_type=_type(known, metadata),
        column=known.column if known else None,
        unique_id=text(metadata, "unique_id") or (known.unique_id if known else None),
        dataset=context.resolver.dataset(key),
        partition_key=partition or None,
        url=check_url(context.ui_url, key, name),
        **fields,
    )


def _type(known: CheckSnapshot | None, metadata: Metadata) -> str:
    if known is not None:
        return known.check_type
    return "dbt_test" if dbt.is_dbt(metadata) else "asset_check"


def _partition(context: RunContext, key: str, data: Any, planned: PlannedCheck | None) -> str:
    """Return the partition judged: the record's, the one planned, or the run's when the asset has partitions."""
    own = getattr(data, "partition", None)
    if own:
        return partition_of(own)
    if planned is not None and planned.partition:
        return planned.partition
    asset = context.asset(key)
    return context.facts.tags.get(PARTITION_TAG, "") if asset is not None and asset.partitioned else ""
