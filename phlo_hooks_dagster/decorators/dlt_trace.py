"""What dlt's traces say of one pipeline's load, as a rider; also of one that failed on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from phlo_hooks_dagster.compat_dlt import Traced
from phlo_hooks_dagster.decorators.dlt_locations import locations
from phlo_hooks_dagster.riders import LIMIT, DltRider, DltTable, Timing, size_of

PHASES: Final = ("extract", "normalize", "load")
_WAITING: Final = ("new_jobs", "started_jobs", "failed_jobs")
_OWN: Final = "_dlt_"
_DIGITS: Final = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class Declared:
    """A resource that the step's assets were made from."""

    asset_key: str
    resource: Any
    pipeline: str


def loads(traced: Iterable[Traced]) -> list[list[Traced]]:
    """Return the traces of each load; phases that were called one by one make one load."""
    found: list[list[Traced]] = []
    for each in traced:
        last = found[-1] if found else None
        if last is not None and last[0].pipeline is each.pipeline and _goes_on(last, each):
            last.append(each)
        else:
            found.append([each])
    return found


def rider_of(load: Sequence[Traced], declared: Mapping[str, Declared]) -> DltRider:
    """
    Return what the load's traces say.

    Args:
        declared: The resources of the step's selected assets, by dlt's name.
    """
    steps = [step for each in load for step in each.steps]
    extracted = list(_metrics(steps, "extract"))
    name = str(load[0].pipeline.pipeline_name)
    own = _resources(declared, extracted, name)
    failed = _failed_step(steps)
    return fitting(
        DltRider(
            pipeline=name,
            load_ids=tuple(dict.fromkeys(load_id for info in _infos(steps) for load_id in info.loads_ids or ())),
            resources={resource: each.asset_key for resource, each in sorted(own.items())},
            sources=locations(extracted, {resource: each.resource for resource, each in own.items()}),
            tables=_tables(steps, complete=failed is None),
            timing=_timing(steps),
            retries=_retries(steps),
            failed_step=failed,
        )
    )


def _goes_on(load: Sequence[Traced], each: Traced) -> bool:
    """Return whether a trace is of the phases that come after what the load has so far."""
    done = [step.step for traced in load for step in traced.steps]
    new = [step.step for step in each.steps]
    if not all(step in PHASES for step in (*done, *new)):
        return False
    return PHASES.index(min(new, key=PHASES.index)) >= PHASES.index(max(done, key=PHASES.index)) and new != done


def _infos(steps: Sequence[Any], phase: str | None = None) -> Iterator[Any]:
    for step in steps:
        if step.step_info is not None and step.step in PHASES and phase in {None, step.step}:
            yield step.step_info


def _metrics(steps: Sequence[Any], phase: str) -> Iterator[Mapping[str, Any]]:
    for info in _infos(steps, phase):
        for each in (info.metrics or {}).values():
            yield from each


def _resources(
    declared: Mapping[str, Declared], extracted: Sequence[Mapping[str, Any]], pipeline: str
) -> dict[str, Declared]:
    """Return the step's resources that this load extracted; what it was to, when it came not so far."""
    seen = {name for each in extracted for edge in each.get("dag") or () for name in edge}
    if seen:
        return {name: each for name, each in declared.items() if name in seen}
    return {name: each for name, each in declared.items() if each.pipeline == pipeline}


def _tables(steps: Sequence[Any], *, complete: bool) -> tuple[DltTable, ...]:
    """Return the tables of the load, with the rows of those that reached the destination as a whole."""
    counts: Counter[str] = Counter()
    for each in _metrics(steps, "normalize"):
        counts.update({name: metrics.items_count for name, metrics in each["table_metrics"].items()})
    names = set(counts) or {name for each in _metrics(steps, "extract") for name in each["table_metrics"]}
    known: dict[str, Mapping[str, Any]] = {}
    for info in _infos(steps):
        for package in info.load_packages or ():
            known.update(package.schema.tables if package.schema else {})
    arrived = set(names) if complete else _arrived(steps)
    tables = (
        DltTable(
            name=name,
            rows=counts[name] if name in counts and name in arrived else None,
            parent=known.get(name, {}).get("parent"),
            resource=_resource(name, known),
        )
        for name in sorted(names)
        if not name.casefold().startswith(_OWN)
    )
    return tuple(sorted(tables, key=lambda table: (table.parent is not None, table.name)))


def _arrived(steps: Sequence[Any]) -> set[str]:
    """Return the tables all of whose jobs are done."""
    done, waiting = set[str](), set[str]()
    for info in _infos(steps, "load"):
        for package in info.load_packages or ():
            done.update(job.job_file_info.table_name for job in package.jobs.get("completed_jobs", ()))
            waiting.update(job.job_file_info.table_name for state in _WAITING for job in package.jobs.get(state, ()))
    return done - waiting


def _resource(table: str, known: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the resource of a table, or of the table that it is a child of."""
    seen = set[str]()
    while table in known and table not in seen:
        seen.add(table)
        parent = known[table].get("parent")
        if not parent:
            return known[table].get("resource")
        table = parent
    return None


def _timing(steps: Sequence[Any]) -> Timing:
    seconds: dict[str, float] = {}
    for step in steps:
        if step.step in PHASES and step.finished_at is not None:
            spent = (step.finished_at - step.started_at).total_seconds()
            seconds[step.step] = round(seconds.get(step.step, 0.0) + spent, _DIGITS)
    return Timing(**seconds)


def _retries(steps: Sequence[Any]) -> int | None:
    """Return how often jobs were tried again; ``None`` when nothing was to be loaded."""
    counted = [job.retry_count for each in _metrics(steps, "load") for job in each["job_metrics"].values()]
    return sum(counted) if counted else None


def _failed_step(steps: Sequence[Any]) -> str | None:
    """Return the phase that raised or left failed jobs; of a run that failed between phases, what dlt calls it."""
    for step in steps:
        if step.step in PHASES and step.step_exception:
            return str(step.step)
    if any(getattr(info, "has_failed_jobs", False) for info in _infos(steps, "load")):
        return "load"
    for step in steps:
        if step.step_exception:
            named = [(each.get("exception_attrs") or {}).get("step") for each in step.exception_traces or ()]
            return next((str(name) for name in named if name), str(step.step))
    return None


def fitting(rider: DltRider) -> DltRider:
    """Return the rider, without its last tables and locations when it is too large."""
    cut: tuple[str, ...] = ()
    while size_of(rider) > LIMIT:
        field = "tables" if len(rider.tables) > 1 else "sources" if rider.sources else "resources"
        kept = getattr(rider, field)
        half = len(kept) // 2
        cut = tuple(dict.fromkeys((*cut, field)))
        less = kept[:half] if isinstance(kept, tuple) else dict(list(kept.items())[:half])
        rider = msgspec.structs.replace(rider, **{field: less}, cut=cut)
    return rider
