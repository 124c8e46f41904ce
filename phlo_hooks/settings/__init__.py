"""Every setting, its default, and where its value comes from."""

from phlo_hooks.settings.model import (
    DatasetSettings,
    DeliverySettings,
    PluginSettings,
    RedactionSettings,
    RelaySettings,
    Settings,
    TargetSettings,
)
from phlo_hooks.settings.rules import AssetRule, DatasetRule, GateRule, OwnerRule, StageRule, TagRule
from phlo_hooks.settings.sources import OVERRIDES_VARIABLE, load_settings, read_section

__all__ = [
    "OVERRIDES_VARIABLE",
    "AssetRule",
    "DatasetRule",
    "DatasetSettings",
    "DeliverySettings",
    "GateRule",
    "OwnerRule",
    "PluginSettings",
    "RedactionSettings",
    "RelaySettings",
    "Settings",
    "StageRule",
    "TagRule",
    "TargetSettings",
    "load_settings",
    "read_section",
]
