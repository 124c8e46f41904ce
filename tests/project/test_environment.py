"""The environment that the README installs."""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import dagster as dg
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT_ENDINGS = {
    ".cfg",
    ".css",
    ".html",
    ".ini",
    ".j2",
    ".json",
    ".jinja",
    ".md",
    ".mjs",
    ".py",
    ".sh",
    ".sql",
    ".toml",
    ".ts",
    ".tsx",
    ".txt",
    ".yaml",
    ".yml",
    "",
}


def tracked_files() -> Iterator[Path]:
    """Yield what would be published: git's files, or every file where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    yield from (ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file())


@pytest.mark.parametrize("selection", ["*", "a", "+b", "group:default", 'key:"a" or key:"b"'])
def test_string_selections_work(selection: str) -> None:
    """Dagster's selection grammar works: nothing in the environment pins an antlr4 that breaks it."""

    @dg.asset
    def a() -> None: ...

    @dg.asset(deps=[a])
    def b() -> None: ...

    job = dg.define_asset_job("job", selection=selection)
    graph = dg.Definitions(assets=[a, b], jobs=[job]).resolve_asset_graph()

    assert dg.AssetSelection.from_string(selection).resolve(graph)


def test_openmetadata_ingestion_stays_out() -> None:
    """The package that breaks Dagster is neither installed nor in the constraints."""
    constraints = (ROOT / "constraints.txt").read_text()

    assert importlib.util.find_spec("metadata") is None
    assert "openmetadata-ingestion" not in constraints
    assert "dbt-core==1.11." in constraints


def test_constraints_are_pins() -> None:
    """Every line of the constraints pins one version, and names no host, no hash and no path."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]

    assert [line for line in lines if "==" not in line or "://" in line or "--" in line] == []


def test_installed_versions_are_the_constraints() -> None:
    """What runs here is what the constraints say."""
    pins = {
        name.lower(): version
        for name, _, version in (
            line.partition(";")[0].strip().partition("==")
            for line in (ROOT / "constraints.txt").read_text().splitlines()
        )
    }
    installed = {each.name.lower().replace("_", "-"): each.version for each in distributions()}

    assert installed["dagster"] == pins["dagster"]
    assert {name for name in ("dlt", "dbt-core", "sqlalchemy", "msgspec") if installed[name] != pins[name]} == set()


def test_no_registry_host_is_named() -> None:
    """No file names a package registry's host: whoever builds this chooses where packages come from."""
    hosts = tuple(
        ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("ghcr", "io"))
    )

    named = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in tracked_files()
        if path.suffix in TEXT_ENDINGS
        for host in hosts
        if host in path.read_text(encoding="utf-8", errors="replace")
    ]

    assert named == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("deploy/**/*.yaml")), ids=lambda path: str(path.relative_to(ROOT)))
def test_deployment_files_are_yaml(path: Path) -> None:
    """Each deployment file parses, and each document in it is a mapping."""
    documents = [each for each in yaml.safe_load_all(path.read_text()) if each is not None]

    assert documents
    assert all(isinstance(each, dict) for each in documents)


@pytest.mark.parametrize("script", ["scripts/install", "scripts/find-python", "scripts/resolve", ".ci/run"])
def test_scripts_parse_and_are_executable(script: str) -> None:
    """Shell scripts have no syntax error and can be started."""
    path = ROOT / script
    shell = path.read_text().splitlines()[0].rsplit(maxsplit=1)[-1].rsplit("/", maxsplit=1)[-1].removeprefix("#!")

    done = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert path.stat().st_mode & 0o111
