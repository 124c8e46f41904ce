"""
Run the test suites two at a time, then say how long each took, what was skipped and what is covered.

Each suite is a process of its own, so that none inherits another's imports, threads or environment. What it prints is
shown when it ends; the longest begin first, so that the last minutes are not one suite's alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[1]
SUITES = (
    *("core", "outbox", "delivery", "sql_lineage", "dbt_project", "lineage", "page", "ui", "cli"),
    *("translator", "dagster", "in_step", "in_step_tools", "acceptance", "example", "project", "docs"),
    *("openmetadata", "openmetadata_server", "openmetadata_models"),
)
LONGEST_FIRST = (
    *("example", "dagster", "in_step", "openmetadata_server", "cli", "acceptance", "in_step_tools", "delivery"),
    *("openmetadata_models", "translator", "ui", "page", "docs"),
)
JOBS = min(2, os.cpu_count() or 1)
BUDGET_SECONDS = 35 * 60
NOTHING_COLLECTED = 5
# A real server that one suite runs against, where the developer names it.
REAL_SERVER = {"openmetadata_server": frozenset({"OPENMETADATA_URL", "OPENMETADATA_JWT"})}
# Suites that `--long` runs wholly, as their laws are then tried with more examples.
WHOLE_WHEN_LONG = frozenset({"translator"})
MORE_EXAMPLES = {"TRANSLATOR_EXAMPLES": "200"}


@dataclass(frozen=True, kw_only=True)
class SuiteResult:
    """
    How one suite went.

    Attributes:
        skips: Reason to number of tests skipped for it.
        returncode: pytest's own.
    """

    name: str
    seconds: float
    returncode: int
    tests: int = 0
    failures: int = 0
    skips: Mapping[str, int]

    @property
    def ok(self) -> bool:
        """Whether every test passed; a suite without a test for this run is fine."""
        return self.returncode in (0, NOTHING_COLLECTED)


def clean_environment(environ: Mapping[str, str], suite: str = "") -> dict[str, str]:
    """Return the environment without what a developer's shell may carry into a test, but for what the suite wants."""
    wanted = REAL_SERVER.get(suite, frozenset())
    kept = {
        name: value
        for name, value in environ.items()
        if name in wanted or not name.startswith(("DAGSTER_", "PHLO_HOOKS_", "DBT_", "OPENMETADATA_", "PYTEST_"))
    }
    return kept | {
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONHASHSEED": "random",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
    }


def read_report(path: Path) -> tuple[int, int, Counter[str]]:
    """Return tests, failures and skip reasons from pytest's JUnit report; zeros when it was never written."""
    skips: Counter[str] = Counter()
    if not path.exists():
        return 0, 0, skips
    suites = list(ET.parse(path).getroot().iter("testsuite"))  # noqa: S314  pytest wrote it a moment ago
    for skipped in (each for suite in suites for each in suite.iter("skipped")):
        skips[skipped.get("message", "no reason given")] += 1
    tests = sum(int(suite.get("tests", 0)) for suite in suites)
    failures = sum(int(suite.get("failures", 0)) + int(suite.get("errors", 0)) for suite in suites)
    return tests, failures, skips


def run_suite(name: str, *, long: bool, scratch: Path, coverage: bool) -> SuiteResult:
    """Run one suite, its output going to a file in ``scratch``."""
    report = scratch / f"{name}.xml"
    prefix = ["-m", "coverage", "run"] if coverage else []
    marker = "not long" if not long else "" if name in WHOLE_WHEN_LONG else "long"
    command = [
        *(sys.executable, *prefix, "-m", "pytest", f"tests/{name}", "-m", marker, f"--junitxml={report}"),
        *("-q", "-p", "no:cacheprovider", f"--basetemp={scratch / name}"),
    ]
    print(f"{name} begins", flush=True)
    started = time.monotonic()
    with output_of(name, scratch).open("wb") as output:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=clean_environment(os.environ, name) | (MORE_EXAMPLES if long else {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    seconds = time.monotonic() - started
    tests, failures, skips = read_report(report)
    return SuiteResult(
        name=name, seconds=seconds, returncode=done.returncode, tests=tests, failures=failures, skips=skips
    )


def output_of(name: str, scratch: Path) -> Path:
    """Return the file that holds what a suite prints."""
    return scratch / f"{name}.log"


def in_turn(names: Sequence[str]) -> list[str]:
    """Return the suites in the order in which they begin."""
    return sorted(names, key=lambda name: LONGEST_FIRST.index(name) if name in LONGEST_FIRST else len(LONGEST_FIRST))


def run_suites(names: Sequence[str], *, jobs: int, long: bool, scratch: Path, coverage: bool) -> Iterator[SuiteResult]:
    """Run suites side by side; yield each, its output printed, as it ends."""
    with ThreadPoolExecutor(max_workers=jobs) as lanes:
        running = [
            lanes.submit(run_suite, name, long=long, scratch=scratch, coverage=coverage) for name in in_turn(names)
        ]
        for ended in as_completed(running):
            result = ended.result()
            print(f"\n── {result.name} ──\n{output_of(result.name, scratch).read_text(errors='replace')}", flush=True)
            yield result


def summary(results: Sequence[SuiteResult]) -> str:
    """Return the closing table: suites, times, and every reason for which something was skipped."""
    lines = [f"{'suite':<14}{'tests':>7}{'failed':>8}{'skipped':>9}{'seconds':>10}"]
    for each in results:
        mark = "" if each.ok else "   FAILED" if each.returncode == 1 else f"   pytest ended with {each.returncode}"
        lines.append(
            f"{each.name:<14}{each.tests:>7}{each.failures:>8}{sum(each.skips.values()):>9}{each.seconds:>10.1f}{mark}"
        )
    total = sum(each.seconds for each in results)
    lines.append(
        f"{'together':<14}{sum(e.tests for e in results):>7}{sum(e.failures for e in results):>8}"
        f"{sum(sum(e.skips.values()) for e in results):>9}{total:>10.1f}"
    )
    lines += [
        f"skipped in {each.name} ({count}): {reason}"
        for each in results
        for reason, count in sorted(each.skips.items())
    ]
    return "\n".join(lines)


def closing_line(results: Sequence[SuiteResult]) -> str:
    """Return what pytest would have said had it run all suites at once."""
    failed = sum(each.failures for each in results)
    skipped = sum(sum(each.skips.values()) for each in results)
    passed = sum(each.tests for each in results) - failed - skipped
    counts = [(failed, "failed"), (passed, "passed"), (skipped, "skipped")]
    words = ", ".join(f"{count} {word}" for count, word in counts if count) or "no tests ran"
    return f"===== {words} in {sum(each.seconds for each in results):.2f}s ====="


def report_coverage() -> bool:
    """Combine what the suites and their child processes covered; say whether it is enough."""
    coverage = [sys.executable, "-m", "coverage"]
    combined = subprocess.run([*coverage, "combine", "--quiet"], cwd=ROOT, check=False)
    if combined.returncode:
        return False
    return subprocess.run([*coverage, "report"], cwd=ROOT, check=False).returncode == 0


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="suite", help=f"any of: {', '.join(SUITES)} (default: all)")
    parser.add_argument("--long", action="store_true", help="the tests that take minutes, instead of the others")
    parser.add_argument("--jobs", type=int, default=JOBS, help=f"how many suites run at once (default: {JOBS})")
    parser.add_argument("--no-coverage", action="store_true", help="measure no coverage")
    options = parser.parse_args(argv)
    unknown = [name for name in options.suites if name not in SUITES]
    if unknown:
        parser.error(f"there is no suite {unknown[0]!r}; choose from {', '.join(SUITES)}")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Run the suites asked for; 0 when all passed and, over all of them, enough is covered."""
    options = parse(argv)
    whole = not options.suites and not options.long
    measured = whole and not options.no_coverage
    for stale in ROOT.glob(".coverage*"):
        stale.unlink()
    scratch = Path(tempfile.mkdtemp(prefix="phlo-"))
    # What an install has just written is still on its way to the disk, and would hold up every database of the tests.
    os.sync()
    began = time.monotonic()
    names = [name for name in options.suites or SUITES if (ROOT / "tests" / name).is_dir()]
    try:
        ended = run_suites(names, jobs=options.jobs, long=options.long, scratch=scratch, coverage=measured)
        results = sorted(ended, key=lambda each: names.index(each.name))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    covered = report_coverage() if measured else True
    print(f"\n{summary(results)}")
    total = time.monotonic() - began
    if whole:
        over = " — OVER BUDGET" if total > BUDGET_SECONDS else ""
        print(f"{total / 60:.1f} of {BUDGET_SECONDS / 60:.0f} minutes, {options.jobs} suites at once{over}")
    failed = [each.name for each in results if not each.ok]
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    if not covered:
        print("FAILED: coverage is below the limit in pyproject.toml, or could not be combined")
    print(closing_line(results))
    return 1 if failed or not covered else 0


if __name__ == "__main__":
    sys.exit(main())
