"""What the exit code of ``phlo-hooks`` says; the only table of it."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """How a command ended."""

    OK = 0
    UNWELL = 1
    USAGE = 2
    NOT_FOUND = 3
    UNAVAILABLE = 4
    CRASHED = 5
    INTERNAL = 70
    INTERRUPTED = 130
    PIPE_CLOSED = 141


MEANINGS: Final[dict[ExitCode, str]] = {
    ExitCode.OK: "done; for status: healthy; for drain: everything arrived",
    ExitCode.UNWELL: "done, and the answer is no: unhealthy, not all delivered, a plugin failed, a breaking change, "
    "something for doctor to fix",
    ExitCode.USAGE: "a wrong argument or setting, or a package that is not installed; nothing was done",
    ExitCode.NOT_FOUND: "no such event, run, asset, table, column, plugin, hook, consumer or dead letter",
    ExitCode.UNAVAILABLE: "the state database, a source or a server cannot be reached; another try may work",
    ExitCode.CRASHED: "the worker process died again and again before it could finish",
    ExitCode.INTERNAL: "a bug in phlo-hooks; --debug shows the traceback",
    ExitCode.INTERRUPTED: "stopped by Ctrl-C or SIGTERM before it was done (relay: a stop is 0)",
    ExitCode.PIPE_CLOSED: "the reader of the output went away",
}
