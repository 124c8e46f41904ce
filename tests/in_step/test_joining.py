"""Several ``with_phlo_hooks`` on the same definitions: a component, a package, the project's own line."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from phlo_hooks import HookEvent, hook
from phlo_hooks_dagster import DagsterHooksTranslator, with_phlo_hooks
from phlo_hooks_dagster.in_step import configuration
from phlo_hooks_dagster.options import RelayMode, RelayOptions
from phlo_hooks_dagster.sensor import SENSOR_NAME, options_of


@hook
def first(event: HookEvent) -> None:
    """Do nothing."""


@hook
def second(event: HookEvent) -> None:
    """Do nothing."""


@dg.asset
def orders() -> int:
    return 1


@dg.asset(tags={"phlo/stage": "publish"})
def report(orders: int) -> None: ...


class Translator(DagsterHooksTranslator):
    """Says nothing of its own."""


def given(defs: dg.Definitions) -> RelayOptions:
    """Return the options of the one sensor."""
    [sensor] = defs.sensors or ()
    options = options_of(sensor)
    assert sensor.name == SENSOR_NAME
    assert options is not None
    return options


def test_what_two_calls_give_is_joined() -> None:
    """Hooks of both are called, a setting that both name is the later one's, and one sensor knows it all."""
    translator = Translator()
    inner = with_phlo_hooks(
        dg.Definitions(assets=[orders]), hooks=[first], mode="external", start="now", deployment="eu"
    )

    outer = with_phlo_hooks(inner, hooks=[first, second], translator=translator, start="all")

    options = given(outer)
    assert options.hooks == (first, second)
    assert [path.rpartition(":")[2] for path in options.hook_paths] == ["first", "second"]
    assert options.overrides == {"start": "all", "deployment": "eu"}
    assert (options.mode, options.translator) == (RelayMode.EXTERNAL, translator)
    assert options.loaded_at == given(inner).loaded_at


def test_steps_get_what_was_joined(tmp_path: Path) -> None:
    """Steps of the process have the hooks, settings and translator of all calls."""
    translator = Translator()
    inner = with_phlo_hooks(dg.Definitions(), hooks=[first], root=tmp_path)

    with_phlo_hooks(inner, hooks=[second], translator=translator, start="all")

    options = configuration.options()
    assert options.hooks == (first, second)
    assert (options.overrides, options.translator, options.root) == ({"start": "all"}, translator, tmp_path)


def test_nothing_new_gives_the_same_object() -> None:
    """A call that says what was said already changes nothing."""
    once = with_phlo_hooks(dg.Definitions(assets=[orders]), hooks=[first], start="all", live=True)

    assert with_phlo_hooks(once, hooks=[first], start="all", live=True) is once


def test_everything_else_stays_when_calls_are_joined() -> None:
    """The second call replaces the sensor and no other thing."""
    defs = dg.Definitions(
        assets=[orders],
        sensors=[dg.SensorDefinition(name="mine", evaluation_fn=lambda: dg.SkipReason("no"), job_name="any")],
        executor=dg.in_process_executor,
        metadata={"team": "data"},
        component_tree=dg.ComponentTree.for_test(),
    )

    twice = with_phlo_hooks(with_phlo_hooks(defs), hooks=[first])

    assert [sensor.name for sensor in twice.sensors or ()] == ["mine", SENSOR_NAME]
    assert (twice.executor, twice.metadata, twice.component_tree, list(twice.assets or ())) == (
        *(defs.executor, defs.metadata, defs.component_tree, [orders]),
    )


def test_gates_by_rule_are_added_once() -> None:
    """Calls that are joined do not add the blocking check of a gate twice."""
    rule: dict[str, Any] = {"gate": "checks_passed", "assets": ["report"]}
    defs = dg.Definitions(assets=[orders, report], jobs=[dg.define_asset_job("all")])
    once = with_phlo_hooks(defs, gates=[rule])

    twice = with_phlo_hooks(once, hooks=[first], live=True)

    dg.Definitions.validate_loadable(twice)
    assert len(list(once.asset_checks or ())) == len(list(twice.asset_checks or ())) == 1


@pytest.mark.parametrize("wrong", [Translator, "pkg:Translator", object()])
def test_something_else_than_a_translator_is_refused(wrong: Any) -> None:
    """A class instead of an instance, or a name, is refused where it is given."""
    with pytest.raises(TypeError, match=r"translator=\) needs an instance of a DagsterHooksTranslator"):
        with_phlo_hooks(dg.Definitions(), translator=wrong)
