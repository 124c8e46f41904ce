"""Checks and their results."""

from __future__ import annotations

import pytest

from phlo_hooks.events import ErrorInfo
from tests.openmetadata.learning_shop import RAW, UNKNOWN, Learner, Run, outside, table

ORDERS = table("raw.orders")


def test_a_result_says_all_that_its_event_says() -> None:
    """The check stands in the result, and the result is told with the time, run and partition of its event."""
    learner, run = Learner(), Run()
    event = run.check(
        passed=False,
        data_outcome="warn",
        severity="WARN",
        column="id",
        failed_rows=3,
        message="Got 3 results",
        check_type="dbt_test",
        unique_id="test.shop.not_null",
        partition_key="a",
        blocking=True,
        description="No id is missing.",
    )

    (result,) = learner(event).results

    check = result.check
    assert (check.table, check.asset_key, check.name, check.column) == (ORDERS, "raw/orders", "not_null", "id")
    assert (check.check_type, check.unique_id, check.severity) == ("dbt_test", "test.shop.not_null", "WARN")
    assert (check.blocking, check.description) == (True, "No id is missing.")
    assert (result.at, result.run_id, result.partition) == (event.timestamp, run.id, "a")
    assert (result.passed, result.outcome, result.data_outcome) == (False, "success", "warn")
    assert (result.failed_rows, result.message) == (3, "Got 3 results")
    assert learner.known.check(ORDERS, "id", "not_null") == check


def test_a_checked_dataset_is_known() -> None:
    """A test needs its table, also one that no run has made yet."""
    learner, run = Learner(), Run()

    learned = learner(run.check())

    assert learned.tables == {ORDERS}


@pytest.mark.parametrize("outcome", ["error", "skipped", "not_run"])
def test_a_check_that_did_not_judge_has_a_result_all_the_same(outcome: str) -> None:
    """What became of the check's own run is told as it is."""
    learner, run = Learner(), Run()
    error = ErrorInfo(type="ValueError", message="no such column")

    (result,) = learner(run.check(passed=None, data_outcome=None, outcome=outcome, error=error)).results

    assert (result.outcome, result.passed, result.data_outcome) == (outcome, None, None)
    assert result.message == "ValueError: no such column"


def test_a_result_is_told_once() -> None:
    """A replay tells no result; one that is older than others and new is told; asked for, it is told again."""
    learner = Learner()
    old, new = Run(1).check(), Run(2).check()

    first, late, replayed = learner(new), learner(old), learner(old, new)

    assert [len(each.results) for each in (first, late, replayed)] == [1, 1, 0]
    assert len(learner(old, new, again=True).results) == 2


def test_the_newest_event_describes_the_check() -> None:
    """A late one leaves the description alone."""
    learner = Learner()

    learner(Run(2).check(description="New."), Run(1).check(description="Old."))

    (check,) = learner.known.all_checks()
    assert check.description == "New."


@pytest.mark.parametrize(
    "name", ["dagster/freshness_params", "dagster/fresh_until_timestamp", "dagster/overdue_seconds"]
)
def test_freshness_checks_are_known_by_what_they_leave(name: str) -> None:
    """Dagster's freshness checks are asset checks with metadata of their own."""
    learner, run = Learner(), Run()

    (result,) = learner(run.check("freshness_check", check_type="asset_check", metadata={name: 1})).results

    assert result.check.check_type == "freshness"


def test_checks_of_columns_stand_apart() -> None:
    """One name may be a check of several columns, and of the table."""
    learner, run = Learner(), Run()

    learner(run.check(), run.check(column="id"), run.check(column="total"))

    assert [check.column for check in learner.known.all_checks()] == [None, "id", "total"]


def test_a_check_without_dataset_is_its_assets() -> None:
    """An event that user code emitted may name the asset only."""
    learner, run = Learner(), Run()
    learner(run.load())

    (result,) = learner(run.check(dataset=None)).results

    assert result.check.table == ORDERS


def test_a_check_of_a_dataset_that_nobody_knows_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    """There is no table that it could be a test of; a debug line says so."""
    caplog.set_level("DEBUG")
    learner, run = Learner(), Run()

    learned = learner(run.check(dataset=UNKNOWN), run.check(dataset=None))

    assert learned.results == ()
    assert "not_null" in caplog.text


def test_checks_outside_of_runs_are_told() -> None:
    """A result that was reported by hand has no run."""
    learner, run = Learner(), Run()

    (result,) = learner(outside(run.check(dataset=RAW))).results

    assert result.run_id is None
