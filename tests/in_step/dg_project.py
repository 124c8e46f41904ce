"""A ``dg`` project in a temporary folder, and its commands."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from dagster.components.core.component_tree import ComponentTree

ROOT = Path(__file__).parents[2]

PYPROJECT = """
[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.11"

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "{name}"
"""

DEFINITIONS = """
from pathlib import Path

from dagster import definitions, load_from_defs_folder


@definitions
def defs():
    return load_from_defs_folder(path_within_project=Path(__file__).parent)
"""

ASSETS = """
import dagster as dg

from phlo_hooks_dagster import on_phlo_event


shop = dg.AssetSpec("shop")


@dg.asset(group_name="raw", deps=[shop])
def orders() -> None:
    ...


@dg.asset_check(asset=orders, blocking=True)
def not_empty() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.asset(deps=[orders], group_name="exports")
def report() -> None:
    ...


@dg.op
def refresh() -> None:
    ...


@dg.job(executor_def=dg.in_process_executor)
def refresh_page() -> None:
    refresh()


@on_phlo_event(
    events=["publish.end"],
    assets=["report"],
    statuses=["success"],
    job=refresh_page,
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def when_published(context, event):
    return dg.RunRequest(tags={"published": event.asset_key})


every = dg.define_asset_job("every", executor_def=dg.in_process_executor)
"""

HOOKS = """
from pathlib import Path

from phlo_hooks import hook
from phlo_hooks_dagster import DagsterHooksTranslator


@hook(events=["publish.end"])
def tell(event):
    with (Path(__file__).parent / "told").open("a") as file:
        file.write(f"{event.event_type} {event.status}\\n")


class Owners(DagsterHooksTranslator):
    def get_owners(self, spec):
        return ["team:shop"]


class Wrong(DagsterHooksTranslator):
    def get_stage(self, spec):
        return "publsh" if spec.key.path == ["report"] else None
"""

COMPONENT = """
type: phlo_hooks_dagster.PhloHooksComponent

attributes:
  hooks: ["{name}.events:tell"]
  translator: {name}.events:Owners
  stages:
    - stage: ingestion
      groups: [raw]
    - stage: publish
      groups: [exports]
"""


class DgProject:
    """A project of two assets, a check, a job, a sensor on ``publish.end``, and the component."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.package = folder / "src" / name
        self.yaml = self.package / "defs" / "hooks" / "defs.yaml"
        for path, text in {
            folder / "pyproject.toml": PYPROJECT.format(name=name),
            self.package / "__init__.py": "",
            self.package / "definitions.py": DEFINITIONS,
            self.package / "events.py": HOOKS,
            self.package / "defs" / "__init__.py": "",
            self.package / "defs" / "sales.py": ASSETS,
            self.yaml: COMPONENT.format(name=name),
        }.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of its commands."""
        return {
            **os.environ,
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join([str(self.folder / "src"), str(ROOT)]),
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ``dg``."""
        return subprocess.run(
            ["dg", *command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )

    @contextmanager
    def imported(self) -> Iterator[None]:
        """Let this process import the project, and forget it afterwards."""
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(str(self.folder / "src"))
            importlib.invalidate_caches()
            yield
            for module in [each for each in sys.modules if each.partition(".")[0] == self.name]:
                del sys.modules[module]

    def load(self) -> dg.Definitions:
        """Load the definitions in this process."""
        return ComponentTree.for_project(self.package).build_defs()
