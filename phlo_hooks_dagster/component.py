"""
phlo-hooks in a ``dg`` project: a component, said in ``defs.yaml``.

LIGHT: every step's process of a project that has one imports this module; what checks the YAML stands in
``component_checks.py``, for the code server and ``dg``.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, Literal, Self, get_args

from dagster import Component, ComponentLoadContext, Definitions, Model, ResolutionContext, Resolvable
from pydantic import BaseModel, Field, create_model

from phlo_hooks_dagster import compat_component as compat
from phlo_hooks_dagster.definitions import with_phlo_hooks
from phlo_hooks_dagster.hooks_translator import DagsterHooksTranslator
from phlo_hooks_dagster.in_step.configuration import StepOptions
from phlo_hooks_dagster.in_step.quick import may_say
from phlo_hooks_dagster.options import in_worker

OWN: Final = frozenset({"hooks", "live", "mode", "translator"})
"""What is no setting, or is given to ``with_phlo_hooks`` by name."""
Table = dict[str, Any]
Rules = list[dict[str, Any]]


class PhloHooksComponent(Component, Model, Resolvable):
    """
    Every execution of the project as an event: the relay's sensor, hooks, gates and rules.

    One of them serves the whole project, wherever in ``defs`` it stands. What is left out is as in ``phlo_hooks.toml``
    or ``[tool.phlo_hooks]``; what is said here wins over both.
    """

    hooks: list[str] = Field(default=[], description="Import paths of hooks: pkg.mod:name")
    translator: str | None = Field(default=None, description="Import path of a DagsterHooksTranslator, or of its class")
    mode: Literal["child", "tick", "external"] = Field(default="child", description="Where the relay runs")
    live: bool = Field(default=False, description="Not in a component: with_phlo_hooks(defs, live=True) does it")
    database: str | None = Field(default=None, repr=False, description="SQLAlchemy URL of the state database")
    start: str | None = Field(default=None, description="What a first start reads: now, all, or since a date")
    ui_url: str | None = Field(default=None, description="Base address of Dagster's web server, for links")
    deployment: str | None = Field(default=None, description="Tells deployments apart")
    strategy: Literal["stop_on_error", "collect"] | None = Field(
        default=None, description="What hooks with policy raise do to an emit"
    )
    stages: Rules | None = Field(default=None, description="Which assets have which stage")
    owners: Rules | None = Field(default=None, description="Who owns assets that name no owner")
    tags: Rules | None = Field(default=None, description="Tags for the events of assets")
    gates: Rules | None = Field(default=None, description="What must hold before an asset starts")
    datasets: Table | None = Field(default=None, description="How tables are named")
    redaction: Table | None = Field(default=None, description="What is secret beyond what is known to be")
    plugins: Table | None = Field(default=None, description="Which installed plugins are used")
    delivery: Table | None = Field(default=None, description="How failed deliveries are repeated")
    relay: Table | None = Field(default=None, description="How the event log is read")

    @classmethod
    def model(cls) -> type[BaseModel]:
        """Return the schema of ``attributes``; without unions, so that a mistake is told where it is."""
        return _schema()

    @classmethod
    def resolve_from_model(cls, context: ResolutionContext, model: BaseModel) -> Self:
        """Return the component of checked attributes; texts in them may be templates, as ``{{ env.NAME }}``."""
        said = model.model_dump(mode="json", exclude_unset=True)
        return cls(**{name: context.at_path(name).resolve_value(value) for name, value in said.items()})

    @classmethod
    def load(cls, attributes: BaseModel | None, context: ComponentLoadContext) -> Self:
        """
        Return the component of a YAML file.

        Raises:
            SettingsError: What a schema cannot see is wrong; the message names file and line.
        """
        component = super().load(attributes, context)
        if not in_worker():
            from phlo_hooks_dagster.component_checks import check  # noqa: PLC0415  # see LIGHT

            check(component, context)
        return component

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        """
        Return what ``with_phlo_hooks`` adds to the project: the relay's sensor, and blocking checks for gates.

        Raises:
            SettingsError: A second such component, a gate that cannot be asked, or a setting that does not fit.
            TranslatorError: The translator fails on an asset of the project.
        """
        places = compat.places_of(context, PhloHooksComponent)
        if len(places) > 1:
            from phlo_hooks.exceptions import SettingsError  # noqa: PLC0415  # see LIGHT

            raise SettingsError(f"one PhloHooksComponent serves the whole project, this has: {', '.join(places)}")
        overrides, translator = self.settings(), self.translator_made()
        told = may_say(StepOptions(overrides=overrides, root=context.project_root), "gates")
        others = Definitions()
        if told or translator is not None:
            others = compat.other_definitions(context, PhloHooksComponent)
        whole = with_phlo_hooks(
            others,
            hooks=self.hooks,
            mode=self.mode,
            translator=translator,
            settings=overrides,
            root=context.project_root,
        )
        return Definitions(
            sensors=_new(whole.sensors, others.sensors), asset_checks=_new(whole.asset_checks, others.asset_checks)
        )

    def settings(self) -> dict[str, Any]:
        """Return the settings that are said here, as ``phlo_hooks.toml`` would have them."""
        said = {name: getattr(self, name) for name in sorted(self.model_fields_set - OWN)}
        return {name: value for name, value in said.items() if value is not None}

    def translator_made(self) -> DagsterHooksTranslator | None:
        """
        Return the translator that is named.

        Raises:
            PluginError: It cannot be imported.
            SettingsError: It is none.
        """
        if self.translator is None:
            return None
        from phlo_hooks.discovery import load_object  # noqa: PLC0415  # see LIGHT
        from phlo_hooks.exceptions import SettingsError  # noqa: PLC0415  # see LIGHT

        found = load_object(self.translator)
        made = found() if isinstance(found, type) and issubclass(found, DagsterHooksTranslator) else found
        if not isinstance(made, DagsterHooksTranslator):
            raise SettingsError(f"{self.translator} is {found!r}, no DagsterHooksTranslator")
        return made


@cache
def _schema() -> type[BaseModel]:
    """Return what YAML may say; a process that executes a run or a step does not look into sections."""
    sections: dict[str, Any] = {}
    if not in_worker():
        from phlo_hooks_dagster.component_checks import SECTIONS  # noqa: PLC0415  # see LIGHT

        sections = SECTIONS
    fields: dict[str, Any] = {}
    for name, field in PhloHooksComponent.model_fields.items():
        kinds = [kind for kind in get_args(field.annotation) if kind is not type(None)]
        optional = type(None) in get_args(field.annotation)
        kind = sections.get(name) or (kinds[0] if optional else field.annotation)
        fields[name] = (kind, Field(default=field.default, description=field.description))
    return create_model("PhloHooksComponentModel", __base__=Model, **fields)


def _new(after: Any, before: Any) -> list[Any]:
    known = {id(each) for each in before or ()}
    return [each for each in after or () if id(each) not in known]
