"""
The corpus: statements with the edges that a person says they have.

A file of ``corpus/`` holds tables and statements. Lines before the first statement and after its title steer:

    --: table t(a int, b text)          a table that exists (types are DuckDB's; without one it is an int)
    --# title                           a statement begins
    --: in duckdb postgres              the dialects that read it so
    --: not postgres reason             but this one does not
    --: knows t                         of which tables the analysis is told the columns (default: all; `none`)
    --: partly t(a)                     tables of which it is told a few columns
    --: data no reason                  DuckDB's data cannot judge it
    --: still t.a into out reason       a direct edge that no data moves
    --: may column t.a                  an edge that is neither demanded nor wrong
    --: may warn                        a warning is neither demanded nor wrong
    --: postgres type c text            the type of a column in PostgreSQL
    --: unprepared reason               PostgreSQL cannot be asked about it

and after the statement:

    --> out: t.a conditional t.b | window t.c    an output column, its direct sources, then those of itself only
    --> _: t.a                                  one whose name does not matter
    --> out: t.a ?                              more could be said by who knew more: it is warned of
    --| rows: join t.a u.a filter t.b           what decides about rows
    --| may rows: t.b                           what one may also say
    --| reads: t                                tables that are read for nothing of the above; may read: or not
    --| incomplete                              columns are missing, which is warned of

A word without a dot names the transformation of the columns behind it; without one, any will do.
Names follow the dialect: unquoted ones are folded as it folds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from phlo_hooks.sql_lineage.api import ColumnName, TableName, TableSchema, Transformation
from tests.sql_lineage.perturbation import split_top

FOLDER = Path(__file__).parent / "corpus"
DIALECTS = ("duckdb", "postgres", "snowflake", "bigquery", "databricks", "redshift", "trino")
_KINDS = {each.value: each for each in Transformation}
_CASE_MATTERS = {"snowflake", "postgres"}
_QUOTES = '"`'

Sources = frozenset[ColumnName]


@dataclass(frozen=True, kw_only=True)
class ExpectedColumn:
    """
    An output column as a person sees it.

    Attributes:
        name: ``None`` when any will do.
        certain: Whether the sources are all.
        kinds: The transformations that the corpus insists on.
    """

    name: str | None
    direct: Sources = frozenset()
    indirect: Sources = frozenset()
    certain: bool = True
    kinds: frozenset[tuple[ColumnName, Transformation]] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Case:
    """
    A statement in one dialect, and what is true of it.

    Attributes:
        tables: Table as written to its columns and types, as written.
        schemas: What the analysis is told.
        optional: Edges that are neither demanded nor wrong.
        data: Why data cannot judge it; ``None`` when it can.
        still: Direct edges that no data moves, as written.
    """

    theme: str
    title: str
    dialect: str
    sql: str
    tables: Mapping[str, Mapping[str, str]]
    schemas: Mapping[TableName, TableSchema]
    columns: tuple[ExpectedColumn, ...] = ()
    rows: Sources = frozenset()
    row_kinds: frozenset[tuple[ColumnName, Transformation]] = frozenset()
    rows_certain: bool = True
    optional: Sources = frozenset()
    optional_rows: Sources = frozenset()
    reads: frozenset[TableName] = frozenset()
    may_read: frozenset[TableName] = frozenset()
    incomplete: bool = False
    may_warn: bool = False
    data: str | None = None
    still: frozenset[tuple[str, str]] = frozenset()
    postgres_types: Mapping[str, str] = field(default_factory=dict)
    unprepared: bool = False

    @property
    def id(self) -> str:
        """How a test of it is called."""
        return f"{self.theme}-{self.title.replace(' ', '_')}-{self.dialect}"

    @property
    def warns(self) -> bool:
        """Whether a warning is due."""
        return self.incomplete or not self.rows_certain or any(not each.certain for each in self.columns)


@dataclass(kw_only=True)
class _Draft:
    """A statement as its lines say, before a dialect reads it."""

    theme: str
    title: str
    line: int
    settings: list[str] = field(default_factory=list)
    sql: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)

    def say(self, word: str) -> list[str]:
        """Return what stands behind a word, once for each of its lines."""
        return [line[len(word) :].strip() for line in self.settings if line.startswith(f"{word} ")]

    def fact(self, word: str) -> str:
        """Return what stands behind a word among the facts, all lines together."""
        return " ".join(line[len(word) + 1 :].strip() for line in self.facts if line.startswith(f"{word}:"))


def load() -> list[Case]:
    """Return every statement of the corpus in every dialect that reads it."""
    drafts = [draft for path in sorted(FOLDER.glob("*.sql")) for draft in _drafts(path)]
    return [_case(draft, dialect) for draft in drafts for dialect in _dialects(draft)]


def fold(name: str, dialect: str) -> str:
    """Return an identifier as the dialect keeps it."""
    if name[:1] in _QUOTES:
        inner = name[1:-1].replace(name[0] * 2, name[0])
        return inner if dialect in _CASE_MATTERS else inner.lower()
    return name.upper() if dialect == "snowflake" else name.lower()


def table_name(written: str, dialect: str) -> TableName:
    """Return a table's name as the dialect keeps it."""
    parts = split_dots(written)
    if len(parts) == 1 and dialect == "bigquery" and parts[0][:1] == "`":
        parts = parts[0].strip("`").split(".")
    folded = [part.strip("`") if dialect == "bigquery" else fold(part, dialect) for part in parts]
    padded = [None] * (3 - len(folded)) + folded
    return TableName(catalog=padded[0], schema=padded[1], name=padded[2] or "")


def column_name(written: str, dialect: str) -> ColumnName:
    """Return a column's name as the dialect keeps it."""
    parts = split_dots(written)
    return ColumnName(table=table_name(".".join(parts[:-1]), dialect), name=fold(parts[-1], dialect))


def split_dots(written: str) -> list[str]:
    """Split a name at the dots outside of its quotes."""
    return re.findall(r'"(?:[^"]|"")*"|`[^`]*`|[^.]+', written)


def _drafts(path: Path) -> Iterator[_Draft]:
    preamble: list[str] = []
    draft: _Draft | None = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        mark, rest = line[:3], line[3:].strip()
        if mark == "--#":
            if draft:
                yield draft
            draft = _Draft(theme=path.stem, title=rest, line=number, settings=list(preamble))
        elif draft is None:
            preamble += [rest] if mark == "--:" else []
        else:
            kept = {"--:": draft.settings, "-->": draft.columns, "--|": draft.facts}.get(mark, draft.sql)
            kept.append(line if kept is draft.sql else rest)
    if draft:
        yield draft


def _dialects(draft: _Draft) -> list[str]:
    dialects = [word for words in draft.say("in") for word in words.split()]
    without = {words.split()[0] for words in draft.say("not")}
    assert dialects, f"{draft.theme}:{draft.line} names no dialect"
    assert set(dialects) | without <= set(DIALECTS), f"{draft.theme}:{draft.line} names an unknown dialect"
    return [dialect for dialect in dialects if dialect not in without]


def _case(draft: _Draft, dialect: str) -> Case:
    try:
        return _read(draft, dialect)
    except (KeyError, ValueError, IndexError) as exc:
        raise ValueError(f"corpus/{draft.theme}.sql:{draft.line} {draft.title!r}: {exc!r}") from exc


def _read(draft: _Draft, dialect: str) -> Case:
    tables = dict(_table(text) for text in draft.say("table"))
    columns = tuple(_column(line, dialect) for line in draft.columns)
    rows, row_kinds, rows_certain = _sources(_words(draft.fact("rows")), dialect)
    case = Case(
        theme=draft.theme,
        title=draft.title,
        dialect=dialect,
        sql="\n".join(draft.sql).strip(),
        tables=tables,
        schemas=_schemas(draft, tables, dialect),
        columns=columns,
        rows=rows,
        row_kinds=row_kinds,
        rows_certain=rows_certain,
        optional=_names(draft.say("may column"), dialect),
        optional_rows=_names([draft.fact("may rows")], dialect),
        may_read=frozenset(table_name(word, dialect) for word in draft.fact("may read").split()),
        incomplete="incomplete" in draft.facts,
        may_warn="may warn" in draft.settings,
        data=next((text for text in draft.say("data")), None),
        still=frozenset((found[0], found[2]) for text in draft.say("still") if (found := text.split())),
        unprepared=bool(draft.say("unprepared")),
        postgres_types=dict(text.split()[-2:] for text in draft.say("postgres type")),
    )
    return replace(case, reads=_reads(draft, case))


def _reads(draft: _Draft, case: Case) -> frozenset[TableName]:
    named = {table_name(word, case.dialect) for word in draft.fact("reads").split()}
    used = case.rows.union(*(each.direct | each.indirect for each in case.columns))
    return frozenset(named | {column.table for column in used})


def _table(text: str) -> tuple[str, dict[str, str]]:
    name, inner = re.fullmatch(r"(.*?)\s*\((.*)\)", text).groups()  # type: ignore[union-attr]
    columns = {}
    for part in split_top(inner):
        words = re.match(r'("(?:[^"]|"")*"|`[^`]*`|\S+)\s*(.*)', part)
        assert words
        columns[words[1]] = words[2] or "int"
    return name, columns


def _schemas(draft: _Draft, tables: Mapping[str, Mapping[str, str]], dialect: str) -> dict[TableName, TableSchema]:
    known = draft.say("knows")
    partly = dict(_table(f"{text})") for line in draft.say("partly") for text in line.split(")") if text.strip())
    listed = set(known[0].split()) if known else set(tables)
    schemas = {
        table_name(name, dialect): _schema(columns, dialect, complete=True)
        for name, columns in tables.items()
        if name in listed and name not in partly
        if not (partly and not known)
    }
    return schemas | {
        table_name(name.strip(), dialect): _schema(columns, dialect, complete=False) for name, columns in partly.items()
    }


def _schema(columns: Mapping[str, str], dialect: str, *, complete: bool) -> TableSchema:
    return TableSchema(columns={fold(name, dialect): kind for name, kind in columns.items()}, complete=complete)


def _column(line: str, dialect: str) -> ExpectedColumn:
    found = re.match(r'("(?:[^"]|"")*"|[^\s:]+):(.*)', line)
    if found is None:
        raise ValueError(f"{line!r} is no output column")
    left, _, right = found[2].partition("|")
    direct, kinds, certain = _sources(_words(left), dialect)
    indirect, other_kinds, certain_too = _sources(_words(right), dialect)
    return ExpectedColumn(
        name=None if found[1] == "_" else fold(found[1], dialect),
        direct=direct,
        indirect=indirect,
        certain=certain and certain_too,
        kinds=kinds | other_kinds,
    )


def _words(text: str) -> list[str]:
    return re.findall(r'(?:"(?:[^"]|"")*"|`[^`]*`|[^\s"`])+', text)


def _sources(words: Iterable[str], dialect: str) -> tuple[Sources, frozenset[tuple[ColumnName, Transformation]], bool]:
    names, kinds, kind, certain = set(), set(), None, True
    for word in words:
        if word == "?":
            certain = False
        elif len(split_dots(word)) == 1:
            kind = _KINDS[word]
        else:
            names.add(column_name(word, dialect))
            if kind:
                kinds.add((column_name(word, dialect), kind))
    return frozenset(names), frozenset(kinds), certain


def _names(texts: Iterable[str], dialect: str) -> Sources:
    return frozenset(column_name(word, dialect) for text in texts for word in _words(text))
