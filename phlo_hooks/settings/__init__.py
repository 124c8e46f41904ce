"""Every setting, its default, and where its value comes from."""

from phlo_hooks.settings.model import (
    AssetRule,
    DatasetRule,
    DatasetSettings,
    DeliverySettings,
    OwnerRule,
    PluginSettings,
    RedactionSettings,
    RelaySettings,
    Settings,
    StageRule,
    TagRule,
    TargetSettings,
)
from phlo_hooks.settings.sources import OVERRIDES_VARIABLE, load_settings

__all__ = [
    "OVERRIDES_VARIABLE",
    "AssetRule",
    "DatasetRule",
    "DatasetSettings",
    "DeliverySettings",
    "OwnerRule",
    "PluginSettings",
    "RedactionSettings",
    "RelaySettings",
    "Settings",
    "StageRule",
    "TagRule",
    "TargetSettings",
    "load_settings",
]
