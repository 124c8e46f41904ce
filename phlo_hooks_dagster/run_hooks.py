"""
Run hooks: what is told of a step when it has ended, in the step's own process.

LIGHT: definitions import this module in every step's process; what tells is imported when a step has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from logging import getLogger
from typing import Final

from dagster import DagsterEvent, HookContext, HookDefinition, HookExecutionResult

NAME: Final = "phlo_run_hook"

log = getLogger(__name__)


def phlo_run_hooks() -> set[HookDefinition]:
    """
    Return what tells hooks with ``in_step=True`` of a step, for ``hooks=`` of assets and jobs and for ``with_hooks``.

    When a step has ended, it tells what no decorator has told in that step, from the step's own events. It is always
    the same definition: a step to which it is attached in several ways runs it once. It can stop nothing: an error of
    a hook, whatever its failure policy, is logged and the step stays as it ended.
    """
    return {_HOOK}


def _tell(context: HookContext, events: Sequence[DagsterEvent]) -> HookExecutionResult:
    try:
        from phlo_hooks_dagster.in_step.bus import step_bus  # noqa: PLC0415  # see LIGHT

        if step_bus() is not None:
            from phlo_hooks_dagster.in_step.untold import tell_untold  # noqa: PLC0415  # see LIGHT

            tell_untold(context, events)
    except Exception:  # hooks are foreign code, and the step has ended: its outcome stands
        log.exception("run hook %s: step %s of run %s", NAME, context.step_key, context.run_id)
    return HookExecutionResult(hook_name=NAME, is_skipped=False)


_HOOK: Final = HookDefinition(name=NAME, hook_fn=_tell)
