from __future__ import annotations

from typing import Any

import pytest

from phlo_hooks.exceptions import SettingsError
from phlo_hooks.subscribers.openmetadata.options import read_options


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"pipeline_name": "{jb}"}, r"pipeline_name.*holds \{jb\}; it may hold \{deployment\}, \{job\}, \{location\}"),
        ({"group_name": "{group"}, "group_name.*is no template"),
        ({"api_service": " "}, "api_service.*it is empty"),
        ({"storage_service": "{host.upper}"}, r"storage_service.*it may hold"),
        ({"storage_service": "{host:>9}"}, r"write \{host\} without anything behind it"),
        ({"services": [{"service": "{table}"}]}, r"services.0.service.*it may hold \{catalog\}"),
        ({"services": [{}, {"database": "{}"}]}, r"services.1.database.*it may hold \{catalog\}"),
    ],
)
def test_what_a_template_may_not_hold(config: dict[str, Any], said: str) -> None:
    """A placeholder that does not exist is named when the settings are read, with those that do."""
    with pytest.raises(SettingsError, match=said):
        read_options(config)


def test_what_a_template_may_hold() -> None:
    """Placeholders and plain braces are fine."""
    options = read_options({"pipeline_name": "{{{job}}} of {location}"})

    assert options.pipeline_name.format(job="daily", location="nyc") == "{daily} of nyc"
