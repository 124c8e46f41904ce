"""The component of ``dg`` projects: what it adds, and how it tells mistakes."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster.components.core.component_tree import ComponentTreeException

from phlo_hooks.exceptions import SettingsError
from phlo_hooks.settings import Settings
from phlo_hooks_dagster.component import PhloHooksComponent
from phlo_hooks_dagster.component_checks import SECTIONS
from phlo_hooks_dagster.given import options_in
from phlo_hooks_dagster.options import RelayMode
from phlo_hooks_dagster.testing import materialize_events
from tests.in_step.dg_project import DgProject


@pytest.fixture
def project(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[DgProject]:
    number = abs(hash(request.node.name)) % 10**8
    made = DgProject(tmp_path / "project", f"shop_{number}")
    with made.imported():
        yield made


def refused(project: DgProject, attributes: str) -> str:
    """Return what the component says against these attributes."""
    project.yaml.write_text(f"type: phlo_hooks_dagster.PhloHooksComponent\n\nattributes:\n{attributes}")
    with pytest.raises((ComponentTreeException, SettingsError)) as caught:
        project.load()
    error: BaseException = caught.value
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error)


def test_the_sensor_is_added(project: DgProject) -> None:
    """The project has the relay's sensor, with hooks, translator and rules of the YAML, and its own definitions."""
    defs = project.load()

    (options,) = options_in(defs.get_repository_def())
    assert options.hooks == (f"{project.name}.events:tell",)
    assert type(options.translator).__name__ == "Owners"
    assert options.overrides["stages"][1] == {"stage": "publish", "groups": ["exports"]}
    assert options.root == project.folder
    assert options.mode is RelayMode.CHILD
    assert {spec.key.to_user_string() for spec in defs.resolve_all_asset_specs()} == {"orders", "report", "shop"}


def test_its_rules_hold(project: DgProject) -> None:
    """Events of the project's assets follow the rules and the translator of the YAML."""
    events = materialize_events(project.load())

    events.one("ingestion.end", asset="orders", status="success")
    events.one("publish.end", asset="report", status="success")


def test_gates_reach_the_project(project: DgProject) -> None:
    """A gate of the YAML becomes a blocking check before an asset that stands in another file."""
    project.yaml.write_text(
        project.yaml.read_text() + "  gates:\n    - gate: freshness\n      max_age: 6h\n      groups: [exports]\n"
    )

    defs = project.load()

    keys = sorted(key.to_user_string() for check in defs.asset_checks or () for key in check.check_keys)
    assert keys == ["orders:not_empty", "orders:phlo_gate_for_report"]


def test_live_in_code_joins(project: DgProject) -> None:
    """with_phlo_hooks(live=True) around the folder's definitions keeps what the YAML says."""
    with_phlo_hooks = importlib.import_module("phlo_hooks_dagster").with_phlo_hooks

    defs = with_phlo_hooks(project.load(), live=True)

    (options,) = options_in(defs.get_repository_def())
    assert options.hooks == (f"{project.name}.events:tell",)
    materialize_events(defs).one("publish.end", status="success")


@pytest.mark.parametrize(
    ("attributes", "line", "said"),
    [
        ("  stages:\n    - stage: publsh\n      groups: [raw]\n", 5, "publsh"),
        ("  hoks: []\n", 4, "hoks"),
        ("  owners:\n    - owners: ['team:a']\n", 4, "owners.0 has no assets"),
        ("  mode: child\n  start: soon\n", 5, "neither 'now', 'all' nor an ISO date"),
        ("  hooks:\n    - no.such:hook\n", 5, "No module named 'no'"),
        ("  live: true\n", 4, "with_phlo_hooks(dg.load_from_defs_folder("),
        ("  translator: json:dumps\n", 4, "no DagsterHooksTranslator"),
        ("  gates:\n    - gate: no.such:Gate\n      groups: [x]\n", 5, "no.such:Gate"),
        ("  relay:\n    poll_interval: -1\n", 5, "greater than 0"),
    ],
)
def test_a_mistake_is_told_at_its_line(project: DgProject, attributes: str, line: int, said: str) -> None:
    """A mistake names the file, the line and what is wrong."""
    message = refused(project, attributes)

    assert f"{project.yaml}:{line}" in message
    assert said in message


def test_all_mistakes_at_once(project: DgProject) -> None:
    """Mistakes that no schema sees are told together."""
    message = refused(project, "  start: soon\n  live: true\n")

    assert f"{project.yaml}:4" in message
    assert f"{project.yaml}:5" in message


def test_no_password_is_told(project: DgProject) -> None:
    """The line of YAML that is shown hides a password."""
    message = refused(project, "  database: 'postgresql://phlo:hunter2@db/state'\n  live: true\n")

    assert "hunter2" not in message


def test_a_translator_that_is_wrong(project: DgProject) -> None:
    """A translator's mistake names the method and the asset."""
    message = refused(project, f"  translator: {project.name}.events:Wrong\n")

    assert "Wrong.get_stage of asset 'report' returned 'publsh'" in message


def test_only_one(project: DgProject) -> None:
    """A second component is refused, with the places of both."""
    other = project.package / "defs" / "more" / "defs.yaml"
    other.parent.mkdir()
    other.write_text("type: phlo_hooks_dagster.PhloHooksComponent\n")

    message = refused(project, "  mode: tick\n")

    assert "one PhloHooksComponent serves the whole project" in message
    assert "hooks" in message
    assert "more" in message


def test_templates(project: DgProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts may be templates, in sections too."""
    monkeypatch.setenv("PHLO_TEST_GROUP", "exports")
    project.yaml.write_text(
        "type: phlo_hooks_dagster.PhloHooksComponent\n\nattributes:\n  stages:\n    - stage: publish\n"
        "      groups: ['{{ env.PHLO_TEST_GROUP }}']\n"
    )

    (options,) = options_in(project.load().get_repository_def())

    assert options.overrides["stages"] == [{"stage": "publish", "groups": ["exports"]}]


def test_every_setting_is_there() -> None:
    """What can be set can be said in YAML; only what a code location cannot say of itself is left out."""
    assert set(Settings.model_fields) - set(PhloHooksComponent.model_fields) == {"target"}
    assert set(SECTIONS) < set(PhloHooksComponent.model_fields)


def test_dg_finds_it_without_the_rest() -> None:
    """What ``dg`` asks the front door for loads neither dlt nor dbt nor a database: every process of a project pays."""
    code = (
        "import sys, json, phlo_hooks_dagster as door; found = [getattr(door, name) for name in dir(door)]; "
        "heavy = ['dagster_dlt', 'dagster_dbt', 'dlt', 'dbt', 'sqlalchemy', 'sqlglot', 'alembic', 'rich', 'httpx']; "
        "print(json.dumps([hasattr(door, 'PhloHooksComponent'), [each for each in heavy if each in sys.modules]]))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == [True, []]


def test_steps_of_a_project_with_it_stay_light(project: DgProject) -> None:
    """A process that executes a step reads the YAML without settings, sections' models and plugins."""
    code = (
        "import sys, json; sys.argv = ['dagster', 'api', 'execute_step']; from pathlib import Path; "
        "import dagster as dg; "
        f"defs = dg.load_from_defs_folder(path_within_project=Path({str(project.package)!r})); "
        "heavy = ['phlo_hooks.settings', 'phlo_hooks.discovery', 'pydantic_settings', 'sqlalchemy', 'rich']; "
        "print(json.dumps([len(defs.sensors), [each for each in heavy if each in sys.modules]]))"
    )
    project.yaml.write_text(project.yaml.read_text().replace("  translator:", "  # translator:"))

    done = subprocess.run(
        [sys.executable, "-c", code], env=project.environment, capture_output=True, text=True, check=True
    )

    assert json.loads(done.stdout) == [2, []]
