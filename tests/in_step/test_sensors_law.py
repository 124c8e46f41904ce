"""The law of event sensors: each event asks once, and none is missed, whatever dies in between."""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phlo_hooks.outbox.store import Outbox
from phlo_hooks.testing import make_event
from phlo_hooks_dagster.sensors import phlo_event_sensor
from phlo_hooks_dagster.sensors import tick as ticking


@dg.job
def reload() -> None:
    """Be asked for."""


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.integers(1, 7)),
        st.tuples(st.sampled_from(["", "before its runs", "after them"]), st.just(0)),
    ),
    max_size=14,
)


class Play:
    """An outbox that is written, a sensor that is ticked, and ticks that die."""

    def __init__(self, url: str, outbox: Outbox) -> None:
        self._outbox = outbox
        self._sensor = phlo_event_sensor(
            name="law", events=["publish.*"], statuses=["success"], job=reload, start="all", database=url
        )
        self.cursor: str | None = None
        self.wanted: list[str] = []
        self.runs: list[str] = []

    def record(self, number: int) -> None:
        """Record events that are wanted, and others."""
        events = [make_event("publish.end", status="success" if each % 2 else "failure") for each in range(number)]
        self._outbox.append([each for event in events for each in (event, make_event("step.end"))])
        self.wanted += [event.event_id for number, event in enumerate(events) if number % 2]

    def tick(self, death: str = "") -> None:
        """Tick as the daemon does, which starts a run key once and keeps the cursor last."""
        with dg.build_sensor_context(cursor=self.cursor) as context:
            result = self._sensor(context)
        assert isinstance(result, dg.SensorResult)
        asked = [str(each.run_key) for each in result.run_requests or ()]
        if death != "before its runs":
            self.runs += [key for key in asked if key not in self.runs]
        if not death:
            self.cursor = result.cursor

    def finish(self) -> None:
        """Tick until there is nothing new."""
        before: str | None = ""
        while self.cursor != before:
            before = self.cursor
            self.tick()


@settings(max_examples=15, deadline=None)
@given(actions=ACTIONS, most=st.integers(1, 4), page=st.integers(1, 5))
def test_each_event_once_and_none_missed(actions: list[tuple[str, int]], most: int, page: int) -> None:
    """However recording, ticks and deaths follow each other, the runs are those of all chosen events, in order."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(ticking, "MOST_REQUESTS", most)
        patch.setattr(ticking, "PAGE", page)
        url = f"sqlite:///{Path(folder) / 'state.db'}"
        with Outbox.open(url) as outbox:
            play = Play(url, outbox)

            for action, number in actions:
                if action == "record":
                    play.record(number)
                else:
                    play.tick(action)
            play.finish()

    assert play.runs == play.wanted


def test_what_makes_sensors_is_light() -> None:
    """Making a sensor imports nothing of phlo_hooks: every step's process does it, and never ticks."""
    code = (
        "import sys; from phlo_hooks_dagster.sensors import phlo_event_sensor; "
        "phlo_event_sensor(name='x', events=['*'], job_name='j'); "
        "print([name for name in sys.modules if name.startswith('phlo_hooks.')])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ast.literal_eval(done.stdout) == []
