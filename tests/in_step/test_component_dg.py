"""A ``dg`` project with the component, under ``dg``'s own commands."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from tests.dagster.projects import ended_at_last, wait_for
from tests.in_step.dg_project import DgProject

LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
TICKS = """query($selector: SensorSelector!) { sensorOrError(sensorSelector: $selector) {
  ... on Sensor { sensorState { ticks(limit: 5) { status skipReason error { message } } } } } }"""


@pytest.fixture
def project(tmp_path: Path) -> DgProject:
    return DgProject(tmp_path / "project", "shop_under_dg")


INSTANCE = """
telemetry:
  enabled: false
run_coordinator:
  module: dagster.core.run_coordinator
  class: DefaultRunCoordinator
"""
"""Runs start at once, instead of with the queue's next look."""


class Server:
    """The web server of a running ``dg dev``."""

    def __init__(self, port: int) -> None:
        self._port = port

    def ask(self, query: str, **variables: Any) -> Any:
        """Ask it; ``None`` while it does not answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/graphql",
            data=json.dumps({"query": query, "variables": variables}).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # our own server
                return json.load(answer)["data"]
        except OSError:
            return None

    def ticks(self, sensor: str) -> list[str]:
        """Return what a sensor's last ticks said, newest first."""
        found = self.ask(TICKS, selector={"sensorName": sensor, **REPOSITORY})
        state = found and (found.get("sensorOrError") or {}).get("sensorState")
        return [tick["skipReason"] or str(tick["error"] or tick["status"]) for tick in state["ticks"]] if state else []

    def launch(self, job: str) -> str:
        """Launch a job and return its run's id."""
        params = {"selector": {"jobName": job, **REPOSITORY}, "runConfigData": {}}
        return str(self.ask(LAUNCH, params=params)["launchRun"]["run"]["runId"])


REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "project"}


@contextmanager
def dev(project: DgProject, home: Path) -> Iterator[Server]:
    """Start ``dg dev`` in the project."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (project.folder / "dev.log").open("wb") as log:
        process = subprocess.Popen(
            ["dg", "dev", "--port", str(port)],
            cwd=project.folder,
            env={**project.environment, "DAGSTER_HOME": str(home)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    with ended_at_last(process):
        yield Server(port)
        os.killpg(process.pid, signal.SIGINT)


def test_dg_knows_it(project: DgProject) -> None:
    """Dg lists the component, scaffolds it where it is asked to, and finds the result right."""
    project.yaml.unlink()

    scaffolded = project.run("scaffold", "defs", "phlo_hooks_dagster.PhloHooksComponent", "x")
    listed = project.run("list", "components", "--json")
    checked = project.run("check", "defs")

    assert scaffolded.returncode == 0, scaffolded.stderr
    assert "phlo_hooks_dagster.PhloHooksComponent" in (project.package / "defs" / "x" / "defs.yaml").read_text()
    assert "phlo_hooks_dagster.PhloHooksComponent" in listed.stdout
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_dg_checks_yaml(project: DgProject) -> None:
    """``dg check yaml`` shows the line of each mistake that the schema sees."""
    project.yaml.write_text(
        "type: phlo_hooks_dagster.PhloHooksComponent\n\nattributes:\n  mode: chld\n  stages:\n    - stage: publsh\n"
    )

    checked = project.run("check", "yaml")

    assert checked.returncode == 1
    said = checked.stdout + checked.stderr
    assert f"{project.yaml}:4" in said
    assert "'chld' is not one of ['child', 'tick', 'external']" in said
    assert f"{project.yaml}:6" in said


def test_dg_dev(project: DgProject, tmp_path: Path) -> None:
    """
    Under ``dg dev`` the relay runs and calls the project's hook, and a sensor of ours asks for its job once.

    The sensor reads what the relay records while both run; its job's run carries what its function said.
    """
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text(INSTANCE)
    told = project.package / "told"
    with dev(project, home) as server, DagsterInstance.from_config(str(home)) as instance:
        wait_for(lambda: server.ticks("phlo_hooks_relay"), "a tick of the relay's sensor")
        wait_for(lambda: server.ticks("when_published"), "a tick of the project's sensor")

        server.launch("every")

        wait_for(told.exists, "the project's hook called")
        asked = RunsFilter(job_name="refresh_page", statuses=[DagsterRunStatus.SUCCESS])
        wait_for(lambda: instance.get_run_records(asked), "the sensor's job")
        before = len(server.ticks("when_published"))
        wait_for(lambda: "no new event to react to" in server.ticks("when_published")[:1], "a tick with nothing new")

        runs = instance.get_runs(RunsFilter(job_name="refresh_page"))
        assert before
        assert told.read_text() == "publish.end success\n"
        assert [run.tags["published"] for run in runs] == ["report"]
        assert len({run.tags["phlo/event"] for run in runs}) == 1
