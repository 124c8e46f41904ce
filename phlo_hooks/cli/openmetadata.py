"""``phlo-hooks openmetadata``: look at the OpenMetadata server, and bring over what is known."""

from __future__ import annotations

from typing import Final

import click

from phlo_hooks.cli.lazy import LazyGroup

COMMANDS: Final = {
    "check": ("phlo_hooks.cli.openmetadata_check:check", "Try address, version, token and rights."),
    "plan": ("phlo_hooks.cli.openmetadata_plan:plan", "Show what sync would change, like a diff; send nothing."),
    "sync": ("phlo_hooks.cli.openmetadata_sync:sync", "Bring everything that is known over."),
    "prune": ("phlo_hooks.cli.openmetadata_prune:prune", "Remove what we brought and nothing knows any more."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def openmetadata() -> None:
    """
    Look at the OpenMetadata server, and bring over what is known.

    The server is the setting plugins.config.openmetadata.url, or OPENMETADATA_URL; the token OPENMETADATA_JWT, or
    the file that the setting jwt_file names.
    """
