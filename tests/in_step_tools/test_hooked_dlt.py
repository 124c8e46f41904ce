"""What ``@hooked_dlt_assets`` leaves and tells of real loads under Dagster."""

from typing import Any

import dagster as dg
import dlt
import pytest
from dagster_dlt import DagsterDltResource
from dlt.pipeline.exceptions import PipelineStepFailed

from phlo_hooks_dagster import Gate, hooked_dlt_assets
from phlo_hooks_dagster.gates import GateView
from tests.in_step_tools import shop
from tests.translator import warehouse
from tests.translator.reading import of, one, translate


def test_the_rider_stands_before_what_was_loaded(loads: shop.Pair) -> None:
    """The load's rider is in the log before the first materialization, so that no end has to wait for it."""
    types = [
        "rider" if event.event_type_value == "ENGINE_EVENT" and event.step_key else event.event_type_value
        for event in filter(None, map(shop.event_of, loads.hooked.records))
    ]

    assert types.count("rider") == 1
    assert types.index("STEP_START") < types.index("rider") < types.index("ASSET_MATERIALIZATION")


def test_the_rider_knows_the_assets(loads: shop.Pair) -> None:
    """The resources of dlt are named with their assets, child tables with their rows."""
    (rider,) = loads.hooked.loads()

    assert rider.resources == {"orders": "raw/orders", "customers": "raw/customers"}
    assert {table.name: table.rows for table in rider.tables} == {"customers": 1, "orders": 3, "orders__lines": 3}
    assert rider.retries == 0


def test_both_halves_tell_the_load(loads: shop.Pair) -> None:
    """Starts and ends of each asset, in the step and from the log, with equal keys."""
    inside = sorted(event.key for event in loads.hooked.told)
    outside = translate(loads.hooked.recording)

    kinds = {"ingestion.start", "ingestion.end"}
    assert {event.event_type for event in loads.hooked.told} == kinds
    assert inside == sorted(event.key for event in outside if event.event_type in kinds)
    assert one(loads.hooked.told, "ingestion.end", asset_key="raw/orders").rows == 3
    end = one(outside, "ingestion.end", asset_key="raw/orders")
    assert (end.rows, end.retries, end.failed_phase) == (3, 0, None)
    assert [(child.dataset.name, child.rows) for child in end.child_tables] == [("wh.shop_raw.orders__lines", 3)]
    assert None not in (end.extract_seconds, end.normalize_seconds, end.load_seconds, end.load_id)


def test_a_failed_load_leaves_how_far_it_came(tmp_path: Any) -> None:
    """The phase that raised and what was read until then are told with the failure, in both halves."""
    ran = shop.run(tmp_path, _failing(tmp_path))

    (rider,) = ran.loads()
    assert not ran.success
    assert (rider.failed_step, rider.pipeline) == ("extract", "shop_pipeline")
    assert rider.sources == {"orders": ("https://api.example/v1/orders",)}
    told = translate(ran.recording)
    for events in (list(ran.told), told):
        assert one(events, "ingestion.end", asset_key="raw/orders").status == "failure"
        assert "hunter2secret" not in repr(events)
    end = one(told, "ingestion.end", asset_key="raw/orders")
    assert (end.failed_phase, end.sources) == ("extract", ("https://api.example/v1/orders",))
    assert end.extract_seconds is not None


def test_several_runs_and_pipelines_in_one_step(tmp_path: Any) -> None:
    """Each run that the function makes leaves its rider, that of another pipeline and of one run twice too."""
    other = shop.pipeline(tmp_path, "other_pipeline")

    @hooked_dlt_assets(
        dlt_source=shop.shop_source(),
        dlt_pipeline=shop.pipeline(tmp_path),
        name="load_shop",
        dagster_dlt_translator=warehouse.Keys(),
    )
    def load_shop(context: dg.AssetExecutionContext, loader: DagsterDltResource) -> Any:
        shop.pipeline(tmp_path, "by_hand").run([{"id": 1}], table_name="looked_up")
        # dagster-dlt takes the names out of the columns of a source's schema: it can read each source once a process.
        first = list(loader.run(context=context, dlt_pipeline=other, dlt_source=shop.shop_source()))
        yield from loader.run(context=context)
        assert first

    ran = shop.run(tmp_path, load_shop)

    assert ran.success
    assert [rider.pipeline for rider in ran.loads()] == ["by_hand", "other_pipeline", "shop_pipeline"]
    assert [rider.resources.get("orders") for rider in ran.loads()] == [None, "raw/orders", "raw/orders"]


def test_a_subset_names_its_own_resources_only(tmp_path: Any) -> None:
    """When one of several assets is selected, the others' resources are not in the rider."""
    definition = shop.loading(tmp_path, shop.HOOKED["dlt"])

    ran = shop.run(tmp_path, definition, selection=["raw/customers"])

    (rider,) = ran.loads()
    assert rider.resources == {"customers": "raw/customers"}
    assert [table.name for table in rider.tables] == ["customers"]


def test_retries_leave_a_rider_each(tmp_path: Any) -> None:
    """An attempt that failed and the one that went well have their own riders."""
    attempts: list[int] = []

    def failing_once() -> Any:
        attempts.append(1)
        yield {"id": 1}
        if len(attempts) == 1:
            raise ValueError("the api went away")

    @dlt.source(name="shop")
    def source() -> Any:
        return dlt.resource(failing_once, name="orders")

    @hooked_dlt_assets(
        dlt_source=source(),
        dlt_pipeline=shop.pipeline(tmp_path),
        name="load_shop",
        dagster_dlt_translator=warehouse.Keys(),
    )
    def load_shop(context: dg.AssetExecutionContext, loader: DagsterDltResource) -> Any:
        try:
            yield from loader.run(context=context)
        except PipelineStepFailed as error:
            raise dg.RetryRequested(max_retries=1) from error

    ran = shop.run(tmp_path, load_shop)

    assert ran.success
    assert [rider.failed_step for rider in ran.loads()] == ["extract", None]
    ends = of(ran.told, "ingestion.end")
    assert sorted({(event.correlation.attempt, event.status) for event in ends}) == [(1, "retry"), (2, "success")]


def test_a_function_without_stream_or_context(tmp_path: Any) -> None:
    """A function that runs the pipeline itself and returns its results leaves the rider before Dagster has them."""
    pipeline = shop.pipeline(tmp_path)

    @hooked_dlt_assets(dlt_source=shop.shop_source(), dlt_pipeline=pipeline, dagster_dlt_translator=warehouse.Keys())
    def load_shop() -> tuple[dg.MaterializeResult[None], ...]:
        pipeline.run(shop.shop_source())
        return tuple(dg.MaterializeResult(asset_key=["raw", name]) for name in ("orders", "customers"))

    ran = shop.run(tmp_path, load_shop)

    (rider,) = ran.loads()
    assert ran.success
    assert rider.resources == {"customers": "raw/customers", "orders": "raw/orders"}


def test_a_rider_that_cannot_be_written_stops_nothing(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the log refuses the rider the step goes on, and its materializations are recorded as ever."""
    monkeypatch.setattr("phlo_hooks_dagster.decorators.integration.report_rider", _refuse)

    ran = shop.run(tmp_path, shop.loading(tmp_path, shop.HOOKED["dlt"]))

    assert ran.success
    assert ran.loads() == []
    assert len(ran.of(dg.DagsterEventType.ASSET_MATERIALIZATION)) == 2


def test_a_closed_gate_stops_the_load(tmp_path: Any) -> None:
    """``gates=`` is asked before the function is called: nothing is loaded and no rider is left."""
    ran = shop.run(tmp_path, shop.loading(tmp_path, shop.HOOKED["dlt"], gates=[_Never()]))

    assert not ran.success
    assert ran.loads() == []
    assert not (tmp_path / "wh.duckdb").exists()


def test_an_explicit_stage_stays(tmp_path: Any) -> None:
    """A tag ``phlo/stage`` of the translator is not written over."""

    class Staged(warehouse.Keys):
        def get_asset_spec(self, data: Any) -> dg.AssetSpec:
            return super().get_asset_spec(data).merge_attributes(tags={"phlo/stage": "publish"})

    @hooked_dlt_assets(
        dlt_source=shop.shop_source(), dlt_pipeline=shop.pipeline(tmp_path), dagster_dlt_translator=Staged()
    )
    def load_shop(context: dg.AssetExecutionContext, loader: DagsterDltResource) -> Any:
        yield from loader.run(context=context)

    assert {spec.tags["phlo/stage"] for spec in load_shop.specs} == {"publish"}


@pytest.mark.parametrize("thing", ["a name", None])
def test_what_is_no_function_is_refused(tmp_path: Any, thing: Any) -> None:
    """The error names the decorator and says what it wants."""
    decorate = hooked_dlt_assets(dlt_source=shop.shop_source(), dlt_pipeline=shop.pipeline(tmp_path))

    with pytest.raises(TypeError, match="@hooked_dlt_assets decorates a function"):
        decorate(thing)


def test_it_stands_in_the_place_of_dlt_assets(tmp_path: Any) -> None:
    """Above dagster-dlt's own decorator it is refused."""
    with pytest.raises(TypeError, match="@hooked_dlt_assets stands in the place of Dagster's own decorator"):
        hooked_dlt_assets(dlt_source=shop.shop_source(), dlt_pipeline=shop.pipeline(tmp_path))(
            shop.loading(tmp_path, shop.PLAIN["dlt"])
        )


def _refuse(*_: Any, **__: Any) -> None:
    raise RuntimeError("the log is full")


class _Never(Gate):
    """Is closed."""

    def reason_to_stop(self, view: GateView) -> str:
        return "closed for the test"


@dlt.source(name="shop")
def _away() -> Any:
    @dlt.resource
    def orders() -> Any:
        location: Any = {"kind": "api", "location": "https://me:hunter2secret@api.example/v1/orders"}
        dlt.current.resource().add_input(location)
        yield {"id": 1}
        raise ValueError("the api went away, password=hunter2secret")

    return orders


def _failing(root: Any) -> dg.AssetsDefinition:
    @hooked_dlt_assets(
        dlt_source=_away(), dlt_pipeline=shop.pipeline(root), name="load_shop", dagster_dlt_translator=warehouse.Keys()
    )
    def load_shop(context: dg.AssetExecutionContext, loader: DagsterDltResource) -> Any:
        yield from loader.run(context=context)

    return load_shop
