from __future__ import annotations

import pytest

from phlo_hooks.catalog import KnownAsset, KnownUpstream
from phlo_hooks.datasets import DatasetRef
from tests.lineage.conftest import Build, by_name, column_pairs, pairs
from tests.lineage.story import Story, flow, table

ORDERS, STAGED, REVENUE = (table(f"shop.{name}") for name in ("raw.orders", "staging.stg_orders", "marts.revenue"))


def test_columns_flow_and_decide(build: Build) -> None:
    """Values that flow and columns that filter, join or group are kept apart, with how."""
    story = Story(run_id="r1").start()
    edge = flow(STAGED, REVENUE, "amount>total:aggregation", "sku>*:group_by", "day>total:window", own="marts/revenue")
    story.built("marts/revenue", REVENUE, edge)

    graph = build(story)

    assert column_pairs(graph) == {("staging.stg_orders.amount", "marts.revenue.total", "aggregation")}
    assert column_pairs(graph, direct=False) == {
        ("staging.stg_orders.sku", "marts.revenue.*", "group_by"),
        ("staging.stg_orders.day", "marts.revenue.total", "window"),
    }


def test_columns_that_nobody_reported_stand_in_the_order_of_the_statement(build: Build) -> None:
    """Without the table's own word, its columns are in the order in which its SQL makes them."""
    story = Story(run_id="r1").start()
    edge = flow(STAGED, REVENUE, "sku>key", "amount>total:aggregation", "day>at", own="marts/revenue")
    story.built("marts/revenue", REVENUE, edge)

    graph = build(story)

    assert [column.name for column in by_name(graph)["marts.revenue"].columns] == ["key", "total", "at"]


def test_an_edge_that_the_newest_word_no_longer_has_is_gone(build: Build) -> None:
    """What an asset was made from before is no edge any more."""
    before = Story(run_id="r1").start().built("marts/revenue", REVENUE, flow(ORDERS, REVENUE, "a>b"))
    now = Story(run_id="r2", begin=50).start().built("marts/revenue", REVENUE, flow(STAGED, REVENUE, "c>b"))

    graph = build(before, now)

    assert pairs(graph) == {("staging.stg_orders", "marts.revenue")}
    assert column_pairs(graph) == {("staging.stg_orders.c", "marts.revenue.b", "identity")}
    assert "raw.orders" not in by_name(graph)


def test_spellings_in_edges_are_one_table_and_never_point_at_themselves(build: Build) -> None:
    """A model that is also declared as a source has no edge to itself, however either is spelled."""
    story = Story(run_id="r1").start()
    story.built("raw/orders", ORDERS, flow(table("SHOP.RAW.ORDERS"), ORDERS, "id>id"))
    story.built("marts/revenue", REVENUE, flow(table('"raw"."Orders"'), REVENUE, "ID>id"))

    graph = build(story)

    assert pairs(graph) == {("raw.orders", "marts.revenue")}
    assert len(graph.tables) == 2
    assert column_pairs(graph) == {("raw.orders.ID", "marts.revenue.id", "identity")}


@pytest.mark.parametrize(
    "recorded",
    [DatasetRef(namespace="dagster://local", name="raw/orders", resolved=False), table("shop.RAW.ORDERS", "snowflake")],
)
def test_an_end_follows_its_asset(build: Build, recorded: DatasetRef) -> None:
    """An edge from before the asset's table was known, or was spelled otherwise, leads to where the asset is now."""
    home = table("shop.raw.orders", recorded.namespace if recorded.resolved else "duckdb://shop")
    old = Story(run_id="r1").start().built("marts/revenue", REVENUE, flow(recorded, REVENUE, key="raw/orders"))
    new = Story(run_id="r2", begin=50).start().loaded("raw/orders", home)

    graph = build(old, new)

    assert pairs(graph) == {("raw.orders", "marts.revenue")}


def test_declared_edges_hold_until_something_was_recorded(build: Build) -> None:
    """Code says what an asset will read; what it did read is stronger."""
    known = KnownAsset(
        key="marts/revenue",
        dataset=REVENUE,
        rule="metadata",
        why="",
        code_location="shop",
        upstreams=(KnownUpstream(dataset=ORDERS, asset_key="raw/orders"),),
    )

    before = pairs(build(known=(known,)))
    ran = Story(run_id="r1").start().built("marts/revenue", REVENUE, flow(STAGED, REVENUE, own="marts/revenue"))
    after = pairs(build(ran, known=(known,)))

    assert before == {("raw.orders", "marts.revenue")}
    assert after == {("staging.stg_orders", "marts.revenue")}


def test_lineage_that_names_no_asset_counts(build: Build) -> None:
    """A hook or a script may tell edges of tables that Dagster does not know; the newest of each table holds."""
    story = Story(run_id="r1").start()
    for edge in (flow(ORDERS, STAGED), flow(ORDERS, REVENUE), flow(STAGED, REVENUE)):
        story.tell("lineage.edges", asset_key=None, edges=(edge,)).wait(1)

    assert pairs(build(story)) == {("raw.orders", "staging.stg_orders"), ("staging.stg_orders", "marts.revenue")}


def test_one_asset_may_tell_of_several_tables_one_by_one(build: Build) -> None:
    """What one run says of its tables holds together; an earlier run's word on them does not."""
    first, second = Story(run_id="r1").start(), Story(run_id="r2", begin=50).start()
    first.tell("lineage.edges", asset_key="a", edges=(flow(table("shop.raw.gone"), STAGED),))
    for edge in (flow(ORDERS, STAGED), flow(ORDERS, REVENUE)):
        second.wait(1).tell("lineage.edges", asset_key="a", edges=(edge,))

    assert pairs(build(first, second)) == {("raw.orders", "staging.stg_orders"), ("raw.orders", "marts.revenue")}


def publish(story: Story, dataset: DatasetRef, tables: dict[str, str], status: str = "success") -> Story:
    parts = {"asset_key": "published/all", "dataset": dataset, "step_key": "publish", "attempt": 1, "status": status}
    return story.tell("publish.end", **parts, tables=tables)


def test_targets_stand_for_the_asset_that_publishes_them(build: Build) -> None:
    """Each target comes from its own table, and a later failure neither removes it nor goes unseen."""
    out = table("/exports", "file")
    story = Story(run_id="r1").start().built("marts/revenue", REVENUE, flow(ORDERS, REVENUE))
    publish(story, out, {"revenue.parquet": "shop.marts.revenue", "orders.parquet": "raw.orders"}).wait(1)
    story.tell("lineage.edges", asset_key="published/all", edges=(flow(REVENUE, out), flow(ORDERS, out))).wait(1)
    publish(story, out, {}, status="failure")

    graph = build(story)

    targets = {each.name: each.status for each in graph.tables if each.role == "published"}
    assert targets == {"exports/revenue.parquet": "failure", "exports/orders.parquet": "failure"}
    assert pairs(graph) == {
        ("raw.orders", "marts.revenue"),
        ("marts.revenue", "exports/revenue.parquet"),
        ("raw.orders", "exports/orders.parquet"),
    }


def test_what_a_publisher_reads_besides_keeps_its_own_table(build: Build) -> None:
    """Only edges that the targets tell too are theirs."""
    out = table("/exports", "file")
    story = Story(run_id="r1").start().loaded("raw/orders", ORDERS)
    publish(story, out, {"orders.parquet": "shop.raw.orders"}).wait(1)
    story.tell("lineage.edges", asset_key="published/all", edges=(flow(REVENUE, out), flow(ORDERS, out)))

    assert pairs(build(story)) == {("marts.revenue", "exports"), ("raw.orders", "exports/orders.parquet")}


def test_tables_published_into_a_database_are_named_there(build: Build) -> None:
    """A target without a schema is in the dataset of the event, one with a schema is as it says."""
    place = table("shop.public", "postgres://db:5432")
    story = Story(run_id="r1").start().loaded("raw/orders", ORDERS)
    publish(story, place, {"orders": "raw.orders", "api.orders_v2": "raw.orders"})

    graph = build(story)

    assert {each.id for each in graph.tables if each.role == "published"} == {
        "postgres://db:5432/shop.public.orders",
        "postgres://db:5432/api.orders_v2",
    }


def test_the_places_rows_came_from_are_sources(build: Build) -> None:
    """Without credentials, and of the child tables too."""
    story = Story(run_id="r1").start().loaded("raw/orders", ORDERS, sources=("https://u:p@api.shop.io/v1/orders",))

    graph = build(story)

    assert pairs(graph) == {("v1/orders", "raw.orders")}
    assert by_name(graph)["v1/orders"].id == "https://api.shop.io/v1/orders"
