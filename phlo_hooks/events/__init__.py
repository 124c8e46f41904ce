"""The events, version 1.0; each class lists its types in ``TYPES``."""

from phlo_hooks.events.base import ENVELOPE, VERSION, ErrorInfo, GenericEvent, HookCorrelation, HookEvent, Status
from phlo_hooks.events.execution import AssetEvent, RunEvent, StepEvent
from phlo_hooks.events.platform import (
    ErrorEvent,
    LineageEvent,
    RetypedColumn,
    SchemaChangeEvent,
    SemanticModelEvent,
    ServiceLifecycleEvent,
    TelemetryEvent,
)
from phlo_hooks.events.stages import IngestionEvent, PublishEvent, QualityResultEvent, TransformEvent

EVENT_CLASSES: tuple[type[HookEvent], ...] = (
    RunEvent,
    StepEvent,
    IngestionEvent,
    TransformEvent,
    QualityResultEvent,
    PublishEvent,
    AssetEvent,
    LineageEvent,
    SchemaChangeEvent,
    SemanticModelEvent,
    TelemetryEvent,
    ServiceLifecycleEvent,
    ErrorEvent,
)
CLASS_BY_TYPE: dict[str, type[HookEvent]] = {name: cls for cls in EVENT_CLASSES for name in cls.TYPES}

__all__ = [
    "CLASS_BY_TYPE",
    "ENVELOPE",
    "EVENT_CLASSES",
    "VERSION",
    "AssetEvent",
    "ErrorEvent",
    "ErrorInfo",
    "GenericEvent",
    "HookCorrelation",
    "HookEvent",
    "IngestionEvent",
    "LineageEvent",
    "PublishEvent",
    "QualityResultEvent",
    "RetypedColumn",
    "RunEvent",
    "SchemaChangeEvent",
    "SemanticModelEvent",
    "ServiceLifecycleEvent",
    "Status",
    "StepEvent",
    "TelemetryEvent",
    "TransformEvent",
]
