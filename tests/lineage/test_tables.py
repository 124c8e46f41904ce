from __future__ import annotations

from phlo_hooks.catalog import KnownAsset
from phlo_hooks.datasets import ChildTable, Column
from phlo_hooks.events import ErrorInfo
from phlo_hooks.outbox.store import Outbox
from tests.lineage.conftest import Build, by_name, pairs
from tests.lineage.shop import GOOD, RUNNING, shop_events
from tests.lineage.story import Story, columns, flow, table

ORDERS = table("shop.raw.orders")
REVENUE = table("shop.marts.revenue")


def test_each_table_shows_what_happened_to_it_last(outbox: Outbox, build: Build) -> None:
    """Failed, lost, skipped, running, successful: by the last event that touched it."""
    outbox.append(shop_events())

    tables = by_name(build())

    assert {name: each.status for name, each in tables.items() if "odd" not in name and "script" not in name} == {
        "raw.orders": "success",
        "raw.orders__items": "success",
        "raw.customers": "lost",
        "staging.stg_orders": "started",
        "marts.revenue": "failure",
        "exports/revenue.parquet": "skipped",
        "api.shop.io/c": "",
        "public.accounts": "",
    }
    assert {name for name, each in tables.items() if each.role == "source"} == {"api.shop.io/c", "public.accounts"}
    assert tables["staging.stg_orders"].run_id == RUNNING


def test_a_failed_run_takes_nothing_away(outbox: Outbox, build: Build) -> None:
    """Rows, columns, SQL and edges stay those of the last run that worked."""
    outbox.append(shop_events())

    graph = build()

    revenue = by_name(graph)["marts.revenue"]
    assert (revenue.status, revenue.rows, [column.name for column in revenue.columns]) == (
        "failure",
        12,
        ["customer", "total"],
    )
    assert revenue.sql is not None
    assert ("staging.stg_orders", "marts.revenue") in pairs(graph)
    assert [(run.run_id == GOOD, run.rows) for run in revenue.runs if run.status == "success"] == [(True, 12)]


def test_checks_show_their_last_result(outbox: Outbox, build: Build) -> None:
    """One line for each check, also when older results differ, with the page in Dagster."""
    outbox.append(shop_events())

    checks = {check.name: check for check in by_name(build())["marts.revenue"].checks}

    assert {name: check.outcome for name, check in checks.items()} == {"fresh": "warn", "not_null_total": "fail"}
    assert checks["not_null_total"].failed_rows == 3
    assert checks["fresh"].url == "http://dagster:3000/assets/marts/revenue?view=checks&checkDetail=fresh"


def test_many_results_of_one_check_do_not_hide_another(build: Build) -> None:
    """A check that runs seldom is found behind those that run often, when they run in turns."""
    story = Story(run_id="r1").start()
    story.check("marts/revenue", "weekly", dataset=REVENUE)
    for number in range(40):
        story.wait(1).check("marts/revenue", f"daily_{number % 20}", dataset=REVENUE)

    checks = {check.name for check in by_name(build(story))["marts.revenue"].checks}

    assert checks == {"weekly", *(f"daily_{number}" for number in range(20))}


def test_partitions_of_one_run_are_one_line_and_their_rows_are_added_up(build: Build) -> None:
    """Loading a month again replaces what it counted before."""
    first, again = Story(run_id="r1").start(), Story(run_id="r2", begin=50).start()
    for month, rows in (("2013-01", 10), ("2013-02", 20)):
        first.wait(1).loaded("raw/orders", ORDERS, rows=rows, partition_key=month)
    again.wait(1).loaded("raw/orders", ORDERS, rows=25, partition_key="2013-02")

    orders = by_name(build(first, again))["raw.orders"]

    assert orders.rows == 35
    assert [(run.partition, run.rows) for run in orders.runs] == [("2013-02", 25), ("2013-01 … 2013-02 (2)", 30)]


def test_an_asset_that_a_run_left_unfinished_is_as_lost_as_its_run(build: Build) -> None:
    """What started and never ended is not shown as running when its run is over."""
    story = Story(run_id="r1").start().wait(1)
    story.tell("ingestion.start", asset_key="raw/orders", dataset=ORDERS, step_key="load", attempt=1)
    story.tell("run.lost", status="lost")

    assert by_name(build(story))["raw.orders"].status == "lost"


def test_an_asset_without_a_stage_runs_while_its_step_does(build: Build) -> None:
    """It has no start of its own; its step has."""
    before = Story(run_id="r1").start()
    before.tell("asset.materialized", asset_key="raw/orders", dataset=ORDERS, status="success", rows=3)
    now = Story(run_id="r2", begin=50).start().wait(1).step("load", "raw/orders")

    orders = by_name(build(before, now))["raw.orders"]

    assert (orders.status, orders.run_id, orders.rows) == ("started", "r2", 3)


def test_two_assets_on_one_table_are_one_node(build: Build) -> None:
    """Both keys lead to it, and the last of either is its status."""
    story = Story(run_id="r1").start().loaded("raw/orders", ORDERS).wait(1)
    story.loaded("legacy/orders", table("SHOP.RAW.ORDERS"), status="failure", error=ErrorInfo(type="E", message="no"))

    graph = build(story)

    (orders,) = graph.tables
    assert (orders.asset_keys, orders.status, orders.runs[0].error) == (
        ("legacy/orders", "raw/orders"),
        "failure",
        "E: no",
    )


def test_child_tables_belong_to_the_asset_that_loads_them(build: Build) -> None:
    """They have its last run, and columns of their own."""
    child = ChildTable(dataset=table("shop.raw.orders__items"), columns=columns("sku"))
    story = Story(run_id="r1").start().loaded("raw/orders", ORDERS, child_tables=(child,))

    items = by_name(build(story))["raw.orders__items"]

    assert (items.asset_keys, items.role, items.status, items.rows) == (("raw/orders",), "table", "success", None)
    assert [column.name for column in items.columns] == ["sku"]


def test_what_code_declares_is_there_before_it_ran(build: Build) -> None:
    """With its columns, checks that have not run, and no status."""
    known = KnownAsset(
        key="marts/revenue",
        dataset=REVENUE,
        rule="metadata",
        why="",
        code_location="shop",
        stage="transform",
        owners=("ada",),
        columns=(Column(name="total"),),
        checks=("fresh",),
    )

    (revenue,) = build(known=(known,)).tables

    assert (revenue.status, revenue.role, revenue.stage, revenue.owners) == ("", "table", "transform", ("ada",))
    assert [(check.name, check.outcome) for check in revenue.checks] == [("fresh", "")]
    assert [column.name for column in revenue.columns] == ["total"]


def test_what_the_code_no_longer_has_goes(build: Build) -> None:
    """An asset that was renamed does not haunt the graph, once no run that is shown touched it; a note says so."""
    old = Story(run_id="r1").start().loaded("raw/old", table("shop.raw.old")).end()
    new = Story(run_id="r2", begin=50).start().loaded("raw/orders", ORDERS).end()
    known = KnownAsset(key="raw/orders", dataset=ORDERS, rule="dlt", why="", code_location="shop")

    graph = build(old, new, known=(known,), runs=1)

    assert [each.name for each in graph.tables] == ["raw.orders"]
    assert "1 asset is left out that the code no longer has: raw/old" in graph.notes


def test_a_catalog_that_fails_is_noted(outbox: Outbox, build: Build) -> None:
    """The graph shows what was recorded all the same, and no secret of the error."""

    def broken(_snapshots: object, _settings: object) -> tuple[KnownAsset, ...]:
        raise ValueError("postgres://ada:hunter2@db is down")

    from phlo_hooks.lineage import build_graph
    from phlo_hooks.settings import load_settings

    outbox.append(Story(run_id="r1").start().loaded("raw/orders", ORDERS).events)

    graph = build_graph(outbox, load_settings({}), catalogs=[broken])

    assert len(graph.tables) == 1
    assert "catalog broken failed" in graph.notes[0]
    assert "hunter2" not in graph.notes[0]


def test_tags_of_the_run_are_none_of_the_table_s(build: Build) -> None:
    """Events carry both; kinds are told by tags too."""
    story = Story(run_id="r1", tags={"team": "sales"}).start()
    story.loaded("raw/orders", ORDERS, tags={"team": "sales", "tier": "gold", "dagster/kind/dlt": ""})

    (orders,) = build(story).tables

    assert (orders.tags, orders.kinds) == ({"tier": "gold"}, ("dlt",))


def test_columns_nobody_reported_come_from_the_edges(build: Build) -> None:
    """A source's columns are those that are read of it."""
    story = Story(run_id="r1").start()
    story.built("marts/revenue", REVENUE, flow(ORDERS, REVENUE, "cents>total", own="marts/revenue"))

    tables = by_name(build(story))

    assert [column.name for column in tables["raw.orders"].columns] == ["cents"]
