"""Datasets and exposures as entities, with what they are in; dbt models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from inspect import cleandoc
from typing import Any, Final
from urllib.parse import quote

from phlo_hooks.catalog import KnownModel
from phlo_hooks.datasets import Column, DatasetRef
from phlo_hooks.lineage.links import asset_url, safe_url
from phlo_hooks.subscribers.openmetadata.columns import DatasetColumns, assets_of
from phlo_hooks.subscribers.openmetadata.facts import AssetFact, ExposureFact, Facts, TableFact
from phlo_hooks.subscribers.openmetadata.governing import governance_of, governance_of_exposure
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.requests import PutDataModel, PutEntity
from phlo_hooks.subscribers.openmetadata.types import api_field, column_body

_TABLE_TYPES: Final = {
    "view": "View",
    "materialized_view": "MaterializedView",
    "materializedview": "MaterializedView",
    "dynamic_table": "Dynamic",
    "external": "External",
}
"""How dbt materializes a model, to the server's type of table; ``Regular`` for all else."""
_VIEWS: Final = frozenset({"View", "MaterializedView"})
_FORMATS: Final = frozenset({"zip", "gz", "zstd", "csv", "tsv", "json", "parquet", "avro"})
"""Formats of files that every server knows."""
_REPORTS: Final = frozenset({"analysis", "notebook"})
"""Types of dbt's exposures that are no dashboards."""


def dataset_entities(
    table: TableFact, known: Facts, naming: Naming, options: Options, *, ui_url: str | None
) -> Iterator[PutEntity]:
    """Yield a dataset's entity, and before it what it is in."""
    name = table.name
    assets = assets_of(table, known)
    yield from _parents(table, naming)
    columns = DatasetColumns(table, assets, naming)
    make = {Kind.TABLE: _table, Kind.CONTAINER: _container, Kind.API_ENDPOINT: _endpoint}[name.kind]
    body = make(table, assets, columns.all, options)
    if description := _description(table, assets):
        body["description"] = description
    key = next(iter(table.asset_keys), table.maker)
    if key and (url := asset_url(ui_url, key)):
        body["sourceUrl"] = url
    yield PutEntity(
        name=name,
        body=body,
        governance=governance_of(table, assets, columns, options),
        whole=columns.whole,
        one_case=naming.one_case(table.dataset),
    )


def dashboard(exposure: ExposureFact, options: Options) -> Iterator[PutEntity]:
    """Yield an exposure's dashboard, and before it the service."""
    name = exposure.name
    service = name.up(Kind.DASHBOARD_SERVICE)
    yield PutEntity(name=service, body={"name": service.name, "serviceType": "CustomDashboard"})
    body: dict[str, Any] = {
        "name": name.name,
        "displayName": exposure.label or name.name.rpartition(".")[2],
        "service": name.parent_fqn,
        "dashboardType": "Report" if exposure.type in _REPORTS else "Dashboard",
    }
    if exposure.description:
        body["description"] = cleandoc(exposure.description)
    if url := safe_url(exposure.url):
        body["sourceUrl"] = url
    yield PutEntity(name=name, body=body, governance=governance_of_exposure(exposure, options))


def data_model(
    table: TableFact, upstream: Sequence[EntityName], known: Facts, naming: Naming, options: Options
) -> PutDataModel | None:
    """
    Return a table's dbt tab; ``None`` for what dbt does not make, such as its sources.

    Owners and tags stand on the table itself, where people's own are kept.
    """
    models = [(asset, asset.model) for asset in assets_of(table, known) if asset.model is not None]
    found = next(((asset, model) for asset, model in models if model.resource_type != "source"), None)
    if found is None or table.name.kind is not Kind.TABLE:
        return None
    asset, model = found
    body: dict[str, Any] = {
        "modelType": "DBT",
        "resourceType": model.resource_type,
        "upstream": [each.fqn for each in upstream if each.kind is Kind.TABLE],
        "columns": _column_bodies(table, DatasetColumns(table, [asset], naming).all),
    }
    return PutDataModel(table=table.name, body=body | _told_of_model(asset, model, table, options))


def _told_of_model(asset: AssetFact, model: KnownModel, table: TableFact, options: Options) -> dict[str, Any]:
    """Return what a model may say or not."""
    told = {"description": cleandoc(asset.description or ""), "path": model.path}
    if options.send_sql:
        told |= {"rawSql": model.raw_sql, "sql": table.sql}
    return {field: value for field, value in told.items() if value}


def _parents(table: TableFact, naming: Naming) -> Iterator[PutEntity]:
    """Yield what a dataset is in, outermost first."""
    name = table.name
    kind = {
        Kind.TABLE: Kind.DATABASE_SERVICE,
        Kind.CONTAINER: Kind.STORAGE_SERVICE,
        Kind.API_ENDPOINT: Kind.API_SERVICE,
    }[name.kind]
    service = EntityName(kind, name.parts[:1])
    yield PutEntity(name=service, body={"name": service.name, "serviceType": naming.service_type(table.dataset)})
    if name.kind is Kind.TABLE:
        database = EntityName(Kind.DATABASE, name.parts[:2])
        schema = name.up(Kind.DATABASE_SCHEMA)
        yield PutEntity(name=database, body={"name": database.name, "service": database.parent_fqn})
        yield PutEntity(name=schema, body={"name": schema.name, "database": schema.parent_fqn})
    elif name.kind is Kind.API_ENDPOINT:
        collection = name.up(Kind.API_COLLECTION)
        yield PutEntity(
            name=collection,
            body={
                "name": collection.name,
                "service": collection.parent_fqn,
                "endpointURL": _quoted(table.dataset.namespace),
            },
        )


def _table(
    table: TableFact, assets: Sequence[AssetFact], columns: Sequence[Column], options: Options
) -> dict[str, Any]:
    materialized = next((asset.model.materialized for asset in assets if asset.model and asset.model.materialized), "")
    kind = _TABLE_TYPES.get(materialized.lower(), "Regular")
    body: dict[str, Any] = {
        "name": table.name.name,
        "databaseSchema": table.name.parent_fqn,
        "tableType": kind,
        "columns": _column_bodies(table, columns),
    }
    if kind not in _VIEWS:
        body["schemaDefinition"] = None
    elif table.sql and options.send_sql:
        body["schemaDefinition"] = table.sql
    return body


def _container(
    table: TableFact, _assets: Sequence[AssetFact], columns: Sequence[Column], _options: Options
) -> dict[str, Any]:
    path = table.name.name
    body: dict[str, Any] = {
        "name": path,
        "displayName": path.rpartition("/")[2] or path,
        "service": table.name.parent_fqn,
        "fullPath": table.endpoint or _address(table.dataset),
    }
    if table.format and table.format.lower() in _FORMATS:
        body["fileFormats"] = [table.format.lower()]
    if columns:
        body["dataModel"] = {"isPartitioned": False, "columns": _column_bodies(table, columns)}
    return body


def _endpoint(
    table: TableFact, _assets: Sequence[AssetFact], columns: Sequence[Column], _options: Options
) -> dict[str, Any]:
    return {
        "name": table.name.name,
        "apiCollection": table.name.parent_fqn,
        "endpointURL": _quoted(table.endpoint or _address(table.dataset)),
        "requestMethod": "GET",
        "responseSchema": {"schemaType": "JSON", "schemaFields": [api_field(column) for column in columns]},
    }


def _column_bodies(table: TableFact, columns: Sequence[Column]) -> list[dict[str, Any]]:
    return [
        column_body(column, table.dataset.namespace, ordinal=number) for number, column in enumerate(columns, start=1)
    ]


def _description(table: TableFact, assets: Sequence[AssetFact]) -> str | None:
    """Return the first description of the dataset's assets, without a docstring's indentation; else what a run said."""
    said = next((asset.description for asset in assets if asset.description), None) or table.description
    return cleandoc(said) if said else None


def _address(dataset: DatasetRef) -> str:
    """Return where a file or endpoint is; a local file's name is its path."""
    return str(dataset) if "://" in dataset.namespace else dataset.name


def _quoted(url: str) -> str:
    """Return the address with everything quoted that no address may hold."""
    return quote(url, safe=":/?#[]@!$&'()*+,;=%-._~")
