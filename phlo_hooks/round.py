"""One event's way past its hooks: which failed, and what follows from it."""

from __future__ import annotations

import logging
import traceback
from enum import StrEnum

from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import HookFailedError
from phlo_hooks.redaction import redact_text
from phlo_hooks.registration import FailurePolicy, HookRegistration
from phlo_hooks.runner import describe

_log = logging.getLogger(__name__)


class Strategy(StrEnum):
    """What failures of hooks with policy ``raise`` do to an emit."""

    STOP_ON_ERROR = "stop_on_error"
    COLLECT = "collect"


class Round:
    """Collect the failures of one emit, and end it as policies and strategy say."""

    def __init__(self, event: HookEvent, strategy: Strategy) -> None:
        self._event = event
        self._strategy = strategy
        self._told: list[str] = []
        self._raised: list[HookFailedError] = []
        self._stopped = False

    def failed(self, hook: HookRegistration, error: Exception) -> bool:
        """Take note of a handler's error, and say whether the round is over."""
        if hook.failure_policy is FailurePolicy.IGNORE:
            _log.debug("Hook %s failed, and is to be ignored: %s", hook.name, describe(error))
            return False
        self._told.append(hook.name)
        if hook.failure_policy is FailurePolicy.LOG:
            _log.error("Hook %s failed on %s %s.\n%s", hook.name, *self._what(), _trace(error))
            return False
        failure = HookFailedError(hook.plugin_name, hook.hook_name, self._event.event_id)
        failure.__cause__ = error
        self._raised.append(failure)
        self._stopped = self._strategy is Strategy.STOP_ON_ERROR
        return self._stopped

    def end(self) -> None:
        """Log one warning if any failed, and raise what is to be raised."""
        if self._told:
            end = "; later hooks did not run" if self._stopped else ""
            count = "1 hook" if len(self._told) == 1 else f"{len(self._told)} hooks"
            _log.warning("%s failed on %s %s: %s%s.", count, *self._what(), ", ".join(self._told), end)
        if not self._raised:
            return
        if self._stopped:
            raise self._raised[0]
        count = "1 hook" if len(self._raised) == 1 else f"{len(self._raised)} hooks"
        raise ExceptionGroup(f"{count} failed on event {self._event.event_id}", self._raised)

    def _what(self) -> tuple[str, str]:
        return self._event.event_type, self._event.event_id


def _trace(error: Exception) -> str:
    """Return the traceback without secrets; a logger's ``exc_info`` would show the message as it is."""
    return redact_text("".join(traceback.format_exception(error)).rstrip())
