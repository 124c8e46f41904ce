from __future__ import annotations

import subprocess
import sys

import pytest

import phlo_hooks

HEAVY = ("pydantic", "sqlalchemy", "alembic", "dagster", "httpx", "rich", "click")


def test_the_public_names() -> None:
    """The front door is these names; adding or losing one is a decision."""
    assert phlo_hooks.__all__ == [
        "AssetEvent",
        "Delivery",
        "Dispatch",
        "ErrorEvent",
        "FailurePolicy",
        "GenericEvent",
        "HookBus",
        "HookCorrelation",
        "HookEvent",
        "HookFilter",
        "HookHandler",
        "HookPlugin",
        "HookProvider",
        "HookRegistration",
        "HooksError",
        "IngestionEvent",
        "LineageEvent",
        "PermanentDeliveryError",
        "PluginMetadata",
        "PublishEvent",
        "QualityResultEvent",
        "RunEvent",
        "SchemaChangeEvent",
        "SemanticModelEvent",
        "ServiceLifecycleEvent",
        "Status",
        "StepEvent",
        "TelemetryEvent",
        "TransformEvent",
        "TransientDeliveryError",
        "current_bus",
        "current_delivery",
        "hook",
    ]
    assert all(hasattr(phlo_hooks, name) for name in phlo_hooks.__all__)


@pytest.mark.parametrize("module", ["phlo_hooks", "phlo_hooks.testing", "phlo_hooks.schema", "phlo_hooks.cloudevents"])
def test_importing_is_light(module: str) -> None:
    """Importing the core imports none of what a step's process could do without."""
    code = f"import sys, {module}; print(*[name for name in {HEAVY!r} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""
