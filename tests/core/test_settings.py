from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phlo_hooks.exceptions import SettingsError
from phlo_hooks.settings import load_settings

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.chdir(tmp_path)


def project(folder: Path, *, pyproject: str = "", own: str | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(pyproject)
    if own is not None:
        (folder / "phlo_hooks.toml").write_text(own)
    return folder


def test_defaults(tmp_path: Path) -> None:
    """Without any source every setting has its default."""
    found = load_settings(root=tmp_path)

    assert (found.start, found.deployment, found.strategy, found.hooks) == ("now", "local", "stop_on_error", [])
    assert (found.delivery.max_attempts, found.relay.poll_interval, found.plugins.allow) == (10, 0.5, None)
    assert found.places == ()
    assert found.root == tmp_path


def test_precedence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code beats the parent's overrides, these the environment, this phlo_hooks.toml, this pyproject.toml; by key."""
    keys = ("max_attempts", "batch_size", "max_crashes", "breaker_threshold", "forget_after_days")

    def level(number: int) -> dict[str, int]:
        return dict.fromkeys(keys[number - 1 :], number)

    def toml(number: int) -> str:
        return "\n".join(f"{key} = {value}" for key, value in level(number).items())

    root = project(tmp_path, pyproject=f"[tool.phlo_hooks.delivery]\n{toml(1)}", own=f"[delivery]\n{toml(2)}\n")
    for key, value in level(3).items():
        monkeypatch.setenv(f"PHLO_HOOKS_DELIVERY__{key.upper()}", str(value))
    monkeypatch.setenv("PHLO_HOOKS_OVERRIDES", json.dumps({"delivery": level(4)}))

    found = load_settings({"delivery": level(5)}, root=root)

    assert [getattr(found.delivery, key) for key in keys] == [1, 2, 3, 4, 5]
    assert [place.partition(" ")[0] for place in found.places] == [
        "the", "the", "the", str(root / "phlo_hooks.toml"), "[tool.phlo_hooks]"
    ]  # fmt: skip


@settings(max_examples=30)
@given(st.data())
def test_the_strongest_source_decides_alone(data: st.DataObject) -> None:
    """Whatever subset of sources names a value, the first of them in order gives it."""
    given_by = data.draw(st.lists(st.booleans(), min_size=2, max_size=2))
    overrides: dict[str, Any] = {"deployment": "code"} if given_by[0] else {}
    with pytest.MonkeyPatch.context() as patch:
        if given_by[1]:
            patch.setenv("PHLO_HOOKS_DEPLOYMENT", "environment")
        found = load_settings(overrides)

    assert found.deployment == ("code" if given_by[0] else "environment" if given_by[1] else "local")


def test_files_are_found_above(tmp_path: Path) -> None:
    """From a folder within the project, its files are found; files above the project are not ours."""
    (tmp_path / "phlo_hooks.toml").write_text('deployment = "above"')
    root = project(tmp_path / "project", pyproject='[tool.phlo_hooks]\ndeployment = "mine"')
    inner = root / "src" / "deep"
    inner.mkdir(parents=True)

    found = load_settings(root=inner)

    assert (found.deployment, found.root) == ("mine", root)


def test_lists_and_tables_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists are JSON, levels are separated by two underscores, plugins' settings included."""
    monkeypatch.setenv("PHLO_HOOKS_HOOKS", '["a.b:c"]')
    monkeypatch.setenv("PHLO_HOOKS_PLUGINS__CONFIG__OPENMETADATA__URL", "http://om")
    monkeypatch.setenv("phlo_hooks_relay__overlap", "2.5")
    monkeypatch.setenv("PHLO_HOOKS_INSTANCE_REF", "/tmp/ref")

    found = load_settings(root=tmp_path)

    assert found.hooks == ["a.b:c"]
    assert found.plugins.config == {"openmetadata": {"url": "http://om"}}
    assert found.relay.overlap == 2.5


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"databse": "x"}, r"unknown setting 'databse' in the overrides given in code; did you mean 'database'\?"),
        ({"delivery": {"max_atempts": 1}}, r"'delivery.max_atempts' in .*; did you mean 'delivery.max_attempts'\?"),
        ({"stages": [{"stage": "publish", "asset": []}]}, r"'stages.0.asset' in .*; did you mean 'stages.0.assets'\?"),
        ({"qqqqqqqq": 1}, "unknown setting 'qqqqqqqq' in .*; known are database, datasets"),
        (
            {"delivery": {"max_attempts": "many"}},
            "setting delivery.max_attempts in the overrides given in code: .*'many'",
        ),
        ({"delivery": {"timeout": 0}}, "setting delivery.timeout in .*: Input should be greater than 0, not 0"),
        ({"database": "state.db"}, "setting database in .*: not a database URL; write sqlite:"),
        ({"start": "soon"}, "setting start in .*: neither 'now', 'all' nor an ISO date"),
        ({"ui_url": "dagster"}, "setting ui_url in .*: not an address"),
        ({"strategy": "stop"}, "setting strategy in .*'stop_on_error' or 'collect', not 'stop'"),
        ({"stages": [{"stage": "publish"}]}, r"stages.0 has no assets, groups, kinds, tags or dbt_tags"),
        ({"stages": [{"stage": "x", "assets": ["a"]}]}, "setting stages.0.stage in .*, not 'x'"),
        ({"hooks": "a.b:c"}, "setting hooks in .*: Input should be a valid list, not 'a.b:c'"),
        ({"delivery": 3}, "setting delivery in .*, not 3"),
    ],
    ids=range(14),
)
def test_what_does_not_fit_is_refused(tmp_path: Path, overrides: dict[str, Any], says: str) -> None:
    """The error names the setting, the place and the way out."""
    with pytest.raises(SettingsError, match=says):
        load_settings(overrides, root=tmp_path)


def test_places_of_unknown_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that does not exist is told with the file or variable it stands in."""
    own = project(tmp_path / "own", own="[delivery]\nmax = 3")
    tool = project(tmp_path / "tool", pyproject="[tool.phlo_hooks]\ndeploiment = 'x'")
    dashed = project(tmp_path / "dashed", pyproject="[tool.phlo-hooks]\ndeployment = 'x'")
    broken = project(tmp_path / "broken", own="delivery = [")

    with pytest.raises(SettingsError, match=r"'delivery.max' in .*own/phlo_hooks.toml"):
        load_settings(root=own)
    with pytest.raises(SettingsError, match=r"'deploiment' in \[tool.phlo_hooks\] of .*tool/pyproject.toml"):
        load_settings(root=tool)
    with pytest.raises(SettingsError, match=r"is called \[tool.phlo_hooks\], not \[tool.phlo-hooks\]"):
        load_settings(root=dashed)
    with pytest.raises(SettingsError, match=r"phlo_hooks.toml cannot be read"):
        load_settings(root=broken)
    monkeypatch.setenv("PHLO_HOOKS_DATABAS", "x")
    with pytest.raises(SettingsError, match=r"'databas' in the environment variable PHLO_HOOKS_DATABAS; did you mean"):
        load_settings(root=tmp_path)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("PHLO_HOOKS_OVERRIDES", "{", "PHLO_HOOKS_OVERRIDES is no JSON"),
        ("PHLO_HOOKS_OVERRIDES", "[]", "PHLO_HOOKS_OVERRIDES must be a JSON object"),
        ("PHLO_HOOKS_HOOKS", "a.b:c", "lists and tables are written as JSON"),
        ("PHLO_HOOKS_DELIVERY__MAX_ATEMPTS", "3", "'delivery.max_atempts' in the environment"),
    ],
    ids=range(4),
)
def test_bad_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str) -> None:
    """A variable that cannot be read is told by its name."""
    monkeypatch.setenv(variable, value)

    with pytest.raises(SettingsError, match=says):
        load_settings(root=tmp_path)


def test_secrets_stay_out_of_errors_and_reprs(tmp_path: Path) -> None:
    """A database's password or a plugin's token is in no message and in no repr."""
    url = "postgresql://user:hunter2abc@host/db"
    found = load_settings({"database": url, "plugins": {"config": {"om": {"token": "hunter2abc"}}}}, root=tmp_path)

    with pytest.raises(SettingsError) as caught:
        load_settings({"hooks": url, "plugins": {"config": {"om": "token=hunter2abc"}}}, root=tmp_path)

    assert "hunter2abc" not in str(caught.value)
    assert "hunter2abc" not in repr(found)


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    """Settings are frozen."""
    with pytest.raises(ValueError, match="frozen"):
        load_settings(root=tmp_path).delivery.max_attempts = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("start", "moment"),
    [
        ("now", NOW),
        ("all", None),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T10:30:00+02:00", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("2026-01-31T10:30", datetime(2026, 1, 31, 10, 30, tzinfo=UTC)),
    ],
)
def test_where_a_first_start_begins(tmp_path: Path, start: str, moment: datetime | None) -> None:
    """``now``, the whole history, or what is newer than a date, which is UTC unless it says otherwise."""
    assert load_settings({"start": start}, root=tmp_path).start_time(NOW) == moment


def test_a_date_may_be_toml(tmp_path: Path) -> None:
    """TOML has dates of its own."""
    root = project(tmp_path, own="start = 2026-01-31\nui_url = 'https://dagster.example/'")

    found = load_settings(root=root)

    assert (found.start, found.ui_url) == ("2026-01-31", "https://dagster.example")


def test_the_state_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting, else DAGSTER_HOME, else the project's folder with a line that says so."""
    root = project(tmp_path / "project")
    bare, given = load_settings(root=root), load_settings({"database": "postgresql://u@h/db"}, root=root)

    url, origin, note = bare.database_url()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))

    assert url == f"sqlite:///{root}/.phlo_hooks/state.db"
    assert origin == "the project's folder"
    assert note is not None
    assert note.startswith("DAGSTER_HOME is not set: the state database is ")
    assert bare.database_url() == (f"sqlite:///{tmp_path}/home/phlo_hooks.db", "DAGSTER_HOME", None)
    assert given.database_url() == ("postgresql://u@h/db", "the setting database", None)


@pytest.mark.parametrize(
    ("url", "becomes"),
    [
        ("sqlite:///state.db", "sqlite:///{root}/state.db"),
        ("sqlite:///a/state.db?timeout=3", "sqlite:///{root}/a/state.db?timeout=3"),
        ("sqlite:////abs/state.db", "sqlite:////abs/state.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite://", "sqlite://"),
        ("sqlite+pysqlite:///file:x?uri=true", "sqlite+pysqlite:///file:x?uri=true"),
    ],
)
def test_relative_paths_are_the_projects(tmp_path: Path, url: str, becomes: str) -> None:
    """A relative SQLite path means the same in every process, wherever that stands."""
    root = project(tmp_path / "project")

    assert load_settings({"database": url}, root=root).database_url()[0] == becomes.format(root=root)


@pytest.mark.parametrize("text", ["tool = 3", '[tool]\nphlo_hooks = "x"'])
def test_a_value_where_our_table_belongs_is_told(tmp_path: Path, text: str) -> None:
    """The file is named, and what stands there instead of a table."""
    (tmp_path / "pyproject.toml").write_text(text)

    with pytest.raises(SettingsError, match=r"pyproject.toml: tool.* is .*, not a table"):
        load_settings(root=tmp_path)
