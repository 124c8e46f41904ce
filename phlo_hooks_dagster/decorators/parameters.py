"""A decorator's parameters, as ``help`` and ``inspect`` show them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any, TypeVar

Decorator = TypeVar("Decorator", bound=Callable[..., Any])

GATES = Parameter("gates", Parameter.KEYWORD_ONLY, default=(), annotation="Sequence[phlo_hooks_dagster.Gate]")
STAGE = Parameter("stage", Parameter.KEYWORD_ONLY, default=None, annotation=str | None)


def parameters_of(dagsters: Callable[..., Any], *ours: Parameter) -> Callable[[Decorator], Decorator]:
    """Show what Dagster's decorator takes, as it is installed, and our own parameters after it."""

    def show(decorator: Decorator) -> Decorator:
        signature = inspect.signature(dagsters)
        theirs = list(signature.parameters.values())
        open_ended = [parameter for parameter in theirs if parameter.kind is Parameter.VAR_KEYWORD]
        named = [parameter for parameter in theirs if parameter.kind is not Parameter.VAR_KEYWORD]
        shown = Signature([*named, *ours, *open_ended], return_annotation=signature.return_annotation)
        decorator.__signature__ = shown  # type: ignore[attr-defined]  # how inspect is told
        return decorator

    return show
