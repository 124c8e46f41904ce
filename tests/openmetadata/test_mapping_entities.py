from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from phlo_hooks.catalog import KnownModel
from phlo_hooks.datasets import Column, DatasetRef
from phlo_hooks.subscribers.openmetadata.edges import upstream_of
from phlo_hooks.subscribers.openmetadata.entities import dashboard, data_model, dataset_entities
from phlo_hooks.subscribers.openmetadata.facts import AssetFact
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.requests import PutEntity
from tests.openmetadata.known_shop import (
    BOARD,
    FILE,
    MART,
    NAMING,
    ORDERS_API,
    RAW,
    STAGING,
    UI,
    KnownFacts,
    named,
    shop,
    table,
)


def told(ref: DatasetRef, known: KnownFacts, options: Options | None = None, *, ui_url: str | None = UI) -> PutEntity:
    return [*dataset_entities(known.tables[named(ref)], known, NAMING, options or Options(), ui_url=ui_url)][-1]


def materialized(ref: DatasetRef, how: str) -> AssetFact:
    model = KnownModel(unique_id="model.shop.any", materialized=how)
    return AssetFact(key="any", name=named(ref), code_location="shop", model=model)


def test_table_comes_after_what_it_is_in() -> None:
    """A table brings its service, database and schema, outermost first."""
    found = [*dataset_entities(shop().tables[named(RAW)], shop(), NAMING, Options(), ui_url=None)]

    assert [(str(each.name), each.body) for each in found[:-1]] == [
        ("databaseService duckdb", {"name": "duckdb", "serviceType": "CustomDatabase"}),
        ("database duckdb.lake", {"name": "lake", "service": "duckdb"}),
        ("databaseSchema duckdb.lake.raw", {"name": "raw", "database": "duckdb.lake"}),
    ]
    assert str(found[-1].name) == "table duckdb.lake.raw.orders"


def test_table_body() -> None:
    """A table says its schema, type, columns as a run reported them, description, and its asset's page."""
    request = told(STAGING, shop())

    assert request.body == {
        "name": "stg_orders",
        "databaseSchema": "duckdb.lake.staging",
        "tableType": "View",
        "schemaDefinition": "select 1",
        "description": "Orders, cleaned.",
        "sourceUrl": "http://dagster.example:3000/assets/staging/stg_orders",
        "columns": [
            {
                "name": "id",
                "dataType": "STRING",
                "dataTypeDisplay": "varchar",
                "description": "The order.",
                "ordinalPosition": 1,
            },
            {"name": "amount", "dataType": "STRING", "dataTypeDisplay": "varchar", "ordinalPosition": 2},
        ],
    }
    assert request.whole
    assert request.one_case


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ("table", "Regular"),
        ("incremental", "Regular"),
        ("view", "View"),
        ("MATERIALIZED_VIEW", "MaterializedView"),
        ("dynamic_table", "Dynamic"),
        ("external", "External"),
    ],
)
def test_type_of_table(how: str, kind: str) -> None:
    """A table is of the type as which dbt materializes it."""
    known = KnownFacts().put(table(MART), materialized(MART, how))

    assert told(MART, known).body["tableType"] == kind


def test_table_that_was_a_view_says_that_it_has_no_definition() -> None:
    """A view's SQL does not stay when the model becomes a table."""
    assert told(MART, shop()).body["schemaDefinition"] is None


def test_statements_can_be_kept_back() -> None:
    """With ``send_sql = false`` no statement is told, of a view or a model."""
    options = Options(send_sql=False)
    model = data_model(shop().tables[named(STAGING)], (), shop(), NAMING, options)

    assert "schemaDefinition" not in told(STAGING, shop(), options).body
    assert model is not None
    assert not {"sql", "rawSql"} & set(model.body)


def test_no_links_without_a_web_server() -> None:
    """Nothing links to a Dagster UI that nobody named."""
    assert "sourceUrl" not in told(STAGING, shop(), ui_url=None).body


def test_what_is_no_asset_links_to_its_maker() -> None:
    """A loader's child table, or a published target, links to the asset that makes it."""
    known = KnownFacts().put(table(MART, maker="raw/orders"))

    assert told(MART, known).body["sourceUrl"] == "http://dagster.example:3000/assets/raw/orders"


def test_endpoint_of_an_api() -> None:
    """A REST source is an endpoint in a collection of an API service, its fields those that lineage speaks of."""
    found = [*dataset_entities(shop().tables[named(ORDERS_API)], shop(), NAMING, Options(), ui_url=UI)]

    assert [(each.name.kind.value, each.body) for each in found] == [
        ("apiService", {"name": "shop.example", "serviceType": "Rest"}),
        (
            "apiCollection",
            {"name": "v1", "service": '"shop.example"', "endpointURL": "https://shop.example"},
        ),
        (
            "apiEndpoint",
            {
                "name": "orders",
                "apiCollection": '"shop.example".v1',
                "endpointURL": "https://shop.example/v1/orders",
                "requestMethod": "GET",
                "responseSchema": {"schemaType": "JSON", "schemaFields": [{"name": "id", "dataType": "UNKNOWN"}]},
            },
        ),
    ]
    assert not found[-1].whole


def test_address_of_an_endpoint_is_always_one() -> None:
    """What no address may hold is quoted: the server takes valid addresses only."""
    known = KnownFacts().put(table(ORDERS_API, endpoint="https://shop.example/v1/{id} of é", made=False))

    assert told(ORDERS_API, known).body["endpointURL"] == "https://shop.example/v1/%7Bid%7D%20of%20%C3%A9"


def test_file_is_a_container() -> None:
    """A published file is a container with its path and format; its columns are a data model once they are known."""
    known = shop()
    bare = told(FILE, known).body
    known.put(replace(known.tables[named(FILE)], columns=(Column(name="total", type="DOUBLE"),)))
    full = told(FILE, known).body

    assert bare == {
        "name": "marts/revenue.parquet",
        "displayName": "revenue.parquet",
        "service": "s3_exports",
        "fullPath": "s3://exports/marts/revenue.parquet",
        "sourceUrl": "http://dagster.example:3000/assets/published/revenue",
        "fileFormats": ["parquet"],
    }
    assert full["dataModel"] == {
        "isPartitioned": False,
        "columns": [{"name": "total", "dataType": "DOUBLE", "dataTypeDisplay": "double", "ordinalPosition": 1}],
    }


@pytest.mark.parametrize("form", ["iceberg", "xlsx", None])
def test_format_that_the_server_does_not_know_is_left_out(form: str | None) -> None:
    """An unknown format would be refused, with the whole container."""
    known = KnownFacts().put(table(FILE, format=form))

    assert "fileFormats" not in told(FILE, known).body


def test_local_file_has_its_path() -> None:
    """A file without a store has its path as its address."""
    ref = DatasetRef(namespace="file", name="/exports/revenue.csv")

    assert told(ref, KnownFacts().put(table(ref))).body["fullPath"] == "/exports/revenue.csv"


def test_description_of_a_run_fills_in() -> None:
    """What a run said of a dataset holds where the code says nothing."""
    known = KnownFacts().put(table(MART, description="As the run had it."))

    assert told(MART, known).body["description"] == "As the run had it."


def test_docstring_loses_its_indentation() -> None:
    """A description that is a Python docstring, or YAML's block, is told as it is meant to be read."""
    doc = "Orders.\n\n    One a line.\n    "
    known = shop()
    known.put(
        replace(known.assets["staging/stg_orders"], description=doc, columns=(Column(name="id", description=doc),))
    )
    model = data_model(known.tables[named(STAGING)], (), known, NAMING, Options())
    *_, board = dashboard(replace(known.exposures[BOARD], description=doc), Options())

    body = told(STAGING, known).body

    assert model is not None
    texts = [each["description"] for each in (body, body["columns"][0], model.body, board.body)]
    assert texts == ["Orders.\n\nOne a line."] * 4


def test_dashboard_of_an_exposure() -> None:
    """An exposure is a dashboard with dbt's label, address and description, in a service of its own."""
    service, board = dashboard(shop().exposures[BOARD], Options())

    assert service.body == {"name": "dbt_exposures", "serviceType": "CustomDashboard"}
    assert board.body == {
        "name": "shop.sales_board",
        "displayName": "Sales board",
        "service": "dbt_exposures",
        "dashboardType": "Dashboard",
        "description": "What the board looks at.",
        "sourceUrl": "https://boards.example/sales",
    }
    assert board.governance.owners == ("grace@example.com",)


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"type": "notebook"}, "dashboardType", "Report"),
        ({"type": "application"}, "dashboardType", "Dashboard"),
        ({"label": None}, "displayName", "sales_board"),
        ({"url": "javascript:alert(1)"}, "sourceUrl", None),
    ],
)
def test_kinds_of_exposures(change: dict[str, Any], field: str, value: str | None) -> None:
    """Notebooks and analyses are reports; no label leaves the name; only web addresses are linked."""
    *_, board = dashboard(replace(shop().exposures[BOARD], **change), Options())

    assert board.body.get(field) == value


def test_dbt_model() -> None:
    """A dbt model's tab has its SQL as written and as compiled, its path, what it reads, and its columns."""
    known = shop()
    model = data_model(
        known.tables[named(STAGING)], upstream_of(known.tables[named(STAGING)], known), known, NAMING, Options()
    )

    assert model is not None
    assert {key: value for key, value in model.body.items() if key != "columns"} == {
        "modelType": "DBT",
        "resourceType": "model",
        "description": "Orders, cleaned.",
        "path": "models/stg_orders.sql",
        "rawSql": "select {{ 1 }}",
        "sql": "select 1",
        "upstream": ["duckdb.lake.raw.orders"],
    }
    assert [column["name"] for column in model.body["columns"]] == ["id", "amount"]


def test_dbt_model_reads_tables_only() -> None:
    """What a model reads is named where it is a table: the tab knows nothing else."""
    model = data_model(shop().tables[named(STAGING)], (named(RAW), named(ORDERS_API)), shop(), NAMING, Options())

    assert model is not None
    assert model.body["upstream"] == ["duckdb.lake.raw.orders"]


@pytest.mark.parametrize("ref", [RAW, MART])
def test_no_dbt_tab_without_a_model(ref: DatasetRef) -> None:
    """What dbt does not make has no dbt tab."""
    assert data_model(shop().tables[named(ref)], (), shop(), NAMING, Options()) is None


def test_source_has_no_dbt_tab_and_a_model_of_the_same_table_has() -> None:
    """Of a table that is both source and model the model speaks."""
    source = AssetFact(
        key="a_source",
        name=named(RAW),
        code_location="shop",
        model=KnownModel(unique_id="source.shop.raw.orders", resource_type="source"),
    )
    known = KnownFacts().put(table(RAW, "id"), source)
    alone = data_model(table(RAW, "id"), (), known, NAMING, Options())
    known.put(materialized(RAW, "table"))
    both = data_model(table(RAW, "id"), (), known, NAMING, Options())

    assert alone is None
    assert both is not None
    assert both.body["resourceType"] == "model"
