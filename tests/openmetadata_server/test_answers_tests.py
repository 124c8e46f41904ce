"""Test definitions, suites, cases, results and incidents."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.openmetadata_server.target import Answered, Json, Lake

AT = 1795258112000
RESULTS = "/dataQuality/testCases/testCaseResults"


class Case:
    """A table with a definition and a suite; cases can be made."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.target = lake.target
        self.table = f"{lake.schema}.t1"
        self.definition = f"{self.target.prefix}not_null"
        lake.table()
        self.define()
        self.target.remove_later("dataQuality/testDefinitions", self.definition)
        if self.target.mode == "1.6":
            self.suite()

    def define(self, **more: Any) -> Answered:
        body = {"name": self.definition, "description": "d", "entityType": "COLUMN", "testPlatforms": ["Other"]}
        return self.target.call("PUT", "/dataQuality/testDefinitions", body | {"parameterDefinition": []} | more)

    def suite(self) -> Answered:
        body = {"name": "any", "executableEntityReference": self.table}
        return self.target.call("PUT", "/dataQuality/testSuites/executable", body)

    def put(self, name: str = "nn", column: str | None = "id", **more: Any) -> Answered:
        link = f"<#E::table::{self.table}::columns::{column}>" if column else f"<#E::table::{self.table}>"
        body = {"name": name, "entityLink": link, "testDefinition": self.definition, "parameterValues": []}
        if self.target.mode == "1.6":
            body["testSuite"] = f"{self.table}.testSuite"
        return self.target.call("PUT", "/dataQuality/testCases", body | more)

    @property
    def fqn(self) -> str:
        return f"{self.table}.id.nn"

    def result(self, at: int = AT, status: str = "Success", **more: Any) -> Answered:
        body = {"timestamp": at, "testCaseStatus": status, "testResultValue": [{"name": "failed_rows", "value": "3"}]}
        return self.target.call("POST", f"{RESULTS}/{quote(self.fqn, safe='')}", body | more)

    def read(self) -> Json:
        return self.target.read("dataQuality/testCases", self.fqn, "testCaseResult,incidentId")

    def resolve(self, **more: Any) -> Answered:
        bot = self.target.ok("GET", "/users/loggedInUser")["id"]
        details: Json = {"testCaseFailureReason": "FalsePositive", "testCaseFailureComment": "ok"}
        details |= {"resolvedBy": {"id": bot, "type": "user"}}
        body = {"testCaseReference": self.fqn, "testCaseResolutionStatusType": "Resolved"}
        return self.target.call(
            "POST",
            "/dataQuality/testCases/testCaseIncidentStatus",
            body | {"testCaseResolutionStatusDetails": details} | more,
        )


@pytest.fixture
def case(lake: Lake) -> Case:
    """A table with what its cases need."""
    return Case(lake)


@pytest.mark.parametrize(("platform", "older", "newer"), [("Other", 200, 200), ("DBT", 200, 400), ("dbt", 400, 200)])
def test_platforms_of_definitions(case: Case, platform: str, older: int, newer: int) -> None:
    """Dbt is spelled differently."""
    assert case.define(testPlatforms=[platform]).status == (older if case.target.mode == "1.6" else newer)


@pytest.mark.parametrize("more", [{"description": None}, {"entityType": "column"}, {"nope": 1}])
def test_what_a_definition_has_to_be(case: Case, more: Any) -> None:
    """Described, of a known type, without more."""
    assert case.define(**more).status == 400


def test_dimension_came_later(case: Case) -> None:
    """1.6 refuses it."""
    status = case.define(dataQualityDimension="Completeness").status

    assert status == (400 if case.target.mode == "1.6" else 200)


def test_suite_of_a_table_has_the_tables_name(case: Case) -> None:
    """Whatever was sent, on 1.6."""
    if case.target.mode == "2.0":
        pytest.skip("2.0 makes a table's suite by itself")

    answer = case.suite()

    assert (answer.status, answer.body["fullyQualifiedName"]) == (200, f"{case.table}.testSuite")


def test_case_is_named_after_its_column(case: Case) -> None:
    """201, then 200; a table's case has the table's name."""
    first, again, of_table = case.put(), case.put(), case.put("rows", None)

    assert (first.status, again.status) == (201, 200)
    assert (first.body["fullyQualifiedName"], first.body["entityFQN"]) == (case.fqn, f"{case.table}.id")
    assert of_table.body["fullyQualifiedName"] == f"{case.table}.rows"


def test_suite_in_a_case(case: Case) -> None:
    """1.6 wants it, 2.0 does not know it."""
    older = case.target.mode == "1.6"

    answer = case.put(testSuite=None) if older else case.put(testSuite=f"{case.table}.testSuite")

    assert answer.status == 400
    assert answer.message == "[testSuite must not be null]" or not older
    if older:
        assert case.put(testSuite="no.such.suite").status == 404


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"testDefinition": "no_such"}, 404),
        ({"entityLink": "<#E::table::no.such.table.x>"}, 404),
        ({"entityLink": "nope"}, 400),
        ({"nope": 1}, 400),
    ],
)
def test_what_a_case_has_to_be(case: Case, more: Any, status: int) -> None:
    """Of a known table and definition."""
    assert case.put(**more).status == status


def test_column_of_a_case_is_not_checked(case: Case) -> None:
    """One that does not exist makes a case; dots in it are not quoted."""
    assert case.put(column="nope").status == 201
    assert case.put(column="a.b").body["fullyQualifiedName"] == f"{case.table}.a.b.nn"


@pytest.mark.parametrize(("column", "older", "newer"), [("a*b", 400, 201), ("a>b", 400, 400), ("ä (1) $%", 201, 201)])
def test_letters_of_a_link(case: Case, column: str, older: int, newer: int) -> None:
    """1.6 takes few of them."""
    assert case.put(column=column).status == (older if case.target.mode == "1.6" else newer)


def test_required_parameter_has_to_be_given(case: Case) -> None:
    """The message names it."""
    case.define(parameterDefinition=[{"name": "min", "dataType": "INT", "required": True}])

    answer = case.put()

    assert (answer.status, answer.message) == (400, "Required parameter min is not passed in parameterValues")


def test_result_is_stored_once(case: Case) -> None:
    """The same time again is a 409 that overwrites nothing, on both routes."""
    case.put()
    first = case.result()
    body = {"timestamp": AT, "testCaseStatus": "Aborted", "testResultValue": []}

    again = case.result(status="Aborted")
    put = case.target.call("PUT", f"/dataQuality/testCases/{quote(case.fqn, safe='')}/testCaseResult", body)

    assert (first.status, again.status, put.status) == (201, 409, 409)
    assert case.read()["testCaseResult"]["testCaseStatus"] == "Success"


def test_result_is_corrected_by_patch_or_deleted(case: Case) -> None:
    """200, then gone."""
    case.put()
    case.result()
    path = f"{RESULTS}/{quote(case.fqn, safe='')}/{AT}"

    patched = case.target.call("PATCH", path, [{"op": "add", "path": "/result", "value": "r"}])
    deleted = case.target.call("DELETE", path)

    assert (patched.status, deleted.status) == (200, 200)
    assert case.result().status == 201


def test_latest_result_is_the_latest_by_time(case: Case) -> None:
    """An older one is stored behind it."""
    case.put()
    case.result(AT)
    case.result(AT - 5000, "Aborted")

    listed = case.target.ok("GET", f"{RESULTS}/{quote(case.fqn, safe='')}", startTs=AT - 9000, endTs=AT)["data"]

    assert case.read()["testCaseResult"]["timestamp"] == AT
    assert [each["timestamp"] for each in listed] == [AT, AT - 5000]


@pytest.mark.parametrize(
    ("more", "older", "newer"),
    [
        ({"at": AT // 1000}, 400, 400),
        ({"status": "Warn"}, 400, 400),
        ({"nope": 1}, 400, 400),
        ({"testResultValue": None}, 201, 400),
        ({"dimensionResults": []}, 400, 201),
        ({"passedRows": 1, "failedRows": 2, "result": "r"}, 201, 201),
    ],
)
def test_what_a_result_has_to_be(case: Case, more: Any, older: int, newer: int) -> None:
    """Milliseconds, four words, known fields; 2.0 wants a value."""
    case.put()

    assert case.result(**more).status == (older if case.target.mode == "1.6" else newer)


def test_result_of_an_unknown_case_is_a_404(case: Case) -> None:
    """No case, no result."""
    assert case.result().status == 404


def test_incident_is_opened_once_and_not_closed_by_success(case: Case) -> None:
    """Failures share it, the next one after a success too; after Resolved a new one begins."""
    case.put()
    states = [case.result(AT + number, "Failed").body["incidentId"] for number in (1, 2)]
    case.result(AT + 3)
    shown = case.read().get("incidentId")
    states.append(case.result(AT + 4, "Failed").body["incidentId"])
    resolved = case.resolve()

    after = case.result(AT + 5, "Failed").body["incidentId"]

    assert len(set(states)) == 1
    assert shown is None
    assert resolved.status == 200
    assert after not in states


def test_failed_result_opens_an_incident_even_when_its_time_is_taken(case: Case) -> None:
    """The trap: 409, and an incident."""
    case.put()
    case.result()

    answer = case.result(status="Failed")

    listed = case.target.ok(
        "GET", "/dataQuality/testCases/testCaseIncidentStatus", testCaseFQN=case.fqn, startTs=0, endTs=1 << 45
    )
    assert answer.status == 409
    assert [each["testCaseResolutionStatusType"] for each in listed["data"]] == ["New"]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"testCaseResolutionStatusType": "Ack"}, 400),
        ({"testCaseResolutionStatusType": "Assigned"}, 400),
        ({"testCaseResolutionStatusDetails": None}, 500),
        ({"testCaseReference": "no.such"}, 404),
        ({"testCaseResolutionStatusType": "Closed"}, 400),
    ],
)
def test_what_a_bot_may_say_of_an_incident(case: Case, more: Any, status: int) -> None:
    """Not who takes it up; and a resolution needs its details."""
    case.put()
    case.result(status="Failed")

    assert case.resolve(**more).status == status


def test_changed_parameters_forget_the_status(case: Case) -> None:
    """Until the next result; the last result stays."""
    case.put()
    case.result()

    case.put(parameterValues=[{"name": "min", "value": "1"}])

    assert "testCaseStatus" not in case.read()
    assert case.read()["testCaseResult"]["testCaseStatus"] == "Success"


def test_table_with_a_suite_is_not_empty(case: Case) -> None:
    """It is deleted with ``recursive=true`` only."""
    case.put()
    path = f"/tables/name/{quote(case.table, safe='')}"

    assert case.target.call("DELETE", path).message == "table is not empty"
    assert case.target.call("DELETE", path, recursive="true").status == 200


def test_summary_counts_cases_with_results(case: Case) -> None:
    """One of two."""
    case.put()
    case.put("rows", None)
    case.result(status="Failed")
    suite = case.lake.read(fields="testSuite")["testSuite"]["id"]

    summary = case.target.ok("GET", "/dataQuality/testSuites/executionSummary", testSuiteId=suite)

    assert (summary["failed"], summary["success"], summary["total"]) == (1, 0, 1)
