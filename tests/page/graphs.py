"""Graphs to look at: a shop of a dozen tables, one with hostile names, and one of 708 tables."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from phlo_hooks.lineage.graph import Graph, GraphCheck, GraphColumn, GraphEdge, GraphTable, TableRun

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TRANSFORMATIONS = ("identity", "transformation", "aggregation", "filter", "join")

EVIL = (
    "</script><script>document.title='broken'</script>",
    "<img src=x onerror=\"document.title='broken'\">",
    "\"'><svg onload=\"document.title='broken'\">",
    "<!-- <script>",
    "{{constructor.constructor('alert(1)')()}}",
    "red; } body { display: none } .x {",
    "\u202eright to left\u202c שלום",
    "🦆👩‍👩‍👧‍👦 é",
    "line\nbreak\ttab\u2028separator",
    "x" * 300,
    "",
    "   ",
    "__proto__",
    "constructor",
    "lone \ud800 surrogate",
    "javascript:alert(1)",
    "%00 &lt;b&gt; \\u003c",
)


def table(name: str, *columns: str, stage: str = "transform", **more: object) -> GraphTable:
    made = GraphTable(
        id=f"duckdb://shop/{name}",
        namespace="duckdb://shop",
        full_name=f"shop.{name}",
        name=name,
        asset_keys=(name.replace(".", "/"),),
        stage=stage,
        group=name.partition(".")[0],
        kinds=("dbt", "duckdb"),
        status="success",
        rows=1234,
        at=NOW - timedelta(hours=2),
        columns=tuple(GraphColumn(name=column, type="BIGINT") for column in columns),
    )
    return replace(made, **more)  # type: ignore[arg-type]  # any field may be given


def shop() -> Graph:
    """
    Twelve tables: raw → staging → marts → published; two of them failed or warned, one stands alone.

    ``raw.orders.amount`` → ``staging.orders.amount`` → ``marts.revenue.total`` is the way to follow; ``country``
    decides which rows ``marts.revenue`` has.
    """
    failed = GraphCheck(
        name="total_is_positive", column="total", outcome="fail", severity="ERROR", failed_rows=7, message="7 rows < 0"
    )
    warned = GraphCheck(name="fresh", outcome="warn", severity="WARN")
    run = TableRun(run_id="a1b2c3d4-run", status="failure", at=NOW, seconds=3.2, rows=12, error="Binder Error: no")
    tables = (
        table("raw.orders", "id", "customer_id", "amount", "country", stage="ingestion"),
        table("raw.customers", "id", "name", stage="ingestion", checks=(warned,)),
        table("raw.products", "id", "price", stage="ingestion"),
        table("staging.orders", "id", "customer_id", "amount", "country"),
        table("staging.customers", "id", "name", warning="The SQL could not be parsed."),
        table("staging.products", "id", "price"),
        table(
            "marts.revenue",
            *("country", "total", "orders"),
            status="failure",
            checks=(failed, GraphCheck(name="unique_country", column="country", outcome="pass")),
            runs=(run,),
            sql="select country, sum(amount) as total -- euro\nfrom staging.orders where country <> 'XX' group by 1",
            dialect="duckdb",
            description="What came in.",
            owners=("team:finance",),
            tags={"tier": "1"},
            url="https://dagster.example/assets/marts/revenue",
        ),
        table("marts.customers", "name", "orders"),
        table("marts.prices", "price", status="skipped"),
        table("published/revenue.parquet", stage="publish", role="published", columns=()),
        table("published/customers.parquet", stage="publish", role="published", columns=()),
        table("alone", "a", stage="quality", group=None),
    )
    edges = (
        GraphEdge(source=0, target=3, direct=tuple((n, n, 0) for n in range(4))),
        GraphEdge(source=1, target=4),
        GraphEdge(source=2, target=5, direct=((0, 0, 0), (1, 1, 0))),
        GraphEdge(source=3, target=6, direct=((3, 0, 0), (2, 1, 2)), indirect=((3, -1, 3),)),
        GraphEdge(source=4, target=7, direct=((1, 0, 0),), indirect=((0, -1, 4),)),
        GraphEdge(source=3, target=7, direct=((0, 1, 2),), indirect=((1, -1, 4),)),
        GraphEdge(source=5, target=8, direct=((1, 0, 0),)),
        GraphEdge(source=6, target=9),
        GraphEdge(source=7, target=10),
    )
    return Graph(title="shop", made_at=NOW, transformations=TRANSFORMATIONS, tables=tables, edges=edges)


def hostile() -> Graph:
    """Every text that somebody outside may choose is hostile, one kind for each table."""
    tables = tuple(
        GraphTable(
            id=f"{at}{evil}",
            namespace=evil,
            full_name=evil,
            name=evil,
            asset_keys=(evil,),
            stage=evil,
            group=evil,
            kinds=(evil,),
            owners=(evil,),
            tags={evil: evil},
            description=evil,
            status=evil,
            url="javascript:document.title='broken'",
            sql=evil,
            warning=evil,
            columns=(GraphColumn(name=evil, type=evil, description=evil), GraphColumn(name="plain")),
            checks=(GraphCheck(name=evil, outcome=evil, column=evil, severity=evil, message=evil, url=evil),),
            runs=(TableRun(run_id=evil, status=evil, at=NOW, partition=evil, error=evil),),
        )
        for at, evil in enumerate(EVIL)
    )
    edges = tuple(
        GraphEdge(source=at, target=at + 1, origin=evil, direct=((0, 0, 0), (1, 1, 0)), indirect=((0, -1, 0),))
        for at, evil in enumerate(EVIL[:-1])
    )
    circle = GraphEdge(source=3, target=2, direct=((0, 0, 0),), indirect=((0, -1, 0),))
    itself = GraphEdge(source=4, target=4, direct=((0, 0, 0),))
    return Graph(title=EVIL[0], made_at=NOW, transformations=(EVIL[1],), tables=tables, edges=(*edges, circle, itself))


def large(tables: int = 708, edges: int = 1725) -> Graph:
    """A project of many models in four layers, each with twenty columns, checks, runs and SQL."""
    chance = random.Random(708)
    layers = ("raw", "staging", "intermediate", "marts")
    bounds = [0, tables // 5, tables // 2, tables * 4 // 5, tables]
    made = tuple(
        table(
            f"{layers[layer]}.model_{at:03}",
            *(f"column_{n}" for n in range(20)),
            stage="ingestion" if layer == 0 else "transform",
            status=chance.choice(["success"] * 9 + ["failure"]),
            checks=(GraphCheck(name="not_null_column_0", column="column_0", outcome="pass"),) * 2,
            runs=tuple(TableRun(run_id=f"run-{n}", status="success", at=NOW, seconds=2.5, rows=10) for n in range(5)),
            sql="\n".join(["select", ",\n".join(f"  coalesce(a.column_{n}, 0)" for n in range(20)), "from a"]),
        )
        for layer in range(4)
        for at in range(bounds[layer], bounds[layer + 1])
    )
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < edges:
        layer = chance.randint(1, 3)
        target = chance.randrange(bounds[layer], bounds[layer + 1])
        above = 0 if layer == 1 or chance.random() > 0.15 else layer - 2
        low, high = (bounds[above], bounds[above + 1]) if above else (bounds[layer - 1], bounds[layer])
        pairs.add((chance.randrange(low, high), target))
    same = tuple((n, n, 0) for n in range(20))
    return Graph(
        title="large",
        made_at=NOW,
        transformations=TRANSFORMATIONS,
        tables=made,
        edges=tuple(GraphEdge(source=a, target=b, direct=same, indirect=((0, -1, 3),)) for a, b in sorted(pairs)),
    )
