"""
The marts leave the warehouse: as Parquet files always, into PostgreSQL when one is configured.

Nothing leaves it while a check of a mart failed, or only warned: wrong numbers on a dashboard are taken back by nobody.
"""

import os
from collections.abc import Iterator

import dagster as dg
import duckdb
import psycopg
from psycopg import sql

from nyc_flights.paths import MARTS as FOLDER
from nyc_flights.warehouse import MARTS, OPENS_WAREHOUSE, read_warehouse
from phlo_hooks import GenericEvent
from phlo_hooks_dagster import ChecksPassed, HooksResource, publish_asset

POSTGRES_URL = "NYC_FLIGHTS_POSTGRES_URL"
SCHEMA = "nyc_flights"
SOURCES = [dg.AssetKey(["marts", mart]) for mart in MARTS]
GATES = [ChecksPassed(warnings=True)]


@publish_asset(
    key=["published", "parquet"],
    deps=SOURCES,
    group_name="publish",
    kinds={"parquet"},
    metadata={"dagster/uri": FOLDER.as_uri()},
    op_tags=OPENS_WAREHOUSE,
    gates=GATES,
    check_specs=[dg.AssetCheckSpec("no_row_lost", asset=["published", "parquet"])],
)
def marts_as_parquet(hooks: HooksResource) -> Iterator[dg.MaterializeResult[None]]:
    """Write each mart to a Parquet file and read it back; tell the world how punctual the airlines were."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with read_warehouse() as warehouse:
        rows = {mart: _rows(warehouse, f"marts.{mart}") for mart in MARTS}
        for mart in MARTS:
            warehouse.table(f"marts.{mart}").write_parquet(str(FOLDER / f"{mart}.parquet"), compression="zstd")
        written = {mart: _rows(warehouse, f"'{FOLDER / mart}.parquet'") for mart in MARTS}
        hooks.emit(GenericEvent(event_type="punctuality.reported", data=_punctuality(warehouse)))
    yield dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(rows.values()),
            "phlo/target_system": "parquet",
            "phlo/tables": {f"{mart}.parquet": f"warehouse.marts.{mart}" for mart in MARTS},
        },
        check_results=[dg.AssetCheckResult(passed=rows == written, metadata={"rows": rows})],
    )


@publish_asset(
    key=["published", "postgres"],
    deps=SOURCES,
    group_name="publish",
    kinds={"postgres"},
    op_tags=OPENS_WAREHOUSE,
    gates=GATES,
    output_required=False,
)
def marts_in_postgres(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
    """Copy each mart into schema ``nyc_flights``, all in one transaction; nothing happens without a URL."""
    url = os.environ.get(POSTGRES_URL)
    if not url:
        context.log.info("%s is not set: the marts stay out of PostgreSQL.", POSTGRES_URL)
        return
    with read_warehouse() as warehouse, psycopg.connect(url) as postgres:
        postgres.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(SCHEMA)))
        rows = {mart: _copy(warehouse, postgres, mart) for mart in MARTS}
        database = postgres.info.dbname
        dataset = f"postgres://{postgres.info.host}:{postgres.info.port}/{database}.{SCHEMA}"
    yield dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(rows.values()),
            "phlo/dataset": dataset,
            "phlo/target_system": "postgres",
            "phlo/tables": {f"{database}.{SCHEMA}.{mart}": f"warehouse.marts.{mart}" for mart in MARTS},
        }
    )


def _punctuality(warehouse: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """Return what people ask first."""
    columns = ("flights", "cancelled", "least_punctual", "share_over_30_minutes")
    row = warehouse.execute(
        """
        select
            sum(flights)::bigint,
            sum(cancelled)::bigint,
            arg_max(airline, share_over_30_minutes),
            max(share_over_30_minutes)
        from marts.delay_by_carrier
        """
    ).fetchone()
    return dict(zip(columns, row or (), strict=False))


def _rows(warehouse: duckdb.DuckDBPyConnection, relation: str) -> int:
    return len(warehouse.sql(f"from {relation}"))  # the relation's name is ours


def _copy(warehouse: duckdb.DuckDBPyConnection, postgres: psycopg.Connection, mart: str) -> int:
    """Replace one mart's table in PostgreSQL; return its rows."""
    source = warehouse.table(f"marts.{mart}")
    target = sql.Identifier(SCHEMA, mart)
    types = {"VARCHAR": "text", "DOUBLE": "double precision", "HUGEINT": "numeric"}
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(types.get(str(kind), str(kind))))
        for name, kind in zip(source.columns, source.types, strict=True)
    )
    postgres.execute(sql.SQL("drop table if exists {}").format(target))
    postgres.execute(sql.SQL("create table {} ({})").format(target, columns))
    rows = source.fetchall()
    with postgres.cursor().copy(sql.SQL("copy {} from stdin").format(target)) as copy:
        for row in rows:
            copy.write_row(row)
    return len(rows)
