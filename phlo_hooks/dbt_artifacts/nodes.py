"""The tables of a dbt project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from phlo_hooks.datasets import Column
from phlo_hooks.dbt_artifacts.artifacts import CatalogTable, Config, Manifest, Node
from phlo_hooks.dbt_artifacts.seeds import seed_columns
from phlo_hooks.exceptions import UnknownDialectError
from phlo_hooks.sql_lineage.api import TableName, TableSchema
from phlo_hooks.sql_lineage.statement_names import column_name, table_name

TABLES: Final = {"model": 0, "snapshot": 1, "seed": 2, "source": 3}
"""What makes a table; when several nodes are the same table, the first of these speaks for it."""
EPHEMERAL: Final = "ephemeral"


@dataclass(frozen=True, kw_only=True)
class DbtNode:
    """
    A model, snapshot, seed or source.

    Attributes:
        relation: In the platform's normal form; ``None`` for an ephemeral model, which is no table.
        database: As dbt spells it, like ``schema`` and ``identifier``.
        upstreams: Ids of the tables it reads, as dbt declares them: ephemeral models are replaced by what they read,
            and it itself is left out.
        columns: As documented.
        catalogued: As ``catalog.json`` has them; those of a seed, failing that, as its file names them.
        contracted: Whether dbt made sure that the documented columns are all.
        compiled: The SQL that dbt compiled; ``None`` when it is not known, or there is none.
        compiled_from: ``manifest``, ``run_results``, ``compiled`` (the folder), or empty.
        path: Of the file in the project.
    """

    unique_id: str
    name: str
    resource_type: str
    package: str
    relation: TableName | None
    database: str | None
    schema: str | None
    identifier: str
    dialect: str
    materialized: str
    language: str
    upstreams: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    catalogued: tuple[Column, ...] = ()
    contracted: bool = False
    compiled: str | None = None
    compiled_from: str = ""
    description: str | None = None
    group: str | None = None
    tags: tuple[str, ...] = ()
    path: str = ""
    config: Config = field(default_factory=Config, compare=False, repr=False)

    @property
    def has_sql(self) -> bool:
        """Whether a SQL statement makes it."""
        return self.resource_type in {"model", "snapshot"} and self.language == "sql"

    @property
    def schema_documented(self) -> TableSchema | None:
        """The documented columns, spelled as the platform would have them."""
        if not self.columns:
            return None
        return TableSchema(
            columns={column.name: column.type or "" for column in self.columns}, complete=self.contracted
        )

    @property
    def schema_catalogued(self) -> TableSchema | None:
        """The columns that ``catalog.json`` has."""
        if not self.catalogued:
            return None
        return TableSchema(columns={column.name: column.type or "" for column in self.catalogued})


def table_nodes(manifest: Manifest) -> dict[str, Node]:
    """Return the nodes that are tables or, ephemeral, stand for some."""
    every = (*manifest.nodes.items(), *manifest.sources.items())
    return {
        unique_id: node
        for unique_id, node in every
        if node.resource_type in TABLES and node.config.enabled is not False
    }


def relation_of(node: Node, adapter: str) -> TableName | None:
    """Return a node's table in the normal form, however it is spelled and quoted; ``None`` for an ephemeral model."""
    if node.config.materialized == EPHEMERAL:
        return None
    plain = TableName(catalog=node.database, schema=node.schema, name=identifier_of(node))
    for rendered in (node.relation_name, _rendered(node)):
        with suppress(UnknownDialectError):
            found = table_name(rendered, dialect=adapter) if rendered else None
            # What is no name, such as a function that reads a file, comes back as it is.
            if found is not None and (found.schema is not None or plain.schema is None):
                return found
    return plain


def make_node(node: Node, relation: TableName | None, catalogued: CatalogTable | None, adapter: str) -> DbtNode:
    """Return what the manifest and the catalog say of one node by itself."""
    contract = node.config.contract
    return DbtNode(
        unique_id=node.unique_id,
        name=node.name,
        resource_type=node.resource_type,
        package=node.package_name,
        relation=relation,
        database=node.database,
        schema=node.schema,
        identifier=identifier_of(node),
        dialect=adapter,
        materialized=node.config.materialized or "",
        language=node.language or "sql",
        columns=documented_columns(node, adapter),
        catalogued=catalogued_columns(catalogued) or _spelled(seed_columns(node), node, adapter),
        contracted=bool(contract and contract.enforced),
        description=node.description or None,
        group=node.group,
        tags=tags_of(node.tags),
        path=node.original_file_path,
        config=node.config,
    )


def identifier_of(node: Node) -> str:
    """Return what the table is called, as dbt spells it."""
    return (node.identifier if node.resource_type == "source" else node.alias) or node.name


def upstreams_of(node: Node, nodes: Mapping[str, Node], main: Mapping[str, str]) -> tuple[str, ...]:
    """
    Return the tables that a node reads, ephemeral models replaced by what they read.

    Args:
        main: For every node the one that speaks for its table.
    """
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = list(reversed(node.depends_on.nodes))
    while waiting:
        unique_id = waiting.pop()
        parent = nodes.get(unique_id)
        if parent is None or unique_id in seen:
            continue
        seen.add(unique_id)
        if parent.config.materialized == EPHEMERAL:
            waiting += reversed(parent.depends_on.nodes)
        elif main[unique_id] != main[node.unique_id]:
            found[main[unique_id]] = None
    return tuple(found)


def documented_columns(node: Node, adapter: str) -> tuple[Column, ...]:
    """Return the columns that people wrote down, spelled as the platform would have them."""
    found = {}
    for key, doc in node.columns.items():
        name = doc.name or key
        with suppress(UnknownDialectError):
            name = column_name(name, dialect=adapter, quoted=bool(doc.quote))
        found[name] = Column(name=name, type=doc.data_type or None, description=doc.description or None)
    return tuple(found.values())


def _spelled(columns: Iterable[Column], node: Node, adapter: str) -> tuple[Column, ...]:
    """Return columns as the platform spells them when dbt creates them, in quotes if the seed says so."""
    quoted = node.config.quote_columns is True
    with suppress(UnknownDialectError):
        return tuple(
            replace(column, name=column_name(column.name, dialect=adapter, quoted=quoted)) for column in columns
        )
    return tuple(columns)


def catalogued_columns(table: CatalogTable | None) -> tuple[Column, ...]:
    """Return the columns that the database has, in order."""
    if table is None:
        return ()
    ordered = sorted(table.columns.values(), key=lambda column: column.index)
    return tuple(
        Column(name=column.name, type=column.type or None, description=column.comment or None) for column in ordered
    )


def tags_of(value: Any) -> tuple[str, ...]:
    """Return tags, which people write as one text or as a list."""
    found: Iterable[Any] = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(tag for tag in found if isinstance(tag, str) and tag))


def _rendered(node: Node) -> str | None:
    """Return the name that dbt would have rendered without quotes, for a manifest that does not say."""
    parts = [part for part in (node.database, node.schema, identifier_of(node)) if part]
    return ".".join(f'"{part}"' if not part.isidentifier() else part for part in parts)
