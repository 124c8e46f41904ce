"""Two stages for one asset."""

from __future__ import annotations

from dagster import DagsterInvalidDefinitionError

from phlo_hooks.exceptions import HooksError
from phlo_hooks_dagster.identity.stage_tag import STAGE_TAG


class StageConflictError(HooksError, DagsterInvalidDefinitionError):
    """An asset whose tag names another stage than its decorator."""

    def __init__(self, asset_key: str, tagged: str, stage: str, decorator: str) -> None:
        super().__init__(
            f"asset {asset_key!r}: its tag {STAGE_TAG} says {tagged!r} and {decorator} says {stage!r}; "
            "take the tag away, or use the decorator of the other stage"
        )
        self.asset_key = asset_key
        self.tagged = tagged
        self.stage = stage
        self.decorator = decorator
