"""Structs, arrays of structs and JSON objects whose fields the statement or a type tells apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from phlo_hooks.sql_lineage.api import ColumnName, Transformation
from phlo_hooks.sql_lineage.dialects import Platform
from phlo_hooks.sql_lineage.names import identifier_name, name_of
from phlo_hooks.sql_lineage.relations import Columns, Field, Gathering, Value, field_of, union

TRANSFORMATION = Transformation.TRANSFORMATION
AGGREGATION = Transformation.AGGREGATION

NO_FIELDS = Columns()
"""The shape of what is known to be no struct: an array of numbers."""

_OBJECTS = frozenset({"json_build_object", "jsonb_build_object", "json_object", "object_construct_keep_null"})
_SCALAR_ARRAYS = (exp.GenerateDateArray, exp.GenerateTimestampArray, exp.GenerateSeries, exp.Split)


class ValueReader(Protocol):
    """Who reads the parts of a struct."""

    platform: Platform

    def value(self, node: exp.Expr) -> Value:
        """Return what an expression is made from."""
        ...

    def query_value(self, node: exp.Expr, *, ordered: bool = False) -> Value:
        """Return what a subquery in an expression is made from."""
        ...

    def gather(self, node: exp.Expr, how: Transformation, out: Gathering) -> None:
        """Add what an expression is made from."""
        ...


def struct(reader: ValueReader, node: exp.Expr) -> Value:
    """Read a struct's literal, ``STRUCT(a, b AS c)`` or ``{'a': x}``."""
    fields: list[Field] = []
    if any(_is_open(item) for item in node.expressions):
        out = Gathering()
        for item in node.expressions:
            for part in item.iter_expressions() if isinstance(item, exp.PropertyEQ) else (item,):
                reader.gather(part, TRANSFORMATION, out)
        return out.value()
    for position, item in enumerate(node.expressions):
        if isinstance(item, exp.PropertyEQ | exp.Alias):
            key = item.this if isinstance(item, exp.PropertyEQ) else item.args["alias"]
            value, text = reader.value(item.expression if isinstance(item, exp.PropertyEQ) else item.this), key.name
        else:
            value, text = reader.value(item), item.output_name or f"_{position}"
        fields.append(_field(text, value, reader.platform))
    return _of_fields(fields)


def _is_open(item: exp.Expr) -> bool:
    """Whether only the data says what a field is called."""
    if isinstance(item, exp.PropertyEQ):
        return not isinstance(item.this, exp.Identifier | exp.Literal)
    return isinstance(item, exp.Star)


def _field(text: str, value: Value, platform: Platform) -> Field:
    name = name_of(text, platform)
    return Field(name.text, name.key, value, text)


def _of_fields(fields: Sequence[Field]) -> Value:
    whole = union(item.value for item in fields).through(TRANSFORMATION)
    return Value(whole.sources, whole.gaps, Columns(fields))


def function(reader: ValueReader, node: exp.Expr) -> Value | None:
    """Read a function that makes a JSON object of names and values; ``None`` for others."""
    parts = node.expressions
    names = parts[::2]
    if node.name.lower() not in _OBJECTS or len(parts) % 2 or not all(isinstance(n, exp.Literal) for n in names):
        return None
    pairs = zip(names, parts[1::2], strict=True)
    return _of_fields([_field(name.name, reader.value(part), reader.platform) for name, part in pairs])


def array(reader: ValueReader, node: exp.Expr) -> Value:
    """Read an array's literal or ``ARRAY(SELECT …)``; its shape is that of its elements."""
    elements = node.expressions or ([node.this] if isinstance(node.this, exp.Expr) else [])
    values = [
        reader.query_value(element, ordered=True) if isinstance(element, exp.Query) else reader.value(element)
        for element in elements
    ]
    whole = union(values).through(TRANSFORMATION)
    if elements and all(isinstance(element, exp.Literal) for element in elements):
        return Value(whole.sources, whole.gaps, NO_FIELDS)
    shapes = [tuple(value.shape.fields) for value in values if value.shape is not None and value.shape.closed]
    if len(shapes) != len(values) or len({len(shape) for shape in shapes}) != 1:
        return whole
    merged = [
        Field(parts[0].name, parts[0].key, union(part.value for part in parts), parts[0].second_key)
        for parts in zip(*shapes, strict=True)
    ]
    return Value(whole.sources, whole.gaps, Columns(merged))


def array_agg(reader: ValueReader, node: exp.Expr) -> Value:
    """Read ``ARRAY_AGG``; its shape is that of what it collects."""
    inner = node.this
    while isinstance(inner, exp.Order | exp.Limit | exp.Distinct | exp.IgnoreNulls | exp.RespectNulls):
        inner = inner.expressions[0] if isinstance(inner, exp.Distinct) else inner.this
    out = Gathering()
    for child in node.iter_expressions():
        reader.gather(child, AGGREGATION, out)
    whole = out.value()
    return Value(whole.sources, whole.gaps, reader.value(inner).shape if isinstance(inner, exp.Expr) else None)


def bracket(reader: ValueReader, node: exp.Expr) -> Value:
    """Read ``array[1]`` or ``struct['field']``."""
    base = reader.value(node.this)
    indices = node.expressions
    if len(indices) == 1 and isinstance(indices[0], exp.Literal) and indices[0].is_string:
        return field_of(base, identifier_name(indices[0], reader.platform))
    inner = union([reader.value(index) for index in indices]).through(TRANSFORMATION)
    taken = base.through(TRANSFORMATION)
    return Value(taken.sources | inner.sources, base.gaps | inner.gaps, base.shape)


def json_extract(reader: ValueReader, node: exp.Expr) -> Value:
    """Read a path into JSON; the fields of an object that the statement itself makes are told apart."""
    value = reader.value(node.this)
    path = node.expression
    if not isinstance(path, exp.JSONPath):
        return union([value, reader.value(path)]).through(TRANSFORMATION)
    for step in path.expressions:
        if value.shape is None or not value.shape.items or isinstance(step, exp.JSONPathRoot | exp.JSONPathSubscript):
            continue
        if not isinstance(step, exp.JSONPathKey) or not isinstance(step.this, str):
            break
        value = field_of(value, name_of(step.this, reader.platform, quoted=True))
    return value.through(TRANSFORMATION)


def cast(reader: ValueReader, node: exp.Expr) -> Value:
    """Read a cast; one to a struct gives the fields their names."""
    value = reader.value(node.this)
    whole = value.through(TRANSFORMATION)
    kind = node.args.get("to")
    names = [name for name, _ in _struct_fields(kind)] if isinstance(kind, exp.DataType) else []
    fields = list(value.shape.fields) if value.shape is not None and value.shape.closed else []
    if not names or len(names) != len(fields):
        return whole
    named = [_field(text, item.value, reader.platform) for text, item in zip(names, fields, strict=True)]
    return Value(whole.sources, whole.gaps, Columns(named))


def is_scalar_array(node: exp.Expr) -> bool:
    """Whether a function is known to make an array of plain values."""
    return isinstance(node, _SCALAR_ARRAYS)


def shape_of_type(column: ColumnName, kind: str, platform: Platform) -> Columns | None:
    """Return the fields of a column by the type that its schema gives it; ``None`` when it says nothing of them."""
    upper = kind.upper()
    if not any(word in upper for word in ("STRUCT", "ROW", "RECORD", "ARRAY", "[]")) or len(kind) > 20_000:  # noqa: PLR2004  no person wrote such a type
        return None
    try:
        parsed = exp.DataType.build(kind, dialect=platform.dialect)
    except (SqlglotError, RecursionError, ValueError, AttributeError):
        return None
    return _shape(column, parsed, platform)


def _shape(column: ColumnName, kind: exp.DataType, platform: Platform) -> Columns | None:
    inner: exp.Expr = kind
    nested = False
    while isinstance(inner, exp.DataType) and inner.this in (exp.DType.ARRAY, exp.DType.LIST) and inner.expressions:
        inner, nested = inner.expressions[0], True
    if not isinstance(inner, exp.DataType):
        return None
    fields = list(_struct_fields(inner))
    if fields:
        source = frozenset({(column, TRANSFORMATION)})
        return Columns(
            _field(text, Value(source, shape=_shape(column, part, platform) if part else None), platform)
            for text, part in fields
        )
    plain = nested and inner.this not in (exp.DType.JSON, exp.DType.VARIANT, exp.DType.OBJECT, exp.DType.STRUCT)
    return NO_FIELDS if plain else None


def _struct_fields(kind: exp.DataType) -> Iterator[tuple[str, exp.DataType | None]]:
    if kind.this not in (exp.DType.STRUCT, exp.DType.OBJECT):
        return
    for part in kind.expressions:
        inner = part.args.get("kind")
        if isinstance(part, exp.ColumnDef) and isinstance(inner, exp.DataType):
            yield part.name, inner
