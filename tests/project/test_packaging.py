"""What users get when they install us."""

from __future__ import annotations

import hashlib
import importlib
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "phlo_hooks",
    "phlo_hooks.events",
    "phlo_hooks.settings",
    "phlo_hooks_dagster",
    "phlo_hooks_dagster.translator",
)


def run(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", PACKAGES)
def test_front_door_is_sorted(name: str) -> None:
    """Each package says what is public, once each, in order, and has all of it."""
    package = importlib.import_module(name)
    names = list(package.__all__)

    assert names == sorted(set(names), key=lambda each: (not each.isupper(), not each[0].isupper(), each))
    assert [each for each in names if not hasattr(package, each)] == []


def test_layers_hold() -> None:
    """Imports go one way, and phlo_hooks imports no orchestrator."""
    done = run(Path(sys.executable).parent / "lint-imports", "--no-cache")

    assert done.returncode == 0, done.stdout


def test_core_imports_no_orchestrator() -> None:
    """Importing phlo_hooks loads neither Dagster nor dlt nor dbt, nor any subscriber's SDK."""
    code = (
        "import sys, phlo_hooks; "
        "heavy = ('dagster', 'dlt', 'dbt', 'httpx', 'opentelemetry', 'sqlalchemy', 'sqlglot'); "
        "print([m for m in heavy if m in sys.modules])"
    )

    done = run(sys.executable, "-c", code)

    assert done.stdout.strip() == "[]", done.stderr


def test_step_process_stays_light() -> None:
    """In a step's process, our line loads no settings model, no database and no subscriber's SDK."""
    code = (
        "import sys, dagster; had = set(sys.modules); defs = dagster.Definitions(); "
        "import phlo_hooks_dagster; phlo_hooks_dagster.with_phlo_hooks(defs); "
        "new = {m.partition('.')[0] for m in set(sys.modules) - had}; "
        "heavy = {'pydantic_settings', 'alembic', 'httpx', 'opentelemetry', 'msgspec', 'apprise', 'sqlglot'}; "
        "print(sorted(new & heavy))"
    )

    done = run(sys.executable, "-c", code, "api", "execute_step")

    assert done.stdout.strip() == "[]", done.stderr


def test_step_process_of_a_dg_project_stays_light() -> None:
    """Where ``dg`` looks for components, a step's process does not import ours, and any other process finds it."""
    code = (
        "import sys, dagster, phlo_hooks_dagster as ours; "
        "found = [name for name in dir(ours) if hasattr(getattr(ours, name), '__dg_package_entry__')]; "
        "print(found, 'phlo_hooks_dagster.component' in sys.modules, 'phlo_hooks.settings' in sys.modules)"
    )

    step = run(sys.executable, "-c", code, "api", "execute_step")
    server = run(sys.executable, "-c", code, "api", "grpc")

    assert step.stdout.strip() == "[] False False", step.stderr
    assert server.stdout.strip() == "['PhloHooksComponent'] True False", server.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our wheel, built the way a release builds it."""
    folder = tmp_path_factory.mktemp("dist")
    uv = installer()
    done = run(*uv, "build", "--wheel", "--quiet", "--out-dir", folder)
    if done.returncode:
        pytest.fail(f"the wheel does not build:\n{done.stderr}")
    return next(folder.glob("*.whl"))


def installer() -> list[str]:
    """Return the command of the uv at hand."""
    beside = Path(sys.executable).parent / "uv"
    return [str(beside)] if beside.exists() else ["uv"]


def test_page_is_built_from_its_source() -> None:
    """The bundle in the package is the one that ``make page`` made from what stands in page/ now."""
    page = ROOT / "page"
    sources = {path.relative_to(page).as_posix(): path for path in (page / "src").rglob("*") if path.is_file()}
    sources |= {name: page / name for name in ("build.mjs", "package-lock.json", "tsconfig.json")}
    digest = hashlib.sha256(
        b"".join(b"%s\0%s\0" % (name.encode(), sources[name].read_bytes()) for name in sorted(sources))
    )

    built = (ROOT / "phlo_hooks" / "page" / "bundle" / "SOURCE_DIGEST").read_text().strip()

    assert built == digest.hexdigest(), "page/ has changed since the bundle was built: make page"


def test_wheel_holds_what_runs_need(wheel: Path) -> None:
    """Schemas, migrations, the page and the licences are in the wheel; tests, the example and node are not."""
    names = set(zipfile.ZipFile(wheel).namelist())

    assert {"phlo_hooks/py.typed", "phlo_hooks_dagster/py.typed"} <= names
    assert any(name.startswith("phlo_hooks/schemas/") and name.endswith(".json") for name in names)
    assert any(name.startswith("phlo_hooks/outbox/migrations/versions/") for name in names)
    assert {f"phlo_hooks/page/bundle/{name}" for name in ("page.js", "page.css", "LICENSES.txt")} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/phlo_hooks/page/bundle/LICENSES.txt") for name in names)
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"phlo_hooks", "phlo_hooks_dagster"}


@pytest.fixture(scope="module")
def clean_bin(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with our wheel and its core dependencies only."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=False)
    python, constraints = str(folder / "bin" / "python"), str(ROOT / "constraints.txt")
    done = run(*installer(), "pip", "install", "--quiet", "--python", python, "--constraint", constraints, str(wheel))
    if done.returncode:
        pytest.fail(f"the wheel does not install:\n{done.stderr}")
    return folder / "bin"


def test_wheel_works_without_dagster(clean_bin: Path, tmp_path: Path) -> None:
    """The command line runs in an environment that has no Dagster."""
    without = run(clean_bin / "python", "-c", "import dagster")

    shown = run(clean_bin / "phlo-hooks", "--help", cwd=tmp_path)
    listed = run(clean_bin / "phlo-hooks", "plugin", "list", "--type", "hooks", cwd=tmp_path)

    assert without.returncode == 1
    assert (shown.returncode, "relay" in shown.stdout) == (0, True), shown.stderr
    assert (listed.returncode, "openmetadata: off" in listed.stdout) == (0, True), listed.stderr


def test_wheel_migrates_its_database(clean_bin: Path, tmp_path: Path) -> None:
    """The migrations that the wheel carries make a state database from nothing."""
    code = "from phlo_hooks.outbox.store import Outbox; print(Outbox.open('sqlite:///state.db').head())"

    done = run(clean_bin / "python", "-c", code, cwd=tmp_path)

    assert done.stdout.strip() == "0", done.stderr
    assert (tmp_path / "state.db").exists()


def test_missing_dagster_is_one_line(clean_bin: Path, tmp_path: Path) -> None:
    """Without the dagster extra, phlo_hooks_dagster says what to install instead of a traceback of ours."""
    done = run(
        clean_bin / "python", "-c", "import phlo_hooks_dagster; phlo_hooks_dagster.with_phlo_hooks", cwd=tmp_path
    )

    assert done.returncode == 1
    assert "phlo-hooks[dagster]" in done.stderr.strip().splitlines()[-1]
