"""What the translator raises, and how Dagster's errors become ours."""

from __future__ import annotations

import re
from typing import Final

from dagster_shared.error import SerializableErrorInfo

from phlo_hooks.events import ErrorInfo
from phlo_hooks.exceptions import SourceError
from phlo_hooks.redaction import redact_text

STACK_LIMIT: Final = 8 * 1024
MESSAGE_LIMIT: Final = 4 * 1024

_WRAPPERS: Final = frozenset(
    {
        "DagsterExecutionStepExecutionError",
        "DagsterExecutionHandleOutputError",
        "DagsterExecutionLoadInputError",
        "DagsterUserCodeExecutionError",
        "RetryRequestedFromPolicy",
    }
)
_PLAIN_WORDS: Final = {
    "ChildProcessCrashException": "the step's process ended without a word; the log's engine events name the signal",
    "DagsterExecutionInterruptedError": "the step was interrupted",
}
_INTERRUPTS: Final = frozenset({"DagsterExecutionInterruptedError", "KeyboardInterrupt"})


class TranslationError(SourceError):
    """A record that no event could be made from; the translator stands as if it had not been read."""

    def __init__(self, run_id: str, record_id: int, record_type: str, reason: str) -> None:
        super().__init__(f"record {record_id} ({record_type}) of run {run_id or '(none)'} makes no event: {reason}")
        self.run_id = run_id
        self.record_id = record_id
        self.record_type = record_type
        self.reason = reason


def error_info(error: SerializableErrorInfo | None) -> ErrorInfo | None:
    """
    Return the error that the user's code raised, without Dagster's wrappers around it.

    The message and the stack are redacted; the stack keeps its last 8 KiB, where the error is.
    """
    if error is None:
        return None
    while error.cls_name in _WRAPPERS and error.cause is not None:
        error = error.cause
    innermost = _innermost(error)
    return ErrorInfo(
        type=error.cls_name or "Error",
        message=_message(error),
        stack=_stack(error),
        cause=None if innermost is error else _message(innermost),
    )


def stopped_error(message: str) -> ErrorInfo:
    """Return the error of a step that a hook stopped: what the hook said, and no stack, which is only ours."""
    return ErrorInfo(type="Failure", message=_tail_cut(redact_text(message.strip()), MESSAGE_LIMIT))


def is_interrupt(error: SerializableErrorInfo | None) -> bool:
    """Return whether the step ended because somebody stopped its process."""
    while error is not None:
        if error.cls_name in _INTERRUPTS:
            return True
        error = error.cause
    return False


def _innermost(error: SerializableErrorInfo) -> SerializableErrorInfo:
    while error.cause is not None:
        error = error.cause
    return error


def _message(error: SerializableErrorInfo) -> str:
    text = error.message.strip()
    if error.cls_name:
        text = re.sub(rf"^(?:[\w<>]+\.)*{re.escape(error.cls_name)}:?\s*", "", text, count=1)
    if not text:
        text = _PLAIN_WORDS.get(error.cls_name or "", error.cls_name or "no message")
    return _tail_cut(redact_text(text), MESSAGE_LIMIT)


def _tail_cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit] + " … (cut)"


def _stack(error: SerializableErrorInfo) -> str | None:
    if not error.stack:
        return None
    body = redact_text("".join(error.stack)).encode()
    if len(body) <= STACK_LIMIT:
        return body.decode()
    mark = "… (cut)\n"
    return mark + body[-(STACK_LIMIT - len(mark.encode())) :].decode(errors="ignore")
