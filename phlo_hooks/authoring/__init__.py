"""The ways to write a hook."""

from phlo_hooks.authoring.decorator import hook

__all__ = ["hook"]
