"""
What happened in a data platform, told once, to everyone who must know.

Settings and discovery have modules of their own, ``phlo_hooks.settings`` and ``phlo_hooks.discovery``: they need
pydantic, and a step's process that only marks functions with ``@hook`` does not pay for it.
"""

from phlo_hooks.authoring import hook
from phlo_hooks.bus import HookBus, current_bus
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
    "Status",
    "StepEvent",
    "TelemetryEvent",
    "TransformEvent",
    "TransientDeliveryError",
    "current_bus",
    "current_delivery",
    "hook",
]
