"""What the translator is told about a run besides its log records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """
    One run, as its run record and its execution plan say.

    Attributes:
        status: Dagster's ``DagsterRunStatus`` value, such as ``STARTED``.
        tags: All of the run's tags.
        step_upstreams: Step key to the step keys it directly depends on; empty when no plan is stored.
        instance_id: Names the Dagster instance, for run-less records.
        ui_url: Base address of Dagster's web server, without a trailing slash.
    """

    run_id: str
    job_name: str
    status: str
    root_run_id: str | None = None
    parent_run_id: str | None = None
    code_location: str | None = None
    repository: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    start_time: datetime | None = None
    end_time: datetime | None = None
    step_upstreams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    instance_id: str = ""
    ui_url: str | None = None
