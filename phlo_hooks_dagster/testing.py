"""
What users test their pipelines' events with: run, and look at what the relay would have told.

Nothing outlives a call: the instance and the state database are temporary, and so is what steps are configured with.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from dagster import (
    AssetsDefinition,
    AssetSelection,
    AssetSpec,
    DagsterInstance,
    Definitions,
    JobDefinition,
    SourceAsset,
    define_asset_job,
)

from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster.draining import drain
from phlo_hooks_dagster.given import options_in
from phlo_hooks_dagster.hooks_translator import DagsterHooksTranslator
from phlo_hooks_dagster.in_step import bus as step_bus
from phlo_hooks_dagster.in_step.configuration import StepOptions, using
from phlo_hooks_dagster.recorded_events import RecordedEvents

__all__ = ["RecordedEvents", "job_events", "materialize_events"]

JOB: Final = "materialize_events"
"""The name of the job that ``materialize_events`` runs."""
QUIET: Final[Mapping[str, Any]] = {"hooks": [], "plugins": {"allow": []}, "delivery": {"max_attempts": 1}}
"""A test reaches nobody: no hook of the project's settings, no installed plugin, nothing tried again."""


def materialize_events(
    assets: Sequence[AssetsDefinition | AssetSpec | SourceAsset] | Definitions,
    *,
    selection: Any = None,
    job: str | None = None,
    resources: Mapping[str, object] | None = None,
    **options: Any,
) -> RecordedEvents:
    """
    Run assets in this process and return their events; asset checks are given, and run, as assets are.

    The project's settings say what assets are: stages, datasets, owners, tags, gates, redaction. Nobody is called but
    ``hooks``: no installed plugin, no hook of the settings or of ``with_phlo_hooks``.

    Args:
        assets: As for ``dagster.materialize``, or the project's ``Definitions``.
        selection: What of it runs; all by default.
        job: Name of a job in the definitions to run instead.
        resources: Above those of the definitions.
        options: As for ``job_events``: ``partition_key``, ``run_config``, ``tags``, ``instance``, ``hooks``,
            ``settings``, ``translator``, ``raise_on_error``.

    Raises:
        Exception: What the assets raise, unless ``raise_on_error=False``; then the events tell of it.
    """
    if job is not None:
        if not isinstance(assets, Definitions):
            raise TypeError(f"materialize_events(job={job!r}) needs the Definitions that hold the job, not a list")
        return job_events(assets.resolve_job_def(job), defs=assets, resources=resources, **options)
    chosen = AssetSelection.all() if selection is None else selection
    mine = Definitions(jobs=[define_asset_job(JOB, selection=chosen)])
    if isinstance(assets, Definitions):
        defs = Definitions.merge(assets, mine)
        return job_events(defs.resolve_job_def(JOB), defs=defs, resources=resources, **options)
    defs = Definitions.merge(Definitions(assets=list(assets), resources=resources), mine)
    return job_events(defs.resolve_job_def(JOB), defs=defs, **options)


def job_events(  # noqa: PLR0913  # what execute_in_process takes, and what drain takes, each by name
    job: JobDefinition,
    *,
    defs: Definitions | None = None,
    resources: Mapping[str, object] | None = None,
    partition_key: str | None = None,
    run_config: Any = None,
    tags: Mapping[str, str] | None = None,
    instance: DagsterInstance | None = None,
    hooks: Iterable[object] = (),
    settings: Mapping[str, Any] | None = None,
    translator: DagsterHooksTranslator | None = None,
    raise_on_error: bool = True,
) -> RecordedEvents:
    """
    Run a job in this process and return its events.

    Args:
        defs: The definitions it is from, for groups, tables and stages; without them the log alone speaks.
        instance: An ephemeral one by default; of another, only this run's events are returned.
        hooks: Called with the events, those with ``in_step=True`` in the steps.
        settings: Above those of the project, as ``phlo_hooks.toml`` would have them.
        translator: Else the one that ``with_phlo_hooks`` was given in ``defs``.

    Raises:
        Exception: What the job raises, unless ``raise_on_error=False``; then the events tell of it.
    """
    given = options_in(defs.get_repository_def()) if defs is not None else []
    wanted = _merged(*(each.overrides for each in given), QUIET, settings or {})
    translator = translator or next((each.translator for each in given if each.translator is not None), None)
    recorded, in_step, called = RecordingHook(), RecordingHook(), tuple(hooks)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="phlo-hooks-"))
        wanted["database"] = f"sqlite:///{Path(folder) / 'state.db'}"
        wanted["start"] = "all" if instance is None else (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        held = instance or stack.enter_context(DagsterInstance.ephemeral())
        with _steps_configured((in_step.registration("in_step", in_step=True), *called), wanted, translator):
            result = job.execute_in_process(
                run_config=run_config,
                instance=held,
                partition_key=partition_key,
                raise_on_error=raise_on_error,
                tags=tags,
                resources=resources,
            )
        report = drain(
            held,
            hooks=[recorded.registration("recorded", priority=-1), *called],
            defs=defs,
            settings=wanted,
            translator=translator,
        )
    mine = [event for event in recorded.events if event.correlation.run_id in {result.run_id, None}]
    return RecordedEvents(result=result, events=mine, in_step=tuple(in_step.events), report=report)


@contextmanager
def _steps_configured(
    hooks: tuple[object, ...], settings: Mapping[str, Any], translator: DagsterHooksTranslator | None
) -> Iterator[None]:
    """Let the steps of this process see these hooks and settings only, and forget them afterwards."""
    try:
        with using(StepOptions(hooks=hooks, overrides=settings, translator=translator)):
            yield
    finally:
        step_bus.reset()


def _merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Merge tables key by key, the later winning; lists are replaced."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            below = merged.get(name)
            both = isinstance(below, Mapping) and isinstance(value, Mapping)
            merged[name] = _merged(below, value) if both else value  # type: ignore[arg-type]  # both are mappings
    return merged
