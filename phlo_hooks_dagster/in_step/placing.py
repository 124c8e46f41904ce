"""An emitted event, as the relay's own function makes it of a rider."""

from __future__ import annotations

import time

from phlo_hooks.events import HookEvent
from phlo_hooks_dagster.in_step.scope import StepScope
from phlo_hooks_dagster.riders import EventRider
from phlo_hooks_dagster.translator.context import Origin, RunContext
from phlo_hooks_dagster.translator.riders import user_event


def placed(scope: StepScope, rider: EventRider) -> HookEvent:
    """Return the event with what its place says: run, step, attempt, tags, and a time."""
    context: RunContext = scope.run_context()
    origin = Origin(at=time.time(), step=scope.step_key, attempt=scope.attempt)
    return user_event(context, origin, rider.event, cut=rider.cut)
