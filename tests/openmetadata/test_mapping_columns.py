from __future__ import annotations

from dataclasses import replace

from phlo_hooks.catalog import KnownModel
from phlo_hooks.datasets import Column, DatasetRef
from phlo_hooks.subscribers.openmetadata.columns import DatasetColumns, assets_of
from phlo_hooks.subscribers.openmetadata.facts import AssetFact, TableFact
from tests.openmetadata.known_shop import MART, NAMING, RAW, KnownFacts, named, table


def declared(*columns: Column) -> AssetFact:
    return AssetFact(key="raw/orders", name=named(RAW), code_location="shop", columns=columns)


def columns_of(fact: TableFact, *assets: AssetFact) -> DatasetColumns:
    return DatasetColumns(fact, assets, NAMING)


def test_reported_columns_are_all_there_are() -> None:
    """What a run reported of a table that an asset makes is whole; lineage and code add no columns to it."""
    found = columns_of(table(RAW, "id", seen_columns=("dropped",)), declared(Column(name="planned")))

    assert [column.name for column in found.all] == ["id"]
    assert found.whole


def test_columns_of_a_table_that_others_make() -> None:
    """A table that is only read has the columns that lineage speaks of as well, and may have more."""
    found = columns_of(table(RAW, "id", made=False, seen_columns=("ID", "amount")))

    assert [column.name for column in found.all] == ["id", "amount"]
    assert not found.whole


def test_declared_columns_hold_until_a_run_reports() -> None:
    """Columns that code documents are told while no run reported any; there may be more."""
    found = columns_of(table(RAW, seen_columns=("total",)), declared(Column(name="id", type="BIGINT")))

    assert [(column.name, column.type) for column in found.all] == [("id", "BIGINT"), ("total", None)]
    assert not found.whole


def test_descriptions_come_from_the_code() -> None:
    """The code's word for a column holds, whatever its case; a run's fills in; of two assets the first speaks."""
    reported = table(
        RAW,
        columns=(
            Column(name="id", type="INT", description="a run's"),
            Column(name="amount", type="INT", description="a run's"),
        ),
    )
    first = declared(Column(name="ID", description="the code's"))
    second = declared(Column(name="id", description="another's"))

    assert [column.description for column in columns_of(reported, first, second).all] == ["the code's", "a run's"]


def test_who_makes_a_dataset_speaks_first() -> None:
    """Of a table that is both one project's model and another's source, the model's words come first."""
    source = KnownModel(unique_id="source.b.raw.orders", resource_type="source")
    reader = replace(declared(), key="a_source", model=source)
    outside = replace(declared(), key="b_external", external=True)
    known = KnownFacts().put(reader, outside, declared())

    assert [asset.key for asset in assets_of(table(RAW), known)] == ["raw/orders", "a_source", "b_external"]


def test_name_is_told_once() -> None:
    """On a platform with one case two spellings are one column; elsewhere they are two."""
    postgres = DatasetRef(namespace="postgres://db", name="shop.public.orders")

    assert [column.name for column in columns_of(table(MART, "Id", "ID")).all] == ["Id"]
    assert [column.name for column in columns_of(table(postgres, "Id", "ID")).all] == ["Id", "ID"]


def test_names_are_spelled_as_the_table_has_them() -> None:
    """A name in another case is the column that is there; one that is not there stays as it is."""
    found = columns_of(table(MART, "Total"))

    assert found.spelled("TOTAL") == "Total"
    assert found.spelled("Other") == "Other"


def test_names_follow_the_platform_s_case() -> None:
    """Snowflake's columns are upper case, as its connector has them."""
    snowflake = DatasetRef(namespace="snowflake://acc", name="SHOP.RAW.ORDERS")

    assert [column.name for column in columns_of(table(snowflake, "id")).all] == ["ID"]
    assert columns_of(table(snowflake, "id")).spelled("amount") == "AMOUNT"
