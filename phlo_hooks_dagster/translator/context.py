"""What every part of the translator works with: the run, its assets, and how its events are stamped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol, TypeVar

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import HookCorrelation, HookEvent
from phlo_hooks.ids import record_event_id, synthetic_event_id
from phlo_hooks.redaction import redact
from phlo_hooks_dagster.identity.labels import owners_of, tags_of
from phlo_hooks_dagster.identity.metadata import Metadata
from phlo_hooks_dagster.identity.resolver import DatasetResolver
from phlo_hooks_dagster.identity.rules import TranslationRules
from phlo_hooks_dagster.identity.stages import Stage, stage_of
from phlo_hooks_dagster.snapshot import AssetSnapshot, CheckSnapshot, LocationSnapshot
from phlo_hooks_dagster.translator.artifacts import DbtArtifacts
from phlo_hooks_dagster.translator.facts import RunFacts
from phlo_hooks_dagster.translator.record import LogRecord, moment
from phlo_hooks_dagster.translator.state import RunState

SOURCE: Final = "dagster"
PARTITION_TAG: Final = "dagster/partition"

_TRACEPARENT: Final = re.compile(r"^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


class Recorded(Protocol):
    """What earlier translations left behind."""

    def columns(self, dataset: DatasetRef) -> Sequence[str] | None:
        """Return the columns that a table was last known to have, as ``RunState.tables`` holds them."""

    def event(self, event_id: str) -> HookEvent | None:
        """Return an event that is recorded already."""


@dataclass(frozen=True, kw_only=True)
class Learned:
    """
    The columns of a table that was just made, as ``RunState.tables`` holds them.

    Attributes:
        at: Unix seconds of the record that told it: of two runs the later one knows.
    """

    at: float
    columns: Sequence[str]


EventT = TypeVar("EventT", bound=HookEvent)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """
    Where an event comes from in the log.

    Attributes:
        at: Unix seconds.
        record: Id of the record that tells it; ``None`` for what is concluded from several.
    """

    at: float
    record: int | None = None
    step: str = ""
    attempt: int = 0

    @classmethod
    def of(cls, record: LogRecord, attempt: int = 0) -> Origin:
        """Return the origin of what this record tells."""
        return cls(at=record.at, record=record.id, step=record.step, attempt=attempt)

    def concluded(self) -> Origin:
        """Return the same place for an event that no record stands for."""
        return Origin(at=self.at, step=self.step, attempt=self.attempt)


class RunContext:
    """
    One run: its facts, its assets, its state, and the stamping of its events.

    Attributes:
        holds: Ends may wait for what a rider brings; in a step, until dbt's own results are there.
    """

    def __init__(
        self,
        facts: RunFacts,
        snapshot: LocationSnapshot | None,
        rules: TranslationRules,
        state: RunState,
        artifacts: DbtArtifacts | None = None,
        *,
        reader: Any = None,
        recorded: Recorded | None = None,
    ) -> None:
        self.facts = facts
        self.snapshot = snapshot
        self.rules = rules
        self.state = state
        self.artifacts = artifacts
        self.reader = reader
        self.recorded = recorded
        self.holds = False
        self.learned: dict[str, Learned] = {}
        self.compiled: tuple[tuple[str, int, str], str | None] | None = None
        self.resolver = DatasetResolver(snapshot, rules)
        self.ui_url = facts.ui_url or rules.ui_url
        self._stages: dict[str, Stage] = {}

    def asset(self, key: str) -> AssetSnapshot | None:
        """Return what the snapshot knows of an asset."""
        return self.snapshot.assets.get(key) if self.snapshot else None

    def owners(self, key: str) -> tuple[str, ...]:
        """Return who owns an asset."""
        return owners_of(key, self.asset(key), self.rules)

    def check(self, asset_key: str, name: str) -> CheckSnapshot | None:
        """Return what the snapshot knows of a check."""
        return self._checks.get((asset_key, name))

    def stage(self, key: str, metadata: Metadata | None = None) -> Stage:
        """Return an asset's stage; without a record's metadata, what is known before it."""
        known = self._stages.get(key)
        if known is None:
            known = self._stages[key] = stage_of(key, self.asset(key), self.rules)
        if known.name is not None or not metadata:
            return known
        return stage_of(key, self.asset(key), self.rules, metadata=metadata.keys())

    def make(  # the parts of an event's identity, all named
        self,
        cls: type[EventT],
        event_type: str,
        origin: Origin,
        *,
        asset: str = "",
        partition: str = "",
        check: str = "",
        nth: int = 1,
        **fields: Any,
    ) -> EventT:
        """Return an event with id, time, correlation and tags filled in."""
        if origin.record is None:
            event_id = synthetic_event_id(
                run_id=self.facts.run_id,
                event_type=event_type,
                step_key=origin.step,
                attempt=origin.attempt,
                asset_key=asset,
                partition_key=partition,
                check_name=check,
                nth=nth,
            )
        else:
            event_id = self.recorded_id(event_type, origin.record, asset, partition)
        return cls(
            event_type=event_type,
            event_id=event_id,
            timestamp=moment(origin.at),
            source=SOURCE,
            tags=self.tags(asset),
            correlation=self.correlation(origin, asset, partition, check),
            **fields,
        )

    def recorded_id(self, event_type: str, record: int, asset: str, partition: str) -> str:
        """Return the id of the event that a record of the log stands for."""
        return record_event_id(
            run_id=self.facts.run_id,
            record_id=record,
            event_type=event_type,
            asset_key=asset,
            partition_key=partition,
            instance_id=self.facts.instance_id,
        )

    @cached_property
    def run_tags(self) -> dict[str, str]:
        """The run's tags, redacted, without Dagster's internal ones."""
        shown = {name: value for name, value in self.facts.tags.items() if not name.startswith(".dagster/")}
        return {name: str(value) for name, value in redact(shown, extra_names=self.rules.redact).items()}

    @cached_property
    def _user_tags(self) -> dict[str, str]:
        return {name: value for name, value in self.run_tags.items() if not name.startswith("dagster/")}

    @cached_property
    def _checks(self) -> dict[tuple[str, str], CheckSnapshot]:
        return {(check.asset_key, check.name): check for check in self.snapshot.checks} if self.snapshot else {}

    @cached_property
    def _trace_id(self) -> str | None:
        found = _TRACEPARENT.match(self.facts.tags.get("traceparent", ""))
        return found[1] if found and set(found[1]) != {"0"} else None

    def tags(self, asset_key: str) -> dict[str, str]:
        """Return the tags of an event about the asset, of one about none for ``""``."""
        tags = tags_of(asset_key, self.asset(asset_key), self.rules) if asset_key else {}
        return {**self._user_tags, **redact(tags, extra_names=self.rules.redact)} if tags else self._user_tags

    def correlation(self, origin: Origin, asset: str, partition: str, check: str) -> HookCorrelation:
        """Return what ties an event to this place in the run."""
        facts = self.facts
        return HookCorrelation(
            run_id=facts.run_id or None,
            root_run_id=facts.root_run_id or facts.run_id or None,
            parent_run_id=facts.parent_run_id,
            job_name=facts.job_name or None,
            step_key=origin.step or None,
            attempt=origin.attempt or None,
            asset_key=asset or None,
            partition_key=partition or (None if asset else facts.tags.get(PARTITION_TAG)),
            check_name=check or None,
            code_location=facts.code_location or (self.snapshot.code_location if self.snapshot else None),
            trace_id=self._trace_id,
        )
