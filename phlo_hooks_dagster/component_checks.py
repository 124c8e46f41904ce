"""What is checked of a component's YAML, where somebody sees it: in the code server and in ``dg``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from dagster import ComponentLoadContext
from pydantic import ValidationError

from phlo_hooks.discovery import load_object
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
LIVE: Final = (
    "a component cannot change the definitions of others; for run hooks write in definitions.py: "
    "return with_phlo_hooks(dg.load_from_defs_folder(path_within_project=Path(__file__).parent), live=True)"
)

Path = list[str | int]


def check(component: Any, context: ComponentLoadContext) -> None:
    """
    Make sure of what no schema sees.

    Raises:
        SettingsError: All that is wrong, each with its file and line.
    """
    problems = list(_problems(component))
    if problems:
        said = [compat.in_source(context, ["attributes", *path], problem) for path, problem in problems]
        raise SettingsError(redact_text("\n".join(said)))


def _problems(component: Any) -> Iterator[tuple[Path, str]]:
    if component.live:
        yield ["live"], LIVE
    for number, hook in enumerate(component.hooks):
        yield from _problem(["hooks", number], partial(load_object, hook))
    yield from _problem(["translator"], component.translator_made)
    for name, value in component.settings().items():
        try:
            settings = Settings(**{name: value})
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            yield [name, *first["loc"][1:]], first["msg"].removeprefix("Value error, ")
        else:
            for number, rule in enumerate(settings.gates):
                yield from _problem(["gates", number], partial(_gate, rule, number + 1))


def _problem(path: Path, make: Callable[[], object]) -> Iterator[tuple[Path, str]]:
    try:
        make()
    except HooksError as error:
        yield path, str(error)


def _gate(rule: GateRule, number: int) -> object:
    from phlo_hooks_dagster.gates.rules import gate_of  # noqa: PLC0415  # only for a project with rules

    return gate_of(rule, number)
