"""
Sensors that ask for runs when events are recorded.

LIGHT: every step's process imports this module, so it imports nothing of ``phlo_hooks``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from dagster import DefaultSensorStatus, SensorDefinition, SensorEvaluationContext, SensorResult

from phlo_hooks_dagster.sensors.choice import STARTS, EventChoice, texts

INTERVAL: Final = 10
CHECK_STATUSES: Final = ("pass", "warn", "fail", "error", "skipped", "not_run", "success", "failure")
TARGETS: Final = ("job", "jobs", "job_name", "target", "asset_selection")

React = Callable[..., Any]


def phlo_event_sensor(
    *,
    name: str,
    events: Sequence[str],
    request_fn: React | None = None,
    assets: Sequence[Any] = (),
    statuses: Sequence[str] = (),
    checks: Sequence[str] = (),
    jobs_seen: Sequence[Any] = (),
    **options: Any,
) -> SensorDefinition:
    """
    Return a sensor that asks for a run when an event is recorded: once for each event, and for every one.

    It reads the state database that the relay writes, in the order in which events were recorded. Without
    ``request_fn`` each event gives one ``RunRequest``; its run key is the event's id.

    Args:
        events: Types or globs, such as ``publish.end``.
        request_fn: Called with the context and the event; returns or yields ``RunRequest``, ``SkipReason`` or ``None``.
        assets: Keys, globs or asset definitions; all by default.
        statuses: Such as ``success``, ``failure``; of checks ``pass``, ``warn``, ``fail``, ``error``.
        checks: Names or globs of asset checks.
        jobs_seen: Names or globs of the jobs that the event's run is of, or the jobs.
        options: ``start``: ``now`` (default) or ``all`` that is recorded already. ``same_partition``: ask for the
            partition that the event is about. ``database``: URL of the state database, by default that of the
            project's settings. ``job``, ``jobs``, ``target``: what runs. Whatever else a ``SensorDefinition`` takes.

    Raises:
        TypeError: A text where a list belongs, or nothing to run.
    """
    parts = {"event_types": texts(name, "events", events)}
    if not parts["event_types"]:
        raise TypeError(f"sensor {name!r}: events= is empty; name event types, or ['*'] for all")
    parts |= {"asset_keys": texts(name, "assets", assets), "statuses": texts(name, "statuses", statuses)}
    parts |= {"job_names": texts(name, "jobs_seen", jobs_seen)}
    start = options.pop("start", "now")
    if start not in STARTS:
        raise TypeError(f"sensor {name!r}: start={start!r} is neither 'now' nor 'all'")
    if request_fn is None and not any(options.get(target) for target in TARGETS):
        raise TypeError(f"sensor {name!r} has nothing to run: give it job= or target=")
    choice = EventChoice(
        name=name,
        facets={facet: values for facet, values in parts.items() if values},
        checks=texts(name, "checks", checks),
        react=request_fn,
        start=start,
        same_partition=options.pop("same_partition", False),
        database=options.pop("database", None),
        root=Path.cwd(),
    )
    return _sensor(choice, options)


def on_phlo_event(
    *, events: Sequence[str], name: str | None = None, **options: Any
) -> Callable[[React], SensorDefinition]:
    """
    Make a sensor of a function of context and event, that returns or yields ``RunRequest``, ``SkipReason`` or ``None``.

    Args:
        events: Types or globs, such as ``publish.end``.
        name: The function's by default.
        options: As for ``phlo_event_sensor``.
    """

    def made(function: React) -> SensorDefinition:
        said = {"description": (function.__doc__ or "").strip() or None, **options}
        return phlo_event_sensor(name=name or function.__name__, events=events, request_fn=function, **said)

    return made


def phlo_run_failure_sensor(
    *, name: str, monitored_jobs: Sequence[Any] = (), lost: bool = True, **options: Any
) -> SensorDefinition:
    """
    Return a sensor that asks for a run when a run fails; never for a run that it asked for itself.

    Args:
        monitored_jobs: Jobs, or names or globs of jobs; all by default.
        lost: Whether a run that went silent counts.
        options: As for ``phlo_event_sensor``: what runs, ``request_fn``, ``start`` …
    """
    events = ["run.end", "run.lost"] if lost else ["run.end"]
    chosen = {"statuses": ["failure", "lost"], **options}
    return phlo_event_sensor(name=name, events=events, jobs_seen=monitored_jobs, **chosen)


def phlo_check_sensor(*, name: str, checks: Sequence[str] = (), **options: Any) -> SensorDefinition:
    """
    Return a sensor that asks for a run when an asset check or dbt test judged.

    Args:
        checks: Names or globs; all by default.
        options: As for ``phlo_event_sensor``: ``assets``, ``statuses`` (``fail`` and ``error`` by default), what runs …

    Raises:
        TypeError: No check has one of the statuses, or as for ``phlo_event_sensor``.
    """
    chosen = {"statuses": ["fail", "error"], **options}
    for status in texts(name, "statuses", chosen["statuses"]):
        if not any(fnmatchcase(known, status) for known in CHECK_STATUSES):
            raise TypeError(f"sensor {name!r}: no check has status {status!r}; there are {', '.join(CHECK_STATUSES)}")
    return phlo_event_sensor(name=name, events=["quality.result"], checks=checks, **chosen)


def _sensor(choice: EventChoice, options: dict[str, Any]) -> SensorDefinition:
    held: list[Any] = []

    def evaluate(context: SensorEvaluationContext) -> SensorResult:
        if not held:
            from phlo_hooks_dagster.sensors.tick import EventTick  # noqa: PLC0415  # no step's process pays for it

            held.append(EventTick(choice))
        return held[0].evaluate(context)  # type: ignore[no-any-return]  # an EventTick, imported when needed

    settled = {
        "minimum_interval_seconds": INTERVAL,
        "default_status": DefaultSensorStatus.STOPPED,
        **options,
    }
    return SensorDefinition(name=choice.name, evaluation_fn=evaluate, **settled)
