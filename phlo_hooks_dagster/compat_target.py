"""What Dagster does not document about finding and loading code locations; imported where user code is loaded only."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from dagster import RepositoryDefinition
from dagster._cli.workspace.cli_target import workspace_opts_to_load_target
from dagster._core.origin import DEFAULT_DAGSTER_ENTRY_POINT
from dagster._core.remote_origin import CodeLocationOrigin, GrpcServerCodeLocationOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._grpc.server import LoadedRepositories
from dagster._serdes import deserialize_value, serialize_value
from dagster_shared.cli import WorkspaceOpts


def origins_of(options: Mapping[str, Any]) -> Sequence[CodeLocationOrigin]:
    """
    Return the code locations that ``dagster dev`` would load with these options.

    Args:
        options: Names and values of ``WorkspaceOpts``; empty means what ``pyproject.toml`` or ``workspace.yaml`` name.

    Raises:
        click.UsageError: Nothing names a code location.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return workspace_opts_to_load_target(WorkspaceOpts(**options)).create_origins()


def load_repositories(target: LoadableTargetOrigin, location_name: str) -> Sequence[RepositoryDefinition]:
    """Load user code as a code server does, and return its repositories."""
    loaded = LoadedRepositories(target, None, DEFAULT_DAGSTER_ENTRY_POINT, None, code_location_name=location_name)
    return list(loaded.definitions_by_name.values())


def loadable_target(origin: CodeLocationOrigin) -> LoadableTargetOrigin | None:
    """Return what to import for a code location; ``None`` when a server elsewhere holds the code."""
    return None if isinstance(origin, GrpcServerCodeLocationOrigin) else origin.loadable_target_origin


def target_text(target: LoadableTargetOrigin) -> str:
    """Return the target for another process."""
    return serialize_value(target)


def target_of_text(text: str) -> LoadableTargetOrigin:
    """Return the target that ``target_text`` described."""
    return deserialize_value(text, LoadableTargetOrigin)
