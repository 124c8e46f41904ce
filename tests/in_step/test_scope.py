"""Whose step it is: from the thread that runs it, from a context, and from nowhere."""

# mypy: disable-error-code="untyped-decorator"

import contextvars
import threading
from pathlib import Path

import dagster as dg

from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster.in_step import bus, configuration
from phlo_hooks_dagster.in_step.bus import step_bus, step_settings
from phlo_hooks_dagster.in_step.configuration import StepOptions, configure, options, using
from phlo_hooks_dagster.in_step.scope import StepScope


def test_outside_of_a_step_there_is_no_scope() -> None:
    """Neither here nor behind a context that a test has made."""
    assert StepScope.current() is None
    assert StepScope.current(dg.build_asset_context()) is None
    assert StepScope.current(object()) is None


def test_a_scope_says_which_step_runs(instance: dg.DagsterInstance) -> None:
    """Run, job, step, attempt, tags, what was planned, and what the step's own assets are."""
    found: list[StepScope | None] = []

    @dg.multi_asset(
        name="loads",
        specs=[dg.AssetSpec("orders", group_name="raw", kinds={"csv"}, tags={"team": "shop"}, deps=["source"])],
        check_specs=[dg.AssetCheckSpec("filled", asset="orders")],
        partitions_def=dg.StaticPartitionsDefinition(["a", "b"]),
    )
    def loads(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]  # noqa: ANN202  # Dagster reads it
        found.append(StepScope.current())
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])

    result = dg.materialize([loads], instance=instance, partition_key="b", tags={"asked": "by hand"})

    scope = found[0]
    assert scope is not None
    assert scope.identity == (result.run_id, "loads", 1)
    assert (scope.root_run_id, scope.parent_run_id, scope.code_location) == (result.run_id, None, None)
    assert scope.run_tags["asked"] == "by hand"
    assert scope.planned == {"orders": ("b",)}
    assert scope.checks == {("orders", "filled"): ("",)}
    assert scope.instance is instance
    orders = scope.assets["orders"]
    assert (orders.group, orders.kinds, orders.tags["team"], orders.deps, orders.partitioned) == (
        "raw",
        ("csv",),
        "shop",
        ("source",),
        True,
    )


def test_a_thread_finds_the_step_by_context_only(instance: dg.DagsterInstance) -> None:
    """A thread knows no step unless it is given the context, or runs in a copy of the step's own."""
    found: list[StepScope | None] = []

    @dg.asset
    def orders(context: dg.AssetExecutionContext) -> None:
        copied = contextvars.copy_context()

        def work() -> None:
            found.extend([StepScope.current(), StepScope.current(context), copied.run(StepScope.current)])

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    dg.materialize([orders], instance=instance)

    assert [None if each is None else each.step_key for each in found] == [None, "orders", "orders"]


def test_the_bus_is_found_once(hearing: RecordingHook, tmp_path: Path) -> None:
    """The same bus serves a process until its options change; equal options change nothing."""
    first = step_bus()

    configure(options())

    assert step_bus() is first
    with using(StepOptions(root=tmp_path)):
        assert step_bus() is None
    again = step_bus()
    assert again is not None
    assert again is not first
    assert [hook.name for hook in again.hooks()] == ["test:recorder"]


def test_settings_are_read_once_and_follow_the_options(tmp_path: Path) -> None:
    """Files are read where the options say, arguments win, and reset reads them again."""
    file = tmp_path / "phlo_hooks.toml"
    file.write_text('deployment = "file"')

    with using(StepOptions(root=tmp_path)):
        assert step_settings().deployment == "file"
        file.write_text('deployment = "other"')
        assert step_settings().deployment == "file"
        bus.reset()
        assert step_settings().deployment == "other"
    with using(StepOptions(root=tmp_path, overrides={"deployment": "argument"})):
        assert step_settings().deployment == "argument"


def test_hooks_of_the_settings_are_called(tmp_path: Path) -> None:
    """A hook that the settings name is on the bus like one given in code; those of the relay are not."""
    (tmp_path / "shop_hooks.py").write_text(
        "from phlo_hooks import hook\n\n\n@hook(in_step=True)\ndef inside(event):\n    pass\n\n\n"
        "@hook\ndef outside(event):\n    pass\n"
    )
    (tmp_path / "phlo_hooks.toml").write_text(f'hooks = ["{tmp_path}/shop_hooks.py"]')

    with using(StepOptions(root=tmp_path)):
        found = step_bus()

    assert found is not None
    assert [hook.hook_name for hook in found.hooks()] == ["inside"]


def test_hooks_of_the_relay_alone_make_no_bus(tmp_path: Path) -> None:
    """A project whose hooks all belong to the relay pays nothing in its steps."""
    with using(StepOptions(hooks=(RecordingHook().registration(),), root=tmp_path)):
        assert step_bus() is None
    assert configuration.options() == StepOptions()
