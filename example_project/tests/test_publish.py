"""What publishing tells, and what keeps it from happening."""

from collections.abc import Iterator

import dagster as dg
import duckdb
import pytest
from nyc_flights.defs.publish import marts_as_parquet
from nyc_flights.defs.report import report
from nyc_flights.hooks import mark_unfinished
from nyc_flights.paths import MARTS as FOLDER
from nyc_flights.paths import REPORT, WAREHOUSE
from nyc_flights.warehouse import MARTS

from phlo_hooks import GenericEvent, PublishEvent
from phlo_hooks_dagster import HooksResource
from phlo_hooks_dagster.testing import RecordedEvents, materialize_events


@pytest.fixture(autouse=True)
def _warehouse() -> Iterator[None]:
    """Make marts of one row each; remove what was published."""
    with duckdb.connect(str(WAREHOUSE)) as connection:
        connection.execute("drop schema if exists marts cascade")
        connection.execute("create schema marts")
        for mart in MARTS:
            connection.execute(
                f"create table marts.{mart} as "
                "select 'Late Air' as airline, 9 as flights, 1 as cancelled, 0.5 as share_over_30_minutes"
            )
    yield
    for file in FOLDER.glob("*"):
        file.unlink()


def publish(*, passed: bool) -> RecordedEvents:
    """Publish after a mart whose test passes or warns."""

    @dg.multi_asset(
        specs=[dg.AssetSpec(["marts", mart]) for mart in MARTS],
        check_specs=[dg.AssetCheckSpec("plausible", asset=["marts", "fleet_age"])],
    )
    def marts() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        for mart in MARTS:
            yield dg.MaterializeResult(asset_key=["marts", mart], metadata={"dagster/row_count": 1})
        yield dg.AssetCheckResult(passed=passed, severity=dg.AssetCheckSeverity.WARN)

    return materialize_events(
        [marts, marts_as_parquet],
        resources={"hooks": HooksResource()},
        hooks=[mark_unfinished],
        raise_on_error=False,
    )


def test_publishing_says_what_went_where() -> None:
    """One event has rows and files, one of our own says who was late, and no mark is left."""
    told = publish(passed=True)

    assert told.one(PublishEvent, status="success").rows == len(MARTS)
    assert told.one(GenericEvent).data["least_punctual"] == "Late Air"
    assert {file.name for file in FOLDER.iterdir()} == {f"{mart}.parquet" for mart in MARTS}


def test_a_warning_stops_it() -> None:
    """Nothing is written, and the event says which check was to blame."""
    told = publish(passed=False)

    assert "plausible" in str(told.one(PublishEvent, status="failure").error)
    told.none(GenericEvent)
    assert list(FOLDER.glob("*")) == []


def test_what_is_published_becomes_a_report() -> None:
    """The job that the sensor starts reads the published files."""
    publish(passed=True)

    report.execute_in_process()

    assert "| Late Air | 9 | 50.0% |" in REPORT.read_text()
