"""
Since which version the server takes a field or a word; what is not named here, it always took.

From the models of every version, 1.6 to 2.0, and for 1.6 from what a server answered where that is less.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Version = tuple[int, int]

ALWAYS: Final[Version] = (0, 0)

FIELDS: Final[Mapping[str, Mapping[str, Version]]] = {
    "": {"style": (2, 0)},
    "table": {"locationPath": (1, 7), "aliases": (2, 0)},
    "column": {"extension": (1, 12)},
    "pipeline": {"state": (1, 7)},
    "classification": {"owners": (1, 8), "autoClassificationConfig": (1, 10), "reviewers": (1, 10)},
    "tag": {"owners": (1, 8), "reviewers": (1, 10)},
    "domain": {"extension": (1, 7)},
    "dataProduct": {"reviewers": (1, 10), "dataProductType": (2, 0), "visibility": (2, 0)},
    "testDefinition": {
        "dataQualityDimension": (1, 12),
        "sqlExpression": (1, 12),
        "supportedServices": (1, 12),
        "validatorClass": (1, 12),
    },
    "testCase": {"tags": (1, 8), "reviewers": (1, 10), "dimensionColumns": (1, 11), "topDimensions": (2, 0)},
    "testCaseResult": {"dimensionResults": (1, 11)},
    "dataModel": {"dbtSourceProject": (1, 9)},
    "lineageDetails": {"tempLineageTables": (2, 0)},
    "pipelineStatus": dict.fromkeys(
        ("endTime", "error", "executedBy", "executionId", "inputs", "metrics", "outputs", "parameters", "version"),
        (1, 10),
    ),
    "taskStatus": dict.fromkeys(
        ("inputs", "metrics", "outputs", "taskId", "transformationLogic", "transformationType"), (1, 10)
    ),
}
"""Kind of body to field to version; under ``""`` what holds for every kind."""

_CUSTOM: Final[Mapping[str, tuple[str, Mapping[Version, tuple[str, ...]]]]] = {
    "databaseService": (
        "CustomDatabase",
        {
            (1, 7): ("Cassandra", "Cockroach"),
            (1, 8): ("SSAS",),
            (1, 9): ("Epic", "ServiceNow"),
            (1, 10): ("Timescale",),
            (1, 11): ("BurstIQ",),
            (1, 12): ("Dremio", "Informix", "MicrosoftAccess", "MicrosoftFabric", "StarRocks"),
            (2, 0): ("Iomete", "QuestDB", "SapBw4Hana", "SapSuccessFactors"),
        },
    ),
    "storageService": ("CustomStorage", {(1, 7): ("ADLS",)}),
    "apiService": ("Rest", {(1, 7): ("WEBHOOK",)}),
    "dashboardService": (
        "CustomDashboard",
        {
            (1, 8): ("ThoughtSpot",),
            (1, 9): ("Grafana",),
            (1, 10): ("Hex",),
            (1, 12): ("Ssrs",),
            (2, 0): ("Omni", "SapS4Hana"),
        },
    ),
}

VALUES: Final[Mapping[tuple[str, str], Mapping[str, tuple[Version, str]]]] = {
    **{
        (kind, "serviceType"): {name: (version, custom) for version, names in types.items() for name in names}
        for kind, (custom, types) in _CUSTOM.items()
    },
    ("table", "tableType"): {
        "Stream": ((1, 7), "Regular"),
        "Stage": ((1, 11), "Regular"),
        "SemanticView": ((2, 0), "View"),
    },
    ("", "dataType"): {
        "KPI": ((1, 8), "UNKNOWN"),
        "MEASURE": ((1, 8), "UNKNOWN"),
        "HEIRARCHY": ((1, 8), "UNKNOWN"),
        "HIERARCHYID": ((1, 10), "UNKNOWN"),
    },
    ("testDefinition", "testPlatforms"): {"dbt": ((1, 11), "DBT")},
    ("lineageDetails", "source"): {
        "CrossDatabaseLineage": ((1, 7), "ExternalTableLineage"),
        "ChildAssets": ((1, 7), "PipelineLineage"),
    },
}
"""Kind of body (or any) and field, to word, to the version that took it first and the word to say before."""

GONE: Final[Mapping[tuple[str, str], Mapping[str, tuple[Version, str]]]] = {
    ("databaseService", "serviceType"): {"Iceberg": ((2, 0), "CustomDatabase")},
}
"""The same for words that a version took no more."""

RESPELLED: Final = frozenset({("testPlatforms", "dbt")})
"""Words that only changed their spelling, so that nothing is lost."""


def since(fields: Mapping[str, Mapping[str, Version]], kind: str, name: str) -> Version:
    """Return the version that took a field first."""
    return fields.get(kind, {}).get(name) or fields[""].get(name) or ALWAYS
