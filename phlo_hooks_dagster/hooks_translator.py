"""
Where a project says in code what its assets are to events: stage, dataset, tags, owners.

LIGHT: every step's process that imports a project's translator imports this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from dagster import AssetSpec

POINTS: Final = ("get_dataset", "get_owners", "get_stage", "get_tags")
"""What a translator may override."""


class DagsterHooksTranslator:
    """
    Says what the assets of a code location are to events; give one to ``with_phlo_hooks(translator=)``.

    Override what you have something to say about. Each method gets the ``AssetSpec`` of one asset and is asked once a
    load, for each asset, in the code server and in decorated steps: it must depend on the spec alone. What the spec
    says itself wins over the translator; the translator wins over integrations and rules in the settings.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        """Refuse a method that is meant to be one of the four and is not."""
        super().__init_subclass__(**options)
        for name in vars(cls):
            near = get_close_matches(name, POINTS, n=1, cutoff=0.85) if name not in POINTS else []
            if near:
                raise TypeError(f"{cls.__qualname__}.{name} is never called: the method is called {near[0]}")

    def get_stage(self, spec: AssetSpec) -> str | None:  # noqa: ARG002  # an override reads it
        """Return ``ingestion``, ``transform``, ``quality`` or ``publish``; ``None`` to leave it to the rules."""
        return None

    def get_dataset(self, spec: AssetSpec) -> str | None:  # noqa: ARG002  # an override reads it
        """Return namespace and name, as in ``duckdb://shop/shop.main.orders``, or a URI; ``None`` for the rules."""
        return None

    def get_tags(self, spec: AssetSpec) -> Mapping[str, str]:  # noqa: ARG002  # an override reads it
        """Return tags for the asset's events, beside those of its spec."""
        return {}

    def get_owners(self, spec: AssetSpec) -> Sequence[str]:  # noqa: ARG002  # an override reads it
        """Return e-mail addresses or ``team:name``, for an asset whose spec names no owner."""
        return ()
