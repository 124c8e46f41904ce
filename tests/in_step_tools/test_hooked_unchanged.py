"""Taking the hooked decorator instead of the integration's own changes nothing that Dagster records."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from phlo_hooks_dagster.identity.stage_tag import STAGE_TAG
from phlo_hooks_dagster.riders import HOOKED, RIDER
from tests.in_step_tools import shop

COMPARED = frozenset(
    {
        *("ASSET_MATERIALIZATION", "ASSET_OBSERVATION", "ASSET_CHECK_EVALUATION", "STEP_OUTPUT", "HANDLED_OUTPUT"),
        *("ASSET_MATERIALIZATION_PLANNED", "ASSET_CHECK_EVALUATION_PLANNED"),
    }
)
# What differs between any two runs: times, durations, ids, and what is made of them.
PASSING = frozenset(
    {
        *("Execution Duration", "invocation_id", "started_at", "finished_at", "elapsed", "created_at", "file_path"),
        *("job_id", "file_id", "file_size", "duration_ms", "timestamp", "storage_id", "run_id"),
        *("dagster/code_version", "dagster/data_version"),
    }
)
PASSING_TAGS = ("dagster/input_data_version/", "dagster/input_event_pointer/")


def lasting(value: Any, ran: shop.Ran) -> Any:
    """Return a value without what differs between any two runs."""
    if isinstance(value, dict):
        if value.get("label") in PASSING:
            return value["label"]
        return {
            name: "~" if name in PASSING or name.startswith(PASSING_TAGS) else lasting(item, ran)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [lasting(item, ran) for item in value]
    if isinstance(value, str):
        return re.sub(r"\d{10}\.\d+", "<load>", value.replace(str(ran.root), "<root>").replace(ran.run_id, "<run>"))
    return value


def story(ran: shop.Ran) -> list[tuple[Any, ...]]:
    """Return the records of a run in their order, riders left out, as far as they say the same in each run."""
    found = []
    for event in filter(None, map(shop.event_of, ran.records)):
        if event.event_type_value == "ENGINE_EVENT" and RIDER in event.engine_event_data.metadata:
            continue
        data = None
        if event.event_type_value in COMPARED:
            data = lasting(json.loads(dg.serialize_value(event.event_specific_data)), ran)
        found.append((event.event_type_value, event.step_key, data))
    return found


@pytest.mark.parametrize("tool", ["loads", "builds"])
def test_every_record_is_the_same(tool: str, request: pytest.FixtureRequest) -> None:
    """Materializations with their metadata and tags, check results and all else come as before, in the same order."""
    pair: shop.Pair = request.getfixturevalue(tool)

    before, after = story(pair.plain), story(pair.hooked)

    assert [each[:2] for each in after] == [each[:2] for each in before]
    for one, other in zip(before, after, strict=True):
        assert other == one
    assert pair.hooked.riders()
    assert not pair.plain.riders()


@pytest.mark.parametrize(
    "arguments", [{"selection": ["raw/orders"]}, {"partition_key": "2024-01-02"}], ids=["subset", "partition"]
)
def test_subsets_and_partitions_are_the_same(arguments: dict[str, Any], tmp_path: Path) -> None:
    """A run of some of the assets, and one of a partition, are recorded as with dagster-dlt's own decorator."""
    partitions = shop.DAYS if "partition_key" in arguments else None
    stories = []
    for name, kind in (("plain", shop.PLAIN), ("hooked", shop.HOOKED)):
        root = tmp_path / name
        root.mkdir()
        ran = shop.run(root, shop.loading(root, kind["dlt"], partitions_def=partitions), **arguments)
        assert ran.success
        stories.append(story(ran))

    assert stories[0] == stories[1]


def test_the_comparison_sees_what_a_real_project_has(loads: shop.Pair, builds: shop.Pair) -> None:
    """The compared runs hold child tables, fetched counts and columns, seeds, snapshots and tests of each outcome."""
    made = {
        shop.event_of(each).asset_key.to_user_string(): shop.event_of(each).materialization.metadata
        for ran in (loads.plain, builds.plain)
        for each in ran.of(dg.DagsterEventType.ASSET_MATERIALIZATION)
    }
    evaluated = builds.plain.of(dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    checks = [shop.event_of(each).asset_check_evaluation_data for each in evaluated]

    assert {"raw/orders", "stg_orders", "by_customer", "countries", "orders_history"} <= set(made)
    assert "orders__lines" in made["raw/orders"]
    assert made["raw/orders"]["dagster/row_count"].value == 3
    assert made["by_customer"]["dagster/row_count"].value == 2
    assert "dagster/column_lineage" in made["stg_orders"]
    outcomes = {(each.passed, each.severity.value) for each in checks}
    assert outcomes >= {(True, "ERROR"), (False, "WARN"), (False, "ERROR")}


@pytest.mark.parametrize(("tool", "name", "stage"), [("loads", "dlt", "ingestion"), ("builds", "dbt", "transform")])
def test_the_definitions_differ_in_stage_and_mark_only(
    tool: str, name: str, stage: str, request: pytest.FixtureRequest
) -> None:
    """Keys, dependencies, checks, groups and all else of the definitions stay, the op's tags too."""
    one, other = (each.definition for each in request.getfixturevalue(tool))

    assert other.keys == one.keys
    assert other.asset_deps == one.asset_deps
    assert {spec.key for spec in other.check_specs} == {spec.key for spec in one.check_specs}
    assert other.op.tags == one.op.tags
    for spec in other.specs:
        original = one.get_asset_spec(spec.key)
        assert {**original.tags, STAGE_TAG: stage} == spec.tags
        assert set(spec.metadata) - set(original.metadata) == {HOOKED}
        assert spec.metadata[HOOKED] == name
        same = ("deps", "group_name", "kinds", "owners", "description", "code_version", "partitions_def")
        assert all(getattr(spec, field) == getattr(original, field) for field in same)
