"""One invocation of the command line: what was given, and where it prints."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from phlo_hooks.cli.output import Output


@dataclass(kw_only=True)
class Invocation:
    """
    What the root command hands to the commands.

    Attributes:
        argv: The arguments as given, for the worker process that does the work.
        project: Folder to look for settings in; ``None`` for the working directory.
        overrides: Settings given as options.
        debug: Show tracebacks.
        after_kill: The worker before this one was killed from outside (SIGKILL), which is no hook's doing but for the
            one that uses up the memory.
    """

    argv: tuple[str, ...] = ()
    project: str | None = None
    overrides: dict[str, Any] = field(default_factory=dict)
    debug: bool = False
    after_kill: bool = False

    @cached_property
    def output(self) -> Output:
        """Where this command prints."""
        return Output()
