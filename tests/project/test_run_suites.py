"""The script that runs the suites."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.run_suites import (
    LONGEST_FIRST,
    ROOT,
    SUITES,
    SuiteResult,
    clean_environment,
    closing_line,
    in_turn,
    main,
    read_report,
    summary,
)

REPORT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="2" tests="9">
  <testcase name="a"><skipped message="no PostgreSQL here"/></testcase>
  <testcase name="b"><skipped message="no PostgreSQL here"/></testcase>
</testsuite></testsuites>"""


def result(name: str = "core", *, returncode: int = 0, failures: int = 0) -> SuiteResult:
    return SuiteResult(
        name=name, seconds=2.5, returncode=returncode, tests=5, failures=failures, skips={"no PostgreSQL here": 1}
    )


def test_report_is_read(tmp_path: Path) -> None:
    """Tests, failures (errors too) and reasons to skip come from pytest's own report."""
    path = tmp_path / "report.xml"
    path.write_text(REPORT)

    tests, failures, skips = read_report(path)

    assert (tests, failures, dict(skips)) == (9, 3, {"no PostgreSQL here": 2})


def test_suite_that_died_has_no_report(tmp_path: Path) -> None:
    """A suite that ended before pytest could write counts nothing, and its return code makes it a failure."""
    tests, failures, skips = read_report(tmp_path / "missing.xml")

    assert (tests, failures, dict(skips)) == (0, 0, {})
    assert not result(returncode=-9).ok


def test_summary_names_failures_and_reasons() -> None:
    """The closing table says which suite failed, why others skipped, and the sum."""
    text = summary([result(), result("cli", returncode=1, failures=2)])

    assert "FAILED" in next(line for line in text.splitlines() if line.startswith("cli"))
    assert "skipped in core (1): no PostgreSQL here" in text
    assert next(line for line in text.splitlines() if line.startswith("together")).split() == [
        "together",
        "10",
        "2",
        "2",
        "5.0",
    ]


def test_closing_line_counts_all_suites() -> None:
    """The last line is the one pytest would have written for all suites together."""
    assert (
        closing_line([result(), result("cli", returncode=1, failures=2)])
        == "===== 2 failed, 6 passed, 2 skipped in 5.00s ====="
    )


def test_shell_does_not_leak_into_suites() -> None:
    """A developer's own instance and settings are not what the tests run on."""
    cleaned = clean_environment({"DAGSTER_HOME": "/precious", "PHLO_HOOKS_DATABASE": "x", "PATH": "/bin"})

    assert not {"DAGSTER_HOME", "PHLO_HOOKS_DATABASE"} & cleaned.keys()
    assert cleaned["PATH"] == "/bin"
    assert cleaned["DAGSTER_DISABLE_TELEMETRY"] == "1"


def test_one_suite_is_told_of_a_real_server() -> None:
    """``OPENMETADATA_URL`` and the token reach the suite that runs against a real server, and no other."""
    shell = {"OPENMETADATA_URL": "http://there", "OPENMETADATA_JWT": "x", "OPENMETADATA_CA": "y"}

    told = clean_environment(shell, "openmetadata_server")

    assert {"OPENMETADATA_URL", "OPENMETADATA_JWT"} == shell.keys() & told.keys()
    assert not shell.keys() & clean_environment(shell, "openmetadata").keys()


def test_every_folder_of_tests_is_a_suite() -> None:
    """No folder with tests is left out of `make test`."""
    assert {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")} <= set(SUITES)


def test_longest_suites_begin_first() -> None:
    """The long ones are not left for the end, and every suite has its turn."""
    order = in_turn(SUITES)

    assert tuple(order[: len(LONGEST_FIRST)]) == LONGEST_FIRST
    assert sorted(order) == sorted(SUITES)


def test_unknown_suite_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A suite that does not exist is refused with those that do."""
    with pytest.raises(SystemExit, match="2"):
        main(["translater"])

    assert "no suite 'translater'" in capsys.readouterr().err
