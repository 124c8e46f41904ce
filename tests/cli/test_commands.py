from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import Result

from phlo_hooks.events import (
    AssetEvent,
    ErrorEvent,
    ErrorInfo,
    HookCorrelation,
    HookEvent,
    QualityResultEvent,
    RunEvent,
    ServiceLifecycleEvent,
)
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.source import Batch, StreamState, UntranslatableRecord
from tests.cli.conftest import Shop

BEGIN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
RUN = "0b8d2a4e-0000-4000-8000-000000000001"
OTHER_RUN = "0b8d2a4e-0000-4000-8000-000000000002"
Invoke = Callable[..., Result]


def at(seconds: int, run: str = RUN, **more: str) -> dict[str, object]:
    correlation = HookCorrelation(run_id=run, job_name="nightly", **more)  # type: ignore[arg-type]
    return {"timestamp": BEGIN + timedelta(seconds=seconds), "correlation": correlation, "source": "dagster"}


def events() -> list[HookEvent]:
    error = ErrorInfo(type="ValueError", message="bad \x1b[31mred", stack="Traceback\n  \x1b]0;evil\x07")
    return [
        RunEvent(event_id="11aa0000", event_type="run.start", status="started", **at(0)),  # type: ignore[arg-type]
        AssetEvent(
            event_id="22bb0000",
            event_type="asset.materialized",
            asset_key="gold/sales",
            status="success",
            **at(5, asset_key="gold/sales", partition_key="2013-01"),  # type: ignore[arg-type]
        ),
        QualityResultEvent(
            event_id="33cc0000",
            asset_key="gold/sales",
            check_name="fresh",
            passed=False,
            **at(6, check_name="fresh"),  # type: ignore[arg-type]
        ),
        RunEvent(event_id="44dd0000", event_type="run.end", status="failure", error=error, **at(9)),  # type: ignore[arg-type]
        RunEvent(event_id="55ee0000", event_type="run.start", **at(20, OTHER_RUN)),  # type: ignore[arg-type]
        ServiceLifecycleEvent(event_id="66ff0000", event_type="service.post_start", service_name="trino"),
    ]


@pytest.fixture
def recorded(shop: Shop) -> Shop:
    """A shop whose state database holds a few events, a dead letter of each kind, and no relay."""
    shop.use_hooks()
    with shop.outbox() as outbox:
        outbox.register_consumers(["bus", "shop:queue", "gone:hook"], sync_hooks=["shop:all", "shop:gold"])
        outbox.record(
            "lines",
            Batch(
                events=events(),
                stream=StreamState(stream_id=RUN, cursor=9, checked_at=BEGIN),
                untranslatable=[
                    UntranslatableRecord(stream_id=RUN, record_id=7, record_type="MATERIALIZATION", error="no \x1b[2J"),
                    UntranslatableRecord(stream_id="", record_id=8, record_type="OBSERVATION", error="KeyError: 'x'"),
                ],
            ),
        )
        outbox.record("lines", Batch(stream=StreamState(stream_id=OTHER_RUN, cursor=1)))
        bury(outbox, "shop:queue", "22bb0000", error="it said no")
        bury(outbox, "gone:hook", "44dd0000", error="nobody home")
    return shop


def bury(outbox: Outbox, consumer: str, event_id: str, *, error: str) -> None:
    """Make a dead letter, as a dispatcher leaves it."""
    from sqlalchemy import insert

    from phlo_hooks.outbox.tables import deliveries

    event = outbox.event(event_id)
    assert event is not None
    row = {
        "consumer": consumer,
        "seq": event.seq,
        "event_id": event.event_id,
        "event_type": event.event_type,
        "run_id": event.run_id,
        "status": "dead",
        "attempts": 3,
        "calls": 3,
        "crashes": 0,
        "last_attempt_at": BEGIN,
        "error": error,
        "error_kind": "permanent",
        "after_dead_letter": True,
        "replay": False,
    }
    with outbox.database.write() as connection:
        connection.execute(insert(deliveries).values(**row))


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


def test_status_is_unhealthy_when_something_needs_a_person(recorded: Shop, invoke: Invoke) -> None:
    """No relay, dead letters, untranslatable records: each is a line, and the exit code says it."""
    result = invoke("status")

    assert result.exit_code == 1
    assert "no relay runs" in result.stdout
    assert "shop:queue: 1 dead letter" in result.stdout
    assert "2 records could not be translated" in result.stdout
    assert "2 open runs, last read 2026-11-21 09:00:00 UTC" in result.stdout


def test_status_is_healthy_while_a_relay_runs_and_all_arrives(shop: Shop, invoke: Invoke) -> None:
    """Nothing to do is said in one word, with exit code 0."""
    with shop.outbox() as outbox:
        lease = outbox.acquire_lease("relay", owner="me", seconds=60, pid=1, host="box")
        result, as_json = invoke("status"), invoke("status", "--json")
        alive = invoke("status", "--liveness")
        assert lease is not None

    assert (result.exit_code, alive.exit_code) == (0, 0)
    assert result.stdout.startswith("healthy\n")
    assert alive.stdout.startswith("running since")
    assert json.loads(as_json.stdout)["healthy"] is True


def test_status_tells_of_breakers_lag_and_unreadable_runs(shop: Shop, invoke: Invoke) -> None:
    """A consumer that is shut off, one that is behind, and a run that cannot be read each have their line."""
    from sqlalchemy import update

    from phlo_hooks.outbox.tables import consumers

    long_ago = datetime.now(UTC) - timedelta(hours=2)
    with Outbox.open(shop.url, now=lambda: long_ago) as outbox:
        outbox.register_consumers(["bus", "om:lineage"])
        outbox.append(events())
        outbox.record("lines", Batch(stream=StreamState(stream_id=RUN, status="failed")))
        with outbox.database.write() as connection:
            shut = {"breaker": "open", "open_until": BEGIN, "last_error": "503"}
            connection.execute(update(consumers).where(consumers.c.name == "om:lineage").values(**shut))

    result = invoke("status")

    assert "om:lineage: breaker open, next probe 2026-11-21 09:00:00: 503" in result.stdout
    assert "bus: 6 events behind, the oldest for 2 h 0 min" in result.stdout
    assert "source lines: the logs of 1 run cannot be read" in result.stdout


def test_liveness_looks_at_the_relay_alone(recorded: Shop, invoke: Invoke) -> None:
    """A container is not restarted for a dead letter, but for a relay that is gone."""
    result = invoke("status", "--liveness")

    assert (result.exit_code, result.stdout) == (1, "not running\n")


def test_a_command_that_only_reads_makes_no_database(shop: Shop, invoke: Invoke) -> None:
    """Nothing recorded is an empty answer, and a line says where it was looked for."""
    result = invoke("events", "list", "--json")

    assert json.loads(result.stdout) == []
    assert "no state database at" in result.stderr
    assert not (shop.folder / "state.db").exists()


def test_dead_letters_and_untranslatable_records_are_listed(recorded: Shop, invoke: Invoke) -> None:
    """Both kinds, with what went wrong, and the ids by which they are retried."""
    result, as_json = invoke("dead", "list"), json.loads(invoke("dead", "list", "--json").stdout)
    one = invoke("dead", "list", "--consumer", "shop:queue")

    assert "2 dead letters" in result.stdout
    assert "permanent: it said no" in result.stdout
    assert "lines:0b8d2a4e:7" in result.stdout
    assert "lines:-:8" in result.stdout
    assert "no \\x1b[2J" in result.stdout
    assert {row["record_id"] for row in as_json["untranslatable"]} == {7, 8}
    assert "gone:hook" not in one.stdout
    assert "untranslatable" not in one.stdout


def test_a_dead_letter_is_shown_with_its_event(recorded: Shop, invoke: Invoke) -> None:
    """What the consumer said, and the event it said it to."""
    result = invoke("dead", "show", "22bb")
    as_json = json.loads(invoke("dead", "show", "22bb", "--json").stdout)
    missing = invoke("dead", "show", "11aa")

    assert "permanent: it said no" in result.stdout
    assert "gold/sales" in result.stdout
    assert as_json["dead_letters"][0]["consumer"] == "shop:queue"
    assert missing.exit_code == 3


def test_a_dead_letter_is_queued_again(recorded: Shop, invoke: Invoke) -> None:
    """Retry touches what was named, and nothing else."""
    result = invoke("dead", "retry", "22bb")

    with recorded.outbox() as outbox:
        left = [row.consumer for row in outbox.deliveries(status="dead")]
    assert "queued: 1 dead letter" in result.stdout
    assert left == ["gone:hook"]


def test_untranslatable_records_are_translated_again(recorded: Shop, invoke: Invoke) -> None:
    """Once the log or the translator is right, retry makes the event and takes the record off the list."""
    recorded.append({"run": RUN, "number": 7, "asset": "raw/orders"})

    result = invoke("dead", "retry", "0b8d2a4e:7", "--json")

    with recorded.outbox() as outbox:
        left = [row.record_id for row in outbox.untranslatable()]
        new = list(outbox.events())[-1]
    assert json.loads(result.stdout) == {"queued": 0, "translated": 1, "still_untranslatable": 0}
    assert left == [8]
    assert new.event_type == "asset.materialized"


def test_what_is_still_untranslatable_is_said(recorded: Shop, invoke: Invoke) -> None:
    """A retry that did not help says so."""
    recorded.append({"run": RUN, "number": 7, "bad": "still"})

    result = invoke("dead", "retry", f"lines:{RUN}:7")

    assert "0 of 1 record translated" in result.stdout


def test_dropping_asks_first(recorded: Shop, invoke: Invoke) -> None:
    """No answer, or no, leaves everything; --yes gives up on what was chosen."""
    refused = invoke("dead", "drop", "--all", input="n\n")
    dropped = invoke("dead", "drop", "--all", "--yes")

    with recorded.outbox() as outbox:
        left = [*outbox.deliveries(status="dead"), *outbox.untranslatable()]
    assert refused.exit_code == 130
    assert "Give up on 2 dead letters and 2 untranslatable records?" in refused.stderr
    assert dropped.stdout == "dropped 4\n"
    assert left == []


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        ([], 2, "say which"),
        (["zz"], 3, "no dead letter or untranslatable record 'zz'"),
        (["--consumer", "nobody:here"], 3, "nothing to do"),
    ],
)
def test_retry_needs_to_know_what(
    recorded: Shop, invoke: Invoke, arguments: list[str], code: int, problem: str
) -> None:
    """A retry of nothing, or of something that is not there, is told."""
    result = invoke("dead", "retry", *arguments)

    assert result.exit_code == code
    assert problem in result.stderr


def test_all_untranslatable_records_can_be_chosen_at_once(recorded: Shop, invoke: Invoke) -> None:
    """--untranslatable leaves the dead letters alone."""
    result = invoke("dead", "drop", "--untranslatable", "--yes")

    with recorded.outbox() as outbox:
        assert len(outbox.deliveries(status="dead")) == 2
    assert result.stdout == "dropped 2\n"


def test_an_id_that_stands_for_several_is_refused(recorded: Shop, invoke: Invoke) -> None:
    """Which of two was meant is not guessed."""
    with recorded.outbox() as outbox:
        bury(outbox, "shop:queue", "66ff0000", error="x")
        outbox.record("lines", Batch(events=[RunEvent(event_id="22bc", event_type="run.end", **at(30))]))  # type: ignore[arg-type]
        bury(outbox, "shop:queue", "22bc", error="x")

    result = invoke("dead", "retry", "22b")

    assert result.exit_code == 2
    assert "stands for several" in result.stderr


def test_plugins_are_listed_with_what_failed(shop: Shop, invoke: Invoke) -> None:
    """Name, type, version, author, hooks; a plugin that cannot be loaded stands there with its reason."""
    shop.use_hooks()
    shop.hooks.append("no_such_module:hook")

    result = invoke("plugin", "list", "--type", "hooks")
    listed = {entry["name"]: entry for entry in json.loads(invoke("plugin", "list", "--json").stdout)}

    assert result.exit_code == 0
    assert result.stdout.split("\n")[0].split() == ["NAME", "TYPE", "VERSION", "AUTHOR", "HOOKS", "FAILED"]
    assert "No module named 'no_such_module'" in listed["no_such_module:hook"]["error"]
    assert listed["shop_hooks"]["hooks"] == ["shop:all", "shop:queue", "shop:gold", "shop:gate"]
    assert listed["lines"] | {"hooks": None} == {
        "name": "lines",
        "type": "sources",
        "version": "9.9",
        "author": "Ada",
        "hooks": None,
        "error": None,
    }


def test_no_plugin_is_said(shop: Shop, invoke: Invoke) -> None:
    """Nothing installed prints (none), and an empty list as JSON."""
    assert invoke("plugin", "list", "--type", "hook").stdout == "(none)\n"
    assert json.loads(invoke("plugin", "list", "--type", "hooks", "--json").stdout) == []


def test_a_plugin_is_described(shop: Shop, invoke: Invoke) -> None:
    """Its hooks, when and where they are called, and what each of them gets."""
    shop.use_hooks()

    result = invoke("plugin", "info", "shop")
    by_file = json.loads(invoke("plugin", "info", "shop_hooks", "--json").stdout)
    missing = invoke("plugin", "info", "nobody")

    assert "assets gold/*" in result.stdout
    assert "in the step" in result.stdout
    assert "every event" in result.stdout
    assert {hook["name"] for hook in by_file["hooks"]} == {"shop:all", "shop:queue", "shop:gold", "shop:gate"}
    assert missing.exit_code == 3


def test_plugin_check_finds_each_culprit(shop: Shop, invoke: Invoke) -> None:
    """Each is loaded in a process of its own, so that one that ends its process is named too."""
    shop.write_module("killer", "import os\nos._exit(0)")
    shop.write_module("fine", "from phlo_hooks.authoring import hook\n@hook\ndef ok(event): ...\nprint('noise')")
    shop.hooks = ["killer:hook", "fine:ok", "nowhere:hook"]
    shop.write_entry_points(bundle="fine:other")

    done = shop.run("plugin", "check")
    one = shop.run("plugin", "check", "fine:ok", "--json")
    unknown = shop.run("plugin", "check", "nobody")

    assert done.returncode == 1
    results = {line.split()[0]: line for line in done.stdout.splitlines()[1:]}
    assert "ended its process (exit code 0)" in results["killer:hook"]
    assert "No module named 'nowhere'" in results["nowhere:hook"]
    assert results["fine:ok"].split()[1:] == ["ok", "1", "hook"]
    assert "failed" in results["bundle"]
    assert json.loads(one.stdout) == [{"name": "fine:ok", "hooks": ["fine:ok"], "error": None}]
    assert unknown.returncode == 3


def test_plugin_check_loads_all_together(shop: Shop, invoke: Invoke) -> None:
    """A name that two plugins take fails in company only."""
    shop.write_module("one", "from phlo_hooks.authoring import hook\n@hook(plugin='p', name='same')\ndef a(event): ...")
    shop.write_module("two", "from phlo_hooks.authoring import hook\n@hook(plugin='p', name='same')\ndef b(event): ...")
    shop.hooks = ["one:a", "two:b"]

    done = shop.run("plugin", "check")

    assert done.returncode == 1
    assert "hook p:same is already registered" in done.stdout.splitlines()[-1]


def test_a_consumer_is_forgotten(recorded: Shop, invoke: Invoke) -> None:
    """A hook that is gone no longer counts, after a question."""
    refused = invoke("plugin", "forget", "gone", input="\n")
    forgotten = invoke("plugin", "forget", "gone", "--yes")
    again = invoke("plugin", "forget", "gone:hook", "--yes")
    bus = invoke("plugin", "forget", "bus", "--yes")

    assert refused.exit_code == 130
    assert forgotten.stdout == "forgot gone:hook\n"
    assert again.exit_code == 3
    assert bus.exit_code == 2


def test_replay_counts_first_and_asks(recorded: Shop, invoke: Invoke) -> None:
    """What the hook matches is counted; no is no; --yes queues it."""
    refused = invoke("replay", "--hook", "shop:gold", input="n\n")
    done = json.loads(invoke("replay", "--hook", "shop:gold", "--yes", "--json").stdout)

    assert "Deliver 2 events to shop:gold again?" in refused.stderr
    assert refused.exit_code == 130
    assert done["matching"] == 2
    with recorded.outbox() as outbox:
        assert {row.status for row in outbox.deliveries(consumer="shop:gold")} == {"waiting"}


def test_replay_queues_only_types_that_the_hook_gets(shop: Shop, invoke: Invoke) -> None:
    """A hook that no relay has seen yet can be sent the past, without rows for what it never gets."""
    shop.use_hooks()
    with shop.outbox() as outbox:
        outbox.append(events())

    result = invoke("replay", "--hook", "shop:queue", "--yes")

    with shop.outbox() as outbox:
        assert [row.event_id for row in outbox.deliveries(consumer="shop:queue")] == ["22bb0000"]
    assert result.stdout.startswith("queued for shop:queue: 1 event;")


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (["--hook", "shop:gole"], 3, "did you mean 'shop:gold'?"),
        (["--hook", "shop:gate"], 2, "never by the relay"),
        (["--hook", "shop:gold", "--run", OTHER_RUN], 3, "nothing to replay"),
        ([], 2, "Missing option '--hook'"),
    ],
)
def test_replay_to_nobody_is_told(
    recorded: Shop, invoke: Invoke, arguments: list[str], code: int, problem: str
) -> None:
    """A wrong name, a hook that is never sent anything, an empty choice: each has its line."""
    result = invoke("replay", *arguments)

    assert result.exit_code == code
    assert problem in result.stderr


def test_rederive_corrects_a_run(recorded: Shop, invoke: Invoke) -> None:
    """The log is translated anew; what differs becomes a revision, what is the same stays."""
    recorded.append({"run": OTHER_RUN, "number": 1}, {"run": OTHER_RUN, "number": 2})

    first = invoke("rederive", "--run", OTHER_RUN)
    recorded.log.write_text("")
    recorded.append({"run": OTHER_RUN, "number": 1, "text": "now described"}, {"run": OTHER_RUN, "number": 2})
    second = json.loads(invoke("rederive", "--run", OTHER_RUN, "--json").stdout)

    assert first.stdout == "1 run translated anew: 2 new events, 0 corrected, 0 as before\n"
    assert second == {"runs": [OTHER_RUN], "recorded": {"new": 0, "revised": 1, "duplicate": 1}}


@pytest.mark.parametrize(("run", "code"), [("zz", 3), ("0b8d", 2), ("", 2)])
def test_rederive_needs_one_run(recorded: Shop, invoke: Invoke, run: str, code: int) -> None:
    """A run that was not read, or a beginning that several have, is told."""
    assert invoke("rederive", "--run", run).exit_code == code


def test_schemas_are_printed_and_written(shop: Shop, invoke: Invoke) -> None:
    """One document by class, one class by the type it has, or a file each."""
    every = json.loads(invoke("schema", "export").stdout)
    one = json.loads(invoke("schema", "export", "ingestion.end").stdout)
    written = invoke("schema", "export", "-o", str(shop.folder / "schemas"))

    assert set(one) == {"IngestionEvent"}
    assert set(one) < set(every)
    assert written.stdout.startswith(f"{len(every)} schemas written")
    assert invoke("schema", "export", "nothing").exit_code == 3
    assert invoke("schema", "export", "RunEvent", "-o", str(shop.folder / "s")).exit_code == 2


def test_schema_changes_that_break_are_an_exit_code(shop: Shop, invoke: Invoke) -> None:
    """What a reader of the old shape would miss is listed, and CI fails by the code."""
    old, new = shop.folder / "old", shop.folder / "new"
    invoke("schema", "export", "-o", str(old))
    invoke("schema", "export", "-o", str(new))
    (new / "RunEvent.json").unlink()

    broken = invoke("schema", "diff", str(old), str(new))
    same = invoke("schema", "diff", str(old), "--json")

    assert broken.exit_code == 1
    assert broken.stdout.splitlines()[-1] == "1 change, 1 breaking"
    assert (same.exit_code, json.loads(same.stdout)) == (0, [])
    assert json.loads(invoke("schema", "diff", str(old), str(new), "--json").stdout)[0]["breaking"] is True


def test_an_error_event_is_about_its_hook(shop: Shop, invoke: Invoke) -> None:
    """The bus's own trouble names the hook concerned."""
    with shop.outbox() as outbox:
        outbox.append([ErrorEvent(event_type="hook.failed", where="bus", hook="shop:all")])

    assert "shop:all" in invoke("events", "list").stdout


def test_help_lists_commands_exit_codes_and_examples(invoke: Invoke) -> None:
    """What there is, how it ends, and how it is written."""
    text = invoke("--help").stdout

    assert all(name in text for name in ("relay", "drain", "events", "dead", "schema"))
    assert "Exit codes:" in text
    assert "phlo-hooks drain -m my_project.definitions" in text


@pytest.mark.parametrize(
    "command",
    ["relay", "drain", "status", "rederive", "replay", "events list", "plugin list", "dead retry", "schema diff"],
)
def test_every_command_has_help(invoke: Invoke, command: str) -> None:
    """Each command says what it does in its first line, and hides what is not for people."""
    result = invoke(*command.split(), "--help")

    assert result.exit_code == 0
    assert "--supervisor-pid" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["stauts"], "no command 'stauts'; did you mean 'status'?"),
        (["zzz"], "no command 'zzz'; there are relay, drain"),
        (["events", "list", "--nope"], "No such option"),
        (["--project", "/nowhere", "status"], "does not exist"),
        (["drain", "-f", "nowhere.py"], "no file 'nowhere.py' here"),
    ],
)
def test_a_wrong_command_line_is_one_line(invoke: Invoke, arguments: list[str], problem: str) -> None:
    """What is wrong, and what would be right, without a page of usage."""
    result = invoke(*arguments)

    assert result.exit_code == 2
    assert problem in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_wrong_setting_is_one_line(shop: Shop, invoke: Invoke) -> None:
    """The setting, where it stands, and the nearest right name; no traceback unless asked for."""
    shop.variables["PHLO_HOOKS_DATABSE"] = "x"

    result, debug = invoke("status"), invoke("--debug", "status")

    assert result.exit_code == 2
    assert "unknown setting 'databse'" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in debug.stderr


def test_the_database_can_be_named_on_the_command_line(recorded: Shop, invoke: Invoke) -> None:
    """--database is stronger than every setting, and --project says where settings are looked for."""
    recorded.variables["PHLO_HOOKS_DATABASE"] = "sqlite:////nowhere/else.db"

    result = invoke("--database", recorded.url, "--project", str(recorded.folder), "events", "list", "--limit", "1")

    assert "run.start" in result.stdout


def test_a_password_is_never_shown(shop: Shop, invoke: Invoke) -> None:
    """Neither in an error nor in what names the database."""
    shop.variables["PHLO_HOOKS_DATABASE"] = "postgresql+psycopg://ada:hunter2@127.0.0.1:1/none"

    result = invoke("status")

    assert result.exit_code in (2, 4)
    assert "hunter2" not in result.stdout + result.stderr
