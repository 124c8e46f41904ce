"""What each version of the server takes, as a table."""

from __future__ import annotations

import copy
import logging
from typing import Any

import pytest

from phlo_hooks.exceptions import TransientDeliveryError
from phlo_hooks.subscribers.openmetadata.names import Kind
from phlo_hooks.subscribers.openmetadata.versions import NEWEST, Features, Once, Part, Server

VERSIONS = ((1, 6), (1, 7), (1, 8), (1, 9), (1, 10), (1, 11), (1, 12), (1, 13), (2, 0))
LINK = "<#E::table::svc.lake.raw.t::columns::id>"


def server(version: str) -> Server:
    return Server.of({"version": version}, {"id": "7", "name": "bot", "isBot": True}, once=Once())


@pytest.mark.parametrize(
    ("feature", "from_version"),
    [
        ("lineage_by_name", (2, 0)),
        ("bulk", (1, 11)),
        ("bulk_status", (1, 11)),
        ("domains", (1, 9)),
        ("wide_links", (1, 7)),
        ("long_columns", (1, 11)),
    ],
)
def test_what_a_version_can_do_every_newer_one_can(feature: str, from_version: tuple[int, int]) -> None:
    """Each ability begins with one version and stays."""
    able = [version for version in VERSIONS if getattr(Features.of(version), feature)]

    assert able == [version for version in VERSIONS if version >= from_version]


def test_a_table_suite_is_wanted_up_to_1_7() -> None:
    """Older servers want a suite before a case; its place and body come from here."""
    wanted = [version for version in VERSIONS if Features.of(version).suites]

    assert wanted == [(1, 6), (1, 7)]
    assert server("1.6.0").suite("svc.lake.raw.t") == (
        "dataQuality/testSuites/executable",
        {"name": "svc.lake.raw.t.testSuite", "executableEntityReference": "svc.lake.raw.t"},
    )


@pytest.mark.parametrize(
    ("version", "kind", "body", "fitted"),
    [
        ("1.6.0", Kind.TABLE, {"name": "t", "domains": ["Sales", "Ops"]}, {"name": "t", "domain": "Sales"}),
        ("1.8.3", Kind.TABLE, {"name": "t", "domains": []}, {"name": "t"}),
        ("1.9.0", Kind.TABLE, {"name": "t", "domains": ["Sales"]}, {"name": "t", "domains": ["Sales"]}),
        ("1.6.0", Kind.DATA_PRODUCT, {"name": "p", "domains": ["Sales"]}, {"name": "p", "domain": "Sales"}),
        ("1.6.0", Kind.TABLE, {"tableType": "Stream"}, {"tableType": "Regular"}),
        ("1.7.0", Kind.TABLE, {"tableType": "Stream"}, {"tableType": "Stream"}),
        ("1.12.0", Kind.TABLE, {"tableType": "SemanticView"}, {"tableType": "View"}),
        ("1.6.0", Kind.TABLE, {"locationPath": "s3://x", "name": "t"}, {"name": "t"}),
        (
            "1.7.9",
            Kind.TABLE,
            {"columns": [{"name": "k", "dataType": "STRUCT", "children": [{"name": "m", "dataType": "MEASURE"}]}]},
            {"columns": [{"name": "k", "dataType": "STRUCT", "children": [{"name": "m", "dataType": "UNKNOWN"}]}]},
        ),
        (
            "1.8.0",
            Kind.CONTAINER,
            {"dataModel": {"columns": [{"name": "h", "dataType": "HIERARCHYID"}]}},
            {"dataModel": {"columns": [{"name": "h", "dataType": "UNKNOWN"}]}},
        ),
        ("1.6.0", Kind.PIPELINE, {"name": "p", "state": "Active"}, {"name": "p"}),
        ("1.7.0", Kind.PIPELINE, {"name": "p", "state": "Active"}, {"name": "p", "state": "Active"}),
        ("1.6.0", Kind.DATABASE_SERVICE, {"serviceType": "StarRocks"}, {"serviceType": "CustomDatabase"}),
        ("1.12.0", Kind.DATABASE_SERVICE, {"serviceType": "StarRocks"}, {"serviceType": "StarRocks"}),
        ("1.6.0", Kind.DATABASE_SERVICE, {"serviceType": "Postgres"}, {"serviceType": "Postgres"}),
        ("1.6.0", Kind.STORAGE_SERVICE, {"serviceType": "ADLS"}, {"serviceType": "CustomStorage"}),
        ("2.0.6", Kind.DATABASE_SERVICE, {"serviceType": "Iceberg"}, {"serviceType": "CustomDatabase"}),
        ("1.12.0", Kind.DATABASE_SERVICE, {"serviceType": "Iceberg"}, {"serviceType": "Iceberg"}),
        ("1.10.0", Kind.TEST_DEFINITION, {"testPlatforms": ["dbt", "Other"]}, {"testPlatforms": ["DBT", "Other"]}),
        ("1.11.0", Kind.TEST_DEFINITION, {"testPlatforms": ["dbt"]}, {"testPlatforms": ["dbt"]}),
        ("1.11.0", Kind.TEST_DEFINITION, {"name": "d", "dataQualityDimension": "Validity"}, {"name": "d"}),
        ("1.7.0", Kind.TEST_CASE, {"entityLink": LINK}, {"entityLink": LINK, "testSuite": "svc.lake.raw.t.testSuite"}),
        ("1.8.0", Kind.TEST_CASE, {"entityLink": LINK}, {"entityLink": LINK}),
        ("1.10.0", Part.RESULT, {"timestamp": 1, "dimensionResults": []}, {"timestamp": 1}),
        ("1.6.0", Part.LINEAGE, {"source": "ChildAssets"}, {"source": "PipelineLineage"}),
        ("1.7.0", Part.LINEAGE, {"source": "ChildAssets"}, {"source": "ChildAssets"}),
        ("1.8.0", Part.DATA_MODEL, {"sql": "select 1", "dbtSourceProject": "shop"}, {"sql": "select 1"}),
        (
            "1.9.0",
            Part.STATUS,
            {"timestamp": 1, "executionId": "r", "taskStatus": [{"name": "t", "metrics": {}, "logLink": "l"}]},
            {"timestamp": 1, "taskStatus": [{"name": "t", "logLink": "l"}]},
        ),
        ("1.10.0", Part.STATUS, {"executionId": "r"}, {"executionId": "r", "taskStatus": []}),
    ],
)
def test_a_body_is_written_as_the_version_takes_it(
    version: str, kind: Kind | Part, body: dict[str, Any], fitted: dict[str, Any]
) -> None:
    """Fields and words that came later are left out or said as the nearest; the given body is not changed."""
    before = copy.deepcopy(body)

    assert server(version).fit(kind, body) == fitted
    assert body == before


def test_the_newest_version_takes_every_body_as_it_is() -> None:
    """For 2.0 nothing is changed, as mapping writes for it."""
    body = {"domains": ["a", "b"], "columns": [{"name": "c", "dataType": "KPI", "extension": {}}], "locationPath": "x"}

    assert server("2.0.6").fit(Kind.TABLE, body) == body


@pytest.mark.parametrize(("letters", "taken"), [("a b.c-d/é'$", True), ("a>b", False), ("a[0]", False), ("a,b", False)])
def test_a_test_that_links_of_1_6_cannot_hold_is_not_told(letters: str, taken: bool) -> None:  # noqa: FBT001  # a column of the table
    """On 1.6 a column with such letters carries no test; from 1.7 on it does."""
    body = {"entityLink": f"<#E::table::svc.lake.raw.t::columns::{letters}>"}

    assert (server("1.6.0").fit(Kind.TEST_CASE, body) is not None) == taken
    assert server("1.7.0").fit(Kind.TEST_CASE, body) is not None


def test_columns_with_long_names_do_not_cost_the_table() -> None:
    """Up to 1.10 a name of more than 256 letters would be refused with its table: the column is left out."""
    columns = [{"name": "short", "dataType": "INT"}, {"name": "x" * 257, "dataType": "INT"}]

    fitted = server("1.10.0").fit(Kind.TABLE, {"columns": columns})

    assert fitted == {"columns": columns[:1]}
    assert server("1.11.0").fit(Kind.TABLE, {"columns": columns}) == {"columns": columns}


def test_what_is_left_out_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """However many bodies lose a field, one warning names it, with the version."""
    old = server("1.6.0")

    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            old.fit(Part.STATUS, {"executionId": "r", "taskStatus": [{"metrics": {}}]})
            old.fit(Kind.TEST_DEFINITION, {"testPlatforms": ["dbt"]})

    assert [record.getMessage() for record in caplog.records] == [
        "OpenMetadata 1.6.0 does not take all of pipelineStatus; left out: executionId, taskStatus.metrics."
    ]


@pytest.mark.parametrize("version", ["2.1.0", "3.0.0-SNAPSHOT", "", "main"])
def test_a_version_that_is_not_known_is_treated_as_the_newest(version: str, caplog: pytest.LogCaptureFixture) -> None:
    """A newer server is spoken to as the newest known one, with one line."""
    with caplog.at_level(logging.WARNING):
        found = server(version)

    assert found.number == NEWEST
    assert ["treated as 2.0, the newest that phlo-hooks knows" in record.message for record in caplog.records] == [True]


@pytest.mark.parametrize("version", ["1.5.9", "0.13.3"])
def test_a_version_that_is_too_old_is_refused_clearly(version: str) -> None:
    """Older than 1.6: one line that says so, and nothing is lost until the server was upgraded."""
    with pytest.raises(TransientDeliveryError, match=rf"OpenMetadata {version} is too old: .*1\.6 and newer"):
        server(version)
