"""Which jobs a repository has, what they make and when they are due."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dagster import JobDefinition, RepositoryDefinition

from phlo_hooks_dagster import compat_definitions
from phlo_hooks_dagster.snapshot import JobSnapshot

MADE_UP: Final = "__"
"""How names begin that Dagster makes up: ``__ASSET_JOB``, ``__anonymous_asset_job_…``."""
TEXT_LIMIT: Final = 2000


def job_snapshots(repository: RepositoryDefinition) -> tuple[JobSnapshot, ...]:
    """Return the jobs that people defined, by name; a code server has them all at hand anyway."""
    schedules: dict[str, list[str]] = {}
    for schedule in sorted(repository.schedule_defs, key=lambda each: each.name):
        schedules.setdefault(schedule.job_name, []).extend(_crons(schedule.cron_schedule))
    named = (repository.get_job(name) for name in sorted(repository.job_names) if not name.startswith(MADE_UP))
    return tuple(_snapshot(job, schedules.get(job.name, ())) for job in named)


def _snapshot(job: JobDefinition, crons: Iterable[str]) -> JobSnapshot:
    return JobSnapshot(
        name=job.name,
        asset_keys=tuple(sorted(key.to_user_string() for key in compat_definitions.assets_of_job(job))),
        schedule="; ".join(dict.fromkeys(crons)) or None,
        description=(job.description or "")[:TEXT_LIMIT] or None,
    )


def _crons(written: str | Iterable[str]) -> list[str]:
    return [written] if isinstance(written, str) else list(written)
