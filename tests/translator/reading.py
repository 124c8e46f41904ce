"""Short ways to translate a run and to look at what came out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dagster import DagsterEventType, EventLogRecord

from phlo_hooks.events import HookEvent
from phlo_hooks_dagster.translator import DbtArtifacts, RunTranslator, TranslationError, TranslationRules
from tests.translator.recording import Recording


def translator(
    run: Recording, *, rules: TranslationRules | None = None, state: bytes = b"", artifacts: DbtArtifacts | None = None
) -> RunTranslator:
    """Return a translator of the run."""
    return RunTranslator(run.facts, run.snapshot, rules or TranslationRules(), state=state, artifacts=artifacts)


def translate(run: Recording, *, finish: bool = True, **options: Any) -> list[HookEvent]:
    """Return everything the run gives."""
    reader = translator(run, **options)
    events = [event for record in run.records for event in feed(reader, record)]
    return [*events, *reader.finish()] if finish else events


def feed(reader: RunTranslator, record: EventLogRecord) -> list[HookEvent]:
    """Return what a record gives; nothing for a rider that is refused."""
    try:
        return reader.feed(record)
    except TranslationError as error:
        if error.record_type != DagsterEventType.ENGINE_EVENT.value:
            raise
        return []


def of(events: Iterable[HookEvent], event_type: str, **where: Any) -> list[Any]:
    """Return the events of a type whose correlation has these values."""
    return [
        event
        for event in events
        if event.event_type == event_type
        and all(getattr(event.correlation, name) == value for name, value in where.items())
    ]


def one(events: Iterable[HookEvent], event_type: str, **where: Any) -> Any:
    """Return the only such event."""
    found = of(events, event_type, **where)
    assert len(found) == 1, f"{len(found)} {event_type} where {where}"
    return found[0]
