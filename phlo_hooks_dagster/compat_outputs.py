"""
What Dagster makes of what a step's function yields or returns; Dagster documents the outcome, not the way to it.

``tests/dagster/test_compat_outputs.py`` compares each kind with what Dagster then wrote into its log.
LIGHT: see ``compat_step``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dagster import (
    AssetCheckEvaluation,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    DagsterEvent,
    DagsterEventType,
    DataVersion,
    ObserveResult,
    Output,
)
from dagster._core.definitions.assets.definition.asset_spec import AssetExecutionType
from dagster._core.definitions.data_version import (
    DATA_VERSION_TAG,
    DEFAULT_DATA_VERSION,
    compute_logical_data_version,
)
from dagster._core.definitions.metadata import normalize_metadata
from dagster._core.definitions.output import OutputDefinition
from dagster._core.definitions.result import AssetResult
from dagster._core.definitions.utils import NoValueSentinel
from dagster._core.events import AssetObservationData, StepMaterializationData
from dagster._core.execution.context.system import StepExecutionContext
from dagster._utils import is_named_tuple_instance
from dagster._utils.warnings import disable_dagster_warnings

from phlo_hooks_dagster.compat_step import planned_assets

AssetRecord = AssetMaterialization | AssetObservation | AssetCheckEvaluation
"""What one record of the log says of an asset or a check."""


class StepOutputs:
    """
    One attempt of a step: what its function has given, and what Dagster records of it.

    Attributes:
        coming: User strings of the assets that an IO manager is still to store.
        certain: Whether what was not given is known to be left out: no error of Dagster's follows.
    """

    def __init__(self, step: StepExecutionContext) -> None:
        self.coming: set[str] = set()
        self.certain = True
        self._step = step
        self._given: set[str] = set()

    def taken(self, item: object) -> list[AssetRecord]:
        """Return what Dagster has recorded of a yielded item, once it asks for the next."""
        return list(self._records(item, stored=True))

    def returned(self, result: object) -> list[AssetRecord]:
        """Return what Dagster will record of a return value without asking anybody else; the rest is ``coming``."""
        if result is None:
            return self._nothing_returned(self._step.op_def.output_defs)
        several = result if isinstance(result, tuple) and not is_named_tuple_instance(result) else None
        if self._step.requires_typed_event_stream or isinstance(result, (AssetCheckResult, ObserveResult)):
            items = (result,) if several is None else several
            return [record for item in items for record in self._records(item, stored=False)]
        outputs = self._outputs_for((result,) if several is None else several)
        if len(outputs) == 1:
            return self._valued(result, outputs[0])
        if several is None or len(several) != len(outputs):
            self.certain = False
            return []
        return [record for item, name in zip(several, outputs, strict=True) for record in self._valued(item, name)]

    def ended(self) -> list[AssetRecord]:
        """Return what Dagster records by itself of outputs that were not given."""
        if not self.certain:
            return []
        found: list[AssetRecord] = []
        for output in self._step.step.step_outputs:
            key = output.properties.asset_key
            definition = self._step.op_def.output_def_named(output.name)
            if output.name in self._given or output.name not in self._step.selected_output_names:
                continue
            if self._step.requires_typed_event_stream:
                self.certain = False
            elif definition.optional or definition.is_dynamic:
                continue
            elif not definition.dagster_type.is_nothing or (key is not None and self._observes(key)):
                self.certain = False
            elif key is not None:
                found.extend(self._asset_records(key, output.name, {}, {}, None))
        return found

    def _nothing_returned(self, definitions: Sequence[OutputDefinition]) -> list[AssetRecord]:
        if self._step.requires_typed_event_stream:
            return []
        if len(definitions) == 1:
            return list(self._output(Output(None, output_name=definitions[0].name), definitions[0].name))
        if not all(each.dagster_type.is_nothing and not each.optional for each in definitions):
            self.certain = False
        return []

    def _records(self, item: object, *, stored: bool) -> Iterator[AssetRecord]:
        if isinstance(item, AssetResult):
            yield from self._result(item, stored=stored)
        elif isinstance(item, AssetCheckResult):
            yield self._noted(self._evaluation(item))
        elif isinstance(item, AssetCheckEvaluation):
            yield self._noted(item)
        elif isinstance(item, Output):
            yield from self._output(item, item.output_name)
        elif isinstance(item, (AssetMaterialization, AssetObservation)):
            yield item

    def _result(self, result: AssetResult, *, stored: bool) -> Iterator[AssetRecord]:
        definition = self._step.assets_def
        if definition is None:
            self.certain = False
            return
        key = result.asset_key or definition.key
        name = definition.get_output_name_for_asset_key(key)
        self._given.add(name)
        value = getattr(result, "value", NoValueSentinel)
        if stored or not self._is_stored(name, has_value=value is not NoValueSentinel):
            yield from self._asset_records(key, name, result.metadata or {}, result.tags or {}, result.data_version)
        else:
            self.coming.add(key.to_user_string())
        for each in result.check_results or ():
            yield from self._records(each, stored=stored)

    def _output(self, output: Output[Any], name: str) -> Iterator[AssetRecord]:
        """Return what is recorded of an output that no IO manager stores; such a manager may add metadata."""
        self._given.add(name)
        layer = self._step.job_def.asset_layer
        key = layer.get_asset_key_for_node_output(self._step.node_handle, name)
        if key is None or key not in layer.get_selected_entity_keys_for_node(self._step.node_handle):
            return
        if self._is_stored(name, has_value=True):
            self.coming.add(key.to_user_string())
            return
        yield from self._asset_records(key, name, output.metadata, output.tags or {}, output.data_version)

    def _is_stored(self, name: str, *, has_value: bool) -> bool:
        """Return whether an IO manager is asked to store the output."""
        kind = self._step.op_def.output_def_named(name).dagster_type
        if kind.is_nothing or self._step.output_observes_source_asset(name):
            return False
        return has_value or not kind.is_any

    def _outputs_for(self, items: tuple[object, ...]) -> list[str]:
        """Return the outputs for which Dagster looks into a return value, in order: all but checks within results."""
        results = [item for item in items if isinstance(item, AssetResult)]
        names = [each.name for each in self._step.op_def.output_defs]
        if not any(result.check_results for result in results):
            return names
        evaluations = (self._evaluation(each) for result in results for each in result.check_results or ())
        keys = {each.asset_check_key for each in evaluations}
        outputs = self._step.step.step_outputs
        within = {each.name for each in outputs if each.properties.asset_check_key in keys}
        return [name for name in names if name not in within]

    def _valued(self, item: object, name: str) -> list[AssetRecord]:
        """Return what is recorded of a return value for one output; an evaluation among several values is lost."""
        if isinstance(item, AssetResult):
            return list(self._records(item, stored=False))
        if isinstance(item, Output):
            return list(self._output(item, name))
        self._given.add(name)
        key = next((each.properties.asset_key for each in self._step.step.step_outputs if each.name == name), None)
        if key is not None:
            self.coming.add(key.to_user_string())
        return []

    def _asset_records(
        self, key: AssetKey, name: str, metadata: Mapping[str, Any], tags: Mapping[str, str], version: Any
    ) -> Iterator[AssetMaterialization | AssetObservation]:
        step = self._step
        kind = AssetObservation if self._observes(key) else AssetMaterialization
        version = version or self._version(key)
        own = {DATA_VERSION_TAG: version.value} if version is not None else {}
        added = normalize_metadata(step.get_output_metadata(name) or {})
        shared = {**metadata, **added, **(step.get_asset_metadata(key) or {})}
        for partition in planned_assets(step).get(key.to_user_string(), ("",)):
            extra = (step.get_asset_metadata(key, partition) or {}) if partition else {}
            with disable_dagster_warnings():
                yield kind(
                    asset_key=key, partition=partition or None, metadata={**shared, **extra}, tags={**own, **tags}
                )

    def _version(self, key: AssetKey) -> DataVersion | None:
        """Return the version that Dagster has given or will give; ``None`` where it must look for it."""
        step = self._step
        if step.has_data_version(key):
            return step.get_data_version(key)
        if self._observes(key) or not step.is_external_input_asset_version_info_loaded:
            return None
        node, records = step.job_def.asset_layer.get(key), step.input_asset_records or {}
        if not records.keys() >= node.parent_keys:
            return None
        found = ((parent, records[parent]) for parent in node.parent_keys)
        versions = {parent: (info and info.data_version) or DEFAULT_DATA_VERSION for parent, info in found}
        return compute_logical_data_version(node.code_version or step.dagster_run.run_id, versions)

    def _observes(self, key: AssetKey) -> bool:
        definition = self._step.assets_def
        is_observed = definition is not None and definition.execution_type == AssetExecutionType.OBSERVATION
        return is_observed and definition is not None and key in definition.keys

    def _noted(self, evaluation: AssetCheckEvaluation) -> AssetCheckEvaluation:
        definition = self._step.assets_def
        specs = definition.node_check_specs_by_output_name.items() if definition is not None else ()
        self._given.update(name for name, spec in specs if spec.key == evaluation.asset_check_key)
        failed = not evaluation.passed and evaluation.severity == AssetCheckSeverity.ERROR
        if failed and evaluation.blocking:
            self.certain = False
        return evaluation

    def _evaluation(self, result: AssetCheckResult) -> AssetCheckEvaluation:
        """Return the evaluation that Dagster makes, without the materialization that it looks up for it."""
        definition = self._step.assets_def
        if definition is None:
            raise ValueError("an AssetCheckResult outside of an asset computation")
        names: dict[AssetKey, set[str]] = {}
        for each in definition.node_check_specs_by_output_name.values():
            names.setdefault(each.asset_key, set()).add(each.name)
        key = result.resolve_target_check_key(names)
        spec = definition.get_spec_for_check_key(key)
        partitioned = self._step.has_partition_key and spec.partitions_def is not None
        return AssetCheckEvaluation(
            check_name=key.name,
            asset_key=key.asset_key,
            passed=result.passed,
            metadata=result.metadata,
            severity=result.severity,
            description=result.description,
            blocking=spec.blocking,
            partition=self._step.partition_key if partitioned else None,
        )


def record_as_event(record: AssetRecord, *, job_name: str, step_key: str) -> DagsterEvent:
    """Return the event that Dagster writes of this, written nowhere."""
    data: Any = record
    kind = DagsterEventType.ASSET_CHECK_EVALUATION
    if isinstance(record, AssetMaterialization):
        kind, data = DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(record)
    elif isinstance(record, AssetObservation):
        kind, data = DagsterEventType.ASSET_OBSERVATION, AssetObservationData(record)
    return DagsterEvent(event_type_value=kind.value, job_name=job_name, step_key=step_key, event_specific_data=data)
