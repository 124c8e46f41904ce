from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from sqlalchemy import update

from phlo_hooks.events import (
    ErrorEvent,
    IngestionEvent,
    QualityResultEvent,
    RunEvent,
)
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.outbox.tables import consumers
from phlo_hooks.source import Batch
from tests.cli.conftest import Shop
from tests.cli.recorded import OTHER_RUN, at, events

Invoke = Callable[..., Result]


def test_events_are_listed_as_one_json_list_of_whole_events(recorded: Shop, invoke: Invoke) -> None:
    """All of them unless limited, each with its id, its type and its place in the outbox."""
    result = invoke("events", "list", "--json")

    listed = json.loads(result.stdout)
    assert [item["event_id"] for item in listed[:6]] == [event.event_id for event in events()]
    assert listed[1]["event_type"] == "asset.materialized"
    assert listed[1]["correlation"]["partition_key"] == "2013-01"
    assert (listed[1]["seq"], listed[1]["revision"]) == (2, 1)
    assert "recorded_at" in listed[1]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--type", "run.*"], ["11aa0000", "44dd0000", "55ee0000"]),
        (["--type", "run.start", "--type", "asset.*"], ["11aa0000", "22bb0000", "55ee0000"]),
        (["--run", OTHER_RUN], ["55ee0000"]),
        (["--asset", "gold/*", "--type", "asset.*"], ["22bb0000"]),
        (["--since", "2026-11-21T09:00:09", "--until", "2026-11-21T09:00:20"], ["44dd0000", "55ee0000"]),
        (["--limit", "2"], ["11aa0000", "22bb0000"]),
        (["--limit", "1", "--newest", "--type", "run.*"], ["55ee0000"]),
    ],
)
def test_events_are_chosen_by_what_they_are(recorded: Shop, invoke: Invoke, options: list[str], ids: list[str]) -> None:
    """Filters narrow, several of them together, and types may be globs."""
    result = invoke("events", "list", "--json", *options)

    assert [item["event_id"] for item in json.loads(result.stdout)] == ids


def test_events_are_listed_for_people(recorded: Shop, invoke: Invoke) -> None:
    """A line says when, what, about what, how it went, and where to look on."""
    result = invoke("events", "list", "--limit", "3")

    lines = result.stdout.splitlines()
    assert lines[0].split("  ")[0] == "TIME (UTC)"
    assert "asset.materialized" in lines[2]
    assert "gold/sales [2013-01]" in lines[2]
    assert "gold/sales:fresh" in lines[3]


def test_the_list_says_of_a_check_what_it_said_of_the_data(recorded: Shop, invoke: Invoke) -> None:
    """A check that ran well and found bad rows is listed as ``fail``: "success" would be read as passed."""
    failed = QualityResultEvent(
        asset_key="gold/sales", check_name="not_null", passed=False, outcome="success", data_outcome="fail"
    )
    with Outbox.open(recorded.url) as outbox:
        outbox.append([failed])

    result = invoke("events", "list", "--limit", "1", "--newest")

    assert " fail " in result.stdout
    assert "success" not in result.stdout


def test_an_event_is_shown_by_the_beginning_of_its_id(recorded: Shop, invoke: Invoke) -> None:
    """Its fields, its error's stack line by line, and nothing that a terminal would obey."""
    result = invoke("events", "show", "44dd")
    as_json = invoke("events", "show", "44dd", "--json")

    assert "event_id     44dd0000" in result.stdout
    assert "Traceback\n  \\x1b]0;evil\\x07" in result.stdout
    assert "\x1b" not in result.stdout
    assert json.loads(as_json.stdout)["revisions"] == 1


def test_a_corrected_event_says_so(recorded: Shop, invoke: Invoke) -> None:
    """The newest revision is shown, and that there are earlier ones."""
    corrected = RunEvent(event_id="11aa0000", event_type="run.start", status="queued", **at(0))  # type: ignore[arg-type]
    with recorded.outbox() as outbox:
        outbox.record("lines", Batch(events=[corrected], revise=True))

    result = invoke("events", "show", "11aa")

    assert "revision     2" in result.stdout
    assert "corrects 1 earlier revision" in result.stdout


def test_an_unknown_event_is_told(recorded: Shop, invoke: Invoke) -> None:
    """One line, the way out, and the code for not found."""
    result = invoke("events", "show", "zz")

    assert result.exit_code == 3
    assert result.stderr == "phlo-hooks: no event 'zz'; `phlo-hooks events list` shows those recorded\n"


def test_a_period_that_ends_before_it_begins_is_refused(recorded: Shop, invoke: Invoke) -> None:
    """A typing error is no empty list."""
    result = invoke("events", "list", "--since", "2026-02-01", "--until", "2026-01-01")

    assert result.exit_code == 2
    assert "is later than" in result.stderr


def test_tail_shows_the_last_ones(recorded: Shop, invoke: Invoke) -> None:
    """The newest few, oldest first; as JSON one document a line."""
    plain = invoke("events", "tail", "-n", "1", "--type", "run.*")
    lines = invoke("events", "tail", "-n", "2", "--type", "run.*", "--json").stdout.splitlines()

    assert plain.stdout.split()[2:4] == ["run.start", "55ee0000"]
    assert [json.loads(line)["event_id"] for line in lines] == ["44dd0000", "55ee0000"]


def test_explain_says_who_gets_an_event_and_why_others_do_not(recorded: Shop, invoke: Invoke) -> None:
    """Each hook, its delivery's state with the error, and the reasons of those that do not match."""
    result = invoke("events", "explain", "22bb")

    text = result.stdout
    assert "Matched 4 hooks" in text
    assert "3 attempts; after a dead letter of its run; permanent: it said no" in text
    assert "shop:gate" in text
    assert "called in the step's own process" in text


def test_explain_says_what_a_step_told_of_its_load(shop: Shop, invoke: Invoke) -> None:
    """Where an ingestion's rows came from, how long each phase took, and which one failed."""
    loaded = IngestionEvent(
        event_type="ingestion.end",
        event_id="77aa0000",
        asset_key="raw/orders",
        sources=("https://shop.test/orders", "file:///\x1b[31m"),
        extract_seconds=1.5,
        normalize_seconds=0.25,
        retries=2,
        failed_phase="load",
    )
    with shop.outbox() as outbox:
        outbox.append([loaded])

    text = invoke("events", "explain", "77aa").stdout

    assert "https://shop.test/orders, file:///\\x1b[31m" in text
    assert "extract 1.5 s, normalize 0.2 s, failed in load, jobs tried again: 2" in text


def test_explain_gives_reasons(recorded: Shop, invoke: Invoke) -> None:
    """A hook that does not get the event says which part of its filter fails; a gone hook's delivery is told too."""
    found = json.loads(invoke("events", "explain", "44dd", "--json").stdout)

    hooks = {hook["hook"]: hook for hook in found["hooks"]}
    assert hooks["shop:all"]["state"] == "pending"
    assert hooks["shop:queue"]["state"] == "not matched"
    assert "event_types" in hooks["shop:queue"]["reasons"][0]
    assert [row["consumer"] for row in found["other_deliveries"]] == ["gone:hook"]
    assert "Deliveries to consumers that have no hook here" in invoke("events", "explain", "44dd").stdout


def test_explain_knows_hooks_that_no_relay_has_seen_and_those_that_came_later(shop: Shop, invoke: Invoke) -> None:
    """A hook without a consumer waits for a relay; one that came after the event can be sent it by a replay."""
    shop.use_hooks()
    with shop.outbox() as outbox:
        outbox.append(events()[:2])
        before = json.loads(invoke("events", "explain", "22bb", "--json").stdout)
        outbox.register_consumers(["bus", "shop:queue"])

    after = invoke("events", "explain", "22bb")

    assert {hook["state"] for hook in before["hooks"] if not hook["hook"].endswith("gate")} == {"no relay yet"}
    assert "phlo-hooks replay --hook shop:queue delivers it" in after.stdout


def test_explain_claims_no_delivery_to_a_sync_hook_that_came_later(shop: Shop, invoke: Invoke) -> None:
    """All sync hooks share one position, but what lies behind it never went to a hook that came after it."""
    shop.use_hooks()
    with shop.outbox() as outbox:
        outbox.register_consumers(["bus"], sync_hooks=["shop:all"])
        outbox.append(events()[:2])
        with outbox.database.write() as connection:
            connection.execute(update(consumers).where(consumers.c.name == "bus").values(position=outbox.head()))
        outbox.register_consumers(["bus"], sync_hooks=["shop:all", "shop:gold"])

    found = json.loads(invoke("events", "explain", "22bb", "--json").stdout)

    states = {hook["hook"]: hook["state"] for hook in found["hooks"]}
    assert (states["shop:all"], states["shop:gold"]) == ("delivered", "before it")


def test_a_command_that_only_reads_makes_no_database(shop: Shop, invoke: Invoke) -> None:
    """Nothing recorded is an empty answer, and a line says where it was looked for."""
    result = invoke("events", "list", "--json")

    assert json.loads(result.stdout) == []
    assert "no state database at" in result.stderr
    assert not (shop.folder / "state.db").exists()


def test_an_error_event_is_about_its_hook(shop: Shop, invoke: Invoke) -> None:
    """The bus's own trouble names the hook concerned."""
    with shop.outbox() as outbox:
        outbox.append([ErrorEvent(event_type="hook.failed", where="bus", hook="shop:all")])

    assert "shop:all" in invoke("events", "list").stdout
