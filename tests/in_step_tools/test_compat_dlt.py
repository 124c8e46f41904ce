"""dlt still tells its trackers of each run as it ends."""

from __future__ import annotations

import threading
from pathlib import Path

import dlt
import pytest
from dlt.pipeline import trace as dlt_trace
from dlt.pipeline.exceptions import PipelineStepFailed

from phlo_hooks_dagster.compat_dlt import Traces
from tests.in_step_tools import shop


def test_each_run_is_told_with_its_pipeline(tmp_path: Path) -> None:
    """A run that went well and one that did not, of one pipeline, are two traces, and dlt is left as it was."""
    before = list(dlt_trace.TRACKING_MODULES)
    pipeline = shop.pipeline(tmp_path)
    traces = Traces().open()

    pipeline.run([{"id": 1}], table_name="orders")
    with pytest.raises(PipelineStepFailed):
        pipeline.run(dlt.resource(_broken, name="broken"))

    found = traces.take()
    traces.close()
    assert [[step.step for step in each.steps] for each in found] == [
        ["extract", "normalize", "load", "run"],
        ["extract", "run"],
    ]
    assert all(each.pipeline is pipeline for each in found)
    assert traces.take() == []
    assert before == dlt_trace.TRACKING_MODULES


def test_runs_of_other_steps_are_not_taken(tmp_path: Path) -> None:
    """Of two steps that run in threads of one process each has its own; a thread of the only one belongs to it."""
    pipeline = shop.pipeline(tmp_path)
    mine = Traces().open()
    other = Traces()
    opened, go_on = threading.Event(), threading.Event()

    def another_step() -> None:
        other.__init__()  # type: ignore[misc]
        other.open()
        opened.set()
        go_on.wait(30)
        other.close()

    thread = threading.Thread(target=another_step)
    thread.start()
    assert opened.wait(30)
    pipeline.run([{"id": 1}], table_name="orders")
    go_on.set()
    thread.join(30)
    of_both = len(mine.take()), len(other.take())
    in_a_thread = threading.Thread(
        target=lambda: shop.pipeline(tmp_path, "second").run([{"id": 1}], table_name="orders")
    )
    in_a_thread.start()
    in_a_thread.join(60)

    assert of_both == (1, 0)
    assert [each.pipeline.pipeline_name for each in mine.take()] == ["second"]
    mine.close()


def _broken() -> None:
    raise ValueError("no rows today")
