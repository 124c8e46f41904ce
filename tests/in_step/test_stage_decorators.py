"""What a stage's decorator adds to Dagster's own, and what it leaves alone."""
# ruff: noqa: ANN001, ANN201, ANN202  users annotate what they like
# mypy: disable-error-code="no-untyped-def,type-arg,no-untyped-call,untyped-decorator"

import asyncio
import copy
import inspect
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

import phlo_hooks_dagster as phlo
from phlo_hooks.exceptions import HooksError
from phlo_hooks_dagster.decorators.conflict import StageConflictError
from phlo_hooks_dagster.decorators.storing import may_store
from phlo_hooks_dagster.testing import materialize_events
from tests.in_step import written_with_future
from tests.in_step.swapping import hearing

STAGES = {
    "ingestion": phlo.ingestion_asset,
    "transform": phlo.transform_asset,
    "publish": phlo.publish_asset,
}
stages = pytest.mark.parametrize("stage", STAGES)
RUN_HOOKS = phlo.phlo_run_hooks()


class Warehouse(dg.ConfigurableResource[Any]):
    """A resource taken as a parameter."""

    name: str = "wh"


class Limit(dg.Config):
    """Configuration of one asset."""

    rows: int = 3


def empty() -> None:
    """Return nothing."""


@stages
def test_the_tag_says_the_stage(stage: str) -> None:
    """Each decorator marks its asset with the stage, beside what tags the asset has."""
    plain, tagged = STAGES[stage](empty), STAGES[stage](name="other", tags={"team": "a"}, kinds={"dbt"})(empty)

    assert plain.get_asset_spec().tags == {"phlo/stage": stage}
    assert tagged.get_asset_spec().tags == {"phlo/stage": stage, "team": "a", "dagster/kind/dbt": ""}


@stages
def test_hooks_in_the_step_get_start_and_end(stage: str) -> None:
    """The start is told before the function runs, the end with what it returned, and both have the stage's type."""
    seen: list[int] = []

    @STAGES[stage]
    def orders() -> dg.MaterializeResult:
        seen.append(len(heard.events))
        return dg.MaterializeResult(metadata={"dagster/row_count": 7})

    with hearing() as heard, dg.DagsterInstance.ephemeral() as instance:
        dg.materialize([orders], instance=instance)

    assert seen == [1]
    assert [event.event_type for event in heard.events] == [f"{stage}.start", f"{stage}.end"]
    assert getattr(heard.events[1], "rows", None) == 7


def test_the_same_stage_may_stand_in_the_tags() -> None:
    """A tag that says what the decorator says is no conflict."""
    orders = phlo.ingestion_asset(tags={"phlo/stage": "ingestion"})(empty)

    assert orders.get_asset_spec().tags == {"phlo/stage": "ingestion"}


def test_another_stage_in_the_tags_is_an_error() -> None:
    """A tag that says another stage is refused where the asset is defined, and the error names the asset."""
    decorate = phlo.publish_asset(key_prefix=["mart", "eu"], tags={"phlo/stage": "ingestion"})

    with pytest.raises(StageConflictError, match=r"'mart/eu/empty': .*'ingestion'.*@publish_asset says 'publish'"):
        decorate(empty)
    assert issubclass(StageConflictError, (HooksError, dg.DagsterInvalidDefinitionError))


def test_a_definition_is_not_decorated_again() -> None:
    """A hooked decorator above Dagster's own says that it stands in that one's place."""
    with pytest.raises(TypeError, match=r"@ingestion_asset stands in the place of Dagster's own.* AssetsDefinition"):
        phlo.ingestion_asset(dg.asset(empty))
    with pytest.raises(TypeError, match=r"@ingestion_asset decorates a function, not 'orders'"):
        phlo.ingestion_asset("orders")  # type: ignore[call-overload]  # the mistake


def test_a_check_takes_no_gates() -> None:
    """Gates on a check are refused, and the error says where they go."""
    wrong: dict[str, Any] = {"asset": "orders", "gates": []}

    with pytest.raises(TypeError, match=r"@quality_check takes no gates=.*give them to the asset that must not start"):
        phlo.quality_check(**wrong)


def test_what_is_no_gate_is_refused() -> None:
    """Gates are looked at when the asset is defined."""
    wrong: Any = ["orders_are_many"]

    with pytest.raises(HooksError, match="orders_are_many"):
        phlo.publish_asset(gates=wrong)


def number() -> int:
    """Return a value."""
    return 1


def results() -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]: ...  # type: ignore[empty-body]
async def later() -> AsyncIterator[dg.MaterializeResult]: ...  # type: ignore[empty-body]
def generic() -> dg.MaterializeResult[None]: ...  # type: ignore[empty-body]
def one_of() -> tuple[dg.MaterializeResult, dg.MaterializeResult] | None: ...
def wrapped_output() -> Iterator[dg.Output[int]]: ...  # type: ignore[empty-body]
def valued() -> dg.MaterializeResult[int]: ...  # type: ignore[empty-body]
def unsaid(): ...
def unknown() -> "NoSuchType": ...  # type: ignore[name-defined]  # noqa: F821  # the mistake


class Loader:
    """Callables that are no functions."""

    def load(self) -> None: ...

    def __call__(self) -> int: ...  # type: ignore[empty-body]


@pytest.mark.parametrize("fn", [empty, results, later, generic, one_of, Loader().load, partial(empty)])
def test_nothing_is_stored_of_results(fn: Callable[..., Any]) -> None:
    """Results that Dagster records as they are, and ``None``, need no run hook."""
    assert not may_store(fn)


@pytest.mark.parametrize("fn", [number, wrapped_output, valued, unsaid, unknown, Loader(), partial(number)])
def test_whatever_else_may_be_stored(fn: Callable[..., Any]) -> None:
    """Values, and what is not annotated or cannot be resolved, may go to an IO manager."""
    assert may_store(fn)


def test_the_run_hook_is_attached_where_a_value_is_stored() -> None:
    """The end of a stored value is told when Dagster has stored it; other assets get no hook record."""
    assert phlo.ingestion_asset(empty).hook_defs == frozenset()
    assert phlo.ingestion_asset(number).hook_defs == RUN_HOOKS
    assert phlo.ingestion_asset(hooks=RUN_HOOKS)(number).hook_defs == RUN_HOOKS


def test_the_end_waits_for_the_io_manager() -> None:
    """A value that cannot be stored gives an end that failed, and none that succeeded."""

    class Broken(dg.IOManager):
        def handle_output(self, context: dg.OutputContext, obj: object) -> None:
            raise OSError("disk is full")

        def load_input(self, context: dg.InputContext) -> None: ...

    defs = dg.Definitions(assets=[phlo.ingestion_asset(number)], resources={"io_manager": Broken()})

    told = materialize_events(defs, raise_on_error=False)

    ends = [event for event in told.in_step if event.event_type == "ingestion.end"]
    assert [getattr(end, "status", None) for end in ends] == ["failure"]
    assert "disk is full" in str(getattr(ends[0], "error", None))


def test_direct_calls_only_call_the_function() -> None:
    """In a unit test a function is called as it is, with a context, resources and configuration, or without."""

    @phlo.transform_asset
    def added(context, config: Limit, warehouse: Warehouse, base: int):
        return base + config.rows + len(warehouse.name), context.partition_key

    @phlo.ingestion_asset
    def given() -> int:
        return 1

    @phlo.publish_asset
    async def awaited(given: int) -> int:
        return given

    @phlo.publish_asset
    def streamed():
        yield dg.MaterializeResult(metadata={"n": 1})

    @phlo.quality_check(asset=given)
    def one(given: int) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=given == 1)

    with hearing() as heard:
        context = dg.build_asset_context(partition_key="p")
        assert added(context, config=Limit(rows=2), warehouse=Warehouse(name="lake"), base=1) == (7, "p")
        assert given() == 1
        assert asyncio.run(awaited(3)) == 3  # type: ignore[arg-type]  # Dagster types a call as object
        assert [item.metadata for item in streamed()] == [{"n": 1}]  # type: ignore[attr-defined]
        assert one(1).passed  # type: ignore[attr-defined]

    assert heard.events == []


def test_name_and_description_are_the_functions() -> None:
    """The asset is named for the function, and described by its docstring."""
    definition = phlo.ingestion_asset(empty)

    assert definition.key == dg.AssetKey("empty")
    assert definition.get_asset_spec().description == "Return nothing."


@pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
@pytest.mark.parametrize("fn", [empty, number, unsaid])
def test_code_references_point_at_the_users_function(fn: Callable[..., Any]) -> None:
    """Dagster's code references name the user's file and line, not this library's."""
    (found,) = dg.with_source_code_references([phlo.ingestion_asset(fn)])

    (reference,) = found.get_asset_spec().metadata["dagster/code_references"].code_references  # type: ignore[union-attr]
    assert (reference.file_path, reference.line_number) == (__file__, fn.__code__.co_firstlineno)


def test_the_function_can_still_be_inspected() -> None:
    """Kind, signature and name of the function that Dagster holds are those of the user's."""

    def streamed(context: dg.AssetExecutionContext, base: int = 1) -> Iterator[dg.MaterializeResult]:
        yield dg.MaterializeResult()

    held = phlo.ingestion_asset(streamed).op.compute_fn.decorated_fn  # type: ignore[union-attr]

    assert inspect.isgeneratorfunction(held)
    assert inspect.signature(held) == inspect.signature(streamed)
    assert (held.__name__, held.__qualname__, held.__module__) == ("streamed", streamed.__qualname__, __name__)
    assert inspect.unwrap(held) is streamed
    assert (held.__defaults__, held.__globals__) == (streamed.__defaults__, streamed.__globals__)
    assert copy.deepcopy(held) is held
    assert copy.copy(held) is held


def test_annotations_may_be_strings() -> None:
    """A module with ``from __future__ import annotations`` gives resources and inputs as ever."""
    defs = dg.Definitions(assets=written_with_future.ASSETS, resources={"warehouse": Warehouse(name="lake")})

    told = materialize_events(defs)

    assert told.result.output_for_node("sized") == 3 + len("lake")
    assert [event.event_type for event in told.in_step] == [
        "ingestion.start",
        "ingestion.end",
        "publish.start",
        "publish.end",
    ]


PROJECT = """
import dagster as dg
from phlo_hooks import hook
from phlo_hooks_dagster import Gate, hooked_graph_asset, hooked_op, with_phlo_hooks
from phlo_hooks_dagster import ingestion_asset, publish_asset, quality_check


@hook(events=["*"], in_step=True)
def tell(event):
    with open({told!r}, "a") as file:
        file.write(event.key.partition("|")[2] + "\\n")


class Asked(Gate):
    def reason_to_stop(self, view):
        with open({told!r}, "a") as file:
            file.write("asked for " + view.asset_key.to_user_string() + "\\n")


@ingestion_asset(retry_policy=dg.RetryPolicy(max_retries=1))
def orders(context) -> list[int]:
    if context.retry_number == 0:
        raise ConnectionError("not yet")
    return [1, 2]


@hooked_op(out=dg.DynamicOut(int))
def each(orders):
    for number in orders:
        yield dg.DynamicOutput(number, mapping_key=str(number))


@hooked_op
def double(number: int) -> int:
    return 2 * number


@hooked_op
def total(numbers: list[int]) -> int:
    return sum(numbers)


@hooked_graph_asset(stage="transform", gates=[Asked()])
def doubled(orders):
    return total(each(orders).map(double).collect())


@publish_asset(deps=[doubled])
def report():
    yield dg.MaterializeResult(metadata={{"rows": 2}})


@quality_check(asset=orders)
def many(orders: list[int]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=len(orders) > 1)


defs = with_phlo_hooks(
    dg.Definitions(
        assets=[orders, doubled, report],
        asset_checks=[many],
        jobs=[dg.define_asset_job("all_of_it")],
        executor=dg.multiprocess_executor.configured({{"max_concurrent": 2}}),
    ),
    hooks=[tell],
    mode="external",
)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project's module."""
    file = tmp_path / "project.py"
    file.write_text(PROJECT.format(told=str(tmp_path / "told")))
    return file


def test_steps_of_their_own_processes_tell(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the multiprocess executor each step is loaded anew, and tells starts, retries and ends of its assets."""
    monkeypatch.chdir(project.parent)
    (home := project.parent / "home").mkdir()
    environment = {
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "PATH": str(Path(sys.executable).parent),
    }

    done = subprocess.run(
        [sys.executable, "-m", "dagster", "job", "execute", "-f", str(project), "-j", "all_of_it"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    assert sorted((project.parent / "told").read_text().splitlines()) == [
        "asked for doubled",
        "doubled.total|1|doubled|||transform.end",
        "doubled.total|1|doubled|||transform.start",
        "orders_many|1|orders||many|quality.result",
        "orders|1|orders|||ingestion.end",
        "orders|1|orders|||ingestion.start",
        "orders|2|orders|||ingestion.end",
        "orders|2|orders|||ingestion.start",
        "report|1|report|||publish.end",
        "report|1|report|||publish.start",
    ]


def test_definitions_validate(project: Path) -> None:
    """Dagster's own check of a code location passes."""
    done = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate", "-f", str(project)],
        cwd=project.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3000:]


def test_decorators_are_light() -> None:
    """A process that only defines assets loads neither the bus, nor gates, nor the translator."""
    program = (
        "import sys\n"
        "from phlo_hooks_dagster import hooked_graph_asset, hooked_multi_asset, hooked_op, ingestion_asset\n"
        "ingestion_asset(name='orders')(lambda: 1)\n"
        "print(*sorted(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    heavy = {"phlo_hooks", "phlo_hooks_dagster.gates", "phlo_hooks_dagster.translator", "pydantic_settings", "sqlglot"}
    assert heavy & set(done.stdout.split()) == set()
