"""A real dbt project, built once by real dbt."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.postgres import postgres

__all__ = ["postgres"]

SHOP = Path(__file__).parent / "shop"
RAW = """
create schema raw;
create table raw."Orders" (id integer, customer_id integer, status varchar, amount_cents integer, deleted boolean,
    ordered_at timestamp, updated_at timestamp);
insert into raw."Orders" values (1, 1, 'DONE', 1000, false, '2026-01-01', '2026-01-02'),
    (2, 1, 'OPEN', 500, false, '2026-01-03', '2026-01-03'), (3, 2, 'OPEN', 700, true, '2026-01-03', '2026-01-04');
create table raw."CUSTOMERS" ("CustomerID" integer, "Full Name" varchar, "Country" varchar, "Updated At" timestamp);
insert into raw."CUSTOMERS" values (1, 'Ada', 'de', '2026-01-01'), (2, 'Bob', 'us', '2026-01-01');
create table raw.payments (id integer, order_id integer, amount_cents integer, state varchar, paid_at timestamp);
insert into raw.payments values (1, 1, 1000, 'paid', '2026-01-02');
create table raw.late_reasons (order_id integer, reason varchar);
insert into raw.late_reasons values (1, 'weather'), (2, 'strike');
"""


PROGRAM = """
import sys
from dbt.cli.main import dbtRunner

commands = " ".join(sys.argv[1:]).split(" , ")
runner = dbtRunner()
for command in commands:
    result = runner.invoke(["--no-use-colors", *command.split()])
    if result.exception is not None:
        raise result.exception
"""


def run_dbt(project: Path, *commands: str) -> None:
    """Run commands of dbt in a process of their own; tests that fail are no reason to stop."""
    environment = {
        **os.environ,
        "SHOP_DATABASE": str(project / "shop_db.duckdb"),
        "DBT_PROJECT_DIR": str(project),
        "DBT_PROFILES_DIR": str(project),
        "DBT_TARGET_PATH": str(project / "target"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "PYTHONWARNINGS": "ignore",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, " , ".join(commands)],
        check=False,
        env=environment,
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="session")
def shop_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with a database that holds what it reads."""
    project = tmp_path_factory.mktemp("shop") / "shop"
    shutil.copytree(SHOP, project)
    with duckdb.connect(str(project / "shop_db.duckdb")) as connection:
        connection.execute(RAW)
    return project


@pytest.fixture(scope="session")
def built(shop_project: Path) -> Path:
    """The target folder after two builds (so that incremental models read themselves) and the docs' catalog."""
    build = "build --exclude order_scores"
    run_dbt(shop_project, build, "docs generate --no-compile", build)
    target = shop_project / "target"
    results = json.loads((target / "run_results.json").read_text())["results"]
    built = [each for each in results if each["unique_id"].startswith(("model.", "seed.", "snapshot."))]
    assert {each["status"] for each in built} == {"success"}
    return target
