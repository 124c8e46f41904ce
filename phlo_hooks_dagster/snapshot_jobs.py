"""Which jobs a repository has, what they make and when they are due."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from dagster import JobDefinition, RepositoryDefinition

from phlo_hooks_dagster import compat_definitions
from phlo_hooks_dagster.snapshot import JobSnapshot

MADE_UP: Final = "__"
"""How names begin that Dagster makes up: ``__ASSET_JOB``, ``__anonymous_asset_job_…``."""
TEXT_LIMIT: Final = 2000

log = logging.getLogger(__name__)


def job_snapshots(repository: RepositoryDefinition) -> tuple[JobSnapshot, ...]:
    """Return the jobs that people defined, by name; a code server has them all at hand anyway."""
    schedules = _schedules(repository)
    named = (_job(repository, name) for name in sorted(repository.job_names) if not name.startswith(MADE_UP))
    return tuple(_snapshot(job, schedules.get(job.name, ())) for job in named if job is not None)


def _schedules(repository: RepositoryDefinition) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    try:
        for schedule in sorted(repository.schedule_defs, key=lambda each: each.name):
            found.setdefault(schedule.job_name, []).extend(_crons(schedule.cron_schedule))
    except Exception as error:  # noqa: BLE001  # as for jobs
        log.warning("schedules cannot be made, and catalogues will not know them (%s)", type(error).__name__)
    return found


def _job(repository: RepositoryDefinition, name: str) -> JobDefinition | None:
    try:
        return repository.get_job(name)
    except Exception as error:  # noqa: BLE001  # a job is made when it is first asked for, by the project's code
        log.warning("job %s cannot be made, and catalogues will not know it (%s)", name, type(error).__name__)
        return None


def _snapshot(job: JobDefinition, crons: Iterable[str]) -> JobSnapshot:
    return JobSnapshot(
        name=job.name,
        asset_keys=tuple(sorted(key.to_user_string() for key in compat_definitions.assets_of_job(job))),
        schedule="; ".join(dict.fromkeys(crons)) or None,
        description=(job.description or "")[:TEXT_LIMIT] or None,
    )


def _crons(written: str | Iterable[str]) -> list[str]:
    return [written] if isinstance(written, str) else list(written)
