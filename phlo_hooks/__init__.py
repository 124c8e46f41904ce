"""
What happened in a data platform, told once, to everyone who must know.

Names that need pydantic (settings, discovery) are loaded when first asked for: a step's process that only marks
functions with ``@hook`` does not pay for them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from phlo_hooks.authoring import hook
from phlo_hooks.bus import HookBus
from phlo_hooks.delivery import Delivery, current_delivery
from phlo_hooks.events import (
    AssetEvent,
    ErrorEvent,
    GenericEvent,
    HookCorrelation,
    HookEvent,
    IngestionEvent,
    LineageEvent,
    PublishEvent,
    QualityResultEvent,
    RunEvent,
    SchemaChangeEvent,
    SemanticModelEvent,
    ServiceLifecycleEvent,
    Status,
    StepEvent,
    TelemetryEvent,
    TransformEvent,
)
from phlo_hooks.exceptions import HooksError, PermanentDeliveryError, TransientDeliveryError
from phlo_hooks.filters import HookFilter
from phlo_hooks.plugin import HookPlugin, PluginMetadata
from phlo_hooks.registration import Dispatch, FailurePolicy, HookHandler, HookProvider, HookRegistration

__all__ = [
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
    "Settings",
    "Status",
    "StepEvent",
    "TelemetryEvent",
    "TransformEvent",
    "TransientDeliveryError",
    "build_bus",
    "current_delivery",
    "hook",
    "load_settings",
]

_LAZY = {
    "Settings": "phlo_hooks.settings",
    "build_bus": "phlo_hooks.discovery",
    "load_settings": "phlo_hooks.settings",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
