"""
A dbt project of 708 models and 1,725 edges, as data: for every model its SQL and where each column comes from.

The shapes are those of a project that grew for years: staging renames and casts, import CTEs with ``select *``, joins,
unions, windows, aggregates, lateral aliases. It is the same each time, and DuckDB can build it.
"""

# ruff: noqa: S608  # it is SQL that this module makes
from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

MODELS: Final = 708
EDGES: Final = 1_725
STAGING: Final = 160
LAYERS: Final = (("intermediate", 260), ("marts", 200), ("reports", 88))
WIDEST: Final = 40
MOST_PARENTS: Final = 6
SYSTEMS: Final = ("shop", "billing", "crm", "support", "web", "stock", "ads", "people")
ENTITIES: Final = (
    *("orders", "customers", "payments", "refunds", "products", "carts", "sessions", "tickets", "invoices", "visits"),
    *("campaigns", "clicks", "shipments", "suppliers", "prices", "contracts", "teams", "leads", "reviews", "returns"),
)
NUMBERS: Final = ("amount", "quantity", "price", "discount", "tax", "weight", "score", "duration", "cost", "margin")
TEXTS: Final = ("status", "country", "channel", "currency", "category", "segment", "device", "region")

Origins = frozenset[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class MadeColumn:
    """
    A column of a generated table.

    Attributes:
        type: DuckDB's name.
        origins: The columns, as (table, column), whose values flow into it.
    """

    name: str
    type: str
    origins: Origins = frozenset()


@dataclass(frozen=True, kw_only=True)
class MadeTable:
    """
    A generated model, or a source when it has no SQL.

    Attributes:
        schema: The layer of a model, the system of a source.
        sql: With ``{{ ref('…') }}`` and ``{{ source('…', '…') }}``.
    """

    name: str
    schema: str
    columns: tuple[MadeColumn, ...]
    parents: tuple[str, ...] = ()
    sql: str = ""

    def typed(self, *types: str) -> list[MadeColumn]:
        """Return the columns of these types."""
        return [column for column in self.columns if column.type in types]

    def origins(self, *columns: MadeColumn) -> Origins:
        """Return columns of this table as origins of another's."""
        return frozenset((self.name, column.name) for column in columns)


@dataclass
class Draft:
    """The select list of a model under way."""

    lines: list[str]
    columns: list[MadeColumn]

    def add(self, expression: str, name: str, type_: str, origins: Origins) -> None:
        """Add one output column unless the name is taken or the model is wide enough."""
        if len(self.columns) < WIDEST and all(column.name != name for column in self.columns):
            plain = expression == name or expression.endswith(f".{name}")
            self.lines.append(expression if plain else f"{expression} as {name}")
            self.columns.append(MadeColumn(name=name, type=type_, origins=origins))

    @property
    def text(self) -> str:
        """The list as SQL."""
        return ",\n        ".join(self.lines)


def make_project(models: int = MODELS, edges: int = EDGES) -> list[MadeTable]:
    """Return sources first, then the models, each after what it reads; a smaller project keeps the proportions."""
    dice = random.Random(708)  # noqa: S311  # the same project each time
    staging = max(MOST_PARENTS, STAGING * models // MODELS)
    sources = [_source(dice, number) for number in range(staging)]
    layers = [[_staging(source) for source in sources]]
    rest = models - staging
    counts = _parent_counts(dice, rest, edges - staging)
    for layer, size in _sizes(rest):
        below = [table for each in layers[-2:] for table in each]
        layers.append([_model(dice, layer, number, dice.sample(below, counts.pop())) for number in range(size)])
    return [*sources, *(table for layer in layers for table in layer)]


def _sizes(rest: int) -> Iterator[tuple[str, int]]:
    whole = sum(size for _, size in LAYERS)
    left = rest
    for layer, size in LAYERS[:-1]:
        share = rest * size // whole
        left -= share
        yield layer, share
    yield LAYERS[-1][0], left


def _parent_counts(dice: random.Random, models: int, edges: int) -> list[int]:
    counts = [1] * models
    for _ in range(edges - models):
        place = dice.choice([index for index in range(models) if counts[index] < MOST_PARENTS])
        counts[place] += 1
    return counts


def _source(dice: random.Random, number: int) -> MadeTable:
    system = SYSTEMS[number % len(SYSTEMS)]
    entity = ENTITIES[(number // len(SYSTEMS)) % len(ENTITIES)]
    columns = [("id", "BIGINT"), ("created_at", "TIMESTAMP"), ("updated_at", "TIMESTAMP")]
    columns += [(name, "DOUBLE") for name in dice.sample(NUMBERS, dice.randint(3, 9))]
    columns += [(name, "VARCHAR") for name in dice.sample(TEXTS, dice.randint(3, 7))]
    columns += [(f"custom_{index}", "VARCHAR") for index in range(dice.randint(0, 12))]
    made = tuple(MadeColumn(name=name, type=type_) for name, type_ in columns)
    return MadeTable(name=f"{system}_{entity}", schema=f"raw_{system}", columns=made)


def _staging(source: MadeTable) -> MadeTable:
    draft = Draft([], [])
    for column in source.columns:
        origins = source.origins(column)
        if column.name == "id":
            draft.add("id", "record_id", "BIGINT", origins)
        elif column.type == "DOUBLE":
            draft.add(f"coalesce({column.name}, 0)", column.name, "DOUBLE", origins)
        elif column.name in TEXTS:
            draft.add(f"lower(trim({column.name}))", column.name, "VARCHAR", origins)
        else:
            draft.add(column.name, column.name, column.type, origins)
    text = source.typed("VARCHAR")[0]
    draft.add(f"case when {text.name} = 'deleted' then 1 else 0 end", "is_deleted", "INTEGER", source.origins(text))
    sql = (
        f"with source as (\n    select * from {{{{ source('{source.schema}', '{source.name}') }}}}\n),\n\n"
        f"renamed as (\n    select\n        {draft.text}\n    from source\n)\n\nselect * from renamed"
    )
    return MadeTable(
        name=f"stg_{source.name}", schema="staging", columns=tuple(draft.columns), parents=(source.name,), sql=sql
    )


def _model(dice: random.Random, layer: str, number: int, parents: Sequence[MadeTable]) -> MadeTable:
    shapes: list[Callable[[random.Random, Sequence[MadeTable]], tuple[Draft, str]]]
    shapes = [_joined, _joined, _windowed, _aggregated] if len(parents) == 1 else [_joined, _windowed, _aggregated]
    if len(parents) > 1:
        shapes.append(_united)
    draft, body = dice.choice(shapes)(dice, parents)
    imports = ",\n\n".join(
        f"p{index} as (\n    select * from {{{{ ref('{parent.name}') }}}}\n)" for index, parent in enumerate(parents)
    )
    prefix = {"intermediate": "int", "marts": "fct", "reports": "rpt"}[layer]
    return MadeTable(
        name=f"{prefix}_{dice.choice(ENTITIES)}_{number:03d}",
        schema=layer,
        columns=tuple(draft.columns),
        parents=tuple(parent.name for parent in parents),
        sql=f"with {imports},\n\n{body}",
    )


def _joins(parents: Sequence[MadeTable], first: str = "p0") -> str:
    lines = [f"    from {first}"]
    for index in range(1, len(parents)):
        how = "inner join" if index % 3 == 2 else "left join"  # noqa: PLR2004  # every third
        lines.append(f"    {how} p{index} on {first}.record_id = p{index}.record_id")
    return "\n".join(lines)


def _others(dice: random.Random, draft: Draft, parents: Sequence[MadeTable]) -> None:
    """Add some columns of every parent but the first."""
    for index, parent in enumerate(parents[1:], start=1):
        rest = [column for column in parent.columns if column.name != "record_id"]
        for column in dice.sample(rest, min(len(rest), dice.randint(2, 6))):
            draft.add(f"p{index}.{column.name}", f"p{index}_{column.name}"[:48], column.type, parent.origins(column))


def _joined(dice: random.Random, parents: Sequence[MadeTable]) -> tuple[Draft, str]:
    first = parents[0]
    draft = Draft([], [])
    for column in first.columns[: dice.randint(12, 24)]:
        draft.add(f"p0.{column.name}", column.name, column.type, first.origins(column))
    if len(draft.columns) == len(first.columns):
        draft.lines = ["p0.*"]
    _others(dice, draft, parents)
    numbers = first.typed("DOUBLE")[:2]
    left, right = numbers[0], numbers[-1]
    draft.add(
        f"p0.{left.name} / nullif(p0.{right.name}, 0)",
        f"{left.name}_ratio",
        "DOUBLE",
        first.origins(left, right),
    )
    if f"{left.name}_ratio" not in {column.name for column in first.columns}:
        draft.add(f"round({left.name}_ratio, 2)", "rounded_ratio", "DOUBLE", first.origins(left, right))
    return draft, f"joined as (\n    select\n        {draft.text}\n{_joins(parents)}\n)\n\nselect * from joined"


def _windowed(dice: random.Random, parents: Sequence[MadeTable]) -> tuple[Draft, str]:
    first = parents[0]
    draft = Draft([], [])
    moment = first.typed("TIMESTAMP")[0]
    over = f"over (partition by p0.record_id order by p0.{moment.name})"
    for column in first.columns[:14]:
        draft.add(f"p0.{column.name}", column.name, column.type, first.origins(column))
    _others(dice, draft, parents)
    for number in first.typed("DOUBLE")[:3]:
        origin = first.origins(number)
        draft.add(f"sum(p0.{number.name}) {over}", f"running_{number.name}"[:48], "DOUBLE", origin)
        draft.add(f"lag(p0.{number.name}) {over}", f"previous_{number.name}"[:48], "DOUBLE", origin)
    draft.lines.append(f"row_number() {over} as position_in_record")
    listed = ",\n    ".join(column.name for column in draft.columns)
    body = (
        f"numbered as (\n    select\n        {draft.text}\n{_joins(parents)}\n)\n\n"
        f"select\n    {listed}\nfrom numbered\nwhere position_in_record = 1"
    )
    return draft, body


def _aggregated(dice: random.Random, parents: Sequence[MadeTable]) -> tuple[Draft, str]:
    first = parents[0]
    inner = Draft([], [])
    text = first.typed("VARCHAR")[0]
    moment = first.typed("TIMESTAMP")[0]
    key = first.columns[0]
    inner.add("record_id", "record_id", "BIGINT", first.origins(key))
    inner.add(f"max({text.name})", text.name, "VARCHAR", first.origins(text))
    inner.add(f"max({moment.name})", moment.name, "TIMESTAMP", first.origins(moment))
    inner.add("count(*)", "row_count", "BIGINT", frozenset())
    for number in first.typed("DOUBLE")[:8]:
        origin = first.origins(number)
        inner.add(f"sum({number.name})", f"total_{number.name}"[:48], "DOUBLE", origin)
        inner.add(f"avg({number.name})", f"mean_{number.name}"[:48], "DOUBLE", origin)
        chosen = f"sum(case when {text.name} = 'a' then {number.name} else 0 end)"
        inner.add(chosen, f"chosen_{number.name}"[:48], "DOUBLE", origin | first.origins(text))
    outer = Draft([f"totals.{column.name}" for column in inner.columns], list(inner.columns))
    _others(dice, outer, parents)
    body = (
        f"totals as (\n    select\n        {inner.text}\n    from p0\n    where {moment.name} is not null\n"
        f"    group by record_id\n),\n\nfinal as (\n    select\n        {outer.text}\n"
        f"{_joins(parents, 'totals')}\n)\n\nselect * from final"
    )
    return outer, body


def _united(dice: random.Random, parents: Sequence[MadeTable]) -> tuple[Draft, str]:
    wanted = (("BIGINT", 1), ("TIMESTAMP", 1), ("DOUBLE", dice.randint(2, 6)), ("VARCHAR", dice.randint(1, 3)))
    picked = [
        [column for type_, count in wanted for column in _cycled(parent.typed(type_), count)] for parent in parents
    ]
    columns: list[MadeColumn] = []
    for place, column in enumerate(picked[0]):
        origins = frozenset((parent.name, chosen[place].name) for parent, chosen in zip(parents, picked, strict=True))
        name = "record_id" if place == 0 else f"{column.type.lower()}_{place}"
        columns.append(MadeColumn(name=name, type=column.type, origins=origins))
    columns.append(MadeColumn(name="origin", type="VARCHAR"))
    columns += [MadeColumn(name=f"batch_{number}", type="INTEGER") for number in range(10 - len(columns))]
    constants = [str(number) for number in range(len(columns) - len(picked[0]) - 1)]
    branches = []
    for index, (parent, chosen) in enumerate(zip(parents, picked, strict=True)):
        values = [*(column.name for column in chosen), f"'{parent.name}'", *constants]
        names = [f"{value} as {column.name}" for value, column in zip(values, columns, strict=True)]
        branches.append(f"    select {', '.join(names)} from p{index}")
    united = "\n    union all\n".join(branches)
    return Draft([], columns), f"united as (\n{united}\n)\n\nselect * from united"


def _cycled(columns: Sequence[MadeColumn], count: int) -> list[MadeColumn]:
    return [columns[index % len(columns)] for index in range(count)]
