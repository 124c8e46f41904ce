"""Gates on what a real dbt build made: its tests, rows and columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from phlo_hooks_dagster import BreakingSchemaChange, ChecksPassed, Gate, RowCountDrop, publish_asset
from tests.in_step_tools import shop
from tests.translator import warehouse


@pytest.fixture(scope="module")
def built(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dg.DagsterInstance, Any]]:
    """Build the shop once, and keep instance and assets."""
    root = tmp_path_factory.mktemp("gated")
    project = shop.copy_of(prepared, root)
    warehouse.environment(broken=True)
    definition = shop.building(project, shop.HOOKED["dbt"])
    with dg.DagsterInstance.ephemeral() as instance:
        dg.materialize([definition], instance=instance, resources=warehouse.resources(project), raise_on_error=False)
        yield instance, (definition, warehouse.resources(project))


def publish(built: tuple[dg.DagsterInstance, Any], model: str, gate: Gate) -> tuple[bool, str]:
    """Publish a model in a run of its own, and return whether that was done, and what the gate said."""
    instance, (models, resources) = built

    def published() -> None:
        """Stand for what copies a table."""

    target = publish_asset(name="published", deps=[model], gates=[gate])(published)
    result = dg.materialize(
        [models, target], instance=instance, resources=resources, selection=[target], raise_on_error=False
    )
    told = [event.step_failure_data.user_failure_data for event in result.all_events if event.is_step_failure]
    return result.success, "".join(str(each.description) for each in told if each is not None)


@pytest.mark.parametrize(
    ("model", "gate", "reasons"),
    [
        ("stg_orders", ChecksPassed(), []),
        ("stg_orders", ChecksPassed(warnings=True), ["check accepted_values_stg_orders_amount__False__10_5__7_0"]),
        (
            "by_customer",
            ChecksPassed(),
            ["accepted_values_by_customer_customer__ada of by_customer failed with severity"],
        ),
        ("after_broken", ChecksPassed(), ["after_broken was never materialized, so that its checks say nothing of it"]),
        ("by_customer", ChecksPassed(upstreams=["stg_*"]), []),
        ("stg_orders", RowCountDrop(on_missing="pass"), []),
        ("by_customer", BreakingSchemaChange(), []),
    ],
)
def test_dbt_tests_and_metadata_are_asked_for(
    built: tuple[dg.DagsterInstance, Any], model: str, gate: Gate, reasons: list[str]
) -> None:
    """A dbt test that failed, warned or never ran closes the gate in a later run; what passed leaves it open."""
    done, said = publish(built, model, gate)

    assert done is not bool(reasons)
    assert [reason for reason in reasons if reason not in said] == []
