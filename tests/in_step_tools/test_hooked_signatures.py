"""The hooked decorators take what the integrations' own take."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from tests.in_step_tools import shop


@pytest.mark.parametrize("tool", ["dlt", "dbt"])
def test_parameters_are_those_of_the_integration(tool: str) -> None:
    """Each parameter with its kind and default, in the same order, and ``gates`` behind them."""
    own, hooked = (_parameters(kind[tool]) for kind in (shop.PLAIN, shop.HOOKED))

    assert hooked == [*own, ("gates", inspect.Parameter.KEYWORD_ONLY, ())]


@pytest.mark.parametrize("tool", ["dlt", "dbt"])
def test_what_is_returned_is_annotated_alike(tool: str) -> None:
    """The decorator makes an ``AssetsDefinition`` of a function, for type checkers too."""
    returned = inspect.get_annotations(shop.HOOKED[tool], eval_str=True)["return"]

    assert returned == inspect.get_annotations(shop.PLAIN[tool], eval_str=True)["return"]


def _parameters(decorator: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    return [(each.name, each.kind, each.default) for each in inspect.signature(decorator).parameters.values()]
