"""Users' events, as riders carry them through Dagster's log; and steps that a hook stopped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from dagster import DagsterEvent, DagsterEventType, EventLogRecord
from dagster._core.events import EngineEventData

from phlo_hooks.codec import encode_event
from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import GenericEvent, HookEvent, IngestionEvent
from phlo_hooks_dagster.riders import RIDER
from phlo_hooks_dagster.snapshot import AssetSnapshot, LocationSnapshot
from phlo_hooks_dagster.translator import RunTranslator, TranslationError, TranslationRules, translate_runless
from tests.translator.reading import of, one, translate, translator
from tests.translator.recording import Recording, load
from tests.translator.riding import EMITTED, HOSTILE, ODD, SPAN, before, emitted, metadata_of, with_rider


def rider_records(run: Recording) -> list[EventLogRecord]:
    """Return the run's riders."""
    return [
        record
        for record in run.records
        if before(DagsterEventType.ENGINE_EVENT)(record)
        and RIDER in record.event_log_entry.dagster_event.event_specific_data.metadata  # type: ignore[union-attr]
    ]


def emitting(run: Recording, **fields: Any) -> HookEvent:
    """Return the event that the run's steps emit before they start their work, when it has these fields."""
    ridden = with_rider(run, emitted(**fields), at=before(DagsterEventType.STEP_SUCCESS, "load_shop"))
    (event,) = [each for each in translate(ridden) if each.event_id == EMITTED]
    return event


def test_an_event_is_recorded_at_its_rider(runs: dict[str, Recording]) -> None:
    """Run, step, attempt and time are the record's; asset, data and id are the event's own."""
    run = runs["emitting"]

    first, again, second = of(translate(run), "shop.counted")

    assert isinstance(first, GenericEvent)
    assert (first.data, second.data) == ({"number": 1, "asset_key": "emitting"}, {"number": 2, "asset_key": "emitting"})
    assert [each.correlation.attempt for each in (first, again, second)] == [1, 1, 2]
    assert {each.correlation.asset_key for each in (first, again, second)} == {"emitting"}
    assert {each.correlation.run_id for each in (first, again, second)} == {run.facts.run_id}
    assert {each.correlation.step_key for each in (first, again, second)} == {"emitting"}
    times = [record.timestamp for record in rider_records(run)]
    told = [each.timestamp.timestamp() for each in (first, again, second)]
    assert told == pytest.approx(times[:3], abs=2e-6)


def test_an_id_given_at_emit_is_the_events(runs: dict[str, Recording]) -> None:
    """An id of version 4 is kept, and what is emitted twice under it is one event; without one the record names it."""
    first, again, second = of(translate(runs["emitting"]), "shop.counted")

    assert again.event_id == EMITTED
    assert UUID(first.event_id).version == UUID(second.event_id).version == 5
    assert first.event_id != second.event_id


class Shelf:
    """What was recorded before."""

    def __init__(self, *events: HookEvent) -> None:
        self._events = {event.event_id: event for event in events}

    def columns(self, dataset: DatasetRef) -> None:
        """Know no columns."""

    def event(self, event_id: str) -> HookEvent | None:
        """Return an event."""
        return self._events.get(event_id)


def test_an_id_of_another_run_is_not_taken() -> None:
    """What one run recorded under an id no other run replaces; its own event it finds again under it."""
    run = with_rider(load("dlt"), emitted(), emitted(), at=before(DagsterEventType.STEP_SUCCESS))
    own = one(translate(run), "shop.counted")
    foreign = replace(own, correlation=replace(own.correlation, run_id="another"))

    def ids(shelf: Shelf) -> list[str]:
        reader = RunTranslator(run.facts, run.snapshot, TranslationRules(), recorded=shelf)
        return [each.event_id for record in run.records for each in of(reader.feed(record), "shop.counted")]

    assert ids(Shelf(own)) == [EMITTED]
    (other,) = ids(Shelf(foreign))
    assert UUID(other).version == 5


def test_an_emitted_event_has_the_tags_of_its_place(runs: dict[str, Recording]) -> None:
    """Filters by tag work on it as on all others: tags of the run and of the asset, and its own."""
    again = of(translate(runs["emitting"]), "shop.counted")[1]

    assert again.tags == {"owner": "ada", "domain": "sales", "phlo/stage": "ingestion", "team": "shop"}
    assert again.correlation.span_id == SPAN


def test_a_body_is_not_believed(runs: dict[str, Recording]) -> None:
    """A claim to be of another run, step, attempt or time is passed over."""
    run = runs["forged"]

    event = one(translate(run), "shop.counted")

    where = event.correlation
    assert (where.run_id, where.step_key, where.attempt) == (run.facts.run_id, "forged", 1)
    assert (where.job_name, where.trace_id, where.code_location) == (run.facts.job_name, None, "shop_location")
    assert (where.asset_key, where.partition_key, event.source) == ("right", "p", "shop")
    assert event.key == f"{run.facts.run_id}|forged|1|right|p||shop.counted"
    assert event.timestamp.year > 2020


def test_a_known_type_is_that_class() -> None:
    """An event of one of the classes is checked and typed as such; its key is that of its own fields."""
    event = emitting(load("dlt"), event_type="ingestion.end", asset_key="raw/other", partition_key="p", rows=3)

    assert isinstance(event, IngestionEvent)
    assert (event.rows, event.correlation.asset_key, event.correlation.partition_key) == (3, "raw/other", "p")


def test_secrets_are_taken_out_again() -> None:
    """A rider that somebody wrote past our redaction brings no secret into an event."""
    event = emitting(load("dlt"), url="postgres://me:hunter2secret@host/db", password="hunter2secret")

    assert b"hunter2secret" not in encode_event(event)


def test_what_was_cut_is_marked() -> None:
    """Of an event that did not fit into its rider the fields that were cut are named in a tag."""
    body = {**emitted(text="abc"), "cut": ["text", "rows"]}

    run = with_rider(load("dlt"), body, at=before(DagsterEventType.STEP_SUCCESS))

    assert one(translate(run), "shop.counted").tags["phlo/cut"] == "text, rows"


@pytest.mark.parametrize("name", ["killed", "canceled"])
def test_the_event_of_a_step_that_dies_is_recorded(name: str) -> None:
    """Whatever becomes of the step, what it emitted before is an event of it."""
    run = load(name)
    step = "killed" if name == "killed" else "slow"
    ridden = with_rider(run, emitted(), at=before(DagsterEventType.STEP_FAILURE, step))

    event = one(translate(ridden), "shop.counted")

    assert (event.correlation.step_key, event.correlation.attempt) == (step, 1)


def test_the_event_of_a_step_that_is_lost_is_recorded() -> None:
    """A run of which nothing more is heard has told what it emitted."""
    run = with_rider(load("killed"), emitted(), at=before(DagsterEventType.STEP_FAILURE, "killed"))
    at = next(place for place, record in enumerate(run.records) if record in rider_records(run))

    events = translate(replace(run, records=run.records[: at + 1]), finish=False)

    assert one(events, "shop.counted").event_id == EMITTED


@pytest.mark.parametrize("wrong", HOSTILE)
def test_a_hostile_body_is_refused(wrong: str) -> None:
    """What cannot be an event is refused as untranslatable, in words, and changes nothing else."""
    run = load("dlt")
    ridden = with_rider(run, HOSTILE[wrong], at=before(DagsterEventType.STEP_SUCCESS))
    (rider,) = rider_records(ridden)
    reader = translator(ridden)

    with pytest.raises(
        TranslationError, match=rf"record {rider.storage_id} \(ENGINE_EVENT\).* makes no event: \w+: .+"
    ):
        [reader.feed(record) for record in ridden.records]

    assert len(translate(ridden)) == len(translate(run))


def test_the_refusal_of_dagsters_own_types_says_the_way_out() -> None:
    """Who emits what Dagster's log says reads why that cannot be, and what to do."""
    run = with_rider(load("dlt"), HOSTILE["a run's end"], at=before(DagsterEventType.STEP_SUCCESS))
    reader = translator(run)

    with pytest.raises(TranslationError, match=r"'run.end' cannot be emitted.*give the event a type of your own"):
        [reader.feed(record) for record in run.records]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_body_is_passed_over(odd: str) -> None:
    """A rider of a newer version, or of what the run does not make, changes nothing."""
    run = load("dlt")
    ridden = with_rider(run, ODD[odd], at=before(DagsterEventType.STEP_SUCCESS))

    events = translate(ridden)

    assert [event.event_type for event in events] == [event.event_type for event in translate(run)]
    assert {each.load_id for each in of(events, "ingestion.end")} == {
        each.load_id for each in of(translate(run), "ingestion.end")
    }


def test_a_good_rider_survives_hostile_ones(runs: dict[str, Recording]) -> None:
    """Whatever else a step writes, its good event is recorded, and the step's own events too."""
    events = translate(runs["hostile"])

    assert one(events, "shop.counted").event_id == EMITTED
    assert one(events, "ingestion.end").status == "success"
    assert len(rider_records(runs["hostile"])) == len(HOSTILE) + len(ODD) + 1


def test_an_event_of_no_run() -> None:
    """What is emitted outside of a run is an event of no run, with the tags that the asset's location gives it."""
    asset = AssetSnapshot(key="raw/orders", tags={"domain": "sales"})
    snapshot = LocationSnapshot(code_location="shop", repository="r", assets={"raw/orders": asset})
    record = _runless(emitted(correlation={"run_id": "another"}, asset_key="raw/orders"))

    (event,) = translate_runless(record, [snapshot], TranslationRules(), "instance")

    assert (event.event_id, event.correlation.run_id, event.correlation.step_key) == (EMITTED, None, None)
    assert (event.correlation.asset_key, event.correlation.code_location) == ("raw/orders", "shop")
    assert event.tags == {"domain": "sales"}


@pytest.mark.parametrize("wrong", [name for name in HOSTILE if not name.startswith("part")])
def test_a_hostile_body_of_no_run_is_refused(wrong: str) -> None:
    """What cannot be an event is refused outside of a run too."""
    record = _runless(HOSTILE[wrong])

    with pytest.raises(TranslationError, match=r"record 7 \(ENGINE_EVENT\) of run \(none\) makes no event"):
        translate_runless(record, [], TranslationRules(), "instance")


@pytest.mark.parametrize("kind", ["dlt", "dbt"])
def test_what_only_a_step_knows_is_nothing_outside_of_one(kind: str) -> None:
    """A rider of a load or of dbt's results that belongs to no run tells nothing."""
    assert translate_runless(_runless({"v": 1, "kind": kind}), [], TranslationRules(), "instance") == []


def test_a_step_that_a_hook_stopped_says_so(runs: dict[str, Recording]) -> None:
    """The ends of asset, step and run say what the hook said, without a stack."""
    events = translate(runs["stopped"])

    end = one(events, "publish.end")
    assert (end.status, end.reason) == ("failure", "stopped_by_hook")
    assert (end.error.type, end.error.stack, end.error.cause) == ("Failure", None, None)
    assert end.error.message == "gate 'checks_passed' is closed: password=[redacted]"
    step = one(events, "step.end")
    assert (step.status, step.reason, step.error) == ("failure", "stopped_by_hook", end.error)
    assert one(events, "run.end").error == end.error


def test_any_other_failure_has_its_stack(runs: dict[str, Recording]) -> None:
    """Only a hook's own failure is told without where it came from."""
    end = one(translate(runs["plain"]), "transform.end", asset_key="bad")

    assert (end.reason, end.error.stack is None) == ("step_failed", False)


def _runless(body: object) -> EventLogRecord:
    entry = load("dlt").records[0].event_log_entry
    event = DagsterEvent(
        event_type_value=DagsterEventType.ENGINE_EVENT.value,
        job_name="",
        event_specific_data=EngineEventData(metadata_of(body)),
        message="rider",
    )
    return EventLogRecord(storage_id=7, event_log_entry=entry._replace(dagster_event=event, run_id=""))
