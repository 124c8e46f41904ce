"""Column lineage of the example against a truth that no analysis of SQL has a part in: change data, rebuild, look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from phlo_hooks.events import LineageEvent
from tests.example.conftest import Finished

# The first test that asks for the demo runs it.
pytestmark = pytest.mark.timeout(900)

Column = tuple[str, str]
"""``schema.table`` and a column of it."""

SAMPLES = {
    "flights": "order by flight, time_hour limit 150",
    "weather": "where time_hour in (select time_hour from warehouse.raw.flights)",
    "airports": "where faa in (select dest from warehouse.raw.flights) or faa like 'A%'",
    "planes": "order by tailnum limit 60",
    "airline_fleets__planes": "order by tailnum limit 200",
    "airline_fleets__planes__bases": "where _dlt_parent_id in (select _dlt_id from raw.airline_fleets__planes)",
}
"""What is kept of tables that are large; a table is copied after those that its condition names."""


@dataclass
class Warehouse:
    """
    A copy of the example's raw tables, small enough to rebuild all models hundreds of times.

    In each table all rows have the same numbers, and text is compared without its case. So the numbers of a column can
    be changed, and the case of its text, and every join, group and filter keeps its rows: what moves then is a value.
    """

    connection: duckdb.DuckDBPyConnection
    models: dict[str, str]
    columns: dict[Column, str] = field(default_factory=dict)
    typical: dict[Column, object] = field(default_factory=dict)

    @classmethod
    def copied(cls, run: Finished) -> Warehouse:
        """Take the tables that dlt loaded and the SQL that dbt compiled."""
        connection = duckdb.connect(config={"threads": 1})
        connection.execute(f"attach '{run.folder / 'warehouse.duckdb'}' as original (read_only)")
        connection.execute("attach ':memory:' as warehouse")
        connection.execute("use warehouse")
        for schema in ("raw", "staging", "marts"):
            connection.execute(f"create schema warehouse.{schema}")
        made = cls(connection=connection, models=_compiled(run.folder))
        names = connection.execute(
            "select distinct table_name from duckdb_columns() where database_name = 'original' and schema_name = 'raw' "
            "and not table_name like '\\_dlt%' escape '\\' order by 1"
        ).fetchall()
        for (name,) in sorted(names, key=lambda each: (each[0] != "flights", each)):
            made._copy(name)
        connection.execute("detach original")
        for name, sql in made._in_order():
            connection.execute(f"create view warehouse.{name} as {sql}")
        return made

    def state(self) -> dict[Column, Counter[object]]:
        """Build every model and return the values of each column, without regard to their order."""
        found: dict[Column, Counter[object]] = {}
        for name in self.models:
            result = self.connection.execute(f"select * from warehouse.{name}")  # noqa: S608  # our own names
            rows = result.fetchall()
            for place, (column, *_) in enumerate(result.description or ()):
                found[name, column] = Counter(row[place] for row in rows)
        return found

    @contextmanager
    def changed(self, *changes: tuple[Column, str]) -> Iterator[None]:
        """Set columns to expressions for the time of the block."""
        self.connection.execute("begin")
        try:
            for (table, column), expression in changes:
                self.connection.execute(f'update warehouse.{table} set "{column}" = {expression}')  # noqa: S608  # our own names
            yield
        finally:
            self.connection.execute("rollback")

    def _copy(self, name: str) -> None:
        table = f"raw.{name}"
        described = self.connection.execute(
            "select column_name, data_type from duckdb_columns() where database_name = 'original' "
            "and schema_name = 'raw' and table_name = ? order by column_index",
            [name],
        ).fetchall()
        types = {column: kind + (" collate nocase" if kind == "VARCHAR" else "") for column, kind in described}
        listed = ", ".join(f'"{column}" {kind}' for column, kind in types.items())
        self.connection.execute(f"create table warehouse.{table} ({listed})")
        rows = f"select * from original.raw.{name} {SAMPLES.get(name, '')}"  # noqa: S608  # our own names
        self.connection.execute(f"insert into warehouse.{table} {rows}")
        for column, kind in types.items():
            self.columns[table, column] = kind
            if is_number(kind):
                mode = self.connection.execute(f'select mode("{column}") from warehouse.{table}').fetchone()  # noqa: S608  # our own names
                self.typical[table, column] = mode[0] if mode else None
                self.connection.execute(f'update warehouse.{table} set "{column}" = ?', [self.typical[table, column]])  # noqa: S608  # our own names

    def _in_order(self) -> list[tuple[str, str]]:
        return sorted(self.models.items(), key=lambda each: (each[0].startswith("marts."), each[0]))


def is_number(kind: str) -> bool:
    """Return whether values of the type are numbers."""
    return kind in {"BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "HUGEINT"} or kind.startswith("DECIMAL")


def _compiled(folder: Path) -> dict[str, str]:
    """Return the SQL that dbt compiled in the demo's run, by ``schema.table``."""
    (target,) = (folder / "dbt_target").glob("dbt_models-*")
    found = sorted((target / "compiled").rglob("models/*/*.sql"))
    return {f"{path.parent.name}.{path.stem}": path.read_text() for path in found if path.is_file()}


def moved(warehouse: Warehouse, before: dict[Column, Counter[object]], *changes: tuple[Column, str]) -> set[Column]:
    """Return the columns of models that are others after a change; none when DuckDB refuses the values."""
    try:
        with warehouse.changed(*changes):
            after = warehouse.state()
    except duckdb.Error:
        return set()
    return {column for column, values in after.items() if values != before[column]}


def found_out(warehouse: Warehouse) -> set[tuple[Column, Column]]:
    """Return which raw column's values reach which column of which model, by experiment."""
    before = warehouse.state()
    truth: set[tuple[Column, Column]] = set()
    times = [column for column, kind in warehouse.columns.items() if kind.startswith(("TIMESTAMP", "DATE"))]
    together = moved(warehouse, before, *((column, f'"{column[1]}" + interval 1 day') for column in times))
    for column, kind in warehouse.columns.items():
        name = f'"{column[1]}"'
        if column in times:
            alone = moved(warehouse, before, (column, f"{name} + interval 1 day"))
            truth |= {(column, each) for each in alone & together}
        elif is_number(kind):
            for value in _values(warehouse.typical[column]):
                truth |= {(column, each) for each in moved(warehouse, before, (column, value))}
        else:
            for expression in (f"lower({name})", f"upper({name})"):
                truth |= {(column, each) for each in moved(warehouse, before, (column, expression))}
    return truth


def _values(typical: object) -> Iterable[str]:
    if isinstance(typical, bool) or not isinstance(typical, (int, float)):
        return ("null", "1", "0", "40")
    return ("null", f"{typical} + 1", "0", "40", "300")


def recorded(run: Finished, *, kinds: set[str]) -> set[tuple[Column, Column]]:
    """Return the recorded edges between single columns of these kinds."""
    return {
        ((_short(edge.upstream.name), column.upstream_column), (_short(edge.downstream.name), column.downstream_column))
        for event in run.events
        if isinstance(event, LineageEvent)
        for edge in event.edges
        for column in edge.columns
        if column.kind in kinds and column.downstream_column is not None
    }


def _short(name: str) -> str:
    return name.removeprefix("warehouse.")


def reachable(edges: set[tuple[Column, Column]]) -> set[tuple[Column, Column]]:
    """Return which raw column reaches which model's column along the edges."""
    onward: dict[Column, set[Column]] = {}
    for upstream, downstream in edges:
        onward.setdefault(upstream, set()).add(downstream)
    found = set()
    for start in [column for column in onward if column[0].startswith("raw.")]:
        queue = [start]
        while queue:
            for each in onward.get(queue.pop(), ()):
                if (start, each) not in found:
                    found.add((start, each))
                    queue.append(each)
    return found


@pytest.fixture(scope="module")
def truth(first: Finished) -> set[tuple[Column, Column]]:
    """Experiment once."""
    warehouse = Warehouse.copied(first)
    try:
        return found_out(warehouse)
    finally:
        warehouse.connection.close()


def test_the_experiment_sees_something(truth: set[tuple[Column, Column]]) -> None:
    """The experiment is not blind: known flows through joins, aggregates and conditions are in it."""
    assert {
        (("raw.flights", "carrier"), ("marts.delay_by_carrier", "carrier")),
        (("raw.airlines", "name"), ("marts.fleet_age", "airline")),
        (("raw.weather", "visib"), ("marts.weather_effect", "conditions")),
        (("raw.flights", "dep_time"), ("marts.delay_by_hour", "share_cancelled")),
        (("raw.flights", "dep_time"), ("marts.delay_by_carrier", "cancelled")),
    } <= truth
    assert (("raw.airlines", "carrier"), ("marts.delay_by_carrier", "carrier")) not in truth


def test_direct_edges_are_the_truth(first: Finished, truth: set[tuple[Column, Column]]) -> None:
    """Every value that moves an output is a recorded direct path, and every direct path moves its output."""
    direct = reachable(recorded(first, kinds={"direct"}))

    assert len(direct) > 60
    assert direct - truth == set(), "false edges"
    assert truth - direct == set(), "missing edges"


def test_every_hop_says_how(first: Finished) -> None:
    """Each column edge of a model names its way, and no edge is recorded twice."""
    edges = [
        (edge.upstream, edge.downstream, column)
        for event in first.events
        if isinstance(event, LineageEvent)
        for edge in event.edges
        for column in edge.columns
    ]

    assert all(column.transformation for _, _, column in edges)
    assert [count for count in Counter(edges).values() if count > 1] == []
    assert {column.kind for _, _, column in edges} == {"direct", "indirect"}


def test_models_carry_their_sql(first: Finished) -> None:
    """Each model's lineage has its statement, and nothing was left out."""
    events = [event for event in first.events if isinstance(event, LineageEvent) and event.dialect]

    assert len(events) == 11
    assert {(event.dialect, event.columns_from, event.warning) for event in events} == {
        ("duckdb", "metadata+sql", None)
    }
    assert all("select" in (event.sql or "") for event in events)
