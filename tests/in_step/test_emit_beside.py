"""Events that are emitted beside a step's function, in IO managers and resources; and what is too deep to travel."""

# mypy: disable-error-code="type-arg, untyped-decorator"

import threading

import dagster as dg
import pytest

from phlo_hooks.exceptions import EventError
from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster import HooksResource
from phlo_hooks_dagster.riders import DEEPEST, EventRider, from_metadata
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


@pytest.mark.parametrize("depth", [70, 150])
def test_what_the_relay_would_refuse_is_refused_at_once(depth: int, instance: dg.DagsterInstance) -> None:
    """An event that is nested too deep to be read back is an error where it is emitted, and is not recorded."""
    nested: dict[str, object] = {"rows": 1}
    for _ in range(depth):
        nested = {"in": nested}

    with pytest.raises(EventError, match=r"^shop\.counted is nested too deep to be emitted: at most 63 levels"):
        HooksResource().emit(counted(**nested), instance=instance)

    assert riders(instance, "") == []


def test_what_is_emitted_at_the_limit_is_read_back(instance: dg.DagsterInstance) -> None:
    """The deepest event that can be emitted is one that the relay takes."""
    nested: dict[str, object] = {"rows": 1}
    for _ in range(DEEPEST - 2):
        nested = {"in": nested}

    HooksResource().emit(counted(**nested), instance=instance)

    ((_, body),) = riders(instance, "")
    assert isinstance(from_metadata(body), EventRider)
