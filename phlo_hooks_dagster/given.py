"""What ``with_phlo_hooks`` was given, found again in the loaded definitions."""

from __future__ import annotations

from dagster import RepositoryDefinition

from phlo_hooks_dagster import compat
from phlo_hooks_dagster.hooks_translator import DagsterHooksTranslator
from phlo_hooks_dagster.options import RelayOptions
from phlo_hooks_dagster.sensor import is_relay_sensor


def options_in(repository: RepositoryDefinition) -> list[RelayOptions]:
    """Return the options of the relay's sensor, when there is one."""
    found = [compat.sensor_function(sensor) for sensor in repository.sensor_defs if is_relay_sensor(sensor)]
    return [options for each in found if isinstance(options := getattr(each, "options", None), RelayOptions)]


def translator_in(repository: RepositoryDefinition) -> DagsterHooksTranslator | None:
    """Return the project's translator, when it has one."""
    for options in options_in(repository):
        translator = getattr(options, "translator", None)
        if isinstance(translator, DagsterHooksTranslator):
            return translator
    return None
