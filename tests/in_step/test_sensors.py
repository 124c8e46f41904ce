"""Sensors that react to recorded events: each event once, none missed, and a clear word when they cannot read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from phlo_hooks.events import HookEvent
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.testing import make_event
from phlo_hooks_dagster.sensors import on_phlo_event, phlo_check_sensor, phlo_event_sensor, phlo_run_failure_sensor
from phlo_hooks_dagster.sensors import tick as ticking
from phlo_hooks_dagster.testing import job_events


@dg.job
def reload() -> None:
    """Be asked for."""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture
def outbox(url: str) -> Iterator[Outbox]:
    with Outbox.open(url) as opened:
        yield opened


class Daemon:
    """Ticks a sensor as Dagster's daemon does: it keeps the cursor, and starts each run key once."""

    def __init__(self, sensor: dg.SensorDefinition) -> None:
        self.sensor = sensor
        self.cursor: str | None = None
        self.runs: list[dg.RunRequest] = []
        self.reason = ""

    def tick(self, **context: Any) -> list[dg.RunRequest]:
        with dg.build_sensor_context(cursor=self.cursor, **context) as built:
            result = self.sensor(built)
        assert isinstance(result, dg.SensorResult)
        known = {each.run_key for each in self.runs}
        new = [each for each in result.run_requests or () if each.run_key not in known]
        self.runs += new
        self.cursor = result.cursor
        self.reason = result.skip_reason.skip_message or "" if result.skip_reason else ""
        return new

    def position(self) -> int:
        return int(json.loads(self.cursor or "{}")["position"])


def publish_sensor(url: str, **parts: Any) -> dg.SensorDefinition:
    wanted = {"events": ["publish.end"], "start": "all", "job": reload, "database": url, **parts}
    return phlo_event_sensor(name="on_publish", **wanted)


def test_each_event_asks_once(url: str, outbox: Outbox) -> None:
    """An event asks for one run, whose key is the event's id; the next tick does not ask again."""
    wanted = make_event("publish.end", asset_key="published/parquet", status="success")
    outbox.append([make_event("publish.start"), wanted, make_event("ingestion.end")])
    daemon = Daemon(publish_sensor(url))

    first, second = daemon.tick(), daemon.tick()

    assert [each.run_key for each in first] == [wanted.event_id]
    assert first[0].tags["phlo/event_type"] == "publish.end"
    assert second == []
    assert daemon.reason == "no new event to react to"


def test_assets_and_statuses_choose(url: str, outbox: Outbox) -> None:
    """Assets may be keys, globs or definitions; statuses are those of the event."""

    @dg.asset(key_prefix="published")
    def parquet() -> None:
        """Be published."""

    good = make_event("publish.end", asset_key="published/parquet", status="success")
    failed = make_event("publish.end", asset_key="published/parquet", status="failure")
    other = make_event("publish.end", asset_key="published/csv", status="success")
    outbox.append([good, failed, other])

    by_definition = Daemon(publish_sensor(url, assets=[parquet], statuses=["success"])).tick()
    by_glob = Daemon(publish_sensor(url, assets=["published/*"])).tick()

    assert [each.run_key for each in by_definition] == [good.event_id]
    assert [each.run_key for each in by_glob] == [good.event_id, failed.event_id, other.event_id]


def test_many_events_come_in_pages(url: str, outbox: Outbox) -> None:
    """More events than a tick asks for are asked for by the next ones: all, in order, each once."""
    events = [make_event("publish.end") for _ in range(ticking.MOST_REQUESTS * 2 + 3)]
    for event in events:
        outbox.append([event, *[make_event("step.end") for _ in range(11)]])
    daemon = Daemon(publish_sensor(url))

    ticks = [len(daemon.tick()) for _ in range(4)]

    assert ticks == [ticking.MOST_REQUESTS, ticking.MOST_REQUESTS, 3, 0]
    assert [each.run_key for each in daemon.runs] == [event.event_id for event in events]
    assert daemon.position() == outbox.head()


def test_a_tick_whose_cursor_was_lost(url: str, outbox: Outbox) -> None:
    """A tick that died before its cursor was kept is repeated with the same run keys."""
    outbox.append([make_event("publish.end"), make_event("publish.end")])
    daemon = Daemon(publish_sensor(url))
    before = [each.run_key for each in daemon.tick()]

    daemon.cursor = None
    again = daemon.tick()

    assert len(before) == 2
    assert again == []


def test_start_now_leaves_out_what_was_there(url: str, outbox: Outbox) -> None:
    """A new sensor begins at the end of the outbox."""
    outbox.append([make_event("publish.end")])
    daemon = Daemon(publish_sensor(url, start="now"))

    assert daemon.tick() == []
    outbox.append([new := make_event("publish.end")])

    assert [each.run_key for each in daemon.tick()] == [new.event_id]


def test_start_now_counts_from_the_start_of_the_sensor(url: str, outbox: Outbox) -> None:
    """What was recorded between the start of the sensor and its first tick is not missed."""
    old = [make_event("publish.end") for _ in range(5)]
    outbox.append(old)
    started = max(each.recorded_at for each in outbox.events()).timestamp() + 0.0001
    outbox.append([new := make_event("publish.end")])
    daemon = Daemon(publish_sensor(url, start="now"))

    found = daemon.tick(last_sensor_start_time=started)

    assert [each.run_key for each in found] == [new.event_id]


def test_no_database_yet(url: str, tmp_path: Path) -> None:
    """Before the relay has made the database a sensor says so, makes none, and then misses nothing of it."""
    daemon = Daemon(publish_sensor(url, start="now"))

    assert daemon.tick() == []
    assert (
        daemon.reason
        == f"there is no state database at {tmp_path / 'state.db'}; is the relay running? phlo-hooks status tells"
    )
    assert not (tmp_path / "state.db").exists()
    with Outbox.open(url) as outbox:
        outbox.append([new := make_event("publish.end")])
    assert [each.run_key for each in daemon.tick()] == [new.event_id]


def test_another_database(url: str, tmp_path: Path, outbox: Outbox) -> None:
    """In a database that is another one, or an older copy, no event is reacted to; the reason says what to do."""
    outbox.append([make_event("publish.end") for _ in range(3)])
    daemon = Daemon(publish_sensor(url))
    daemon.tick()
    other = f"sqlite:///{tmp_path / 'other.db'}"

    with Outbox.open(other) as fresh:
        daemon.sensor = publish_sensor(other)
        shorter = daemon.tick(), daemon.reason
        fresh.append([make_event("publish.end") for _ in range(9)])
        longer = daemon.tick(), daemon.reason

    assert shorter[0] == longer[0] == []
    assert "this sensor has read up to event 3, but the state database" in shorter[1]
    assert "event 3 of the state database" in longer[1]
    assert "delete the sensor's cursor" in longer[1]


def test_a_newer_database(url: str, outbox: Outbox) -> None:
    """Tables of another version are left alone."""
    with outbox.database.write() as connection:
        connection.exec_driver_sql("UPDATE phlo_hooks_version SET version_num = '9999'")

    daemon = Daemon(publish_sensor(url))

    assert daemon.tick() == []
    assert "made by a newer phlo-hooks (its tables are at 9999" in daemon.reason
    assert "upgrade phlo-hooks here" in daemon.reason


def test_no_password_is_told() -> None:
    """A database that cannot be reached is named without its password."""
    daemon = Daemon(publish_sensor("postgresql://phlo:hunter2@localhost:1/state"))

    assert daemon.tick() == []
    assert "localhost:1/state" in daemon.reason
    assert "hunter2" not in daemon.reason


def test_a_cursor_by_hand(url: str, outbox: Outbox) -> None:
    """A plain number is a cursor; what is none is refused with what to write."""
    outbox.append([make_event("publish.end"), last := make_event("publish.end")])
    daemon = Daemon(publish_sensor(url))
    daemon.cursor = "1"

    assert [each.run_key for each in daemon.tick()] == [last.event_id]
    daemon.cursor = "yesterday"
    assert daemon.tick() == []
    assert "the cursor 'yesterday' is no position" in daemon.reason


def test_a_function_asks(url: str, outbox: Outbox) -> None:
    """A function of context and event yields requests and reasons; keys and tags that it gives are kept."""

    @on_phlo_event(events=["ingestion.end"], jobs=[reload], database=url, start="all")
    def react(context: dg.SensorEvaluationContext, event: HookEvent) -> Iterator[dg.RunRequest | dg.SkipReason]:
        """Reload what was loaded."""
        if event.correlation.asset_key == "raw/none":
            yield dg.SkipReason("nothing to do for raw/none")
            return
        yield dg.RunRequest(tags={"phlo/event_type": "mine"})
        yield dg.RunRequest()
        yield dg.RunRequest(run_key="my-key")

    daemon = Daemon(react)
    outbox.append([event := make_event("ingestion.end", asset_key="raw/orders")])
    found = daemon.tick()
    outbox.append([make_event("ingestion.end", asset_key="raw/none")])
    daemon.tick()

    assert react.name == "react"
    assert react.description == "Reload what was loaded."
    assert [each.run_key for each in found] == [event.event_id, f"{event.event_id}:2", "my-key"]
    assert found[0].tags["phlo/event_type"] == "mine"
    assert daemon.reason == "nothing to do for raw/none"


def test_a_function_that_fails(url: str, outbox: Outbox) -> None:
    """What earlier events asked for is kept; the tick after it fails at the event, and goes on when it works."""
    good, bad = make_event("publish.end", asset_key="a"), make_event("publish.end", asset_key="b")
    outbox.append([good, bad])
    broken = True

    def react(_: dg.SensorEvaluationContext, event: HookEvent) -> dg.RunRequest:
        if broken and event.correlation.asset_key == "b":
            raise RuntimeError("no")
        return dg.RunRequest()

    daemon = Daemon(publish_sensor(url, request_fn=react))
    first = daemon.tick()
    with pytest.raises(RuntimeError, match="no"):
        daemon.tick()
    broken = False

    assert [each.run_key for each in first] == [good.event_id]
    assert [each.run_key for each in daemon.tick()] == [bad.event_id]


def test_the_same_partition(url: str, outbox: Outbox) -> None:
    """With same_partition the run is for the partition that the event is about."""
    outbox.append([make_event("publish.end", partition_key="2026-01-01"), make_event("publish.end")])

    found = Daemon(publish_sensor(url, same_partition=True)).tick()

    assert [each.partition_key for each in found] == ["2026-01-01", None]


def test_failed_runs(url: str, outbox: Outbox) -> None:
    """Failed and lost runs of the monitored jobs are reacted to; not those that this sensor asked for."""
    failed = make_event("run.end", status="failure", job_name="nightly")
    lost = make_event("run.lost", status="lost", job_name="nightly")
    own = make_event("run.end", status="failure", job_name="nightly", tags={"phlo/sensor": "on_failure"})
    good = make_event("run.end", status="success", job_name="nightly")
    other = make_event("run.end", status="failure", job_name="hourly")
    outbox.append([failed, lost, own, good, other])
    sensor = phlo_run_failure_sensor(
        name="on_failure", monitored_jobs=["night*"], job=reload, database=url, start="all"
    )

    found = Daemon(sensor).tick()

    assert [each.run_key for each in found] == [failed.event_id, lost.event_id]


def test_checks(url: str, outbox: Outbox) -> None:
    """Checks are chosen by asset and name; those that passed are left out unless asked for."""
    fail = make_event("quality.result", check_name="not_null_id", passed=False, data_outcome="fail")
    ok = make_event("quality.result", check_name="not_null_id", passed=True, data_outcome="pass")
    other = make_event("quality.result", check_name="unique_id", passed=False, data_outcome="fail")
    outbox.append([fail, ok, other])
    parts: dict[str, Any] = {
        "name": "on_check",
        "checks": ["not_null*"],
        "job": reload,
        "database": url,
        "start": "all",
    }

    failing = Daemon(phlo_check_sensor(**parts)).tick()
    passing = Daemon(phlo_check_sensor(statuses=["pass"], **parts)).tick()

    assert [each.run_key for each in failing] == [fail.event_id]
    assert [each.run_key for each in passing] == [ok.event_id]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"events": "publish.end", "job": reload}, "events= is a list"),
        ({"events": [], "job": reload}, "events= is empty"),
        ({"events": ["*"], "assets": [1], "job": reload}, "assets= holds 1"),
        ({"events": ["*"], "start": "today", "job": reload}, "neither 'now' nor 'all'"),
        ({"events": ["*"]}, "has nothing to run"),
    ],
)
def test_what_cannot_work_is_refused(parts: dict[str, Any], said: str) -> None:
    """A sensor that could not work is refused where it is made, by name."""
    with pytest.raises(TypeError, match=said):
        phlo_event_sensor(name="mine", **parts)


def test_a_status_that_no_check_has_is_refused() -> None:
    """A sensor for ``failed`` would never react; globs of statuses that there are do."""
    with pytest.raises(TypeError, match="sensor 'mine': no check has status 'failed'; there are pass, warn, fail, "):
        phlo_check_sensor(name="mine", statuses=["warn", "failed"], job=reload)

    assert phlo_check_sensor(name="mine", statuses=["f*", "not_run"], job=reload).name == "mine"


def test_events_of_its_own_runs_carry_its_name() -> None:
    """The tag of a run that a sensor asked for stands in each of the run's events, so that no sensor feeds itself."""
    events = job_events(reload, tags={ticking.SENSOR_TAG: "on_failure"})

    assert {event.tags.get(ticking.SENSOR_TAG) for event in events.events} == {"on_failure"}
