from __future__ import annotations

import click
import pytest
from sqlalchemy.exc import OperationalError

from phlo_hooks.cli.errors import NotFoundError, Outcome, WorkerCrashedError, WorkerFailedError, outcome_of
from phlo_hooks.cli.exit_codes import MEANINGS, ExitCode
from phlo_hooks.exceptions import OutboxError, SettingsError, SourceError


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (SettingsError("unknown setting"), ExitCode.USAGE, "unknown setting"),
        (OutboxError("it is locked\nby somebody"), ExitCode.UNAVAILABLE, "it is locked"),
        (SourceError("no log"), ExitCode.UNAVAILABLE, "no log"),
        (NotFoundError("no event"), ExitCode.NOT_FOUND, "no event"),
        (WorkerCrashedError("three times"), ExitCode.CRASHED, "three times"),
        (WorkerFailedError(Outcome(code=ExitCode.NOT_FOUND, message="m")), ExitCode.NOT_FOUND, "m"),
        (PermissionError(13, "denied", "/x"), ExitCode.UNAVAILABLE, "[Errno 13] denied: '/x'"),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, "stopped"),
        (click.Abort(), ExitCode.INTERRUPTED, "stopped"),
        (click.UsageError("bad\x1b"), ExitCode.USAGE, "bad\\x1b"),
        (click.exceptions.Exit(0), ExitCode.OK, ""),
        (click.exceptions.Exit(99), ExitCode.UNWELL, ""),
        (
            ModuleNotFoundError("No module named 'psycopg'", name="psycopg"),
            ExitCode.USAGE,
            "psycopg is not installed here; pip install 'phlo-hooks[postgres]'",
        ),
        (ImportError("half a module", name="half"), ExitCode.USAGE, "cannot import half: half a module"),
        (
            OperationalError("SELECT 1", {}, Exception("gone")),
            ExitCode.UNAVAILABLE,
            "the state database failed: (builtins.Exception) gone",
        ),
        (
            ZeroDivisionError(),
            ExitCode.INTERNAL,
            "internal error: ZeroDivisionError: ZeroDivisionError (phlo-hooks --debug shows the traceback)",
        ),
    ],
)
def test_every_error_is_one_line_and_a_code(error: BaseException, code: ExitCode, message: str) -> None:
    """Whatever happens, a person reads one line and a script a documented code."""
    outcome = outcome_of(error)

    assert (outcome.code, outcome.message) == (code, message)


def test_errors_carry_no_secret() -> None:
    """A password in an error's text does not reach the terminal or a log."""
    outcome = outcome_of(SourceError("cannot reach postgresql://ada:hunter2@db/dagster"))

    assert "hunter2" not in outcome.message


def test_every_code_is_documented() -> None:
    """The table of exit codes has a line for each code there is."""
    assert set(MEANINGS) == set(ExitCode)
