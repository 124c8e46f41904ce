"""Which of dbt's results are of a step attempt, and how they become riders; on results that dbt itself wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from phlo_hooks_dagster.decorators.dbt_results import AttemptFolders, parts
from phlo_hooks_dagster.in_step.dbt_projects import project_of
from phlo_hooks_dagster.riders import LIMIT, DbtNode, size_of
from phlo_hooks_dagster.translator.artifacts import CUT, MESSAGE_LIMIT
from tests.in_step_tools import shop

RUN = "0123456789abcdef"


@pytest.fixture
def results(builds: shop.Pair) -> Path:
    """Return a file of results that dbt wrote."""
    (found,) = (builds.hooked.root / "dbt_broken" / "target").glob("build_shop-*/run_results.json")
    return found


def invocation(results: Path, folder: Path, invocation_id: str, **changes: Any) -> None:
    """Leave results in a folder, as another invocation, with changes in each node."""
    written = json.loads(results.read_text())
    written["metadata"]["invocation_id"] = invocation_id
    for node in written["results"]:
        node.update(changes)
    folder.mkdir(parents=True)
    (folder / "run_results.json").write_text(json.dumps(written))


def attempt(project: Path) -> AttemptFolders:
    return AttemptFolders([project_of(project)], run_id=RUN, step_key="build_shop")


def test_only_the_attempts_own_invocations(results: Path, tmp_path: Path) -> None:
    """Those of an earlier attempt, of another run and of another step are left out, whatever their times."""
    invocation(results, tmp_path / "target" / "build_shop-0123456-aaaaaaa", "first attempt")
    folders = attempt(tmp_path)
    for number, name in enumerate(
        ("build_shop-0123456-bbbbbbb", "build_shop-9999999-ccccccc", "test_shop-0123456-ddd")
    ):
        invocation(results, tmp_path / "target" / name, f"later {number}")
    invocation(results, tmp_path / "target" / "build_shop-0123456-eeeeeee", "later still")

    assert [rider.invocation_id for rider in folders.riders()] == ["later 0", "later still"]
    assert [rider.invocation_id for rider in attempt(tmp_path).riders()] == []


def test_a_target_path_of_the_users_own(results: Path, tmp_path: Path) -> None:
    """Results in another folder of the project are found by the invocation that the stream named, no others."""
    folders = attempt(tmp_path)
    invocation(results, tmp_path / "my_target", "mine")
    invocation(results, tmp_path / "target" / "not_mine", "somebody else's")

    before = list(folders.riders())
    folders.seen.add("mine")

    assert before == []
    assert [rider.invocation_id for rider in folders.riders()] == ["mine"]


def test_the_target_that_the_environment_names(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``DBT_TARGET_PATH`` moves dagster-dbt's folders, and these are found there."""
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "elsewhere"))
    folders = attempt(tmp_path / "project")
    invocation(results, tmp_path / "elsewhere" / "build_shop-0123456-aaaaaaa", "mine")

    assert [rider.invocation_id for rider in folders.riders()] == ["mine"]


@pytest.mark.parametrize("body", ["", "{", "[]", '{"metadata": {}}', '{"metadata": {}, "results": [{"status": 1}]}'])
def test_results_that_cannot_be_read_are_left_out(tmp_path: Path, body: str) -> None:
    """A file that dbt was writing when it died, or of another form, leaves no rider and raises nothing."""
    folders = attempt(tmp_path)
    folder = tmp_path / "target" / "build_shop-0123456-aaaaaaa"
    folder.mkdir(parents=True)
    (folder / "run_results.json").write_text(body)

    assert list(folders.riders()) == []


def test_messages_lose_secrets_and_their_end(results: Path, tmp_path: Path) -> None:
    """A message is redacted, a long one is cut, and both the node and the rider say so."""
    folders = attempt(tmp_path)
    message = "could not connect to postgres://me:hunter2secret@db/shop " + "x" * MESSAGE_LIMIT
    invocation(results, tmp_path / "target" / "build_shop-0123456-aaaaaaa", "mine", message=message)

    (rider, *_) = folders.riders()

    assert "hunter2secret" not in repr(rider)
    assert all(node.message.endswith(CUT) for node in rider.nodes)
    assert all(len(node.message) == MESSAGE_LIMIT + len(CUT) for node in rider.nodes)
    assert rider.cut == ("nodes.message",)


def test_many_nodes_come_in_parts() -> None:
    """Each part is within the limit, none is lost, and those that did not go well come first."""
    statuses = ("success", "error", "pass", "skipped", "fail", "warn")
    digest = f"sha256:{'0' * 64}"
    nodes = [
        DbtNode(unique_id=f"model.shop.number_{n:05}", status=statuses[n % 6], message="é" * (n % 2000), digest=digest)
        for n in range(3000)
    ]

    riders = parts("an-invocation", nodes)

    assert len(riders) > 10
    assert max(map(size_of, riders)) <= LIMIT
    assert [(rider.part, rider.parts) for rider in riders] == [(n, len(riders)) for n in range(1, len(riders) + 1)]
    told = [node for rider in riders for node in rider.nodes]
    assert sorted(told, key=lambda node: node.unique_id) == nodes
    well = [node.status in {"success", "pass"} for node in told]
    assert well == sorted(well)


def test_no_nodes_leave_no_rider() -> None:
    """An invocation that had nothing to do says nothing."""
    assert parts("an-invocation", []) == []
