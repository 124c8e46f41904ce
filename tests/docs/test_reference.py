"""The reference pages say everything that the code has."""

from __future__ import annotations

from dataclasses import fields

import pytest
from pydantic import BaseModel

from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.events import CLASS_BY_TYPE, EVENT_CLASSES
from phlo_hooks.settings import Settings
from phlo_hooks.subscribers.openmetadata.options import Options
from scripts.reference import cli_page, described, events_page, exit_codes_page, models_in, settings_page


def test_every_event_type_and_field_is_there() -> None:
    """Each event type, and each field of each class, stands on the page."""
    page = events_page()

    assert [name for name in CLASS_BY_TYPE if f"`{name}`" not in page] == []
    assert [each.name for cls in EVENT_CLASSES for each in fields(cls) if f"| `{each.name}` |" not in page] == []


def test_every_exit_code_is_there() -> None:
    """Each exit code stands on the page with its meaning."""
    page = exit_codes_page()

    assert [code for code in ExitCode if f"| `{code.value}` |" not in page] == []


@pytest.mark.parametrize(
    "command",
    [
        *(
            "relay",
            "drain",
            "status",
            "rederive",
            "replay",
            "events list",
            "events explain",
            "plugin list",
            "dead retry",
        ),
        *("lineage", "trace", "ui", "doctor"),
    ],
)
def test_every_command_is_there(command: str) -> None:
    """Each command has a section that says how to call it."""
    assert f" phlo-hooks {command}\n" in cli_page()


def settings_models(model: type[BaseModel] = Settings, prefix: str = "") -> dict[str, type[BaseModel]]:
    found = {prefix: model}
    for name, info in model.model_fields.items():
        for inner in models_in(info.annotation):
            found |= settings_models(inner, f"{prefix}{name}.")
    return found


def test_every_setting_says_what_it_means() -> None:
    """Each setting stands on the page with a line about it."""
    page = settings_page()
    silent = [
        f"{prefix}{name}"
        for prefix, model in (settings_models() | settings_models(Options, "plugins.config.openmetadata.")).items()
        for name, info in model.model_fields.items()
        if not list(models_in(info.annotation)) and name not in described(model)
    ]

    assert silent == []
    assert "`delivery.max_attempts`" in page
    assert "`stages[].stage`" in page
    assert "`plugins.config.openmetadata.services[].database`" in page
