"""What ``@hooked_dbt_assets`` tells of a real build in which everything goes wrong that can."""

from collections import Counter
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster_dbt import DbtCliResource

from phlo_hooks.events import HookEvent
from phlo_hooks_dagster import hooked_dbt_assets, phlo_run_hooks
from phlo_hooks_dagster.riders import LIMIT, DbtNode, size_of
from tests.in_step_tools import shop
from tests.translator.reading import of, one, translate

NOT_WELL = {"error", "skipped", "fail", "warn"}


def nodes(ran: shop.Ran) -> dict[str, DbtNode]:
    return {node.unique_id: node for rider in ran.results() for node in rider.nodes}


def named(found: dict[str, DbtNode], name: str) -> DbtNode:
    (node,) = (node for unique_id, node in found.items() if f".{name}" in unique_id)
    return node


def test_every_node_is_in_the_rider(builds: shop.Pair) -> None:
    """Models, seeds, snapshots and tests, with status, message, seconds and digest; those that went wrong first."""
    (rider,) = builds.hooked.results()

    found = nodes(builds.hooked)
    assert {unique_id.partition(".")[0] for unique_id in found} == {"model", "seed", "snapshot", "test"}
    assert len(found) == len(rider.nodes) == 13
    assert (rider.part, rider.parts, rider.cut) == (1, 1, ())
    well = [node.status not in NOT_WELL for node in rider.nodes]
    assert well == sorted(well)
    assert named(found, "broken").status == "error"
    assert "no_such_column" in named(found, "broken").message
    assert named(found, "after_broken").status == "skipped"
    assert named(found, "stg_orders").status == "success"
    assert (named(found, "stg_orders").digest or "").startswith("sha256:")
    assert (named(found, "orders_history").digest or "").startswith("sha256:")
    assert named(found, "countries").digest is None
    assert all(node.seconds is not None for node in rider.nodes)


def test_the_digest_is_that_of_the_relay(builds: shop.Pair) -> None:
    """Where the relay reads the compiled SQL itself it comes to the same digest as the rider."""
    from phlo_hooks_dagster.translator import DbtTargetFolders

    plain = builds.plain.recording
    read = translate(plain, artifacts=DbtTargetFolders(plain.snapshot.dbt_projects))

    there = {each.unique_id: each.compiled_sql_digest for each in of(read, "transform.end") if each.compiled_sql_digest}
    found = nodes(builds.hooked)
    assert there.keys() >= {"model.shop.stg_orders", "model.shop.by_customer", "model.shop.broken"}
    assert {unique_id: found[unique_id].digest for unique_id in there} == there


def test_the_relay_tells_each_node_without_dbts_folder(builds: shop.Pair) -> None:
    """From the log alone: a failed model, a skipped one, a failed test and one that erred, each with dbt's message."""
    _each_has_its_own(translate(builds.hooked.recording, artifacts=None))


def test_the_step_tells_each_node(builds: shop.Pair) -> None:
    """In the step too, as it ends: the same events with the same keys and messages."""
    _each_has_its_own(list(builds.hooked.told))


def test_both_halves_tell_the_same_keys(builds: shop.Pair) -> None:
    """What a step tells of its assets and checks has the keys that the relay's events have."""
    inside = sorted(event.key for event in builds.hooked.told)
    kinds = {event.event_type for event in builds.hooked.told}

    outside = translate(builds.hooked.recording, artifacts=None)

    assert inside == sorted(event.key for event in outside if event.event_type in kinds)
    assert kinds == {"transform.start", "transform.end", "quality.result"}


def test_only_the_step_itself_is_believed_on_its_riders(builds: shop.Pair) -> None:
    """Riders name run and step by the record that carries them, and no larger than the limit."""
    for record in builds.hooked.of(dg.DagsterEventType.ENGINE_EVENT):
        event = shop.event_of(record)
        if event.step_key == "build_shop":
            assert record.event_log_entry.run_id == builds.hooked.run_id
    assert all(size_of(rider) <= LIMIT for rider in builds.hooked.riders())


@pytest.mark.long
def test_retries_and_several_invocations_with_run_hooks(prepared: Path, tmp_path: Path) -> None:
    """Each attempt leaves the results of its own invocations, in their order, and nothing is told twice."""
    project = shop.copy_of(prepared, tmp_path)
    attempts: list[int] = []

    @hooked_dbt_assets(
        manifest=project.manifest_path,
        project=project,
        name="build_shop",
        retry_policy=dg.RetryPolicy(max_retries=1),
    )
    def build_shop(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Any:
        attempts.append(1)
        if len(attempts) == 1:
            yield from dbt.cli(["run"], context=context).stream()
        mine = project.project_dir / "target" / "mine"
        yield from dbt.cli(["seed"], context=context, target_path=mine).stream()
        yield from dbt.cli(["test"], context=context, raise_on_error=False).stream()

    ran = shop.run(tmp_path, build_shop.with_hooks(phlo_run_hooks()), project=project)

    first, *second = [{node.unique_id.split(".")[2]: node.status for node in rider.nodes} for rider in ran.results()]
    seeded, tested = sorted(second, key=len)
    assert (first["broken"], first["stg_orders"]) == ("error", "success")
    assert seeded == {"countries": "success"}
    assert len(tested) == 7
    assert set(tested.values()) == {"pass", "warn", "error"}
    outside = translate(ran.recording)
    kinds = {event.event_type for event in ran.told}
    assert Counter(event.key for event in ran.told) == Counter(
        event.key for event in outside if event.event_type in kinds
    )
    retried = [event for event in of(ran.told, "transform.end", asset_key="broken") if event.status == "retry"]
    assert [event.error.message for event in retried if "no_such_column" in event.error.message]


def _each_has_its_own(events: list[HookEvent]) -> None:
    failed = one(events, "transform.end", asset_key="broken")
    assert (failed.status, failed.node_status, failed.reason) == ("failure", "error", "node_failed")
    assert "no_such_column" in failed.error.message
    skipped = one(events, "transform.end", asset_key="after_broken")
    assert (skipped.status, skipped.node_status, skipped.reason) == ("skipped", "skipped", "node_skipped")
    made = one(events, "transform.end", asset_key="stg_orders")
    assert (made.status, made.error) == ("success", None)
    assert made.compiled_sql_digest.startswith("sha256:")
    bad = one(events, "quality.result", check_name="accepted_values_by_customer_customer__ada")
    assert (bad.passed, bad.outcome, bad.data_outcome) == (False, "success", "fail")
    assert bad.message == "Got 1 result, configured to fail if != 0"
    erred = one(events, "quality.result", check_name="test_that_errs")
    assert (erred.passed, erred.outcome) == (None, "error")
    assert "nothing_here" in erred.error.message
    not_run = one(events, "quality.result", check_name="not_null_broken_x")
    assert not_run.outcome == "skipped"
