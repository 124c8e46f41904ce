"""Two spellings of one table are one dataset, by the rules of the platform; two tables stay two."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from dagster import MetadataValue

from phlo_hooks.datasets import DatasetRef
from phlo_hooks_dagster.identity.naming import Part, split_parts
from phlo_hooks_dagster.identity.tables import KnownTables, Spelling, fold_column
from phlo_hooks_dagster.snapshot import AssetSnapshot, DltTarget, LocationSnapshot, Relation
from phlo_hooks_dagster.translator import DatasetResolver, TranslationRules


def resolver(*assets: AssetSnapshot, **rules: Any) -> DatasetResolver:
    """Return a resolver that knows these assets."""
    snapshot = LocationSnapshot(code_location="l", repository="r", assets={asset.key: asset for asset in assets})
    return DatasetResolver(snapshot, TranslationRules(**rules))


def model(adapter: str, database: str, schema: str, name: str, rendered: str | None = None) -> AssetSnapshot:
    """Return a dbt model as the snapshot has it."""
    relation = Relation(
        database=database,
        schema=schema,
        identifier=name,
        adapter=adapter,
        unique_id=f"model.shop.{name}",
        relation_name=rendered,
    )
    return AssetSnapshot(key=f"m/{name}", relation=relation)


def named(key: str, name: str, kind: str) -> AssetSnapshot:
    """Return an asset that names its table itself."""
    return AssetSnapshot(key=key, table_name=name, kinds=(kind,))


def loaded(key: str, destination: str, dataset: str, table: str, catalog: str | None = None) -> AssetSnapshot:
    """Return an asset that dlt loads."""
    target = DltTarget(pipeline="p", destination=destination, dataset=dataset, catalog=catalog, resource=table)
    return AssetSnapshot(key=key, dlt=target)


DUCKDB = model("duckdb", "wh", "main", "Orders", '"wh"."main"."Orders"')


@pytest.mark.parametrize(
    "other",
    [
        named("a", "wh.main.orders", "duckdb"),
        named("a", "WH.MAIN.ORDERS", "duckdb"),
        named("a", '"wh"."main"."ORDERS"', "duckdb"),
        named("a", "main.orders", "duckdb"),
        named("a", "orders", "duckdb"),
        loaded("a", "duckdb", "main", "orders"),
        loaded("a", "motherduck", "MAIN", "orders", "wh"),
        AssetSnapshot(key="a", metadata={"phlo/dataset": "duckdb://WH/wh.Main.orders"}),
    ],
)
def test_duckdb_spellings_are_one(other: AssetSnapshot) -> None:
    """DuckDB ignores case, quoted or not; a schema or catalog left out is the only one that fits; dbt spells it."""
    found = resolver(DUCKDB, other)

    assert found.dataset("a") == found.dataset("m/Orders") == DatasetRef(namespace="duckdb://wh", name="wh.main.Orders")


@pytest.mark.parametrize(
    ("spelled", "rendered"),
    [("orders", "analytics.raw.orders"), ("ORDERS", "analytics.raw.ORDERS"), ("Orders", None)],
)
@pytest.mark.parametrize("table", ["ANALYTICS.RAW.ORDERS", "analytics.raw.orders", 'analytics.raw."ORDERS"'])
def test_snowflake_folds_up(spelled: str, rendered: str | None, table: str) -> None:
    """What nobody quotes is upper case on Snowflake, whoever writes it in which case."""
    found = resolver(model("snowflake", "analytics", "raw", spelled, rendered), named("a", table, "snowflake"))

    assert found.dataset("a") == found.dataset(f"m/{spelled}")


def test_snowflake_keeps_quoted_names_apart() -> None:
    """A quoted lower-case table and an unquoted one are two."""
    quoted = model("snowflake", "ANALYTICS", "RAW", "orders", 'ANALYTICS.RAW."orders"')
    plain = named("plain", "ANALYTICS.RAW.orders", "snowflake")

    found = resolver(quoted, plain)
    read = found.read_table("snowflake", catalog="ANALYTICS", schema="RAW", table="orders", home=None)
    folded = found.read_table("snowflake", catalog="ANALYTICS", schema="RAW", table="ORDERS", home=None)

    assert read == found.dataset("m/orders")
    assert folded is not None
    assert folded != read


def test_postgres_keeps_mixed_case_apart() -> None:
    """``"Orders"`` and ``orders`` are two tables on PostgreSQL; what is not quoted may be either's own spelling."""
    found = resolver(
        model("postgres", "app", "public", "Orders", '"app"."public"."Orders"'),
        model("postgres", "app", "public", "orders", '"app"."public"."orders"'),
        named("mixed", "app.public.Orders", "postgres"),
        named("upper", "APP.PUBLIC.ORDERS", "postgres"),
    )
    other = resolver(
        model("postgres", "app", "public", "orders", '"app"."public"."orders"'),
        named("quoted", 'app.public."ORDERS"', "postgres"),
    )

    assert found.dataset("m/Orders") != found.dataset("m/orders")
    assert found.dataset("mixed") == found.dataset("m/Orders")
    assert found.dataset("upper") == found.dataset("m/orders")
    assert other.dataset("quoted") != other.dataset("m/orders")


@pytest.mark.parametrize(
    "table", ["`proj.raw.orders`", "`proj`.`raw`.`orders`", "proj.raw.orders", "`proj`.raw.orders"]
)
def test_bigquery_backticks(table: str) -> None:
    """Backticks around the whole, around parts or nowhere name one table; another case is another table."""
    found = resolver(
        model("bigquery", "proj", "raw", "orders", "`proj`.`raw`.`orders`"),
        named("a", table, "bigquery"),
        named("b", "proj.raw.Orders", "bigquery"),
    )

    assert found.dataset("a") == found.dataset("m/orders")
    assert found.dataset("b") != found.dataset("m/orders")


def test_what_fits_several_tables_is_not_guessed() -> None:
    """Without the schema, a name that two tables bear stays what it is."""
    found = resolver(
        model("duckdb", "wh", "main", "orders"),
        AssetSnapshot(key="s", upstream_relations=(Relation(
            database="wh", schema="raw", identifier="orders", adapter="duckdb", unique_id="source.x.y.orders"
        ),)),
        named("a", "orders", "duckdb"),
    )  # fmt: skip

    assert found.dataset("a") == DatasetRef(namespace="duckdb", name="orders")
    assert found.read_table("duckdb", catalog=None, schema=None, table="orders", home="wh") == found.dataset("m/orders")


def test_a_name_alone_is_no_other_platforms_table() -> None:
    """A bare name of which no platform is known does not become somebody's table."""
    found = resolver(DUCKDB, AssetSnapshot(key="a", table_name="orders"))

    assert found.dataset("a") != found.dataset("m/Orders")


def test_what_a_record_says_is_the_same_table() -> None:
    """Metadata of a materialization is compared like that of the definition."""
    found = resolver(DUCKDB, AssetSnapshot(key="a", kinds=("duckdb",)))

    recorded = found.dataset("a", {"dagster/table_name": MetadataValue.text('"WH".main."orders"')})

    assert recorded == found.dataset("m/Orders")


def test_statements_that_name_a_table_nobody_knows() -> None:
    """A hard-coded table is named in the statement's own catalog; one whose schema is told by nobody is none."""
    found = resolver(model("bigquery", "proj", "marts", "m"))

    assert found.read_table("bigquery", catalog=None, schema="raw", table="x", home="proj") == DatasetRef(
        namespace="bigquery", name="proj.raw.x"
    )
    assert found.read_table("bigquery", catalog=None, schema=None, table="x", home="proj") is None


def test_a_database_has_one_name() -> None:
    """Where case decides nothing, catalog and schema are spelled as they were first, also for a table nobody knows."""
    other = AssetSnapshot(key="a", table_name='"WH"."Main"."scores"', kinds=("duckdb",))
    found = resolver(DUCKDB, other)

    child = found.read_table("duckdb", catalog=None, schema="MAIN", table="orders__items", home="WH")

    assert found.dataset("a") == DatasetRef(namespace="duckdb://wh", name="wh.main.scores")
    assert child == DatasetRef(namespace="duckdb://wh", name="wh.main.orders__items")


def test_databases_that_differ_by_case_stay_apart() -> None:
    """On PostgreSQL a quoted schema in other case is another schema."""
    found = resolver(model("postgres", "shop", "Main", "orders", '"shop"."Main"."orders"'))

    other = found.read_table("postgres", catalog=None, schema="main", table="items", home="shop")

    assert other == DatasetRef(namespace="postgres", name="shop.main.items")


def test_a_model_that_is_a_source_too_is_one_dataset() -> None:
    """A table that one project makes and declares as source as well, in other case, is one, and the model's asset."""
    source = Relation(
        database="WH",
        schema="MAIN",
        identifier="orders",
        adapter="duckdb",
        unique_id="source.shop.self.orders",
        resource_type="source",
        asset_key="self/orders",
    )
    reading = AssetSnapshot(key="reading", upstream_relations=(source,))

    found = resolver(DUCKDB, AssetSnapshot(key="self/orders", external=True), reading)

    assert found.relation(source) == found.dataset("m/Orders")
    assert found.key_of_relation(source) == "m/Orders"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ('"a.b".c."D"', [("a.b", True), ("c", False), ("D", True)]),
        ('"say ""hi"""', [None, None, ('say "hi"', True)]),
        ("[db].[dbo].[My Table]", [("db", True), ("dbo", True), ("My Table", True)]),
        ("`proj.raw.t`", [("proj", True), ("raw", True), ("t", True)]),
        ("a . b", [None, ("a", False), ("b", False)]),
        ('x"y.z', [None, ('x"y', False), ("z", False)]),
    ],
)
def test_parts_of_names(name: str, parts: list[tuple[str, bool] | None]) -> None:
    """Quotes say where a part begins and ends, and that it is spelled as stored."""
    assert list(split_parts(name)) == [Part(*part) if part else None for part in parts]


def test_known_tables_are_in_order_of_belief() -> None:
    """Whoever is asked first spells the dataset."""
    tables = KnownTables({})
    first = tables.add(Spelling(platform="trino", schema=Part("Raw"), table=Part("Orders")))

    assert tables.add(Spelling(platform="trino", schema=Part("RAW"), table=Part("ORDERS"))) == first
    assert first.name == "Raw.Orders"


@pytest.mark.parametrize(
    ("platform", "same"), [("duckdb", True), ("bigquery", True), ("postgres", False), ("snowflake", False)]
)
def test_columns_fold_by_platform(platform: str, *, same: bool) -> None:
    """Where the platform tells cases apart, two columns stay two."""
    assert (fold_column(platform, "Id") == fold_column(platform, "id")) is same


def test_identity_needs_no_dagster() -> None:
    """Commands say what an asset is without importing Dagster, which takes seconds."""
    code = (
        "import sys, phlo_hooks_dagster.catalog; "
        "print([m for m in ('dagster', 'dagster_shared', 'dbt', 'dlt', 'sqlglot') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stdout.strip() == "[]", done.stderr
