"""What stands on the server, read with OpenMetadata's own client."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode

from metadata.generated.schema.entity.data.table import Table
from metadata.ingestion.ometa.client import APIError
from metadata.ingestion.ometa.ometa_api import OpenMetadata

from phlo_hooks.subscribers.openmetadata.names import PATHS, EntityName, Kind
from phlo_hooks.subscribers.openmetadata.publishing.parts import parts_at, tails

_FIELDS: Final = {
    Kind.TABLE: "columns,schemaDefinition,tableConstraints,dataModel,dataProducts",
    Kind.CONTAINER: "dataModel,dataProducts",
    Kind.API_ENDPOINT: "dataProducts",
    Kind.DATABASE: "dataProducts",
    Kind.DATABASE_SCHEMA: "dataProducts",
    Kind.PIPELINE: "tasks,dataProducts",
    Kind.DASHBOARD: "charts,dataModels,dataProducts",
}
"""What a PUT may erase, and only stands in an answer that was asked for it."""


class Server:
    """Reads; nothing is remembered, as the sink writes meanwhile."""

    def __init__(self, metadata: OpenMetadata) -> None:
        self._metadata = metadata

    def entity(self, name: EntityName) -> dict[str, Any] | None:
        """Return an entity as it stands there; ``None`` for none."""
        fields = _FIELDS.get(name.kind)
        return self._get(name.path, {"include": "all", **({"fields": fields} if fields else {})})

    def table(self, name: EntityName) -> Table | None:
        """Return a table as OpenMetadata's model."""
        return self._metadata.get_by_name(entity=Table, fqn=name.fqn)

    def end(self, name: EntityName) -> tuple[str, list[str]] | None:
        """Return an entity's id and its columns as the server spells them; ``None`` for what is not there."""
        there = self.entity(name)
        if there is None or there.get("deleted"):
            return None
        known = [] if name.kind is Kind.PIPELINE else parts_at(there, name.kind) or []
        return str(there["id"]), tails(known, str(there["fullyQualifiedName"]), name.kind)

    def edge(self, upstream: str, downstream: str) -> dict[str, Any] | None:
        """Return what the edge between two ids says; ``None`` where there is none that says anything."""
        found = self._get(f"lineage/getLineageEdge/{upstream}/{downstream}")
        return None if found is None else dict(found.get("edge") or {})

    def told(self, path: str, timestamp: int) -> bool:
        """Return whether a series has an entry of this moment (ms)."""
        found = self._get(path, {"startTs": timestamp, "endTs": timestamp})
        return any(entry.get("timestamp") == timestamp for entry in (found or {}).get("data") or ())

    def _get(self, path: str, params: dict[str, Any] | None = None) -> dict[str, Any] | None:
        try:
            answer = self._metadata.client.get(f"/{path}?{urlencode(params)}" if params else f"/{path}")
        except APIError as error:
            if error.status_code == HTTPStatus.NOT_FOUND:
                return None
            raise
        return answer if isinstance(answer, dict) else None


def results_path(case: str) -> str:
    """Return where the results of a test case are."""
    return f"{PATHS[Kind.TEST_CASE]}/testCaseResults/{quote(case, safe='')}"


def profiles_path(table: EntityName) -> str:
    """Return where the sizes of a table are."""
    return f"{PATHS[Kind.TABLE]}/{quote(table.fqn, safe='')}/tableProfile"
