"""
Record the runs that need dlt, dbt or processes that die; ``python -m tests.translator.make_recordings`` from the root.

What each run is for stands beside it. The other runs of the tests are made live.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import dagster as dg
from dagster_dbt import dbt_assets
from dagster_dlt import dlt_assets

from phlo_hooks_dagster import hooked_dbt_assets, hooked_dlt_assets
from tests.translator import crashing, warehouse
from tests.translator.recording import FOLDER, Recording, read_run, save, snapshot_of

PARTS = ("dlt", "dbt", "dbt_broken", "hooked_dlt", "hooked_dlt_failed", "hooked_dbt_broken")
"""Those that dbt builds need those that dlt loads before them."""


def main() -> None:
    """Record everything; dbt runs in processes of their own, as it keeps its DuckDB file locked."""
    if len(sys.argv) == 1:
        crashing.record_all()
        with tempfile.TemporaryDirectory(prefix="phlo-shop-") as folder:
            for part in PARTS:
                subprocess.run([sys.executable, "-m", "tests.translator.make_recordings", part, folder], check=True)
        return
    part, root = sys.argv[1], Path(sys.argv[2])
    record(part, root, Path(sys.argv[3]) if len(sys.argv) > 3 else FOLDER)


def record(part: str, root: Path, folder: Path) -> None:
    """Record one part of the shop, a load or a build, with the integration's decorators or ours."""
    hooked, broken, loads = part.startswith("hooked"), part.endswith("dbt_broken"), "dlt" in part
    warehouse.environment(broken=broken)
    home = root / "home"
    home.mkdir(exist_ok=True)
    project = warehouse.write_project(root, broken=broken)
    source = warehouse.failing_source() if part.endswith("failed") else None
    load = warehouse.loading(root, hooked_dlt_assets if hooked else dlt_assets, source=source)
    build = warehouse.building(project, hooked_dbt_assets if hooked else dbt_assets)
    defs = dg.Definitions(assets=[load, build], resources=warehouse.resources(project))
    snapshot = snapshot_of(defs)
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        result = dg.materialize(
            [load if loads else build],
            instance=instance,
            resources=warehouse.resources(project),
            raise_on_error=False,
        )
        recording = read_run(instance, result.run_id, snapshot)
    if not loads:
        recording = Recording(
            facts=recording.facts,
            snapshot=snapshot,
            records=recording.records,
            files=_target_files(project.project_dir / "target"),
        )
    save(part, recording, folder)


def _target_files(target: Path) -> dict[str, str]:
    """Return what of dbt's target folders the translator may read."""
    wanted = [*target.glob("*-*-*/run_results.json"), *target.glob("*-*-*/compiled/**/*.sql")]
    return {str(path.relative_to(target)): path.read_text() for path in sorted(wanted) if path.is_file()}


if __name__ == "__main__":
    main()
