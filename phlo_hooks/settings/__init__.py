"""Every setting, its default, and where its value comes from."""

from phlo_hooks.settings.model import (
    DatasetRule,
    DatasetSettings,
    DeliverySettings,
    PluginSettings,
    RedactionSettings,
    RelaySettings,
    Settings,
    StageRule,
    TargetSettings,
)
from phlo_hooks.settings.sources import OVERRIDES_VARIABLE, load_settings

__all__ = [
    "OVERRIDES_VARIABLE",
    "DatasetRule",
    "DatasetSettings",
    "DeliverySettings",
    "PluginSettings",
    "RedactionSettings",
    "RelaySettings",
    "Settings",
    "StageRule",
    "TargetSettings",
    "load_settings",
]
