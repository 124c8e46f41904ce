"""What dlt's trace says of real loads, as a rider."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import dlt
import pytest
from dlt.common.destination.exceptions import DestinationTerminalException, DestinationTransientException
from dlt.pipeline.exceptions import PipelineStepFailed

from phlo_hooks_dagster.compat_dlt import Traces
from phlo_hooks_dagster.decorators.dlt_trace import Declared, fitting, loads, rider_of
from phlo_hooks_dagster.riders import LIMIT, DltRider, DltTable, size_of
from tests.in_step_tools import shop
from tests.translator import warehouse


@contextlib.contextmanager
def traced() -> Iterator[Traces]:
    traces = Traces().open()
    try:
        yield traces
    finally:
        traces.close()


def riders(traces: Traces, source: Any = None, *, pipeline: str = "shop_pipeline") -> list[DltRider]:
    resources = dict(source.selected_resources) if source is not None else {}
    declared = {
        name: Declared(asset_key=f"raw/{name}", resource=resource, pipeline=pipeline)
        for name, resource in resources.items()
    }
    return [rider_of(load, declared) for load in loads(traces.take())]


def test_phases_load_ids_and_child_tables(tmp_path: Path) -> None:
    """Seconds of each phase, dlt's load id, and rows of parent and child tables with where they belong."""
    source = warehouse.shop_source()
    with traced() as traces:
        info = shop.pipeline(tmp_path).run(source)

    (rider,) = riders(traces, source)

    assert rider.pipeline == "shop_pipeline"
    assert rider.load_ids == tuple(info.loads_ids)
    assert min(rider.timing.extract or 0, rider.timing.normalize or 0, rider.timing.load or 0) > 0
    assert [(each.name, each.rows, each.parent, each.resource) for each in rider.tables] == [
        ("orders", 3, None, "orders"),
        ("orders__lines", 3, "orders", "orders"),
    ]
    assert rider.resources == {"orders": "raw/orders", "refunds": "raw/refunds"}
    assert (rider.retries, rider.failed_step, rider.cut) == (0, None, ())


def test_phases_called_one_by_one_are_one_load(tmp_path: Path) -> None:
    """``extract``, ``normalize`` and ``load`` by themselves say the same as ``run``; a second run is another load."""
    source, pipeline = warehouse.shop_source(), shop.pipeline(tmp_path)
    with traced() as traces:
        pipeline.extract(source)
        pipeline.normalize()
        pipeline.load()
        pipeline.run(warehouse.shop_source())

    one_by_one, run = riders(traces, source)

    assert one_by_one.tables == run.tables
    assert len(one_by_one.load_ids) == 1
    assert one_by_one.load_ids != run.load_ids
    assert None not in (one_by_one.timing.extract, one_by_one.timing.normalize, one_by_one.timing.load)


def test_a_failed_extraction_tells_how_far_it_came(tmp_path: Path) -> None:
    """The phase that raised, its seconds and the location that was being read; no rows of tables never filled."""
    source = _failing_source()
    with traced() as traces, pytest.raises(PipelineStepFailed):
        shop.pipeline(tmp_path).run(source)

    (rider,) = riders(traces, source)

    assert rider.failed_step == "extract"
    assert rider.timing.extract is not None
    assert rider.timing.load is None
    assert rider.sources == {"orders": ("https://api.example/v1/orders",)}
    assert rider.resources == {"orders": "raw/orders"}
    assert all(table.rows is None for table in rider.tables)


def test_a_failed_load_tells_rows_only_of_what_arrived(tmp_path: Path) -> None:
    """The table whose job was refused has no rows; the other has its own, and a job's retries are counted."""
    asked: list[str] = []

    def sink(items: Any, table: Any) -> None:
        asked.append(table["name"])
        if table["name"] == "customers" and asked.count("customers") == 1:
            raise DestinationTransientException("in a moment")
        if table["name"] == "orders" and asked.count("customers") > 1:
            raise DestinationTerminalException("never, password=hunter2secret")
        if table["name"] == "orders":
            raise DestinationTransientException("not before the customers")

    source = _two_tables()
    pipeline = dlt.pipeline(
        pipeline_name="sinking",
        destination=dlt.destination(sink, name="sink")(),
        pipelines_dir=str(tmp_path / "dlt"),
    )
    with traced() as traces, pytest.raises(PipelineStepFailed):
        pipeline.run(source)

    (rider,) = riders(traces, source)

    assert rider.failed_step == "load"
    assert {table.name: table.rows for table in rider.tables} == {"customers": 1, "orders": None}
    assert (rider.retries or 0) >= 2
    assert "hunter2secret" not in repr(rider)


def test_a_load_of_very_many_tables_fits() -> None:
    """A rider stays within its limit: parents are kept before children, and what was left out is named."""
    children = [DltTable(name=f"wide__{n:05}", rows=1, parent="wide", resource="wide") for n in range(1000)]
    rider = DltRider(
        pipeline="shop_pipeline",
        tables=(DltTable(name="wide", rows=1, resource="wide"), *children),
        sources={f"resource_{n}": (f"https://api.example/v1/{n}" * 10,) for n in range(10)},
    )

    fits = fitting(rider)

    assert size_of(fits) <= LIMIT
    assert fits.cut == ("tables",)
    assert fits.tables == rider.tables[: len(fits.tables)]
    assert fits.sources == rider.sources


def test_locations_of_rest_sql_and_files(tmp_path: Path, api: str) -> None:
    """Addresses of an API, a database and files come without credentials, at the resource that loads them."""
    with traced() as traces:
        pipeline = shop.pipeline(tmp_path)
        for source in (_rest(api), _database(tmp_path), _files(tmp_path)):
            pipeline.run(source)

    rest, sql, files = riders(traces)

    assert rest.sources == {"orders": (f"{api}/v1/orders",)}
    assert sql.sources == {"customers": (f"sqlite://{tmp_path}/crm.db#customers",)}
    assert files.sources["lines"] == (f"file://{tmp_path}/in/*.txt",)
    assert all("hunter2secret" not in repr(each) for each in (rest, sql, files))


def test_addresses_in_arguments_are_taken_where_dlt_noted_none(tmp_path: Path) -> None:
    """A resource of one's own that is called with an address or a path tells it, without user and query."""

    @dlt.resource
    def mine(url: str, path: Path, note: str) -> Iterator[Any]:
        yield {"id": 1}

    source = _source_of(
        mine("https://me:hunter2secret@api.example/v2?token=hunter2secret", tmp_path / "x.csv", "hello")
    )
    with traced() as traces:
        shop.pipeline(tmp_path).run(source)

    (rider,) = riders(traces, source)

    assert rider.sources == {"mine": ("https://api.example/v2", str(tmp_path / "x.csv"))}


@dlt.source(name="shop")
def _source_of(resource: Any) -> Any:
    return resource


@dlt.source(name="shop")
def _failing_source() -> Any:
    @dlt.resource
    def orders() -> Iterator[Any]:
        location: Any = {"kind": "api", "location": "https://me:hunter2secret@api.example/v1/orders"}
        dlt.current.resource().add_input(location)
        yield {"id": 1}
        raise ValueError("the api went away")

    return orders


@dlt.source(name="shop")
def _two_tables() -> Any:
    return (
        dlt.resource([{"id": 1}], name="customers"),
        dlt.resource([{"id": 1}, {"id": 2}], name="orders"),
    )


class _Orders(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'[{"id": 1}]')

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def api() -> Iterator[str]:
    """Return the address of an API."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Orders)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _rest(api: str) -> Any:
    from dlt.sources.rest_api import rest_api_source

    with_user = api.replace("://", "://me:hunter2secret@")
    client: Any = {"base_url": f"{with_user}/v1", "paginator": "single_page"}
    return rest_api_source({"client": client, "resources": ["orders"]})


def _database(root: Path) -> Any:
    from dlt.sources.sql_database import sql_database

    with contextlib.closing(sqlite3.connect(root / "crm.db")) as connection:
        connection.execute("create table customers (id integer primary key, name text)")
        connection.execute("insert into customers values (1, 'ada')")
        connection.commit()
    return sql_database(f"sqlite:///{root}/crm.db", table_names=["customers"])


def _files(root: Path) -> Any:
    from dlt.sources.filesystem import filesystem

    (root / "in").mkdir()
    (root / "in" / "a.txt").write_text("one\ntwo\n")

    @dlt.transformer
    def lines(files: Any) -> Iterator[Any]:
        for file in files:
            with file.open() as opened:
                yield from ({"line": line.decode()} for line in opened)

    return _source_of(filesystem(bucket_url=str(root / "in"), file_glob="*.txt") | lines)
