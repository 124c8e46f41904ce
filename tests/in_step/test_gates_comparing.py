"""The gates that compare an upstream with what it was: age, rows, columns, metrics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from phlo_hooks_dagster import BreakingMetricChange, BreakingSchemaChange, Freshness, RowCountDrop
from tests.in_step.gated import DAYS, ask, run, source, target

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def rows(count: int) -> dict[str, Any]:
    return {"dagster/row_count": count}


def columns(**types: str) -> dict[str, Any]:
    schema = dg.TableSchema(columns=[dg.TableColumn(name, kind) for name, kind in types.items()])
    return {"dagster/column_schema": schema}


def metrics(**definitions: Any) -> dict[str, Any]:
    return {"phlo/metrics": definitions}


def updated(moment: datetime) -> dict[str, Any]:
    return {"dagster/last_updated_timestamp": dg.MetadataValue.timestamp(moment)}


class TestFreshness:
    @pytest.mark.parametrize("max_age", ["6h", 21600, timedelta(hours=6)])
    def test_data_that_is_too_old_closes_the_gate(self, instance: dg.DagsterInstance, max_age: Any) -> None:
        """The moment that the metadata names counts, not that of the materialization; both ages are told."""
        up = source(updated(NOW - timedelta(hours=7, minutes=5)))
        run(instance, up)

        assert (
            ask(Freshness(max_age=max_age), instance, up, target(), now=NOW) == "up is 7 h 5 min old, 6 h are allowed"
        )

    def test_without_a_moment_the_materialization_counts(self, instance: dg.DagsterInstance) -> None:
        """An upstream that names no moment is as old as its newest materialization."""
        up = source()
        run(instance, up)

        assert ask(Freshness(max_age="1h"), instance, up, target()) is None
        later = datetime.now(UTC) + timedelta(hours=2)
        assert "up is 2 h" in (ask(Freshness(max_age="1h"), instance, up, target(), now=later) or "")

    def test_an_observation_tells_the_age_of_a_source(self, instance: dg.DagsterInstance) -> None:
        """A source that nobody materializes is as old as its newest observation with a moment says."""
        observed = dg.AssetObservation(asset_key="up", metadata=updated(NOW - timedelta(hours=1)))
        instance.report_runless_asset_event(observed)

        assert ask(Freshness(max_age="2h"), instance, target(), now=NOW) is None
        assert ask(Freshness(max_age="30m"), instance, target(), now=NOW) == "up is 1 h old, 30 min are allowed"

    def test_an_observation_of_another_partition_tells_nothing(self, instance: dg.DagsterInstance) -> None:
        """Of a partition its own observations tell the age, and those of the whole asset."""
        down, fresh = target(partitions=DAYS), updated(NOW - timedelta(minutes=1))
        for partition, metadata in (("mon", updated(NOW - timedelta(hours=9))), ("tue", fresh)):
            told = dg.AssetObservation(asset_key="up", partition=partition, metadata=metadata)
            instance.report_runless_asset_event(told)
        up = dg.AssetSpec("up", partitions_def=DAYS)
        asked = [ask(Freshness(max_age="1h"), instance, up, down, partition=each, now=NOW) for each in ("mon", "tue")]

        instance.report_runless_asset_event(dg.AssetObservation(asset_key="up", metadata=fresh))

        assert asked == ["up is 9 h old, 1 h are allowed", None]
        assert ask(Freshness(max_age="1h"), instance, up, down, partition="mon", now=NOW) is None

    def test_what_was_never_made_is_not_fresh(self, instance: dg.DagsterInstance) -> None:
        """An upstream, or its one partition, without a materialization closes the gate."""
        up, down = source(partitions=DAYS), target(partitions=DAYS)
        run(instance, up, partition_key="mon")

        assert ask(Freshness(max_age="1d"), instance, up, down, partition="mon") is None
        assert ask(Freshness(max_age="1d"), instance, up, down, partition="tue") == "up [tue] was never materialized"


class TestRowCountDrop:
    def test_a_loss_since_the_last_publish_closes_the_gate(self, instance: dg.DagsterInstance) -> None:
        """Rows are compared with what the asset was last made from, however often the upstream was made since."""
        down = target()
        run(instance, source(rows(1000)), down)
        for count in (880, 770):
            run(instance, source(rows(count)))

        reason = ask(RowCountDrop(max_drop=0.2), instance, source(), down)

        assert reason == "up went from 1,000 to 770 rows, 23.0% less; 20% are allowed"

    def test_a_small_loss_and_a_gain_are_allowed(self, instance: dg.DagsterInstance) -> None:
        """Up to the share given may go."""
        down = target()
        run(instance, source(rows(1000)), down)

        for count in (800, 5000):
            run(instance, source(rows(count)))
            assert ask(RowCountDrop(max_drop=0.2), instance, source(), down) is None

    def test_an_asset_that_was_never_made_compares_with_the_materialization_before(
        self, instance: dg.DagsterInstance
    ) -> None:
        """Before the first publish the upstream's previous materialization is the measure; before that, nothing is."""
        run(instance, source(rows(1000)))
        assert ask(RowCountDrop(), instance, source(), target()) is None

        run(instance, source(rows(10)))
        assert "from 1,000 to 10 rows" in (ask(RowCountDrop(), instance, source(), target()) or "")

    def test_publishing_the_same_data_again_is_no_loss(self, instance: dg.DagsterInstance) -> None:
        """What was published once may be published again, whatever lay before it."""
        down = target()
        run(instance, source(rows(1000)), down)
        run(instance, source(rows(10)), down)

        assert ask(RowCountDrop(), instance, source(), down) is None

    def test_partitions_are_compared_each_with_itself(self, instance: dg.DagsterInstance) -> None:
        """A partition with fewer rows than another lost nothing."""
        up, down = source({"dagster/partition_row_count": 100}, partitions=DAYS), target(partitions=DAYS)
        run(instance, up, down, partition_key="mon")
        fewer = source({"dagster/partition_row_count": 10}, partitions=DAYS)
        run(instance, fewer, partition_key="tue")
        assert ask(RowCountDrop(), instance, fewer, down, partition="tue") is None

        run(instance, fewer, partition_key="mon")
        assert "up [mon] went from 100 to 10 rows" in (
            ask(RowCountDrop(), instance, fewer, down, partition="mon") or ""
        )

    def test_an_upstream_that_tells_no_rows_closes_the_gate_unless_it_may(self, instance: dg.DagsterInstance) -> None:
        """What cannot be asked stays closed, and the reason names the two ways out."""
        up, down = source(), target()
        run(instance, up)

        reason = ask(RowCountDrop(), instance, up, down)

        assert reason == "up does not tell its rows; attach dagster/row_count, or set on_missing='pass'"
        assert ask(RowCountDrop(on_missing="pass"), instance, up, down) is None

    @pytest.mark.parametrize("drop", [1, -0.1, "a lot", True])
    def test_a_share_is_a_share(self, drop: Any) -> None:
        """What is no share is refused when the gate is written."""
        with pytest.raises(ValueError, match="a share from 0 to below 1"):
            RowCountDrop(max_drop=drop)


class TestBreakingSchemaChange:
    def test_removed_and_retyped_columns_close_the_gate(self, instance: dg.DagsterInstance) -> None:
        """Each column that broke is named with what happened to it."""
        down = target()
        run(instance, source(columns(id="bigint", name="varchar(10)", at="date")), down)
        run(instance, source(columns(id="int", name="varchar(20)", extra="text")))

        reason = ask(BreakingSchemaChange(), instance, source(), down)

        assert reason == "column id of up was bigint, is int; column at of up was removed"

    def test_columns_that_may_change_are_left_out(self, instance: dg.DagsterInstance) -> None:
        """``allow`` names columns, alone or with their asset, as globs."""
        down = target()
        run(instance, source(columns(id="bigint", at="date")), down)
        run(instance, source(columns(id="int")))

        assert ask(BreakingSchemaChange(allow=["up.a*", "id"]), instance, source(), down) is None

    def test_columns_belong_to_the_table_and_not_to_a_partition(self, instance: dg.DagsterInstance) -> None:
        """A new partition is compared with what the asset was last made from, whichever partition that was."""
        before, after = (
            source(columns(**each), partitions=DAYS) for each in ({"id": "int", "at": "date"}, {"id": "int"})
        )
        down = target(partitions=DAYS)
        run(instance, before, down, partition_key="mon")
        run(instance, after, partition_key="tue")

        reason = ask(BreakingSchemaChange(), instance, after, down, partition="tue")

        assert reason == "column at of up was removed"


class TestBreakingMetricChange:
    def test_what_a_metric_means_may_not_change(self, instance: dg.DagsterInstance) -> None:
        """A removed metric, another expression and a lost dimension are named; labels and additions are not."""
        down = target()
        old = {"type": "simple", "expression": "sum(amount)", "dimensions": ["day", "region"], "label": "Revenue"}
        run(instance, source(metrics(revenue=old, orders="count(*)")), down)
        new = {"type": "simple", "expression": "sum(net)", "dimensions": ["day", "shop"], "label": "Net revenue"}
        run(instance, source(metrics(revenue=new, margin="sum(margin)")))

        reason = ask(BreakingMetricChange(), instance, source(), down)

        assert reason == (
            "metric orders of up was removed; "
            "metric revenue of up lost dimensions region, has another expression: 'sum(amount)' became 'sum(net)'"
        )

    def test_spaces_and_labels_change_nothing(self, instance: dg.DagsterInstance) -> None:
        """A metric that is only written or described otherwise means the same."""
        down = target()
        run(instance, source(metrics(orders={"expr": "count( * )", "label": "Orders"})), down)
        run(instance, source(metrics(orders={"expr": "count(  * )", "description": "All orders.", "filter": None})))

        assert ask(BreakingMetricChange(), instance, source(), down) is None

    def test_metrics_that_are_told_no_more_are_removed(self, instance: dg.DagsterInstance) -> None:
        """An upstream that used to tell metrics and tells none now has removed them."""
        down = target()
        run(instance, source(metrics(orders="count(*)")), down)
        run(instance, source())

        assert ask(BreakingMetricChange(), instance, source(), down) == "metric orders of up was removed"
        assert ask(BreakingMetricChange(allow=["ord*"]), instance, source(), down) is None

    def test_an_upstream_that_never_told_metrics(self, instance: dg.DagsterInstance) -> None:
        """What cannot be asked stays closed, unless it may pass."""
        up, down = source(), target()
        run(instance, up)

        assert ask(BreakingMetricChange(), instance, up, down) == (
            "up tells no metrics; attach phlo/metrics, or set on_missing='pass'"
        )
        assert ask(BreakingMetricChange(on_missing="pass"), instance, up, down) is None


@pytest.mark.parametrize("gate", [RowCountDrop, BreakingSchemaChange, BreakingMetricChange])
def test_an_upstream_that_was_never_made_closes_what_compares(instance: dg.DagsterInstance, gate: Any) -> None:
    """There is nothing to publish from."""
    assert ask(gate(), instance, source(), target()) == "up was never materialized"


@pytest.mark.parametrize(
    ("made", "match"),
    [
        (lambda: RowCountDrop(on_missing="maybe"), "RowCountDrop.on_missing='maybe'.: it is 'pass' or 'stop'"),  # type: ignore[arg-type]
        (lambda: BreakingSchemaChange(allow="id"), r"write allow=\['id'\]"),
        (lambda: BreakingMetricChange(allow="revenue"), r"write allow=\['revenue'\]"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused(made: Any, match: str) -> None:
    """A mistake shows where the gate is written, not in the middle of a run."""
    with pytest.raises((ValueError, TypeError), match=match):
        made()
