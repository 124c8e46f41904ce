"""The other end of `judge.py`: OpenMetadata's own models, asked from the tests' environment."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

from phlo_hooks.subscribers.openmetadata.names import Kind

ROOT: Final = Path(__file__).resolve().parents[2]
ENVIRONMENT: Final = ROOT / ".venv-openmetadata"
ANY_ID: Final = "00000000-0000-4000-8000-000000000000"

CREATE: Final = {
    Kind.API_SERVICE: "generated.schema.api.services.createApiService:CreateApiServiceRequest",
    Kind.DASHBOARD_SERVICE: "generated.schema.api.services.createDashboardService:CreateDashboardServiceRequest",
    Kind.DATABASE_SERVICE: "generated.schema.api.services.createDatabaseService:CreateDatabaseServiceRequest",
    Kind.PIPELINE_SERVICE: "generated.schema.api.services.createPipelineService:CreatePipelineServiceRequest",
    Kind.STORAGE_SERVICE: "generated.schema.api.services.createStorageService:CreateStorageServiceRequest",
    Kind.API_COLLECTION: "generated.schema.api.data.createAPICollection:CreateAPICollectionRequest",
    Kind.DATABASE: "generated.schema.api.data.createDatabase:CreateDatabaseRequest",
    Kind.DATABASE_SCHEMA: "generated.schema.api.data.createDatabaseSchema:CreateDatabaseSchemaRequest",
    Kind.API_ENDPOINT: "generated.schema.api.data.createAPIEndpoint:CreateAPIEndpointRequest",
    Kind.CONTAINER: "generated.schema.api.data.createContainer:CreateContainerRequest",
    Kind.DASHBOARD: "generated.schema.api.data.createDashboard:CreateDashboardRequest",
    Kind.PIPELINE: "generated.schema.api.data.createPipeline:CreatePipelineRequest",
    Kind.TABLE: "generated.schema.api.data.createTable:CreateTableRequest",
    Kind.CLASSIFICATION: "generated.schema.api.classification.createClassification:CreateClassificationRequest",
    Kind.TAG: "generated.schema.api.classification.createTag:CreateTagRequest",
    Kind.DOMAIN: "generated.schema.api.domains.createDomain:CreateDomainRequest",
    Kind.DATA_PRODUCT: "generated.schema.api.domains.createDataProduct:CreateDataProductRequest",
    Kind.TEST_DEFINITION: "generated.schema.api.tests.createTestDefinition:CreateTestDefinitionRequest",
    Kind.TEST_SUITE: "generated.schema.api.tests.createTestSuite:CreateTestSuiteRequest",
    Kind.TEST_CASE: "generated.schema.api.tests.createTestCase:CreateTestCaseRequest",
}
"""Kind of entity to the model of its create request."""
COLUMN: Final = "generated.schema.entity.data.table:Column"
FIELD: Final = "generated.schema.type.schema:FieldModel"
DATA_MODEL: Final = "generated.schema.entity.data.table:DataModel"
EDGE: Final = "generated.schema.api.lineage.addLineage:AddLineageRequest"
EDGE_DETAILS: Final = "generated.schema.type.entityLineage:LineageDetails"
RESULT: Final = "generated.schema.api.tests.createTestCaseResult:CreateTestCaseResult"
INCIDENT: Final = "generated.schema.api.tests.createTestCaseResolutionStatus:CreateTestCaseResolutionStatus"
STATUS: Final = "generated.schema.entity.data.pipeline:PipelineStatus"
PROFILE: Final = "generated.schema.api.data.createTableProfile:CreateTableProfileRequest"


class Judge:
    """OpenMetadata's own code; a context manager, as it lives in a process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        command = [str(ENVIRONMENT / "bin" / "python"), str(Path(__file__).with_name("judge.py"))]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=ENVIRONMENT
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.communicate()

    def refuses(self, model: str, body: Mapping[str, Any]) -> str | None:
        """Return why a model refuses a body; `None` when it takes it."""
        refused = self._ask({"model": model, "body": body})["refused"]
        return None if refused is None else str(refused)

    def ingest(self, config: Path, environ: Mapping[str, str]) -> tuple[int, str]:
        """Run `metadata ingest -c`; return its exit code and what it logged."""
        answer = self._ask({"ingest": str(config), "environ": dict(environ)})
        return int(answer["exit"]), str(answer["said"])

    def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the judge has ended"
        found: dict[str, Any] = json.loads(answer)
        return found


def with_ids(value: Any) -> Any:
    """Return a body as it is sent: references by name have ids in place of the name."""
    if isinstance(value, Mapping):
        if set(value) == {"type", "fullyQualifiedName"}:
            return {"type": value["type"], "id": ANY_ID}
        return {key: with_ids(each) for key, each in value.items() if each is not None}
    return [with_ids(each) for each in value] if isinstance(value, (list, tuple)) else value
