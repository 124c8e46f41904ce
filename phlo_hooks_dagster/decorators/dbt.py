"""``@dbt_assets`` with hooks in the step, and the results of all its nodes left in Dagster's log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from dagster import AssetsDefinition, BackfillPolicy, PartitionsDefinition, RetryPolicy
from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets
from dagster_dbt.asset_utils import DBT_DEFAULT_EXCLUDE, DBT_DEFAULT_SELECT, DBT_DEFAULT_SELECTOR
from dagster_dbt.dbt_manifest import DbtManifestParam

from phlo_hooks_dagster.decorators.integration import hooked, leave
from phlo_hooks_dagster.in_step.scope import StepScope

_NAME: Final = "@hooked_dbt_assets"


def hooked_dbt_assets(  # noqa: PLR0913  # as dbt_assets has them
    *,
    manifest: DbtManifestParam,
    select: str = DBT_DEFAULT_SELECT,
    exclude: str | None = DBT_DEFAULT_EXCLUDE,
    selector: str | None = DBT_DEFAULT_SELECTOR,
    name: str | None = None,
    io_manager_key: str | None = None,
    partitions_def: PartitionsDefinition[Any] | None = None,
    dagster_dbt_translator: DagsterDbtTranslator | None = None,
    backfill_policy: BackfillPolicy | None = None,
    op_tags: Mapping[str, Any] | None = None,
    required_resource_keys: set[str] | None = None,
    project: DbtProject | None = None,
    retry_policy: RetryPolicy | None = None,
    pool: str | None = None,
    gates: Sequence[Any] = (),
) -> Callable[[Callable[..., Any]], AssetsDefinition]:
    """
    Make assets of a dbt project as ``@dbt_assets`` does, with in-step hooks called at start and end of each.

    What dbt's results say of every node goes into Dagster's log, also of those that failed or were skipped: status,
    message, seconds, digest of the compiled SQL. The stage is ``transform``, unless the node's tags name another.

    Args:
        gates: Must all be open before the function is called. The other arguments are those of ``@dbt_assets``.
    """
    decorate = dbt_assets(
        manifest=manifest,
        select=select,
        exclude=exclude,
        selector=selector,
        name=name,
        io_manager_key=io_manager_key,
        partitions_def=partitions_def,
        dagster_dbt_translator=dagster_dbt_translator,
        backfill_policy=backfill_policy,
        op_tags=op_tags,
        required_resource_keys=required_resource_keys,
        project=project,
        retry_policy=retry_policy,
        pool=pool,
    )
    return hooked(decorate, decorator=_NAME, tool="dbt", stage="transform", gates=gates, observer=DbtObserver)


class DbtObserver:
    """Leaves the results of the dbt invocations of one step attempt when it ends."""

    def __init__(self, scope: StepScope) -> None:
        from phlo_hooks_dagster.decorators.dbt_results import AttemptFolders  # noqa: PLC0415  # in dbt's own steps only
        from phlo_hooks_dagster.in_step.dbt_projects import dbt_projects  # noqa: PLC0415  # in dbt's own steps only

        self._scope = scope
        self.artifacts = AttemptFolders(dbt_projects(scope), run_id=scope.run_id, step_key=scope.step_key)

    def pulled(self, item: object) -> None:
        """Note which invocation it is of; the invocation's results are complete when it has ended."""
        found = (getattr(item, "metadata", None) or {}).get("invocation_id")
        if found is not None:
            self.artifacts.seen.add(str(getattr(found, "value", found)))

    def failed(self, error: BaseException) -> None:  # noqa: ARG002  # the results have dbt's own account of it
        """Leave the results of what ran."""
        self._leave()

    def ended(self) -> None:
        """Leave the results of all invocations."""
        self._leave()

    def _leave(self) -> None:
        for rider in self.artifacts.riders():
            message = f"What dbt's results say of invocation {rider.invocation_id}, {rider.part} of {rider.parts}"
            leave(self._scope, rider, message)
