"""Gates as decorators take them: mistakes show where they are written."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from phlo_hooks.exceptions import RegistrationError
from phlo_hooks_dagster import ChecksPassed, hooked_multi_asset, publish_asset


@pytest.mark.parametrize(
    ("gates", "match"),
    [
        ([ChecksPassed], r"the gate ChecksPassed is a class; write ChecksPassed\(\)"),
        (ChecksPassed(), r"write a list, such as gates=\[ChecksPassed\(\)\]"),
        (["checks_pased"], r"is no gate; .*did you mean ChecksPassed\(\)\?"),
        ([ChecksPassed(upstreams="raw/*")], r"ChecksPassed\(upstreams='raw/\*'\): write upstreams=\['raw/\*'\]"),
    ],
)
def test_what_is_no_gate_is_refused_where_it_is_written(gates: Any, match: str) -> None:
    """A mistake shows when the module is loaded, with the way out."""
    with pytest.raises(RegistrationError, match=match):
        publish_asset(deps=["up"], gates=gates)(print)


def test_a_gate_without_a_stage_is_refused_where_it_is_written() -> None:
    """An asset that no stage belongs to tells no start, so its gates would never be asked."""
    with pytest.raises(RegistrationError, match="nothing says which stage this is; add stage='publish'"):

        @hooked_multi_asset(specs=[dg.AssetSpec("down")], gates=[ChecksPassed()])
        def down() -> None: ...
