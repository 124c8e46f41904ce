"""Events that are emitted beside a step's function: in IO managers and resources."""

# mypy: disable-error-code="type-arg, untyped-decorator"

import threading

import dagster as dg
import pytest

from phlo_hooks.exceptions import EventError
from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster import HooksResource
from tests.in_step.test_emit import counted, riders


def test_io_managers_emit_for_the_step_that_they_serve(
    instance: dg.DagsterInstance, hearing: RecordingHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their contexts tell the step, also in a thread, and nothing asks for an instance."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)

    class Shelf(dg.ConfigurableIOManager):
        hooks: HooksResource

        def handle_output(self, context: dg.OutputContext, obj: object) -> None:
            thread = threading.Thread(
                target=lambda: self.hooks.emit(counted(did="store"), context=context), name=str(obj)
            )
            thread.start()
            thread.join()

        def load_input(self, context: dg.InputContext) -> int:
            self.hooks.emit(counted(did="load"), context=context)
            return 1

    @dg.asset
    def raw() -> int:
        return 1

    @dg.asset
    def clean(raw: int) -> int:
        return raw

    resources = {"hooks": HooksResource(), "io_manager": Shelf(hooks=HooksResource())}
    result = dg.materialize([raw, clean], instance=instance, resources=resources)

    found = [(step, body["event"]["did"]) for step, body in riders(instance, result.run_id)]
    assert found == [("raw", "store"), ("clean", "load"), ("clean", "store")]
    assert [event.correlation.step_key for event in hearing.events] == ["raw", "clean", "clean"]


def test_a_resource_that_is_made_has_no_step_yet(instance: dg.DagsterInstance) -> None:
    """What it emits then is refused with the way out, not recorded as of no run."""
    errors: list[str] = []

    class Warehouse(dg.ConfigurableResource):
        hooks: HooksResource

        def setup_for_execution(self, context: dg.InitResourceContext) -> None:
            with pytest.raises(EventError) as caught:
                self.hooks.emit(counted(), context=context)
            errors.append(str(caught.value))

    @dg.asset
    def orders(warehouse: Warehouse) -> None: ...

    dg.materialize([orders], instance=instance, resources={"warehouse": Warehouse(hooks=HooksResource())})

    assert "emit in a method that assets and ops call" in errors[0]
    assert riders(instance, "") == []
