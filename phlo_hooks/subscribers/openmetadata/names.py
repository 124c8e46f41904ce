"""What things are called in OpenMetadata: kinds of entities, and fully qualified names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import quote


class Kind(StrEnum):
    """The server's words for the types of entities that we speak of."""

    API_SERVICE = "apiService"
    DASHBOARD_SERVICE = "dashboardService"
    DATABASE_SERVICE = "databaseService"
    PIPELINE_SERVICE = "pipelineService"
    STORAGE_SERVICE = "storageService"
    API_COLLECTION = "apiCollection"
    DATABASE = "database"
    DATABASE_SCHEMA = "databaseSchema"
    API_ENDPOINT = "apiEndpoint"
    CONTAINER = "container"
    DASHBOARD = "dashboard"
    PIPELINE = "pipeline"
    TABLE = "table"
    CLASSIFICATION = "classification"
    TAG = "tag"
    DOMAIN = "domain"
    DATA_PRODUCT = "dataProduct"
    TEST_DEFINITION = "testDefinition"
    TEST_SUITE = "testSuite"
    TEST_CASE = "testCase"


PATHS: Final = {
    Kind.API_SERVICE: "services/apiServices",
    Kind.DASHBOARD_SERVICE: "services/dashboardServices",
    Kind.DATABASE_SERVICE: "services/databaseServices",
    Kind.PIPELINE_SERVICE: "services/pipelineServices",
    Kind.STORAGE_SERVICE: "services/storageServices",
    Kind.API_COLLECTION: "apiCollections",
    Kind.DATABASE: "databases",
    Kind.DATABASE_SCHEMA: "databaseSchemas",
    Kind.API_ENDPOINT: "apiEndpoints",
    Kind.CONTAINER: "containers",
    Kind.DASHBOARD: "dashboards",
    Kind.PIPELINE: "pipelines",
    Kind.TABLE: "tables",
    Kind.CLASSIFICATION: "classifications",
    Kind.TAG: "tags",
    Kind.DOMAIN: "domains",
    Kind.DATA_PRODUCT: "dataProducts",
    Kind.TEST_DEFINITION: "dataQuality/testDefinitions",
    Kind.TEST_SUITE: "dataQuality/testSuites",
    Kind.TEST_CASE: "dataQuality/testCases",
}
"""Where entities of a kind are, under ``/api/v1``."""
_TABLE_PARTS: Final = 4
"""Service, database, schema, table: below it the server quotes nothing in the name of a test case."""


@dataclass(frozen=True, order=True)
class EntityName:
    """
    One entity, by its kind and the parts of its name, outermost first.

    Parts are as people write them, without quotes: ``("prod", "shop", "raw", "orders")``.
    """

    kind: Kind
    parts: tuple[str, ...]

    @property
    def fqn(self) -> str:
        """The fully qualified name: parts joined by dots, one with a dot in quotes; a test case's is never quoted."""
        if self.kind is Kind.TEST_CASE:
            return ".".join((join(self.parts[:_TABLE_PARTS]), *self.parts[_TABLE_PARTS:]))
        return join(self.parts)

    @property
    def name(self) -> str:
        """The innermost part."""
        return self.parts[-1]

    @property
    def parent_fqn(self) -> str:
        """The fully qualified name of what it is in."""
        return join(self.parts[:-1])

    @property
    def path(self) -> str:
        """The entity's address under ``/api/v1``, by name."""
        return f"{PATHS[self.kind]}/name/{quote(self.fqn, safe='')}"

    @property
    def table(self) -> EntityName:
        """The table that a test case is of."""
        return EntityName(Kind.TABLE, self.parts[:_TABLE_PARTS])

    def __str__(self) -> str:
        return f"{self.kind.value} {self.fqn}"

    def child(self, kind: Kind, *parts: str) -> EntityName:
        """Return the name of something in it."""
        return EntityName(kind, (*self.parts, *parts))

    def up(self, kind: Kind, levels: int = 1) -> EntityName:
        """Return the name of what it is in, so many levels up."""
        return EntityName(kind, self.parts[:-levels])


def join(parts: tuple[str, ...]) -> str:
    """Return a fully qualified name; a part with a dot is quoted."""
    return ".".join(f'"{part}"' if "." in part else part for part in parts)


def split(fqn: str) -> tuple[str, ...]:
    """Return the parts of a fully qualified name, without their quotes."""
    parts: list[str] = []
    part, quoted = "", False
    for letter in fqn:
        if letter == '"':
            quoted = not quoted
        elif letter == "." and not quoted:
            parts.append(part)
            part = ""
        else:
            part += letter
    return (*parts, part)
