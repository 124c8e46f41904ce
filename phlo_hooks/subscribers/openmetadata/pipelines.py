"""Jobs and asset groups as pipelines, with their tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from inspect import cleandoc
from typing import Any

from phlo_hooks.lineage.links import asset_url, group_url, job_url
from phlo_hooks.subscribers.openmetadata.facts import Facts, PipelineFact, TaskFact
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from phlo_hooks.subscribers.openmetadata.requests import PutEntity


def pipeline_entities(name: EntityName, known: Facts, *, ui_url: str | None) -> Iterator[PutEntity]:
    """Yield the service and the pipeline; nothing for one that nothing is known of."""
    pipeline = known.pipeline(name)
    if pipeline is None:
        return
    service = name.up(Kind.PIPELINE_SERVICE)
    yield PutEntity(name=service, body={"name": service.name, "serviceType": "Dagster"})
    yield PutEntity(name=name, body=_body(pipeline, known, ui_url=ui_url))


def _body(pipeline: PipelineFact, known: Facts, *, ui_url: str | None) -> dict[str, Any]:
    name = pipeline.name
    body: dict[str, Any] = {
        "name": name.name,
        "displayName": pipeline.job or pipeline.group or name.name,
        "description": _description(pipeline),
        "service": name.parent_fqn,
        "tasks": _tasks(pipeline, known, ui_url=ui_url),
    }
    if url := _url(pipeline, ui_url):
        body["sourceUrl"] = url
    if pipeline.schedule:
        body["scheduleInterval"] = pipeline.schedule
    return body


def _url(pipeline: PipelineFact, ui_url: str | None) -> str | None:
    """Return the page of the job, or of the group: ``__ASSET_JOB`` has no page that anybody wants."""
    if pipeline.job:
        return job_url(ui_url, pipeline.code_location, pipeline.job)
    return group_url(ui_url, pipeline.code_location, pipeline.group) if pipeline.group else None


def _description(pipeline: PipelineFact) -> str:
    place = f" in the code location `{pipeline.code_location}`" if pipeline.code_location else ""
    if pipeline.job:
        return cleandoc(pipeline.description or "") or f"The Dagster job `{pipeline.job}`{place}."
    return (
        f"Assets of the group `{pipeline.group}`{place}, in runs without a job of their own: "
        "those that a person, a backfill or an automation condition started."
    )


def _tasks(pipeline: PipelineFact, known: Facts, *, ui_url: str | None) -> list[dict[str, Any]]:
    """Return the tasks in the order of the data, and by name where there is none."""
    tasks = {name: task for name, task in pipeline.tasks.items() if name}
    before = {name: {each for each in task.upstream if each in tasks and each != name} for name, task in tasks.items()}
    after: dict[str, list[str]] = {name: [] for name in tasks}
    for name in sorted(before):
        for upstream in sorted(before[name]):
            after[upstream].append(name)
    ranks = _ranks(before, after)
    ordered = sorted(tasks, key=lambda name: (ranks[name], name))
    return [_task(tasks[name], after[name], pipeline, known, ui_url=ui_url) for name in ordered]


def _task(
    task: TaskFact, after: list[str], pipeline: PipelineFact, known: Facts, *, ui_url: str | None
) -> dict[str, Any]:
    asset = known.asset(task.asset_key) if task.asset_key else None
    url = asset_url(ui_url, task.asset_key) if task.asset_key else _url(pipeline, ui_url)
    body: dict[str, Any] = {
        "name": task.name,
        "displayName": task.asset_key or task.step_key or task.name,
        "taskType": task.kind or ("asset" if task.asset_key else "op"),
        "downstreamTasks": after,
    }
    if asset is not None and asset.description:
        body["description"] = cleandoc(asset.description)
    if url:
        body["sourceUrl"] = url
    return body


def _ranks(before: Mapping[str, set[str]], after: Mapping[str, list[str]]) -> dict[str, int]:
    """Return how many tasks lead to each one at most; those in a circle, and after one, come last."""
    waits = {name: len(upstream) for name, upstream in before.items()}
    ranks = {name: 0 for name, count in waits.items() if count == 0}
    ready = list(ranks)
    for name in ready:  # it grows as tasks become ready
        for follower in after[name]:
            waits[follower] -= 1
            ranks[follower] = max(ranks.get(follower, 0), ranks[name] + 1)
            if waits[follower] == 0:
                ready.append(follower)
    return {name: ranks[name] if waits[name] == 0 else len(before) for name in before}
