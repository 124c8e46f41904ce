"""Which exit code and which one line each error becomes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import click

from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.cli.text import clean
from phlo_hooks.exceptions import HooksError, OutboxError, SourceError, TransientDeliveryError

_EXTRAS: Final = {
    "dagster": "dagster",
    "phlo_hooks_dagster": "dagster",
    "dagster_dlt": "dlt",
    "dlt": "dlt",
    "dagster_dbt": "dbt",
    "dbt": "dbt",
    "psycopg": "postgres",
    "psycopg2": "postgres",
    "httpx": "openmetadata",
    "opentelemetry": "opentelemetry",
    "apprise": "alerting",
    "openlineage": "openlineage",
    "starlette": "ui",
    "uvicorn": "ui",
}


class NotFoundError(HooksError):
    """Nothing goes by the name or id that was given."""


class MissingPackageError(HooksError):
    """An optional package is not installed; only a person can change that."""


class PipeClosedError(HooksError):
    """Whoever read the output went away; nobody is there to be told."""


class WorkerCrashedError(HooksError):
    """The worker process died again and again before it could report."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    How a command ended.

    Attributes:
        message: One clean line for standard error; empty when there is nothing to say.
    """

    code: ExitCode
    message: str = ""


class WorkerFailedError(HooksError):
    """The worker process reported an error; it is told as if it had happened here."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


def outcome_of(error: BaseException) -> Outcome:
    """Return what to print and with which code to exit."""
    if isinstance(error, click.exceptions.Exit):
        return Outcome(code=known_code(error.exit_code))
    if isinstance(error, WorkerFailedError):
        return error.outcome
    for kind, code, describe in _ENDINGS:
        if isinstance(error, kind):
            return Outcome(code=code, message=describe(error))
    if _is_database_error(error):
        return Outcome(code=ExitCode.UNAVAILABLE, message=f"the state database failed: {_first_line(error)}")
    text = f"internal error: {type(error).__name__}: {_first_line(error)} (phlo-hooks --debug shows the traceback)"
    return Outcome(code=ExitCode.INTERNAL, message=text)


def missing(error: ImportError) -> str:
    """Return which package is missing and how to get it."""
    name = error.name or ""
    extra = _EXTRAS.get(name.partition(".")[0])
    if extra and isinstance(error, ModuleNotFoundError):
        return f"{clean(name)} is not installed here; pip install 'phlo-hooks[{extra}]'"
    return f"cannot import {clean(name) or 'a module'}: {_first_line(error)}"


def _usage(error: BaseException) -> str:
    text = clean(error.format_message() if isinstance(error, click.ClickException) else error)
    context = getattr(error, "ctx", None)
    return f"{text} (see {context.command_path} --help)" if context else text


def known_code(code: int) -> ExitCode:
    """Return the documented code; anything else is a plain failure."""
    return ExitCode(code) if code in ExitCode._value2member_map_ else ExitCode.UNWELL


def _is_database_error(error: BaseException) -> bool:
    # Imported by whoever could have raised it; else it is none.
    module = sys.modules.get("sqlalchemy.exc")
    return module is not None and isinstance(error, module.SQLAlchemyError)


def _first_line(error: BaseException) -> str:
    """Return the message without what SQLAlchemy appends to it, without secrets, fit to print; never empty."""
    from phlo_hooks.redaction import redact_text

    text = str(error).strip()
    return clean(redact_text(text.splitlines()[0])) if text else type(error).__name__


def _nothing(_error: BaseException) -> str:
    return ""


def _stopped(_error: BaseException) -> str:
    return "stopped"


def _missing(error: BaseException) -> str:
    return missing(error) if isinstance(error, ImportError) else _first_line(error)


_ENDINGS: Final[tuple[tuple[type[BaseException], ExitCode, Callable[[BaseException], str]], ...]] = (
    (click.Abort, ExitCode.INTERRUPTED, _stopped),
    (KeyboardInterrupt, ExitCode.INTERRUPTED, _stopped),
    (click.ClickException, ExitCode.USAGE, _usage),
    (PipeClosedError, ExitCode.PIPE_CLOSED, _nothing),
    (BrokenPipeError, ExitCode.PIPE_CLOSED, _nothing),
    (ImportError, ExitCode.USAGE, _missing),
    (NotFoundError, ExitCode.NOT_FOUND, _first_line),
    (WorkerCrashedError, ExitCode.CRASHED, _first_line),
    (OutboxError, ExitCode.UNAVAILABLE, _first_line),
    (SourceError, ExitCode.UNAVAILABLE, _first_line),
    (TransientDeliveryError, ExitCode.UNAVAILABLE, _first_line),
    (HooksError, ExitCode.USAGE, _first_line),
    (OSError, ExitCode.UNAVAILABLE, _first_line),
)
