"""Rules: which assets they speak of, and what they say of them."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Section(BaseModel):
    """A table of the settings: nothing in it may be misspelt."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class AssetRule(Section):
    """
    Which assets a rule speaks of; every part that is given must match, and one of each list is enough.

    Attributes:
        assets: Asset keys or globs.
        groups: Names of asset groups, or globs.
        kinds: Dagster's kinds, such as ``dlt``.
        tags: Asset tags, name to value.
        dbt_tags: Tags of dbt nodes.
    """

    assets: list[str] = Field(default_factory=list)
    groups: list[str] = Field(default_factory=list)
    kinds: list[str] = Field(default_factory=list)
    tags: dict[str, str] = Field(default_factory=dict)
    dbt_tags: list[str] = Field(default_factory=list)

    @property
    def matches_all(self) -> bool:
        """Return whether nothing is asked of an asset."""
        return not (self.assets or self.groups or self.kinds or self.tags or self.dbt_tags)


class StageRule(AssetRule):
    """
    Assets that belong to a stage; the first rule that matches says which.

    Attributes:
        stage: ``ingestion``, ``transform``, ``quality`` or ``publish``.
    """

    stage: Literal["ingestion", "transform", "quality", "publish"]


class OwnerRule(AssetRule):
    """
    Who owns assets that name no owner; the first rule that matches says who.

    Attributes:
        owners: E-mail addresses, or ``team:name``.
    """

    owners: list[str] = Field(min_length=1)


class TagRule(AssetRule):
    """
    Tags of assets, for their events; of two rules that match, the first says what a tag is.

    Attributes:
        add: Tag names to values.
    """

    add: dict[str, str] = Field(min_length=1)


class DatasetRule(Section):
    """
    What the dataset of matching assets is called.

    Attributes:
        assets: Asset keys or globs.
        namespace: Such as ``postgres://db.internal:5432``.
        name: Template; ``{key}`` is the key with dots, ``{last}`` its last part.
    """

    assets: list[str]
    namespace: str
    name: str = "{key}"


GATE_PARAMETERS: Final = {
    "checks_passed": frozenset({"checks", "warnings", "wait"}),
    "freshness": frozenset({"max_age"}),
    "row_count_drop": frozenset({"max_drop", "on_missing"}),
    "breaking_schema_change": frozenset({"allow", "on_missing"}),
    "breaking_metric_change": frozenset({"allow", "on_missing"}),
}
"""The gates that have a name, and what can be set of each beside ``upstreams`` and ``retry``."""


class GateRule(AssetRule):
    """
    A gate that assets must pass before they start; every rule that matches adds its own.

    Attributes:
        gate: ``checks_passed``, ``freshness``, ``row_count_drop``, ``breaking_schema_change``,
            ``breaking_metric_change``, or the import path of a class of yours, ``pkg.mod:Name``.
        upstreams: Which upstream assets it looks at, keys or globs, at any distance; nothing: all direct ones.
        retry: Whether the asset's retry policy tries again while the gate is closed.
        checks: Names of checks; nothing: all.
        warnings: Whether a check that failed with severity WARN closes the gate.
        wait: How long to wait for checks of the same run: seconds, or ``"5m"``.
        max_age: Seconds, or a text such as ``"6h"``.
        max_drop: The share of rows that may go, from 0 to below 1.
        allow: Columns or metrics that may change, names or globs.
        on_missing: What to do when an upstream does not tell what is asked: ``stop`` or ``pass``.
        parameters: Of a class of yours.
    """

    gate: str
    upstreams: list[str] | None = None
    retry: bool = False
    checks: list[str] | None = None
    warnings: bool | None = None
    wait: float | str | None = None
    max_age: float | str | None = None
    max_drop: float | None = Field(default=None, ge=0, lt=1)
    allow: list[str] | None = None
    on_missing: Literal["pass", "stop"] | None = None
    parameters: dict[str, Any] = Field(default_factory=dict, repr=False)

    @property
    def is_own(self) -> bool:
        """Return whether the gate is a class of the project."""
        return ":" in self.gate

    @property
    def given(self) -> dict[str, Any]:
        """Return what the gate is to be made with."""
        named = {name for names in GATE_PARAMETERS.values() for name in names}
        set_here = {name: getattr(self, name) for name in sorted(named) if getattr(self, name) is not None}
        return {"upstreams": self.upstreams, "retry": self.retry, **set_here, **self.parameters}

    @field_validator("gate")
    @classmethod
    def _gate_is_known(cls, value: str) -> str:
        if ":" not in value and value not in GATE_PARAMETERS:
            near = get_close_matches(value.lower().replace("-", "_"), sorted(GATE_PARAMETERS), n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(GATE_PARAMETERS))}"
            raise ValueError(f"no such gate; {hint} A gate of your own is written pkg.mod:Name")
        return value

    @model_validator(mode="after")
    def _parameters_fit(self) -> GateRule:
        if self.matches_all:
            raise ValueError("it has no assets, groups, kinds, tags or dbt_tags: it would guard every asset")
        for name in sorted({"upstreams", "retry"}.intersection(self.parameters)):
            raise ValueError(f"{name} is of every gate: write it beside gate, not in parameters")
        known = GATE_PARAMETERS.get(self.gate, frozenset())
        named = sorted(name for name in self.given if name not in {"upstreams", "retry"})
        if self.is_own:
            known = frozenset(self.parameters)
        for name in named:
            if name not in known:
                raise ValueError(_no_parameter(self.gate, name, known, own=self.is_own))
        if self.gate == "freshness" and "max_age" not in self.given:
            raise ValueError("gate 'freshness' needs max_age, such as '6h'")
        return self


def _no_parameter(gate: str, name: str, known: frozenset[str], *, own: bool) -> str:
    if own:
        return f"{name} belongs to gates of ours; write parameters = {{ {name} = … }} for {gate!r}"
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"it takes {', '.join(sorted(known))}, upstreams, retry"
    return f"gate {gate!r} has no {name!r}; {hint}"
