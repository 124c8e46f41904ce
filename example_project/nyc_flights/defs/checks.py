"""
What must be true of the raw tables before models are built on them.

All of these run in one step: each opens the warehouse, which only one process can.
"""

from collections.abc import Iterator

import dagster as dg
import duckdb

from nyc_flights.flight_records import flights_of
from nyc_flights.warehouse import OPENS_WAREHOUSE, RAW, read_warehouse

FLIGHTS = dg.AssetKey([RAW, "flights"])
WEATHER = dg.AssetKey([RAW, "weather"])
FASTEST_GUST_MPH = 254
"""The strongest wind ever measured at the surface (Barrow Island, 1996)."""
KNOWN_AIRCRAFT = 0.8
"""American and Envoy report fleet numbers in place of tail numbers, about one flight in seven."""


@dg.multi_asset_check(
    name="raw_checks",
    op_tags=OPENS_WAREHOUSE,
    can_subset=True,
    specs=[
        dg.AssetCheckSpec("complete_months", asset=FLIGHTS, blocking=True, description="No month lost a flight."),
        dg.AssetCheckSpec("fresh_to_month_end", asset=FLIGHTS, description="Each month reaches its last day."),
        dg.AssetCheckSpec("known_aircraft", asset=FLIGHTS, description="Most tail numbers are in the registry."),
        dg.AssetCheckSpec("plausible_wind", asset=WEATHER, description="No reading beats the world record."),
    ],
)
def raw_checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Judge what dlt loaded."""
    judges = (complete_months, fresh_to_month_end, known_aircraft, plausible_wind)
    selected = {key.name for key in context.selected_asset_check_keys}
    with read_warehouse() as warehouse:
        for judge in judges:
            if judge.__name__ in selected:
                yield judge(warehouse)


def complete_months(warehouse: duckdb.DuckDBPyConnection) -> dg.AssetCheckResult:
    """Compare the rows of each loaded month with the file they came from."""
    query = "select format('{}-{:02}', year, month), count(*) from raw.flights group by all"
    loaded = dict(warehouse.execute(query).fetchall())
    wrong = {month: rows for month, rows in loaded.items() if rows != flights_of(month).num_rows}
    return dg.AssetCheckResult(
        asset_key=FLIGHTS,
        check_name="complete_months",
        passed=bool(loaded) and not wrong,
        metadata={"months": len(loaded), "rows": sum(loaded.values()), "wrong_months": sorted(wrong)},
    )


def fresh_to_month_end(warehouse: duckdb.DuckDBPyConnection) -> dg.AssetCheckResult:
    """Look for months whose newest flight is older than their last day."""
    late = warehouse.execute(
        """
        select max(make_date(year, month, day)) as newest
        from raw.flights
        group by year, month
        having newest < last_day(newest)
        """
    ).fetchall()
    return dg.AssetCheckResult(
        asset_key=FLIGHTS,
        check_name="fresh_to_month_end",
        passed=not late,
        metadata={"months_that_end_early": [str(newest) for (newest,) in late]},
    )


def known_aircraft(warehouse: duckdb.DuckDBPyConnection) -> dg.AssetCheckResult:
    """Measure how many flights name an aircraft of the registry."""
    row = warehouse.execute(
        """
        select count(*) filter (where tailnum not in (select tailnum from raw.planes)), count(tailnum)
        from raw.flights
        """
    ).fetchone()
    unknown, flights = row or (0, 0)
    return dg.AssetCheckResult(
        asset_key=FLIGHTS,
        check_name="known_aircraft",
        passed=flights > 0 and 1 - unknown / flights >= KNOWN_AIRCRAFT,
        metadata={"flights_of_unknown_aircraft": unknown, "flights": flights},
    )


def plausible_wind(warehouse: duckdb.DuckDBPyConnection) -> dg.AssetCheckResult:
    """
    Look for winds that never blew.

    Newark reported 1048 mph on 12 February 2013, so this warns; the staging model leaves such readings out.
    """
    readings = warehouse.execute(
        "select origin, time_hour, wind_speed from raw.weather where wind_speed > ? order by all", [FASTEST_GUST_MPH]
    ).fetchall()
    return dg.AssetCheckResult(
        asset_key=WEATHER,
        check_name="plausible_wind",
        passed=not readings,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"readings": [f"{origin} {hour:%Y-%m-%d %H:%M}: {speed:.0f} mph" for origin, hour, speed in readings]},
    )
