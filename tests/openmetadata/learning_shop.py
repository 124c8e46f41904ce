"""A shop's events, made by hand, for the tests of ``learning``: loads, models, copies, checks, runs of all kinds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from phlo_hooks.datasets import ChildTable, Column, ColumnEdge, DatasetRef, LineageEdge
from phlo_hooks.events import (
    AssetEvent,
    HookCorrelation,
    HookEvent,
    IngestionEvent,
    LineageEvent,
    PublishEvent,
    QualityResultEvent,
    RunEvent,
    StepEvent,
    TransformEvent,
)
from phlo_hooks.keep import Keep, MemoryKeep
from phlo_hooks.subscribers.openmetadata.facts import Learned
from phlo_hooks.subscribers.openmetadata.learning import Knowledge, learn
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.options import Options

E = TypeVar("E", bound=HookEvent)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NAMING = Naming(Options(), deployment="test")
PG = "postgres://db:5432"


def ref(name: str, namespace: str = PG) -> DatasetRef:
    """Return a dataset."""
    return DatasetRef(namespace=namespace, name=name)


RAW = ref("shop.raw.orders")
LINES = ref("shop.raw.orders__lines")
STAGED = ref("shop.staging.orders")
MART = ref("shop.marts.sales")
API = "https://api.example.org/v1/orders"
UNKNOWN = DatasetRef(namespace="dagster://shop", name="somewhere", resolved=False)


def table(name: str) -> EntityName:
    """Return the entity of a table in the shop, such as ``raw.orders``."""
    found = NAMING.dataset(ref(f"shop.{name}"))
    assert found is not None
    return found


def columns(*names: str) -> tuple[Column, ...]:
    """Return columns of type text."""
    return tuple(Column(name=name, type="text") for name in names)


def same(*names: str) -> tuple[ColumnEdge, ...]:
    """Return identity edges."""
    return tuple(ColumnEdge(upstream_column=n, downstream_column=n, transformation="identity") for n in names)


def edge(upstream: DatasetRef, downstream: DatasetRef, *names: str, **fields: Any) -> LineageEdge:
    """Return an edge with identity column edges."""
    return LineageEdge(upstream=upstream, downstream=downstream, columns=same(*names), **{"origin": "dbt", **fields})


@dataclass
class Run:
    """
    Makes events of one run, each a second after the one before.

    Attributes:
        number: Which makes up the run's id, and its start: so many hours after noon.
    """

    number: int = 1
    job: str | None = "daily"
    location: str = "shop"
    seconds: int = 0
    made: int = field(default=0)

    @property
    def id(self) -> str:
        """The run's id."""
        return f"run-{self.number}"

    @property
    def now(self) -> datetime:
        """The time of the next event."""
        return NOON + timedelta(hours=self.number, seconds=self.seconds)

    def make(self, kind: type[E], event_type: str, where: dict[str, Any] | None = None, **said: Any) -> E:
        """Return the next event."""
        self.seconds += 1
        self.made += 1
        asset = said.get("asset_key")
        place = {"step_key": None, "attempt": 1 if asset else None, "asset_key": asset, **(where or {})}
        return kind(
            event_type=event_type,
            event_id=str(UUID(int=self.number * 1000 + self.made << 64)),
            timestamp=self.now,
            source="dagster",
            correlation=HookCorrelation(run_id=self.id, job_name=self.job, code_location=self.location, **place),
            **said,
        )

    def start(self, *planned: str, **said: Any) -> RunEvent:
        """Return ``run.start``."""
        return self.make(RunEvent, "run.start", status="started", planned_assets=planned, **said)

    def end(self, status: str = "success", **said: Any) -> RunEvent:
        """Return ``run.end``."""
        return self.make(RunEvent, "run.end", status=status, **said)

    def step(self, event_type: str, key: str, status: str, *assets: str, attempt: int = 1) -> StepEvent:
        """Return an event of a step."""
        where = {"step_key": key, "attempt": attempt}
        return self.make(StepEvent, event_type, where, status=status, asset_keys=assets)

    def load(self, dataset: DatasetRef = RAW, key: str = "raw/orders", **said: Any) -> IngestionEvent:
        """Return a successful ``ingestion.end``."""
        given = {"status": "success", "tool": "dlt", "group_name": "raw", "dataset": dataset, **said}
        return self.make(IngestionEvent, "ingestion.end", asset_key=key, **given)

    def transform(self, dataset: DatasetRef = STAGED, key: str = "staging/orders", **said: Any) -> TransformEvent:
        """Return a successful ``transform.end``."""
        where = said.pop("where", None)
        given = {"status": "success", "tool": "dbt", "group_name": "staging", "dataset": dataset, **said}
        return self.make(TransformEvent, "transform.end", where, asset_key=key, **given)

    def lineage(self, *edges: LineageEdge, key: str | None = "staging/orders", **said: Any) -> LineageEvent:
        """Return ``lineage.edges``."""
        return self.make(LineageEvent, "lineage.edges", asset_key=key, edges=edges, **said)

    def publish(self, tables: dict[str, str], dataset: DatasetRef, **said: Any) -> PublishEvent:
        """Return a successful ``publish.end``."""
        given = {"status": "success", "target_system": "postgres", "group_name": "out", **said}
        return self.make(PublishEvent, "publish.end", asset_key="out/sales", tables=tables, dataset=dataset, **given)

    def check(self, name: str = "not_null", dataset: DatasetRef | None = RAW, **said: Any) -> QualityResultEvent:
        """Return a passed check."""
        where = said.pop("where", None)
        given = {"asset_key": "raw/orders", "passed": True, "data_outcome": "pass", **said}
        return self.make(QualityResultEvent, "quality.result", where, check_name=name, dataset=dataset, **given)

    def asset(self, event_type: str, key: str, dataset: DatasetRef | None = None, **said: Any) -> AssetEvent:
        """Return an event of an asset without a stage."""
        where = said.pop("where", None)
        return self.make(AssetEvent, event_type, where, asset_key=key, dataset=dataset, **said)


def outside(event: HookEvent) -> HookEvent:
    """Return the event as one outside of runs."""
    return replace(event, correlation=replace(event.correlation, run_id=None, job_name=None), key="")


def load_with_child(run: Run, **said: Any) -> IngestionEvent:
    """Return a load from the API with one child table."""
    child = ChildTable(dataset=LINES, columns=columns("sku", "_dlt_parent_id"), rows=7)
    given = {"columns": columns("id", "total", "_dlt_id"), "sources": (API,), "rows": 3, **said}
    return run.load(child_tables=(child,), **given)


class Learner:
    """Learns events, and keeps what it learned after each."""

    def __init__(self, keep: Keep | None = None, *, naming: Naming = NAMING) -> None:
        self.keep = keep or MemoryKeep()
        self.naming = naming
        self.known = Knowledge(self.keep)

    def __call__(self, *events: HookEvent, again: bool = False, revision: int = 1) -> Learned:
        """Learn events, and return all that they changed."""
        found = Learned()
        for event in events:
            found |= learn(event, self.known, self.naming, again=again, revision=revision)
            self.known.commit()
        return found


def everything(known: Knowledge) -> dict[str, Sequence[object]]:
    """Return all facts."""
    kinds: dict[str, Iterable[object]] = {
        "tables": known.all_tables(),
        "lineages": known.all_lineages(),
        "pipelines": known.all_pipelines(),
        "runs": known.all_runs(),
        "checks": known.all_checks(),
        "assets": known.all_assets(),
        "exposures": known.all_exposures(),
    }
    return {name: list(facts) for name, facts in kinds.items()}


def pipeline(name: str = "shop.daily") -> EntityName:
    """Return a pipeline's entity."""
    return EntityName(Kind.PIPELINE, ("dagster", name))
