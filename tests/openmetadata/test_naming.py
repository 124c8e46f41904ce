from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phlo_hooks.catalog import KnownExposure
from phlo_hooks.datasets import DatasetRef
from phlo_hooks.subscribers.openmetadata import platforms
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind, join, split
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.platforms import PLATFORMS
from phlo_hooks.subscribers.openmetadata.spelling import carries_tests


def naming(**options: Any) -> Naming:
    return Naming(Options.model_validate(options), deployment="prod")


def named(namespace: str, name: str, **options: Any) -> EntityName:
    found = naming(**options).dataset(DatasetRef(namespace=namespace, name=name))
    assert found is not None
    return found


def key(namespace: str, name: str, **options: Any) -> EntityName:
    ref = DatasetRef(namespace=namespace, name=name)
    return naming(**options).same(named(namespace, name, **options), ref)


@pytest.mark.parametrize(
    ("namespace", "name", "parts"),
    [
        ("duckdb://warehouse", "warehouse.raw.flights", ("duckdb", "warehouse", "raw", "flights")),
        ("duckdb://warehouse", "raw.flights", ("duckdb", "warehouse", "raw", "flights")),
        ("duckdb://warehouse", "flights", ("duckdb", "warehouse", "main", "flights")),
        ("duckdb://warehouse", "other.raw.flights", ("duckdb_warehouse", "other", "raw", "flights")),
        ("duckdb://warehouse", "warehouse.raw.a.b", ("duckdb", "warehouse", "raw", "a.b")),
        ("postgres://db.internal:5432", "shop.public.Orders", ("postgres_db.internal", "shop", "public", "Orders")),
        (
            "postgres://db.internal:5433",
            "shop.public.orders",
            ("postgres_db.internal:5433", "shop", "public", "orders"),
        ),
        ("postgres", "raw.orders", ("postgres", "default", "raw", "orders")),
        ("snowflake://org-acc", "db.raw.orders", ("snowflake_org-acc", "DB", "RAW", "ORDERS")),
        ("snowflake://org-acc", 'DB.RAW."Orders"', ("snowflake_org-acc", "DB", "RAW", "Orders")),
        ("bigquery", "proj.sales.Orders", ("bigquery", "proj", "sales", "Orders")),
        ("bigquery", "example.com:proj.sales.orders", ("bigquery", "example.com:proj", "sales", "orders")),
        (
            "databricks://adb-1.example.net:443",
            "Main.Raw.Orders",
            ("databricks_adb-1.example.net", "main", "raw", "orders"),
        ),
        ("unitycatalog", "main.raw.orders", ("unitycatalog", "main", "raw", "orders")),
        ("redshift://cluster:5439", "dev.public.Orders", ("redshift_cluster", "dev", "public", "orders")),
        ("trino://trino:8080", "iceberg.Raw.orders", ("trino_trino", "iceberg", "raw", "orders")),
        ("awsathena", "awsdatacatalog.raw.orders", ("athena", "default", "raw", "orders")),
        ("mysql://db", "shop.orders", ("mysql_db", "default", "shop", "orders")),
        ("mssql://db:1433", "shop.dbo.[odd.name]", ("mssql_db", "shop", "dbo", "odd.name")),
        ("unknown", "raw.orders", ("unknown", "default", "raw", "orders")),
        ("sap_hana", "S.T", ("sap_hana", "default", "S", "T")),
    ],
)
def test_a_table_has_four_parts(namespace: str, name: str, parts: tuple[str, ...]) -> None:
    """Service, database, schema, table; what a name leaves out is what the platform means by it."""
    assert named(namespace, name) == EntityName(Kind.TABLE, parts)


@pytest.mark.parametrize(
    ("namespace", "name", "parts"),
    [
        ("file", "/data/marts/orders.parquet", ("file", "/data/marts/orders.parquet")),
        ("s3://lake", "raw/orders/*.csv", ("s3_lake", "raw/orders/*.csv")),
        ("s3a://lake", "raw/orders", ("s3_lake", "raw/orders")),
        ("gs://lake", "orders", ("gs_lake", "orders")),
        ("abfss://fs@account.dfs.example.net", "orders", ("abfss_fs@account.dfs.example.net", "orders")),
        ("parquet", "orders.parquet", ("parquet", "orders.parquet")),
    ],
)
def test_files_are_containers(namespace: str, name: str, parts: tuple[str, ...]) -> None:
    """Files and objects are containers: the store is the service, the path is the name."""
    assert named(namespace, name) == EntityName(Kind.CONTAINER, parts)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.example.org/v1/forecast", 'apiEndpoint "api.example.org".v1.forecast'),
        ("https://api.example.org/repos/a/b/issues", 'apiEndpoint "api.example.org".repos.a/b/issues'),
        ("https://api.example.org:8443/api/v2/orders/items", 'apiEndpoint "api.example.org:8443".api/v2/orders.items'),
        ("http://localhost/orders", "apiEndpoint localhost./.orders"),
        ("https://api.example.org", 'apiEndpoint "api.example.org"././'),
        ("postgresql+psycopg2://user:secret@db:5432/shop#public.orders", "table postgres_db.shop.public.orders"),
        ("postgresql://db:5432/shop#orders", "table postgres_db.shop.public.orders"),
        ("mssql+pyodbc://db/shop#orders", "table mssql_db.shop.dbo.orders"),
        ("sqlite:////data/shop.db#orders", "table sqlite.shop.main.orders"),
        ("snowflake://acc/DB#orders", "table snowflake_acc.DB.PUBLIC.ORDERS"),
        ("trino://host/lake/raw#orders", "table trino_host.lake.raw.orders"),
        ("duckdb:////data/warehouse.duckdb#main.orders", "table duckdb.warehouse.main.orders"),
        ("mysql://db:3306/shop#orders", "table mysql_db.default.shop.orders"),
        ("mysql+pymysql://db/shop#shop.orders", "table mysql_db.default.shop.orders"),
        ("snowflake://acc/DB/RAW#orders", "table snowflake_acc.DB.RAW.ORDERS"),
        ("bigquery://proj/sales#orders", "table bigquery.proj.sales.orders"),
        ("file:///data/a.csv", 'container file."/data/a.csv"'),
        ("/data/a.csv", 'container file."/data/a.csv"'),
        ("C:\\data\\a.csv", 'container file."C:\\data\\a.csv"'),
        ("s3://lake/raw/a.csv", 'container s3_lake."raw/a.csv"'),
        ("postgresql://db/shop", "None"),
        ("http://[broken/x", "container file.http://[broken/x"),
    ],
)
def test_sources_are_what_they_are(url: str, expected: str) -> None:
    """REST sources are endpoints, SQL sources tables of their own services, files containers; no password shows."""
    names = naming()

    found = names.source(url)

    assert str(found) == expected
    assert found == names.dataset(names.source_ref(url))
    assert "secret" not in str(names.source_ref(url))


def test_an_asset_whose_table_nobody_knows() -> None:
    """Nothing is told of an asset key that resolves to no table."""
    ref = DatasetRef(namespace="dagster://prod", name="published/postgres", resolved=False)

    assert naming().dataset(ref) is None
    assert naming().why(ref) == "nothing names its table, so nothing is told of it"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("duckdb://warehouse", "warehouse.raw.orders"), ("motherduck", "Warehouse.RAW.Orders")),
        (("duckdb://warehouse", 'warehouse."raw"."Orders"'), ("duckdb://warehouse", "raw.orders")),
        (("snowflake", "db.raw.orders"), ("snowflake", "DB.RAW.ORDERS")),
        (("postgres://db:5432", "shop.public.orders"), ("postgresql://db", 'shop."public".orders')),
        (("spark", "main.raw.Orders"), ("databricks", "main.raw.orders")),
        (("sqlserver://db:1433", "shop.dbo.Orders"), ("mssql://db", "shop.dbo.orders")),
        (("awsathena", "awsdatacatalog.raw.t"), ("athena", "raw.t")),
        (("trino://t:8080", "lake.raw.T"), ("trino://t", "lake.raw.t")),
        (("s3a://lake", "raw/t/"), ("s3://lake", "raw/t")),
    ],
)
def test_two_spellings_are_one(one: tuple[str, str], other: tuple[str, str]) -> None:
    """What two tools call by two names, and the platform by one, meets under one key."""
    assert key(*one) == key(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("postgres", "shop.public.orders"), ("postgres", "shop.public.Orders")),
        (("snowflake", 'DB.RAW."orders"'), ("snowflake", "DB.RAW.ORDERS")),
        (("duckdb://a", "a.raw.t"), ("duckdb://b", "b.raw.t")),
        (("postgres://one", "d.s.t"), ("postgres://other", "d.s.t")),
        (("postgres", 'd."s.t".x'), ("postgres", 'd.s."t.x"')),
        (("postgres", "d.s.a::b"), ("postgres", "d.s.a__b")),
        (("https://api", "v1/orders"), ("https://api", "orders")),
    ],
)
def test_two_tables_stay_two(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Names that only look alike are not mixed up."""
    assert key(*one) != key(*other)


def test_a_table_that_is_source_and_model() -> None:
    """Dlt's table, dbt's source of the same name and a statement that reads it are one entity."""
    spellings = [("duckdb://warehouse", "warehouse.raw.orders"), ("duckdb://warehouse", 'warehouse."raw"."orders"')]

    assert len({named(*each) for each in spellings}) == 1


PARTS = st.text(min_size=1, max_size=300)
"""Names as odd as they come; quotes make of any text one part."""


@given(parts=st.lists(PARTS, min_size=3, max_size=3), other=st.lists(PARTS, min_size=3, max_size=3))
def test_any_name_is_legal_and_keeps_apart(parts: list[str], other: list[str]) -> None:
    """Any parts make a name that the server takes and that can be taken apart again; other parts make another."""
    one, two = (
        named("postgres", ".".join(f'"{part.replace(chr(34), chr(34) * 2)}"' for part in each))
        for each in (parts, other)
    )

    for part in one.parts:
        assert 1 <= len(part) <= 256
        assert not {'"', "\n", "\r"}.intersection(part)
        assert "::" not in part
    assert split(one.fqn) == one.parts
    assert join(one.parts) == one.fqn
    assert (one == two) == (parts == other)


@given(
    name=st.text(max_size=80),
    namespace=st.sampled_from(["duckdb://w", "snowflake", "file", "s3://b", "https://h", "x"]),
)
def test_any_text_is_a_dataset(name: str, namespace: str) -> None:
    """No name, however broken, stops an event."""
    names = naming()
    ref = DatasetRef(namespace=namespace, name=name)

    found = names.dataset(ref)

    assert found is not None
    assert all(found.parts)
    assert names.same(found, ref).kind is found.kind
    assert names.column(ref, name)
    assert names.why(ref)


@given(url=st.one_of(st.text(max_size=60), st.text(alphabet="htps:/[]@#?.ab1", max_size=40)))
def test_any_text_is_a_source(url: str) -> None:
    """No address, however broken, stops an event."""
    names = naming()

    assert names.source(url) == names.dataset(names.source_ref(url))


class TestRules:
    """`services` of the settings: the user's word on where tables are."""

    def test_the_first_that_matches_holds(self) -> None:
        """Of two rules the first holds; tables that none speaks of are where they are without."""
        services = [
            {"platform": "postgres", "namespace": "*db.internal*", "service": "prod_pg"},
            {"platform": "postgres", "service": "any_pg"},
        ]

        assert named("postgres://db.internal:5432", "d.s.t", services=services).parts[0] == "prod_pg"
        assert named("postgres", "d.s.t", services=services).parts[0] == "any_pg"
        assert named("duckdb://w", "w.s.t", services=services).parts[0] == "duckdb"

    def test_templates(self) -> None:
        """Service and database may be made from what is known of the table."""
        services = [{"platform": "snow*", "service": "{platform}-{deployment}", "database": "{catalog}_COPY"}]

        assert named("snowflake", "db.s.t", services=services).parts == ("snowflake-prod", "DB_COPY", "S", "T")

    def test_case_is_the_users(self) -> None:
        """A rule's case holds for tables and columns."""
        names = naming(
            services=[{"platform": "snowflake", "case": "lower"}, {"platform": "duckdb", "case": "preserve"}]
        )
        snowflake = DatasetRef(namespace="snowflake", name="DB.S.Orders")
        duckdb = DatasetRef(namespace="duckdb://w", name="w.S.Orders")

        assert names.dataset(snowflake) == EntityName(Kind.TABLE, ("snowflake", "db", "s", "orders"))
        assert names.column(snowflake, "ID") == "id"
        assert names.dataset(duckdb) == EntityName(Kind.TABLE, ("duckdb", "w", "S", "Orders"))

    def test_a_type_and_a_schema(self) -> None:
        """A rule says the service's type, and the schema of names without one."""
        names = naming(services=[{"platform": "unknown", "service_type": "Db2", "database_schema": "APP"}])
        ref = DatasetRef(namespace="unknown", name="orders")

        assert names.service_type(ref) == "Db2"
        assert names.dataset(ref) == EntityName(Kind.TABLE, ("unknown", "default", "APP", "orders"))

    def test_a_catalog_chooses(self) -> None:
        """Two catalogs of one server can be two services."""
        services = [{"platform": "trino", "catalog": "lake", "service": "iceberg", "service_type": "CustomDatabase"}]

        assert named("trino", "lake.s.t", services=services).parts[0] == "iceberg"
        assert named("trino", "pg.s.t", services=services).parts[0] == "trino"

    def test_why(self) -> None:
        """The rule that won can be shown to people."""
        names = naming(services=[{"platform": "postgres", "service": "pg"}, {"service": "rest"}])

        assert names.why(DatasetRef(namespace="postgres", name="a.b")) == 'services entry 1 (platform = "postgres")'
        assert names.why(DatasetRef(namespace="trino", name="a.b")) == "services entry 2 (it holds for every database)"
        assert naming().why(DatasetRef(namespace="trino", name="a.b")).startswith("no rule")

    def test_services_of_files_and_apis(self) -> None:
        """One service for all buckets or hosts: then the name says which it is."""
        options = {"storage_service": "lake", "api_service": "apis"}

        assert named("s3://b", "x/y", **options).parts == ("lake", "b/x/y")
        assert named("https://h", "v1/orders", **options).parts == ("apis", "h/v1", "orders")


@pytest.mark.parametrize(
    ("namespace", "type_"),
    [
        ("duckdb://w", "CustomDatabase"),
        ("postgres://h", "Postgres"),
        ("mssql", "Mssql"),
        ("spark", "Databricks"),
        ("https://h", "Rest"),
        ("s3://b", "S3"),
        ("gs://b", "GCS"),
        ("file", "CustomStorage"),
        ("parquet", "CustomStorage"),
        ("unknown", "CustomDatabase"),
    ],
)
def test_service_types(namespace: str, type_: str) -> None:
    """The service has OpenMetadata's own type where it has one."""
    assert naming().service_type(DatasetRef(namespace=namespace, name="a.b.c")) == type_


@pytest.mark.parametrize(
    ("namespace", "written", "spelled", "one_case"),
    [
        ("duckdb://w", "Id", "Id", True),
        ("postgres", "Id", "Id", False),
        ("snowflake", "Id", "ID", True),
        ("redshift", "Id", "id", True),
        ("bigquery", "Id", "Id", True),
        ("https://h", "Id", "Id", False),
        ("file", 'a"b', "a__reserved__quote__b", False),
    ],
)
def test_columns(namespace: str, written: str, spelled: str, one_case: bool) -> None:  # noqa: FBT001  # a table of cases
    """Columns are spelled as the platform stores them, and known to be one where it has one case."""
    ref = DatasetRef(namespace=namespace, name="a.b.c")

    assert naming().column(ref, written) == spelled
    assert naming().one_case(ref) is one_case


def test_pipelines() -> None:
    """Jobs and groups are pipelines named for their code location, also when nobody knows it."""
    names = naming()

    assert names.pipeline("nyc", "daily") == EntityName(Kind.PIPELINE, ("dagster", "nyc.daily"))
    assert names.pipeline("nyc", "daily").fqn == 'dagster."nyc.daily"'
    assert names.group("nyc", "raw") == EntityName(Kind.PIPELINE, ("dagster", "nyc.group.raw"))
    assert names.pipeline(None, "daily").name == "daily"
    assert names.pipeline("a::b", "daily").name == "a__reserved__colon__b.daily"
    assert naming(pipeline_name="{deployment}-{job}").pipeline("nyc", "daily").name == "prod-daily"


def test_exposures() -> None:
    """Exposures of two dbt projects are two dashboards, whatever their names."""
    exposure = KnownExposure(unique_id="exposure.shop.weekly", name="weekly", project="shop", code_location="nyc")

    assert naming().exposure(exposure) == EntityName(Kind.DASHBOARD, ("dbt_exposures", "shop.weekly"))


@pytest.mark.parametrize(
    ("column", "fqn"),
    [
        (None, "duckdb.w.raw.orders.not_null"),
        ("id", "duckdb.w.raw.orders.id.not_null"),
        ("a.b", "duckdb.w.raw.orders.a.b.not_null"),
        ("straße", "duckdb.w.raw.orders.straße.not_null"),
        ("a<b", "duckdb.w.raw.orders.not_null"),
        ("a::b", "duckdb.w.raw.orders.not_null"),
        ("what?", "duckdb.w.raw.orders.not_null"),
        ("a:", "duckdb.w.raw.orders.not_null"),
        ("a:b", "duckdb.w.raw.orders.a:b.not_null"),
    ],
)
def test_test_cases(column: str | None, fqn: str) -> None:
    """A check is a test of its column, or of the table when the column cannot stand in a link."""
    table = named("duckdb://w", "w.raw.orders")

    assert naming().test_case(table, column, "not_null").fqn == fqn


def test_a_table_that_cannot_be_linked() -> None:
    """No test can be told of a table whose name cannot stand in a link, nor of what is no table."""
    assert carries_tests(named("duckdb://w", "w.raw.orders"))
    assert not carries_tests(named("duckdb://w", "w.raw.orders:"))
    assert not carries_tests(named("duckdb://w", "w.raw.orders?"))
    assert not carries_tests(named("file", "/orders.csv"))


def test_definitions_are_shared() -> None:
    """Checks of one type share a definition, tables' and columns' apart."""
    names = naming()

    assert names.definition("dbt_test", of_column=True).name == "phlo_dbt_test_column"
    assert names.definition(None, of_column=False).name == "phlo_asset_check_table"


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_the_table_of_platforms_is_whole(platform: str) -> None:
    """What the docstring says of a platform is what holds."""
    rows = [
        [cell.strip() for cell in line.split("|")] for line in (platforms.__doc__ or "").splitlines() if "|" in line
    ]
    known = PLATFORMS[platform]
    words = {"preserve": "as they are"}

    row = next(row for row in rows if platform in row[1].split(", "))

    assert known.type in row[2].split(", ")
    assert row[3:5] == [words.get(known.case, known.case), words.get(known.column_case, known.column_case)]
