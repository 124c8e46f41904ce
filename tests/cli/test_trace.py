from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import Result

from phlo_hooks.cli.output import Output
from phlo_hooks.cli.trace_text import print_trace
from phlo_hooks.lineage.tracing import trace_run
from phlo_hooks.testing import EPOCH
from tests.cli.conftest import Shop
from tests.cli.recorded import bury
from tests.lineage.shop import FAILED, GOOD, QUEUED, RETRIED, RUNNING, shop_events
from tests.lineage.story import Story

Invoke = Callable[..., Result]


@pytest.fixture
def made(shop: Shop) -> Shop:
    with shop.outbox() as outbox:
        outbox.register_consumers(["bus", "mail:send"])
        events = shop_events()
        outbox.append(events)
        bury(outbox, "mail:send", events[8].event_id, error="no\x1b[2J route")
    return shop


def test_a_run_is_a_waterfall(made: Shop, invoke: Invoke) -> None:
    """Steps where they were on the time axis, models in their step, checks that did not pass, what was recorded."""
    result = invoke("trace", GOOD[:8])

    lines = result.stdout.splitlines()
    assert lines[0] == f"run {GOOD}  daily  success  16 s"
    assert lines[1].split("  ", 2)[2].strip() == "2026-01-01 00:00:04 UTC, after 4.0 s in the queue"
    bars = {line.split()[0]: line.find("█") for line in lines if "█" in line}
    assert list(bars) == ["load", "dbt", "export"]
    assert bars["load"] < bars["dbt"] < bars["export"]
    assert [line.split()[0] for line in lines if "▒" in line] == ["odd", "revenue", "stg_orders"]
    assert "  ! warn fresh" in lines
    assert "2 checks: 1 pass, 1 warn" in lines


def test_a_failed_run_says_why(made: Shop, invoke: Invoke) -> None:
    """The error of the run and of the step, the check that failed, and what was skipped for it."""
    text = invoke("trace", FAILED).stdout

    assert "error     RuntimeError: step dbt failed\n" in text
    assert "  RuntimeError: 1 model failed: <b>total</b> is null\n" in text
    assert "  ✗ fail not_null_total\n" in text
    assert "  upstream failed: dbt\n" in text


def test_attempts_are_lines_of_their_own(made: Shop, invoke: Invoke) -> None:
    """With the error of each."""
    lines = invoke("trace", RETRIED).stdout.splitlines()

    assert [line.split("  ")[0] for line in lines if line.startswith("load")] == [
        "load",
        "load (attempt 2)",
        "load (attempt 3)",
    ]
    assert "  RuntimeError: timeout 2" in lines


def test_deliveries_of_the_run_are_told(made: Shop, invoke: Invoke) -> None:
    """Per consumer; errors cannot reach the terminal raw."""
    lines = invoke("trace", GOOD).stdout.splitlines()

    start = lines.index("deliveries of this run")
    assert lines[start + 2].split() == ["bus", "0", "0", "0", "20", "-", "-"]
    assert lines[start + 3].split(maxsplit=6)[:6] == ["mail:send", "0", "0", "1", "19", "-"]
    assert "no\\x1b[2J route" in lines[start + 3]


@pytest.mark.parametrize("args", [(), ("latest",)])
def test_without_an_id_the_newest_run_is_shown(made: Shop, invoke: Invoke, args: tuple[str, ...]) -> None:
    """One that is queued has no steps yet."""
    result = invoke("trace", *args)

    assert result.stdout.startswith(f"run {QUEUED}  daily  queued\n")
    assert "STEP" not in result.stdout


def test_an_id_that_fits_several_or_none_is_told(made: Shop, invoke: Invoke) -> None:
    """With the runs it could be, or where to look."""
    several, none = invoke("trace", "0000"), invoke("trace", "zz")

    assert (several.exit_code, none.exit_code) == (2, 3)
    assert "stands for several runs" in several.stderr
    assert "no run 'zz'" in none.stderr


def test_no_run_at_all_is_told(shop: Shop, invoke: Invoke) -> None:
    """And what records one."""
    result = invoke("trace")

    assert result.exit_code == 3
    assert "phlo-hooks drain" in result.stderr


def test_json_has_every_step(made: Shop, invoke: Invoke) -> None:
    """The run as the page has it, with types and deliveries."""
    found = json.loads(invoke("trace", FAILED, "--json", "--limit", "1").stdout)

    assert [step["key"] for step in found["run"]["steps"]] == ["dbt", "export"]
    assert found["event_types"]["transform.end"] == 2
    assert [each["consumer"] for each in found["deliveries"]] == ["bus", "mail:send"]


def test_of_a_thousand_steps_what_failed_and_the_slowest_are_shown(shop: Shop, invoke: Invoke) -> None:
    """What is left out is counted; 0 shows all."""
    story = Story(run_id="many").start()
    for number in range(1000):
        story.step(f"s{number}").wait(1)
        status = "failure" if number == 500 else "success"
        story.done(f"s{number}", seconds=9.0 if number == 700 else 1.0, status=status)
    with shop.outbox() as outbox:
        outbox.append(story.end("failure").events)

    some = invoke("trace", "many", "--limit", "2").stdout.splitlines()
    every = invoke("trace", "many", "--limit", "0").stdout.splitlines()

    assert [line.split()[0] for line in some if "█" in line] == ["s500", "s700"]
    assert "… 998 steps left out, none of which failed; --limit 0 shows all" in some
    assert sum("█" in line for line in every) == 1000


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [40, 80, 200])
def test_lines_fit_the_terminal(made: Shop, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """Narrow or wide, each step is one line, and what still runs reaches to now."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    with made.outbox() as outbox:
        trace = trace_run(outbox, RUNNING)
    assert trace is not None

    print_trace(Output(screen), trace, limit=None, now=EPOCH + timedelta(seconds=440))

    from rich.text import Text

    lines = [Text.from_ansi(line).plain for line in screen.getvalue().splitlines()]
    step = next(line for line in lines if line.startswith("dbt"))
    assert len(step) <= width
    assert step.endswith("░")
    assert "9.0 s" in step
