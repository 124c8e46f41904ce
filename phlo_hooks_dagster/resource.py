"""
Emit events of your own in any asset, op or asset check.

LIGHT: every process that runs a step of such a project imports this module; the rest is imported at the first emit.
"""

from __future__ import annotations

from typing import Any

from dagster import ConfigurableResource, DagsterInstance, InitResourceContext
from pydantic import PrivateAttr


class HooksResource(ConfigurableResource):  # type: ignore[type-arg]  # it gives itself
    """
    Emits events of your own, which hooks get like all others.

    An event is written into Dagster's event log before ``emit`` returns: the relay records and delivers it even if the
    process dies in the next line. Nothing else must be reachable from a step.
    """

    _instance: DagsterInstance | None = PrivateAttr(default=None)
    _in_run: bool = PrivateAttr(default=False)

    def setup_for_execution(self, context: InitResourceContext) -> None:
        """Note whose instance this is, and whether a run uses it."""
        self._instance = context.instance
        self._in_run = context.run is not None

    def emit(self, event: Any, *, context: object = None, instance: DagsterInstance | None = None) -> None:
        """
        Record an event, and call the hooks with ``in_step=True`` that want it.

        Run, step, attempt and time are filled in; asset, partition and check are what the event says.

        Args:
            event: Any ``HookEvent`` but those of ``run.*``, ``step.*`` and ``asset.*``, which Dagster's log tells.
            context: Dagster's context; needed in a thread that you have started, where it cannot be found.
            instance: Where an event of no run goes; by default to the instance that ``DAGSTER_HOME`` names.

        Raises:
            EventError: It cannot be emitted, or nobody knows where to.
            dagster.Failure: A hook with policy ``raise`` stops the step; the event is recorded all the same.
        """
        from phlo_hooks_dagster.in_step.emitting import emit  # noqa: PLC0415  # see LIGHT

        own = None if self._in_run else self._instance
        emit(event, context=context, instance=instance or own, in_run=self._in_run)
