"""Requests as the records that OpenMetadata's sink writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import singledispatchmethod
from typing import Any, Final

from metadata.generated.schema.api.data.createAPICollection import CreateAPICollectionRequest
from metadata.generated.schema.api.data.createAPIEndpoint import CreateAPIEndpointRequest
from metadata.generated.schema.api.data.createContainer import CreateContainerRequest
from metadata.generated.schema.api.data.createDashboard import CreateDashboardRequest
from metadata.generated.schema.api.data.createDatabase import CreateDatabaseRequest
from metadata.generated.schema.api.data.createDatabaseSchema import CreateDatabaseSchemaRequest
from metadata.generated.schema.api.data.createPipeline import CreatePipelineRequest
from metadata.generated.schema.api.data.createTable import CreateTableRequest
from metadata.generated.schema.api.data.createTableProfile import CreateTableProfileRequest
from metadata.generated.schema.api.lineage.addLineage import AddLineageRequest
from metadata.generated.schema.api.services.createApiService import CreateApiServiceRequest
from metadata.generated.schema.api.services.createDashboardService import CreateDashboardServiceRequest
from metadata.generated.schema.api.services.createDatabaseService import CreateDatabaseServiceRequest
from metadata.generated.schema.api.services.createPipelineService import CreatePipelineServiceRequest
from metadata.generated.schema.api.services.createStorageService import CreateStorageServiceRequest
from metadata.generated.schema.api.tests.createTestCase import CreateTestCaseRequest
from metadata.generated.schema.api.tests.createTestDefinition import CreateTestDefinitionRequest
from metadata.generated.schema.entity.data.pipeline import PipelineStatus
from metadata.generated.schema.entity.data.table import DataModel
from metadata.generated.schema.tests.basic import TestCaseResult
from metadata.generated.schema.type.entityLineage import LineageDetails
from metadata.ingestion.models.barrier import Barrier
from metadata.ingestion.models.pipeline_status import OMetaPipelineStatus
from metadata.ingestion.models.profile_data import OMetaTableProfileSampleData
from metadata.ingestion.models.tests_data import OMetaTestCaseResultsSample
from metadata.ingestion.source.database.database_service import DataModelLink

from phlo_hooks.subscribers.openmetadata.connector.server import Server, profiles_path, results_path
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind, split
from phlo_hooks.subscribers.openmetadata.publishing.edge_merging import Sent, flows, merge_edge
from phlo_hooks.subscribers.openmetadata.publishing.merging import merge_entity
from phlo_hooks.subscribers.openmetadata.publishing.parts import Ours
from phlo_hooks.subscribers.openmetadata.publishing.records import is_ours
from phlo_hooks.subscribers.openmetadata.requests import (
    PostResult,
    PutDataModel,
    PutEdge,
    PutEntity,
    PutProfile,
    PutStatus,
    PutTest,
    Request,
)

Record = Any
"""One of OpenMetadata's models that its sink takes."""

_MODELS: Final[Mapping[Kind, Any]] = {
    Kind.API_SERVICE: CreateApiServiceRequest,
    Kind.DASHBOARD_SERVICE: CreateDashboardServiceRequest,
    Kind.DATABASE_SERVICE: CreateDatabaseServiceRequest,
    Kind.PIPELINE_SERVICE: CreatePipelineServiceRequest,
    Kind.STORAGE_SERVICE: CreateStorageServiceRequest,
    Kind.API_COLLECTION: CreateAPICollectionRequest,
    Kind.API_ENDPOINT: CreateAPIEndpointRequest,
    Kind.CONTAINER: CreateContainerRequest,
    Kind.DASHBOARD: CreateDashboardRequest,
    Kind.DATABASE: CreateDatabaseRequest,
    Kind.DATABASE_SCHEMA: CreateDatabaseSchemaRequest,
    Kind.PIPELINE: CreatePipelineRequest,
    Kind.TABLE: CreateTableRequest,
}


class Records:
    """Makes records of requests, compared with what stands on the server: what is there already is not told again."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._kind: Kind | None = None

    @singledispatchmethod
    def of(self, request: Request) -> Iterator[Record]:
        """
        Yield what a request becomes; nothing for what is there, and for what only the subscriber does.

        Raises:
            ValueError: OpenMetadata's model does not take it.
            APIError: The server does not answer.
        """
        del request
        yield from ()

    @of.register
    def _entity(self, request: PutEntity) -> Iterator[Record]:
        if request.name.kind is not self._kind:  # entities come sorted by kind, and are in those of kinds before
            self._kind = request.name.kind
            yield Barrier(reason=f"{self._kind} begins")
        ours = Ours(whole=request.whole, one_case=request.one_case)
        merged = merge_entity(request.name.kind, self._server.entity(request.name), self._resolved(request.body), ours)
        if merged.put is not None:
            yield _MODELS[request.name.kind].model_validate(merged.put)

    @of.register
    def _model(self, request: PutDataModel) -> Iterator[Record]:
        there = self._server.entity(request.table) or {}
        if there.get("dataModel") and not is_ours(there.get("sourceHash")):
            return
        table = self._server.table(request.table)
        if table is not None:
            yield DataModelLink(table_entity=table, datamodel=DataModel.model_validate(request.body))

    @of.register
    def _edge(self, request: PutEdge) -> Iterator[Record]:
        above, below = self._server.end(request.upstream), self._server.end(request.downstream)
        if above is None or below is None:
            return
        pipeline = self._server.end(request.pipeline) if request.pipeline is not None else None
        wanted = {
            "source": request.source,
            "sqlQuery": request.sql,
            "description": request.description,
            "pipeline": {"id": pipeline[0], "type": Kind.PIPELINE.value} if pipeline else None,
            "columnsLineage": flows(request, above[1], below[1]),
        }
        details = merge_edge(self._server.edge(above[0], below[0]), wanted, Sent()).details
        if details is not None:
            known = {key: value for key, value in details.items() if key in LineageDetails.model_fields}
            ends = [(request.upstream.kind, above[0]), (request.downstream.kind, below[0])]
            upstream, downstream = ({"type": kind.value, "id": id_} for kind, id_ in ends)
            edge = {"fromEntity": upstream, "toEntity": downstream, "lineageDetails": known}
            yield AddLineageRequest.model_validate({"edge": edge})

    @of.register
    def _status(self, request: PutStatus) -> Iterator[Record]:
        if self._server.end(request.pipeline) is not None:
            status = PipelineStatus.model_validate(request.body)
            yield OMetaPipelineStatus(pipeline_fqn=request.pipeline.fqn, pipeline_status=status)

    @of.register
    def _test(self, request: PutTest) -> Iterator[Record]:
        definition = EntityName(Kind.TEST_DEFINITION, (str(request.definition["name"]),))
        if self._server.entity(definition) is None:
            yield CreateTestDefinitionRequest.model_validate(request.definition)
        if self._server.entity(request.case) is None:
            yield CreateTestCaseRequest.model_validate(request.body)

    @of.register
    def _result(self, request: PostResult) -> Iterator[Record]:
        case = self._server.entity(request.case)
        if case is None:
            return
        fqn = str(case["fullyQualifiedName"])
        if not self._server.told(results_path(fqn), request.timestamp):  # the server refuses a moment that comes twice
            result = TestCaseResult.model_validate({**request.body, "timestamp": request.timestamp})
            yield OMetaTestCaseResultsSample(test_case_results=result, test_case_name=fqn)

    @of.register
    def _profile(self, request: PutProfile) -> Iterator[Record]:
        table = self._server.table(request.table)
        if table is None or self._server.told(profiles_path(request.table), request.timestamp):
            return
        profile = CreateTableProfileRequest.model_validate(request.body)
        yield OMetaTableProfileSampleData(table=table, profile=profile)

    def _resolved(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a body whose parent by name is one by id."""
        parent = body.get("parent")
        if not isinstance(parent, Mapping) or "fullyQualifiedName" not in parent:
            return body
        kind = Kind(parent["type"])
        end = self._server.end(EntityName(kind, split(str(parent["fullyQualifiedName"]))))
        return {**body, "parent": {"type": kind.value, "id": end[0]} if end else None}
