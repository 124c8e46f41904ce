from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from phlo_hooks.datasets import DatasetRef
from phlo_hooks.subscribers.openmetadata.facts import CheckFact, ProfileFact, ResultFact
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.quality import as_test, profile_of, result_of
from phlo_hooks.subscribers.openmetadata.requests import PostResult, PutProfile, PutTest
from tests.openmetadata.known_shop import AT, FILE, NAMING, RAW, KnownFacts, named, shop, table

TIME = 1795154400250
CHECK = CheckFact(table=named(RAW), asset_key="raw/orders", name="enough_orders", check_type="asset_check")
DBT = replace(
    CHECK,
    name="not_null_orders_ID",
    column="ID",
    check_type="dbt_test",
    unique_id="test.shop.not_null_orders_ID.0123456789",
)
CASE = EntityName(Kind.TEST_CASE, (*named(RAW).parts, "enough_orders"))


def case_of(check: CheckFact) -> PutTest:
    test = as_test(check, shop(), NAMING)
    assert test is not None
    return test


def posted(options: Options | None = None, **changes: Any) -> PostResult:
    given: dict[str, Any] = {"outcome": "success", "data_outcome": "pass", "passed": True, "run_id": "run-1"} | changes
    return result_of(ResultFact(check=CHECK, at=AT, **given), CASE, TIME, options or Options())


def sized(known: KnownFacts | None = None, ref: DatasetRef = RAW, **counts: int) -> PutProfile | None:
    return profile_of(ProfileFact(table=named(ref), at=AT, **counts), known or shop(), TIME)


def test_check_of_a_table() -> None:
    """A Dagster check is a case of the table, of a definition that all such checks share."""
    test = case_of(replace(CHECK, description="There are orders.", blocking=True))

    assert test.case.fqn == "duckdb.lake.raw.orders.enough_orders"
    assert test.definition == {
        "name": "phlo_asset_check_table",
        "displayName": "Dagster asset check of a table",
        "description": "Dagster asset check of a table, as Dagster runs it.",
        "entityType": "TABLE",
        "testPlatforms": ["Other"],
        "parameterDefinition": [],
    }
    assert test.body == {
        "name": "enough_orders",
        "displayName": "enough_orders",
        "description": "There are orders.\n\nA failure stops what is downstream.",
        "testDefinition": "phlo_asset_check_table",
        "entityLink": "<#E::table::duckdb.lake.raw.orders>",
        "parameterValues": [],
    }


def test_docstring_loses_its_indentation() -> None:
    """A check's description that is a docstring is told as it is meant to be read."""
    test = case_of(replace(CHECK, description="Orders.\n\n    One a line.\n    "))

    assert test.body["description"] == "Orders.\n\nOne a line."


def test_check_of_a_column() -> None:
    """A test of a column is one of the column as the table has it, of the definition of dbt's generic test."""
    test = case_of(DBT)

    assert test.case.fqn == "duckdb.lake.raw.orders.id.not_null_orders_ID"
    assert test.body["entityLink"] == "<#E::table::duckdb.lake.raw.orders::columns::id>"
    assert test.body["description"] == "The check `not_null_orders_ID` of `raw/orders`."
    assert test.definition["name"] == "phlo_dbt_not_null_column"
    assert test.definition["entityType"] == "COLUMN"
    assert test.definition["testPlatforms"] == ["dbt"]
    assert test.definition["dataQualityDimension"] == "Completeness"


@pytest.mark.parametrize(
    ("unique_id", "definition"),
    [
        ("test.shop.unique_orders_id.0123456789", "phlo_dbt_unique_column"),
        ("test.shop.source_unique_shop_orders_id.0123456789", "phlo_dbt_unique_column"),
        ("test.shop.accepted_values_orders_state__new__paid.0123456789", "phlo_dbt_accepted_values_column"),
        ("test.shop.relationships_orders_id__id__ref_users_.0123456789", "phlo_dbt_relationships_column"),
        ("test.shop.dbt_utils_not_empty_string_orders_id.0123456789", "phlo_dbt_test_column"),
        ("test.shop.my_own_name.0123456789", "phlo_dbt_test_column"),
        ("test.shop.unique_orders_of_a_day", "phlo_dbt_test_column"),
        (None, "phlo_dbt_test_column"),
    ],
)
def test_kind_of_a_dbt_test(unique_id: str | None, definition: str) -> None:
    """Dbt's four generic tests are known by the id that dbt gives them; all else is a dbt test."""
    assert case_of(replace(DBT, unique_id=unique_id)).definition["name"] == definition


def test_dbt_test_of_a_table() -> None:
    """A singular test is one of its table."""
    test = case_of(replace(DBT, column=None, unique_id="test.shop.unique_orders_of_a_day"))

    assert (test.definition["name"], test.definition["entityType"]) == ("phlo_dbt_test_table", "TABLE")


def test_freshness_is_a_kind() -> None:
    """Checks of freshness have a definition of their own."""
    assert case_of(replace(CHECK, check_type="freshness")).definition["name"] == "phlo_freshness_table"


def test_column_that_no_link_can_name() -> None:
    """A test of a column whose name no link can hold is one of the table."""
    test = case_of(replace(DBT, column="a<b>"))

    assert test.body["entityLink"] == "<#E::table::duckdb.lake.raw.orders>"
    assert test.definition["entityType"] == "TABLE"


@pytest.mark.parametrize(("name", "is_told"), [("a|b", False), ("a:", False), ("a,b", True), ("a:b", True)])
def test_table_that_no_link_can_name(name: str, is_told: bool) -> None:  # noqa: FBT001  # a table of cases
    """A check of a table whose name no server takes in a link is not told; what a newer one takes is."""
    ref = DatasetRef(namespace="duckdb://lake", name=f"lake.raw.{name}")
    test = as_test(replace(CHECK, table=named(ref)), KnownFacts().put(table(ref)), NAMING)

    assert (test is not None) is is_told


@pytest.mark.parametrize("ref", [FILE, DatasetRef(namespace="duckdb://lake", name="lake.raw.unknown")])
def test_only_known_tables_have_tests(ref: DatasetRef) -> None:
    """A check of a file, or of a table of which nothing is known, is not told."""
    assert as_test(replace(CHECK, table=named(ref)), shop(), NAMING) is None


@pytest.mark.parametrize(
    ("says", "status", "text"),
    [
        ({}, "Success", "pass"),
        ({"data_outcome": None}, "Success", "pass"),
        ({"data_outcome": "fail", "passed": False}, "Failed", "fail"),
        ({"data_outcome": None, "passed": False}, "Failed", "fail"),
        ({"data_outcome": "warn", "passed": False}, "Success", "warn"),
        ({"outcome": "error", "data_outcome": None, "message": "No such table"}, "Aborted", "error: No such table"),
        ({"outcome": "skipped", "data_outcome": None}, "Aborted", "skipped"),
        ({"outcome": "not_run", "data_outcome": None}, "Aborted", "not run"),
        ({"outcome": "of tomorrow", "data_outcome": None}, "Aborted", "error"),
    ],
)
def test_word_for_a_result(says: dict[str, Any], status: str, text: str) -> None:
    """Each outcome has one of the server's words, and a text that begins with Dagster's."""
    body = posted(**says).body

    assert (body["testCaseStatus"], body["result"]) == (status, text)


def test_warning_can_be_a_failure() -> None:
    """With ``warn_as = "failed"`` a warning opens an incident; its text still says that it is one."""
    body = posted(Options(warn_as="failed"), data_outcome="warn", passed=False, failed_rows=2).body

    assert (body["testCaseStatus"], body["result"]) == ("Failed", "warn (2 failed rows)")


def test_a_pass_names_no_failed_rows() -> None:
    """Rows that a check lets through are its number, and not read as a failure."""
    body = posted(data_outcome="pass", passed=True, failed_rows=4).body

    assert (body["result"], body["failedRows"]) == ("pass", 4)


def test_text_of_a_result() -> None:
    """A result says what the tool said, how many rows failed, and of which partition it speaks."""
    body = posted(data_outcome="fail", failed_rows=1, message="Got 1 result", partition="2026-11-20").body

    assert body == {
        "timestamp": TIME,
        "testCaseStatus": "Failed",
        "result": "fail: Got 1 result (1 failed row, partition 2026-11-20)",
        "testResultValue": [{"name": "failed_rows", "value": "1"}],
        "failedRows": 1,
    }


@pytest.mark.parametrize(
    ("says", "values"),
    [
        ({"failed_rows": 0}, [{"name": "failed_rows", "value": "0"}]),
        ({}, [{"name": "passed", "value": "1"}]),
        ({"data_outcome": "warn"}, [{"name": "passed", "value": "0"}]),
        ({"outcome": "error", "failed_rows": 3}, []),
    ],
)
def test_number_of_a_result(says: dict[str, Any], values: list[dict[str, str]]) -> None:
    """A result that judged the data carries one number to draw; one that did not carries none."""
    assert posted(**says).body["testResultValue"] == values


def test_pass_resolves_an_incident() -> None:
    """Only a pass resolves, and names its run; a warning does not; and it can be turned off."""
    assert posted().resolves == "It passed again in the Dagster run run-1."
    assert posted(run_id=None).resolves == "It passed again."
    assert posted(data_outcome="warn").resolves is None
    assert posted(data_outcome="fail").resolves is None
    assert posted(Options(resolve_incidents=False)).resolves is None


def test_key_tells_results_apart() -> None:
    """Two partitions' results at one time are two, the same result told again is the same."""
    assert posted(partition="a").key != posted(partition="b").key
    assert posted(partition="a").key == posted(partition="a", data_outcome="fail").key


def test_size_of_a_table() -> None:
    """Rows and bytes are a profile, with the number of columns that are known."""
    assert sized(rows=5, bytes=99) == PutProfile(
        table=named(RAW),
        timestamp=TIME,
        body={"tableProfile": {"timestamp": TIME, "rowCount": 5, "columnCount": 2, "sizeInByte": 99}},
    )


def test_load_that_only_says_what_it_wrote() -> None:
    """Rows written are an insert: how many rows there are now nobody knows, so none are told."""
    profile = sized(KnownFacts().put(table(RAW)), written=12)

    assert profile is not None
    assert profile.body == {
        "tableProfile": {"timestamp": TIME},
        "systemProfile": [{"timestamp": TIME, "operation": "INSERT", "rowsAffected": 12}],
    }


def test_empty_table_has_a_size() -> None:
    """No rows are a number of rows."""
    profile = sized(rows=0)

    assert profile is not None
    assert profile.body["tableProfile"]["rowCount"] == 0


def test_nothing_to_say_of_a_size() -> None:
    """A number of columns alone, a file, or a table of which nothing is known has no profile."""
    assert sized(columns=3) is None
    assert sized(ref=FILE, rows=1) is None
    assert sized(KnownFacts(), rows=1) is None
