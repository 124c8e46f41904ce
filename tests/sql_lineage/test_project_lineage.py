"""A project's statements, each with the schemas of what it reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest

from phlo_hooks.sql_lineage.api import ColumnName, StatementLineage, TableName, TableSchema
from phlo_hooks.sql_lineage.cache import CachedLineage, MemoryLineageCache, statement_digest
from phlo_hooks.sql_lineage.engine_version import engine_version
from phlo_hooks.sql_lineage.project import ProjectLineage, SqlNode


class CountingCache(MemoryLineageCache):
    """A cache that counts how often it is asked and what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.given: list[CachedLineage] = []

    def get(self, statements: Collection[str]) -> Mapping[str, Sequence[CachedLineage]]:
        self.asked += 1
        return super().get(statements)

    def put(self, entries: Sequence[CachedLineage]) -> None:
        self.given += entries
        super().put(entries)


def table(name: str, *, catalog: str | None = "db") -> TableName:
    return TableName(catalog=catalog, schema="s", name=name)


def node(name: str, sql: str | None = None, *upstreams: str, **known: Any) -> SqlNode:
    return SqlNode(unique_id=name, relation=table(name), dialect="duckdb", sql=sql, upstreams=upstreams, **known)


def columns(*names: str, complete: bool = True) -> TableSchema:
    return TableSchema(columns=dict.fromkeys(names, "BIGINT"), complete=complete)


def direct(lineage: StatementLineage) -> dict[str, set[str]]:
    """Return the columns of a statement and what flows into each, as ``table.column``."""
    return {
        column.name: {f"{source.table.name}.{source.name}" for source in column.direct} for column in lineage.columns
    }


def test_a_star_is_what_the_sql_above_makes() -> None:
    """Columns of a table that was never built follow from its own statement, through any number of stars."""
    project = ProjectLineage(
        [
            node("raw", columns=columns("id", "price")),
            node("a", "select *, price * 2 as double from db.s.raw", "raw"),
            node("b", "select * from db.s.a", "a"),
            node("c", "with x as (select * from db.s.b) select * from x where id > 1", "b"),
        ]
    )

    lineage = project.lineage("c")

    assert lineage.complete
    assert direct(lineage) == {"id": {"b.id"}, "price": {"b.price"}, "double": {"b.double"}}


def test_the_order_of_the_nodes_does_not_matter() -> None:
    """What is above is analysed first, wherever it stands and whoever declares it."""
    nodes = [
        node("c", "select * from db.s.b"),
        node("b", "select * from db.s.a"),
        node("a", "select 1 as one"),
    ]

    found = dict(ProjectLineage(nodes).lineages())

    assert direct(found["c"]) == {"one": {"b.one"}}
    assert found == dict(ProjectLineage(nodes[::-1]).lineages())


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"columns": columns("real")}, ["real"]),
        ({"columns": columns("real"), "documented": columns("written")}, ["real"]),
        ({"documented": columns("written")}, ["written"]),
    ],
    ids=["recorded", "recorded before documented", "documented"],
)
def test_columns_of_what_has_no_sql(known: dict[str, Any], expected: list[str]) -> None:
    """The database's own word comes first, then what people wrote."""
    project = ProjectLineage([node("raw", **known), node("a", "select * from db.s.raw", "raw")])

    assert list(direct(project.lineage("a"))) == expected


def test_what_the_caller_knows_comes_first() -> None:
    """Columns that were reported by the last run win over the catalog and over inference."""
    nodes = [node("raw", "select 1 as inferred", columns=columns("catalogued")), node("a", "select * from db.s.raw")]
    project = ProjectLineage(nodes, schemas=lambda name: columns("reported") if name.name == "raw" else None)

    assert list(direct(project.lineage("a"))) == ["reported"]


def test_documented_columns_are_not_all() -> None:
    """From documentation alone a star is incomplete, and an unqualified name that two tables may have is left out."""
    project = ProjectLineage(
        [
            node("one", documented=columns("id", complete=False)),
            node("two", documented=columns("id", complete=False)),
            node("star", "select * from db.s.one", "one"),
            node("guess", "select maybe from db.s.one join db.s.two using (id)", "one", "two"),
        ]
    )

    assert not project.lineage("star").complete
    assert project.lineage("star").warning
    assert direct(project.lineage("guess")).get("maybe", set()) == set()
    assert project.lineage("guess").warning


def test_columns_recorded_before_the_code_changed_rule_nothing_out() -> None:
    """An unqualified column that the old table lacks and the new SQL makes is not given to another table."""
    project = ProjectLineage(
        [
            node("raw", columns=columns("id", "price")),
            node("model", "select id, price as fresh from db.s.raw", "raw", columns=columns("id"), current=False),
            node("other"),
            node("reader", "select fresh from db.s.model m join db.s.other o on m.id = o.id", "model", "other"),
        ]
    )

    assert "other.fresh" not in direct(project.lineage("reader")).get("fresh", set())


def test_an_incremental_model_reads_itself_without_an_edge() -> None:
    """Its own columns are neither direct nor indirect sources of it."""
    sql = """
        select n.id, coalesce(n.price, old.price) as price from db.s.raw n left join s.model old using (id)
        where n.id > (select max(id) from db.s.model)
    """
    project = ProjectLineage([node("raw", columns=columns("id", "price")), node("model", sql, "raw")])

    lineage = project.lineage("model")

    assert direct(lineage) == {"id": {"raw.id"}, "price": {"raw.price"}}
    assert {column.table.name for column, _ in lineage.rows} == {"raw"}
    assert lineage.tables == {table("raw")}


def test_what_an_incremental_model_reads_of_itself_is_known() -> None:
    """A name without its table, in a query over the model itself, is the model's and not the query's around it."""
    sql = "select r.id, r.at from db.s.raw r where r.at > (select max(at) from db.s.model)"
    project = ProjectLineage([node("raw"), node("model", sql, "raw")])

    lineage = project.lineage("model")

    assert (lineage.complete, lineage.warning) == (True, None)
    assert {(column.name, how.value) for column, how in lineage.rows} == {("at", "filter")}


def test_tables_that_read_each_other_end() -> None:
    """A circle is answered with what is known without going round."""
    project = ProjectLineage([node("a", "select id, x from db.s.b", "b"), node("b", "select id, x from db.s.a", "a")])

    assert direct(project.lineage("a")) == {"id": {"b.id"}, "x": {"b.x"}}
    assert direct(project.lineage("b")) == {"id": {"a.id"}, "x": {"a.x"}}


def test_a_chain_may_be_longer_than_the_stack() -> None:
    """Three thousand models one upon another, with a star in each."""
    nodes = [node("n0", "select 1 as id, 2 as price")]
    nodes += [node(f"n{i}", " ".join(("select * from", f"db.s.n{i - 1}")), f"n{i - 1}") for i in range(1, 3_000)]

    lineage = ProjectLineage(nodes).lineage("n2999")

    assert direct(lineage) == {"id": {"n2998.id"}, "price": {"n2998.price"}}


def test_names_without_catalog_are_the_only_table_that_fits() -> None:
    """A catalog may be left out by the statement, not guessed when two tables fit; case is the platform's."""
    one = node("raw", columns=columns("id"))
    other = SqlNode(
        unique_id="other",
        relation=TableName(catalog="x", schema="s", name="raw"),
        dialect="duckdb",
        columns=columns("k"),
    )
    reader = node("a", "select * from S.RAW", "raw")

    assert list(direct(ProjectLineage([one, reader]).lineage("a"))) == ["id"]
    assert direct(ProjectLineage([one, other, reader]).lineage("a")) == {}


def test_any_statement_may_be_asked_about() -> None:
    """A statement that is no node's sees the project's tables."""
    project = ProjectLineage([node("raw", columns=columns("id"))])

    lineage = project.statement("select * from raw", dialect="duckdb", default_catalog="db", default_schema="s")

    assert list(direct(lineage)) == ["id"]


def test_a_dialect_that_nobody_knows_is_a_warning() -> None:
    """One odd adapter stops nothing."""
    odd = SqlNode(unique_id="a", relation=table("a"), dialect="cobol", sql="select 1 as one")

    lineage = ProjectLineage([odd]).lineage("a")

    assert (lineage.columns, lineage.complete) == ((), False)
    assert "cobol" in (lineage.warning or "")


def test_a_node_without_sql_has_no_lineage() -> None:
    """A seed or a Python model is no error."""
    assert ProjectLineage([node("seed")]).lineage("seed") == StatementLineage(complete=False)
    with pytest.raises(KeyError, match="nobody"):
        ProjectLineage([]).lineage("nobody")


class TestCache:
    def project(self, cache: CountingCache, *, raw: TableSchema, sql: str = "select id from db.s.a") -> ProjectLineage:
        nodes = [
            node("raw", columns=raw),
            node("a", "select * from db.s.raw", "raw"),
            node("b", sql, "a"),
            node("c", "select 1 as one"),
        ]
        return ProjectLineage(nodes, cache=cache)

    def test_the_second_time_nothing_is_analysed(self) -> None:
        """A new process asks the cache once and finds everything."""
        cache = CountingCache()
        first = dict(self.project(cache, raw=columns("id")).lineages())
        cache.asked, cache.given = 0, []

        second = dict(self.project(cache, raw=columns("id")).lineages())

        assert second == first
        assert (cache.asked, cache.given) == (1, [])

    def test_other_columns_above_are_found_out_anew(self) -> None:
        """A column more in the source reaches through the star; what does not read it stays cached."""
        cache = CountingCache()
        before = dict(self.project(cache, raw=columns("id")).lineages())
        cache.given = []

        after = dict(self.project(cache, raw=columns("id", "price")).lineages())

        assert list(direct(before["a"])) == ["id"]
        assert list(direct(after["a"])) == ["id", "price"]
        assert len(cache.given) == 2

    def test_going_back_is_cached_too(self) -> None:
        """Two environments with different columns do not fight over the cache."""
        cache = CountingCache()
        for raw in (columns("id"), columns("id", "price")):
            dict(self.project(cache, raw=raw).lineages())
        cache.given = []

        again = dict(self.project(cache, raw=columns("id")).lineages())

        assert list(direct(again["a"])) == ["id"]
        assert cache.given == []

    def test_other_sql_is_found_out_anew(self) -> None:
        """Only the changed statement is analysed."""
        cache = CountingCache()
        dict(self.project(cache, raw=columns("id")).lineages())
        cache.given = []

        after = dict(self.project(cache, raw=columns("id"), sql="select id + 1 as id from db.s.a").lineages())

        assert direct(after["b"]) == {"id": {"a.id"}}
        assert len(cache.given) == 1

    def test_one_node_asks_for_its_ancestors_only(self) -> None:
        """The relay, which needs one model, reads neither the whole project nor asks for each node."""
        cache = CountingCache()
        project = self.project(cache, raw=columns("id"))

        project.lineage("b")

        assert cache.asked == 1
        assert len(cache.given) == 2

    def test_results_are_kept_when_the_caller_stops(self) -> None:
        """What was found out before an interruption is in the cache."""
        cache = CountingCache()
        lineages = self.project(cache, raw=columns("id")).lineages()

        next(iter(lineages))
        lineages.close()  # type: ignore[attr-defined]  # it is a generator

        assert cache.given


def test_another_engine_finds_out_anew() -> None:
    """Whatever may change the result is part of the key: SQL, dialect, session, and the code that analyses."""
    base = {"sql": "select 1", "dialect": "duckdb", "default_catalog": "db", "default_schema": "s", "engine": "1"}
    others = [base | {name: "other"} for name in base]

    digests = {statement_digest(**each) for each in (base, *others)}

    assert len(digests) == len(base) + 1
    assert engine_version()


def test_columns_are_of_the_table_that_the_statement_names() -> None:
    """Sources carry the name as it is written, so that the caller can find the table."""
    project = ProjectLineage([node("raw", columns=columns("id")), node("a", "select id from s.raw", "raw")])

    (column,) = project.lineage("a").columns

    assert column.direct == {ColumnName(table=TableName(schema="s", name="raw"), name="id")}
    found = project.find(TableName(schema="s", name="raw"))
    assert found is not None
    assert found.unique_id == "raw"
