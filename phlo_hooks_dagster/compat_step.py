"""
What Dagster does not document of a step while it runs: one small function each.

``tests/dagster/test_compat_step.py`` asks each of them whether Dagster still behaves as it did.
LIGHT: every process that runs a decorated step imports this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetSpec,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    Failure,
    HookContext,
    InputContext,
    OpExecutionContext,
    OutputContext,
    PartitionsDefinition,
    RetryRequested,
)
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.errors import DagsterExecutionInterruptedError, DagsterHomeNotSetError
from dagster._core.events import EngineEventData
from dagster._core.execution.context.compute import current_execution_context
from dagster._core.execution.context.invocation import BaseDirectExecutionContext
from dagster._core.execution.context.system import StepExecutionContext
from dagster._core.execution.plan.handle import ResolvedFromDynamicStepHandle
from dagster._core.execution.plan.objects import StepFailureData, StepRetryData, StepSuccessData, UserFailureData
from dagster._utils.error import serializable_error_info_from_exc_info
from dagster_shared.error import DagsterError, SerializableErrorInfo

Context = OpExecutionContext | AssetExecutionContext | AssetCheckExecutionContext

RUNLESS_RUN_ID: Final = ""
_INTERRUPTS: Final = (DagsterExecutionInterruptedError, KeyboardInterrupt)


def current_context() -> Context | None:
    """Return the context of the step that this thread or task runs; ``None`` outside of one."""
    return current_execution_context.get()


def step_of(context: object) -> StepExecutionContext | None:
    """Return the step behind a context, a run hook's or an IO manager's; ``None`` for one that a test has made."""
    if isinstance(context, HookContext):
        return cast("StepExecutionContext | None", getattr(context, "_step_execution_context", None))
    if isinstance(context, (InputContext, OutputContext)):
        return cast("StepExecutionContext | None", getattr(context, "_step_context", None))
    if isinstance(context, BaseDirectExecutionContext):
        return None
    if isinstance(context, (AssetExecutionContext, AssetCheckExecutionContext)):
        context = context.op_execution_context
    return context.get_step_execution_context() if isinstance(context, OpExecutionContext) else None


def code_location_of(run: DagsterRun) -> tuple[str | None, str | None]:
    """Return the code location and repository that a run came from; a run made in-process names none."""
    origin = run.remote_job_origin
    if origin is None:
        return None, None
    repository = origin.repository_origin
    return str(repository.code_location_origin.location_name), str(repository.repository_name)


def planned_assets(step: StepExecutionContext) -> Mapping[str, tuple[str, ...]]:
    """
    Return the assets that the run planned to materialize in this step, and their partitions; ``""`` stands for none.

    A step that was mapped over dynamic outputs is planned under another name, ``work[?]``: it has none.
    """
    if _is_mapped(step):
        return {}
    keys = [output.properties.asset_key for output in step.step.step_outputs if output.properties.asset_key]
    return {key.to_user_string(): _planned_partitions(step, key) for key in keys}


def planned_checks(step: StepExecutionContext) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return the asset checks that the run planned for this step, by asset and name, and their partitions."""
    if _is_mapped(step):
        return {}
    keys = [output.properties.asset_check_key for output in step.step.step_outputs if output.properties.asset_check_key]
    return {(key.asset_key.to_user_string(), key.name): _planned_partitions(step, key) for key in keys}


def attempt_of(step: StepExecutionContext) -> int:
    """Return the number of this attempt, counted from 1."""
    return step.previous_attempt_count + 1


def will_retry(step: StepExecutionContext, error: BaseException) -> bool:
    """Say whether Dagster will try the step again after an error that its code raises."""
    if step.retry_mode.disabled:
        return False
    if isinstance(error, RetryRequested):
        return step.previous_attempt_count < error.max_retries
    policy = step.op_retry_policy
    if policy is None or isinstance(error, DagsterError) or (isinstance(error, Failure) and not error.allow_retries):
        return False
    if not isinstance(error, (Exception, *_INTERRUPTS)):
        return False
    return step.previous_attempt_count < policy.max_retries


def is_canceling(instance: DagsterInstance, run_id: str) -> bool:
    """Say whether somebody has asked for the run to be stopped."""
    run = instance.get_run_by_id(run_id)
    return run is not None and run.status in {DagsterRunStatus.CANCELING, DagsterRunStatus.CANCELED}


def report_rider(
    instance: DagsterInstance,
    *,
    run_id: str,
    job_name: str,
    step_key: str | None,
    message: str,
    metadata: Mapping[str, Any],
) -> None:
    """
    Write an engine event of a run and step, or of no run, into the instance's log; it is stored when this returns.

    Args:
        run_id: ``""`` for what belongs to no run.
    """
    data = EngineEventData(metadata=dict(metadata))
    if run_id:
        instance.report_engine_event(
            message, engine_event_data=data, step_key=step_key, job_name=job_name, run_id=run_id
        )
        return
    event = DagsterEvent(
        event_type_value=DagsterEventType.ENGINE_EVENT.value,
        job_name=job_name,
        message=message,
        event_specific_data=data,
    )
    instance.report_dagster_event(event, run_id=RUNLESS_RUN_ID)


def _is_mapped(step: StepExecutionContext) -> bool:
    return isinstance(step.step.handle, ResolvedFromDynamicStepHandle)


def _planned_partitions(step: StepExecutionContext, key: Any) -> tuple[str, ...]:
    """Return what the planned record of an asset or a check says, found as Dagster finds it when it makes a run."""
    run = step.dagster_run
    if not run.is_partitioned:
        return ("",)
    graph = step.job_def.asset_layer.asset_graph
    definition = cast("PartitionsDefinition[str] | None", graph.get(key).partitions_def if graph.has(key) else None)
    with partition_loading_context(dynamic_partitions_store=step.instance):
        subset = run.get_resolved_partitions_subset_for_events(definition)
        return ("",) if subset is None else tuple(sorted(str.__str__(each) for each in subset.get_partition_keys()))


def home_instance() -> DagsterInstance | None:
    """Open the instance that ``DAGSTER_HOME`` names; ``None`` when it is not set."""
    try:
        return DagsterInstance.get()
    except DagsterHomeNotSetError:
        return None


def run_of(step: StepExecutionContext) -> DagsterRun:
    """Return the run, as it was when this process started with it."""
    return step.dagster_run


def key_of(step: StepExecutionContext) -> str:
    """Return the step's key, with what it was mapped over: ``work[a]``."""
    return step.step.key


def instance_of(step: StepExecutionContext) -> DagsterInstance:
    """Return the instance that the step writes to."""
    return step.instance


def asset_nodes(step: StepExecutionContext) -> Mapping[str, Any]:
    """Return the nodes of Dagster's asset graph that the step's function can make, and those that it checks."""
    definition, graph = step.assets_def, step.job_def.asset_layer.asset_graph
    if definition is None:
        return {}
    checked = {spec.asset_key for spec in definition.node_check_specs_by_output_name.values()}
    return {key.to_user_string(): graph.get(key) for key in {*definition.keys, *checked} if graph.has(key)}


def asset_specs(step: StepExecutionContext) -> Sequence[AssetSpec]:
    """Return the specs of the assets that the step's function can make."""
    return tuple(step.assets_def.specs) if step.assets_def is not None else ()


def check_specs(step: StepExecutionContext) -> Sequence[AssetCheckSpec]:
    """Return the specs of the checks that the step's function can evaluate."""
    return tuple(step.assets_def.node_check_specs_by_output_name.values()) if step.assets_def is not None else ()


def materialized_in(instance: DagsterInstance, run_id: str) -> Iterator[tuple[str, str | None]]:
    """Yield the assets that the run has materialized by now, and their partitions."""
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION):
        event = entry.dagster_event
        if event is not None and event.asset_key is not None:
            yield event.asset_key.to_user_string(), event.partition


def success_event(step: StepExecutionContext) -> DagsterEvent:
    """Return the event that Dagster writes when a step has gone well, written nowhere."""
    return _step_event(step, DagsterEventType.STEP_SUCCESS, StepSuccessData, duration_ms=0.0)


def failure_event(step: StepExecutionContext, error: BaseException) -> DagsterEvent:
    """Return the event that Dagster writes when a step's function raises this, written nowhere."""
    policy = step.op_retry_policy
    if isinstance(error, _INTERRUPTS) and policy is not None:
        error = _asking_again(error, policy.max_retries)
    raised: Any = (type(error), error, error.__traceback__)
    info = serializable_error_info_from_exc_info(raised)
    if will_retry(step, error):
        return _step_event(step, DagsterEventType.STEP_UP_FOR_RETRY, StepRetryData, error=info, seconds_to_wait=None)
    cause: BaseException | None = error
    if isinstance(error, RetryRequested):
        words = f"Exceeded max_retries of {error.max_retries}"
        if step.retry_mode.disabled:
            words = "RetryRequested but retries are disabled"
        info = SerializableErrorInfo(message=words, stack=info.stack, cls_name=info.cls_name, cause=info.cause)
        cause = error.__cause__
    told = _user_failure(cause) if isinstance(cause, Failure) else None
    return _step_event(step, DagsterEventType.STEP_FAILURE, StepFailureData, error=info, user_failure_data=told)


def _asking_again(interrupt: BaseException, max_retries: int) -> RetryRequested:
    """Return what Dagster makes of an interrupt in a step that has a retry policy."""
    try:
        raise RetryRequested(max_retries=max_retries) from interrupt  # noqa: TRY301  # it needs a traceback
    except RetryRequested as request:
        return request


def _user_failure(failure: Failure) -> Any:
    make: Any = UserFailureData
    return make(label="intentional-failure", description=failure.description, metadata=failure.metadata)


def _step_event(step: StepExecutionContext, kind: DagsterEventType, make: Any, **data: Any) -> DagsterEvent:
    return DagsterEvent(
        event_type_value=kind.value, job_name=step.job_name, step_key=step.step.key, event_specific_data=make(**data)
    )


def runs(step: StepExecutionContext, fn: object) -> bool:
    """Say whether the step's own function is this one, perhaps inside of wrappers that name what they wrap."""
    compute_fn = step.op_def.compute_fn
    inner: object = getattr(compute_fn, "decorated_fn", compute_fn)
    while inner is not None:
        if inner is fn:
            return True
        inner = getattr(inner, "__wrapped__", None)
    return False


def is_context(thing: object) -> bool:
    """Say whether this is a context as functions of steps get it, one that a test has made included."""
    return isinstance(thing, (OpExecutionContext, AssetExecutionContext, AssetCheckExecutionContext))
