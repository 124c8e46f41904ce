"""What ``with_phlo_hooks`` was given, found again in the loaded definitions."""

from __future__ import annotations

from dagster import RepositoryDefinition

from phlo_hooks_dagster.hooks_translator import DagsterHooksTranslator
from phlo_hooks_dagster.options import RelayOptions
from phlo_hooks_dagster.sensor import options_of


def options_in(repository: RepositoryDefinition) -> list[RelayOptions]:
    """Return the options of the relay's sensor, when there is one."""
    return [options for sensor in repository.sensor_defs if (options := options_of(sensor)) is not None]


def translator_in(repository: RepositoryDefinition) -> DagsterHooksTranslator | None:
    """Return the project's translator, when it has one."""
    for options in options_in(repository):
        if options.translator is not None:
            return options.translator
    return None
