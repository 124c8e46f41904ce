"""Errors, metadata, the state's bytes, and what belongs to no run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import msgspec
import pytest
from dagster import AssetKey, EventLogRecord, MetadataValue
from dagster_shared.error import SerializableErrorInfo

from phlo_hooks.exceptions import SourceError
from phlo_hooks_dagster.identity.metadata import text
from phlo_hooks_dagster.snapshot import AssetSnapshot, LocationSnapshot
from phlo_hooks_dagster.translator import RunFacts, RunTranslator, TranslationError, TranslationRules, translate_runless
from phlo_hooks_dagster.translator.dlt import dlt_load
from phlo_hooks_dagster.translator.errors import STACK_LIMIT, error_info, is_interrupt
from phlo_hooks_dagster.translator.metadata import CUT, column_deps_of, columns_of, number, plain, seconds
from phlo_hooks_dagster.translator.state import RunState, dump, load


def failure(name: str, message: str, cause: SerializableErrorInfo | None = None) -> SerializableErrorInfo:
    """Return an error as Dagster keeps it."""
    return SerializableErrorInfo(message=message, stack=["  File x\n"], cls_name=name, cause=cause)


def test_wrappers_are_taken_off() -> None:
    """The error is what the user's code raised; its innermost cause is named beside it."""
    inner = failure("KeyError", "KeyError: 'x'\n")
    own = failure("ValueError", "ValueError: bad, password=hunter2secret\n", inner)

    info = error_info(failure("DagsterExecutionStepExecutionError", "while executing op", own))

    assert info is not None
    assert (info.type, info.message, info.cause) == ("ValueError", "bad, password=[redacted]", "'x'")


def test_no_error_is_none() -> None:
    """Where nothing was recorded there is nothing to tell."""
    assert error_info(None) is None
    assert not is_interrupt(None)


def test_an_error_without_words() -> None:
    """An error that says nothing is told by its class, or in plain words where the class says little."""
    crash = error_info(failure("ChildProcessCrashException", "dagster._core.executor.ChildProcessCrashException"))
    nameless = error_info(SerializableErrorInfo(message=" ", stack=[], cls_name=None))

    assert crash is not None
    assert "ended without a word" in crash.message
    assert nameless is not None
    assert (nameless.type, nameless.message, nameless.stack) == ("Error", "no message", None)


def test_long_stacks_keep_their_end() -> None:
    """The end of a stack is where the error is; the whole fits 8 KiB."""
    stack = ["frame ä\n"] * 5000 + ["the last frame\n"]

    info = error_info(SerializableErrorInfo(message="m" * 9000, stack=stack, cls_name="E"))

    assert info is not None
    assert info.stack is not None
    assert len(info.stack.encode()) <= STACK_LIMIT
    assert info.stack.endswith("the last frame\n")
    assert info.message.endswith("(cut)")


def test_an_interrupt_is_seen_through_its_wrapper() -> None:
    """An interrupt counts, whatever wraps it."""
    assert is_interrupt(failure("X", "x", failure("DagsterExecutionInterruptedError", "")))
    assert not is_interrupt(failure("ValueError", "x"))


def test_metadata_becomes_plain_values() -> None:
    """Each kind of Dagster metadata has a plain form; what the events have fields for is left out."""
    metadata = {
        "text": MetadataValue.text("hello"),
        "number": MetadataValue.int(3),
        "real": MetadataValue.float(0.5),
        "yes": MetadataValue.bool(True),
        "nothing": MetadataValue.null(),
        "json": MetadataValue.json({"a": [1, None], "token": "hunter2secret"}),
        "asset": MetadataValue.asset(AssetKey(["a", "b"])),
        "path": MetadataValue.path("/tmp/x"),
        "table": MetadataValue.table([dg.TableRecord({"n": 1})], dg.TableSchema([dg.TableColumn("n", "int")])),
        "schema": MetadataValue.table_schema(dg.TableSchema([dg.TableColumn("n", "int")])),
        "dagster/row_count": MetadataValue.int(9),
        "salary": MetadataValue.int(100),
    }

    found = plain(metadata, redact_names=("salary",))

    assert found == {
        "text": "hello",
        "number": 3,
        "real": 0.5,
        "yes": True,
        "nothing": None,
        "json": {"a": [1, None], "token": "[redacted]"},
        "asset": "a/b",
        "path": "/tmp/x",
        "table": {"records": [{"n": 1}], "count": 1},
        "salary": "[redacted]",
    }


def test_metadata_is_bounded() -> None:
    """Long values are cut and marked, and all of them together stay within 32 KiB or so."""
    metadata = {f"m{number}": MetadataValue.text("x" * 5000) for number in range(20)}
    metadata["big"] = MetadataValue.json({"rows": ["y" * 100] * 100})  # type: ignore[assignment]

    found = plain(metadata)

    assert found["m0"].endswith(CUT)
    assert found["big"] == CUT
    assert len(msgspec.json.encode(found)) < 40_000
    assert isinstance(plain({"big": metadata["big"]})["big"], str)


def test_values_that_are_missing_or_strange() -> None:
    """A value of another type than expected is as good as none."""
    metadata = {"n": MetadataValue.text("many"), "t": MetadataValue.text(""), "b": MetadataValue.bool(True)}

    assert (number(metadata, "n"), number(metadata, "b"), seconds(metadata, "n"), seconds(metadata, "x")) == (None,) * 4
    assert text(metadata, "t") is None
    assert columns_of(metadata) == ()
    assert column_deps_of(metadata) == {}


def test_strange_jobs_of_dlt() -> None:
    """Jobs that are no list, or name no table, are left out; a failed job keeps its redacted message."""
    none = dlt_load({"jobs": MetadataValue.json({"not": "a list"})})
    some = dlt_load(
        {
            "jobs": MetadataValue.json(
                [
                    "text",
                    {"state": "x"},
                    {
                        "table_name": "t",
                        "state": "failed_jobs",
                        "failed_message": "cannot reach postgres://u:hunter2secret@h/d",
                        "file_path": "C:\\load\\normalized\\1700000000.5\\new_jobs\\t.x",
                    },
                ]
            ),
            "started_at": MetadataValue.text("not a time"),
        }
    )

    assert (none.jobs, none.rows, none.bytes) == ((), 0, None)
    (job,) = some.jobs
    assert (job.state, job.bytes, some.rows, some.seconds, some.load_id) == (
        "failed_jobs",
        None,
        None,
        None,
        "1700000000.5",
    )
    assert "hunter2" not in (job.error or "")


def test_the_state_survives_as_bytes() -> None:
    """The state is JSON, the same bytes for the same state."""
    state = RunState(started=1.5, done={"a", "b"}, planned={"s": {"k": [""]}})

    assert load(dump(state)) == state
    assert dump(load(dump(state))) == dump(state)
    assert load(b"") == RunState()


@pytest.mark.parametrize("body", [b"[]", b"{}", b"nonsense", b'[2,"x"]', b"[1]"])
def test_bytes_that_are_no_state(body: bytes) -> None:
    """Another version or garbage is refused with the way out: read the run again."""
    with pytest.raises(SourceError, match="read"):
        RunTranslator(RunFacts(run_id="r", job_name="j", status=""), None, TranslationRules(), state=body)


@pytest.fixture(scope="module")
def runless(tmp_path_factory: pytest.TempPathFactory) -> list[EventLogRecord]:
    """Return what was reported from outside of Dagster."""
    home = Path(tmp_path_factory.mktemp("runless"))
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        instance.report_runless_asset_event(
            dg.AssetMaterialization("ext", metadata={"dagster/row_count": 7, "dagster/table_name": "wh.x.ext"})
        )
        instance.report_runless_asset_event(dg.AssetObservation("ext", metadata={"seen": True}))
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(AssetKey("ext"), "fresh", passed=False, metadata={})
        )
        return list(instance.get_records_for_run("", limit=100).records)


def test_runless_records(runless: list[EventLogRecord]) -> None:
    """Reports from outside are events of the instance; the location that declares the asset says what it is."""
    stub = LocationSnapshot(code_location="a", repository="r", assets={"ext": AssetSnapshot(key="ext", stub=True)})
    owner = LocationSnapshot(
        code_location="b",
        repository="r",
        assets={"ext": AssetSnapshot(key="ext", external=True, tags={"phlo/stage": "ingestion"}, kinds=("duckdb",))},
    )

    events = [
        event for record in runless for event in translate_runless(record, [stub, owner], TranslationRules(), "inst")
    ]

    assert [event.event_type for event in events] == ["ingestion.end", "asset.observed", "quality.result"]
    assert events[0].rows == 7  # type: ignore[attr-defined]
    assert {event.correlation.code_location for event in events} == {"b"}
    assert {event.correlation.run_id for event in events} == {None}
    assert len({event.event_id for event in events}) == 3


def test_runless_ids_are_the_instances(runless: list[EventLogRecord]) -> None:
    """The same record number on two instances is two events, on one instance one."""
    here, again, there = (
        translate_runless(runless[0], [], TranslationRules(), name)[0].event_id for name in ("a", "a", "b")
    )

    assert here == again != there


def test_runless_records_of_no_interest(runless: list[EventLogRecord]) -> None:
    """A record that is no report gives nothing; a bad one is refused."""
    entry = runless[0].event_log_entry
    event = entry.dagster_event
    assert event is not None
    other = entry._replace(dagster_event=event._replace(event_type_value="STEP_START", event_specific_data=None))
    bad = entry._replace(dagster_event=event._replace(event_specific_data=None))

    assert translate_runless(EventLogRecord(storage_id=1, event_log_entry=other), [], TranslationRules(), "i") == []
    with pytest.raises(TranslationError, match=r"record 1 \(ASSET_MATERIALIZATION\) of run \(none\)"):
        translate_runless(EventLogRecord(storage_id=1, event_log_entry=bad), [], TranslationRules(), "i")


def test_a_wish_for_no_ui() -> None:
    """Without the UI's address events have no links."""
    reader = RunTranslator(RunFacts(run_id="r", job_name="j", status="STARTED"), None, TranslationRules())

    (lost,) = reader.lost(datetime(2026, 1, 1, tzinfo=UTC))

    assert lost.url is None  # type: ignore[attr-defined]
