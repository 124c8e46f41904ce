"""What is stored of runs: an entry for the run, and one for each task and step, so that an event writes little."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from phlo_hooks.events import Status
from phlo_hooks.subscribers.openmetadata.names import EntityName

STARTED: Final = 0
OBSERVED: Final = 1
ENDED: Final = 2
"""Phases of an attempt: of two words on one attempt, that of the later phase holds."""


@dataclass(kw_only=True)
class RunNote:
    """
    One run.

    Attributes:
        marks: Field to the stamp of the event that holds it; that of ``status`` says first whether it is an end.
        renewed: Pipelines of which something is to be told when the run ends.
    """

    run_id: str
    at: datetime
    status: str = ""
    job: str | None = None
    code_location: str | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    partition: str | None = None
    launcher: str | None = None
    error: str | None = None
    marks: dict[str, str] = field(default_factory=dict)
    renewed: list[EntityName] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.status in (Status.SUCCESS, Status.FAILURE, Status.CANCELED)


@dataclass(kw_only=True)
class Cell:
    """
    How one partition of an asset, or one step, went.

    Attributes:
        place: Attempt, phase and stamp of the event that says so; the greatest holds.
        rows: With the stamp of the event that counted them.
        measured: Time that it took by the tool's own clock, where that tells one task from others of its step.
    """

    status: str = ""
    reason: str | None = None
    place: tuple[int, int, str] = (0, 0, "")
    at: datetime | None = None
    started_at: datetime | None = None
    rows: tuple[str, int] | None = None
    measured: timedelta | None = None


@dataclass(kw_only=True)
class TaskNote:
    """
    How one asset went in one run.

    Attributes:
        cells: By partition; ``""`` for none.
        group: Pipeline group of an asset that was made without a job.
    """

    asset_key: str
    cells: dict[str, Cell] = field(default_factory=dict)
    step_key: str | None = None
    group: str | None = None
    marks: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class StepNote:
    """
    How one step went.

    Attributes:
        judges: It evaluated checks; without assets of its own it is no task.
    """

    step_key: str
    asset_keys: tuple[str, ...] = ()
    cell: Cell = field(default_factory=Cell)
    judges: bool = False


@dataclass(kw_only=True)
class RunIndex:
    """
    Runs that are kept.

    Attributes:
        runs: Run id to microseconds of the event that it was first seen by.
        floor: Microseconds; what happened before belongs to runs that were dropped.
    """

    runs: dict[str, int] = field(default_factory=dict)
    floor: int = 0
