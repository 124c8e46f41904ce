"""One real run of dlt, dbt and publishing, drained by the command that people type."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from phlo_hooks.subscribers.openmetadata.plugin import CONSUMER
from tests.openmetadata_standin import StandIn, running

ROOT = Path(__file__).parents[2]
PROJECT = Path(__file__).with_name("real_project.py")


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project in a folder of its own, and the server that its state database is told to."""

    root: Path
    server: StandIn

    def run(self, *command: str) -> str:
        """Run a command of Dagster's or ours in the project's environment, and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        """A shell of somebody who set what the how-to says."""
        return dict(os.environ) | {
            "DAGSTER_HOME": str(self.root / "home"),
            "SHOP_ROOT": str(self.root),
            "OPENMETADATA_URL": self.server.url,
            "OPENMETADATA_JWT": self.server.jwt,
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
        }


WRITE = """
import sys
from pathlib import Path
from tests.translator import warehouse
warehouse._FILES["models/sources.yml"] = warehouse._FILES["models/sources.yml"].replace("[ada]", "[ada, bob]")
warehouse.write_project(Path(sys.argv[1]), broken=False)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Run the job once, and drain."""
    root = tmp_path_factory.mktemp("real")
    (root / "home").mkdir()
    (root / "pyproject.toml").write_text("[project]\nname = 'shop'\n")
    with running("2.0") as server:
        made = Project(root=root, server=server)
        subprocess.run([sys.executable, "-c", WRITE, str(root)], cwd=ROOT, env=made.environment, check=True)
        made.run("dagster", "job", "execute", "-f", str(PROJECT), "-j", "nightly")
        made.run("phlo_hooks", "drain", "-f", str(PROJECT))
        yield made


def by_end(dump: Any) -> dict[tuple[str, str], Any]:
    """Return the edges by the last parts of their ends' names."""
    found = {}
    for ends, edge in dump["edges"].items():
        above, _, below = ends.partition(" -> ")
        found[above.rpartition(".")[2].strip('"'), below.rpartition(".")[2].strip('"')] = edge
    return found


@pytest.mark.timeout(400)
def test_whole_graph_is_there(project: Project) -> None:
    """Endpoint, raw and child table, staging, mart, file; with columns, SQL and the job on each edge."""
    state = project.server.dump()

    assert project.server.journal.refused == []
    edges = by_end(state)
    assert {
        ("orders", "orders"),
        ("orders", "stg_orders"),
        ("orders__lines", "by_customer"),
        ("stg_orders", "by_customer"),
    } <= edges.keys(), list(edges)
    assert edges["orders", "stg_orders"]["columnsLineage"]
    assert "select" in edges["orders", "stg_orders"]["sqlQuery"]
    assert {edge["pipeline"].rpartition(".")[2].strip('"') for edge in edges.values()} == {"nightly"}
    assert any(ends.startswith("apiEndpoint ") for ends in state["edges"]), list(state["edges"])
    assert any("by_customer.parquet" in ends for ends in state["edges"]), list(state["edges"])


def test_code_describes_what_ran(project: Project) -> None:
    """The catalog gives descriptions and the dbt tab; tasks stand in order; tests passed, and one warned."""
    state = project.server.dump()

    staged = next(body for fqn, body in state["entities"]["table"].items() if fqn.endswith(".stg_orders"))
    assert next(each for each in staged["columns"] if each["name"] == "id")["description"] == "Order number."
    assert staged["dataModel"]["modelType"] == "DBT"
    (pipeline,) = state["entities"]["pipeline"].values()
    tasks = {each["name"]: each["downstreamTasks"] for each in pipeline["tasks"]}
    assert "by_customer" in tasks["stg_orders"]
    results = [result for case in state["results"].values() for result in case.values()]
    assert {each["testCaseStatus"] for each in results} == {"Success"}
    assert [each["failedRows"] for each in results if each["result"].startswith("warn")] == [1]
    (runs,) = state["runs"].values()
    assert [each["executionStatus"] for each in runs.values()] == ["Successful"]


def test_replay_by_command_changes_nothing(project: Project) -> None:
    """``phlo-hooks replay`` and another drain."""
    before = project.server.dump()
    project.server.journal.clear()

    project.run("phlo_hooks", "replay", "--hook", CONSUMER, "--yes", "-f", str(PROJECT))
    project.run("phlo_hooks", "drain", "-f", str(PROJECT))

    assert project.server.journal.lines
    assert project.server.journal.changes == []
    assert project.server.dump() == before
