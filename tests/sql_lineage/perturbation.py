"""
Find out what flows where by experiment: fill tables, run, change one input column, run again, see what moved.

It knows nothing about SQL but to run it on DuckDB, so that it shares no mistake with an analysis of the text.
A *wild* change draws values anew: what moves then is touched by the column somehow, as a value or as what decides
about rows. A *gentle* change keeps order, equality and every literal of the statement as they are, over all columns
that are joined with each other at once: rows stay what they are, so what moves is a value that flows.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Self

import duckdb

Column = tuple[str, str]
"""A table or model, as the statement spells it, and a column of it."""

Tables = Mapping[str, Mapping[str, str]]
"""Table to column to DuckDB type."""

ROWS = 14
_KEY = re.compile(r"(^|_)(id|key|fk|sk|hk)$|^k\d?$", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w'.])\d+(?:\.\d+)?(?![\w'.])")
_STRING = re.compile(r"'((?:[^']|'')*)'")
_LARGE = 5000
"""Larger than the literals that are looked at, so that a gentle change crosses none of them."""
_KEYS = (1, 2, 3, _LARGE + 1, _LARGE + 2, _LARGE + 3, _LARGE + 4)
_YEARS = range(1980, 2100)
_FIRST_DAY = date(2024, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Model:
    """A query with a name; later ones may read earlier ones."""

    name: str
    sql: str


@dataclass(frozen=True, kw_only=True)
class Movements:
    """
    What was seen to move.

    Attributes:
        wild: Input column to the output columns that it touches in any way.
        gentle: Group of input columns to the output columns into which the value of at least one of them flows.
    """

    wild: Mapping[Column, frozenset[Column]]
    gentle: Mapping[frozenset[Column], frozenset[Column]]


class Values:
    """Draws SQL literals of a type, often ones that the statement compares with."""

    def __init__(self, sql: Iterable[str], rng: random.Random) -> None:
        texts = list(sql)
        self._rng = rng
        words: set[str] = {each for sql_text in texts for each in _STRING.findall(sql_text)}
        self.dates = sorted({found for word in words if (found := _as_date(word))})
        self.words: list[str] = sorted(word for word in words if "%" not in word)
        self.numbers = sorted(
            {int(float(each)) for text in texts for each in _NUMBER.findall(text)} & set(range(_LARGE))
        )

    def draw(self, kind: str, *, key: bool = False, nulls: float = 0.12) -> str:
        """Return a literal of the type, now and then NULL."""
        if not key and self._rng.random() < nulls:
            return "NULL"
        kind = kind.strip()
        lower = kind.lower()
        if lower.endswith("[]"):
            items = [self.draw(kind[:-2], nulls=0) for _ in range(self._rng.randint(1, 3))]
            return f"[{', '.join(items)}]"
        if lower.startswith("struct"):
            fields = ", ".join(f"'{name}': {self.draw(of)}" for name, of in struct_fields(kind))
            return "{" + fields + "}"
        if lower.startswith("map"):
            return f"map {{'{self._word()}': {self._rng.randint(1, 99)}, 'k{self._rng.randint(1, 9)}': 5}}"
        return self._scalar(lower, key=key)

    def _scalar(self, kind: str, *, key: bool) -> str:
        if kind.startswith("json"):
            return self._json()
        if kind.startswith(("date", "timestamp")):
            time = f" {self._rng.randint(0, 23):02}:{self._rng.randint(0, 59):02}:00" if kind[0] == "t" else ""
            return f"{kind.partition('(')[0]} '{self._day()}{time}'"
        if kind.startswith("bool"):
            return self._rng.choice(("true", "false"))
        if kind.startswith(("text", "varchar", "char", "string")):
            return f"'k{self._rng.randint(1, 7)}'" if key else f"'{self._word()}'"
        if kind.startswith(("tinyint", "smallint")):
            return str(self._rng.randint(1, 99))
        return str(self._rng.choice(_KEYS) if key else self._number())

    def _day(self) -> date:
        if self.dates and self._rng.random() < 0.5:
            return self._rng.choice(self.dates) + timedelta(days=self._rng.randint(-40, 40))
        return _FIRST_DAY + timedelta(days=self._rng.randint(0, 200))

    def _word(self) -> str:
        if self.words and self._rng.random() < 0.6:
            return self._rng.choice(self.words)
        return self._rng.choice("abcdefgh") + str(self._rng.randint(1, 99))

    def _number(self) -> int:
        if self.numbers and self._rng.random() < 0.4:
            return max(0, self._rng.choice(self.numbers) + self._rng.randint(-1, 1))
        return self._rng.randint(1, 6) if self._rng.random() < 0.3 else _LARGE + self._rng.randint(1, 400)

    def _json(self) -> str:
        names = [
            word for word in (part.strip("$.") for text in self.words for part in text.split(".")) if word.isalpha()
        ]
        picked = {name: self._rng.randint(1, 99) for name in [*names, "a", "b"]}
        return "'{" + ", ".join(f'"{name}": {value}' for name, value in picked.items()) + "}'::json"


@dataclass(kw_only=True)
class Laboratory:
    """
    Tables with data and queries over them, in a database of their own.

    Attributes:
        models: Built as views, in order; their columns are what is watched.
    """

    tables: Tables
    models: Sequence[Model]
    seed: int = 0
    _connection: duckdb.DuckDBPyConnection = field(init=False)

    def __post_init__(self) -> None:
        self._connection = duckdb.connect(config={"threads": 1})
        self._connection.execute("set lambda_syntax = 'ENABLE_SINGLE_ARROW'")
        self._rng = random.Random(self.seed)
        self._values = Values([model.sql for model in self.models], self._rng)
        for name, columns in self.tables.items():
            self._make_schema(name)
            listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            self._connection.execute(f"create table {name} ({listed})")
            self._fill(name, columns)
        for model in self.models[:-1]:
            self._make_schema(model.name)
            self._connection.execute(f"create view {model.name} as {model.sql}")

    def close(self) -> None:
        """Forget the data."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def observe(self) -> dict[Column, str]:
        """Run every model and return a digest of each column's values, and of the number of rows under ``#``."""
        return {key: digest for model in self.models for key, digest in self._observe(model)}

    def outputs(self) -> list[Column]:
        """Return the columns of every model, in order."""
        return [key for key in self.observe() if key[1] != "#"]

    @contextmanager
    def wild(self, column: Column) -> Iterator[None]:
        """Draw some or all values of a column anew, for as long as the block lasts."""
        table, name = column
        kind = self.tables[table][name]
        part = self._rng.choice((0.1, 0.4, 1.0, 1.0))
        drawn = [
            self._values.draw(kind, key=is_key(name) and self._rng.random() < 0.8)
            if self._rng.random() < part
            else None
            for _ in range(ROWS)
        ]
        with self._undone():
            self._connection.execute("begin")
            items = ", ".join("NULL" if each is None else f"({each})" for each in drawn)
            flags = ", ".join("false" if each is None else "true" for each in drawn)
            values, chosen = f"([{items}]::{kind}[])[rowid + 1]", f"([{flags}])[rowid + 1]"
            self._run("update", table, f"set {name} = {values} where {chosen}")
            yield

    @contextmanager
    def gentle(self, columns: Iterable[Column]) -> Iterator[None]:
        """Change values so that order, equality between these columns and comparisons with literals stay."""
        with self._undone():
            self._connection.execute("begin")
            for table, name in columns:
                expression = self._gently(name, self.tables[table][name])
                self._run("update", table, f"set {name} = {expression}")
            yield

    def _gently(self, name: str, kind: str) -> str:
        lower = kind.lower()
        if lower.endswith("[]"):
            return name
        if lower.startswith("timestamp"):
            return f"{name} + interval 7 seconds"
        if lower.startswith(("text", "varchar", "string")):
            words = ", ".join(f"'{word}'" for word in [*self._values.words, ""])
            return f"case when {name} in ({words}) then {name} else {name} || '~' end"
        if lower.startswith(("int", "bigint", "double", "float", "decimal", "numeric")):
            return f"case when {name} > {_LARGE} then {name} + 500 else {name} end"
        return name

    def _run(self, *parts: str) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(" ".join(parts))

    @contextmanager
    def _undone(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._connection.execute("rollback")

    def _make_schema(self, name: str) -> None:
        parts = name.split(".")
        if len(parts) == 3:
            self._connection.execute(f"attach if not exists ':memory:' as {parts[0]}")
        if len(parts) > 1:
            self._connection.execute(f"create schema if not exists {'.'.join(parts[:-1])}")

    def _fill(self, name: str, columns: Mapping[str, str]) -> None:
        rows = [
            ", ".join(self._values.draw(kind, key=is_key(column)) for column, kind in columns.items())
            for _ in range(ROWS)
        ]
        self._run("insert into", name, f"values {', '.join(f'({row})' for row in rows)}")

    def _observe(self, model: Model) -> Iterator[tuple[Column, str]]:
        last = model is self.models[-1]
        result = self._run(model.sql if last else f"from {model.name}")
        names = [each[0] for each in result.description or ()]
        rows = result.fetchall()
        yield (model.name, "#"), str(len(rows))
        for position, name in enumerate(_unique(names)):
            yield (model.name, name), _digest(row[position] for row in rows)


def is_key(column: str) -> bool:
    """Return whether columns of this name are joined on."""
    return _KEY.search(column.strip('"')) is not None


def key_groups(tables: Tables) -> list[frozenset[Column]]:
    """Group the inputs for gentle changes: keys of one type together, every other column alone."""
    keys: dict[tuple[str, str], set[Column]] = {}
    alone = []
    for table, columns in tables.items():
        for column, kind in columns.items():
            if is_key(column):
                database = table.split(".")[0] if table.count(".") > 1 else ""
                keys.setdefault((database, kind.lower()), set()).add((table, column))
            else:
                alone.append(frozenset({(table, column)}))
    return [*map(frozenset, keys.values()), *alone]


def movements(
    tables: Tables,
    models: Sequence[Model],
    *,
    seeds: Iterable[int] = range(3),
    changes: int = 4,
    groups: Sequence[frozenset[Column]] | None = None,
    until: Callable[[Mapping[Column, set[Column]]], bool] = lambda _: False,
) -> Movements:
    """
    Return which outputs of the models move with which input.

    Args:
        seeds: Each fills the tables anew.
        changes: Wild changes per seed and input column.
        groups: Input columns to change gently at once, as they are compared with each other; default: ``key_groups``.
        until: Told after each seed what has moved; true ends early.
    """
    wild: dict[Column, set[Column]] = {(table, name): set() for table, names in tables.items() for name in names}
    gentle: dict[frozenset[Column], set[Column]] = {
        group: set() for group in (key_groups(tables) if groups is None else groups)
    }
    for seed in seeds:
        with Laboratory(tables=tables, models=models, seed=seed) as laboratory:
            before = laboratory.observe()
            for column in [*wild] * changes:
                with laboratory.wild(column):
                    wild[column] |= _moved(before, laboratory.observe())
            for group in gentle:
                with laboratory.gentle(group):
                    gentle[group] |= _moved(before, laboratory.observe())
        if until(wild):
            break
    return Movements(
        wild={column: frozenset(moved) for column, moved in wild.items()},
        gentle={group: frozenset(moved) for group, moved in gentle.items()},
    )


def struct_fields(kind: str) -> list[tuple[str, str]]:
    """Return names and types of ``struct(a int, b struct(c text))``."""
    inner = kind[kind.index("(") + 1 : kind.rindex(")")]
    return [(part.split(None, 1)[0], part.split(None, 1)[1]) for part in split_top(inner)]


def split_top(text: str) -> list[str]:
    """Split at commas outside of brackets and quotes."""
    parts, depth, quoted, current = [], 0, "", ""
    for char in text:
        if quoted:
            quoted = "" if char == quoted else quoted
        elif char in "\"'`":
            quoted = char
        else:
            depth += (char in "([<") - (char in ")]>")
        if char == "," and not depth and not quoted:
            parts.append(current.strip())
            current = ""
        else:
            current += char
    return [*parts, current.strip()] if current.strip() else parts


def _moved(before: Mapping[Column, str], after: Mapping[Column, str]) -> set[Column]:
    """Return the outputs that differ; columns of a pivot that come or go are no movement of their own."""
    return {key for key, digest in after.items() if key[1] != "#" and before.get(key, digest) != digest}


def _digest(values: Iterable[object]) -> str:
    counted = Counter(_shown(value) for value in values)
    return hashlib.sha256(repr(sorted(counted.items())).encode()).hexdigest()


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.9g}"
    if isinstance(value, dict):
        return repr({name: _shown(each) for name, each in value.items()})
    if isinstance(value, list | tuple):
        return repr([_shown(each) for each in value])
    return repr(value)


def _unique(names: Sequence[str]) -> Iterator[str]:
    """Tell columns of one name apart: ``x``, ``x#2``."""
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name}#{seen[name]}"


def _as_date(word: str) -> date | None:
    try:
        found = datetime.fromisoformat(word).date()
    except ValueError:
        return None
    return found if found.year in _YEARS else None
