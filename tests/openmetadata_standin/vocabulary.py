"""The words that each version of the server takes; those that only 2.0 takes stand apart."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Words:
    """
    The values of one enumeration.

    Attributes:
        both: What both versions take.
        newer: Only 2.0.
        older: Only 1.6.
    """

    what: str
    both: frozenset[str]
    newer: frozenset[str] = frozenset()
    older: frozenset[str] = frozenset()

    def take(self, value: object, mode: str) -> bool:
        """Whether a server of that version takes a value."""
        return value in self.both or value in (self.newer if mode == "2.0" else self.older)


def words(what: str, both: str, newer: str = "", older: str = "") -> Words:
    """Return an enumeration, its values written with blanks between them."""
    return Words(what, frozenset(both.split()), frozenset(newer.split()), frozenset(older.split()))


_COLUMN_TYPES = words(
    "type.ColumnDataType",
    "NUMBER TINYINT SMALLINT INT BIGINT BYTEINT BYTES FLOAT DOUBLE DECIMAL NUMERIC TIMESTAMP TIMESTAMPZ TIME DATE "
    "DATETIME INTERVAL STRING MEDIUMTEXT TEXT CHAR LONG VARCHAR BOOLEAN BINARY VARBINARY ARRAY BLOB LONGBLOB "
    "MEDIUMBLOB MAP STRUCT UNION SET GEOGRAPHY ENUM JSON UUID VARIANT GEOMETRY BYTEA AGGREGATEFUNCTION ERROR FIXED "
    "RECORD NULL SUPER HLLSKETCH PG_LSN PG_SNAPSHOT TSQUERY TXID_SNAPSHOT XML MACADDR TSVECTOR UNKNOWN CIDR INET CLOB "
    "ROWID LOWCARDINALITY YEAR POINT POLYGON TUPLE SPATIAL TABLE NTEXT IMAGE IPV4 IPV6 DATETIMERANGE HLL LARGEINT "
    "QUANTILE_STATE AGG_STATE BITMAP UINT BIT MONEY",
    newer="MEASURE KPI HEIRARCHY HIERARCHYID",
)
COLUMN_TYPES = replace(_COLUMN_TYPES, newer=_COLUMN_TYPES.newer | {"MEASURE HIDDEN", "MEASURE VISIBLE"})
FIELD_TYPES = words(
    "type.FieldDataType",
    "RECORD NULL BOOLEAN INT LONG BYTES FLOAT DOUBLE TIMESTAMP TIMESTAMPZ TIME DATE STRING ARRAY MAP ENUM UNION FIXED "
    "ERROR UNKNOWN",
)
LENGTH_NEEDED = frozenset({"CHAR", "VARCHAR", "BINARY", "VARBINARY"})
CONSTRAINTS = words("type.Constraint", "NULL NOT_NULL UNIQUE PRIMARY_KEY")
TABLE_CONSTRAINTS = words(
    "type.ConstraintType", "UNIQUE PRIMARY_KEY FOREIGN_KEY SORT_KEY DIST_KEY", newer="CLUSTER_KEY"
)
TABLE_TYPES = words(
    "type.TableType",
    "Regular External Dynamic View SecureView MaterializedView Iceberg Local Partitioned Foreign Transient",
    newer="Stream Stage SemanticView",
)
DATABASE_SERVICES = words(
    "api.services.DatabaseServiceType",
    "BigQuery BigTable Mysql Redshift Snowflake Postgres Mssql Oracle Athena Hive Impala Presto Trino Vertica Glue "
    "MariaDB Druid Db2 Clickhouse Databricks AzureSQL DynamoDB SingleStore SQLite DeltaLake Salesforce PinotDB "
    "Datalake DomoDatabase QueryLog CustomDatabase Dbt SapHana MongoDB Cassandra Couchbase Greenplum Doris "
    "UnityCatalog SAS Teradata SapErp Synapse Exasol Cockroach",
    newer="Timescale MicrosoftAccess SapSuccessFactors StarRocks SSAS Epic ServiceNow Dremio MicrosoftFabric BurstIQ "
    "Informix Iomete QuestDB SapBw4Hana",
    older="Iceberg",
)
PIPELINE_SERVICES = words(
    "api.services.PipelineServiceType",
    "Airflow GluePipeline Airbyte Fivetran Flink Dagster Nifi DomoPipeline CustomPipeline DatabricksPipeline Spline "
    "Spark KafkaConnect DBTCloud Matillion Stitch DataFactory",
    newer="OpenLineage Prefect KinesisFirehose Wherescape SSIS Snowplow Mulesoft MicrosoftFabricPipeline",
)
STORAGE_SERVICES = words("api.services.StorageServiceType", "S3 GCS CustomStorage", newer="ADLS")
API_SERVICES = words("api.services.ApiServiceType", "Rest", newer="WEBHOOK")
DASHBOARD_SERVICES = words(
    "api.services.DashboardServiceType",
    "Superset Looker Tableau Redash Metabase PowerBI Mode CustomDashboard DomoDashboard QuickSight QlikSense Lightdash "
    "MicroStrategy QlikCloud Sigma",
    newer="PowerBIReportServer ThoughtSpot Grafana Hex Ssrs SapS4Hana Omni",
)
FILE_FORMATS = words("type.FileFormat", "zip gz zstd csv tsv json parquet avro", newer="MF4")
REQUEST_METHODS = words("type.ApiRequestMethod", "GET POST PUT PATCH DELETE HEAD CONNECT OPTIONS TRACE")
LINEAGE_SOURCES = words(
    "type.LineageDetails$Source",
    "Manual ViewLineage QueryLineage PipelineLineage DashboardLineage DbtLineage SparkLineage OpenLineage "
    "ExternalTableLineage",
    newer="CrossDatabaseLineage ChildAssets",
)
RUN_STATUSES = words("type.StatusType", "Successful Failed Pending Skipped")
TEST_PLATFORMS = words(
    "tests.TestPlatform", "OpenMetadata GreatExpectations Deequ Soda Other", newer="dbt", older="DBT"
)
TEST_ENTITIES = words("tests.TestDefinitionEntityType", "TABLE COLUMN")
TEST_DIMENSIONS = words(
    "type.DataQualityDimensions",
    "",
    newer="Completeness Accuracy Consistency Validity Uniqueness Integrity SQL NoDimension",
)
TEST_STATUSES = words("tests.type.TestCaseStatus", "Success Failed Aborted Queued")
INCIDENT_STATUSES = words("tests.type.TestCaseResolutionStatusTypes", "New Ack Assigned Resolved")
DOMAIN_TYPES = Words("type.DomainType", frozenset({"Source-aligned", "Consumer-aligned", "Aggregate"}))
METRIC_TYPES = words(
    "type.MetricType",
    "COUNT SUM AVERAGE RATIO PERCENTAGE MIN MAX MEDIAN MODE STANDARD_DEVIATION VARIANCE OTHER",
    newer="SIMPLE CUMULATIVE DERIVED CONVERSION",
)
METRIC_UNITS = words(
    "type.MetricUnit", "COUNT DOLLARS PERCENTAGE TIMESTAMP SIZE REQUESTS EVENTS TRANSACTIONS", newer="OTHER"
)
MODEL_TYPES = words("type.ModelType", "DBT DDL")
OPERATIONS = words("type.DmlOperationType", "UPDATE INSERT DELETE WRITE")
