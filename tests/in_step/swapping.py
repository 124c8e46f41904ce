"""The same pipeline under Dagster's decorators and under ours, and what its run leaves in the log."""
# mypy: disable-error-code="no-untyped-call"

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
from dagster import serialize_value

import phlo_hooks_dagster as phlo
from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster.in_step import bus
from phlo_hooks_dagster.in_step.configuration import StepOptions, using

RUN_ID = "5f7a1c9e-0d0b-4f60-9d37-2f6d6a5b0c11"
_TIMES = re.compile(r"\b\d+(\.\d+)?(ms|s)\b")
_VARYING = frozenset(
    {"timestamp", "duration_ms", "storage_id", "stack", "start", "end", "pid", "user_message", "log_key"}
)


@dataclass(frozen=True, kw_only=True)
class Decorators:
    """Decorators of one make, under Dagster's names."""

    asset: Callable[..., Any]
    asset_check: Callable[..., Any]
    multi_asset: Callable[..., Any]
    graph_asset: Callable[..., Any]
    graph_multi_asset: Callable[..., Any]
    multi_asset_check: Callable[..., Any]
    op: Callable[..., Any]


PLAIN = Decorators(
    asset=dg.asset,
    asset_check=dg.asset_check,
    multi_asset=dg.multi_asset,
    graph_asset=dg.graph_asset,
    graph_multi_asset=dg.graph_multi_asset,
    multi_asset_check=dg.multi_asset_check,
    op=dg.op,
)
HOOKED = Decorators(
    asset=phlo.transform_asset,
    asset_check=phlo.quality_check,
    multi_asset=phlo.hooked_multi_asset,
    graph_asset=phlo.hooked_graph_asset,
    graph_multi_asset=phlo.hooked_graph_multi_asset,
    multi_asset_check=phlo.hooked_multi_asset_check,
    op=phlo.hooked_op,
)


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """Definitions and how to run them."""

    assets: Sequence[Any]
    resources: Mapping[str, Any] = field(default_factory=dict)
    selection: Any = None
    partition_key: str | None = None
    run_config: Any = None
    tags: Mapping[str, str] = field(default_factory=dict)
    fails: bool = False


def records_of(pipeline: Pipeline) -> list[dict[str, Any]]:
    """Run a pipeline on an instance of its own; return its records without what differs from run to run."""
    defs = definitions_of(pipeline)
    with dg.DagsterInstance.ephemeral() as instance, hearing():
        result = defs.resolve_job_def("run").execute_in_process(
            instance=instance,
            partition_key=pipeline.partition_key,
            run_config=pipeline.run_config,
            tags=dict(pipeline.tags),
            run_id=RUN_ID,
            raise_on_error=False,
        )
        assert result.success is not pipeline.fails, [event.message for event in result.all_events]
        return [told for entry in instance.all_logs(RUN_ID) if (told := record_of(entry))]


def definitions_of(pipeline: Pipeline) -> dg.Definitions:
    """Return a pipeline as a project has it, with a job named ``run``."""
    return dg.Definitions(
        assets=[asset for asset in pipeline.assets if not isinstance(asset, dg.AssetChecksDefinition)],
        asset_checks=[check for check in pipeline.assets if isinstance(check, dg.AssetChecksDefinition)],
        jobs=[dg.define_asset_job("run", selection=pipeline.selection or dg.AssetSelection.all())],
        resources={"io_manager": dg.InMemoryIOManager(), **pipeline.resources},
    )


@contextmanager
def hearing() -> Iterator[RecordingHook]:
    """Let an in-step hook hear everything, so that nothing is left out because nobody listens."""
    heard = RecordingHook()
    with using(StepOptions(hooks=(heard.registration("heard", in_step=True),))):
        yield heard
    bus.reset()


def record_of(entry: dg.EventLogEntry) -> dict[str, Any]:
    """Return one record as plain data; nothing for the record of a run hook."""
    event = entry.dagster_event
    if event is not None and event.event_type_value in {"HOOK_COMPLETED", "HOOK_SKIPPED"}:
        return {}
    plain: dict[str, Any] = _scrubbed(json.loads(serialize_value(entry)))
    return plain


def _scrubbed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _scrubbed(held) for name, held in value.items() if not _varies(name)}
    if isinstance(value, list):
        return [_scrubbed(held) for held in value]
    if isinstance(value, str):
        return _TIMES.sub("some time", value)
    return value


def _varies(name: str) -> bool:
    """Say whether a field differs between two runs of the same code: times, and ids of rows."""
    return name in _VARYING or name.startswith("dagster/input_event_pointer/")


def without_stage(tags: Mapping[str, str]) -> dict[str, str]:
    """Return an asset's tags as its author wrote them, without those of its kinds: they are given apart."""
    return {
        name: value for name, value in tags.items() if name != "phlo/stage" and not name.startswith("dagster/kind/")
    }
