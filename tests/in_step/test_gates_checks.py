"""The gate that asks for the checks of an asset's upstreams."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from phlo_hooks_dagster import ChecksPassed
from tests.in_step.gated import DAYS, ask, check, run, source, target


def test_checks_that_passed_let_the_asset_start(instance: dg.DagsterInstance) -> None:
    """A check that passed for the upstream's newest materialization leaves the gate open."""
    assets = (source(), check("not_empty"), target())
    run(instance, *assets)

    assert ask(ChecksPassed(), instance, *assets) is None


def test_a_failed_check_is_named(instance: dg.DagsterInstance) -> None:
    """A check that failed with severity ERROR closes the gate, which says which, of what, and what it found."""
    assets = (source(), check("not_empty", passed=False), target())
    run(instance, *assets)

    reason = ask(ChecksPassed(), instance, *assets)

    assert reason == "check not_empty of up failed with severity ERROR (2 are wrong)"


@pytest.mark.parametrize(("warnings", "stops"), [(False, False), (True, True)])
def test_warnings_count_when_asked_for(instance: dg.DagsterInstance, *, warnings: bool, stops: bool) -> None:
    """A check that failed with severity WARN closes the gate with ``warnings=True`` only."""
    assets = (source(), check("fresh_enough", passed=False, severity="WARN"), target())
    run(instance, *assets)

    assert (ask(ChecksPassed(warnings=warnings), instance, *assets) is not None) is stops


def test_a_result_for_older_data_does_not_count(instance: dg.DagsterInstance) -> None:
    """A check that passed for what was there before, and did not run since, closes the gate."""
    assets = (source(), check("not_empty"), target())
    run(instance, *assets)
    run(instance, assets[0])

    reason = ask(ChecksPassed(), instance, *assets)

    assert reason == "check not_empty of up did not run for its newest materialization"


def test_a_failure_of_older_data_does_not_count(instance: dg.DagsterInstance) -> None:
    """Data that was made again and checked again is judged by its own result."""
    up, down = source(), target()
    run(instance, up, check("not_empty", passed=False), down)
    run(instance, up, check("not_empty"), down)

    assert ask(ChecksPassed(), instance, up, check("not_empty"), down) is None


def test_a_check_of_the_upstreams_own_step_counts(instance: dg.DagsterInstance) -> None:
    """A check that an asset's own step yields, before or after its result, belongs to that materialization."""

    @dg.asset(name="up", check_specs=[dg.AssetCheckSpec("early", asset="up"), dg.AssetCheckSpec("late", asset="up")])
    def up() -> Any:
        yield dg.AssetCheckResult(check_name="early", passed=True)
        yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="late", passed=True)])

    assets = (up, target())
    run(instance, *assets)
    run(instance, *assets)

    assert ask(ChecksPassed(), instance, *assets) is None


def test_only_named_checks_are_asked_for(instance: dg.DagsterInstance) -> None:
    """With ``checks=`` others may fail; a name that no upstream has closes the gate, since it asks for nothing."""
    assets = (source(), check("good"), check("bad", passed=False), target())
    run(instance, *assets)

    assert ask(ChecksPassed(checks=["good"]), instance, *assets) is None
    assert ask(ChecksPassed(checks=["goood"]), instance, *assets) == "no upstream has a check named 'goood'"


def test_an_upstream_that_was_never_made_closes_the_gate(instance: dg.DagsterInstance) -> None:
    """Checks of an asset without a materialization say nothing of it."""
    reason = ask(ChecksPassed(), instance, source(), check("not_empty"), target())

    assert reason == "up was never materialized, so that its checks say nothing of it"


def test_an_upstream_without_checks_is_no_obstacle(instance: dg.DagsterInstance) -> None:
    """Where there is nothing to ask, the gate is open."""
    assert ask(ChecksPassed(), instance, source(), target()) is None


@pytest.mark.parametrize(("partition", "stops"), [("mon", False), ("tue", True)])
def test_each_partition_is_judged_by_itself(instance: dg.DagsterInstance, partition: str, *, stops: bool) -> None:
    """A check that failed for one partition does not stop another."""
    up, down = source(partitions=DAYS), target(partitions=DAYS)
    run(instance, up, check("not_empty"), partition_key="mon")
    run(instance, up, check("not_empty", passed=False), partition_key="tue")

    reason = ask(ChecksPassed(), instance, up, check("not_empty"), down, partition=partition)

    assert (reason == "check not_empty of up [tue] failed with severity ERROR (2 are wrong)") is stops


RANGE = {"dagster/asset_partition_range_start": "mon", "dagster/asset_partition_range_end": "tue"}


@pytest.mark.parametrize("passed", [True, False])
@pytest.mark.parametrize("made", [[{}], [{"mon"}, {"tue"}]], ids=["at once", "one by one"])
@pytest.mark.parametrize("of", [RANGE, {}], ids=["range", "whole"])
def test_one_result_speaks_of_all_partitions_that_it_judged(
    instance: dg.DagsterInstance, made: list[Any], of: dict[str, str], *, passed: bool
) -> None:
    """A run for a range, or for the whole, evaluates a check once: that counts for each partition there was then."""
    up = source(partitions=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
    down, judge = target(partitions=DAYS), check("rows", passed=passed)
    for each in made:
        run(instance, up, **({"partition_key": min(each)} if each else {"tags": RANGE}))
    run(instance, up, judge, selection=dg.AssetSelection.checks(judge), tags=of)
    asked = [ask(ChecksPassed(), instance, up, judge, down, partition=day) for day in ("mon", "tue")]

    run(instance, up, partition_key="mon")

    verdict = None if passed else "check rows of up [{}] failed with severity ERROR (2 are wrong)"
    assert asked == [verdict and verdict.format(day) for day in ("mon", "tue")]
    assert ask(ChecksPassed(), instance, up, judge, down, partition="mon") == (
        "check rows of up [mon] did not run for its newest materialization"
    )


def test_a_result_of_one_partition_speaks_of_no_other(instance: dg.DagsterInstance) -> None:
    """A run for one partition has judged that one, whatever else was there."""
    up, down, judge = source(partitions=DAYS), target(partitions=DAYS), check("rows")
    run(instance, up, partition_key="mon")
    run(instance, up, judge, partition_key="tue")

    asked = [ask(ChecksPassed(), instance, up, judge, down, partition=day) for day in ("mon", "tue")]

    assert asked == ["check rows of up [mon] did not run for its newest materialization", None]


def test_an_unpartitioned_asset_asks_for_all_partitions(instance: dg.DagsterInstance) -> None:
    """What is made from a whole table starts when the checks of all its partitions passed."""
    up, down = source(partitions=DAYS), target()
    run(instance, up, check("not_empty"), partition_key="mon")
    run(instance, up, check("not_empty", passed=False), partition_key="tue")

    reason = ask(ChecksPassed(), instance, up, check("not_empty"), down)

    assert reason == "check not_empty of up [tue] failed with severity ERROR (2 are wrong)"


def test_globs_reach_further_up(instance: dg.DagsterInstance) -> None:
    """With ``upstreams=`` assets at any distance are looked at, and only those that match."""

    @dg.asset(deps=["up"])
    def middle() -> None: ...

    assets = (source(), check("not_empty", passed=False), middle, target(deps=("middle",)))
    run(instance, *assets)

    assert ask(ChecksPassed(), instance, *assets) is None
    assert "not_empty of up failed" in (ask(ChecksPassed(upstreams=["u*"]), instance, *assets) or "")


def test_an_asset_of_another_code_location_is_judged_by_the_run_that_made_it(instance: dg.DagsterInstance) -> None:
    """Checks that this code location does not know are those of the run that materialized the upstream."""
    run(instance, source(), check("not_empty", passed=False))

    reason = ask(ChecksPassed(), instance, target())

    assert reason == "check not_empty of up failed with severity ERROR (2 are wrong)"


def test_a_check_of_something_external_is_judged_by_its_newest_result(instance: dg.DagsterInstance) -> None:
    """An asset that nobody materializes has no materialization to compare a check's result with."""
    spec = dg.AssetSpec("up")
    for passed in (False, True):
        run(instance, check("not_empty", passed=passed))

    assert ask(ChecksPassed(), instance, spec, target()) is None


def test_results_reported_by_hand_speak_of_what_was_there(instance: dg.DagsterInstance) -> None:
    """A result from outside of Dagster counts for the newest materialization before it, and for no later one."""
    spec, down = dg.AssetSpec("up"), target()
    assets = (spec, check("not_empty"), down)
    evaluation = dg.AssetCheckEvaluation(asset_key=dg.AssetKey("up"), check_name="not_empty", passed=True, metadata={})
    instance.report_runless_asset_event(dg.AssetMaterialization("up"))
    instance.report_runless_asset_event(evaluation)

    assert ask(ChecksPassed(), instance, *assets) is None

    instance.report_runless_asset_event(dg.AssetMaterialization("up"))
    assert "did not run for its newest materialization" in (ask(ChecksPassed(), instance, *assets) or "")


def test_what_an_earlier_attempt_found_out_does_not_count(instance: dg.DagsterInstance) -> None:
    """A step that is tried again makes new data: a result of the attempt before says nothing of it."""
    attempts: list[int] = []

    @dg.multi_asset(
        specs=[dg.AssetSpec("up")],
        check_specs=[dg.AssetCheckSpec("rows", asset="up")],
        retry_policy=dg.RetryPolicy(max_retries=1),
        can_subset=True,
    )
    def up() -> Any:
        attempts.append(1)
        yield dg.MaterializeResult(asset_key="up")
        if len(attempts) == 1:
            yield dg.AssetCheckResult(asset_key="up", check_name="rows", passed=True)
            raise RuntimeError("connection lost")

    assets = (up, target())
    run(instance, *assets)

    assert len(attempts) == 2
    assert ask(ChecksPassed(), instance, *assets) == "check rows of up did not run for its newest materialization"


@pytest.mark.parametrize("wait", ["soon", -1, None, float("nan"), float("inf")])
def test_a_wait_that_is_no_time_is_refused(wait: Any) -> None:
    """A wait is a length of time; anything else is an error that shows how to write one."""
    with pytest.raises(ValueError, match="no length of time; write seconds, a timedelta, or '30s'"):
        ChecksPassed(wait=wait)
