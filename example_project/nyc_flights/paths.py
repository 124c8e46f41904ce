"""Where the project keeps what it writes."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("NYC_FLIGHTS_DATA") or PROJECT / "data").resolve()
"""One folder for everything."""

WAREHOUSE = DATA / "warehouse.duckdb"
DLT_PIPELINES = DATA / "dlt"
DBT_PROJECT = PROJECT / "dbt"
DBT_TARGET = DATA / "dbt_target"
MARTS = DATA / "marts"
FINDINGS = DATA / "findings"
REPORT = DATA / "report.md"

# dbt runs as a process of its own: its profile reads the first variable, dagster-dbt makes each run's target folder
# below the second, and dbt is looked up on the PATH, which lacks it when Dagster was started as .venv/bin/dagster.
os.environ["NYC_FLIGHTS_DATA"] = str(DATA)
os.environ.setdefault("DBT_TARGET_PATH", str(DBT_TARGET))
if shutil.which("dbt") is None:
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
