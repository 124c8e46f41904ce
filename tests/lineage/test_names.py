from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.lineage.names import DatasetNames, short_name

DUCKDB = "duckdb://shop"
SPELLINGS = [
    DatasetRef(namespace=DUCKDB, name="shop.raw.orders"),
    DatasetRef(namespace=DUCKDB, name="raw.orders"),
    DatasetRef(namespace="DuckDB://SHOP", name='"Shop"."RAW"."Orders"'),
    DatasetRef(namespace="duckdb", name="raw.ORDERS"),
]


@given(st.permutations(SPELLINGS))
def test_spellings_of_one_table_are_one(order: list[DatasetRef]) -> None:
    """Case, quotes and a catalog left out make no second table, in whichever order they are met."""
    names = DatasetNames()
    names.add_all(order)

    found = {names.find(each) for each in order}

    assert len(found) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("postgres://db", "shop.public.Orders"), ("postgres://db", "shop.public.orders")),
        (("snowflake", "SHOP.RAW.orders"), ("snowflake", "SHOP.RAW.ORDERS")),
        (("duckdb://shop", "shop.raw.orders"), ("duckdb://test", "test.raw.orders")),
        (("duckdb://shop", "shop.raw.orders"), ("postgres://db", "shop.raw.orders")),
        (("duckdb://shop", "shop.raw.orders"), ("duckdb://shop", "shop.staging.orders")),
        (("file", "/data/Orders.parquet"), ("file", "/data/orders.parquet")),
        (("s3://bucket", "raw/orders"), ("s3://other", "raw/orders")),
        (("duckdb://shop", "shop.raw.orders"), ("duckdb://shop", "orders")),
    ],
)
def test_what_can_be_two_tables_stays_two(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Nothing is joined that the platform could keep apart."""
    refs = [DatasetRef(namespace=namespace, name=name) for namespace, name in (one, other)]
    names = DatasetNames()
    names.add_all(refs)

    assert [names.find(each) for each in refs] == refs


def test_a_name_that_fits_two_catalogs_stays_on_its_own() -> None:
    """It is not guessed which of them is meant."""
    short = DatasetRef(namespace="snowflake", name="RAW.ORDERS")
    names = DatasetNames()
    names.add_all([short, *(DatasetRef(namespace="snowflake", name=f"{each}.RAW.ORDERS") for each in ("A", "B"))])

    assert names.find(short) == short


def test_the_maker_s_spelling_wins() -> None:
    """A table is called as the asset that makes it calls it."""
    names = DatasetNames()
    names.add(DatasetRef(namespace=DUCKDB, name="shop.RAW.ORDERS"))
    names.add(DatasetRef(namespace=DUCKDB, name="shop.raw.orders"), own=True)

    assert names.find(DatasetRef(namespace=DUCKDB, name="SHOP.RAW.ORDERS")).name == "shop.raw.orders"


@pytest.mark.parametrize(
    ("namespace", "name", "short"),
    [
        ("duckdb://shop", "shop.raw.orders", "raw.orders"),
        ("bigquery", 'project."odd.name".orders', "odd.name.orders"),
        ("file", "/exports/daily/revenue.parquet", "daily/revenue.parquet"),
        ("https://api.shop.io", "customers", "api.shop.io/customers"),
    ],
)
def test_short_names(namespace: str, name: str, short: str) -> None:
    """People see schema and table, or the end of a path."""
    assert short_name(DatasetRef(namespace=namespace, name=name)) == short
