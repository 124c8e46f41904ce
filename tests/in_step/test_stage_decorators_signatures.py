"""Our decorators take what the installed Dagster's take, at run time and for type checkers."""

import ast
import inspect
import typing
from collections.abc import Callable, Mapping
from inspect import Parameter
from pathlib import Path
from types import UnionType
from typing import Any, Union, assert_type

import dagster as dg
import pytest

import phlo_hooks_dagster as phlo
from phlo_hooks_dagster.decorators import arguments

PAIRS = [
    pytest.param(phlo.ingestion_asset, dg.asset, arguments.AssetArguments, {"gates"}, id="ingestion_asset"),
    pytest.param(phlo.transform_asset, dg.asset, arguments.AssetArguments, {"gates"}, id="transform_asset"),
    pytest.param(phlo.publish_asset, dg.asset, arguments.AssetArguments, {"gates"}, id="publish_asset"),
    pytest.param(phlo.quality_check, dg.asset_check, arguments.CheckArguments, set(), id="quality_check"),
    pytest.param(
        phlo.hooked_multi_asset, dg.multi_asset, arguments.MultiAssetArguments, {"gates", "stage"}, id="multi_asset"
    ),
    pytest.param(
        phlo.hooked_graph_asset, dg.graph_asset, arguments.GraphAssetArguments, {"gates", "stage"}, id="graph_asset"
    ),
    pytest.param(
        phlo.hooked_graph_multi_asset,
        dg.graph_multi_asset,
        arguments.GraphMultiAssetArguments,
        {"gates", "stage"},
        id="graph_multi_asset",
    ),
    pytest.param(phlo.hooked_multi_asset_check, dg.multi_asset_check, arguments.MultiCheckArguments, set(), id="check"),
    pytest.param(phlo.hooked_op, dg.op, arguments.OpArguments, {"gates"}, id="op"),
]
HIDDEN = {
    dg.asset: {"compute_kind", "non_argument_deps", "auto_materialize_policy", "legacy_freshness_policy"},
    dg.multi_asset: {"compute_kind", "non_argument_deps", "allow_arbitrary_check_specs"},
    dg.graph_asset: {"auto_materialize_policy", "legacy_freshness_policy"},
}
Decorator = Callable[..., Any]


def by_name(decorator: Decorator) -> dict[str, Parameter]:
    """Return what a decorator takes by name."""
    taken = inspect.signature(decorator).parameters.values()
    return {parameter.name: parameter for parameter in taken if parameter.kind is Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize(("ours", "theirs", "types", "added"), PAIRS)
def test_decorators_show_what_dagster_takes(ours: Decorator, theirs: Decorator, types: type, added: set[str]) -> None:
    """``help`` and ``inspect`` show Dagster's parameters, their kinds and defaults, and ours after them."""
    shown = inspect.signature(ours)

    same = [parameter for parameter in shown.parameters.values() if parameter.name not in added]

    assert same == list(inspect.signature(theirs).parameters.values())
    assert added <= shown.parameters.keys()
    assert shown.return_annotation == inspect.signature(theirs).return_annotation


@pytest.mark.parametrize(("ours", "theirs", "types", "added"), PAIRS)
def test_type_checkers_know_every_parameter(ours: Decorator, theirs: Decorator, types: type, added: set[str]) -> None:
    """What type checkers are told has each parameter of the installed Dagster, and no other."""
    told = set(typing.get_type_hints(types))

    assert told == by_name(theirs).keys() | HIDDEN.get(theirs, set())


@pytest.mark.parametrize(("ours", "theirs", "types", "added"), PAIRS)
def test_type_checkers_know_what_is_required(ours: Decorator, theirs: Decorator, types: Any, added: set[str]) -> None:
    """A parameter without a default at Dagster's is required of ours too."""
    required = {name for name, parameter in by_name(theirs).items() if parameter.default is Parameter.empty}

    assert types.__required_keys__ == required


@pytest.mark.parametrize(("ours", "theirs", "types", "added"), PAIRS)
def test_types_of_parameters_are_dagsters(ours: Decorator, theirs: Decorator, types: type, added: set[str]) -> None:
    """Each parameter has the type that Dagster gives it; a few that Dagster writes with private names say as much."""
    loose = {"config_schema", "metadata", "deps", "additional_deps"}

    told = {name: names_in(hint) for name, hint in typing.get_type_hints(types).items() if name not in loose}

    theirs_said = {name: names_in(parameter.annotation) for name, parameter in by_name(theirs).items()}
    assert {name: said for name, said in told.items() if name in theirs_said and said != theirs_said[name]} == {}


def names_in(hint: Any) -> frozenset[Any]:
    """Return the types that an annotation is made of, whatever form the union and its containers are written in."""
    origin = typing.get_origin(hint)
    own = frozenset({origin or hint}) - {Any, Union, UnionType}
    return own.union(*(names_in(part) for part in typing.get_args(hint)))


def test_a_parameter_of_a_newer_dagster_goes_on_to_it() -> None:
    """What we do not know is Dagster's to take or to refuse, in its own words."""
    unknown: Mapping[str, Any] = {"colour": "red"}

    with pytest.raises(Exception, match="colour") as plain:
        dg.asset(**unknown)(lambda: None)
    with pytest.raises(type(plain.value), match="colour"):
        phlo.ingestion_asset(**unknown)(lambda: None)


def test_type_checkers_see_what_each_form_returns() -> None:
    """With and without parentheses, and called with a function, the types are those of Dagster's decorators."""

    @phlo.ingestion_asset
    def bare() -> int:
        return 1

    @phlo.publish_asset(key_prefix="out", kinds={"duckdb"}, retry_policy=dg.RetryPolicy(max_retries=1), pool="p")
    def called(bare: int) -> None: ...

    @phlo.quality_check(asset=bare, blocking=True)
    def check(bare: int) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=bool(bare))

    @phlo.hooked_op
    def one() -> int:
        return 1

    @phlo.hooked_op(out=dg.Out(int), tags={"a": "b"})
    def two() -> int:
        return 1

    @phlo.hooked_graph_asset(stage="publish")
    def graph() -> Any:
        return one()

    assert_type(bare, dg.AssetsDefinition)
    assert_type(called, dg.AssetsDefinition)
    assert_type(phlo.transform_asset(lambda: 1, name="given"), dg.AssetsDefinition)
    assert_type(check, dg.AssetChecksDefinition)
    assert_type(one, dg.OpDefinition)
    assert_type(two, dg.OpDefinition)
    assert_type(graph, dg.AssetsDefinition)


def test_the_front_door_is_typed() -> None:
    """Type checkers and editors find at the front door what can be imported from it."""
    stub = Path(phlo.__file__).with_suffix(".pyi")

    told = {alias.name for node in ast.parse(stub.read_text()).body for alias in getattr(node, "names", ())}

    assert told == set(vars(phlo)["__all__"])
