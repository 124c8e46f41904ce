"""The source on an instance whose storage is PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterInstance

from phlo_hooks_dagster import compat
from tests.dagster.harness import desk, emit
from tests.dagster.projects import assert_counted
from tests.postgres import PostgresServer, postgres_server

CONFIG = """
telemetry: {{enabled: false}}
storage:
  postgres:
    postgres_url: {url}
"""


@dg.asset
def first(context) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001  # Dagster refuses string annotations
    emit(context.instance, context.run, "first", {"event_type": "shop.counted", "text": "50 % of phlo_rider\0"})
    return 1


@dg.asset(deps=[first])
def second() -> int:
    return 2


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """Return a server of this module's own."""
    with postgres_server() as running:
        yield running


def test_a_run_on_postgresql_is_counted(server: PostgresServer, tmp_path: Path) -> None:
    """Ids are shared by all runs and rows may appear late: the cursor waits, the ended run is read once more."""
    home = tmp_path / "home"
    home.mkdir()
    url = server.new_database().replace("postgresql:", "postgresql+psycopg2:")
    (home / "dagster.yaml").write_text(CONFIG.format(url=url))
    with DagsterInstance.from_config(str(home)) as instance, desk(instance, tmp_path) as reading:
        assert not compat.rows_commit_in_order(instance)
        assert compat.change_token(instance, "any") is None
        run_ids = [dg.materialize([first, second], instance=instance).run_id for _ in range(2)]
        instance.report_runless_asset_event(dg.AssetMaterialization("external"))
        reading.poll()
        assert {reading.memory.stream(run_id).status for run_id in run_ids} == {"open"}

        reading.settle()
        reading.time.advance(120)
        reading.poll()

        for run_id in run_ids:
            assert reading.memory.stream(run_id).status == "closed"
            assert_counted(reading, run_id)
            (emitted,) = [event for event in reading.events(run_id=run_id) if event.event_type == "shop.counted"]
            assert emitted.correlation.step_key == "first"
        assert reading.counted("asset.materialized")["asset.materialized", "external"] == 1
