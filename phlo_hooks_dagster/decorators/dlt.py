"""``@dlt_assets`` with hooks in the step, and what dlt's trace says left in Dagster's log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from dagster import AssetsDefinition, BackfillPolicy, HookDefinition, PartitionsDefinition
from dagster_dlt import DagsterDltTranslator, dlt_assets
from dagster_dlt.constants import META_KEY_PIPELINE, META_KEY_SOURCE, META_KEY_TRANSLATOR
from dagster_dlt.translator import DltResourceTranslatorData
from dlt.extract.source import DltSource
from dlt.pipeline.pipeline import Pipeline

from phlo_hooks_dagster.compat_dlt import Traces
from phlo_hooks_dagster.decorators.dlt_trace import Declared, loads, rider_of
from phlo_hooks_dagster.decorators.integration import hooked, leave
from phlo_hooks_dagster.in_step.scope import StepScope

_NAME: Final = "@hooked_dlt_assets"


def hooked_dlt_assets(  # noqa: PLR0913  # as dlt_assets has them
    *,
    dlt_source: DltSource,
    dlt_pipeline: Pipeline,
    name: str | None = None,
    group_name: str | None = None,
    dagster_dlt_translator: DagsterDltTranslator | None = None,
    partitions_def: PartitionsDefinition[Any] | None = None,
    backfill_policy: BackfillPolicy | None = None,
    hooks: AbstractSet[HookDefinition] | None = None,
    op_tags: Mapping[str, Any] | None = None,
    pool: str | None = None,
    gates: Sequence[Any] = (),
) -> Callable[[Callable[..., Any]], AssetsDefinition]:
    """
    Make assets of a dlt source as ``@dlt_assets`` does, with in-step hooks called at start and end of each.

    What only the step knows of the load goes into Dagster's log, whether it went well or not: seconds of each phase,
    load ids, where the rows came from, rows of child tables, retries. The stage is ``ingestion``, unless the
    translator's tags name another.

    Args:
        gates: Must all be open before the function is called. The other arguments are those of ``@dlt_assets``.
    """
    decorate = dlt_assets(
        dlt_source=dlt_source,
        dlt_pipeline=dlt_pipeline,
        name=name,
        group_name=group_name,
        dagster_dlt_translator=dagster_dlt_translator,
        partitions_def=partitions_def,
        backfill_policy=backfill_policy,
        hooks=hooks,
        op_tags=op_tags,
        pool=pool,
    )
    return hooked(decorate, decorator=_NAME, tool="dlt", stage="ingestion", gates=gates, observer=DltObserver)


class DltObserver:
    """Leaves a rider for each load of one step attempt, before what it loaded is told to Dagster."""

    artifacts = None

    def __init__(self, scope: StepScope) -> None:
        self._scope = scope
        self._declared: dict[str, Declared] | None = None
        self._traces = Traces().open()

    def pulled(self, item: object) -> None:  # noqa: ARG002  # dlt's trace knows more than what is yielded
        """Leave what has been loaded since the last item."""
        self._leave()

    def failed(self, error: BaseException) -> None:  # noqa: ARG002  # the trace has dlt's own account of it
        """Leave what was done before it failed."""
        self._end()

    def ended(self) -> None:
        """Leave what was loaded behind the last item."""
        self._end()

    def _end(self) -> None:
        try:
            self._leave()
        finally:
            self._traces.close()

    def _leave(self) -> None:
        for load in loads(self._traces.take()):
            if self._declared is None:
                self._declared = declared(self._scope)
            rider = rider_of(load, self._declared)
            leave(self._scope, rider, f"What dlt's trace says of pipeline {rider.pipeline}")


def declared(scope: StepScope) -> dict[str, Declared]:
    """Return the dlt resources that the step's selected assets were made from, by name."""
    definition = scope.context.assets_def
    found: dict[str, Declared] = {}
    known: set[tuple[int, int]] = set()
    for spec in definition.specs:
        source, pipeline = spec.metadata.get(META_KEY_SOURCE), spec.metadata.get(META_KEY_PIPELINE)
        translator = spec.metadata.get(META_KEY_TRANSLATOR)
        if source is None or pipeline is None or translator is None or (id(source), id(pipeline)) in known:
            continue
        known.add((id(source), id(pipeline)))
        for name, resource in source.selected_resources.items():
            data = DltResourceTranslatorData(resource=resource, pipeline=pipeline)
            key = translator.get_asset_spec(data).key.to_user_string()
            if key in scope.planned:
                found[name] = Declared(asset_key=key, resource=resource, pipeline=str(pipeline.pipeline_name))
    return found
