"""Names that are no plain words, and one table that several tools speak of."""

from __future__ import annotations

import pytest

from phlo_hooks.datasets import DatasetRef
from tests.openmetadata_server.platform import Platform
from tests.openmetadata_server.shop_runs import MART, ORDERS, STG, Check, Model, Run, dataset
from tests.openmetadata_standin import StandIn

POSTGRES = "postgres://db.internal:5432"
ODD = {
    "plain": "plain",
    "dots": '"dots.in.it"',
    "Mixed Case": "Mixed Case",
    "quotes": 'with "quotes"',
    "colons": "a::b",
    "cyrillic": "заказы",
    "emoji": "🦆",
    "url": "a/b%c?d#e&f",
    "long": "x" * 300,
    "lines": "new\nline",
    "angles": "<x>|y",
}


@pytest.mark.parametrize("what", ODD)
def test_odd_name_is_told_and_found_again(shop: Platform, server: StandIn, what: str) -> None:
    """A table of that name, a column of that name, an edge between them; nothing refused; a replay changes nothing."""
    name = ODD[what]
    above = DatasetRef(namespace=POSTGRES, name=f"shop.odd.{name}")
    column = name.strip('"')
    models = (
        Model(f"odd/{column}", above, {}, (column,)),
        Model("odd/after", DatasetRef(namespace=POSTGRES, name="shop.odd.after"), {above.name: {column: "id"}}),
    )
    checks = (Check(f"odd/{column}", f"good {column}", column=column),)
    shop.append(Run(models=models, checks=checks, publish=False).events())

    report = shop.drain()

    assert report.complete, report.note
    assert server.journal.refused == []
    odd = {ends: edge for ends, edge in server.dump()["edges"].items() if ends.endswith(".odd.after")}
    assert len(odd) == 1
    assert next(iter(odd.values()))["columnsLineage"]
    server.journal.clear()
    shop.replay()
    assert server.journal.changes == []


def test_case_of_columns_follows_the_platform(new_shop: Platform, newest: StandIn) -> None:
    """DuckDB has one case, whoever spells it how: one table, one column, one edge."""
    loud = DatasetRef(namespace="duckdb://shop", name="shop.staging.STG_ORDERS")
    spelled = (
        Model("staging/stg_orders", dataset(STG), {ORDERS: {"ID": "id"}}),
        Model("marts/sales", dataset(MART), {loud.name: {"TOTAL": "Total"}}, ("total",)),
    )
    new_shop.append(Run(models=spelled, checks=()).events())
    new_shop.drain()

    state = newest.dump()
    tables = state["entities"]["table"]
    assert [name for name in tables if name.lower().endswith("stg_orders")] == ["duckdb.shop.staging.stg_orders"]
    edge = state["edges"]["table duckdb.shop.staging.stg_orders -> table duckdb.shop.marts.sales"]
    (flow,) = edge["columnsLineage"]
    assert flow["toColumn"] == "duckdb.shop.marts.sales.total"


def test_tables_that_a_connector_ingested_are_met(new_shop: Platform, newest: StandIn) -> None:
    """A rule says under which service and in which case a connector put them: the same entity, no second one."""
    new_shop.options["services"] = [
        {"platform": "duckdb", "service": "prod", "service_type": "Snowflake", "database": "ANALYTICS", "case": "upper"}
    ]
    new_shop.append(Run().events())
    new_shop.drain()

    tables = newest.dump()["entities"]["table"]
    assert "prod.ANALYTICS.STAGING.STG_ORDERS" in tables
    assert [each["name"] for each in tables["prod.ANALYTICS.MARTS.SALES"]["columns"]] == ["TOTAL"]
    assert not [name for name in tables if name.startswith("duckdb.")]


def test_source_that_is_also_a_model_is_one_table(new_shop: Platform, newest: StandIn) -> None:
    """One asset builds what another reads as a source; both speak of one table."""
    twice = (
        Model("staging/stg_orders", dataset(STG), {ORDERS: {"id": "id"}}),
        Model("other/source_of_orders", dataset(ORDERS), {}, ("id", "amount")),
    )
    new_shop.append(Run(models=twice, checks=(), publish=False).events())

    report = new_shop.drain()

    assert report.complete, report.note
    assert [name for name in newest.dump()["entities"]["table"] if name.endswith(".orders")] == [f"duckdb.{ORDERS}"]
