"""The whole of it under a real ``dagster dev``."""

from __future__ import annotations

import json
import os
import signal
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from tests.dagster.harness import desk
from tests.dagster.projects import Project, assert_counted, ended_at_last, wait_for

REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "project_defs.py"}
LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
TICKS = """query($selector: SensorSelector!) { sensorOrError(sensorSelector: $selector) {
  ... on Sensor { sensorState { ticks(limit: 5) { skipReason error { message } } } } } }"""
RELOAD = "mutation($name: String!) { reloadRepositoryLocation(repositoryLocationName: $name) { __typename } }"


class Dev:
    """A running ``dagster dev``."""

    def __init__(self, project: Project, pid: int, port: int) -> None:
        self.project = project
        self.pid = pid
        self._port = port

    def ask(self, query: str, **variables: Any) -> Any:
        """Ask the web server; ``None`` while it does not answer."""
        request = urllib.request.Request(  # our own server
            f"http://127.0.0.1:{self._port}/graphql",
            data=json.dumps({"query": query, "variables": variables}).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # our own server
                return json.load(answer)["data"]
        except OSError:
            return None

    def launch(self, job: str) -> str:
        """Launch a job and return its run's id."""
        params = {"selector": {"jobName": job, **REPOSITORY}, "runConfigData": {}}
        return str(self.ask(LAUNCH, params=params)["launchRun"]["run"]["runId"])

    def said(self) -> list[str]:
        """Return what the sensor's last ticks said, newest first."""
        found = self.ask(TICKS, selector={"sensorName": "phlo_hooks_relay", **REPOSITORY})
        state = found and found["sensorOrError"].get("sensorState")
        return [tick["skipReason"] or str(tick["error"]) for tick in state["ticks"]] if state else []


@contextmanager
def dev(project: Project) -> Iterator[Dev]:
    """Start ``dagster dev`` and wait for the first tick of our sensor."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with ended_at_last(project.start("dagster", "dev", "-f", str(project.file), "-p", str(port))) as process:
        running = Dev(project, process.pid, port)
        wait_for(running.said, "a tick of the relay's sensor")
        yield running


def ended(instance: DagsterInstance, run_id: str) -> bool:
    """Say whether a run has succeeded."""
    return bool(instance.get_run_records(RunsFilter(run_ids=[run_id], statuses=[DagsterRunStatus.SUCCESS])))


def children(folder: Path) -> set[str]:
    """Return the relays that were started, by the lines of their log."""
    log = folder / "relay.log"
    return {line for line in log.read_text().splitlines() if "relay started" in line} if log.exists() else set()


def test_a_run_under_dagster_dev(instance: DagsterInstance, home: Path, tmp_path: Path) -> None:
    """Dagster dev, one run launched from the UI: its events reach the hook, and the ticks say how far the relay is."""
    project = Project(tmp_path / "project", home, assets=1)
    with dev(project) as running:
        run_id = running.launch("every")
        wait_for(lambda: ended(instance, run_id), "the run's end")
        with desk(instance, tmp_path, database=f"sqlite:///{home / 'phlo_hooks.db'}") as reading:
            wait_for(lambda: reading.counted("run.end", run_id=run_id), "the run's end in the outbox")

            wait_for(lambda: {event.event_id for event in reading.events()} <= set(project.told()), "all delivered")

            assert_counted(reading, run_id)
            wait_for(lambda: any(said == "up to date · 1 consumer" for said in running.said()), "a tick that says so")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_reload_and_kill_under_dagster_dev(instance: DagsterInstance, home: Path, tmp_path: Path) -> None:
    """After a reload a new child relays; after kill -9 of dagster dev a drain brings what was missing, once."""
    project = Project(tmp_path / "project", home, assets=1)
    with dev(project) as running:
        wait_for(lambda: len(children(home / "phlo_hooks")) == 1, "the first relay")
        running.ask(RELOAD, name="project_defs.py")
        wait_for(lambda: len(children(home / "phlo_hooks")) == 2, "a second relay after the reload")
        first = running.launch("every")
        wait_for(lambda: ended(instance, first), "the run's end")
        second = running.launch("every")
        wait_for(lambda: instance.get_run_by_id(second).status is DagsterRunStatus.STARTED, "the second run")  # type: ignore[union-attr]
        os.kill(running.pid, signal.SIGKILL)
        wait_for(lambda: ended(instance, second), "the second run's end")
    with ended_at_last(project.start("phlo_hooks", "drain", "--timeout", "100")) as drain:
        drain.wait(150)
    with desk(instance, tmp_path, database=f"sqlite:///{home / 'phlo_hooks.db'}") as reading:
        assert_counted(reading, first)
        assert_counted(reading, second)
        assert {event.event_id for event in reading.events()} <= set(project.told())
