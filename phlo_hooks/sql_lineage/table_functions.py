"""Functions that make rows: UNNEST, FLATTEN, EXPLODE, series, readers of files."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import expressions as exp

from phlo_hooks.sql_lineage.api import Transformation
from phlo_hooks.sql_lineage.expressions import Reader
from phlo_hooks.sql_lineage.names import Name, identifier_name, name_of
from phlo_hooks.sql_lineage.operators import Queries
from phlo_hooks.sql_lineage.relations import NOTHING, Columns, Field, Item, Relation, Rest, Value, union
from phlo_hooks.sql_lineage.scope import Scope, Source
from phlo_hooks.sql_lineage.structs import NO_FIELDS, is_scalar_array

TRANSFORMATION = Transformation.TRANSFORMATION

_POSITIONS = frozenset({"seq", "index", "pos"})
"""Columns that count, whatever the data is."""
_COLUMNS_OF = {
    "json_each": ("key", "value"),
    "jsonb_each": ("key", "value"),
    "json_each_text": ("key", "value"),
    "jsonb_each_text": ("key", "value"),
    "jsonb_array_elements": ("value",),
    "json_array_elements": ("value",),
    "jsonb_array_elements_text": ("value",),
    "json_array_elements_text": ("value",),
    "generator": (),
    "split_to_table": ("seq", "index", "value"),
    "strtok_split_to_table": ("seq", "index", "value"),
}
_EXPLODED = ("pos", "col", "key", "value")
_FLATTEN = ("seq", "key", "path", "index", "value", "this")
_ELEMENTS = frozenset({"value", "col"})
"""Columns that hold an element, whose fields may be known."""
_SCALAR_FUNCTIONS = frozenset(
    [
        "generate_series",
        "range",
        "sequence",
        "unnest",
        "regexp_split_to_table",
        "string_to_table",
        "jsonb_object_keys",
        "json_object_keys",
        "generate_subscripts",
        "regexp_matches",
        "jsonb_path_query",
        "generate_date_array",
        "generate_timestamp_array",
        "generate_array",
    ]
)


def function_source(node: exp.Expr, scope: Scope, queries: Queries) -> tuple[Source, Relation]:
    """
    Return the source that a function or a LATERAL subquery in FROM is, and its relation.

    A function's columns come from its arguments.
    """
    reader = Reader(scope, queries)
    alias = node.args.get("alias")
    called = alias.this if isinstance(alias, exp.TableAlias) else None
    named = identifier_name(called, scope.platform) if isinstance(called, exp.Identifier) else None
    names = [identifier_name(part, scope.platform) for part in _alias_columns(alias)]
    function = node
    while isinstance(function, exp.Table | exp.Lateral | exp.TableFromRows | exp.Dot):
        function = function.expression if isinstance(function, exp.Dot) else function.this
    if (navigated := _navigated(function, reader)) is not None:
        return Source(path=(), columns=Columns(navigated), label="an array"), Relation()
    if isinstance(function, exp.Subquery | exp.Select | exp.SetOperation):
        return _lateral_query(function, scope, queries, named, names)
    items = _items(function, node, reader, named, names)
    path = (named.key,) if named else ()
    label, aside = (named.text if named else "a function"), isinstance(function, exp.Unnest) and bool(named or names)
    return Source(path=path, columns=Columns(items), label=label, aside=aside, scalar=True), Relation(Columns(items))


def _lateral_query(
    node: exp.Expr, scope: Scope, queries: Queries, named: Name | None, names: list[Name]
) -> tuple[Source, Relation]:
    relation = queries.subquery(node, scope)
    items = list(relation.columns.items)
    for position, name in enumerate(names[: len(items)]):
        item = items[position]
        if isinstance(item, Field):
            items[position] = Field(name.text, name.key, item.value)
    label = named.text if named else "a subquery"
    return Source(path=(named.key,) if named else (), columns=Columns(items), label=label), relation


def _navigated(function: exp.Expr, reader: Reader) -> list[Item] | None:
    """Return the columns of Redshift's ``t.array AS item AT position`` and ``UNPIVOT t.object AS value AT name``."""
    objects = isinstance(function, exp.Pivot) and isinstance(function.this, exp.AtIndex | exp.Alias)
    inner = function.this if objects else function
    counter = inner.expression if isinstance(inner, exp.AtIndex) else None
    inner = inner.this if isinstance(inner, exp.AtIndex) else inner
    if not isinstance(inner, exp.Alias) or not (objects or counter is not None):
        return None
    value = reader.value(inner.this).through(TRANSFORMATION)
    name = identifier_name(inner.args["alias"], reader.platform)
    items: list[Item] = [Field(name.text, name.key, value)]
    if isinstance(counter, exp.Identifier):
        name = identifier_name(counter, reader.platform)
        items.append(Field(name.text, name.key, value if objects else NOTHING))
    return items


def _alias_columns(alias: object) -> Iterator[exp.Expr]:
    if not isinstance(alias, exp.TableAlias):
        return
    for column in alias.args.get("columns") or ():
        yield column.this if isinstance(column, exp.ColumnDef) else column


def _items(function: exp.Expr, node: exp.Expr, reader: Reader, named: Name | None, names: list[Name]) -> list[Item]:
    if isinstance(function, exp.Unnest):
        return _unnest(function, reader, named, names)
    if names:
        counted = bool(node.args.get("ordinality")) and len(names) > 1
        values = generator_values(function, reader, len(names) - counted)
        values += [NOTHING] * counted
        items: list[Item] = [_counted(name, value) for name, value in zip(names, values, strict=True)]
        return items if counted else items + _ordinality(node, reader)
    return _of_function(function, reader, named)


def _of_function(function: exp.Expr, reader: Reader, named: Name | None) -> list[Item]:
    """Return the columns of a function without a list of names."""
    platform = reader.platform
    value = _arguments(function, reader)
    word = _function_word(function)
    listed = _COLUMNS_OF.get(word)
    if isinstance(function, exp.Explode):
        listed = _FLATTEN if platform.dialect == "snowflake" else _EXPLODED
    if listed is not None:
        element = _element(function, reader) or value
        return [_counted(name_of(text, platform), element if text in _ELEMENTS else value) for text in listed]
    if word in _SCALAR_FUNCTIONS:
        name = named or name_of(word, platform)
        return [Field(name.text, name.key, value)]
    items: list[Item] = (
        [Field(named.text, named.key, value)] if named and platform.dialect in ("postgres", "redshift") else []
    )
    return [*items, Rest(value=value)]


def _function_word(function: exp.Expr) -> str:
    if isinstance(function, exp.Anonymous):
        return function.name.lower()
    if isinstance(function, exp.GenerateSeries):
        return "range" if function.args.get("is_end_exclusive") else "generate_series"
    if isinstance(function, exp.ExplodingGenerateSeries):
        return "generate_series"
    return function.sql_name().lower() if isinstance(function, exp.Func) else ""


def _counted(name: Name, value: Value) -> Field:
    return Field(name.text, name.key, NOTHING if name.key.lower() in _POSITIONS else value)


def _ordinality(node: exp.Expr, reader: Reader) -> list[Item]:
    if not node.args.get("ordinality"):
        return []
    name = name_of("ordinality", reader.platform)
    return [Field(name.text, name.key, NOTHING)]


def _element(function: exp.Expr, reader: Reader) -> Value | None:
    """Return what an element of the array is made from that EXPLODE or FLATTEN takes apart."""
    if not isinstance(function, exp.Explode):
        return None
    array = function.this.expression if isinstance(function.this, exp.Kwarg) else function.this
    value = reader.value(array)
    whole = value.through(TRANSFORMATION)
    return Value(whole.sources, whole.gaps, value.shape)


def _arguments(function: exp.Expr, reader: Reader) -> Value:
    return union(reader.value(child) for child in function.iter_expressions()).through(TRANSFORMATION)


def _unnest(node: exp.Unnest, reader: Reader, named: Name | None, names: list[Name]) -> list[Item]:
    platform = reader.platform
    values = [reader.value(argument) for argument in node.expressions]
    elements = [
        Value(value.through(TRANSFORMATION).sources, value.gaps, NO_FIELDS if is_scalar_array(node) else value.shape)
        for value, node in zip(values, node.expressions, strict=True)
    ]
    items: list[Item] = []
    if platform.dialect == "bigquery":
        items = _value_table(elements, names)
    elif names:
        items = _spread(elements, names)
    else:
        name = named or name_of("unnest", platform)
        items = [Field(name.text, name.key, union(elements))]
    offset = node.args.get("offset")
    if offset:
        name = identifier_name(offset, platform) if isinstance(offset, exp.Expr) else name_of("offset", platform)
        items = [*items, Field(name.text, name.key, NOTHING)]
    return items


def _value_table(elements: list[Value], names: list[Name]) -> list[Item]:
    """Return the columns of BigQuery's UNNEST: the alias, and the fields of a struct without it."""
    element = union(elements)
    items: list[Item] = [Field(name.text, name.key, element) for name in names[:1]]
    if element.shape is not None:
        taken = {item.key for item in items if isinstance(item, Field)}
        return [*items, *(i for i in element.shape.items if isinstance(i, Rest) or i.key not in taken)]
    return [*items, Rest(value=element)]


def _spread(elements: list[Value], names: list[Name]) -> list[Item]:
    """Give each name its array; one array of structs has a name for each field."""
    if len(elements) == len(names):
        return [Field(name.text, name.key, value) for name, value in zip(names, elements, strict=True)]
    whole = union(elements)
    shape = list(whole.shape.items) if whole.shape is not None else []
    items: list[Item] = []
    for position, name in enumerate(names):
        part = shape[position] if len(elements) == 1 and len(shape) == len(names) else None
        items.append(Field(name.text, name.key, part.value if isinstance(part, Field) else whole))
    return items


def generator_values(function: exp.Expr, reader: Reader, count: int) -> list[Value]:
    """Return what each of the columns of a generator such as ``EXPLODE`` or ``STACK`` is made from."""
    if isinstance(function, exp.Stack) and count:
        cells = [reader.value(cell).through(TRANSFORMATION) for cell in function.expressions]
        return [union(cells[position::count]) for position in range(count)]
    value = _arguments(function, reader)
    element = _element(function, reader) or value
    if isinstance(function, exp.Posexplode) and count > 1:
        return [NOTHING, *([value] * (count - 2)), element if count == len(("pos", "col")) else value]
    if isinstance(function, exp.Explode) and count == len(_FLATTEN) and reader.platform.dialect == "snowflake":
        return [element if text in _ELEMENTS else value for text in _FLATTEN]
    if isinstance(function, exp.Explode) and count == 1:
        return [element]
    if isinstance(function, exp.Inline):
        shape = reader.value(function.this).shape
        fields = list(shape.fields) if shape is not None and shape.closed else []
        if len(fields) == count:
            return [item.value for item in fields]
    return [value] * count
