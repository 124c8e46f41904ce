"""
Where dlt tells of its traces: each pipeline run that ends, in whatever way, told as it ends.

dlt documents a pipeline's last trace only, of a pipeline that one already has. This list of trackers, which dlt itself
plugs its own into, tells all of them. ``tests/in_step_tools/test_compat_dlt.py`` says when it moves.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Final

from dlt.common.pipeline import SupportsPipeline
from dlt.pipeline import trace as dlt_trace
from dlt.pipeline.trace import PipelineStepTrace, PipelineTrace


@dataclass(frozen=True, kw_only=True, eq=False)
class Traced:
    """What dlt noted of one call of a pipeline, ``run`` or a phase; dlt goes on to change the trace itself."""

    steps: tuple[PipelineStepTrace, ...]
    pipeline: SupportsPipeline


class Traces:
    """The traces that end between ``open`` and ``close``: in the thread that opened it, or in threads of its own."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._found: list[Traced] = []

    def open(self) -> Traces:
        """Begin to collect."""
        with _lock:
            _open.append(self)
            trackers = dlt_trace.TRACKING_MODULES
            if _tracker not in trackers:
                trackers.append(_tracker)
        return self

    def close(self) -> None:
        """Collect no more; the last one to close leaves dlt as it was."""
        with _lock:
            if self in _open:
                _open.remove(self)
            trackers = dlt_trace.TRACKING_MODULES
            if not _open and _tracker in trackers:
                trackers.remove(_tracker)

    def take(self) -> list[Traced]:
        """Return what has ended since it was last asked, oldest first."""
        with _lock:
            found, self._found = self._found, []
        return found

    @property
    def thread(self) -> int:
        """The thread that opened it."""
        return self._thread

    def add(self, found: Traced) -> None:
        """Take a trace."""
        self._found.append(found)


class _Tracker:
    """What dlt calls; it has no choice of names."""

    def on_start_trace(self, *_: Any) -> None:
        """Do nothing."""

    def on_start_trace_step(self, *_: Any) -> None:
        """Do nothing."""

    def on_end_trace_step(self, *_: Any) -> None:
        """Do nothing."""

    def on_end_trace(self, trace: PipelineTrace, pipeline: SupportsPipeline, send_state: bool) -> None:  # noqa: ARG002, FBT001  # dlt's
        """Hand the trace to the step that runs in this thread; of a thread of its own, to the only step there is."""
        with _lock:
            mine = [each for each in _open if each.thread == threading.get_ident()]
            if not mine and len({each.thread for each in _open}) == 1:
                mine = list(_open)
            if mine:
                # The newest: a step that Dagster dropped without closing its stream may still be among them.
                mine[-1].add(Traced(steps=tuple(trace.steps), pipeline=pipeline))


_lock: Final = threading.RLock()
_open: Final[list[Traces]] = []
_tracker: Final = _Tracker()
