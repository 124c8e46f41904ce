"""What a project's settings tell the translator: stages, datasets, redaction, links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Self

from phlo_hooks.exceptions import SettingsError
from phlo_hooks_dagster.identity.stage_tag import STAGES


@dataclass(frozen=True, kw_only=True)
class AssetRule:
    """
    Assets that a rule speaks of; every condition given must hold, and one of each list is enough.

    Attributes:
        assets: Globs over ``AssetKey.to_user_string()``.
        groups: Globs over names of groups.
        tags: Tag names and the value each must have.
        dbt_tags: dbt tags, which dagster-dbt writes as tags without a value.
    """

    assets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    dbt_tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a rule that would hold for everything."""
        if not (self.assets or self.groups or self.kinds or self.tags or self.dbt_tags):
            raise SettingsError(
                f"{type(self).__name__}: the rule names no assets=, groups=, kinds=, tags= or dbt_tags="
            )

    def holds(self, key: str, *, group: str | None, kinds: Iterable[str], tags: Mapping[str, str]) -> bool:
        """Return whether the rule speaks of this asset."""
        return (
            (not self.assets or any(fnmatchcase(key, glob) for glob in self.assets))
            and (not self.groups or any(fnmatchcase(group or "", glob) for glob in self.groups))
            and (not self.kinds or not set(self.kinds).isdisjoint(kinds))
            and all(tags.get(name) == value for name, value in self.tags.items())
            and (not self.dbt_tags or any(name in tags for name in self.dbt_tags))
        )


@dataclass(frozen=True, kw_only=True)
class StageRule(AssetRule):
    """Assets that have a stage."""

    stage: str

    def __post_init__(self) -> None:
        """Refuse a stage that does not exist and a rule that would hold for everything."""
        if self.stage not in STAGES:
            raise SettingsError(f"stages: {self.stage!r} is no stage; it must be one of {', '.join(STAGES)}")
        super().__post_init__()


@dataclass(frozen=True, kw_only=True)
class OwnerRule(AssetRule):
    """Assets that have owners, when they name none."""

    owners: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TagRule(AssetRule):
    """Assets whose events have further tags."""

    add: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class DatasetRule:
    """
    Assets whose dataset follows from their key.

    Attributes:
        assets: Globs over ``AssetKey.to_user_string()``.
        name: Template: ``{key}`` is the key with dots for slashes, ``{last}`` its last part.
    """

    assets: tuple[str, ...]
    namespace: str
    name: str = "{key}"

    def __post_init__(self) -> None:
        """Try the template once, so that a mistake shows at start and not in the middle of a run."""
        self.name_for("a/b")

    def holds(self, key: str) -> bool:
        """Return whether the rule speaks of this asset."""
        return any(fnmatchcase(key, glob) for glob in self.assets)

    def name_for(self, key: str) -> str:
        """Return the dataset's name."""
        try:
            return self.name.format(key=key.replace("/", "."), last=key.rpartition("/")[2])
        except (KeyError, IndexError, ValueError) as error:
            raise SettingsError(
                f"datasets.rules: name {self.name!r} cannot be filled ({error}); it may use {{key}} and {{last}}"
            ) from error


@dataclass(frozen=True, kw_only=True)
class TranslationRules:
    """
    Everything configured that the translator follows.

    Attributes:
        namespaces: Platform to its dataset namespace, or to the host that makes one: ``postgres`` to
            ``db.internal:5432`` or ``postgres://db.internal:5432``.
        redact: Further names whose values are secrets.
        deployment: Names this installation, for datasets known by their key alone.
    """

    stages: tuple[StageRule, ...] = ()
    owners: tuple[OwnerRule, ...] = ()
    tags: tuple[TagRule, ...] = ()
    namespaces: Mapping[str, str] = field(default_factory=dict)
    datasets: tuple[DatasetRule, ...] = ()
    redact: tuple[str, ...] = ()
    ui_url: str | None = None
    deployment: str = "local"

    @classmethod
    def from_settings(cls, settings: Any) -> Self:
        """
        Return the rules that ``phlo_hooks.settings.Settings`` hold.

        Raises:
            SettingsError: A rule that cannot be followed, with the rule's name.
        """
        ui_url = settings.ui_url
        return cls(
            stages=tuple(StageRule(stage=rule.stage, **_conditions(rule)) for rule in settings.stages),
            owners=tuple(OwnerRule(owners=tuple(rule.owners), **_conditions(rule)) for rule in settings.owners),
            tags=tuple(TagRule(add=dict(rule.add), **_conditions(rule)) for rule in settings.tags),
            namespaces=dict(settings.datasets.namespaces),
            datasets=tuple(
                DatasetRule(assets=tuple(rule.assets), namespace=rule.namespace, name=rule.name)
                for rule in settings.datasets.rules
            ),
            redact=tuple(settings.redaction.names),
            ui_url=ui_url.rstrip("/") if ui_url else None,
            deployment=settings.deployment,
        )


def _conditions(rule: Any) -> dict[str, Any]:
    return {
        "assets": tuple(rule.assets),
        "groups": tuple(rule.groups),
        "kinds": tuple(rule.kinds),
        "tags": dict(rule.tags),
        "dbt_tags": tuple(rule.dbt_tags),
    }
