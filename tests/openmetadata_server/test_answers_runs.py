"""Pipeline statuses and profiles."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.openmetadata_server.target import Answered, Json, Lake, Target

AT = 1795258112000


class Pipeline:
    """A pipeline with the tasks t1 and t2."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.fqn = f"{target.service('pipeline', 'Dagster')}.j"
        self.path = f"/pipelines/{quote(self.fqn, safe='')}/status"
        body = {"name": "j", "service": self.fqn.partition(".")[0], "tasks": [{"name": "t1"}, {"name": "t2"}]}
        target.ok("PUT", "/pipelines", body)

    def put(self, at: int = AT, status: str = "Successful", **more: Any) -> Answered:
        return self.target.call("PUT", self.path, {"timestamp": at, "executionStatus": status, "taskStatus": []} | more)

    def latest(self) -> Json:
        found: Json = self.target.read("pipelines", self.fqn, "pipelineStatus")["pipelineStatus"]
        return found

    def all(self) -> list[int]:
        found = self.target.ok("GET", self.path, startTs=AT - 10_000, endTs=AT + 10_000)["data"]
        return [each["timestamp"] for each in found]


@pytest.fixture
def pipeline(target: Target) -> Pipeline:
    """A pipeline."""
    return Pipeline(target)


def test_status_is_shown_without_a_new_version(pipeline: Pipeline) -> None:
    """The answer is the pipeline."""
    answer = pipeline.put(taskStatus=[{"name": "t1", "executionStatus": "Failed", "startTime": AT, "endTime": AT + 1}])

    assert (answer.status, answer.body["version"]) == (200, 0.1)
    assert pipeline.latest()["taskStatus"][0]["executionStatus"] == "Failed"


def test_same_time_replaces_and_an_older_one_stays_older(pipeline: Pipeline) -> None:
    """The latest by time is the pipeline's; the list has the newest first."""
    pipeline.put(status="Pending")
    pipeline.put(status="Failed")
    pipeline.put(AT - 5000)

    assert pipeline.latest()["executionStatus"] == "Failed"
    assert pipeline.all() == [AT, AT - 5000]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"executionStatus": "Running"}, 400),
        ({"timestamp": None}, 400),
        ({"executionStatus": None}, 400),
        ({"taskStatus": None}, 500),
        ({"taskStatus": [{"name": "nope", "executionStatus": "Successful"}]}, 400),
        ({"taskStatus": [{"name": "t1", "executionStatus": "Running"}]}, 400),
        ({"taskStatus": [{"name": "t1", "executionStatus": "Skipped", "nope": 1}]}, 400),
        ({"nope": 1}, 400),
        ({"timestamp": 0}, 200),
    ],
)
def test_what_a_status_has_to_be(pipeline: Pipeline, more: Any, status: int) -> None:
    """Four words; known tasks; ``taskStatus`` always; times are not checked."""
    assert pipeline.put(**more).status == status


@pytest.mark.parametrize("more", [{"endTime": AT}, {"executionId": "r"}])
def test_fields_that_came_later(pipeline: Pipeline, more: Any) -> None:
    """1.6 refuses them."""
    assert pipeline.put(**more).status == (400 if pipeline.target.mode == "1.6" else 200)


def test_status_is_deleted_once(pipeline: Pipeline) -> None:
    """Again it is a 404; so is the status of an unknown pipeline."""
    pipeline.put()

    assert [pipeline.target.call("DELETE", f"{pipeline.path}/{AT}").status for _ in range(2)] == [200, 404]
    unknown = {"timestamp": AT, "executionStatus": "Failed", "taskStatus": []}
    assert pipeline.target.call("PUT", "/pipelines/no.such/status", unknown).status == 404


def test_range_needs_both_ends(pipeline: Pipeline) -> None:
    """400 without."""
    assert pipeline.target.call("GET", pipeline.path, startTs=1).status == 400


def test_latest_profile_is_the_latest_by_time(lake: Lake) -> None:
    """No new version; of two of the same time the newer one; both rows stay."""
    table = lake.table()
    path, named = f"/tables/{table['id']}/tableProfile", f"/tables/{quote(lake.schema + '.t1', safe='')}/tableProfile"
    for at, rows in ((AT, 5), (AT, 6), (AT - 5000, 7)):
        lake.target.ok("PUT", path, {"tableProfile": {"timestamp": at, "rowCount": rows}})

    assert lake.target.ok("GET", f"{named}/latest")["profile"]["rowCount"] == 6
    assert len(lake.target.ok("GET", named, startTs=AT, endTs=AT)["data"]) == 2
    assert lake.read()["version"] == 0.1


@pytest.mark.parametrize(
    ("profile", "status"),
    [
        ({"tableProfile": {"timestamp": AT, "rowCount": 1, "columnCount": 2, "sizeInByte": 3}}, 200),
        ({"tableProfile": {"timestamp": AT // 1000}}, 400),
        ({"tableProfile": {"rowCount": 1}}, 400),
        ({"tableProfile": {"timestamp": AT, "nope": 1}}, 400),
        ({}, 400),
        (
            {
                "tableProfile": {"timestamp": AT},
                "systemProfile": [{"timestamp": AT, "operation": "INSERT", "rowsAffected": 1}],
            },
            200,
        ),
        ({"tableProfile": {"timestamp": AT}, "systemProfile": [{"timestamp": AT, "operation": "LOAD"}]}, 400),
        ({"tableProfile": {"timestamp": AT}, "columnProfile": [{"name": "nope", "timestamp": AT}]}, 400),
    ],
)
def test_what_a_profile_has_to_be(lake: Lake, profile: Any, status: int) -> None:
    """Milliseconds, known fields, known columns."""
    assert lake.target.call("PUT", f"/tables/{lake.table()['id']}/tableProfile", profile).status == status
