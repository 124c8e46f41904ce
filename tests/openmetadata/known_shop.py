"""A small shop as facts built by hand: an API, raw tables, a staging view, a mart, a file, a dashboard, a job."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from phlo_hooks.catalog import KnownModel
from phlo_hooks.datasets import Column, ColumnEdge, DatasetRef
from phlo_hooks.subscribers.openmetadata.facts import (
    AssetFact,
    EdgeFact,
    ExposureFact,
    Learned,
    LineageFact,
    PipelineFact,
    RunFact,
    TableFact,
    TaskFact,
    TaskRun,
)
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.options import Options

AT = datetime(2026, 11, 20, 6, 0, 0, 250_000, tzinfo=UTC)
UI = "http://dagster.example:3000"
NAMING = Naming(Options(), deployment="test")
ORDERS_API = DatasetRef(namespace="https://shop.example", name="v1/orders")
RAW = DatasetRef(namespace="duckdb://lake", name="lake.raw.orders")
STAGING = DatasetRef(namespace="duckdb://lake", name="lake.staging.stg_orders")
MART = DatasetRef(namespace="duckdb://lake", name="lake.marts.revenue")
FILE = DatasetRef(namespace="s3://exports", name="marts/revenue.parquet")


def named(ref: DatasetRef) -> EntityName:
    name = NAMING.dataset(ref)
    assert name is not None
    return name


JOB = NAMING.pipeline("shop", "daily")
GROUP = NAMING.group("shop", "marts")
BOARD = EntityName(Kind.DASHBOARD, ("dbt_exposures", "shop.sales_board"))


@dataclass
class KnownFacts:
    """Facts in dictionaries; what ``learning.Knowledge`` is to mapping."""

    tables: dict[EntityName, TableFact] = field(default_factory=dict)
    assets: dict[str, AssetFact] = field(default_factory=dict)
    lineages: dict[tuple[EntityName, str], LineageFact] = field(default_factory=dict)
    pipelines: dict[EntityName, PipelineFact] = field(default_factory=dict)
    runs: dict[str, RunFact] = field(default_factory=dict)
    exposures: dict[EntityName, ExposureFact] = field(default_factory=dict)
    spellings: dict[EntityName, EntityName] = field(default_factory=dict)

    def put(self, *facts: object) -> KnownFacts:
        for fact in facts:
            match fact:
                case TableFact():
                    self.tables[fact.name] = fact
                case AssetFact():
                    self.assets[fact.key] = fact
                case LineageFact():
                    self.lineages[fact.downstream, fact.teller] = fact
                case PipelineFact():
                    self.pipelines[fact.name] = fact
                case RunFact():
                    self.runs[fact.run_id] = fact
                case ExposureFact():
                    self.exposures[fact.name] = fact
                case _:
                    raise TypeError(fact)
        return self

    def table(self, name: EntityName) -> TableFact | None:
        return self.tables.get(self.spellings.get(name, name))

    def assets_of(self, name: EntityName) -> tuple[AssetFact, ...]:
        return tuple(self.assets[key] for key in sorted(self.assets) if self.assets[key].name == name)

    def asset(self, key: str) -> AssetFact | None:
        return self.assets.get(key)

    def lineage(self, name: EntityName) -> tuple[LineageFact, ...]:
        return tuple(self.lineages[each] for each in sorted(self.lineages) if each[0] == name)

    def pipeline(self, name: EntityName) -> PipelineFact | None:
        return self.pipelines.get(name)

    def run(self, run_id: str) -> RunFact | None:
        return self.runs.get(run_id)

    def run_status(self, run_id: str) -> str | None:
        run = self.runs.get(run_id)
        return run.status if run else None

    def exposure(self, name: EntityName) -> ExposureFact | None:
        return self.exposures.get(name)

    def everything(self) -> Learned:
        """Say that all of it is to be told."""
        downstream = frozenset(name for name, _ in self.lineages)
        return Learned(
            tables=frozenset(self.tables),
            lineages=downstream,
            settled=downstream,
            pipelines=frozenset(self.pipelines),
            exposures=frozenset(self.exposures),
            runs=frozenset(self.runs),
        )


def table(ref: DatasetRef, *names: str, **changes: object) -> TableFact:
    """Make a table whose columns are text; an asset makes it unless the changes say otherwise."""
    columns = tuple(Column(name=name, type="VARCHAR") for name in names)
    given = {"made": True, "columns": columns, "columns_at": AT if columns else None, "at": AT} | changes
    return TableFact(name=named(ref), dataset=ref, **given)  # type: ignore[arg-type]  # any field can be changed


def flows(*pairs: tuple[str, str], how: str = "identity") -> tuple[ColumnEdge, ...]:
    return tuple(
        ColumnEdge(upstream_column=above, downstream_column=below, transformation=how) for above, below in pairs
    )


def shop() -> KnownFacts:
    """Make the whole shop."""
    return KnownFacts().put(*_tables(), *_assets(), *_lineage(), *_runs(), _board())


def _tables() -> list[TableFact]:
    return [
        table(ORDERS_API, made=False, seen_columns=("id",), endpoint="https://shop.example/v1/orders"),
        table(RAW, "id", "amount", asset_keys=("raw/orders",), stage="ingestion", pipeline=JOB),
        table(STAGING, "id", "amount", asset_keys=("staging/stg_orders",), sql="select 1", pipeline=JOB),
        table(MART, "total", asset_keys=("marts/revenue",), pipeline=JOB, sql="select sum(amount) as total"),
        table(FILE, asset_keys=("published/revenue",), endpoint="s3://exports/marts/revenue.parquet", format="parquet"),
    ]


def _assets() -> list[AssetFact]:
    return [
        AssetFact(key="raw/orders", name=named(RAW), code_location="shop", description="Orders as the shop has them."),
        AssetFact(
            key="staging/stg_orders",
            name=named(STAGING),
            code_location="shop",
            owners=("ada@example.com", "team:core"),
            tags={"tier": "gold"},
            description="Orders, cleaned.",
            columns=(Column(name="ID", description="The order."),),
            upstream_keys=("raw/orders",),
            model=KnownModel(
                unique_id="model.shop.stg_orders",
                materialized="view",
                raw_sql="select {{ 1 }}",
                path="models/stg_orders.sql",
                tags=("nightly",),
                meta={"domain": "sales"},
                column_meta={"ID": {"meta": {"pii": True}, "tags": []}},
            ),
        ),
        AssetFact(
            key="marts/revenue", name=named(MART), code_location="shop", upstream_keys=("staging/stg_orders", "other")
        ),
    ]


def _lineage() -> list[LineageFact]:
    def from_(ref: DatasetRef, origin: str, *pairs: tuple[str, str], how: str = "identity") -> EdgeFact:
        sql = "select 1" if origin == "dbt" else None
        return EdgeFact(upstream=named(ref), origin=origin, columns=flows(*pairs, how=how), sql=sql)

    told = {
        RAW: ("raw/orders", from_(ORDERS_API, "dlt", ("id", "id"))),
        STAGING: ("staging/stg_orders", from_(RAW, "dbt", ("id", "ID"), ("amount", "amount"))),
        MART: ("marts/revenue", from_(STAGING, "dbt", ("amount", "total"), how="aggregation")),
        FILE: ("published/revenue", from_(MART, "publish")),
    }
    return [
        LineageFact(downstream=named(ref), teller=teller, at=AT, edges=(edge,), run_id="run-1")
        for ref, (teller, edge) in told.items()
    ]


def _runs() -> list[PipelineFact | RunFact]:
    job = PipelineFact(
        name=JOB,
        code_location="shop",
        job="daily",
        tasks={
            "marts__revenue": TaskFact(
                name="marts__revenue", asset_key="marts/revenue", kind="dbt", upstream=("staging__stg_orders",)
            ),
            "raw__orders": TaskFact(name="raw__orders", asset_key="raw/orders", kind="dlt"),
            "staging__stg_orders": TaskFact(
                name="staging__stg_orders", asset_key="staging/stg_orders", kind="dbt", upstream=("raw__orders",)
            ),
            "notify": TaskFact(name="notify", step_key="notify", kind="op", upstream=("marts__revenue", "gone")),
        },
    )
    return [job, run_of("run-1", raw__orders="success", staging__stg_orders="success", elsewhere="success")]


def run_of(run_id: str, status: str = "success", **tasks: str) -> RunFact:
    """Make a run of the job, a minute long unless it is still running."""
    ended = None if status in {"queued", "started"} else AT + timedelta(minutes=1)
    return RunFact(
        run_id=run_id,
        at=ended or AT,
        status=status,
        job="daily",
        code_location="shop",
        queued_at=AT - timedelta(seconds=5),
        started_at=AT,
        ended_at=ended,
        tasks={
            name: TaskRun(status=word, at=AT, started_at=AT, ended_at=ended, step_key=f"step_{name}")
            for name, word in tasks.items()
        },
    )


def _board() -> ExposureFact:
    return ExposureFact(
        name=BOARD,
        upstream=(named(MART), named(STAGING)),
        label="Sales board",
        url="https://boards.example/sales",
        owner="grace@example.com",
        description="What the board looks at.",
        tags=("weekly",),
    )
