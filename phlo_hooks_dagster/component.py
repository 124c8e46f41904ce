"""phlo-hooks in a ``dg`` project: a component, said in ``defs.yaml``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, Final, Literal, Self, get_args

from dagster import Component, ComponentLoadContext, Definitions, Model, ResolutionContext, Resolvable
from pydantic import BaseModel, Field, ValidationError, create_model

from phlo_hooks.exceptions import HooksError, SettingsError
from phlo_hooks.redaction import redact_text
from phlo_hooks.settings import (
    DatasetSettings,
    DeliverySettings,
    GateRule,
    OwnerRule,
    PluginSettings,
    RedactionSettings,
    RelaySettings,
    Settings,
    StageRule,
    TagRule,
)
from phlo_hooks_dagster import compat_component as compat
from phlo_hooks_dagster.definitions import with_phlo_hooks
from phlo_hooks_dagster.hooks_translator import DagsterHooksTranslator
from phlo_hooks_dagster.in_step.configuration import StepOptions
from phlo_hooks_dagster.in_step.quick import may_say
from phlo_hooks_dagster.options import in_worker

OWN: Final = frozenset({"hooks", "live", "mode", "translator"})
"""What is no setting, or is given to ``with_phlo_hooks`` by name."""
LIVE: Final = (
    "a component cannot change the definitions of others; for run hooks write in definitions.py: "
    "return with_phlo_hooks(dg.load_from_defs_folder(path_within_project=Path(__file__).parent), live=True)"
)


SECTIONS: Final[dict[str, Any]] = {
    "stages": list[StageRule],
    "owners": list[OwnerRule],
    "tags": list[TagRule],
    "gates": list[GateRule],
    "datasets": DatasetSettings,
    "redaction": RedactionSettings,
    "plugins": PluginSettings,
    "delivery": DeliverySettings,
    "relay": RelaySettings,
}
"""What the schema of YAML says of sections: the models of the settings."""

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
        problems = [] if in_worker() else list(component.problems())
        if problems:
            said = [compat.in_source(context, ["attributes", *path], problem) for path, problem in problems]
            raise SettingsError(redact_text("\n".join(said)))
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
            raise SettingsError(f"one PhloHooksComponent serves the whole project, this has: {', '.join(places)}")
        overrides, translator = self.settings(), self._translator()
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

    def problems(self) -> Iterator[tuple[list[str | int], str]]:
        """Yield what is wrong beyond what the schema sees, each with where it is said."""
        if self.live:
            yield ["live"], LIVE
        for number, hook in enumerate(self.hooks):
            yield from _problem(["hooks", number], partial(load_object, hook))
        yield from _problem(["translator"], self._translator)
        for name, value in self.settings().items():
            try:
                settings = Settings(**{name: value})
            except ValidationError as error:
                first = error.errors(include_url=False, include_context=False)[0]
                yield [name, *first["loc"][1:]], first["msg"].removeprefix("Value error, ")
            else:
                for number, rule in enumerate(settings.gates):
                    yield from _problem(["gates", number], partial(_gate, rule, number + 1))

    def _translator(self) -> DagsterHooksTranslator | None:
        if self.translator is None:
            return None
        found = load_object(self.translator)
        made = found() if isinstance(found, type) and issubclass(found, DagsterHooksTranslator) else found
        if not isinstance(made, DagsterHooksTranslator):
            raise SettingsError(f"{self.translator} is {found!r}, no DagsterHooksTranslator")
        return made


@cache
def _schema() -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for name, field in PhloHooksComponent.model_fields.items():
        kinds = [kind for kind in get_args(field.annotation) if kind is not type(None)]
        optional = type(None) in get_args(field.annotation)
        kind = SECTIONS.get(name) or (kinds[0] if optional else field.annotation)
        fields[name] = (kind, Field(default=field.default, description=field.description))
    return create_model("PhloHooksComponentModel", __base__=Model, **fields)


def load_object(path: str) -> object:
    """Return what an import path names."""
    from phlo_hooks import discovery  # noqa: PLC0415  # a project without import paths needs none of it

    return discovery.load_object(path)


def _problem(path: list[str | int], make: Callable[[], object]) -> Iterator[tuple[list[str | int], str]]:
    try:
        make()
    except HooksError as error:
        yield path, str(error)


def _gate(rule: GateRule, number: int) -> object:
    from phlo_hooks_dagster.gates.rules import gate_of  # noqa: PLC0415  # only for a project with rules

    return gate_of(rule, number)


def _new(after: Any, before: Any) -> list[Any]:
    known = {id(each) for each in before or ()}
    return [each for each in after or () if id(each) not in known]
