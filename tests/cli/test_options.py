from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from phlo_hooks.cli.options import Moment, target_of


def test_times_are_utc_unless_they_say_otherwise() -> None:
    """A date, a naive time and a time with a zone are all told apart, and aware."""
    read = Moment().convert

    assert read("2026-11-21", None, None) == datetime(2026, 11, 21, tzinfo=UTC)
    assert read("2026-11-21T10:30+01:00", None, None) == datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    assert read(datetime(2026, 1, 1, tzinfo=UTC), None, None) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"), [("90m", 5400), ("2h", 7200), ("1.5 d", 129_600), ("30s", 30), ("1w", 604_800)]
)
def test_times_may_say_how_long_ago(text: str, ago: float) -> None:
    """2h is two hours before now."""
    moment = Moment().convert(text, None, None)

    assert abs(datetime.now(UTC) - timedelta(seconds=ago) - moment) < timedelta(seconds=5)


@pytest.mark.parametrize(("text", "problem"), [("yesterday", "is no time; write"), ("999999w", "longer ago than")])
def test_what_is_no_time_is_refused_with_examples(text: str, problem: str) -> None:
    """The error says what could have been written."""
    with pytest.raises(click.BadParameter, match=problem):
        Moment().convert(text, None, None)


def test_targets_are_passed_on_as_dagster_names_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files become absolute, since the code is loaded by another process."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "defs.py").write_text("")

    target = target_of({"python_file": ("defs.py",), "working_directory": "src", "attribute": "defs"})

    assert target == {
        "python_file": [str(tmp_path / "defs.py")],
        "working_directory": str(tmp_path / "src"),
        "attribute": "defs",
    }
    assert target_of({"module_name": ("a", "b")}) == {"module_name": ["a", "b"]}
    assert target_of({"module_name": (), "attribute": None}) == {}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"module_name": ("a",), "workspace": ("w.yaml",)}, "only one of --module-name and --workspace"),
        ({"working_directory": "src"}, "--working-directory needs"),
        ({"workspace": ("nowhere.yaml",)}, "no file 'nowhere.yaml' here"),
    ],
)
def test_targets_that_cannot_be_are_refused(options: dict[str, object], problem: str) -> None:
    """Before anything is started, the error names the option."""
    with pytest.raises(click.UsageError, match=problem):
        target_of(options)
