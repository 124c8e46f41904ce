"""Which fields each kind of entity has in its create request, and what a PUT does with each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.openmetadata_standin import vocabulary as v


@dataclass(frozen=True, kw_only=True)
class Shape:
    """
    One kind of entity.

    Attributes:
        path: Where it is, under ``/api/v1``.
        own: Fields of the create request beyond those that all have.
        newer: Those of them that 1.6 does not have.
        required: Beyond the name.
        parents: Field to the kind that it names; the last one given is what the entity is in.
        replaced: Tracked; the request's value holds, and without one it is removed.
        untracked: Stored only together with a change of something else.
        shown: Fields that a GET shows without being asked.
        enums: Field to its words.
        hashed: Whether it takes a ``sourceHash``.
        plain: Has no tags, owners, domain, data products.
    """

    kind: str
    path: str
    own: frozenset[str] = frozenset()
    newer: frozenset[str] = frozenset()
    required: tuple[str, ...] = ()
    parents: Mapping[str, str] = field(default_factory=dict)
    replaced: frozenset[str] = frozenset()
    untracked: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    enums: Mapping[str, v.Words] = field(default_factory=dict)
    hashed: bool = True
    plain: bool = False

    def takes(self, mode: str) -> frozenset[str]:
        """Return the fields of the create request."""
        own = self.own if mode == "2.0" else self.own - self.newer
        governed = set() if self.plain else {"tags", "owners", "dataProducts", domain_field(mode)}
        hashed = {"sourceHash", "lifeCycle", "extension"} if self.hashed else set()
        return own | {"name", "displayName", "description"} | governed | hashed


def domain_field(mode: str) -> str:
    """Return what the field is called: 2.0 knows several domains of one entity."""
    return "domains" if mode == "2.0" else "domain"


def names(names: str) -> frozenset[str]:
    return frozenset(names.split())


def _service(name: str, types: v.Words) -> Shape:
    return Shape(
        kind=f"{name}Service",
        path=f"services/{name}Services",
        own=names("serviceType connection style scheduleInterval ingestionRunner"),
        newer=names("style ingestionRunner"),
        required=("serviceType",),
        untracked=names("serviceType"),
        shown=names("serviceType"),
        enums={"serviceType": types},
        hashed=False,
    )


SHAPES = (
    _service("database", v.DATABASE_SERVICES),
    _service("pipeline", v.PIPELINE_SERVICES),
    _service("api", v.API_SERVICES),
    _service("dashboard", v.DASHBOARD_SERVICES),
    _service("storage", v.STORAGE_SERVICES),
    Shape(
        kind="database",
        path="databases",
        own=names("service default retentionPeriod sourceUrl"),
        required=("service",),
        parents={"service": "databaseService"},
        replaced=names("sourceUrl sourceHash retentionPeriod"),
        shown=names("service sourceUrl sourceHash"),
    ),
    Shape(
        kind="databaseSchema",
        path="databaseSchemas",
        own=names("database retentionPeriod sourceUrl"),
        required=("database",),
        parents={"database": "database"},
        replaced=names("sourceUrl sourceHash retentionPeriod"),
        shown=names("database service sourceUrl sourceHash"),
    ),
    Shape(
        kind="table",
        path="tables",
        own=names(
            "tableType columns dataModel locationPath tableConstraints aliases tablePartition tableProfilerConfig "
            "databaseSchema schemaDefinition retentionPeriod sourceUrl fileFormat"
        ),
        newer=names("locationPath aliases dataModel"),
        required=("databaseSchema", "columns"),
        parents={"databaseSchema": "databaseSchema"},
        replaced=names("tableType sourceUrl sourceHash tableConstraints retentionPeriod fileFormat"),
        untracked=names("schemaDefinition"),
        shown=names("databaseSchema database service serviceType tableType sourceUrl columns sourceHash"),
        enums={"tableType": v.TABLE_TYPES},
    ),
    Shape(
        kind="pipeline",
        path="pipelines",
        own=names("sourceUrl concurrency pipelineLocation startDate tasks state service scheduleInterval"),
        newer=names("state"),
        required=("service",),
        parents={"service": "pipelineService"},
        replaced=names("sourceUrl sourceHash concurrency pipelineLocation state"),
        untracked=names("scheduleInterval startDate"),
        shown=names("service serviceType sourceUrl sourceHash"),
    ),
    Shape(
        kind="apiCollection",
        path="apiCollections",
        own=names("endpointURL apiEndpoints service"),
        required=("service",),
        parents={"service": "apiService"},
        replaced=names("endpointURL sourceHash"),
        shown=names("service endpointURL sourceHash"),
    ),
    Shape(
        kind="apiEndpoint",
        path="apiEndpoints",
        own=names("apiCollection endpointURL requestMethod requestSchema responseSchema sourceUrl"),
        required=("apiCollection", "endpointURL"),
        parents={"apiCollection": "apiCollection"},
        replaced=names("endpointURL requestMethod sourceUrl sourceHash"),
        shown=names(
            "apiCollection service endpointURL requestMethod sourceUrl sourceHash requestSchema responseSchema"
        ),
        enums={"requestMethod": v.REQUEST_METHODS},
    ),
    Shape(
        kind="container",
        path="containers",
        own=names("service parent dataModel prefix numberOfObjects size fileFormats sourceUrl fullPath"),
        required=("service",),
        parents={"service": "storageService", "parent": "container"},
        replaced=names("prefix fileFormats sourceUrl fullPath sourceHash"),
        untracked=names("numberOfObjects size"),
        shown=names("service parent prefix fileFormats sourceUrl fullPath sourceHash size numberOfObjects dataModel"),
    ),
    Shape(
        kind="dashboard",
        path="dashboards",
        own=names("dashboardType sourceUrl project charts dataModels service"),
        required=("service",),
        parents={"service": "dashboardService"},
        replaced=names("sourceUrl sourceHash charts dataModels dashboardType"),
        untracked=names("project"),
        shown=names("service serviceType sourceUrl project dashboardType sourceHash"),
    ),
    Shape(
        kind="chart",
        path="charts",
        own=names("chartType sourceUrl service dashboards"),
        required=("service",),
        parents={"service": "dashboardService"},
        replaced=names("sourceUrl sourceHash chartType"),
        shown=names("service sourceUrl chartType sourceHash"),
    ),
    Shape(
        kind="metric",
        path="metrics",
        own=names(
            "metricExpression metricType unitOfMeasurement granularity relatedMetrics customUnitOfMeasurement "
            "dimensions measures filters assets"
        ),
        newer=names("customUnitOfMeasurement dimensions measures filters assets"),
        replaced=names("metricType unitOfMeasurement granularity relatedMetrics dimensions measures filters"),
        untracked=names("metricExpression"),
        shown=names("metricType unitOfMeasurement granularity metricExpression"),
        enums={"metricType": v.METRIC_TYPES, "unitOfMeasurement": v.METRIC_UNITS},
        hashed=False,
    ),
    Shape(
        kind="classification",
        path="classifications",
        own=names("provider mutuallyExclusive"),
        required=("description",),
        replaced=names("mutuallyExclusive"),
        shown=names("mutuallyExclusive"),
        hashed=False,
        plain=True,
    ),
    Shape(
        kind="tag",
        path="tags",
        own=names("classification parent style provider mutuallyExclusive"),
        required=("description", "classification"),
        parents={"classification": "classification"},
        shown=names("classification mutuallyExclusive style"),
        hashed=False,
        plain=True,
    ),
    Shape(
        kind="glossaryTerm",
        path="glossaryTerms",
        own=names("glossary"),
        required=("description",),
        hashed=False,
        plain=True,
    ),
    Shape(
        kind="domain",
        path="domains",
        own=names("domainType parent style experts"),
        required=("description", "domainType"),
        replaced=names("domainType"),
        shown=names("domainType"),
        enums={"domainType": v.DOMAIN_TYPES},
        hashed=False,
        plain=True,
    ),
    Shape(
        kind="dataProduct",
        path="dataProducts",
        own=names("domain domains style experts assets"),
        newer=names("domains"),
        required=("description",),
        hashed=False,
        plain=True,
    ),
    Shape(
        kind="testDefinition",
        path="dataQuality/testDefinitions",
        own=names(
            "entityType testPlatforms supportedDataTypes provider parameterDefinition dataQualityDimension owners "
            "supportedServices sqlExpression validatorClass"
        ),
        newer=names("dataQualityDimension supportedServices validatorClass"),
        required=("description", "entityType", "testPlatforms"),
        replaced=names("parameterDefinition testPlatforms dataQualityDimension supportedDataTypes"),
        shown=names("entityType testPlatforms parameterDefinition dataQualityDimension supportedDataTypes"),
        enums={"entityType": v.TEST_ENTITIES, "dataQualityDimension": v.TEST_DIMENSIONS},
        hashed=False,
        plain=True,
    ),
    Shape(kind="user", path="users", own=names("email isBot isAdmin"), shown=names("email isBot isAdmin"), plain=True),
    Shape(kind="team", path="teams", own=names("teamType"), shown=names("teamType"), plain=True),
    Shape(
        kind="testSuite",
        path="dataQuality/testSuites",
        own=names("executableEntityReference basicEntityReference"),
        shown=names("executable basic executableEntityReference basicEntityReference"),
        hashed=False,
        plain=True,
    ),
    Shape(
        kind="testCase",
        path="dataQuality/testCases",
        own=names(
            "testDefinition entityLink parameterValues testSuite computePassedFailedRowCount useDynamicAssertion "
            "dimensionColumns topDimensions reviewers tags owners"
        ),
        newer=names("dimensionColumns topDimensions reviewers"),
        shown=names("entityLink entityFQN parameterValues testCaseStatus testCaseResult testDefinition testSuite"),
        hashed=False,
        plain=True,
    ),
)
BY_KIND = {shape.kind: shape for shape in SHAPES}
BY_PATH = {shape.path: shape for shape in SHAPES}
COLUMN = names(
    "name displayName dataType arrayDataType dataLength precision scale dataTypeDisplay description "
    "fullyQualifiedName tags constraint ordinalPosition jsonSchema children profile customMetrics extension"
)
COLUMN_NEWER = names("extension")
FIELD = names("name displayName dataType dataTypeDisplay description fullyQualifiedName tags children")
TASK = names(
    "name displayName fullyQualifiedName description sourceUrl downstreamTasks taskType taskSQL startDate endDate tags "
    "owners"
)
TASK_UNTRACKED = ("displayName", "taskType", "sourceUrl", "downstreamTasks", "taskSQL", "startDate", "endDate")
DATA_MODEL = names(
    "modelType resourceType dbtSourceProject description path rawSql sql upstream owners tags columns generatedAt"
)
DATA_MODEL_NEWER = names("dbtSourceProject")
RUN = names(
    "timestamp executionStatus taskStatus executionId endTime version parameters executedBy inputs outputs metrics "
    "error"
)
RUN_NEWER = RUN - names("timestamp executionStatus taskStatus")
TASK_RUN = names(
    "name executionStatus startTime endTime logLink taskId transformationType transformationLogic inputs outputs "
    "metrics"
)
TASK_RUN_NEWER = TASK_RUN - names("name executionStatus startTime endTime logLink")
RESULT = names(
    "timestamp testCaseStatus result sampleData testResultValue passedRows failedRows passedRowsPercentage "
    "failedRowsPercentage incidentId maxBound minBound fqn dimensionResults"
)
RESULT_NEWER = names("fqn dimensionResults")
TABLE_PROFILE = names(
    "timestamp columnCount rowCount sizeInByte createDateTime customMetrics profileSample profileSampleType"
)
COLUMN_PROFILE = names(
    "name timestamp valuesCount valuesPercentage validCount duplicateCount nullCount nullProportion missingPercentage "
    "missingCount uniqueCount uniqueProportion distinctCount distinctProportion min max minLength maxLength mean sum "
    "stddev variance median firstQuartile thirdQuartile interQuartileRange nonParametricSkew histogram customMetrics "
    "cardinalityDistribution"
)
SYSTEM_PROFILE = names("timestamp operation rowsAffected")
