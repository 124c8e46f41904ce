"""Whether Dagster still does what it does not document: each test is about one function of ``compat``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterEventType, DagsterInstance

from phlo_hooks.exceptions import SourceError
from phlo_hooks.settings import Settings
from phlo_hooks_dagster import compat
from phlo_hooks_dagster.source import open_source
from phlo_hooks_dagster.translator import MARKED
from tests.dagster.harness import emit


@dg.asset
def first() -> int:
    return 1


@dg.asset(deps=[first])
def second() -> int:
    return 2


@pytest.fixture(params=["sqlite", "memory"])
def any_instance(request: pytest.FixtureRequest, home: Path) -> Iterator[DagsterInstance]:
    """Return an instance of each kind that needs no server."""
    opened = DagsterInstance.from_config(str(home)) if request.param == "sqlite" else DagsterInstance.ephemeral()
    with opened as instance:
        yield instance


@pytest.fixture
def run_id(any_instance: DagsterInstance) -> str:
    """Return a run with two steps."""
    return dg.materialize([first, second], instance=any_instance).run_id


def test_records_follow_an_id(any_instance: DagsterInstance, run_id: str) -> None:
    """Records are read in pages after an id, oldest first, of the types asked for."""
    types = {DagsterEventType.STEP_START, DagsterEventType.STEP_SUCCESS}
    whole = compat.read_records(any_instance, run_id, after=0, limit=100, wanted=compat.Wanted(types=frozenset(types)))
    page = compat.read_records(
        any_instance, run_id, after=whole[0].storage_id, limit=2, wanted=compat.Wanted(types=frozenset(types))
    )

    assert [record.event_log_entry.step_key for record in whole] == ["first", "first", "second", "second"]
    assert [record.storage_id for record in page] == [record.storage_id for record in whole[1:3]]


def test_ids_are_read_without_decoding(any_instance: DagsterInstance, run_id: str) -> None:
    """Ids and types alone are the same as those of the records."""
    types = {DagsterEventType.STEP_START}
    records = compat.read_records(
        any_instance, run_id, after=0, limit=100, wanted=compat.Wanted(types=frozenset(types))
    )

    rows = compat.row_ids(any_instance, run_id, after=0, wanted=compat.Wanted(types=frozenset(types)))

    assert rows == [(record.storage_id, "STEP_START") for record in records]


def test_of_a_marked_type_only_rows_with_the_mark_are_read(any_instance: DagsterInstance, run_id: str) -> None:
    """Engine events that are no riders are neither decoded nor counted; riders stand where they were written."""
    run = any_instance.get_run_by_id(run_id)
    assert run is not None
    any_instance.report_engine_event("no rider", dagster_run=run)
    emit(any_instance, run, "first", {"event_type": "shop.counted"})
    any_instance.report_engine_event("none either", dagster_run=run)
    marked = compat.Wanted(types=frozenset({DagsterEventType.RUN_SUCCESS, *MARKED}), marked=MARKED)

    records = compat.read_records(any_instance, run_id, after=0, limit=10, wanted=marked)

    assert [record.event_type for record in records] == [DagsterEventType.RUN_SUCCESS, DagsterEventType.ENGINE_EVENT]
    assert records[1].event_log_entry.message == "rider"
    rows = compat.row_ids(any_instance, run_id, after=0, wanted=marked)
    assert [number for number, _ in rows] == [record.storage_id for record in records]


def test_what_our_own_reading_decodes_is_what_dagster_decodes(any_instance: DagsterInstance, run_id: str) -> None:
    """Rows that we select ourselves give the records that Dagster's own method gives."""
    types = frozenset({DagsterEventType.STEP_START, DagsterEventType.ASSET_MATERIALIZATION, *MARKED})

    ours = compat.read_records(any_instance, run_id, after=0, limit=3, wanted=compat.Wanted(types=types, marked=MARKED))

    theirs = any_instance.get_records_for_run(run_id, of_type=set(types) - set(MARKED), limit=3).records
    assert list(ours) == list(theirs)


def test_the_newest_record_is_the_last_written(any_instance: DagsterInstance, run_id: str) -> None:
    """The newest record is the run's end here."""
    newest = compat.newest_record(any_instance, run_id)

    assert newest is not None
    assert newest.event_type is DagsterEventType.RUN_SUCCESS


def test_the_plan_says_what_waits_for_what(any_instance: DagsterInstance, run_id: str) -> None:
    """The stored execution plan gives each step's upstream steps."""
    run = any_instance.get_run_by_id(run_id)

    assert run is not None
    assert compat.step_upstreams(any_instance, run) == {"first": (), "second": ("first",)}
    assert compat.code_location_of(run) == (None, None)
    assert {key.to_user_string() for key in compat.assets_of(any_instance, run)} == {"first", "second"}


def test_run_less_records_have_the_empty_run_id(any_instance: DagsterInstance) -> None:
    """A report on an external asset is found under the run-less id."""
    any_instance.report_runless_asset_event(dg.AssetMaterialization("external"))

    assert compat.has_log(any_instance, compat.RUNLESS_RUN_ID)
    (record,) = compat.read_records(any_instance, compat.RUNLESS_RUN_ID, after=0, limit=10)
    assert record.run_id == compat.RUNLESS_RUN_ID


def test_looking_for_a_log_creates_none(instance: DagsterInstance) -> None:
    """Asking whether a run has a log leaves no file behind, as opening it would."""
    assert not compat.has_log(instance, "no-such-run")
    assert not Path(instance.event_log_storage.path_for_shard("no-such-run")).exists()  # type: ignore[attr-defined]


def test_a_change_token_changes_with_the_log(instance: DagsterInstance) -> None:
    """The token of a SQLite shard differs when the log has grown, and not when it was only read."""
    run_id = dg.materialize([first], instance=instance).run_id
    before = compat.change_token(instance, run_id)
    compat.read_records(instance, run_id, after=0, limit=10)
    read = compat.change_token(instance, run_id)
    instance.report_engine_event("more", run_id=run_id, job_name="job")

    assert before == read
    assert compat.change_token(instance, run_id) != before


def test_an_instance_is_opened_by_its_reference(instance: DagsterInstance) -> None:
    """Another process finds the same instance by the reference's text; one in memory has none."""
    reference = compat.instance_ref_text(instance)

    assert reference is not None
    with compat.open_instance(reference) as again, DagsterInstance.ephemeral() as memory:
        assert compat.instance_id(again) == compat.instance_id(instance)
        assert compat.instance_ref_text(memory) is None


def test_sqlite_and_memory_commit_in_order(any_instance: DagsterInstance) -> None:
    """Both need no overlap."""
    assert compat.rows_commit_in_order(any_instance)


def test_storage_that_dagster_has_not_made_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes that make an instance's SQLite files at once spoil them, so we never are one of the two."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.delenv(compat.INSTANCE_VARIABLE, raising=False)

    before = compat.storage_to_come()
    with pytest.raises(SourceError, match="has not made its storage yet"):
        open_source(Settings())
    made = list(tmp_path.iterdir())
    with DagsterInstance.get() as instance:
        instance.get_run_records(limit=1)
        compat.instance_id(instance)
    after = compat.storage_to_come()

    assert before == tmp_path / "history" / "runs.db"
    assert made == []
    assert after is None


def test_a_run_request_is_changed_in_part() -> None:
    """A run request keeps what is not changed, and the first stays as it was."""
    first = dg.RunRequest(job_name="load", tags={"a": "1"}, partition_key="mon")

    changed = compat.replaced_request(first, run_key="key", tags={"b": "2"})

    assert (changed.run_key, changed.job_name, changed.partition_key) == ("key", "load", "mon")
    assert (changed.tags, first.tags, first.run_key) == ({"b": "2"}, {"a": "1"}, None)
