"""What a hooked definition of an integration's assets carries on its specs: nothing of it is in a run's records."""

from __future__ import annotations

from dagster import AssetsDefinition, AssetSpec, map_asset_specs

from phlo_hooks_dagster.identity.stage_tag import STAGE_TAG
from phlo_hooks_dagster.riders import HOOKED


def marked(definition: AssetsDefinition, *, tool: str, stage: str) -> AssetsDefinition:
    """Return the definition whose specs say that they are hooked, and their stage where they name none themselves."""

    def mark(spec: AssetSpec) -> AssetSpec:
        tags = {} if STAGE_TAG in spec.tags else {STAGE_TAG: stage}
        return spec.merge_attributes(tags=tags, metadata={HOOKED: tool})

    mapped = list(map_asset_specs(mark, [definition]))
    return mapped[0]
